/* The logs: opened by the master, who tells its children of them. All that a configuration names
 * are opened, or none is changed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "master.h"

/* stunnel(8): with foreground = quiet nothing goes to standard error. Without syslog it must. */
static const char *output_of(const struct px_config *c)
{
    if (!c->output && c->syslog && c->foreground == PX_FOREGROUND_QUIET)
        return "/dev/null";
    return c->output;
}

static enum px_sink access_sink(const struct px_config *c)
{
    if (!c->access_log || strcmp(c->access_log, "none") == 0)
        return PX_SINK_NONE;
    if (strcmp(c->access_log, "syslog") == 0)
        return PX_SINK_SYSLOG;
    return strcmp(c->access_log, "journal") == 0 ? PX_SINK_JOURNAL : PX_SINK_FILE;
}

static struct px_log described(const struct px_config *c, enum px_sink sink)
{
    struct px_log log = {.fd = -1, .sink = sink, .level = c->log_level};

    (void)snprintf(log.socket, sizeof log.socket, "%s",
                   sink == PX_SINK_JOURNAL ? PX_JOURNAL_SOCKET : c->syslog_socket);
    (void)snprintf(log.name, sizeof log.name, "%.64s", c->log_name);
    return log;
}

/* Children have descriptors of fixed numbers; what they are given is above. */
static enum ratls_err open_file(struct px_log *log, const char *key, const char *path,
                                struct ratls_error *err)
{
    enum ratls_err e = px_log_open(log, key, path, err);

    if (e)
        return e;
    log->fd = path ? px_fd_high(log->fd) : fcntl(log->fd, F_DUPFD_CLOEXEC, PX_FD_HIGH);
    return log->fd < 0 ? ratls_fail(err, RATLS_E_IO, "%s: %s", key, strerrordesc_np(errno))
                       : RATLS_OK;
}

static enum ratls_err open_all(struct px_log logs[PX_LOGS], const struct px_config *c,
                               struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    logs[PX_LOG_SYSLOG] = described(c, c->syslog ? PX_SINK_SYSLOG : PX_SINK_NONE);
    logs[PX_LOG_EVENTS] = described(c, PX_SINK_FILE);
    logs[PX_LOG_ACCESS] = described(c, access_sink(c));
    if (c->syslog)
        e = px_log_connect(&logs[PX_LOG_SYSLOG], err);
    if (!e)
        e = open_file(&logs[PX_LOG_EVENTS], "output", output_of(c), err);
    if (!e && logs[PX_LOG_ACCESS].sink == PX_SINK_FILE)
        e = open_file(&logs[PX_LOG_ACCESS], "access-log", c->access_log, err);
    return e;
}

/* Threads may be writing to it: its number stays. */
static void put(struct px_log *to, struct px_log fresh)
{
    if (to->fd >= 0 && fresh.fd >= 0) {
        (void)dup3(fresh.fd, to->fd, O_CLOEXEC);
        (void)close(fresh.fd);
        fresh.fd = to->fd;
    } else if (to->fd >= 0) {
        (void)close(to->fd);
    }
    *to = fresh;
}

enum ratls_err px_logs_open(struct px_master *m, const struct px_config *c, struct ratls_error *err)
{
    struct px_log fresh[PX_LOGS] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    enum ratls_err e = open_all(fresh, c, err);

    if (e) {
        for (size_t i = 0; i < PX_LOGS; i++)
            if (fresh[i].fd >= 0)
                (void)close(fresh[i].fd);
        return e;
    }
    fresh[PX_LOG_EVENTS].also = c->syslog ? &m->syslog : NULL;
    fresh[PX_LOG_ACCESS].also = c->access_log ? NULL : &m->log;
    put(&m->syslog, fresh[PX_LOG_SYSLOG]);
    put(&m->log, fresh[PX_LOG_EVENTS]);
    put(&m->access, fresh[PX_LOG_ACCESS]);
    return RATLS_OK;
}

struct px_message *px_logs_message(const struct px_master *m, enum px_log_id id)
{
    const struct px_log *const logs[] = {
        [PX_LOG_SYSLOG] = &m->syslog, [PX_LOG_EVENTS] = &m->log, [PX_LOG_ACCESS] = &m->access};

    return px_log_message(id, logs[id]);
}

void px_logs_reopen(struct px_master *m)
{
    struct ratls_error err = {0};

    if (px_logs_open(m, m->setup->config, &err)) {
        px_log_text(&m->log, RATLS_LOG_ERROR, err.detail);
        return;
    }
    for (unsigned i = 0; i < m->n_children; i++)
        px_child_logs(&m->children[i]);
    px_admin_logs(m->admin);
    px_authority_logs(m->authority);
}

void px_logs_close(struct px_master *m)
{
    const struct px_log *const logs[] = {&m->syslog, &m->log, &m->access};

    for (size_t i = 0; i < PX_LOGS; i++)
        if (logs[i]->fd >= 0)
            (void)close(logs[i]->fd);
}
