/* digest_set.h - digests out of a log, each once, as a list of claims. */
#ifndef RT_DIGEST_SET_H
#define RT_DIGEST_SET_H

#include "base.h"
#include "crypto.h"
#include "ratls/evidence.h"

struct rt_digest {
    uint8_t p[RT_SHA512_LEN];
    size_t len;
};

struct rt_digest_set { /* zeroed: empty */
    struct rt_digest *list;
    size_t n, cap;
};

/* `digest` is copied. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_digest_set_add(struct rt_digest_set *set,
                                                struct ratls_bytes digest);
/* In ascending order; sorts the set. RATLS_E_LIMIT for more than a list has room for. */
RATLS_MUST_USE enum ratls_err rt_digest_set_claim(struct rt_digest_set *set, const char *name,
                                                  struct ratls_claims *claims);
/* Of all of them in that order, each with a byte of its length in front; sorts the set. `out` has
 * room for a digest of `hash`. */
RATLS_MUST_USE enum ratls_err rt_digest_set_hash(struct rt_digest_set *set, enum rt_hash hash,
                                                 uint8_t *out);
void rt_digest_set_free(struct rt_digest_set *set);

/* One more item of a list, in hex. */
RATLS_MUST_USE enum ratls_err rt_digest_item(struct ratls_claims *claims, const char *name,
                                             struct ratls_bytes digest);

#endif
