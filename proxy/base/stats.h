/* stats.h - what a worker counts, in memory that it shares with its master.
 *
 * One memfd of fixed, sealed size for each worker's place: its counters survive the worker. The
 * worker writes, others read, with relaxed atomics: a number may be a moment old and never torn.
 * Places of services are given by the master, under the service's name. Rows of peers and refusals
 * are written under a sequence number: a reader gets a whole one or none.
 * A worker may be in the hands of an attacker: who reads takes numbers as they come, and text only
 * through px_stats_peer() and px_stats_refusal(), which end it. No index or length is taken.
 * What it does NOT do: allow two writers. Every write is legal on NULL, and does nothing. */
#ifndef PX_STATS_H
#define PX_STATS_H

#include <stdatomic.h>

#include "config.h"

#define PX_STATS_SLOTS    PX_MAX_SERVICES
#define PX_STATS_NAME     64  /* of a service, NUL included */
#define PX_STATS_PEERS    256 /* rows of live peers; more are only counted */
#define PX_STATS_REFUSALS 64
#define PX_STATS_PLACES   (PX_MAX_WORKERS + 1) /* of workers, and of the authority process */
#define PX_STATS_TEES     16
#define PX_STATS_BUCKETS  14 /* the last one takes everything */

/* How a connection ends: name, word of the access log, label of the metric. */
#define PX_ENDS(X)                                                                                 \
    X(NONE, "-", "none")                                                                           \
    X(CLEAN, "clean", "clean")                                                                     \
    X(TRUNCATED, "truncated", "truncated")                                                         \
    X(RESET, "reset", "reset")                                                                     \
    X(TIMEOUT, "timeout", "timeout")                                                               \
    X(REFUSED, "refused", "refused")

enum px_counter {
    PX_ACCEPTED,
    PX_REFUSED_CONNECTIONS, /* max-connections */
    PX_REFUSED_HANDSHAKES,  /* max-handshakes */
    PX_REFUSED_SOURCE,      /* max-connections-per-source */
    PX_EVICTED,             /* a slow handshake that made room */
    PX_HANDSHAKES_OK,
    PX_HANDSHAKES_FAILED,
    PX_BYTES_IN, /* read from the attested side */
    PX_BYTES_OUT,
    PX_PROOFS,
    PX_POLICY_CACHED, /* answers of the OPA */
    PX_POLICY_ALLOWED,
    PX_POLICY_DENIED,
    PX_POLICY_FAILED,
    PX_HTTP_REFUSED, /* requests that could not be passed on as they are */
#define PX_END_ENUM(name, word, label) PX_END_##name,
    PX_ENDS(PX_END_ENUM)
#undef PX_END_ENUM
        PX_TOKENS_ISSUED, /* these and the rest: counted by the authority process */
    PX_TOKENS_REFUSED,    /* by error, in the order of PX_OAUTH_ERRORS */
    PX_TOKENS_REFUSED_CLIENT,
    PX_TOKENS_REFUSED_SCOPE,
    PX_TOKENS_REFUSED_TARGET,
    PX_TOKENS_REFUSED_PROOF,
    PX_TOKENS_REFUSED_NONCE,
    PX_TOKENS_REFUSED_GRANT,
    PX_TOKENS_REFUSED_SLOW,
    PX_TOKENS_REFUSED_SERVER,
    PX_SECRETS_RELEASED,
    PX_SECRETS_REFUSED,
    PX_COUNTERS,
};

/* Of a worker that lives: a new one begins with none. */
enum px_gauge {
    PX_OPEN,
    PX_HANDSHAKING,
    PX_COLLATERAL_ENDS, /* of what the last peer was judged by, seconds since 1970; 0: unknown */
    PX_BACKENDS_DOWN,   /* bit k: the k-th address of `connect` */
    PX_GAUGES,
};

enum px_distribution {
    PX_TIME_HANDSHAKE, /* microseconds */
    PX_TIME_APPRAISAL, /* microseconds */
    PX_EVIDENCE_AGE,   /* seconds */
    PX_DISTRIBUTIONS,
};

struct px_histogram {
    _Atomic uint64_t bucket[PX_STATS_BUCKETS];
    _Atomic uint64_t sum;
};

struct px_service_stats {
    _Atomic uint64_t counter[PX_COUNTERS];
    _Atomic int64_t gauge[PX_GAUGES];
    struct px_histogram distribution[PX_DISTRIBUTIONS];
    _Atomic uint64_t verdict[PX_STATS_TEES][RATLS_ERR_COUNT];
};

/* A peer that is connected. */
struct px_peer {
    int64_t since; /* seconds since 1970 */
    int64_t evidence_from, expires;
    uint64_t generation, bytes_in, bytes_out;
    enum ratls_level level;
    bool simulated;
    char service[PX_STATS_NAME], peer[96], tee[16], tcb[32], measurement[129];
};

struct px_refusal {
    int64_t at; /* seconds since 1970 */
    enum ratls_err reason;
    bool simulated;
    char service[PX_STATS_NAME], peer[96], tee[16], measurement[129], detail[200];
};

struct px_stats; /* a mapping */

/* A new memfd, zeroed, that can neither shrink nor grow; -1 with errno. */
int px_stats_create(void);
/* The same memory for those who only read; -1 with errno. */
int px_stats_reader(int fd);
/* `fd` is borrowed. NULL when it is not such memory, or without memory. */
struct px_stats *px_stats_attach(int fd, bool writable);
void px_stats_detach(struct px_stats *s); /* NULL is legal */

/* ---- the master's part: places, before the worker is told of them ---- */

/* Places for exactly these names: a name keeps its own; a new one takes one that was never used,
 * or, when there is none, that of a name that is gone, with its counters at 0. */
void px_stats_place(struct px_stats *s, const char *const *names, size_t n);

/* ---- the worker's part ---- */

/* A worker begins: nothing is open, nobody is connected. */
void px_stats_born(struct px_stats *s);
/* Borrowed; NULL where the name has no place. */
struct px_service_stats *px_stats_service(struct px_stats *s, const char *name);
void px_stats_add(struct px_service_stats *s, enum px_counter c, uint64_t n);
void px_stats_gauge(struct px_service_stats *s, enum px_gauge g, int by);
void px_stats_set(struct px_service_stats *s, enum px_gauge g, int64_t value);
void px_stats_observe(struct px_service_stats *s, enum px_distribution d, uint64_t value);
void px_stats_verdict(struct px_service_stats *s, const char *tee, enum ratls_err e);
/* Row of the peer; -1 when all are taken. */
int px_stats_peer_add(struct px_stats *s, const struct px_peer *peer);
void px_stats_peer_bytes(struct px_stats *s, int row, uint64_t in, uint64_t out);
void px_stats_peer_gone(struct px_stats *s, int row);
void px_stats_refuse(struct px_stats *s, const struct px_refusal *r);

/* ---- readers ---- */

const char *px_stats_end(enum px_counter c);               /* "clean"; "-" for PX_END_NONE */
const char *px_stats_tee(size_t i);                        /* label; NULL past the end */
uint64_t px_stats_bound(enum px_distribution d, size_t i); /* upper end of a bucket, inclusive */
/* True with a copy, its text ended and its enums in range, when the row is in use. */
bool px_stats_peer(const struct px_stats *s, size_t row, struct px_peer *out);
bool px_stats_refusal(const struct px_stats *s, size_t row, struct px_refusal *out);

#endif
