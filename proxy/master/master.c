/* The master: start, signals, end. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"
#include "privileges.h"

#define DRAIN_GRACE_MS 2000 /* workers end their connections themselves */

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1};

/* ---- environment ---- */

static void log_line(void *arg, enum ratls_log_level level, const char *line)
{
    px_log_text(&((struct px_master *)arg)->log, level, line);
}

static void complain(const struct ratls_error *err, enum ratls_err e)
{
    (void)fprintf(stderr, "ratls-proxy: %s\n", err->detail[0] ? err->detail : ratls_err_text(e));
}

/* ---- what the log says ---- */

static void warn_insecure(const struct px_master *m, const struct px_service *s)
{
    const struct {
        bool used;
        const char *name;
    } switches[] = {
        {s->insecure_sim_roots != NULL, "insecure-sim-roots"},
        {s->insecure_allow_sim_attester, "insecure-allow-sim-attester"},
        {s->insecure_plain_listen, "insecure-plain-listen"},
        {s->insecure_no_attestation, "insecure-no-attestation"},
        {s->insecure_ignore_selftest, "insecure-ignore-selftest"},
    };

    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (switches[i].used)
            px_log_printf(&m->log, RATLS_LOG_WARNING, "service %s: %s is in use", s->name,
                          switches[i].name);
}

void px_master_warn_insecure(const struct px_master *m, const struct px_config *c)
{
    for (size_t i = 0; c->warnings[i]; i++)
        px_log_printf(&m->log, RATLS_LOG_WARNING, "%s", c->warnings[i]);
    for (size_t i = 0; i < c->n_services; i++)
        warn_insecure(m, &c->services[i]);
}

void px_master_log_trust(const struct px_master *m, const char *why)
{
    struct px_line line;

    px_line_begin(&line, "trust");
    px_line_int(&line, "generation", (int64_t)m->setup->standing->generation);
    px_line_text(&line, "why", why);
    px_line_end(&line, &m->log);
}

/* ---- events ---- */

void px_master_stop(struct px_master *m, int exit_code)
{
    m->exit_code = exit_code;
    m->stopped = true;
    (void)event_base_loopbreak(m->base);
}

static void log_start(const struct px_master *m)
{
    struct px_line line;

    px_line_begin(&line, "start");
    px_line_int(&line, "pid", getpid());
    px_line_int(&line, "workers", m->n_children);
    px_line_int(&line, "services", (int64_t)m->setup->config->n_services);
    px_line_text(&line, "offload", m->offload ? "on" : "off");
    px_line_end(&line, &m->log);
}

void px_master_child_ready(struct px_master *m)
{
    px_reload_confirmed(m);
    if (m->life.phase != PX_STARTING || !px_children_ready(m) || !px_authority_ready(m->authority))
        return;
    (void)px_lifecycle_enter(&m->life, PX_READY);
    px_admin_publish(m->admin);
    log_start(m);
    if (!m->reload.again)
        return;
    m->reload.again = false;
    px_master_reload(m, m->reload.why_again);
}

void px_master_child_gone(struct px_master *m)
{
    for (unsigned i = 0; i < m->n_children; i++)
        if (m->children[i].pid > 0)
            return;
    px_master_stop(m, 0);
}

/* New ones are not accepted any more; the manager's own sockets stay with the manager. */
static void close_listeners(struct px_master *m)
{
    for (size_t i = 0; i < m->setup->config->n_services; i++)
        if (m->setup->listeners[i])
            px_listener_close(m->setup->listeners[i]);
    px_activation_close(&m->sockets);
}

static void drain(struct px_master *m)
{
    const int64_t ms = m->setup->config->drain_timeout_ms;
    const struct timeval limit = px_timeval(ms + DRAIN_GRACE_MS);
    struct px_line line;

    if (m->life.phase == PX_STARTING || !px_lifecycle_enter(&m->life, PX_DRAINING)) {
        px_master_stop(m, 0);
        return;
    }
    px_line_begin(&line, "drain");
    px_line_int(&line, "timeout_ms", ms);
    px_line_end(&line, &m->log);
    px_admin_publish(m->admin);
    px_reload_cancel(m);
    close_listeners(m);
    for (unsigned i = 0; i < m->n_children; i++)
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

/* Only while each worker does its work: a manager that hears nothing starts us anew. Who drains has
 * fewer and fewer of them. */
static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
    const struct px_master *m = arg;

    (void)fd;
    (void)what;
    if (px_lifecycle_ends(&m->life) || px_children_ready(m))
        px_notify_say(&m->life.notify, "WATCHDOG=1\n");
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct px_master *m = arg;

    (void)what;
    if (number == SIGCHLD)
        px_children_reap(m);
    else if (number == SIGHUP)
        px_master_reload(m, "signal");
    else if (number == SIGUSR1)
        px_logs_reopen(m);
    else
        drain(m);
}

/* ---- trust ---- */

static void on_trust(void *arg, struct px_standing *standing, const char *why)
{
    struct px_master *m = arg;

    px_standing_free(m->setup->standing);
    m->setup->standing = standing;
    px_master_log_trust(m, why);
    for (unsigned i = 0; i < m->n_children; i++)
        px_child_trust(&m->children[i]);
}

static void on_trust_refused(void *arg, const struct ratls_error *err, const char *why)
{
    struct px_master *m = arg;
    struct px_line line;

    m->tally.trust_refusals++;
    px_line_begin(&line, "trust_refused");
    px_line_level(&line, RATLS_LOG_ERROR);
    px_line_text(&line, "reason", ratls_err_reason(err->code));
    px_line_text(&line, "detail", err->detail);
    px_line_text(&line, "why", why);
    /* that stays in force */
    px_line_int(&line, "generation", (int64_t)m->setup->standing->generation);
    px_line_end(&line, &m->log);
}

bool px_master_watch(struct px_master *m, struct px_setup *s)
{
    static const struct px_watch_ops ops = {on_trust, on_trust_refused};

    return px_watch_start(s->watch, m->base, &ops, m);
}

/* ---- identities ---- */

static bool all_issued(const struct px_setup *s)
{
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->issuers[i] && !px_issuer_identity(s->issuers[i]))
            return false;
    return true;
}

static void start_children(struct px_master *m)
{
    for (unsigned i = 0; i < m->n_children; i++)
        if (m->children[i].serial == 0)
            px_child_start(&m->children[i]);
}

static void on_issued(void *arg, struct px_issuer *issuer)
{
    struct px_master *m = arg;

    if (!px_setup_issuer(m->setup, px_issuer_id(issuer))) {
        px_reload_issued(m);
        return;
    }
    for (unsigned i = 0; i < m->n_children; i++)
        px_child_identity(&m->children[i], issuer);
    if (m->life.phase == PX_STARTING && all_issued(m->setup))
        start_children(m);
}

static void on_issue_failed(void *arg, struct px_issuer *issuer)
{
    struct px_master *m = arg;

    if (px_setup_issuer(m->setup, px_issuer_id(issuer)))
        px_master_stop(m, 1);
    else
        px_reload_failed(m);
}

struct px_issuer *px_master_issuer(const struct px_master *m, uint32_t id)
{
    struct px_issuer *i = px_setup_issuer(m->setup, id);

    return i ? i : px_retired_find(&m->reload.retired, id);
}

static void on_answer(void *arg, const struct px_answer *a)
{
    struct px_master *m = arg;

    for (unsigned i = 0; i < m->n_children; i++)
        if (m->children[i].serial == a->child)
            px_child_answer(&m->children[i], a);
}

static bool plan_from(const struct px_master *m, const struct px_setup *s,
                      const struct px_issuer *issuer, struct px_passport_plan *plan)
{
    for (size_t i = 0; s && i < s->config->n_services; i++) {
        if (s->issuers[i] != issuer)
            continue;
        plan->path = m->path;
        plan->service = i;
        plan->files = &s->files;
        plan->trust_files = s->standing->files;
        return true;
    }
    return false;
}

/* Of what is in force, or may come to be. */
static bool on_passport(void *arg, const struct px_issuer *issuer, struct px_passport_plan *plan)
{
    const struct px_master *m = arg;

    return plan_from(m, m->setup, issuer, plan) || plan_from(m, m->reload.candidate, issuer, plan);
}

enum ratls_err px_master_issuer_new(struct px_master *m, struct px_setup *s, size_t i,
                                    struct ratls_error *err)
{
    static const struct px_issuer_ops ops = {on_issued, on_issue_failed, on_answer, on_passport};
    const struct px_issuer_params params = {.base = m->base,
                                            .env = &m->env,
                                            .log = &m->log,
                                            .service = &s->config->services[i],
                                            .id = m->last_id + 1,
                                            .ops = &ops,
                                            .arg = m};

    if (!px_service_has_identity(params.service))
        return RATLS_OK;
    m->last_id++;
    return px_issuer_new(&params, &s->issuers[i], err);
}

/* ---- start ---- */

static enum ratls_err open_services(struct px_master *m, struct ratls_error *err)
{
    struct px_setup *s = m->setup;
    enum ratls_err e = RATLS_OK;

    px_master_warn_insecure(m, s->config);
    for (size_t i = 0; !e && i < s->config->n_services; i++) {
        if (s->listeners[i])
            s->listeners[i]->id = ++m->last_id;
        e = px_master_issuer_new(m, s, i, err);
    }
    if (!e && !px_master_watch(m, s))
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "the watcher of trust");
    if (!e)
        e = px_authority_open(m, &m->authority, err);
    return e ? e : px_admin_open(m, &m->admin, err);
}

static bool start_watchdog(struct px_master *m)
{
    const struct timeval every = px_timeval(m->life.notify.watchdog_ms);

    if (m->life.notify.watchdog_ms == 0)
        return true;
    m->watchdog = event_new(m->base, -1, EV_PERSIST, on_watchdog, m);
    return m->watchdog && event_add(m->watchdog, &every) == 0;
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
    m->n_children = m->setup->config->workers;
    for (unsigned i = 0; i < m->n_children; i++) {
        m->children[i] = (struct px_child){.master = m, .index = i};
        good = good && px_child_prepare(&m->children[i]);
    }
    return good && start_watchdog(m) && px_reload_init(m)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_NO_MEMORY, "events");
}

static enum ratls_err write_pid(struct px_master *m, struct ratls_error *err)
{
    const char *path = m->setup->config->pid_file;

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

static enum ratls_err open_logs(struct px_master *m, struct ratls_error *err)
{
    const struct px_config *c = m->setup->config;
    enum ratls_err e = px_logs_open(m, c, err);

    if (!e && c->output && c->log_overwrite && ftruncate(m->log.fd, 0) != 0)
        e = ratls_fail(err, RATLS_E_IO, "output: %s", strerrordesc_np(errno));
    return e;
}

/* Sockets are at fixed numbers: nothing else is opened before. */
static enum ratls_err read_first(struct px_master *m, struct ratls_error *err)
{
    const struct px_before nothing = {0};
    enum ratls_err e = px_activation_open(&m->sockets, err);

    if (e || (e = px_notify_open(&m->life.notify, err)) != RATLS_OK ||
        (e = px_setup_read(m->path, &nothing, &m->sockets, &m->setup, err)) != RATLS_OK)
        return e;
    m->loaded = true;
    m->offload = ratls_offload(m->setup->config->offload != 0);
    m->setup->generation = m->last_generation = 1;
    return m->setup->config->lock_memory ? px_privileges_lock_memory(err) : RATLS_OK;
}

static enum ratls_err start(struct px_master *m, struct ratls_error *err)
{
    enum ratls_err e = read_first(m, err);

    if (e)
        return e;
    if ((e = open_logs(m, err)) != RATLS_OK || (e = open_events(m, err)) != RATLS_OK ||
        (e = open_services(m, err)) != RATLS_OK || (e = write_pid(m, err)) != RATLS_OK)
        return e;
    px_admin_start(m->admin);
    px_authority_start(m->authority);
    for (size_t i = 0; i < m->setup->config->n_services; i++)
        if (m->setup->issuers[i])
            px_issuer_start(m->setup->issuers[i]);
    if (all_issued(m->setup)) /* there are none */
        start_children(m);
    return RATLS_OK;
}

/* ---- end ---- */

static void free_events(struct px_master *m)
{
    struct event *const events[] = {m->drain_over, m->watchdog};

    for (size_t i = 0; i < sizeof m->signals / sizeof m->signals[0]; i++)
        if (m->signals[i])
            event_free(m->signals[i]);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i])
            event_free(events[i]);
}

static void close_all(struct px_master *m)
{
    if (m->setup) {
        px_watch_end(m->setup->watch);
        m->setup->watch = NULL;
        px_admin_close(m->admin);
        px_children_end(m);
        px_authority_close(m->authority);
        if (m->base)
            px_reload_end(m);
        if (m->pid_written)
            (void)unlink(m->setup->config->pid_file);
    }
    px_setup_free(m->setup);
    free_events(m);
    if (m->base)
        event_base_free(m->base);
    px_activation_close(&m->sockets);
    px_notify_close(&m->life.notify);
    px_logs_close(m);
    free(m);
}

static int run(struct px_master *m)
{
    struct px_line line;

    if (!m->stopped) /* dispatching would forget it */
        (void)event_base_dispatch(m->base);
    (void)px_lifecycle_enter(&m->life, PX_STOPPED);
    px_reload_cancel(m);
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
    m->log = (struct px_log){.fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, PX_FD_HIGH),
                             .level = RATLS_LOG_INFO};
    m->syslog.fd = m->access.fd = -1;
    m->env = *ratls_env_system(); /* its clocks, randomness and files do not look at arg */
    m->env.arg = m;
    m->env.log = log_line;
    m->life.notify.fd = -1;
    m->exit_code = 1;
    TAILQ_INIT(&m->reload.retired);
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
    (void)mallopt(M_ARENA_MAX, 1); /* threads come and go with reloads, what they free would not */
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
