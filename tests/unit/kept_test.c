/* Things kept under their own bytes. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "kept.h"

static int n_alive;

static void free_thing(struct rt_kept *self)
{
    n_alive--;
    free(self);
}

static struct rt_kept *thing(struct ratls_bytes key)
{
    struct rt_kept *k = calloc(1, sizeof *k);

    cr_assert_eq(rt_kept_init(k, key, free_thing), RATLS_OK);
    n_alive++;
    return k;
}

static struct rt_kept *numbered(size_t i)
{
    return thing(ratls_bytes((const uint8_t *)&i, sizeof i));
}

static struct rt_kept *find(struct rt_kept_cache *cache, size_t i)
{
    return rt_kept_cache_get(cache, ratls_bytes((const uint8_t *)&i, sizeof i));
}

Test(kept, the_last_64_stay)
{
    struct rt_kept_cache *cache = rt_kept_cache_new();

    for (size_t i = 0; i < RT_KEPT_MAX + 2; i++) {
        struct rt_kept *k = numbered(i), *found;
        cr_expect_null(find(cache, i), "%zu", i);
        rt_kept_cache_put(cache, k);
        found = find(cache, i);
        cr_expect_eq(found, k, "%zu", i);
        rt_kept_unref(found);
        rt_kept_unref(k);
        found = find(cache, 0);
        cr_expect_eq(found != NULL, i < RT_KEPT_MAX, "%zu: the first", i);
        rt_kept_unref(found);
    }
    cr_expect_eq(n_alive, RT_KEPT_MAX);
    rt_kept_cache_clear(cache);
    cr_expect_eq(n_alive, 0);
    cr_expect_null(find(cache, RT_KEPT_MAX));
    rt_kept_cache_free(cache);
    rt_kept_cache_free(NULL);
    rt_kept_unref(NULL);
}

Test(kept, whoever_holds_a_thing_may_go_on)
{
    struct rt_kept_cache *cache = rt_kept_cache_new();
    struct rt_kept *k = numbered(7);

    rt_kept_cache_put(cache, k);
    rt_kept_cache_free(cache);
    cr_expect_eq(n_alive, 1);
    cr_expect_eq(k->key.len, sizeof(size_t));
    rt_kept_unref(k);
    cr_expect_eq(n_alive, 0);
}

Test(kept, the_same_key_is_kept_once)
{
    struct rt_kept_cache *cache = rt_kept_cache_new();
    struct rt_kept *first = numbered(1), *second = numbered(1);

    rt_kept_cache_put(cache, first);
    rt_kept_cache_put(cache, second);
    rt_kept_unref(first);
    rt_kept_unref(second);
    cr_expect_eq(n_alive, 1);
    struct rt_kept *found = find(cache, 1);
    cr_expect_eq(found, first);
    rt_kept_unref(found);
    rt_kept_cache_free(cache);
}

/* Every byte is the key, and so is its length. */
Test(kept, the_whole_key_is_compared)
{
    uint8_t key[] = "a certificate";
    struct rt_kept_cache *cache = rt_kept_cache_new();
    struct rt_kept *k = thing(ratls_bytes(key, sizeof key));

    rt_kept_cache_put(cache, k);
    rt_kept_unref(k);
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] ^= 1;
        cr_expect_null(rt_kept_cache_get(cache, ratls_bytes(key, sizeof key)), "byte %zu", i);
        key[i] ^= 1;
        cr_expect_null(rt_kept_cache_get(cache, ratls_bytes(key, i)), "%zu bytes", i);
    }
    rt_kept_cache_free(cache);
}
