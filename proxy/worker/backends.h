/* backends.h - which of a service's connect addresses a session gets.
 *
 * failover = prio takes the first that works, rr one after the other, beginning somewhere else in
 * each worker. One that failed is passed over for a time that doubles (passive health), or until
 * its next good check (health.h); when all are, the first one due is tried anyway. With retry = yes
 * rounds are repeated, with growing pauses, within TIMEOUTconnect.
 * Only what happens up to the TCP connection counts here: a peer whose attestation fails is no
 * reason to try another one (threat T177).
 * Thread rule: everything belongs to the thread of the event base. */
#ifndef PX_BACKENDS_H
#define PX_BACKENDS_H

#include "dial.h"
#include "log.h"
#include "stats.h"

#define PX_DOWN_MIN_MS INT64_C(1000) /* passed over after the first failure */
#define PX_DOWN_MAX_MS INT64_C(30000)

/* Borrowed as long as the backends live. */
struct px_backends_home {
    struct event_base *base;
    struct px_resolver *resolver;
    const struct px_log *log;
    const struct px_config *config;
    uint32_t seed;                  /* where rr begins */
    struct px_service_stats *stats; /* NULL: not counted */
};

struct px_backend {
    const struct px_address *at;
    bool down;
    unsigned failures; /* in a row */
    int64_t due_ms;    /* while down: when it is tried again */
};

struct px_backends {
    struct px_backends_home home;
    const struct px_service *service;
    struct px_backend backends[PX_MAX_CONNECT];
    size_t n, next;
    uint64_t ups, downs; /* changes */
    struct px_health_checks *checks;
};

/* NULL when out of memory. */
struct px_backends *px_backends_new(const struct px_backends_home *home,
                                    const struct px_service *service);
/* Nothing is checked or counted any more; NULL is legal. */
void px_backends_rest(struct px_backends *b);
void px_backends_free(struct px_backends *b); /* after all of its reaches; NULL is legal */

/* Called once, never from px_reach_start(). fd and `why` as for px_dial_fn; `backend`: the address
 * reached, or tried last, as configured; "" for none. */
typedef void px_reach_fn(void *arg, int fd, const char *backend, const char *why);

struct px_reach;
/* NULL when out of memory. `only`: this address instead of the configured ones, borrowed until the
 * end; NULL: those. */
struct px_reach *px_reach_start(struct px_backends *b, const struct px_address *only,
                                px_reach_fn *done, void *arg);
void px_reach_cancel(struct px_reach *r); /* `done` is not called any more; NULL is legal */

/* For health.c: what became of a check. */
void px_backend_worked(struct px_backends *b, size_t i);
void px_backend_failed(struct px_backends *b, size_t i, const char *why);
/* In which order they are to be tried now, PX_MAX_CONNECT at most; returns how many. */
size_t px_backends_order(struct px_backends *b, size_t order[PX_MAX_CONNECT]);

#endif
