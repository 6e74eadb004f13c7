/* A message about a log. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc_log.h"

struct px_message *px_log_message(enum px_log_id id, const struct px_log *log)
{
    const size_t len = 3 + 2 + strlen(log->socket) + 2 + strlen(log->name);
    struct px_message *m = px_message_new(PX_MSG_LOG, len);

    px_put_uint(m, id, 1);
    px_put_uint(m, log->sink, 1);
    px_put_uint(m, log->also != NULL, 1);
    px_put_text(m, log->socket);
    px_put_text(m, log->name);
    if (log->sink == PX_SINK_FILE)
        px_put_fd(m, log->fd);
    return m;
}

static bool take_text(struct px_reader *r, char *out, size_t size)
{
    char *text = px_get_text(r);
    bool fits = text && strlen(text) < size;

    if (fits)
        (void)snprintf(out, size, "%s", text);
    free(text);
    return fits;
}

static bool parse(struct ratls_bytes payload, enum px_log_id *id, struct px_log *log, bool *also)
{
    struct px_reader r = px_reader(payload);

    *id = px_get_u8(&r);
    log->sink = px_get_u8(&r);
    *also = px_get_u8(&r) != 0;
    return take_text(&r, log->socket, sizeof log->socket) &&
           take_text(&r, log->name, sizeof log->name) && px_reader_done(&r) && *id < PX_LOGS &&
           log->sink <= PX_SINK_NONE && (*also ? *id > 0 : true);
}

/* The descriptor of a file keeps its number. */
static bool open_new(struct px_log *next, const struct px_log *before, int fd)
{
    next->fd = -1;
    if (next->sink == PX_SINK_NONE)
        return true;
    if (next->sink != PX_SINK_FILE)
        return px_log_connect(next, NULL) == RATLS_OK;
    if (fd < 0 || before->sink != PX_SINK_FILE)
        next->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    else
        next->fd = dup3(fd, before->fd, O_CLOEXEC);
    return next->fd >= 0;
}

bool px_log_take(struct px_log *const logs[PX_LOGS], struct ratls_bytes payload, int fd)
{
    struct px_log next = {.fd = -1};
    enum px_log_id id = PX_LOGS;
    bool also = false, good = parse(payload, &id, &next, &also) && logs[id];

    if (good && (good = open_new(&next, logs[id], fd))) {
        if (logs[id]->fd >= 0 && logs[id]->fd != next.fd)
            (void)close(logs[id]->fd);
        next.level = logs[id]->level;
        next.also = also ? logs[id - 1] : NULL;
        *logs[id] = next;
    }
    if (fd >= 0)
        (void)close(fd);
    return good;
}
