#include "kept.h"

#include <pthread.h>
#include <stdlib.h>

struct rt_kept_cache {
    pthread_mutex_t lock;
    struct rt_kept *item[RT_KEPT_MAX]; /* a ring */
    size_t next;
};

/* ---- one thing ---- */

enum ratls_err rt_kept_init(struct rt_kept *self, struct ratls_bytes key,
                            void (*free_fn)(struct rt_kept *))
{
    atomic_init(&self->refs, 1);
    self->free = free_fn;
    return rt_dup(key, &self->key);
}

struct rt_kept *rt_kept_ref(struct rt_kept *self)
{
    atomic_fetch_add_explicit(&self->refs, 1, memory_order_relaxed);
    return self;
}

void rt_kept_unref(struct rt_kept *self)
{
    if (!self || atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) != 1)
        return;
    ratls_buffer_free(&self->key);
    self->free(self);
}

/* ---- cache ---- */

struct rt_kept_cache *rt_kept_cache_new(void)
{
    struct rt_kept_cache *cache = calloc(1, sizeof *cache);

    if (cache && pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache);
        return NULL;
    }
    return cache;
}

void rt_kept_cache_free(struct rt_kept_cache *cache)
{
    if (!cache)
        return;
    rt_kept_cache_clear(cache);
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* Under the lock. */
static struct rt_kept *find(const struct rt_kept_cache *cache, struct ratls_bytes key)
{
    for (size_t i = 0; i < RT_KEPT_MAX; i++)
        if (cache->item[i] && ratls_bytes_equal(rt_bytes_of(&cache->item[i]->key), key))
            return cache->item[i];
    return NULL;
}

struct rt_kept *rt_kept_cache_get(struct rt_kept_cache *cache, struct ratls_bytes key)
{
    (void)pthread_mutex_lock(&cache->lock);
    struct rt_kept *found = find(cache, key);
    if (found)
        (void)rt_kept_ref(found);
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

void rt_kept_cache_put(struct rt_kept_cache *cache, struct rt_kept *item)
{
    (void)pthread_mutex_lock(&cache->lock);
    if (!find(cache, rt_bytes_of(&item->key))) { /* else another thread was faster */
        rt_kept_unref(cache->item[cache->next]);
        cache->item[cache->next] = rt_kept_ref(item);
        cache->next = (cache->next + 1) % RT_KEPT_MAX;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}

void rt_kept_cache_clear(struct rt_kept_cache *cache)
{
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < RT_KEPT_MAX; i++) {
        rt_kept_unref(cache->item[i]);
        cache->item[i] = NULL;
    }
    (void)pthread_mutex_unlock(&cache->lock);
}
