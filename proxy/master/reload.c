/* A configuration takes the place of another. It is read in a thread of its own; in the loop its
 * new issuers make their identities; then it is adopted as a whole, or not at all. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"

#define WITHIN_MS    60000 /* reading, and the first identities */
#define MOST_READING 5     /* while trust changes meanwhile */

/* ---- reading ---- */

struct px_reading {
    struct px_master *master; /* the loop's */
    struct event *done;       /* likewise */
    pthread_t thread;
    int out, in;
    char *path;
    struct px_before before;
    const struct px_activation *sockets; /* as long as the process lives */
    struct px_setup *setup;
    enum ratls_err e;
    struct ratls_error err;
};

static void reading_free(struct px_reading *r)
{
    px_config_free(r->before.config);
    px_standing_free(r->before.standing);
    px_setup_free(r->setup);
    if (r->in >= 0)
        (void)close(r->in);
    free(r->path);
    free(r);
}

/* From the write on it is the loop's, unless nobody reads any more. */
static void *read_setup(void *arg)
{
    struct px_reading *r = arg;
    const int in = r->in;
    const char done = 1;

    r->e = px_setup_read(r->path, &r->before, r->sockets, &r->setup, &r->err);
    if (write(in, &done, 1) != 1)
        reading_free(r);
    return NULL;
}

static void on_read(evutil_socket_t fd, short what, void *arg);

/* Signals are the loop's. */
static bool start_thread(struct px_reading *r)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = pthread_create(&r->thread, NULL, read_setup, r) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

/* NULL when out of memory or descriptors. */
static struct px_reading *reading_new(struct px_master *m)
{
    struct px_reading *r = calloc(1, sizeof *r);
    int ends[2];

    if (!r)
        return NULL;
    *r = (struct px_reading){.master = m, .out = -1, .in = -1, .sockets = &m->sockets};
    r->path = strdup(m->path);
    r->before.config = px_config_ref(m->setup->config);
    r->before.standing = px_standing_ref(m->setup->standing);
    if (pipe2(ends, O_CLOEXEC) == 0) {
        r->out = ends[0];
        r->in = ends[1];
        r->done = event_new(m->base, r->out, EV_READ, on_read, r);
    }
    if (r->path && r->done && event_add(r->done, NULL) == 0 && start_thread(r))
        return r;
    if (r->done)
        event_free(r->done);
    if (r->out >= 0)
        (void)close(r->out);
    reading_free(r);
    return NULL;
}

static void stop_listening(struct px_reading *r)
{
    event_free(r->done);
    (void)close(r->out);
    r->out = -1;
}

/* The thread frees it, when it comes back. */
static void abandon(struct px_reading *r)
{
    (void)pthread_detach(r->thread);
    stop_listening(r);
}

/* ---- the end of a reload ---- */

static void begin(struct px_master *m);

static void finish(struct px_master *m)
{
    struct px_reload *r = &m->reload;

    (void)evtimer_del(r->limit);
    if (r->reading)
        abandon(r->reading);
    r->reading = NULL;
    px_setup_free(r->candidate);
    r->candidate = NULL;
    r->busy = r->adopted = false;
    (void)px_lifecycle_enter(&m->life, PX_READY);
    if (!r->again)
        return;
    r->again = false;
    px_master_reload(m, r->why_again);
}

static void refuse(struct px_master *m, const struct ratls_error *err)
{
    struct px_line line;

    m->tally.reload_refusals++;
    px_line_begin(&line, "reload_refused");
    px_line_level(&line, RATLS_LOG_ERROR);
    px_line_text(&line, "reason", ratls_err_reason(err->code));
    px_line_text(&line, "detail", err->detail[0] ? err->detail : ratls_err_text(err->code));
    px_line_text(&line, "why", m->reload.why);
    px_line_int(&line, "generation", (int64_t)m->setup->generation); /* that stays in force */
    px_line_end(&line, &m->log);
    px_notify_say(&m->life.notify, "STATUS=reload refused: %s\n", ratls_err_reason(err->code));
    finish(m);
}

static void refuse_for(struct px_master *m, enum ratls_err e, const char *detail)
{
    struct ratls_error err = {0};

    (void)ratls_fail(&err, e, "%s", detail);
    refuse(m, &err);
}

static void succeed(struct px_master *m)
{
    const struct px_setup *s = m->setup;
    struct px_line line;

    m->tally.reloads++;
    px_line_begin(&line, "reload");
    px_line_int(&line, "generation", (int64_t)s->generation);
    px_line_text(&line, "why", m->reload.why);
    px_line_int(&line, "services", (int64_t)s->config->n_services);
    px_line_int(&line, "trust", (int64_t)s->standing->generation);
    px_line_end(&line, &m->log);
    finish(m);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
    struct px_master *m = arg;

    (void)fd;
    (void)what;
    if (m->reload.adopted) {
        px_log_printf(&m->log, RATLS_LOG_WARNING, "a worker does not confirm the configuration");
        succeed(m);
        return;
    }
    refuse_for(m, RATLS_E_TIMEOUT,
               m->reload.reading ? "reading files, stores or names takes too long"
                                 : "a new identity takes too long");
}

/* ---- adoption ---- */

static void give_ids(struct px_master *m, struct px_setup *s)
{
    s->generation = ++m->last_generation;
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->listeners[i])
            s->listeners[i]->id = ++m->last_id;
}

static void retire_issuers(struct px_master *m, struct px_setup *old)
{
    for (size_t i = 0; i < old->config->n_services; i++) {
        if (old->issuers[i])
            px_retired_add(&m->reload.retired, m->base, old->config, i, old->issuers[i]);
        old->issuers[i] = NULL;
    }
}

/* Nothing can fail any more from the first word to a worker on. */
static void adopt(struct px_master *m)
{
    struct px_reload *r = &m->reload;
    struct px_setup *old = m->setup, *now = r->candidate;
    struct ratls_error err = {0};

    if (!px_master_watch(m, now)) {
        refuse_for(m, RATLS_E_NO_MEMORY, "the watcher of trust");
        return;
    }
    if (px_logs_open(m, now->config, &err)) {
        refuse(m, &err);
        return;
    }
    r->candidate = NULL;
    r->adopted = true;
    give_ids(m, now);
    px_setup_take_over(now, old);
    m->setup = now;
    retire_issuers(m, old);
    px_setup_free(old);
    px_master_warn_insecure(m, now->config);
    px_master_log_trust(m, r->why);
    px_authority_configure(m->authority);
    for (unsigned i = 0; i < m->n_children; i++)
        px_child_configure(&m->children[i]);
    px_admin_logs(m->admin);
    px_authority_logs(m->authority);
    px_reload_confirmed(m);
}

void px_reload_confirmed(struct px_master *m)
{
    if (m->reload.adopted && px_children_confirmed(m) && px_authority_confirmed(m->authority))
        succeed(m);
}

/* Trust may have changed while this setup was read as the successor of an older one. */
static void adopt_if_new(struct px_master *m)
{
    struct px_reload *r = &m->reload;
    const uint64_t in_force = m->setup->standing->generation;

    if (r->candidate->standing->generation == in_force + 1) {
        adopt(m);
        return;
    }
    px_setup_free(r->candidate);
    r->candidate = NULL;
    if (r->attempts < MOST_READING)
        begin(m);
    else
        refuse_for(m, RATLS_E_STATE, "trust changes all the time");
}

/* ---- issuers that are new ---- */

static bool all_issued(const struct px_setup *s)
{
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->issuers[i] && !px_issuer_identity(s->issuers[i]))
            return false;
    return true;
}

/* The log says why an identity failed. */
static void on_step(evutil_socket_t fd, short what, void *arg)
{
    struct px_master *m = arg;
    const struct px_setup *s = m->reload.candidate;

    (void)fd;
    (void)what;
    if (s && m->reload.failed)
        refuse_for(m, RATLS_E_ATTESTER, "a service has no identity");
    else if (s && all_issued(s))
        adopt_if_new(m);
}

/* Not from an issuer's own call: it may have to be freed. */
static void step(struct px_master *m)
{
    const struct timeval now = {0};

    (void)evtimer_add(m->reload.step, &now);
}

void px_reload_issued(struct px_master *m)
{
    step(m);
}

void px_reload_failed(struct px_master *m)
{
    m->reload.failed = true;
    step(m);
}

static void make_issuers(struct px_master *m)
{
    struct px_setup *s = m->reload.candidate;
    struct ratls_error err = {0};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->config->n_services; i++)
        if (!px_setup_issuer_for(m->setup, s, i))
            e = px_master_issuer_new(m, s, i, &err);
    if (e) {
        refuse(m, &err);
        return;
    }
    m->reload.failed = false;
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->issuers[i])
            px_issuer_start(s->issuers[i]);
    step(m);
}

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    struct px_reading *r = arg;
    struct px_master *m = r->master;
    struct ratls_error err = r->err;

    (void)fd;
    (void)what;
    (void)pthread_join(r->thread, NULL);
    stop_listening(r);
    m->reload.reading = NULL;
    m->reload.candidate = r->setup;
    r->setup = NULL;
    err.code = r->e;
    reading_free(r);
    if (err.code)
        refuse(m, &err);
    else
        make_issuers(m);
}

/* ---- beginning ---- */

static void begin(struct px_master *m)
{
    m->reload.attempts++;
    m->reload.reading = reading_new(m);
    if (!m->reload.reading)
        refuse_for(m, RATLS_E_NO_MEMORY, "a thread to read");
}

void px_master_reload(struct px_master *m, const char *why)
{
    const struct timeval limit = px_timeval(m->reload.within_ms);
    struct px_reload *r = &m->reload;

    if (px_lifecycle_ends(&m->life))
        return;
    if (!px_lifecycle_enter(&m->life, PX_RELOADING)) { /* not there yet, or one is under way */
        r->again = true;
        r->why_again = why;
        return;
    }
    r->busy = true;
    r->why = why;
    r->attempts = 0;
    (void)evtimer_add(r->limit, &limit);
    begin(m);
}

bool px_reload_init(struct px_master *m)
{
    m->reload.within_ms = WITHIN_MS;
    m->reload.limit = evtimer_new(m->base, on_limit, m);
    m->reload.step = evtimer_new(m->base, on_step, m);
    return m->reload.limit && m->reload.step;
}

void px_reload_cancel(struct px_master *m)
{
    struct px_reload *r = &m->reload;

    if (r->reading)
        abandon(r->reading);
    r->reading = NULL;
    px_setup_free(r->candidate);
    r->candidate = NULL;
    r->busy = r->again = r->adopted = false;
    if (r->limit)
        (void)evtimer_del(r->limit);
}

void px_reload_end(struct px_master *m)
{
    px_reload_cancel(m);
    px_retired_end(&m->reload.retired);
    if (m->reload.limit)
        event_free(m->reload.limit);
    if (m->reload.step)
        event_free(m->reload.step);
}
