/* The authority process: what its master says, and the loop. */
#include "authority.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "dpop.h"
#include "ipc_log.h"
#include "privileges.h"
#include "sandbox.h"

#define SPARE_FILES     24
#define LAST_RELEASE_MS 500 /* less than a master waits for the end of this process */

static void stop(struct px_authority *a, int exit_code)
{
    a->exit_code = exit_code;
    (void)event_base_loopbreak(a->base);
}

/* ---- start ---- */

static enum ratls_err enter_sandbox(const struct px_authority *a, struct ratls_error *err)
{
    struct px_custody_needs needs;
    struct px_sandbox made;

    px_custodies_plan(&a->custodies, &needs);
    return a->sandboxed ? px_sandbox_enter(&needs.plan, &made, err) : RATLS_OK;
}

static enum ratls_err give_up_rights(struct px_authority *a, char *user, char *group,
                                     struct ratls_error *err)
{
    const struct px_config who = {.setuid_user = user[0] ? user : NULL,
                                  .setgid_group = group[0] ? group : NULL};
    const rlim_t files = PX_AUTHORITY_FD_FREE + PX_AUTHORITY_CONNECTIONS + SPARE_FILES +
                         a->custodies.n * PX_CUSTODY_FILES;
    const struct rlimit limit = {files, files};
    enum ratls_err e = px_custodies_open_keys(&a->custodies, err);

    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (!e)
        e = px_privileges_drop(&who, err);
    (void)unsetenv("HOME"); /* that of root: libpq would look there for certificates */
    if (!e)
        e = px_custodies_open_stores(&a->custodies, err);
    return e ? e : enter_sandbox(a, err);
}

static bool serve(struct px_authority *a)
{
    static const struct px_web_limits limits = {.connections = PX_AUTHORITY_CONNECTIONS,
                                                .idle_s = PX_AUTHORITY_IDLE_S,
                                                .life_s = PX_AUTHORITY_LIFE_S,
                                                .headers = PX_AUTHORITY_HEADERS,
                                                .body = PX_AUTHORITY_BODY};

    a->stats = px_stats_attach(PX_AUTHORITY_FD_STATS, true);
    a->nonces = px_nonces_new(a->env);
    a->open_nonces = px_nonces_new(a->env);
    a->rates = px_rates_new(a->env);
    a->open_rates = px_rates_new(a->env);
    a->proofs = px_dpop_memory(a->env);
    if (a->stats && a->nonces && a->open_nonces && a->rates && a->open_rates && a->proofs &&
        px_custodies_start(&a->custodies, a->base, &px_release_ops, a))
        a->web = px_web_new(a->base, PX_AUTHORITY_FD_LISTENER, &limits, px_authority_answer, a);
    return a->web != NULL;
}

static void begin(struct px_authority *a, char *user, char *group)
{
    struct ratls_error err = {0};
    enum ratls_err e = give_up_rights(a, user, group, &err);

    if (!e && !serve(a))
        e = ratls_fail(&err, RATLS_E_NO_MEMORY, "the HTTP server");
    if (!e)
        return;
    px_log_printf(&a->log, RATLS_LOG_ERROR, "authority: %s", err.detail);
    stop(a, 1);
}

static bool on_start(struct px_authority *a, struct px_reader *r)
{
    char *user = px_get_text(r), *group = px_get_text(r);

    px_get_copy(r, a->secret, sizeof a->secret);
    a->sandboxed = px_get_u8(r) != 0;
    (void)ratls_offload(px_get_u8(r) != 0);
    const bool good = !a->started && px_custodies_read(&a->custodies, r) && px_reader_done(r);
    a->started = true;
    if (good)
        begin(a, user, group);
    free(user);
    free(group);
    return good;
}

/* ---- what it gives out ---- */

static bool on_grant(struct px_authority *a, struct px_reader *r)
{
    if (!a->next && !(a->next = calloc(1, sizeof *a->next)))
        return false;
    return px_grants_add(a->next, a->env, px_get_rest(r));
}

static bool say_ready(struct px_authority *a)
{
    struct px_message *m = px_message_new(PX_MSG_READY, 8);

    px_put_uint(m, a->generation, 8);
    return px_channel_send(a->master, m);
}

/* Those that came since the last time, in the place of the former. */
static bool on_grants(struct px_authority *a, struct px_reader *r)
{
    const uint64_t generation = px_get_u64(r);

    if (!px_reader_done(r) || !a->web || generation <= a->generation)
        return false;
    px_grants_free(a->grants);
    a->grants = a->next;
    a->next = NULL;
    a->generation = generation;
    for (size_t i = 0; a->grants && i < a->grants->n; i++)
        a->grants->list[i].stats = px_stats_service(a->stats, a->grants->list[i].service);
    for (size_t i = 0; i < a->custodies.n; i++)
        a->custodies.list[i].stats = px_stats_service(a->stats, a->custodies.list[i].service);
    return say_ready(a);
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct px_authority *a = arg;
    struct px_log *const logs[PX_LOGS] = {[PX_LOG_SYSLOG] = &a->syslog, [PX_LOG_EVENTS] = &a->log};
    struct px_reader r = px_reader(payload);

    switch (type) {
    case PX_MSG_AUTHORITY:
        return on_start(a, &r);
    case PX_MSG_GRANT:
        return on_grant(a, &r);
    case PX_MSG_GRANTS:
        return on_grants(a, &r);
    case PX_MSG_LOG:
        return px_log_take(logs, payload, px_channel_fetch_fd(a->master));
    }
    return false;
}

static void on_master_gone(void *arg)
{
    stop(arg, 0);
}

/* ---- life ---- */

static void teardown(struct px_authority *a)
{
    if (!px_custodies_end(&a->custodies, LAST_RELEASE_MS))
        _exit(a->exit_code); /* a store hangs */
    px_web_free(a->web);
    px_channel_free(a->master);
    if (a->base)
        event_base_free(a->base);
    px_grants_free(a->grants);
    px_grants_free(a->next);
    px_custodies_close(&a->custodies);
    px_nonces_free(a->nonces);
    px_nonces_free(a->open_nonces);
    ratls_replay_free(a->proofs);
    px_rates_free(a->rates);
    px_rates_free(a->open_rates);
    px_stats_detach(a->stats);
}

int px_authority_run(void)
{
    static const struct px_channel_ops ops = {
        .message = on_message, .closed = on_master_gone, .takes_fds = true};
    struct px_authority *a = calloc(1, sizeof *a);

    px_web_process("ratls-authority");
    if (!a)
        return 1;
    a->env = a->custodies.env = ratls_env_system();
    a->syslog = (struct px_log){.fd = -1, .sink = PX_SINK_NONE};
    a->log = (struct px_log){.fd = PX_AUTHORITY_FD_LOG, .level = RATLS_LOG_WARNING};
    a->exit_code = 1;
    a->base = event_base_new();
    if (a->base)
        a->master = px_channel_new(a->base, PX_AUTHORITY_FD_MASTER, PX_MAX_FROM_MASTER, &ops, a);
    if (a->master)
        (void)event_base_dispatch(a->base);
    teardown(a);
    int exit_code = a->exit_code;
    explicit_bzero(a, sizeof *a);
    free(a);
    return exit_code;
}
