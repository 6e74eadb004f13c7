/* verdict_cache.h - certificates that were judged under one trust, so that a peer who comes again
 * costs no signature of its evidence.
 *
 * A trust has two: of those it proved, and of those it refused a moment ago, so that who is refused
 * pushes out nobody who is not. A trust never changes, so roots, collateral, CRLs and reference
 * values of an entry are those of its trust. What depends on the moment is the caller's business
 * (appraise_cert.c). Bounded; of a set of four the one that was used longest ago goes. Thread rule:
 * any thread at any time. */
#ifndef RT_VERDICT_CACHE_H
#define RT_VERDICT_CACHE_H

#include "verdict.h"

struct rt_verdict_cache;

#define RT_MAX_PROVEN  512
#define RT_MAX_REFUSED 64 /* their claims are whatever the peer likes */

/* A multiple of four, up to 1024. NULL: no memory. */
struct rt_verdict_cache *rt_verdict_cache_new(size_t entries);
void rt_verdict_cache_free(struct rt_verdict_cache *c);

/* `key` is SHA-256 of all that the verdict was made of and that the trust does not hold. The answer
 * is a reference of its own, or NULL. */
struct ratls_verdict *rt_verdict_cache_get(struct rt_verdict_cache *c,
                                           const uint8_t key[RT_SHA256_LEN]);
/* Takes a reference to `v`, which nobody may change any more. */
void rt_verdict_cache_put(struct rt_verdict_cache *c, const uint8_t key[RT_SHA256_LEN],
                          struct ratls_verdict *v);

#endif
