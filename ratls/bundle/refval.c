#include "refval.h"

#include <stdlib.h>

#include "document.h"
#include "json.h"

#define MAX_REGISTER_DIGITS 3

/* ---- registers ---- */

static const struct rt_register registers[] = {
    {"tdx.rtmr_", "tdx.rtmr"},
    {"cca.realm.rem", "cca.realm.rem"},
    {"virtcca.cvm.rem", "virtcca.cvm.rem"},
};

/* A number without leading zeros; -1: it is none. */
static int number_of(struct ratls_bytes digits)
{
    int number = 0;

    if (digits.len == 0 || digits.len > MAX_REGISTER_DIGITS ||
        (digits.len > 1 && digits.p[0] == '0'))
        return -1;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return -1;
        number = number * 10 + (digits.p[i] - '0');
    }
    return number <= RT_MAX_REGISTER ? number : -1;
}

const struct rt_register *rt_register_of_claim(struct ratls_bytes claim, int *number)
{
    *number = -1;
    for (size_t i = 0; i < RT_COUNT(registers); i++) {
        struct rt_reader r = rt_reader(claim);
        if (!rt_starts_with(claim, registers[i].claim))
            continue;
        rt_skip(&r, strlen(registers[i].claim));
        *number = number_of(rt_rest(&r));
        return *number < 0 ? NULL : &registers[i];
    }
    return NULL;
}

const struct rt_register *rt_register_of_mkey(struct ratls_bytes mkey)
{
    for (size_t i = 0; i < RT_COUNT(registers); i++)
        if (ratls_bytes_equal(mkey, ratls_bytes_str(registers[i].mkey)))
            return &registers[i];
    return NULL;
}

/* ---- the list ---- */

enum ratls_err rt_refval_add(struct rt_refvals_list *list, const struct rt_refval *value)
{
    enum { FIRST_ROOM = 16 };

    if (list->n == RT_MAX_REFVAL_VALUES)
        return RATLS_E_LIMIT;
    if (list->n == list->cap) {
        const size_t cap = list->cap ? 2 * list->cap : FIRST_ROOM;
        struct rt_refval *more = realloc(list->v, cap * sizeof *more);
        if (!more)
            return RATLS_E_NO_MEMORY;
        list->v = more;
        list->cap = cap;
    }
    list->v[list->n] = *value;
    list->v[list->n].order = list->n;
    list->n++;
    return RATLS_OK;
}

void rt_refval_free(struct rt_refvals_list *list)
{
    free(list->v);
    *list = (struct rt_refvals_list){0};
}

/* ---- the item ---- */

static int compare_names(const struct rt_refval *a, const struct rt_refval *b)
{
    const size_t len = a->name.len < b->name.len ? a->name.len : b->name.len;
    const int order = len ? memcmp(a->name.p, b->name.p, len) : 0;

    if (order != 0 || a->name.len != b->name.len)
        return order ? order : (a->name.len > b->name.len) - (a->name.len < b->name.len);
    return (a->reg > b->reg) - (a->reg < b->reg);
}

/* Names of one part together, and within a name the order in which values came. */
static int compare(const void *left, const void *right)
{
    const struct rt_refval *a = left, *b = right;

    if (a->part != b->part)
        return a->part > b->part ? 1 : -1;
    const int order = compare_names(a, b);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static bool same_name(const struct rt_refval *a, const struct rt_refval *b)
{
    return a->part == b->part && compare_names(a, b) == 0;
}

static enum ratls_err judge_neighbours(const struct rt_refval *a, const struct rt_refval *b,
                                       enum ratls_err malformed, struct ratls_error *err)
{
    if (!same_name(a, b) || a->condition == b->condition)
        return RATLS_OK;
    if (a->group == b->group)
        return ratls_fail(err, malformed, "'%.*s' must be two things at once", (int)a->name.len,
                          (const char *)a->name.p);
    if (a->part > RT_REFVAL_CLAIMS)
        return ratls_fail(err, malformed, "'%.*s' is said twice", (int)a->name.len,
                          (const char *)a->name.p);
    return RATLS_OK;
}

static enum ratls_err sort(struct rt_refvals_list *list, enum ratls_err malformed,
                           struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (list->n == 0)
        return ratls_fail(err, malformed, "no measurements and no claims");
    qsort(list->v, list->n, sizeof *list->v, compare);
    if (list->v[0].part > RT_REFVAL_CLAIMS)
        return ratls_fail(err, malformed, "no measurements and no claims");
    for (size_t i = 1; i < list->n && e == RATLS_OK; i++)
        e = judge_neighbours(&list->v[i - 1], &list->v[i], malformed, err);
    return e;
}

static void put_hex(struct rt_writer *w, struct ratls_bytes bytes)
{
    char digits[3];

    rt_put_u8(w, '"');
    for (size_t i = 0; i < bytes.len; i++) {
        rt_hex(ratls_bytes(bytes.p + i, 1), digits);
        rt_put(w, digits, 2);
    }
    rt_put_u8(w, '"');
}

static void put_value(struct rt_writer *w, const struct rt_refval *v)
{
    switch (v->form) {
    case RT_REFVAL_NOTHING:
        return;
    case RT_REFVAL_HEX:
        put_hex(w, v->bytes);
        return;
    case RT_REFVAL_TEXT:
        rt_json_put_utf8(w, v->bytes);
        return;
    case RT_REFVAL_INT:
        rt_json_put_int(w, v->number);
        return;
    case RT_REFVAL_BOOL:
        rt_json_put_raw(w, v->number ? "true" : "false");
        return;
    }
}

/* Values of one name; returns how many there are. */
static size_t put_values(struct rt_writer *w, const struct rt_refval *v, size_t left)
{
    size_t n = 0;
    bool written = false;

    if (v->part != RT_REFVAL_MINIMUM)
        rt_put_u8(w, '[');
    for (; n < left && same_name(v, v + n); n++) {
        if (written && v[n].form != RT_REFVAL_NOTHING)
            rt_put_u8(w, ',');
        written = written || v[n].form != RT_REFVAL_NOTHING;
        put_value(w, v + n);
    }
    if (v->part != RT_REFVAL_MINIMUM)
        rt_put_u8(w, ']');
    return n;
}

static void put_name(struct rt_writer *w, const struct rt_refval *v)
{
    struct rt_writer name = {0};

    rt_put_bytes(&name, v->name);
    if (v->reg >= 0)
        rt_json_put_int(&name, v->reg);
    w->bad = w->bad || name.bad;
    rt_json_put_utf8(w, rt_written(&name));
    rt_put_u8(w, ':');
    rt_writer_free(&name);
}

/* One member of the body; returns how many values it took. */
static size_t put_part(struct rt_writer *w, const struct rt_refval *v, size_t left)
{
    static const char *const members[] = {"measurements", "claims",   "lists",   "minimum",
                                          "tcb_status",   "accepted", "rejected"};
    const enum rt_refval_part part = v->part;
    const bool named = part >= RT_REFVAL_CLAIMS && part <= RT_REFVAL_MINIMUM;
    size_t n = 0;

    rt_json_put_text(w, members[part]);
    rt_put_u8(w, ':');
    if (!named)
        return put_values(w, v, left);
    rt_put_u8(w, '{');
    while (n < left && v[n].part == part) {
        if (n > 0)
            rt_put_u8(w, ',');
        put_name(w, v + n);
        n += put_values(w, v + n, left - n);
    }
    rt_put_u8(w, '}');
    return n;
}

/* Both parts of advisory_ids come last. */
static void put_body(struct rt_writer *w, const struct rt_refval_item *item)
{
    const struct rt_refvals_list *list = item->values;
    bool inside = false;

    rt_put_u8(w, '{');
    for (size_t at = 0; at < list->n;) {
        if (at > 0)
            rt_put_u8(w, ',');
        if (!inside && list->v[at].part >= RT_REFVAL_ACCEPTED) {
            rt_json_put_raw(w, "\"advisory_ids\":{");
            inside = true;
        }
        at += put_part(w, list->v + at, list->n - at);
    }
    if (inside)
        rt_put_u8(w, '}');
    if (item->comment.p) {
        rt_json_put_raw(w, ",\"comment\":");
        rt_json_put_utf8(w, item->comment);
    }
    rt_put_u8(w, '}');
}

static void put_number(struct rt_writer *w, const char *member, int64_t value)
{
    if (value == 0)
        return;
    rt_put_u8(w, ',');
    rt_json_put_text(w, member);
    rt_put_u8(w, ':');
    rt_json_put_int(w, value);
}

enum ratls_err rt_refval_put_item(struct rt_writer *w, const struct rt_refval_item *item,
                                  enum ratls_err malformed, struct ratls_error *err)
{
    enum ratls_err e = sort(item->values, malformed, err);

    if (e)
        return e;
    rt_json_put_raw(w, "{\"kind\":\"refval\",\"tee\":");
    rt_json_put_text(w, item->tee);
    rt_json_put_raw(w, ",\"name\":");
    rt_json_put_utf8(w, item->name);
    put_number(w, "version", item->version);
    rt_json_put_raw(w, ",\"state\":\"active\"");
    put_number(w, "not_before", item->not_before);
    put_number(w, "not_after", item->not_after);
    if (item->author.p) {
        rt_json_put_raw(w, ",\"author\":");
        rt_json_put_utf8(w, item->author);
    }
    put_number(w, "created", item->created);
    rt_json_put_raw(w, ",\"body\":");
    put_body(w, item);
    rt_put_u8(w, '}');
    return RATLS_OK;
}
