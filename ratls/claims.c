/* Named claims: an ordered, bounded list of small copied values. */
#include <stdatomic.h>
#include <stdlib.h>

#include "claims.h"

#define NAME_MAX_LEN 64
#define TEXT_MAX_LEN (2 * RT_MAX_EVIDENCE) /* hex of the largest evidence */

/* `shown` is what callers see; its pointers are owned here through the other members. */
struct claim {
    struct ratls_claim shown;
    uint32_t name_hash; /* compared before the name: look-ups go through the whole list */
    char *name;
    char *text;
    char **items;
    size_t cap; /* of items */
};

struct ratls_claims {
    atomic_uint refs;          /* one, and those of lists that are built upon it */
    struct ratls_claims *base; /* comes first; it has none. NULL: nothing does */
    struct claim *list;
    size_t n, cap;
    enum ratls_err status; /* the first failure */
};

struct ratls_claims *ratls_claims_new(void)
{
    struct ratls_claims *c = calloc(1, sizeof *c);

    if (c)
        atomic_init(&c->refs, 1);
    return c;
}

static void clear_value(struct claim *c)
{
    for (size_t i = 0; i < c->shown.n_items; i++)
        free(c->items[i]);
    free(c->items);
    free(c->text);
    c->items = NULL;
    c->text = NULL;
    c->cap = 0;
    c->shown = (struct ratls_claim){.name = c->name};
}

static void clear(struct ratls_claims *c)
{
    for (size_t i = 0; i < c->n; i++) {
        clear_value(&c->list[i]);
        free(c->list[i].name);
    }
    free(c->list);
    ratls_claims_free(c->base);
}

void ratls_claims_free(struct ratls_claims *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    clear(c);
    free(c);
}

static enum ratls_err failed(struct ratls_claims *c, enum ratls_err e)
{
    if (c && c->status == RATLS_OK)
        c->status = e;
    return e;
}

static bool good_name(const char *name)
{
    size_t len = 0;

    for (; name && name[len] && len <= NAME_MAX_LEN; len++) {
        const char c = name[len];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '.')
            return false;
    }
    return len >= 1 && len <= NAME_MAX_LEN;
}

/* FNV-1a. */
static uint32_t hash_of(const char *name)
{
    uint32_t h = 2166136261U;

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619U;
    return h;
}

static enum ratls_err check_text(const char *text)
{
    if (!text)
        return RATLS_E_USAGE;
    if (strlen(text) > TEXT_MAX_LEN)
        return RATLS_E_LIMIT;
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return RATLS_E_USAGE;
    return RATLS_OK;
}

/* Not in what it is built upon. */
static struct claim *find(const struct ratls_claims *c, const char *name)
{
    const uint32_t hash = name ? hash_of(name) : 0;

    for (size_t i = 0; c && name && i < c->n; i++)
        if (c->list[i].name_hash == hash && strcmp(c->list[i].name, name) == 0)
            return &c->list[i];
    return NULL;
}

static enum ratls_err make_room(struct ratls_claims *c)
{
    const size_t first = c->base ? 4 : 64, cap = c->cap ? 2 * c->cap : first;

    if (ratls_claims_count(c) == RT_MAX_CLAIMS)
        return RATLS_E_LIMIT;
    if (c->n < c->cap)
        return RATLS_OK;
    struct claim *list = realloc(c->list, cap * sizeof *list);
    if (!list)
        return RATLS_E_NO_MEMORY;
    c->list = list;
    c->cap = cap;
    return RATLS_OK;
}

static enum ratls_err append(struct ratls_claims *c, const char *name, struct claim **out)
{
    enum ratls_err e = make_room(c);

    if (e)
        return e;
    struct claim *added = &c->list[c->n];
    *added = (struct claim){.name = strdup(name), .name_hash = hash_of(name)};
    if (!added->name)
        return RATLS_E_NO_MEMORY;
    added->shown.name = added->name;
    c->n++;
    *out = added;
    return RATLS_OK;
}

/* All that was shared becomes its own: one of them is about to change. */
static enum ratls_err unshare(struct ratls_claims *c)
{
    struct ratls_claims all = {0};
    enum ratls_err e = RATLS_OK;
    size_t moved = 0;

    for (size_t i = 0; !e && i < c->base->n; i++)
        e = rt_claim_copy(&c->base->list[i].shown, &all) ? RATLS_OK : RATLS_E_NO_MEMORY;
    while (!e && moved < c->n && (e = make_room(&all)) == RATLS_OK)
        all.list[all.n++] = c->list[moved++];
    if (e) {
        all.n -= moved; /* they are still here */
        clear(&all);
        return e;
    }
    free(c->list);
    ratls_claims_free(c->base);
    c->base = NULL;
    c->list = all.list;
    c->n = all.n;
    c->cap = all.cap;
    return RATLS_OK;
}

/* The claim of this name, made if it is new. */
static enum ratls_err slot(struct ratls_claims *c, const char *name, struct claim **out)
{
    enum ratls_err e;

    if (!c)
        return RATLS_E_NO_MEMORY; /* of ratls_claims_new() */
    if (!good_name(name))
        return RATLS_E_USAGE;
    if (find(c->base, name) && (e = unshare(c)) != RATLS_OK)
        return e;
    *out = find(c, name);
    return *out ? RATLS_OK : append(c, name, out);
}

/* `text` is taken. */
static enum ratls_err set_text(struct ratls_claims *c, const char *name, char *text)
{
    struct claim *claim = NULL;
    enum ratls_err e = text ? slot(c, name, &claim) : RATLS_E_NO_MEMORY;

    if (e) {
        free(text);
        return failed(c, e);
    }
    clear_value(claim);
    claim->text = text;
    claim->shown.type = RATLS_CLAIM_TEXT;
    claim->shown.text = text;
    return RATLS_OK;
}

enum ratls_err ratls_claims_set_hex(struct ratls_claims *c, const char *name,
                                    struct ratls_bytes value)
{
    if (value.len > TEXT_MAX_LEN / 2)
        return failed(c, RATLS_E_LIMIT);
    return set_text(c, name, rt_hex_new(value));
}

enum ratls_err ratls_claims_set_text(struct ratls_claims *c, const char *name, const char *value)
{
    enum ratls_err e = check_text(value);

    return e ? failed(c, e) : set_text(c, name, strdup(value));
}

static enum ratls_err set_number(struct ratls_claims *c, const char *name,
                                 enum ratls_claim_type type, uint64_t value)
{
    struct claim *claim = NULL;
    enum ratls_err e = slot(c, name, &claim);

    if (e)
        return failed(c, e);
    clear_value(claim);
    claim->shown.type = type;
    claim->shown.number = value;
    return RATLS_OK;
}

enum ratls_err ratls_claims_set_uint(struct ratls_claims *c, const char *name, uint64_t value)
{
    return set_number(c, name, RATLS_CLAIM_UINT, value);
}

enum ratls_err ratls_claims_set_bool(struct ratls_claims *c, const char *name, bool value)
{
    return set_number(c, name, RATLS_CLAIM_BOOL, value);
}

/* Room for one more: lists of measured files have thousands of items. */
static enum ratls_err grow_items(struct claim *claim)
{
    const size_t cap = claim->cap ? 2 * claim->cap : 4;

    if (claim->shown.n_items < claim->cap)
        return RATLS_OK;
    char **items = realloc(claim->items, cap * sizeof *items);
    if (!items)
        return RATLS_E_NO_MEMORY;
    claim->items = items;
    claim->cap = cap;
    claim->shown.items = (const char *const *)items;
    return RATLS_OK;
}

static enum ratls_err append_item(struct claim *claim, const char *item)
{
    if (claim->shown.n_items == RT_MAX_CLAIM_ITEMS)
        return RATLS_E_LIMIT;
    enum ratls_err e = grow_items(claim);
    if (e)
        return e;
    char *copy = strdup(item);
    if (!copy)
        return RATLS_E_NO_MEMORY;
    claim->items[claim->shown.n_items++] = copy;
    return RATLS_OK;
}

enum ratls_err ratls_claims_add_item(struct ratls_claims *c, const char *name, const char *item)
{
    struct claim *claim = NULL;
    enum ratls_err e = item ? check_text(item) : RATLS_OK;

    if (e || (e = slot(c, name, &claim)) != RATLS_OK)
        return failed(c, e);
    if (claim->shown.type != RATLS_CLAIM_LIST) {
        clear_value(claim);
        claim->shown.type = RATLS_CLAIM_LIST;
    }
    if (item && (e = append_item(claim, item)) != RATLS_OK)
        return failed(c, e);
    return RATLS_OK;
}

enum ratls_err ratls_claims_status(const struct ratls_claims *c)
{
    return c ? c->status : RATLS_E_NO_MEMORY;
}

size_t ratls_claims_count(const struct ratls_claims *c)
{
    return c ? ratls_claims_count(c->base) + c->n : 0;
}

const struct ratls_claim *ratls_claims_at(const struct ratls_claims *c, size_t i)
{
    const size_t shared = c ? ratls_claims_count(c->base) : 0;

    if (i >= ratls_claims_count(c))
        return NULL;
    return i < shared ? &c->base->list[i].shown : &c->list[i - shared].shown;
}

const struct ratls_claim *ratls_claims_get(const struct ratls_claims *c, const char *name)
{
    const struct claim *claim = find(c, name);

    if (!claim && c)
        claim = find(c->base, name);
    return claim ? &claim->shown : NULL;
}

/* ---- lists upon others ---- */

struct ratls_claims *rt_claims_upon(struct ratls_claims *base)
{
    struct ratls_claims *c = base->base ? NULL : ratls_claims_new();

    if (!c)
        return NULL;
    atomic_fetch_add_explicit(&base->refs, 1, memory_order_relaxed);
    c->base = base;
    return c;
}

struct ratls_claims *rt_claims_base(const struct ratls_claims *c)
{
    return c->base;
}

bool rt_claim_copy(const struct ratls_claim *c, struct ratls_claims *to)
{
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        return ratls_claims_set_text(to, c->name, c->text) == RATLS_OK;
    case RATLS_CLAIM_UINT:
        return ratls_claims_set_uint(to, c->name, c->number) == RATLS_OK;
    case RATLS_CLAIM_BOOL:
        return ratls_claims_set_bool(to, c->name, c->number != 0) == RATLS_OK;
    case RATLS_CLAIM_LIST:
        (void)ratls_claims_add_item(to, c->name, NULL);
        for (size_t i = 0; i < c->n_items; i++)
            (void)ratls_claims_add_item(to, c->name, c->items[i]);
        return ratls_claims_status(to) == RATLS_OK;
    }
    return false;
}
