/* Items by themselves: what their states and dates mean, and how their bodies are read. */
#include "trust_item.h"

#include <stdio.h>

#include <cjson/cJSON.h>

enum { COMMENT_MAX = 1024 };

const char *rt_item_state_name(enum rt_item_state state)
{
    static const char *const names[] = {"draft", "active", "superseded", "revoked"};

    return (unsigned)state < RT_COUNT(names) ? names[state] : NULL;
}

bool rt_item_in_dates(const struct rt_item *item, int64_t now)
{
    return (item->not_before == 0 || now >= item->not_before) &&
           (item->not_after == 0 || now <= item->not_after);
}

bool rt_item_counts(const struct rt_item *item, int64_t now)
{
    return item->state == RT_ITEM_ACTIVE && rt_item_in_dates(item, now);
}

int rt_item_compare(const struct rt_item *a, const struct rt_item *b)
{
    int order = strcmp(a->kind, b->kind);

    if (order == 0)
        order = strcmp(a->tee, b->tee);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = (a->version < b->version) - (a->version > b->version);
    return order;
}

bool rt_item_good_name(const char *name)
{
    const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

    return len > 0 && len <= RT_ITEM_NAME_MAX && !name[len];
}

bool rt_item_good_text(const char *text, size_t most)
{
    const size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return len > 0 && len <= most;
}

/* ---- reading ---- */

enum ratls_err rt_item_malformed(const struct rt_item_reader *r, const char *member,
                                 const char *why)
{
    const struct rt_item *i = &r->item;

    if (i->version == 0)
        return ratls_fail(r->err, RATLS_E_TRUST_FORMAT, "item %zu: '%s' %s", r->at, member, why);
    return ratls_fail(r->err, RATLS_E_TRUST_FORMAT, "%s %s%s%s version %lld: '%s' %s", i->kind,
                      i->tee, i->tee[0] ? "/" : "", i->name, (long long)i->version, member, why);
}

enum ratls_err rt_item_check_object(struct rt_item_reader *r, cJSON *object,
                                    const struct rt_item_member *members)
{
    cJSON *value;

    if (!cJSON_IsObject(object))
        return rt_item_malformed(r, object->string, "must be an object");
    cJSON_ArrayForEach(value, object)
    {
        const struct rt_item_member *m = members;
        while (m->name && strcmp(m->name, value->string) != 0)
            m++;
        if (!m->name)
            return rt_item_malformed(r, value->string, "is not a member known here");
        enum ratls_err e = m->check(r, value);
        if (e)
            return e;
    }
    return RATLS_OK;
}

enum ratls_err rt_item_count_value(struct rt_item_reader *r, const char *member)
{
    if (++r->n_values > RT_MAX_TRUST_VALUES)
        return rt_item_malformed(r, member, "exceeds the 65536 values of a trust");
    return RATLS_OK;
}

bool rt_item_take_hex(cJSON *value, size_t least)
{
    uint8_t bytes[RT_ITEM_VALUE_MAX];
    size_t len = sizeof bytes;

    if (!cJSON_IsString(value) ||
        !rt_unhex(value->valuestring, strlen(value->valuestring), bytes, &len) || len < least)
        return false;
    rt_hex(ratls_bytes(bytes, len), value->valuestring);
    return true;
}

enum ratls_err rt_item_check_comment(struct rt_item_reader *r, cJSON *value)
{
    if (!cJSON_IsString(value) || strlen(value->valuestring) > COMMENT_MAX)
        return rt_item_malformed(r, value->string, "must be a text of at most 1024 bytes");
    return RATLS_OK;
}
