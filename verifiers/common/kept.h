/* kept.h - proven certificates kept for the next evidence of the same machine.
 *
 * What is kept was proven for one set of roots: a cache belongs to a collateral object, which is
 * made for one. Dates and revocation are no part of such a proof and are judged at every use. The
 * key of a cache is the certificates' own bytes, never a signature: (r, n - s) verifies as well as
 * (r, s). Thread rule: a cache has a lock; what is kept is immutable and counted. */
#ifndef RT_KEPT_H
#define RT_KEPT_H

#include <stdatomic.h>

#include "base.h"

#define RT_KEPT_MAX 64 /* of one cache */

/* First member of whatever is kept. */
struct rt_kept {
    atomic_uint refs;
    struct ratls_buffer key;            /* owned */
    void (*free)(struct rt_kept *self); /* everything but the key */
};

/* One reference for the caller. `key` is copied; RATLS_E_NO_MEMORY leaves `self` to the caller. */
RATLS_MUST_USE enum ratls_err rt_kept_init(struct rt_kept *self, struct ratls_bytes key,
                                           void (*free_fn)(struct rt_kept *));
struct rt_kept *rt_kept_ref(struct rt_kept *self);
void rt_kept_unref(struct rt_kept *self); /* NULL is legal */

struct rt_kept_cache;

struct rt_kept_cache *rt_kept_cache_new(void);        /* NULL when out of memory */
void rt_kept_cache_free(struct rt_kept_cache *cache); /* NULL is legal */
/* What has this key, with a reference for the caller; NULL when it is not there. */
struct rt_kept *rt_kept_cache_get(struct rt_kept_cache *cache, struct ratls_bytes key);
/* The oldest makes room. */
void rt_kept_cache_put(struct rt_kept_cache *cache, struct rt_kept *item);
void rt_kept_cache_clear(struct rt_kept_cache *cache);

#endif
