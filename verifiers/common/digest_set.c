#include "digest_set.h"

#include <stdlib.h>

enum { FIRST_CAP = 64 };

static enum ratls_err grow(struct rt_digest_set *set)
{
    const size_t cap = set->cap ? 2 * set->cap : FIRST_CAP;

    if (set->n < set->cap)
        return RATLS_OK;
    struct rt_digest *list = realloc(set->list, cap * sizeof *list);
    if (!list)
        return RATLS_E_NO_MEMORY;
    set->list = list;
    set->cap = cap;
    return RATLS_OK;
}

enum ratls_err rt_digest_set_add(struct rt_digest_set *set, struct ratls_bytes digest)
{
    enum ratls_err e = digest.len <= sizeof set->list->p ? grow(set) : RATLS_E_LIMIT;

    if (e)
        return e;
    struct rt_digest *d = &set->list[set->n++];
    *d = (struct rt_digest){.len = digest.len};
    memcpy(d->p, digest.p, digest.len);
    return RATLS_OK;
}

void rt_digest_set_free(struct rt_digest_set *set)
{
    free(set->list);
    *set = (struct rt_digest_set){0};
}

/* Behind a short one stand zeros, so the length decides only between two that begin alike. */
static int compare(const void *a, const void *b)
{
    const struct rt_digest *x = a, *y = b;
    const int order = memcmp(x->p, y->p, sizeof x->p);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

enum ratls_err rt_digest_item(struct ratls_claims *claims, const char *name,
                              struct ratls_bytes digest)
{
    char hex[2 * RT_SHA512_LEN + 1];

    if (digest.len > RT_SHA512_LEN)
        return RATLS_E_LIMIT;
    rt_hex(digest, hex);
    return ratls_claims_add_item(claims, name, hex);
}

static void sort(struct rt_digest_set *set)
{
    if (set->n > 0)
        qsort(set->list, set->n, sizeof *set->list, compare);
}

static bool is_again(const struct rt_digest_set *set, size_t i)
{
    return i > 0 && compare(&set->list[i], &set->list[i - 1]) == 0;
}

enum ratls_err rt_digest_set_claim(struct rt_digest_set *set, const char *name,
                                   struct ratls_claims *claims)
{
    enum ratls_err e = ratls_claims_add_item(claims, name, NULL);

    sort(set);
    for (size_t i = 0; i < set->n && e == RATLS_OK; i++) {
        const struct rt_digest *d = &set->list[i];
        if (!is_again(set, i))
            e = rt_digest_item(claims, name, ratls_bytes(d->p, d->len));
    }
    return e;
}

enum ratls_err rt_digest_set_hash(struct rt_digest_set *set, enum rt_hash hash, uint8_t *out)
{
    struct rt_writer w = {0};

    sort(set);
    for (size_t i = 0; i < set->n; i++) {
        const struct rt_digest *d = &set->list[i];
        if (is_again(set, i))
            continue;
        rt_put_u8(&w, (uint8_t)d->len);
        rt_put(&w, d->p, d->len);
    }
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_hash(hash, rt_written(&w), out);
    rt_writer_free(&w);
    return e;
}
