#include "verdict_cache.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAYS = 4 };

struct entry {
    uint8_t key[RT_SHA256_LEN];
    struct ratls_verdict *v; /* NULL: free */
    uint64_t used;
};

struct rt_verdict_cache {
    pthread_mutex_t lock;
    uint64_t clock; /* counts uses */
    size_t sets;
    struct entry entries[][WAYS];
};

struct rt_verdict_cache *rt_verdict_cache_new(size_t entries)
{
    const size_t sets = entries / WAYS;
    struct rt_verdict_cache *c = calloc(1, sizeof *c + sets * sizeof *c->entries);

    if (c && pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return NULL;
    }
    if (c)
        c->sets = sets;
    return c;
}

void rt_verdict_cache_free(struct rt_verdict_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->sets; i++)
        for (size_t k = 0; k < WAYS; k++)
            ratls_verdict_unref(c->entries[i][k].v);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* Keys are digests: a byte of one is as good as a hash. */
static struct entry *set_of(struct rt_verdict_cache *c, const uint8_t key[RT_SHA256_LEN])
{
    return c->entries[key[0] % c->sets];
}

static struct entry *find(struct rt_verdict_cache *c, const uint8_t key[RT_SHA256_LEN])
{
    struct entry *set = set_of(c, key);

    for (size_t k = 0; k < WAYS; k++)
        if (set[k].v && memcmp(set[k].key, key, RT_SHA256_LEN) == 0)
            return &set[k];
    return NULL;
}

struct ratls_verdict *rt_verdict_cache_get(struct rt_verdict_cache *c,
                                           const uint8_t key[RT_SHA256_LEN])
{
    struct ratls_verdict *v = NULL;

    (void)pthread_mutex_lock(&c->lock);
    struct entry *found = find(c, key);
    if (found) {
        found->used = ++c->clock;
        v = ratls_verdict_ref(found->v);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return v;
}

static struct entry *oldest(struct entry *set)
{
    struct entry *e = set;

    for (size_t k = 0; k < WAYS; k++)
        if (!set[k].v || (e->v && set[k].used < e->used))
            e = &set[k];
    return e;
}

void rt_verdict_cache_put(struct rt_verdict_cache *c, const uint8_t key[RT_SHA256_LEN],
                          struct ratls_verdict *v)
{
    (void)pthread_mutex_lock(&c->lock);
    struct entry *e = find(c, key);
    if (!e)
        e = oldest(set_of(c, key));
    struct ratls_verdict *before = e->v;
    memcpy(e->key, key, RT_SHA256_LEN);
    e->v = ratls_verdict_ref(v);
    e->used = ++c->clock;
    (void)pthread_mutex_unlock(&c->lock);
    ratls_verdict_unref(before);
}
