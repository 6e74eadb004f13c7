/* Backends: order, passive health, and the way from one to the next. */
#include <stdlib.h>

#include "backends.h"
#include "clock.h"
#include "health.h"

#define PAUSE_MIN_MS INT64_C(50)
#define PAUSE_MAX_MS INT64_C(1000)

struct px_reach {
    struct px_backends *b;
    px_reach_fn *done;
    void *arg;
    const struct px_address *only;
    size_t order[PX_MAX_CONNECT];
    size_t n, at;
    int64_t deadline_ms, pause_ms;
    struct px_dial *dial;
    struct event *timer;
};

/* ---- health ---- */

static void log_change(const struct px_backends *b, size_t i, const char *state, const char *why)
{
    struct px_line line;

    px_line_begin(&line, "backend");
    px_line_text(&line, "service", b->service->name);
    px_line_text(&line, "backend", b->backends[i].at->text);
    px_line_text(&line, "state", state);
    px_line_text(&line, "reason", why);
    px_line_end(&line, b->home.log);
}

static int64_t time_down(const struct px_backend *t)
{
    int64_t ms = PX_DOWN_MIN_MS;

    for (unsigned i = 1; i < t->failures && ms < PX_DOWN_MAX_MS; i++)
        ms *= 2;
    return ms < PX_DOWN_MAX_MS ? ms : PX_DOWN_MAX_MS;
}

void px_backend_failed(struct px_backends *b, size_t i, const char *why)
{
    struct px_backend *t = &b->backends[i];

    if (t->failures < UINT16_MAX)
        t->failures++;
    t->due_ms = px_now_ms() + time_down(t);
    if (t->down)
        return;
    t->down = true;
    b->downs++;
    px_stats_gauge(b->home.stats, PX_BACKENDS_DOWN, 1 << i);
    log_change(b, i, "down", why);
}

void px_backend_worked(struct px_backends *b, size_t i)
{
    struct px_backend *t = &b->backends[i];

    t->failures = 0;
    if (!t->down)
        return;
    t->down = false;
    b->ups++;
    px_stats_gauge(b->home.stats, PX_BACKENDS_DOWN, -(1 << i));
    log_change(b, i, "up", "");
}

/* ---- order ---- */

/* Its time is over: the one who asks tries, the others wait another time. */
static bool is_due(struct px_backends *b, struct px_backend *t, int64_t now)
{
    if (b->checks || t->due_ms > now)
        return false;
    t->due_ms = now + time_down(t);
    return true;
}

/* Those that are down, the first due first. */
static void add_down(const struct px_backends *b, size_t i, size_t *order, size_t *n)
{
    size_t at = (*n)++;

    for (; at > 0 && b->backends[order[at - 1]].due_ms > b->backends[i].due_ms; at--)
        order[at] = order[at - 1];
    order[at] = i;
}

size_t px_backends_order(struct px_backends *b, size_t order[PX_MAX_CONNECT])
{
    size_t down[PX_MAX_CONNECT], n = 0, n_down = 0;
    size_t first = b->service->failover == PX_FAILOVER_RR ? b->next++ % b->n : 0;
    int64_t now = px_now_ms();

    for (size_t k = 0; k < b->n; k++) {
        size_t i = (first + k) % b->n;
        if (!b->backends[i].down || is_due(b, &b->backends[i], now))
            order[n++] = i;
        else
            add_down(b, i, down, &n_down);
    }
    memcpy(&order[n], down, n_down * sizeof *down);
    return n + n_down;
}

/* ---- life ---- */

struct px_backends *px_backends_new(const struct px_backends_home *home,
                                    const struct px_service *service)
{
    struct px_backends *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    b->home = *home;
    b->service = service;
    b->next = home->seed;
    px_stats_set(home->stats, PX_BACKENDS_DOWN, 0);
    b->n = service->n_connect;
    for (size_t i = 0; i < b->n; i++)
        b->backends[i].at = &service->connect[i];
    if (service->health.kind != PX_HEALTH_NONE && !(b->checks = px_health_start(b))) {
        free(b);
        return NULL;
    }
    return b;
}

void px_backends_rest(struct px_backends *b)
{
    if (!b)
        return;
    px_health_stop(b->checks);
    b->checks = NULL;
    b->home.stats = NULL; /* others count there now */
}

void px_backends_free(struct px_backends *b)
{
    px_backends_rest(b);
    free(b);
}

/* ---- reaching one ---- */

static void reach_free(struct px_reach *r)
{
    px_dial_cancel(r->dial);
    if (r->timer)
        event_free(r->timer);
    free(r);
}

static const struct px_address *address(const struct px_reach *r)
{
    return r->only ? r->only : r->b->backends[r->order[r->at]].at;
}

static void finish(struct px_reach *r, int fd, const char *why)
{
    px_reach_fn *done = r->done;
    void *arg = r->arg;
    const char *backend = r->n > 0 ? address(r)->text : "";

    reach_free(r);
    done(arg, fd, backend, why);
}

static void on_dialled(void *arg, int fd, const char *why);

/* Each gets its share of the time that is left. */
static bool dial_next(struct px_reach *r)
{
    const struct px_backends *b = r->b;
    const struct px_dial_how how = {
        .timeout_ms = (r->deadline_ms - px_now_ms()) / (int64_t)(r->n - r->at),
        .service = b->service,
        .config = b->home.config,
    };

    r->dial = px_dial_start(b->home.resolver, address(r), &how, on_dialled, r);
    return r->dial != NULL;
}

static void begin_round(struct px_reach *r)
{
    r->at = 0;
    r->n = r->only ? 1 : px_backends_order(r->b, r->order);
}

/* Once more round, after a pause, if there is time for it. */
static bool wait_for_round(struct px_reach *r)
{
    const struct timeval pause = px_timeval(r->pause_ms);

    if (!r->b->service->retry || px_now_ms() + r->pause_ms >= r->deadline_ms)
        return false;
    r->pause_ms = 2 * r->pause_ms < PAUSE_MAX_MS ? 2 * r->pause_ms : PAUSE_MAX_MS;
    return evtimer_add(r->timer, &pause) == 0;
}

/* Where checks decide, a connection alone does not make a backend a good one. */
static void note(struct px_reach *r, int fd, const char *why)
{
    if (r->only || fd == PX_DIAL_OURS)
        return;
    if (fd < 0)
        px_backend_failed(r->b, r->order[r->at], why);
    else if (!r->b->checks)
        px_backend_worked(r->b, r->order[r->at]);
}

static void on_dialled(void *arg, int fd, const char *why)
{
    struct px_reach *r = arg;

    r->dial = NULL;
    note(r, fd, why);
    if (fd >= 0) {
        finish(r, fd, NULL);
        return;
    }
    if (r->at + 1 < r->n && px_now_ms() < r->deadline_ms) {
        r->at++;
        if (!dial_next(r))
            finish(r, PX_DIAL_OURS, "out of memory");
        return;
    }
    if (!wait_for_round(r))
        finish(r, fd, why);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
    struct px_reach *r = arg;

    (void)fd;
    (void)what;
    begin_round(r);
    if (!dial_next(r))
        finish(r, PX_DIAL_OURS, "out of memory");
}

struct px_reach *px_reach_start(struct px_backends *b, const struct px_address *only,
                                px_reach_fn *done, void *arg)
{
    struct px_reach *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    *r =
        (struct px_reach){.b = b, .done = done, .arg = arg, .only = only, .pause_ms = PAUSE_MIN_MS};
    r->deadline_ms = px_now_ms() + b->service->connect_timeout_ms;
    r->timer = evtimer_new(b->home.base, on_pause_over, r);
    begin_round(r);
    if (!r->timer || r->n == 0 || !dial_next(r)) {
        reach_free(r);
        return NULL;
    }
    return r;
}

void px_reach_cancel(struct px_reach *r)
{
    if (r)
        reach_free(r);
}
