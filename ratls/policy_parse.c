/* Policy JSON to struct rt_policy. Each object has a table of its members; what is not in the table
 * is refused by name, so that a misspelt rule never silently means "no rule". */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "policy_impl.h"

#define MEASUREMENT_MIN 16
#define REGISTER_MIN    1

enum ratls_err rt_policy_malformed(struct rt_policy_parse *p, const char *name, const char *why)
{
    char service[RT_POLICY_TEXT_MAX + 16] = "", rule[32] = "";

    if (p->service)
        (void)snprintf(service, sizeof service, "service '%s': ", p->service);
    if (p->rule > 0)
        (void)snprintf(rule, sizeof rule, "rule %u: ", p->rule);
    return ratls_fail(p->err, RATLS_E_POLICY_FORMAT, "%s%s: %s'%s' %s", service,
                      p->tee ? p->tee->name : "policy", rule, name, why);
}

static const struct rt_policy_member *find(const struct rt_policy_members *const *tables,
                                           const char *name)
{
    for (; *tables; tables++)
        for (size_t i = 0; i < (*tables)->n; i++)
            if (strcmp((*tables)->p[i].name, name) == 0)
                return &(*tables)->p[i];
    return NULL;
}

static enum ratls_err read_member(struct rt_policy_parse *p, const cJSON *item,
                                  const struct rt_policy_members *const *tables)
{
    const struct rt_policy_member *m = find(tables, item->string);

    return m ? m->read(p, item)
             : rt_policy_malformed(p, item->string, "is not a member known here");
}

enum ratls_err rt_policy_read_object(struct rt_policy_parse *p, const cJSON *object,
                                     const struct rt_policy_members *const *tables)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, object)
    {
        enum ratls_err e = read_member(p, item, tables);
        if (e)
            return e;
    }
    return RATLS_OK;
}

/* n items of `size` bytes, zeroed; never zero bytes, so that NULL means out of memory. */
static void *new_array(const cJSON *items, size_t size)
{
    return calloc((size_t)cJSON_GetArraySize(items) + 1, size);
}

static bool copy_name(char *out, size_t max, const char *name, const char *alphabet)
{
    const size_t len = strlen(name);

    if (len == 0 || len > max || strspn(name, alphabet) != len)
        return false;
    memcpy(out, name, len + 1);
    return true;
}

bool rt_policy_copy_name(char *out, size_t max, const char *name)
{
    return copy_name(out, max, name, "abcdefghijklmnopqrstuvwxyz0123456789_.");
}

bool rt_policy_copy_text(char *out, size_t max, const char *text)
{
    const size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    if (len == 0 || len > max)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool read_value(const cJSON *item, size_t min, struct rt_policy_value *out)
{
    size_t len = sizeof out->p;

    if (!cJSON_IsString(item) ||
        !rt_unhex(item->valuestring, strlen(item->valuestring), out->p, &len) || len < min)
        return false;
    out->len = (uint8_t)len;
    return true;
}

enum ratls_err rt_policy_read_values(struct rt_policy_parse *p, const cJSON *list, size_t min,
                                     struct rt_policy_values *out)
{
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return rt_policy_malformed(p, list->string, "must be a list of hex texts");
    p->n_values += (size_t)cJSON_GetArraySize(list);
    if (p->n_values > RT_POLICY_MAX_VALUES)
        return rt_policy_malformed(p, list->string, "exceeds the 4096 values of a policy");
    if (!(out->items = new_array(list, sizeof *out->items)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, list)
    {
        if (!read_value(item, min, &out->items[out->n]))
            return rt_policy_malformed(p, list->string,
                                       "holds something other than hex of a fitting length");
        out->n++;
    }
    return RATLS_OK;
}

enum ratls_err rt_policy_read_texts(struct rt_policy_parse *p, const cJSON *list,
                                    struct rt_policy_texts *out)
{
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return rt_policy_malformed(p, list->string, "must be a list of texts");
    p->n_values += (size_t)cJSON_GetArraySize(list);
    if (p->n_values > RT_POLICY_MAX_VALUES)
        return rt_policy_malformed(p, list->string, "exceeds the 4096 values of a policy");
    if (!(out->items = new_array(list, sizeof *out->items)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) ||
            !rt_policy_copy_text(out->items[out->n].p, RT_POLICY_TEXT_MAX, item->valuestring))
            return rt_policy_malformed(p, list->string,
                                       "holds something other than texts of 1 to 64 characters");
        out->n++;
    }
    return RATLS_OK;
}

enum ratls_err rt_policy_read_switch(struct rt_policy_parse *p, const cJSON *item, bool *out)
{
    if (!cJSON_IsBool(item))
        return rt_policy_malformed(p, item->string, "must be true or false");
    *out = cJSON_IsTrue(item);
    return RATLS_OK;
}

static enum ratls_err read_measurements(struct rt_policy_parse *p, const cJSON *item)
{
    return rt_policy_read_values(p, item, MEASUREMENT_MIN, &p->tee->measurements);
}

static enum ratls_err read_any_measurement(struct rt_policy_parse *p, const cJSON *item)
{
    return rt_policy_read_switch(p, item, &p->tee->any_measurement);
}

static enum ratls_err read_debug(struct rt_policy_parse *p, const cJSON *item)
{
    return rt_policy_read_switch(p, item, &p->tee->debug);
}

static enum ratls_err read_simulated(struct rt_policy_parse *p, const cJSON *item)
{
    return rt_policy_read_switch(p, item, &p->tee->simulated);
}

static enum ratls_err read_tcb_status(struct rt_policy_parse *p, const cJSON *list)
{
    const cJSON *item;

    p->tee->tcb_accepted = 0;
    if (!cJSON_IsArray(list) || !list->child)
        return rt_policy_malformed(p, list->string, "must be a list of at least one status");
    cJSON_ArrayForEach(item, list)
    {
        int row = cJSON_IsString(item) ? rt_tcb_find(item->valuestring) : -1;
        if (row < 0)
            return rt_policy_malformed(p, list->string, "holds an unknown status");
        if (!rt_tcb_rows[row].acceptable)
            return rt_policy_malformed(p, list->string, "holds a status that is never acceptable");
        p->tee->tcb_accepted |= 1U << row;
    }
    return RATLS_OK;
}

static enum ratls_err read_min_eval_num(struct rt_policy_parse *p, const cJSON *item)
{
    if (!rt_json_int(item, 1, UINT32_MAX, &p->tee->min_tcb_eval_num))
        return rt_policy_malformed(p, item->string, "must be a number from 1");
    return RATLS_OK;
}

/* Names of claims, each with the values accepted; *out is owned by the policy. */
static enum ratls_err read_claims(struct rt_policy_parse *p, const cJSON *object,
                                  struct rt_policy_register **out, size_t *n)
{
    const cJSON *item;
    enum ratls_err e;

    if (!cJSON_IsObject(object))
        return rt_policy_malformed(p, object->string, "must be an object");
    if (!(*out = new_array(object, sizeof **out)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        struct rt_policy_register *reg = &(*out)[(*n)++];
        if (!rt_policy_copy_name(reg->claim, RT_POLICY_NAME_MAX, item->string))
            return rt_policy_malformed(p, item->string, "is not a name of a claim");
        if ((e = rt_policy_read_values(p, item, REGISTER_MIN, &reg->accepted)) != RATLS_OK)
            return e;
        if (reg->accepted.n == 0)
            return rt_policy_malformed(p, item->string, "lists no value");
    }
    return RATLS_OK;
}

static enum ratls_err read_registers(struct rt_policy_parse *p, const cJSON *object)
{
    return read_claims(p, object, &p->tee->registers, &p->tee->n_registers);
}

static enum ratls_err read_lists(struct rt_policy_parse *p, const cJSON *object)
{
    return read_claims(p, object, &p->tee->lists, &p->tee->n_lists);
}

static const struct rt_policy_member tee_members[] = {
    {"measurements", read_measurements},
    {"insecure_any_measurement", read_any_measurement},
    {"tcb_status", read_tcb_status},
    {"registers", read_registers},
    {"insecure_debug", read_debug},
    {"insecure_simulated", read_simulated},
    {"min_tcb_eval_num", read_min_eval_num},
    {"lists", read_lists},
    {"reference_values", rt_policy_read_sets},
};

/* What only the object of one TEE may hold. */
static const struct {
    const char *tee;
    const struct rt_policy_members *members;
} special[] = {
    {"snp", &rt_policy_snp_members},
    {"az_snp_vtpm", &rt_policy_snp_members},
    {"cca", &rt_policy_cca_members},
    {"virtcca", &rt_policy_virtcca_members},
};

static const struct rt_policy_members *special_of(const char *tee)
{
    for (size_t i = 0; i < RT_COUNT(special); i++)
        if (strcmp(special[i].tee, tee) == 0)
            return special[i].members;
    return NULL;
}

static enum ratls_err read_tee(struct rt_policy_parse *p, const cJSON *object)
{
    struct rt_policy_tee *tee = &p->policy->tees[p->policy->n_tees++];

    if (!cJSON_IsObject(object) || !copy_name(tee->name, RT_POLICY_TEE_MAX, object->string,
                                              "abcdefghijklmnopqrstuvwxyz0123456789_"))
        return rt_policy_malformed(p, object->string, "is not a TEE with an object of rules");
    tee->tcb_accepted = 1U << rt_tcb_find("UpToDate") | 1U << rt_tcb_find("unrated");
    rt_policy_snp_default(&tee->snp);
    rt_policy_arm_default(&tee->arm);
    p->tee = tee;
    const struct rt_policy_members own = {tee_members, RT_COUNT(tee_members)};
    const struct rt_policy_members *const tables[] = {
        &own, &rt_policy_platform_members, &rt_policy_rules_members, special_of(tee->name), NULL};
    enum ratls_err e = rt_policy_read_object(p, object, tables);
    if (!e && tee->any_measurement && tee->measurements.n > 0)
        e = rt_policy_malformed(p, "insecure_any_measurement", "contradicts 'measurements'");
    if (!e && tee->any_measurement && tee->sets.n > 0)
        e = rt_policy_malformed(p, "insecure_any_measurement", "contradicts 'reference_values'");
    p->tee = NULL;
    return e;
}

static enum ratls_err read_tees(struct rt_policy_parse *p, const cJSON *object)
{
    const cJSON *item;
    enum ratls_err e;

    if (!cJSON_IsObject(object))
        return rt_policy_malformed(p, object->string, "must be an object");
    if (!(p->policy->tees = new_array(object, sizeof *p->policy->tees)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        if ((e = read_tee(p, item)) != RATLS_OK)
            return e;
    }
    return RATLS_OK;
}

/* "none" is left out on purpose: a policy cannot ask for no binding at all. */
static enum ratls_err read_binding(struct rt_policy_parse *p, const cJSON *item)
{
    static const enum ratls_level levels[] = {RATLS_LEVEL_KEY, RATLS_LEVEL_SESSION,
                                              RATLS_LEVEL_QUOTE};

    for (size_t i = 0; cJSON_IsString(item) && i < RT_COUNT(levels); i++) {
        if (strcmp(item->valuestring, ratls_level_name(levels[i])) == 0) {
            p->policy->level = levels[i];
            return RATLS_OK;
        }
    }
    return rt_policy_malformed(p, item->string, "must be \"key\", \"session\" or \"quote\"");
}

static enum ratls_err read_max_age(struct rt_policy_parse *p, const cJSON *item)
{
    if (!rt_json_int(item, 1, RT_POLICY_MAX_AGE_LIMIT_S, &p->policy->max_age_s))
        return rt_policy_malformed(p, item->string, "must be seconds from 1 to ten years");
    p->policy->has_max_age = true;
    return RATLS_OK;
}

/* What a service may have of its own. */
static const struct rt_policy_member general[] = {
    {"tees", read_tees},
    {"binding", read_binding},
    {"max_evidence_age_s", read_max_age},
    {"peer_names", rt_policy_read_peer_names},
    {"passports", rt_policy_read_passports},
    {"passport_status", rt_policy_read_passport_status},
    {"devices", rt_policy_read_devices},
};
static const struct rt_policy_members general_members = {general, RT_COUNT(general)};

/* ---- services ---- */

static struct rt_policy *new_policy(void)
{
    struct rt_policy *policy = calloc(1, sizeof *policy);

    if (policy)
        policy->level = RATLS_LEVEL_SESSION;
    return policy;
}

/* The members of a service, whether it is the one asked for or not. */
static enum ratls_err check_service(const struct rt_policy_parse *p, const cJSON *object)
{
    static const struct rt_policy_members *const tables[] = {&general_members, NULL};
    struct rt_policy_parse own = {.policy = new_policy(), .service = object->string, .err = p->err};

    enum ratls_err e = own.policy ? rt_policy_read_object(&own, object, tables) : RATLS_E_NO_MEMORY;
    rt_policy_free(own.policy);
    return e;
}

static enum ratls_err read_services(struct rt_policy_parse *p, const cJSON *object)
{
    const cJSON *item;
    enum ratls_err e;

    if (!cJSON_IsObject(object))
        return rt_policy_malformed(p, object->string, "must be an object");
    if (cJSON_GetArraySize(object) > RT_POLICY_MAX_NAMES)
        return rt_policy_malformed(p, object->string, "names more than 64 services");
    if (!(p->policy->services = new_array(object, sizeof *p->policy->services)))
        return RATLS_E_NO_MEMORY;
    cJSON_ArrayForEach(item, object)
    {
        struct rt_policy_text *name = &p->policy->services[p->policy->n_services++];
        if (!rt_policy_copy_text(name->p, RT_POLICY_TEXT_MAX, item->string))
            return rt_policy_malformed(p, object->string, "holds a name that no service has");
        if (!cJSON_IsObject(item) || !item->child)
            return rt_policy_malformed(p, item->string, "must be an object of members");
        if ((e = check_service(p, item)) != RATLS_OK)
            return e;
    }
    return RATLS_OK;
}

static const struct rt_policy_member whole[] = {{"services", read_services}};
static const struct rt_policy_members whole_members = {whole, RT_COUNT(whole)};

/* ---- policies ---- */

static enum ratls_err read_whole(struct rt_policy_parse *p, const cJSON *json, const cJSON *instead)
{
    static const struct rt_policy_members *const tables[] = {&general_members, &whole_members,
                                                             NULL};
    const cJSON *item;
    enum ratls_err e = RATLS_OK;

    cJSON_ArrayForEach(item, json)
    {
        if (!rt_json_member(instead, item->string))
            e = read_member(p, item, tables);
        if (e)
            return e;
    }
    cJSON_ArrayForEach(item, instead)
    {
        if ((e = read_member(p, item, tables)) != RATLS_OK)
            return e;
    }
    return e;
}

/* `instead`: members of a service, which were checked; NULL: the general ones alone. */
static enum ratls_err make_policy(const cJSON *json, const cJSON *instead, struct rt_policy **out,
                                  struct ratls_error *err)
{
    struct rt_policy_parse p = {.policy = new_policy(), .err = err};
    enum ratls_err e = p.policy ? read_whole(&p, json, instead) : RATLS_E_NO_MEMORY;

    *out = e ? NULL : p.policy;
    if (e)
        rt_policy_free(p.policy);
    return e;
}

static enum ratls_err read_policy(const cJSON *json, const char *service, struct rt_policy **out,
                                  struct ratls_error *err)
{
    if (!cJSON_IsObject(json))
        return ratls_fail(err, RATLS_E_POLICY_FORMAT, "a policy must be an object");
    if (!rt_json_member(json, "tees"))
        return ratls_fail(err, RATLS_E_POLICY_FORMAT, "policy: 'tees' is missing");
    enum ratls_err e = make_policy(json, NULL, out, err);
    const cJSON *instead =
        service ? rt_json_member(rt_json_member(json, "services"), service) : NULL;
    if (e || !instead)
        return e;
    rt_policy_free(*out);
    return make_policy(json, instead, out, err);
}

enum ratls_err rt_policy_parse_for(struct ratls_bytes text, const char *service,
                                   struct rt_policy **out, struct ratls_error *err)
{
    cJSON *json = NULL;

    *out = NULL;
    enum ratls_err e = rt_json_parse(text, RATLS_E_POLICY_FORMAT, &json, err);
    if (e == RATLS_OK)
        e = read_policy(json, service, out, err);
    rt_json_free(json);
    return e;
}

enum ratls_err rt_policy_parse(struct ratls_bytes text, struct rt_policy **out,
                               struct ratls_error *err)
{
    return rt_policy_parse_for(text, NULL, out, err);
}
