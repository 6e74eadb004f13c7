/* All sets of a trust, and which version of them fits. Measurements of all versions are in one
 * sorted index: thousands of versions cost an appraisal one search. */
#include "baseline_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_text.h"
#include "json.h"

struct rt_baseline_entry {
    const char *hex; /* borrowed from the version's body */
    uint32_t at;     /* in rt_baselines.list */
};

void rt_baselines_free(struct rt_baselines *b)
{
    for (size_t i = 0; i < b->n; i++)
        rt_json_free(b->list[i].body);
    free(b->list);
    free(b->index);
    *b = (struct rt_baselines){0};
}

/* ---- filling ---- */

static int by_item(const void *x, const void *y)
{
    const struct rt_baseline *a = x, *b = y;

    return rt_item_compare(&a->item, &b->item);
}

static int by_hex(const void *x, const void *y)
{
    const struct rt_baseline_entry *a = x, *b = y;
    const int order = strcmp(a->hex, b->hex);

    return order ? order : (a->at > b->at) - (a->at < b->at);
}

static const cJSON *measurements_of(const struct rt_baseline *b)
{
    return rt_json_member(b->body, "measurements");
}

static size_t count_measurements(const struct rt_baselines *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        n += (size_t)cJSON_GetArraySize(measurements_of(&b->list[i]));
    return n;
}

/* There is room for all of them. */
static void fill_index(struct rt_baselines *b)
{
    const cJSON *value;

    b->n_index = 0;
    for (uint32_t i = 0; i < b->n; i++)
        cJSON_ArrayForEach(value, measurements_of(&b->list[i])) b->index[b->n_index++] =
            (struct rt_baseline_entry){.hex = value->valuestring, .at = i};
    qsort(b->index, b->n_index, sizeof *b->index, by_hex);
}

enum ratls_err rt_baselines_reserve(struct rt_baselines *b, const struct rt_baselines *more)
{
    const size_t n_index = count_measurements(b) + count_measurements(more);
    struct rt_baseline *list = realloc(b->list, (b->n + more->n + 1) * sizeof *list);

    if (!list)
        return RATLS_E_NO_MEMORY;
    b->list = list;
    struct rt_baseline_entry *index = realloc(b->index, (n_index + 1) * sizeof *index);
    if (!index)
        return RATLS_E_NO_MEMORY;
    b->index = index;
    return RATLS_OK;
}

void rt_baselines_move(struct rt_baselines *b, struct rt_baselines *more)
{
    for (size_t i = 0; i < more->n; i++)
        b->list[b->n++] = more->list[i];
    more->n = 0;
    qsort(b->list, b->n, sizeof *b->list, by_item);
    fill_index(b);
}

/* ---- finding ---- */

struct range {
    size_t from, to;
};

/* Places in a sorted list: of `n` things, the first for which `order` is not below zero; with
 * `past` the first for which it is above. */
typedef int order_fn(const struct rt_baselines *b, size_t i, const void *key);

static size_t bound(const struct rt_baselines *b, size_t n, order_fn *order, const void *key,
                    bool past)
{
    size_t from = 0, to = n;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int o = order(b, middle, key);
        if (o < 0 || (past && o == 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

struct set_key {
    const char *tee, *name; /* name NULL: every set of the TEE */
};

static int order_of_version(const struct rt_baselines *b, size_t i, const void *key)
{
    const struct set_key *k = key;
    const struct rt_item *item = &b->list[i].item;
    const int order = strcmp(item->tee, k->tee);

    return order || !k->name ? order : strcmp(item->name, k->name);
}

static int order_of_entry(const struct rt_baselines *b, size_t i, const void *key)
{
    return strcmp(b->index[i].hex, key);
}

static struct range find(const struct rt_baselines *b, const char *tee, const char *name)
{
    const struct set_key key = {tee, strcmp(name, RT_BASELINE_ANY) == 0 ? NULL : name};

    return (struct range){bound(b, b->n, order_of_version, &key, false),
                          bound(b, b->n, order_of_version, &key, true)};
}

bool rt_baselines_know(const struct rt_baselines *b, const char *tee)
{
    const struct range r = find(b, tee, RT_BASELINE_ANY);

    return r.from < r.to;
}

bool rt_baselines_any_active(const struct rt_baselines *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->list[i].item.state == RT_ITEM_ACTIVE)
            return true;
    return false;
}

/* ---- judging ---- */

struct search {
    const struct rt_baselines *all;
    const struct rt_baseline_query *q;
    struct range hits;                                  /* of the index: this measurement */
    char measurement[2 * RT_ITEM_VALUE_MAX + 1];        /* lower case */
    bool counted;                                       /* a version that counts was seen */
    const struct rt_baseline *revoked, *expired, *idle; /* the first of them that would fit */
    const struct rt_baseline *near; /* the first that counts and fits by its measurement alone */
    char why[RT_BASELINE_WHY_MAX];  /* what was wrong with that */
};

static bool lists_measurement(const struct search *s, const struct rt_baseline *v)
{
    const struct rt_baseline_entry key = {s->measurement, (uint32_t)(v - s->all->list)};

    return s->hits.from < s->hits.to &&
           bsearch(&key, s->all->index + s->hits.from, s->hits.to - s->hits.from, sizeof key,
                   by_hex) != NULL;
}

/* The first one of each kind is kept: it gives the reason. */
static void keep(const struct rt_baseline **slot, const struct rt_baseline *v)
{
    if (!*slot)
        *slot = v;
}

static void keep_reason(struct search *s, const struct rt_baseline *v)
{
    if (v->item.state == RT_ITEM_REVOKED)
        keep(&s->revoked, v);
    else if (v->item.state == RT_ITEM_ACTIVE)
        keep(&s->expired, v);
    else
        keep(&s->idle, v);
}

/* Counts and fits. */
static bool is_it(struct search *s, const struct rt_baseline *v)
{
    const bool counts = rt_item_counts(&v->item, s->q->now);
    char why[RT_BASELINE_WHY_MAX] = "";

    s->counted = s->counted || counts;
    if (v->by_measurement && !lists_measurement(s, v))
        return false;
    if (!rt_baseline_fits(v, s->q->claims, why) || !rt_baseline_names(v, s->q->must_name, why)) {
        if (counts && !s->near) {
            s->near = v;
            memcpy(s->why, why, sizeof s->why);
        }
        return false;
    }
    if (!counts)
        keep_reason(s, v);
    return counts;
}

static const struct rt_baseline *search(struct search *s)
{
    for (size_t i = 0; i < s->q->n_names; i++) {
        const struct range r = find(s->all, s->q->tee, s->q->names[i]);
        for (size_t k = r.from; k < r.to; k++)
            if (is_it(s, &s->all->list[k]))
                return &s->all->list[k];
    }
    return NULL;
}

static enum ratls_err refuse_with(const struct rt_baseline *v, enum ratls_err e, const char *what,
                                  struct ratls_error *err)
{
    return ratls_fail(err, e, "%s version %lld fits, but %s", v->item.name,
                      (long long)v->item.version, what);
}

static enum ratls_err refuse_mismatch(const struct search *s, struct ratls_error *err)
{
    if (s->near)
        return ratls_fail(err, RATLS_E_MEASUREMENT, "%s version %lld: %s", s->near->item.name,
                          (long long)s->near->item.version, s->why);
    if (s->idle)
        return refuse_with(s->idle, RATLS_E_MEASUREMENT,
                           s->idle->item.state == RT_ITEM_DRAFT ? "is a draft" : "is superseded",
                           err);
    return ratls_fail(err, RATLS_E_MEASUREMENT, "no version that counts has measurement '%s'",
                      s->measurement);
}

static enum ratls_err refuse(const struct search *s, struct ratls_error *err)
{
    const int64_t now = s->q->now;

    if (s->revoked)
        return refuse_with(s->revoked, RATLS_E_REFVAL_REVOKED, "is revoked", err);
    if (s->expired)
        return refuse_with(s->expired, RATLS_E_REFVAL_EXPIRED,
                           now < s->expired->item.not_before ? "has not begun" : "has ended", err);
    if (!s->counted)
        return ratls_fail(err, RATLS_E_NO_REFERENCE_VALUE,
                          "no version of the reference values of %s counts", s->q->tee);
    return refuse_mismatch(s, err);
}

enum ratls_err rt_baselines_judge(const struct rt_baselines *b, const struct rt_baseline_query *q,
                                  const struct rt_baseline **out, struct ratls_error *err)
{
    const char *hex = rt_claim_text(q->claims, "measurement");
    uint8_t measurement[RT_ITEM_VALUE_MAX];
    struct search s = {.all = b, .q = q};
    size_t len = sizeof measurement;

    if (rt_unhex(hex, strlen(hex), measurement, &len))
        rt_hex(ratls_bytes(measurement, len), s.measurement);
    s.hits.from = bound(b, b->n_index, order_of_entry, s.measurement, false);
    s.hits.to = bound(b, b->n_index, order_of_entry, s.measurement, true);
    *out = search(&s);
    return *out ? RATLS_OK : refuse(&s, err);
}
