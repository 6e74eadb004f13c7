/* opa.h - an Open Policy Agent asked from a worker: threads ask, the loop never waits.
 *
 * libratls-opa is loaded only where a service has `opa`: what runs in a TEE stays small. Each
 * service of a worker has its own threads and queue, so that a slow OPA holds up its own peers and
 * nobody else's. What it allowed is remembered for a minute at most, by the whole question.
 * Thread rule: every call is for the loop's thread; only the asking itself happens elsewhere. */
#ifndef PX_OPA_H
#define PX_OPA_H

#include "config.h"
#include "jobs.h"
#include "ratls/opa.h"

#define PX_OPA_THREADS PX_JOBS_THREADS
#define PX_OPA_FILES   (PX_OPA_THREADS + 2) /* descriptors, of one service */
#define PX_OPA_QUEUE   256                  /* questions that wait for a thread */
#define PX_OPA_PATIENT 128 /* of those, at most so many that could wait elsewhere */

struct px_opa;

/* The functions of libratls-opa. */
struct px_opa_calls {
    enum ratls_err (*open)(const char *url, const char *path, int64_t timeout_ms,
                           struct ratls_opa **out, struct ratls_error *err);
    void (*close)(struct ratls_opa *opa);
    enum ratls_err (*ask)(struct ratls_opa *opa, struct ratls_bytes input, struct ratls_error *err);
};

/* *out is new; NULL where the service has no `opa`. RATLS_E_CONFIG names the service and what is
 * wrong: the library is not there, or refuses the address. Before privileges go. */
RATLS_MUST_USE enum ratls_err px_opa_open(const struct px_service *s, struct px_opa **out,
                                          struct ratls_error *err);
/* The same with other functions. */
RATLS_MUST_USE enum ratls_err px_opa_open_with(const struct px_opa_calls *calls,
                                               const struct px_service *s, struct px_opa **out,
                                               struct ratls_error *err);
/* Waits for the questions under way, opa-timeout at most; answers are dropped. NULL is legal. */
void px_opa_close(struct px_opa *o);

/* Nobody asks at the moment: closing takes no time. */
bool px_opa_idle(struct px_opa *o);

struct px_opa_answer {
    uint64_t question;
    uint64_t session;
    enum ratls_err e;
    const char *detail; /* borrowed for the call */
};
typedef void px_opa_fn(void *arg, const struct px_opa_answer *answer);
/* Start the threads. `answered` is called from the loop. False when out of memory. */
RATLS_MUST_USE bool px_opa_start(struct px_opa *o, struct event_base *base, px_opa_fn *answered,
                                 void *arg);

struct px_opa_question {
    uint64_t question; /* its number, not 0 */
    uint64_t session;
    struct ratls_policy_key key;
    struct ratls_buffer input; /* taken */
    bool patient;              /* may be asked later as well */
};
/* Was the same allowed lately? */
bool px_opa_allowed(const struct px_opa *o, const struct ratls_policy_key *key);
/* RATLS_E_LIMIT: the queue is full. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err px_opa_ask(struct px_opa *o, struct px_opa_question *q);
/* Nobody waits for the answer any more. */
void px_opa_forget(struct px_opa *o, uint64_t question);

#endif
