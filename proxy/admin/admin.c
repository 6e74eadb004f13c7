/* The admin process: what its master says, and the loop. */
#include <stdlib.h>
#include <sys/resource.h>

#include "admin.h"
#include "ipc_log.h"
#include "privileges.h"
#include "sandbox.h"

#define SPARE_FILES 24

static void stop(struct px_admin *a, int exit_code)
{
    a->exit_code = exit_code;
    (void)event_base_loopbreak(a->base);
}

/* ---- start ---- */

static bool attach(struct px_admin *a)
{
    a->board = px_board_attach(PX_ADMIN_FD_BOARD);
    for (size_t i = 0; i < a->n_workers; i++) {
        a->stats[i] = px_stats_attach(PX_ADMIN_FD_STATS + (int)i, false);
        if (!a->stats[i])
            return false;
    }
    return a->board != NULL;
}

static enum ratls_err give_up_rights(char *user, char *group, struct ratls_error *err)
{
    const struct px_config who = {.setuid_user = user[0] ? user : NULL,
                                  .setgid_group = group[0] ? group : NULL};
    const rlim_t files = PX_ADMIN_FD_STATS + PX_STATS_PLACES + PX_ADMIN_CONNECTIONS + SPARE_FILES;
    const struct rlimit limit = {files, files};

    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return px_privileges_drop(&who, err);
}

static enum ratls_err confine(const struct px_admin *a, struct ratls_error *err)
{
    static const struct px_sandbox_plan plan = {.who = PX_WHO_ANSWERS};
    struct px_sandbox made;

    return a->sandboxed ? px_sandbox_enter(&plan, &made, err) : RATLS_OK;
}

static void begin(struct px_admin *a, char *user, char *group, const char *token)
{
    static const struct px_web_limits limits = {.connections = PX_ADMIN_CONNECTIONS,
                                                .idle_s = PX_ADMIN_IDLE_S,
                                                .life_s = PX_ADMIN_LIFE_S,
                                                .headers = PX_ADMIN_HEADERS,
                                                .body = PX_ADMIN_BODY};
    struct ratls_error err = {0};
    bool good = attach(a) && (a->local || px_auth_init(&a->auth, token));

    if (!good)
        (void)ratls_fail(&err, RATLS_E_INTERNAL, "memory or token are missing");
    good = good && give_up_rights(user, group, &err) == RATLS_OK && confine(a, &err) == RATLS_OK;
    if (good)
        a->web = px_web_new(a->base, PX_ADMIN_FD_LISTENER, &limits, px_admin_answer, a);
    if (a->web)
        return;
    if (good)
        (void)ratls_fail(&err, RATLS_E_NO_MEMORY, "the HTTP server");
    px_log_printf(&a->log, RATLS_LOG_ERROR, "admin: %s", err.detail);
    stop(a, 1);
}

static bool on_start(struct px_admin *a, struct px_reader *r)
{
    char *user = px_get_text(r), *group = px_get_text(r), *token = px_get_text(r);
    a->sandboxed = px_get_u8(r) != 0;
    a->local = px_get_u8(r) != 0;
    a->n_workers = px_get_u16(r);
    bool good = px_reader_done(r) && !a->started && a->n_workers <= PX_STATS_PLACES;

    a->started = true;
    if (good)
        begin(a, user, group, token);
    if (token)
        explicit_bzero(token, strlen(token));
    free(user);
    free(group);
    free(token);
    return good;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct px_admin *a = arg;
    struct px_log *const logs[PX_LOGS] = {[PX_LOG_SYSLOG] = &a->syslog, [PX_LOG_EVENTS] = &a->log};
    struct px_reader r = px_reader(payload);

    if (type == PX_MSG_LOG)
        return px_log_take(logs, payload, px_channel_fetch_fd(a->master));
    return type == PX_MSG_ADMIN && on_start(a, &r);
}

static void on_master_gone(void *arg)
{
    stop(arg, 0);
}

/* ---- life ---- */

static void teardown(struct px_admin *a)
{
    px_web_free(a->web);
    px_channel_free(a->master);
    if (a->base)
        event_base_free(a->base);
    for (size_t i = 0; i < a->n_workers && i < PX_STATS_PLACES; i++)
        px_stats_detach(a->stats[i]);
    px_board_detach(a->board);
}

int px_admin_run(void)
{
    static const struct px_channel_ops ops = {
        .message = on_message, .closed = on_master_gone, .takes_fds = true};
    struct px_admin *a = calloc(1, sizeof *a);

    px_web_process("ratls-admin");
    if (!a)
        return 1;
    a->log = (struct px_log){.fd = PX_ADMIN_FD_LOG, .level = RATLS_LOG_WARNING};
    a->syslog = (struct px_log){.fd = -1, .sink = PX_SINK_NONE};
    a->exit_code = 1;
    a->base = event_base_new();
    if (a->base)
        a->master = px_channel_new(a->base, PX_ADMIN_FD_MASTER, PX_MAX_FROM_MASTER, &ops, a);
    if (a->master)
        (void)event_base_dispatch(a->base);
    teardown(a);
    int exit_code = a->exit_code;
    explicit_bzero(a, sizeof *a);
    free(a);
    return exit_code;
}
