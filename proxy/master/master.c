/* The master: start, signals, end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"
#include "privileges.h"

#define DRAIN_GRACE_MS 2000 /* workers end their connections themselves */

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

/* ---- environment ---- */

static void log_line(void *arg, enum ratls_log_level level, const char *line)
{
    px_log_text(&((struct px_master *)arg)->log, level, line);
}

static void complain(const struct ratls_error *err, enum ratls_err e)
{
    (void)fprintf(stderr, "ratls-proxy: %s\n", err->detail[0] ? err->detail : ratls_err_text(e));
}

/* ---- configuration ---- */

/* Reads every file once, for the workers too; keys of CAs are not among them. */
static enum ratls_err load(struct px_master *m, struct ratls_error *err)
{
    struct ratls_env reading = *ratls_env_system();
    const char *path = NULL;
    enum ratls_err e;

    reading.arg = &m->files;
    reading.read_file = px_files_read;
    reading.list_files = px_files_list;
    if ((e = px_config_load(&reading, m->path, &m->config, err)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < m->config->n_services; i++) {
        const struct px_service *s = &m->config->services[i];
        for (size_t k = 0; (path = px_service_file(s, k)) != NULL; k++)
            if ((e = px_files_keep(&m->files, path)) != RATLS_OK)
                return ratls_fail(err, e, "%s:%u: %s cannot be read", m->path, s->line, path);
    }
    m->generation = 1;
    return px_watch_new(m->config, &m->watch, &m->trust, err);
}

static void warn_insecure(const struct px_master *m, const struct px_service *s)
{
    const struct {
        bool used;
        const char *name;
    } switches[] = {
        {s->insecure_sim_roots != NULL, "insecure-sim-roots"},
        {s->insecure_allow_sim_attester, "insecure-allow-sim-attester"},
        {s->insecure_plain_listen, "insecure-plain-listen"},
        {s->insecure_ignore_selftest, "insecure-ignore-selftest"},
    };

    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (switches[i].used)
            px_log_printf(&m->log, RATLS_LOG_WARNING, "service %s: %s is in use", s->name,
                          switches[i].name);
}

/* ---- events ---- */

void px_master_stop(struct px_master *m, int exit_code)
{
    m->exit_code = exit_code;
    m->stopped = true;
    (void)event_base_loopbreak(m->base);
}

static bool all_ready(const struct px_master *m)
{
    for (unsigned i = 0; i < m->config->workers; i++)
        if (!m->children[i].ready)
            return false;
    return true;
}

void px_master_child_ready(struct px_master *m)
{
    struct px_line line;

    if (m->running || !all_ready(m))
        return;
    m->running = true;
    px_line_begin(&line, "start");
    px_line_int(&line, "pid", getpid());
    px_line_int(&line, "workers", m->config->workers);
    px_line_int(&line, "services", (int64_t)m->config->n_services);
    px_line_end(&line, &m->log);
}

void px_master_child_gone(struct px_master *m)
{
    for (unsigned i = 0; i < m->config->workers; i++)
        if (m->children[i].pid > 0)
            return;
    px_master_stop(m, 0);
}

static void drain(struct px_master *m)
{
    struct px_line line;
    int64_t ms = m->config->drain_timeout_ms + DRAIN_GRACE_MS;
    const struct timeval limit = px_timeval(ms);

    if (m->draining || !m->running) {
        px_master_stop(m, 0);
        return;
    }
    px_line_begin(&line, "drain");
    px_line_int(&line, "timeout_ms", m->config->drain_timeout_ms);
    px_line_end(&line, &m->log);
    m->draining = true;
    for (size_t i = 0; i < m->config->n_services; i++)
        px_listener_close(&m->listeners[i]);
    for (unsigned i = 0; i < m->config->workers; i++)
        px_child_drain(&m->children[i]);
    (void)evtimer_add(m->drain_over, &limit);
    px_master_child_gone(m);
}

static void on_drain_over(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    px_master_stop(arg, 0);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct px_master *m = arg;

    (void)what;
    if (number == SIGCHLD)
        px_children_reap(m);
    else if (number == SIGHUP)
        px_watch_reload(m->watch);
    else
        drain(m);
}

/* ---- trust ---- */

static void on_trust(void *arg, struct px_files *files, uint64_t generation, const char *why)
{
    struct px_master *m = arg;
    struct px_line line;

    px_files_free(m->trust);
    m->trust = files;
    m->generation = generation;
    px_line_begin(&line, "trust");
    px_line_int(&line, "generation", (int64_t)generation);
    px_line_text(&line, "why", why);
    px_line_end(&line, &m->log);
    for (unsigned i = 0; i < m->config->workers; i++)
        px_child_trust(&m->children[i]);
}

static void on_trust_refused(void *arg, const struct ratls_error *err, const char *why)
{
    const struct px_master *m = arg;
    struct px_line line;

    px_line_begin(&line, "trust_refused");
    px_line_text(&line, "level", "error");
    px_line_text(&line, "reason", ratls_err_reason(err->code));
    px_line_text(&line, "detail", err->detail);
    px_line_text(&line, "why", why);
    px_line_int(&line, "generation", (int64_t)m->generation); /* that stays in force */
    px_line_end(&line, &m->log);
}

static bool start_watch(struct px_master *m)
{
    static const struct px_watch_ops ops = {on_trust, on_trust_refused};

    return px_watch_start(m->watch, m->base, &ops, m);
}

/* ---- identities ---- */

static void on_issued(void *arg, size_t service)
{
    struct px_master *m = arg;
    bool born = false;

    for (unsigned i = 0; i < m->config->workers; i++) {
        born = born || m->children[i].serial > 0;
        px_child_identity(&m->children[i], service);
    }
    for (size_t i = 0; i < m->config->n_services; i++)
        if (m->issuers[i] && !px_issuer_identity(m->issuers[i]))
            return;
    for (unsigned i = 0; !born && i < m->config->workers; i++)
        px_child_start(&m->children[i]);
}

static void on_issue_failed(void *arg, size_t service)
{
    (void)service;
    px_master_stop(arg, 1);
}

static void on_answer(void *arg, const struct px_answer *a)
{
    struct px_master *m = arg;

    for (unsigned i = 0; i < m->config->workers; i++)
        if (m->children[i].serial == a->child)
            px_child_answer(&m->children[i], a);
}

/* ---- start ---- */

static enum ratls_err open_services(struct px_master *m, struct ratls_error *err)
{
    static const struct px_issuer_ops ops = {on_issued, on_issue_failed, on_answer};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < m->config->n_services && !e; i++) {
        const struct px_service *s = &m->config->services[i];
        const struct px_issuer_params params = {.base = m->base,
                                                .env = &m->env,
                                                .log = &m->log,
                                                .service = s,
                                                .index = i,
                                                .ops = &ops,
                                                .arg = m};
        warn_insecure(m, s);
        e = px_listener_open(&m->listeners[i], &s->accept, m->config->workers, err);
        if (!e && s->mode != RATLS_VERIFY)
            e = px_issuer_new(&params, &m->issuers[i], err);
    }
    if (!e && !start_watch(m))
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "the watcher of trust");
    return e;
}

static enum ratls_err open_events(struct px_master *m, struct ratls_error *err)
{
    m->base = event_base_new();
    if (!m->base)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "events");
    m->drain_over = evtimer_new(m->base, on_drain_over, m);
    bool good = m->drain_over != NULL;
    for (size_t i = 0; i < sizeof signal_numbers / sizeof signal_numbers[0]; i++) {
        m->signals[i] = evsignal_new(m->base, signal_numbers[i], on_signal, m);
        good = good && m->signals[i] && event_add(m->signals[i], NULL) == 0;
    }
    for (unsigned i = 0; i < m->config->workers; i++) {
        m->children[i] = (struct px_child){.master = m, .index = i};
        good = good && px_child_prepare(&m->children[i]);
    }
    return good ? RATLS_OK : ratls_fail(err, RATLS_E_NO_MEMORY, "events");
}

static enum ratls_err write_pid(struct px_master *m, struct ratls_error *err)
{
    const char *path = m->config->pid_file;

    if (!path)
        return RATLS_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return ratls_fail(err, RATLS_E_IO, "pid %s: %s", path, strerrordesc_np(errno));
    bool good = dprintf(fd, "%d\n", getpid()) > 0;
    m->pid_written = true;
    return close(fd) == 0 && good ? RATLS_OK
                                  : ratls_fail(err, RATLS_E_IO, "pid %s cannot be written", path);
}

/* The log stays where children find it, whatever is opened later. */
static enum ratls_err open_log(struct px_master *m, struct ratls_error *err)
{
    enum ratls_err e = px_log_open(&m->log, m->config->output, err);

    if (e)
        return e;
    m->log.level = m->config->log_level;
    m->log.fd =
        m->config->output ? px_fd_high(m->log.fd) : fcntl(m->log.fd, F_DUPFD_CLOEXEC, PX_FD_HIGH);
    return m->log.fd < 0 ? ratls_fail(err, RATLS_E_IO, "output: %s", strerrordesc_np(errno))
                         : RATLS_OK;
}

static enum ratls_err start(struct px_master *m, struct ratls_error *err)
{
    enum ratls_err e = load(m, err);

    if (e)
        return e;
    m->loaded = true;
    size_t files = PX_FD_HIGH + 64 + m->config->workers * (m->config->n_services + 4);
    if (!px_privileges_allow_files(files))
        return ratls_fail(err, RATLS_E_IO, "RLIMIT_NOFILE: the master needs %zu open files", files);
    if ((e = open_log(m, err)) != RATLS_OK || (e = open_events(m, err)) != RATLS_OK ||
        (e = open_services(m, err)) != RATLS_OK || (e = write_pid(m, err)) != RATLS_OK)
        return e;
    bool any = false;
    for (size_t i = 0; i < m->config->n_services; i++) {
        any = any || m->issuers[i];
        if (m->issuers[i])
            px_issuer_start(m->issuers[i]);
    }
    for (unsigned i = 0; !any && i < m->config->workers; i++)
        px_child_start(&m->children[i]);
    return RATLS_OK;
}

/* ---- end ---- */

static void close_all(struct px_master *m)
{
    bool watch_ended = px_watch_end(m->watch);

    if (m->config) {
        px_children_end(m);
        for (size_t i = 0; i < m->config->n_services; i++) {
            px_listener_close(&m->listeners[i]);
            px_issuer_free(m->issuers[i]);
        }
        if (m->pid_written)
            (void)unlink(m->config->pid_file);
    }
    for (size_t i = 0; i < sizeof m->signals / sizeof m->signals[0]; i++)
        if (m->signals[i])
            event_free(m->signals[i]);
    if (m->drain_over)
        event_free(m->drain_over);
    if (m->base)
        event_base_free(m->base);
    if (m->log.fd >= PX_FD_HIGH)
        (void)close(m->log.fd);
    if (watch_ended)
        px_config_free(m->config);
    px_files_clear(&m->files);
    px_files_free(m->trust);
    free(m);
}

static int run(struct px_master *m)
{
    struct px_line line;

    if (!m->stopped) /* dispatching would forget it */
        (void)event_base_dispatch(m->base);
    px_children_end(m);
    px_line_begin(&line, "stop");
    px_line_int(&line, "exit", m->exit_code);
    px_line_end(&line, &m->log);
    return m->exit_code;
}

static struct px_master *master_new(const char *path)
{
    struct px_master *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->path = path;
    m->log = (struct px_log){.fd = STDERR_FILENO, .level = RATLS_LOG_INFO};
    m->env = *ratls_env_system(); /* its clocks, randomness and files do not look at arg */
    m->env.arg = m;
    m->env.log = log_line;
    m->exit_code = 1;
    return m;
}

int px_master_run(const char *path)
{
    struct px_master *m = master_new(path);
    struct ratls_error err = {0};
    int exit_code = 1;

    if (!m)
        return 1;
    (void)signal(SIGPIPE, SIG_IGN);
    px_privileges_protect_memory();
    enum ratls_err e = start(m, &err);
    if (e)
        complain(&err, e);
    if (!e)
        exit_code = run(m);
    else if (!m->loaded || e == RATLS_E_CONFIG || e == RATLS_E_USAGE)
        exit_code = 2;
    close_all(m);
    return exit_code;
}

/* ---- check ---- */

static enum ratls_err check_attester(const struct px_master *m, const struct px_service *s,
                                     struct ratls_error *err)
{
    struct ratls_attester *attester = NULL;
    struct ratls_identity *identity = NULL;
    enum ratls_err e =
        ratls_attester_open(&m->env, s->attester, s->attester_options, &attester, err);

    if (!e && ratls_attester_simulated(attester) && !s->insecure_allow_sim_attester)
        e = ratls_fail(err, RATLS_E_CONFIG, "service %s: a simulated attester is not allowed",
                       s->name);
    if (!e)
        e = px_identity_prepare(&m->env, s, attester, &identity, err);
    ratls_identity_unref(identity);
    ratls_attester_close(attester);
    return e;
}

static enum ratls_err read_trust(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    return px_files_read(((struct px_master *)arg)->trust, path, max, out);
}

static enum ratls_err list_trust(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names)
{
    return px_files_list(((struct px_master *)arg)->trust, path, ending, names);
}

/* --check prints insecure keys by itself; what is stored has no key. */
static void warn_stored(const struct px_service *s, const struct ratls_trust *trust)
{
    if (trust && !s->insecure_sim_roots && ratls_trust_simulated(trust))
        printf(
            "WARNING: [%s] the store has roots of simulated TEEs: their evidence proves nothing\n",
            s->name);
}

static enum ratls_err check_service(const struct px_master *m, const struct px_service *s,
                                    struct ratls_error *err)
{
    struct ratls_env env = m->env;
    struct ratls_trust *trust = NULL;
    struct ratls_ctx *ctx = NULL;
    struct px_opa *opa = NULL;

    env.read_file = read_trust;
    env.list_files = list_trust;
    enum ratls_err e = px_service_trust(&env, s, NULL, &trust, err);

    if (!e)
        e = px_service_ctx(&m->env, s, trust, &ctx, err);
    warn_stored(s, trust);
    ratls_trust_unref(trust);
    ratls_ctx_unref(ctx);
    if (!e)
        e = px_opa_open(s, &opa, err);
    px_opa_close(opa);
    return e || s->mode == RATLS_VERIFY ? e : check_attester(m, s, err);
}

int px_master_check(const char *path)
{
    struct px_master *m = master_new(path);
    struct ratls_error err = {0};

    if (!m)
        return 1;
    enum ratls_err e = load(m, &err);
    for (size_t i = 0; !e && i < m->config->n_services; i++)
        e = check_service(m, &m->config->services[i], &err);
    if (e)
        complain(&err, e);
    else
        px_config_print(m->config, stdout);
    (void)px_watch_end(m->watch); /* it never began */
    px_config_free(m->config);
    px_files_clear(&m->files);
    px_files_free(m->trust);
    free(m);
    return e || fflush(stdout) ? 2 : 0;
}
