#include "pck_chain.h"

#include <pthread.h>
#include <stdlib.h>

#include "claim_name.h"
#include "oid.h"

struct rt_pck_cache {
    pthread_mutex_t lock;
    struct rt_pck_chain *item[RT_PCK_CACHE_MAX]; /* a ring */
    size_t next;
};

/* ---- chains ---- */

static enum ratls_err read_ext(struct rt_pck_chain *c, struct ratls_error *err)
{
    const struct rt_ext *sgx = rt_x509_ext(&c->chain.certs[0], RT_OID(SGX));

    if (!sgx)
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "PCK certificate without SGX extension");
    return rt_pck_ext_parse(sgx->value, &c->ext, err);
}

enum ratls_err rt_pck_chain_new(struct ratls_bytes pem, struct rt_pck_chain **out,
                                struct ratls_error *err)
{
    struct rt_pck_chain *c = calloc(1, sizeof *c);

    *out = NULL;
    if (!c)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "PCK chain");
    atomic_init(&c->refs, 1);
    enum ratls_err e = rt_dup(pem, &c->pem);
    if (e == RATLS_OK)
        e = rt_intel_chain_read(&rt_intel_pck, rt_bytes_of(&c->pem), &c->chain, err);
    if (e == RATLS_OK)
        e = read_ext(c, err);
    if (e) {
        rt_pck_chain_unref(c);
        return ratls_fail(err, e, "PCK chain");
    }
    *out = c;
    return RATLS_OK;
}

static struct rt_pck_chain *ref(struct rt_pck_chain *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void rt_pck_chain_unref(struct rt_pck_chain *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    rt_intel_chain_free(&c->chain);
    ratls_buffer_free(&c->pem);
    free(c);
}

enum ratls_err rt_pck_chain_prove(struct rt_pck_chain *c, const struct rt_intel_chain *twin,
                                  struct ratls_error *err)
{
    enum ratls_err e = rt_intel_chain_prove(&rt_intel_pck, &c->chain, twin, err);

    if (e == RATLS_OK && c->ext.has_platform != rt_intel_is_platform_ca(&c->chain.certs[1]))
        e = ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the SGX extension is that of another PCK CA");
    return e;
}

int64_t rt_pck_chain_end(const struct rt_pck_chain *c)
{
    int64_t end = INT64_MAX;

    for (size_t i = 0; i < c->chain.n; i++)
        if (c->chain.certs[i].not_after < end)
            end = c->chain.certs[i].not_after;
    return end;
}

static void set_time(struct ratls_claims *claims, const char *name, int64_t seconds)
{
    char text[32];

    rt_time_format(seconds, text);
    (void)ratls_claims_set_text(claims, name, text);
}

void rt_pck_chain_claims(const struct rt_pck_chain *c, const char *prefix,
                         struct ratls_claims *claims)
{
    const struct rt_x509 *leaf = &c->chain.certs[0];

    rt_pck_claims(&c->ext, prefix, claims);
    set_time(claims, rt_claim_name(prefix, "pck_not_before").text, leaf->not_before);
    set_time(claims, rt_claim_name(prefix, "pck_not_after").text, leaf->not_after);
}

/* ---- cache ---- */

struct rt_pck_cache *rt_pck_cache_new(void)
{
    struct rt_pck_cache *cache = calloc(1, sizeof *cache);

    if (cache && pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    return cache;
}

void rt_pck_cache_free(struct rt_pck_cache *cache)
{
    if (!cache)
        return;
    rt_pck_cache_clear(cache);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* Under the lock. */
static struct rt_pck_chain *find(const struct rt_pck_cache *cache, struct ratls_bytes pem)
{
    for (size_t i = 0; i < RT_PCK_CACHE_MAX; i++)
        if (cache->item[i] && ratls_bytes_equal(rt_bytes_of(&cache->item[i]->pem), pem))
            return cache->item[i];
    return NULL;
}

struct rt_pck_chain *rt_pck_cache_get(struct rt_pck_cache *cache, struct ratls_bytes pem)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct rt_pck_chain *found = find(cache, pem);
    if (found)
        (void)ref(found);
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void rt_pck_cache_put(struct rt_pck_cache *cache, struct rt_pck_chain *c)
{
    (void)pthread_mutex_lock(&cache->lock);
    if (!find(cache, rt_bytes_of(&c->pem))) { /* else another thread was faster */
        rt_pck_chain_unref(cache->item[cache->next]);
        cache->item[cache->next] = ref(c);
        cache->next = (cache->next + 1) % RT_PCK_CACHE_MAX;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

void rt_pck_cache_clear(struct rt_pck_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < RT_PCK_CACHE_MAX; i++) {
        rt_pck_chain_unref(cache->item[i]);
        cache->item[i] = NULL;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}
