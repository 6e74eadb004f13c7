/* view.h - everything that is shown, gathered at one moment: the master's board, and what its
 * workers counted, summed. What workers say are numbers and text, never lengths or places. */
#ifndef PX_VIEW_H
#define PX_VIEW_H

#include <event2/buffer.h>

#include "board.h"
#include "stats.h"

#define PX_VIEW_PEERS 200 /* shown; more are only counted */

struct px_view {
    struct px_board board;
    int64_t now; /* seconds since 1970 */
    size_t n_workers;
    const struct px_stats *stats[PX_STATS_PLACES];
    const struct px_service_stats *of[PX_MAX_SERVICES][PX_STATS_PLACES];
    size_t n_peers, n_refusals;
    struct px_peer peer[PX_VIEW_PEERS];           /* oldest first */
    struct px_refusal refusal[PX_STATS_REFUSALS]; /* newest first */
};

/* `stats` are borrowed by *v. */
void px_view_gather(struct px_view *v, struct px_stats *const *stats, size_t n_workers);
/* Why nobody should be sent here: words, NULL past the end. None: ready. */
#define PX_VIEW_REASONS 6
void px_view_reasons(const struct px_view *v, const char *reasons[PX_VIEW_REASONS]);
const char *px_view_life(const struct px_view *v);

/* Of one service of the board. */
uint64_t px_view_counter(const struct px_view *v, size_t service, enum px_counter c);
int64_t px_view_gauge(const struct px_view *v, size_t service, enum px_gauge g);
/* Earliest of its workers'; 0: none. */
int64_t px_view_collateral_ends(const struct px_view *v, size_t service);
uint64_t px_view_bucket(const struct px_view *v, size_t service, enum px_distribution d, size_t i);
uint64_t px_view_sum(const struct px_view *v, size_t service, enum px_distribution d);
uint64_t px_view_verdicts(const struct px_view *v, size_t service, size_t tee, enum ratls_err e);
/* Does a worker hold the k-th address of `connect` to be down? */
bool px_view_is_down(const struct px_view *v, size_t service, size_t k);
/* Of all services. */
int64_t px_view_open(const struct px_view *v);

void px_metrics_write(struct evbuffer *to, const struct px_view *v); /* metrics.c */
/* For those who compare them with the manual: NULL past the end. */
const char *px_metric_name(size_t i);
void px_status_write(struct evbuffer *to, const struct px_view *v); /* status.c: JSON */
void px_page_write(struct evbuffer *to, const struct px_view *v);   /* page.c: HTML */
extern const char px_page_style[];                                  /* CSS of the page */

#endif
