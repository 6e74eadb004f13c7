#include "trust_stored.h"

#include <stdlib.h>

void rt_stored_free(struct rt_stored *s)
{
    for (size_t i = 0; i < s->n_policies; i++)
        free(s->policies[i].text);
    free(s->policies);
    free(s->items);
    free(s->origins);
    free(s->revocations.list);
    rt_baselines_free(&s->baselines);
    *s = (struct rt_stored){0};
}

/* ---- joining ---- */

enum ratls_err rt_stored_reserve(struct rt_stored *s, const struct rt_stored *more)
{
    struct rt_item *items = realloc(s->items, (s->n_items + more->n_items + 1) * sizeof *items);

    if (!items)
        return RATLS_E_NO_MEMORY;
    s->items = items;
    struct rt_revocation *revoked = realloc(
        s->revocations.list, (s->revocations.n + more->revocations.n + 1) * sizeof *revoked);
    if (!revoked)
        return RATLS_E_NO_MEMORY;
    s->revocations.list = revoked;
    struct rt_stored_policy *policies =
        realloc(s->policies, (s->n_policies + more->n_policies + 1) * sizeof *policies);
    if (!policies)
        return RATLS_E_NO_MEMORY;
    s->policies = policies;
    struct rt_origin *origins =
        realloc(s->origins, (s->n_origins + more->n_origins + 1) * sizeof *origins);
    if (!origins)
        return RATLS_E_NO_MEMORY;
    s->origins = origins;
    return rt_baselines_reserve(&s->baselines, &more->baselines);
}

static int by_item(const void *x, const void *y)
{
    return rt_item_compare(x, y);
}

void rt_stored_move(struct rt_stored *s, struct rt_stored *more)
{
    for (size_t i = 0; i < more->n_items; i++)
        s->items[s->n_items++] = more->items[i];
    for (size_t i = 0; i < more->revocations.n; i++)
        s->revocations.list[s->revocations.n++] = more->revocations.list[i];
    for (size_t i = 0; i < more->n_policies; i++)
        s->policies[s->n_policies++] = more->policies[i];
    for (size_t i = 0; i < more->n_origins; i++)
        s->origins[s->n_origins++] = more->origins[i];
    more->n_policies = 0; /* their texts have gone along */
    rt_baselines_move(&s->baselines, &more->baselines);
    rt_revocations_sort(&s->revocations);
    if (s->n_items > 0)
        qsort(s->items, s->n_items, sizeof *s->items, by_item);
    s->n_values += more->n_values;
    s->n_documents++;
    rt_stored_free(more);
}

const struct rt_item *rt_stored_find_twice(const struct rt_stored *s, struct rt_stored *more)
{
    if (more->n_items > 0)
        qsort(more->items, more->n_items, sizeof *more->items, by_item);
    for (size_t i = 0; i < more->n_items; i++) {
        const struct rt_item *item = &more->items[i];
        if ((i > 0 && rt_item_compare(item - 1, item) == 0) ||
            (s->n_items > 0 && bsearch(item, s->items, s->n_items, sizeof *item, by_item)))
            return item;
    }
    return NULL;
}

/* ---- looking up ---- */

const struct rt_origin *rt_stored_origin(const struct rt_stored *s, const char *issuer,
                                         const char *bundle)
{
    for (size_t i = 0; i < s->n_origins; i++)
        if (strcmp(s->origins[i].issuer, issuer) == 0 && strcmp(s->origins[i].bundle, bundle) == 0)
            return &s->origins[i];
    return NULL;
}

bool rt_stored_stays(const struct rt_stored *s, int64_t from, int64_t until)
{
    for (size_t i = 0; i < s->n_items; i++) {
        const struct rt_item *item = &s->items[i];
        if ((from < item->not_before && item->not_before <= until) ||
            (from <= item->not_after && item->not_after < until))
            return false;
    }
    return true;
}

struct ratls_bytes rt_stored_policy(const struct rt_stored *s, const char *name, int64_t now)
{
    const struct rt_stored_policy *best = NULL;

    for (size_t i = 0; i < s->n_policies; i++) {
        const struct rt_stored_policy *p = &s->policies[i];
        if (strcmp(p->item.name, name) == 0 && rt_item_counts(&p->item, now) &&
            (!best || p->item.version > best->item.version))
            best = p;
    }
    return best ? ratls_bytes_str(best->text) : ratls_bytes(NULL, 0);
}
