/* A worker: what its master says, and the loop. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "clock.h"
#include "privileges.h"
#include "session.h"

#define SPARE_FILES 64

/* ---- environment ---- */

static enum ratls_err read_file(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    struct px_worker *w = arg;

    return px_files_read(&w->files, path, max, out);
}

static enum ratls_err read_trust_file(void *arg, const char *path, size_t max,
                                      struct ratls_buffer *out)
{
    struct px_worker *w = arg;

    return px_files_read(&w->trust_files, path, max, out);
}

static enum ratls_err list_trust_files(void *arg, const char *path, const char *ending,
                                       struct ratls_buffer *names)
{
    struct px_worker *w = arg;

    return px_files_list(&w->trust_files, path, ending, names);
}

static void log_line(void *arg, enum ratls_log_level level, const char *line)
{
    const struct px_worker *w = arg;

    if (!w->quiet)
        px_log_text(&w->log, level, line);
}

/* ---- start ---- */

static void stop(struct px_worker *w, int exit_code)
{
    w->exit_code = exit_code;
    (void)event_base_loopbreak(w->base);
}

/* What the operator wrote, or what happened to us? */
static int exit_code_of(enum ratls_err e)
{
    bool ours = e == RATLS_E_SELFTEST || e == RATLS_E_NO_MEMORY || e == RATLS_E_RANDOM ||
                e == RATLS_E_INTERNAL || e == RATLS_E_CRYPTO;

    return ours ? 1 : 2;
}

/* Who only verifies has what TLS needs in the context already. */
static bool needs_identity(const struct px_service *s)
{
    return s->mode != RATLS_VERIFY;
}

static enum ratls_err prepare_gate(struct px_worker *w, size_t i, struct ratls_error *err)
{
    struct px_gate *g = &w->gates[i];

    g->worker = w;
    g->service = &w->config->services[i];
    g->index = (uint16_t)i;
    g->fd = PX_FD_LISTENERS + (int)i;
    TAILQ_INIT(&g->handshakes);
    TAILQ_INIT(&g->askers);
    enum ratls_err e = px_service_ctx(&w->env, g->service, g->trust, &g->ctx, err);
    if (e == RATLS_OK && !px_gate_prepare(g))
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "service %s", g->service->name);
    return e ? e : px_opa_open(g->service, &g->opa, err);
}

/* Threads come after privileges went, so that none of them has any. */
static bool start_asking(struct px_worker *w)
{
    for (size_t i = 0; i < w->config->n_services; i++)
        if (!px_session_start_asking(&w->gates[i]))
            return false;
    return true;
}

/* Policies and plugins are read before privileges go, sockets are used after. */
static enum ratls_err load(struct px_worker *w, const char *path, struct ratls_error *err)
{
    size_t files = SPARE_FILES;
    enum ratls_err e = px_config_load(&w->env, path, &w->config, err);

    if (e)
        return e;
    w->log.level = w->config->log_level;
    if ((e = px_worker_trust(w, err)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < w->config->n_services && e == RATLS_OK; i++) {
        e = prepare_gate(w, i, err);
        files += 2 * (size_t)w->config->services[i].max_connections + 2 + PX_OPA_FILES;
    }
    if (e)
        return e;
    if (!px_privileges_allow_files(files))
        px_log_printf(&w->log, RATLS_LOG_WARNING,
                      "the limit of open files is below the %zu that max-connections may take",
                      files);
    if ((e = px_privileges_drop(w->config, err)) != RATLS_OK)
        return e;
    w->resolver = px_resolver_new(w->base);
    if (!w->resolver || !start_asking(w))
        return ratls_fail(err, RATLS_E_NO_MEMORY, "resolver or threads");
    return RATLS_OK;
}

static void fail(struct px_worker *w, enum ratls_err e, const struct ratls_error *err)
{
    px_log_printf(&w->log, RATLS_LOG_ERROR, "%s", err->detail[0] ? err->detail : ratls_err_text(e));
    w->failed = true;
    stop(w, exit_code_of(e));
}

static bool on_start(struct px_worker *w, struct px_reader *r)
{
    char *path = px_get_text(r);
    uint16_t index = px_get_u16(r);
    uint64_t generation = px_get_u64(r);
    struct ratls_error err = {0};

    if (!px_reader_done(r) || w->config) {
        free(path);
        return false;
    }
    w->generation = generation;
    w->is_first = index == 0;
    w->quiet = !w->is_first;
    w->files.complete = true;
    enum ratls_err e = load(w, path, &err);
    free(path);
    px_files_clear(&w->files);
    w->files.complete = true;
    w->quiet = false;
    if (e) {
        fail(w, e, &err);
        return true;
    }
    for (size_t i = 0; i < w->config->n_services; i++)
        if (!needs_identity(&w->config->services[i]))
            px_gate_open(&w->gates[i]);
    return px_channel_send(w->master, px_message_new(PX_MSG_READY, 0));
}

/* ---- what the master says ---- */

static bool keep_file(struct px_files *files, struct px_reader *r)
{
    char *path = px_get_text(r);
    struct ratls_bytes content = px_get_rest(r);
    bool good = px_reader_done(r) && px_files_add(files, path, content) == RATLS_OK;

    free(path);
    return good;
}

static bool on_file(struct px_worker *w, struct px_reader *r)
{
    return keep_file(&w->files, r);
}

static bool on_trust_file(struct px_worker *w, struct px_reader *r)
{
    return keep_file(&w->trust_files, r);
}

/* The master proved that the files are good: a worker that cannot use them is no worker. */
static bool on_trust(struct px_worker *w, struct px_reader *r)
{
    uint64_t generation = px_get_u64(r);
    struct ratls_error err = {0};

    if (!px_reader_done(r) || !w->config || generation <= w->generation)
        return false;
    w->generation = generation;
    w->quiet = !w->is_first;
    enum ratls_err e = px_worker_trust(w, &err);
    w->quiet = false;
    if (e)
        fail(w, e, &err);
    return true;
}

static bool on_identity(struct px_worker *w, struct px_reader *r)
{
    uint16_t service = px_get_u16(r);
    struct ratls_bytes chain = px_get_bytes(r, px_get_u32(r));
    struct ratls_bytes key = px_get_rest(r);
    struct ratls_identity *id = NULL;
    struct ratls_error err = {0};

    if (!px_reader_done(r) || !w->config || service >= w->config->n_services)
        return false;
    struct px_gate *g = &w->gates[service];
    enum ratls_err e = ratls_identity_import(&w->env, chain, key, &id, &err);
    if (e == RATLS_OK)
        e = ratls_ctx_set_identity(g->ctx, id, &err);
    ratls_identity_unref(id);
    if (e) {
        px_log_printf(&w->log, RATLS_LOG_ERROR, "service %s: identity: %s", g->service->name,
                      err.detail);
        return false;
    }
    px_gate_open(g);
    return true;
}

static bool on_proof(struct px_worker *w, struct px_reader *r)
{
    uint64_t id = px_get_u64(r);
    uint16_t reason = px_get_u16(r);
    struct ratls_bytes signature = px_get_bytes(r, 64);
    struct ratls_bytes evidence = px_get_rest(r);

    if (!px_reader_done(r) || !w->config || reason >= RATLS_ERR_COUNT)
        return false;
    px_session_proof(w, id, (enum ratls_err)reason, signature, evidence);
    return true;
}

static void end_all(struct px_worker *w, const char *reason)
{
    const struct px_outcome how = {"allow", reason, ""};
    struct px_session *s = NULL;

    while ((s = TAILQ_FIRST(&w->sessions)) != NULL)
        px_session_end(s, &how);
}

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    end_all(arg, "drain_timeout");
}

void px_worker_session_gone(struct px_worker *w)
{
    if (w->draining && TAILQ_EMPTY(&w->sessions))
        stop(w, 0);
}

static bool on_drain(struct px_worker *w, struct px_reader *r)
{
    if (!px_reader_done(r) || !w->config || w->draining)
        return false;
    const struct timeval limit = px_timeval(w->config->drain_timeout_ms);

    for (size_t i = 0; i < w->config->n_services; i++)
        px_gate_close(&w->gates[i]);
    w->draining = true;
    (void)evtimer_add(w->drain_over, &limit);
    px_worker_session_gone(w);
    return true;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    static bool (*const handlers[])(struct px_worker *, struct px_reader *) = {
        [PX_MSG_FILE] = on_file,   [PX_MSG_TRUST_FILE] = on_trust_file,
        [PX_MSG_START] = on_start, [PX_MSG_IDENTITY] = on_identity,
        [PX_MSG_PROOF] = on_proof, [PX_MSG_DRAIN] = on_drain,
        [PX_MSG_TRUST] = on_trust,
    };
    struct px_worker *w = arg;
    struct px_reader r = px_reader(payload);

    if (w->failed) /* the rest of a batch */
        return true;
    if (type >= sizeof handlers / sizeof handlers[0] || !handlers[type])
        return false;
    return handlers[type](w, &r);
}

static void on_master_gone(void *arg)
{
    struct px_worker *w = arg;

    end_all(w, "stopped");
    stop(w, 1);
}

/* ---- life ---- */

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    px_worker_accept_again(arg);
}

static bool setup(struct px_worker *w)
{
    static const struct px_channel_ops ops = {on_message, on_master_gone};

    w->base = event_base_new();
    if (!w->base)
        return false;
    w->master = px_channel_new(w->base, PX_FD_MASTER, PX_MAX_FROM_MASTER, &ops, w);
    w->accept_again = evtimer_new(w->base, on_accept_again, w);
    w->drain_over = evtimer_new(w->base, on_drain_over, w);
    return w->master && w->accept_again && w->drain_over && px_reload_prepare(w);
}

static void teardown(struct px_worker *w)
{
    if (w->config)
        end_all(w, "stopped");
    for (size_t i = 0; w->config && i < w->config->n_services; i++) {
        if (w->gates[i].acceptable)
            event_free(w->gates[i].acceptable);
        ratls_ctx_unref(w->gates[i].ctx);
        px_opa_close(w->gates[i].opa);
        ratls_trust_unref(w->gates[i].trust);
    }
    if (w->base)
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK); /* cancelled dials come to their end */
    px_resolver_free(w->resolver);
    px_channel_free(w->master);
    if (w->accept_again)
        event_free(w->accept_again);
    if (w->drain_over)
        event_free(w->drain_over);
    if (w->judge_more)
        event_free(w->judge_more);
    if (w->base)
        event_base_free(w->base);
    px_config_free(w->config);
    px_files_clear(&w->files);
    px_files_clear(&w->trust_files);
}

/* Signals to the whole group (a terminal, systemd) are for the master, who tells us. */
static void ignore_signals(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)signal(signals[i], SIG_IGN);
}

int px_worker_run(void)
{
    struct px_worker *w = calloc(1, sizeof *w);
    int exit_code = 1;

    ignore_signals();
    (void)prctl(PR_SET_NAME, "ratls-worker", 0, 0, 0); /* not "exe" */
    px_privileges_protect_memory();
    if (!w)
        return 1;
    TAILQ_INIT(&w->sessions);
    w->log = (struct px_log){.fd = PX_FD_LOG, .level = RATLS_LOG_WARNING};
    w->env = *ratls_env_system(); /* its clocks and randomness do not look at arg */
    w->env.arg = w;
    w->env.read_file = read_file;
    w->env.list_files = NULL;
    w->env.log = log_line;
    w->trust_env = w->env;
    w->trust_env.read_file = read_trust_file;
    w->trust_env.list_files = list_trust_files;
    w->trust_files.complete = true;
    w->exit_code = 1;
    if (setup(w))
        (void)event_base_dispatch(w->base);
    teardown(w);
    exit_code = w->exit_code;
    free(w);
    return exit_code;
}
