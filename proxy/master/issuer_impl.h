/* issuer_impl.h - what issuer.c and prove.c share. */
#ifndef PX_ISSUER_IMPL_H
#define PX_ISSUER_IMPL_H

#include <sys/queue.h>

#include "issuer.h"

#define PX_OLD_MAX 4

struct px_old {
    struct ratls_identity *identity;
    int64_t until_ms;
};

struct px_bucket {
    int64_t tokens_milli, at_ms;
};

struct px_quote;
TAILQ_HEAD(px_quotes, px_quote);

struct px_devices; /* issuer_devices.c */

struct px_issuer {
    struct px_issuer_params p;
    struct ratls_attester *attester;
    struct px_devices *devices; /* beside the attester's TEE; NULL: none */
    struct event *finished, *timer;
    struct ratls_identity *making, *current;
    struct px_passport_child *passport; /* of `making`, under way; NULL: none */
    struct px_old old[PX_OLD_MAX];
    unsigned failures; /* in a row */
    uint64_t n_issued, n_failures;
    bool retired;
    struct px_quotes quotes; /* with the attester, for proofs of level 3 */
    unsigned n_quotes;
    struct px_bucket proofs[PX_MAX_WORKERS];
};

/* ---- devices: issuer_devices.c ---- */

/* All devices have attested into i->making, or not. */
typedef void px_devices_done_fn(struct px_issuer *i, enum ratls_err e,
                                const struct ratls_error *err);
/* Those of the service, opened. *out is new, NULL: it has none. */
RATLS_MUST_USE enum ratls_err px_devices_new(struct px_issuer *i, px_devices_done_fn *done,
                                             struct px_devices **out, struct ratls_error *err);
void px_devices_free(struct px_devices *all); /* waits for them; NULL is legal */
void px_devices_ask(struct px_devices *all);

/* Current or old, by its key; borrowed, NULL when unknown. */
struct ratls_identity *px_issuer_find(struct px_issuer *i, const uint8_t spki_sha256[32]);
void px_issuer_forget_quotes(struct px_issuer *i);

#endif
