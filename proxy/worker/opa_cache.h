/* opa_cache.h - what an OPA allowed lately. Never what it denied.
 *
 * A table of fixed size: a new entry takes the place of the one in its row that ends first. */
#ifndef PX_OPA_CACHE_H
#define PX_OPA_CACHE_H

#include "ratls/ratls.h"

#define PX_OPA_CACHE_ROWS 256
#define PX_OPA_CACHE_WAYS 4
#define PX_OPA_CACHE_S    60 /* longest life */

/* Both clocks: one may be set, the other stops in sleep. */
struct px_moment {
    int64_t now_s; /* since 1970 */
    int64_t monotonic_ms;
};

struct px_opa_cache {
    struct {
        uint8_t sha256[32];
        struct px_moment until; /* zero: nothing here */
    } rows[PX_OPA_CACHE_ROWS][PX_OPA_CACHE_WAYS];
};

bool px_opa_cache_has(const struct px_opa_cache *c, const struct ratls_policy_key *key,
                      const struct px_moment *now);
/* Until then at most: PX_OPA_CACHE_S, and the end of what the peer showed. */
void px_opa_cache_add(struct px_opa_cache *c, const struct ratls_policy_key *key,
                      const struct px_moment *now);

#endif
