/* A worker: what its master says, and the loop. */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "evidence.h"
#include "http_service.h"
#include "ipc_handed.h"
#include "ipc_log.h"
#include "privileges.h"
#include "session.h"
#include "sources.h"

#define CROWD 256 /* sessions, whose memory is worth a search */

static char authority[] = "authority";

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

static enum ratls_err list_files(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names)
{
    struct px_worker *w = arg;

    return px_files_list(&w->files, path, ending, names);
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

static void fail(struct px_worker *w, enum ratls_err e, const struct ratls_error *err)
{
    px_log_printf(&w->log, RATLS_LOG_ERROR, "%s", err->detail[0] ? err->detail : ratls_err_text(e));
    w->failed = true;
    stop(w, exit_code_of(e));
}

/* False unless there is one for each service, 0 where none is shown. */
static bool take_issuers(struct px_worker *w, struct px_reader *r)
{
    for (size_t i = 0; i < w->n_gates; i++) {
        w->gates[i]->issuer = px_get_u32(r);
        if ((w->gates[i]->issuer != 0) != px_service_has_identity(w->gates[i]->service))
            return false;
    }
    return px_reader_done(r);
}

static bool say_ready(struct px_worker *w)
{
    struct px_message *m = px_message_new(PX_MSG_READY, 8);

    px_put_uint(m, w->configuration, 8);
    return px_channel_send(w->master, m);
}

static bool on_config(struct px_worker *w, struct px_reader *r)
{
    char *path = px_get_text(r);
    struct ratls_error err = {0};
    uint16_t index = px_get_u16(r);
    uint64_t trust = px_get_u64(r), configuration = px_get_u64(r);

    if (r->bad || w->draining || configuration <= w->configuration || trust < w->generation) {
        free(path);
        return false;
    }
    w->is_first = index == 0;
    w->generation = trust;
    w->configuration = configuration;
    w->quiet = !w->is_first;
    enum ratls_err e = px_worker_configure(w, path, &err);
    w->quiet = false;
    free(path);
    if (e) {
        fail(w, e, &err);
        return true;
    }
    if (!take_issuers(w, r))
        return false;
    for (size_t i = 0; i < w->n_gates; i++)
        if (!px_service_has_identity(w->gates[i]->service))
            px_gate_open(w->gates[i]);
    return say_ready(w);
}

/* ---- what the master says ---- */

static bool on_file(struct px_worker *w, struct px_reader *r)
{
    return px_file_take(&w->files, r);
}

static bool on_listener(struct px_worker *w, struct px_reader *r)
{
    uint16_t service = px_get_u16(r);
    uint32_t listener = px_get_u32(r);
    int fd = px_channel_fetch_fd(w->master);

    if (!px_reader_done(r) || fd < 0 || service >= PX_MAX_SERVICES || w->handed[service].fd >= 0) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    w->handed[service] = (struct px_handed){fd, listener};
    return true;
}

/* Connections that the kernel gave to a worker who died: they need not wait for its successor. */
static bool on_sweep(struct px_worker *w, struct px_reader *r)
{
    struct px_gate *g = px_gate_at(w, px_get_u32(r));
    int fd = px_channel_fetch_fd(w->master);
    bool good = px_reader_done(r) && fd >= 0;

    if (good && g && g->open)
        px_gate_take_waiting(g, fd);
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool on_log(struct px_worker *w, struct px_reader *r)
{
    struct px_log *const logs[PX_LOGS] = {
        [PX_LOG_SYSLOG] = &w->syslog, [PX_LOG_EVENTS] = &w->log, [PX_LOG_ACCESS] = &w->access};

    return px_log_take(logs, px_get_rest(r), px_channel_fetch_fd(w->master));
}

/* The same one with every configuration: the first stays, sessions may be on their way there. */
static bool on_desk(struct px_worker *w, struct px_reader *r)
{
    struct px_desk *d = &w->desk;
    uint8_t secret[PX_SUBJECT_SECRET];
    int fd = px_channel_fetch_fd(w->master);

    px_get_copy(r, secret, sizeof secret);
    const bool good = px_reader_done(r) && fd >= 0;
    if (good && !d->open) {
        *d = (struct px_desk){.open = true, .fd = fd};
        memcpy(d->secret, secret, sizeof secret);
        (void)snprintf(d->path, sizeof d->path, "/proc/self/fd/%d", fd);
        d->at = (struct px_address){.text = authority, .path = d->path};
    } else if (fd >= 0) {
        (void)close(fd);
    }
    explicit_bzero(secret, sizeof secret);
    return good;
}

static bool on_trust_file(struct px_worker *w, struct px_reader *r)
{
    return px_file_take(&w->trust_files, r);
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
    struct px_gate *g = px_gate_of(w, px_get_u32(r));
    struct ratls_identity *id = NULL;
    struct ratls_error err = {0};

    if (!g)
        return false;
    enum ratls_err e = px_identity_take(&w->env, r, &id, &err);
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
    struct px_answer a;

    if (!px_answer_parse(px_get_rest(r), &a) || !w->config)
        return false;
    px_session_proof(w, a.id, a.e, ratls_bytes(a.signature, sizeof a.signature), a.evidence);
    return true;
}

static bool on_token(struct px_worker *w, struct px_reader *r)
{
    struct px_token_answer a;

    if (!px_token_parse(px_get_rest(r), &a) || !w->config)
        return false;
    px_http_token(w, &a);
    return true;
}

static void end_all(struct px_worker *w, enum px_reason reason)
{
    const struct px_outcome how = {.result = PX_RESULT_ALLOW, .reason = reason};
    struct px_session *s = NULL;

    while ((s = TAILQ_FIRST(&w->sessions)) != NULL)
        px_session_end(s, &how);
}

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    end_all(arg, PX_REASON_DRAIN_TIMEOUT);
}

/* Free memory between blocks in use stays with the process until asked for. After a crowd has left
 * it is, once; of few sessions it is not worth the search. */
static void give_back_memory(struct px_worker *w)
{
    if (w->most_sessions < CROWD || w->n_sessions > w->most_sessions / 8)
        return;
    (void)malloc_trim(0);
    w->most_sessions = w->n_sessions;
}

void px_worker_session_gone(struct px_worker *w)
{
    give_back_memory(w);
    if (w->draining && TAILQ_EMPTY(&w->sessions))
        stop(w, 0);
}

static bool on_drain(struct px_worker *w, struct px_reader *r)
{
    if (!px_reader_done(r) || !w->config || w->draining)
        return false;
    const struct timeval limit = px_timeval(w->config->drain_timeout_ms);

    for (size_t i = 0; i < w->n_gates; i++) {
        if (w->gates[i]->open)
            px_gate_take_waiting(w->gates[i], w->gates[i]->fd);
        px_gate_close(w->gates[i]);
    }
    w->draining = true;
    (void)evtimer_add(w->drain_over, &limit);
    px_worker_session_gone(w);
    return true;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    static bool (*const handlers[])(struct px_worker *, struct px_reader *) = {
        [PX_MSG_FILE] = on_file,         [PX_MSG_TRUST_FILE] = on_trust_file,
        [PX_MSG_LISTENER] = on_listener, [PX_MSG_CONFIG] = on_config,
        [PX_MSG_IDENTITY] = on_identity, [PX_MSG_PROOF] = on_proof,
        [PX_MSG_DRAIN] = on_drain,       [PX_MSG_TRUST] = on_trust,
        [PX_MSG_SWEEP] = on_sweep,       [PX_MSG_LOG] = on_log,
        [PX_MSG_TOKEN] = on_token,       [PX_MSG_DESK] = on_desk,
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

    end_all(w, PX_REASON_STOPPED);
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
    static const struct px_channel_ops ops = {
        .message = on_message, .closed = on_master_gone, .takes_fds = true};

    w->base = event_base_new();
    if (!w->base)
        return false;
    w->stats = px_stats_attach(PX_FD_STATS, true); /* without, nothing is counted */
    px_stats_born(w->stats);
    w->master = px_channel_new(w->base, PX_FD_MASTER, PX_MAX_FROM_MASTER, &ops, w);
    w->accept_again = evtimer_new(w->base, on_accept_again, w);
    w->drain_over = evtimer_new(w->base, on_drain_over, w);
    return w->master && w->accept_again && w->drain_over && px_reload_prepare(w) &&
           px_gates_prepare(w);
}

static void teardown(struct px_worker *w)
{
    if (w->config)
        end_all(w, PX_REASON_STOPPED);
    px_gates_end(w);
    if (w->base)
        (void)event_base_loop(w->base, EVLOOP_NONBLOCK); /* cancelled dials come to their end */
    px_resolver_free(w->resolver);
    px_sources_free(w->sources);
    px_evidence_desk_free(w->evidence);
    px_channel_free(w->master);
    if (w->accept_again)
        event_free(w->accept_again);
    if (w->drain_over)
        event_free(w->drain_over);
    if (w->judge_more)
        event_free(w->judge_more);
    if (w->bury)
        event_free(w->bury);
    if (w->base)
        event_base_free(w->base);
    px_config_free(w->config);
    px_worker_drop_handed(w);
    px_stats_detach(w->stats);
}

/* Signals to the whole group (a terminal, systemd) are for the master, who tells us. */
static void ignore_signals(void)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

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
    TAILQ_INIT(&w->retired);
    for (size_t i = 0; i < PX_MAX_SERVICES; i++)
        w->handed[i].fd = -1;
    w->log = (struct px_log){.fd = PX_FD_LOG, .level = RATLS_LOG_WARNING};
    w->syslog = (struct px_log){.fd = -1, .sink = PX_SINK_NONE};
    w->access = (struct px_log){.fd = -1, .sink = PX_SINK_NONE, .also = &w->log};
    w->env = *ratls_env_system(); /* its clocks and randomness do not look at arg */
    w->env.arg = w;
    w->env.read_file = read_file;
    w->env.list_files = list_files;
    w->env.log = log_line;
    w->trust_env = w->env;
    w->trust_env.read_file = read_trust_file;
    w->trust_env.list_files = list_trust_files;
    w->files.complete = w->trust_files.complete = true;
    w->exit_code = 1;
    if (setup(w))
        (void)event_base_dispatch(w->base);
    teardown(w);
    exit_code = w->exit_code;
    free(w);
    return exit_code;
}
