/* One look at everything. */
#include <stdlib.h>
#include <time.h>

#include "view.h"

/* ---- sums ---- */

uint64_t px_view_counter(const struct px_view *v, size_t service, enum px_counter c)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            sum += atomic_load_explicit(&v->of[service][w]->counter[c], memory_order_relaxed);
    return sum;
}

/* Sums of what workers say may overflow when one lies: unsigned, and nothing happens. */
int64_t px_view_gauge(const struct px_view *v, size_t service, enum px_gauge g)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            sum +=
                (uint64_t)atomic_load_explicit(&v->of[service][w]->gauge[g], memory_order_relaxed);
    return (int64_t)sum;
}

int64_t px_view_collateral_ends(const struct px_view *v, size_t service)
{
    int64_t first = 0;

    for (size_t w = 0; w < v->n_workers; w++) {
        const struct px_service_stats *s = v->of[service][w];
        int64_t at =
            s ? atomic_load_explicit(&s->gauge[PX_COLLATERAL_ENDS], memory_order_relaxed) : 0;
        if (at > 0 && (first == 0 || at < first))
            first = at;
    }
    return first;
}

uint64_t px_view_bucket(const struct px_view *v, size_t service, enum px_distribution d, size_t i)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            sum += atomic_load_explicit(&v->of[service][w]->distribution[d].bucket[i],
                                        memory_order_relaxed);
    return sum;
}

uint64_t px_view_sum(const struct px_view *v, size_t service, enum px_distribution d)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            sum +=
                atomic_load_explicit(&v->of[service][w]->distribution[d].sum, memory_order_relaxed);
    return sum;
}

uint64_t px_view_verdicts(const struct px_view *v, size_t service, size_t tee, enum ratls_err e)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            sum += atomic_load_explicit(&v->of[service][w]->verdict[tee][e], memory_order_relaxed);
    return sum;
}

bool px_view_is_down(const struct px_view *v, size_t service, size_t k)
{
    uint64_t down = 0;

    for (size_t w = 0; w < v->n_workers; w++)
        if (v->of[service][w])
            down |= (uint64_t)atomic_load_explicit(&v->of[service][w]->gauge[PX_BACKENDS_DOWN],
                                                   memory_order_relaxed);
    return down >> k & 1;
}

int64_t px_view_open(const struct px_view *v)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < v->board.n_services; i++)
        sum += (uint64_t)px_view_gauge(v, i, PX_OPEN);
    return (int64_t)sum;
}

/* ---- life ---- */

const char *px_view_life(const struct px_view *v)
{
    switch (v->board.life) {
    case PX_STARTING:
        return "starting";
    case PX_READY:
        return "ready";
    case PX_RELOADING:
        return "reloading";
    case PX_DRAINING:
        return "draining";
    case PX_STOPPED:
        return "stopped";
    }
    return "unknown";
}

static bool lacks_identity(const struct px_view *v)
{
    for (size_t i = 0; i < v->board.n_services; i++)
        if (v->board.service[i].attester[0] && v->board.service[i].identity_ends <= v->now)
            return true;
    return false;
}

void px_view_reasons(const struct px_view *v, const char *reasons[PX_VIEW_REASONS])
{
    size_t n = 0;

    memset(reasons, 0, PX_VIEW_REASONS * sizeof *reasons);
    if (v->board.life != PX_READY && v->board.life != PX_RELOADING)
        reasons[n++] = px_view_life(v);
    if (v->board.workers_ready == 0)
        reasons[n++] = "no_worker_ready";
    if (v->board.authority && !v->board.authority_ready)
        reasons[n++] = "no_authority";
    if (lacks_identity(v))
        reasons[n++] = "identity_expired";
}

/* ---- rows ---- */

static int by_age(const void *a, const void *b)
{
    const struct px_peer *x = a, *y = b;

    if (x->since != y->since)
        return x->since < y->since ? -1 : 1;
    return strcmp(x->peer, y->peer);
}

static int newest_first(const void *a, const void *b)
{
    const struct px_refusal *x = a, *y = b;

    return (x->at < y->at) - (x->at > y->at);
}

static void gather_peers(struct px_view *v, const struct px_stats *from)
{
    for (size_t i = 0; i < PX_STATS_PEERS && v->n_peers < PX_VIEW_PEERS; i++)
        if (px_stats_peer(from, i, &v->peer[v->n_peers]))
            v->n_peers++;
}

/* When there are too many, the oldest yields. */
static void keep_refusal(struct px_view *v, const struct px_refusal *r)
{
    size_t oldest = 0;

    if (v->n_refusals < PX_STATS_REFUSALS) {
        v->refusal[v->n_refusals++] = *r;
        return;
    }
    for (size_t i = 1; i < v->n_refusals; i++)
        if (v->refusal[i].at < v->refusal[oldest].at)
            oldest = i;
    if (r->at > v->refusal[oldest].at)
        v->refusal[oldest] = *r;
}

static void gather_refusals(struct px_view *v, const struct px_stats *from)
{
    struct px_refusal r;

    for (size_t i = 0; i < PX_STATS_REFUSALS; i++)
        if (px_stats_refusal(from, i, &r))
            keep_refusal(v, &r);
}

void px_view_gather(struct px_view *v, struct px_stats *const *stats, size_t n_workers)
{
    v->now = (int64_t)time(NULL);
    v->n_workers = n_workers < PX_STATS_PLACES ? n_workers : PX_STATS_PLACES;
    v->n_peers = v->n_refusals = 0;
    for (size_t w = 0; w < v->n_workers; w++) {
        for (size_t i = 0; i < v->board.n_services; i++)
            v->of[i][w] = px_stats_service(stats[w], v->board.service[i].name);
        gather_peers(v, stats[w]);
        gather_refusals(v, stats[w]);
    }
    qsort(v->peer, v->n_peers, sizeof v->peer[0], by_age);
    qsort(v->refusal, v->n_refusals, sizeof v->refusal[0], newest_first);
}
