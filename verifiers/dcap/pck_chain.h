/* pck_chain.h - proven PCK chains, and a small cache of them: every quote of one machine carries
 * the same one.
 *
 * What is cached is proven for one set of roots: the cache belongs to a collateral object, which is
 * made for one. Dates and revocation are not part of the proof and are judged at every use.
 * Thread rule: the cache has a lock; chains are immutable and counted. */
#ifndef RT_PCK_CHAIN_H
#define RT_PCK_CHAIN_H

#include <stdatomic.h>

#include "intel_chain.h"
#include "pck.h"

#define RT_PCK_CACHE_MAX 64

struct rt_pck_chain {
    atomic_uint refs;
    struct ratls_buffer pem; /* as given: the key of the cache */
    struct rt_intel_chain chain;
    struct rt_pck_ext ext; /* of the leaf */
};

/* Reads, does not prove. *out is new with one reference, NULL on failure. */
RATLS_MUST_USE enum ratls_err rt_pck_chain_new(struct ratls_bytes pem, struct rt_pck_chain **out,
                                               struct ratls_error *err);
void rt_pck_chain_unref(struct rt_pck_chain *c); /* NULL is legal */
/* rt_intel_chain_prove(), and that leaf and CA are of one kind. */
RATLS_MUST_USE enum ratls_err rt_pck_chain_prove(struct rt_pck_chain *c,
                                                 const struct rt_intel_chain *twin,
                                                 struct ratls_error *err);
int64_t rt_pck_chain_end(const struct rt_pck_chain *c); /* of the first certificate that ends */
/* rt_pck_claims() and <prefix>.pck_not_before, pck_not_after: the dates of the leaf, RFC 3339. */
void rt_pck_chain_claims(const struct rt_pck_chain *c, const char *prefix,
                         struct ratls_claims *claims);

struct rt_pck_cache;

struct rt_pck_cache *rt_pck_cache_new(void); /* NULL when out of memory */
void rt_pck_cache_free(struct rt_pck_cache *cache);
/* The chain of this text with a reference for the caller; NULL when it is not there. */
struct rt_pck_chain *rt_pck_cache_get(struct rt_pck_cache *cache, struct ratls_bytes pem);
/* Keep a proven chain; the oldest makes room. */
void rt_pck_cache_put(struct rt_pck_cache *cache, struct rt_pck_chain *c);
void rt_pck_cache_clear(struct rt_pck_cache *cache);

#endif
