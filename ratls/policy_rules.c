/* `rules` of a policy: read, and refused by the member that is wrong. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "policy_rules.h"

void rt_policy_rules_free(struct rt_policy_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        for (size_t k = 0; k < rules->items[i].n_values; k++)
            free(rules->items[i].values[k].text);
        free(rules->items[i].values);
        free(rules->items[i].masked.items);
    }
    free(rules->items);
}

/* ---- values ---- */

static bool is_hex(const char *text)
{
    const size_t len = strlen(text);

    return len > 0 && len % 2 == 0 && strspn(text, "0123456789abcdefABCDEF") == len;
}

static enum ratls_err read_text(struct rt_policy_parse *p, const cJSON *item, const char *member,
                                struct rt_rule_value *out)
{
    const char *text = item->valuestring;
    char checked[RT_RULE_TEXT_MAX + 1];

    if (text[0] && !rt_policy_copy_text(checked, RT_RULE_TEXT_MAX, text))
        return rt_policy_malformed(p, member, "holds a text that is too long or unprintable");
    if (!(out->text = strdup(text)))
        return RATLS_E_NO_MEMORY;
    out->len = strlen(text);
    out->is_hex = is_hex(text);
    for (size_t i = 0; out->is_hex && i < out->len; i++)
        out->text[i] |= RT_SMALL_LETTER;
    return RATLS_OK;
}

static enum ratls_err read_value(struct rt_policy_parse *p, const cJSON *item, const char *member,
                                 struct rt_rule_value *out, enum ratls_claim_type *type)
{
    int64_t number;

    if (cJSON_IsString(item)) {
        *type = RATLS_CLAIM_TEXT;
        return read_text(p, item, member, out);
    }
    if (cJSON_IsBool(item)) {
        *type = RATLS_CLAIM_BOOL;
        out->number = cJSON_IsTrue(item) ? 1 : 0;
        return RATLS_OK;
    }
    if (!rt_json_int(item, 0, RT_JSON_INT_MAX, &number))
        return rt_policy_malformed(p, member, "must be of texts, numbers from 0, or truth values");
    *type = RATLS_CLAIM_UINT;
    out->number = (uint64_t)number;
    return RATLS_OK;
}

static enum ratls_err add_value(struct rt_policy_parse *p, const cJSON *item, const char *member,
                                struct rt_condition *c)
{
    enum ratls_claim_type type;
    enum ratls_err e = read_value(p, item, member, &c->values[c->n_values], &type);

    if (e)
        return e;
    c->n_values++;
    if (c->n_values > 1 && type != c->type)
        return rt_policy_malformed(p, member, "holds values of more than one kind");
    c->type = type;
    return RATLS_OK;
}

/* One value, or a list of at least one. */
static enum ratls_err read_values(struct rt_policy_parse *p, const cJSON *item, bool is_list,
                                  struct rt_condition *c)
{
    const char *member = item->string;
    const cJSON *value;
    enum ratls_err e = RATLS_OK;

    if (is_list && (!cJSON_IsArray(item) || !item->child))
        return rt_policy_malformed(p, member, "must be a list of at least one value");
    const size_t n = is_list ? (size_t)cJSON_GetArraySize(item) : 1;
    if ((p->n_values += n) > RT_POLICY_MAX_VALUES)
        return rt_policy_malformed(p, member, "exceeds the 4096 values of a policy");
    if (!(c->values = calloc(n, sizeof *c->values)))
        return RATLS_E_NO_MEMORY;
    if (!is_list)
        return add_value(p, item, member, c);
    cJSON_ArrayForEach(value, item)
    {
        if ((e = add_value(p, value, member, c)) != RATLS_OK)
            break;
    }
    return e;
}

/* ---- forms ---- */

static enum ratls_err read_equals(struct rt_policy_parse *p, const cJSON *item,
                                  struct rt_condition *c)
{
    return read_values(p, item, false, c);
}

static enum ratls_err read_in(struct rt_policy_parse *p, const cJSON *item, struct rt_condition *c)
{
    return read_values(p, item, true, c);
}

/* Items of lists are texts. */
static enum ratls_err read_items(struct rt_policy_parse *p, const cJSON *item, bool is_list,
                                 struct rt_condition *c)
{
    enum ratls_err e = read_values(p, item, is_list, c);

    if (!e && c->type != RATLS_CLAIM_TEXT)
        return rt_policy_malformed(p, item->string, "must be of texts: so are the items of lists");
    return e;
}

static enum ratls_err read_contains(struct rt_policy_parse *p, const cJSON *item,
                                    struct rt_condition *c)
{
    return read_items(p, item, false, c);
}

static enum ratls_err read_only(struct rt_policy_parse *p, const cJSON *item,
                                struct rt_condition *c)
{
    return read_items(p, item, true, c);
}

static enum ratls_err read_bound(struct rt_policy_parse *p, const cJSON *item,
                                 struct rt_condition *c)
{
    int64_t bound;

    if (!rt_json_int(item, 0, RT_JSON_INT_MAX, &bound))
        return rt_policy_malformed(p, item->string, "must be a number from 0");
    c->bound = (uint64_t)bound;
    return RATLS_OK;
}

static enum ratls_err read_present(struct rt_policy_parse *p, const cJSON *item,
                                   struct rt_condition *c)
{
    return rt_policy_read_switch(p, item, &c->present);
}

static const struct form {
    const char *member;
    enum rt_rule_form form;
    /* NULL: it is made of conditions. */
    enum ratls_err (*read)(struct rt_policy_parse *p, const cJSON *item, struct rt_condition *c);
} forms[] = {
    {"equals", RT_RULE_EQUALS, read_equals},
    {"in", RT_RULE_EQUALS, read_in},
    {"at_least", RT_RULE_AT_LEAST, read_bound},
    {"at_most", RT_RULE_AT_MOST, read_bound},
    {"present", RT_RULE_PRESENT, read_present},
    {"contains", RT_RULE_CONTAINS, read_contains},
    {"only", RT_RULE_ONLY, read_only},
    {"all", RT_RULE_ALL, NULL},
    {"any", RT_RULE_ANY, NULL},
    {"not", RT_RULE_NOT, NULL},
};

static const struct form *find_form(const char *member)
{
    for (size_t i = 0; i < RT_COUNT(forms); i++)
        if (strcmp(forms[i].member, member) == 0)
            return &forms[i];
    return NULL;
}

/* ---- masks ---- */

/* A bit outside of the mask would be compared with nothing. */
static bool is_within(const struct rt_policy_value *value, const struct rt_policy_value *mask)
{
    for (size_t i = 0; i < mask->len; i++)
        if (value->p[i] & ~mask->p[i])
            return false;
    return value->len == mask->len;
}

static enum ratls_err unhex(const char *text, struct rt_policy_value *out)
{
    size_t len = sizeof out->p;

    if (!rt_unhex(text, strlen(text), out->p, &len))
        return RATLS_E_POLICY_FORMAT;
    out->len = (uint8_t)len;
    return RATLS_OK;
}

static enum ratls_err read_mask(struct rt_policy_parse *p, const cJSON *item,
                                struct rt_condition *c)
{
    if (c->form != RT_RULE_EQUALS || c->type != RATLS_CLAIM_TEXT)
        return rt_policy_malformed(p, "mask", "goes with 'equals' or 'in' of hex texts alone");
    if (!cJSON_IsString(item) || unhex(item->valuestring, &c->mask) != RATLS_OK ||
        rt_all_zero(c->mask.p, c->mask.len))
        return rt_policy_malformed(p, "mask", "must be hex of 1 to 64 bytes, not all zero");
    if (!(c->masked.items = calloc(c->n_values, sizeof *c->masked.items)))
        return RATLS_E_NO_MEMORY;
    for (; c->masked.n < c->n_values; c->masked.n++) {
        struct rt_policy_value *value = &c->masked.items[c->masked.n];
        if (unhex(c->values[c->masked.n].text, value) != RATLS_OK || !is_within(value, &c->mask))
            return rt_policy_malformed(p, "mask", "does not cover a value of the same length");
    }
    return RATLS_OK;
}

/* ---- conditions ---- */

static size_t count_objects(const cJSON *json)
{
    const cJSON *item;
    size_t n = cJSON_IsObject(json) ? 1 : 0;

    cJSON_ArrayForEach(item, json)
    {
        n += count_objects(item);
    }
    return n;
}

static enum ratls_err read_condition(struct rt_policy_parse *p, const cJSON *object,
                                     unsigned depth);

static enum ratls_err read_parts(struct rt_policy_parse *p, const cJSON *item,
                                 const struct form *form, unsigned depth)
{
    const cJSON *part;
    enum ratls_err e = RATLS_OK;

    if (form->form == RT_RULE_NOT)
        return read_condition(p, item, depth);
    if (!cJSON_IsArray(item) || !item->child)
        return rt_policy_malformed(p, form->member, "must be a list of at least one condition");
    cJSON_ArrayForEach(part, item)
    {
        if ((e = read_condition(p, part, depth)) != RATLS_OK)
            break;
    }
    return e;
}

/* The members that are no form. */
static enum ratls_err read_labels(struct rt_policy_parse *p, const cJSON *object,
                                  struct rt_condition *c)
{
    const cJSON *name = rt_json_member(object, "name"), *claim = rt_json_member(object, "claim");

    if (name && (!cJSON_IsString(name) ||
                 !rt_policy_copy_text(c->name, RT_RULE_NAME_MAX, name->valuestring)))
        return rt_policy_malformed(p, "name", "must be a text of 1 to 64 characters");
    if (claim && (!cJSON_IsString(claim) ||
                  !rt_policy_copy_name(c->claim, RT_POLICY_NAME_MAX, claim->valuestring)))
        return rt_policy_malformed(p, "claim", "must be the name of a claim");
    return RATLS_OK;
}

/* Exactly one form; *out is its member. */
static enum ratls_err find_only_form(struct rt_policy_parse *p, const cJSON *object,
                                     const cJSON **out)
{
    const cJSON *item;

    *out = NULL;
    cJSON_ArrayForEach(item, object)
    {
        const char *member = item->string;
        if (strcmp(member, "name") == 0 || strcmp(member, "claim") == 0 ||
            strcmp(member, "mask") == 0)
            continue;
        if (!find_form(member))
            return rt_policy_malformed(p, member, "is not a member known here");
        if (*out)
            return rt_policy_malformed(p, member, "is a second comparison in one condition");
        *out = item;
    }
    return *out ? RATLS_OK : rt_policy_malformed(p, "rules", "holds a condition that asks nothing");
}

static enum ratls_err read_form(struct rt_policy_parse *p, const cJSON *object, const cJSON *item,
                                size_t at)
{
    const struct form *form = find_form(item->string);
    struct rt_condition *c = &p->tee->rules.items[at];
    const cJSON *mask = rt_json_member(object, "mask");
    enum ratls_err e;

    c->form = form->form;
    if (form->read && !c->claim[0])
        return rt_policy_malformed(p, form->member, "needs a 'claim'");
    if (!form->read && c->claim[0])
        return rt_policy_malformed(p, form->member, "is of conditions, not of a 'claim'");
    e = form->read ? form->read(p, item, c) : read_parts(p, item, form, c->depth + 1);
    return e || !mask ? e : read_mask(p, mask, c);
}

static enum ratls_err read_condition(struct rt_policy_parse *p, const cJSON *object, unsigned depth)
{
    struct rt_policy_rules *rules = &p->tee->rules;
    const cJSON *item = NULL;
    enum ratls_err e;

    if (!cJSON_IsObject(object))
        return rt_policy_malformed(p, "rules", "holds something other than conditions");
    if (depth == RT_RULES_MAX_DEPTH)
        return rt_policy_malformed(p, "rules", "nests conditions too deep");
    const size_t at = rules->n++;
    rules->items[at].depth = depth;
    if ((e = find_only_form(p, object, &item)) != RATLS_OK ||
        (e = read_labels(p, object, &rules->items[at])) != RATLS_OK ||
        (e = read_form(p, object, item, at)) != RATLS_OK)
        return e;
    rules->items[at].end = rules->n;
    return RATLS_OK;
}

static enum ratls_err read_rules(struct rt_policy_parse *p, const cJSON *list)
{
    const size_t n = count_objects(list);
    const cJSON *item;
    enum ratls_err e = RATLS_OK;

    if (!cJSON_IsArray(list) || !list->child)
        return rt_policy_malformed(p, "rules", "must be a list of at least one condition");
    if (n > RT_RULES_MAX_CONDITIONS)
        return rt_policy_malformed(p, "rules", "holds more than 256 conditions");
    if (!(p->tee->rules.items = calloc(n + 1, sizeof *p->tee->rules.items)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, list)
    {
        p->rule++;
        if ((e = read_condition(p, item, 0)) != RATLS_OK)
            return e;
    }
    p->rule = 0;
    return RATLS_OK;
}

static const struct rt_policy_member members[] = {{"rules", read_rules}};
const struct rt_policy_members rt_policy_rules_members = {members, RT_COUNT(members)};
