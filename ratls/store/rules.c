#include "rules.h"

#include <cjson/cJSON.h>

#include "document.h"
#include "json.h"
#include "ratls/appraise.h"

enum { MAX_VALUE = 256 }; /* bytes of a measurement, key digest or platform id */

/* ---- bodies ---- */

static enum ratls_err parse_body(const struct ratls_store_item *item, cJSON **out,
                                 struct ratls_error *err)
{
    return rt_json_parse_up_to(item->body, RT_MAX_BODY, RATLS_E_TRUST_FORMAT, out, err);
}

static bool hex_of(const cJSON *text, uint8_t out[MAX_VALUE], size_t *len)
{
    *len = MAX_VALUE;
    return cJSON_IsString(text) &&
           rt_unhex(text->valuestring, strnlen(text->valuestring, 2 * MAX_VALUE + 1), out, len) &&
           *len > 0;
}

/* The core judges what it will have to read. */
static enum ratls_err ask_core(const struct ratls_env *env, struct ratls_bytes document,
                               struct ratls_error *err)
{
    struct ratls_env quiet = *env;
    struct ratls_trust *trust = NULL;

    quiet.log = NULL;
    enum ratls_err e = ratls_trust_new(&quiet, &trust);
    if (!e)
        e = ratls_trust_add_document(trust, document, err);
    ratls_trust_unref(trust);
    return e;
}

enum ratls_err rt_rule_valid(const struct ratls_env *env, const struct ratls_store_item *item,
                             struct ratls_error *err)
{
    struct ratls_buffer json = {0};
    enum ratls_err e = rt_document_of_item(item, &json);

    if (!e)
        e = ask_core(env, rt_bytes_of(&json), err);
    ratls_buffer_free(&json);
    return e;
}

/* ---- versions and states ---- */

enum ratls_err rt_rule_newest(const struct rt_snapshot *now, const struct ratls_store_ref *ref,
                              struct ratls_error *err)
{
    int64_t highest = rt_snapshot_highest(now, ref);

    if (ref->version > highest)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_ROLLBACK, "%s %s: version %lld is not above %lld, which exists",
                      ref->kind, ref->name, (long long)ref->version, (long long)highest);
}

enum ratls_err rt_rule_not_secret(const struct ratls_store_ref *ref, enum ratls_err code,
                                  struct ratls_error *err)
{
    if (!rt_is_secret(ref))
        return RATLS_OK;
    return ratls_fail(err, code, "'kind' is none of refval, anchor, policy, revocation");
}

enum ratls_err rt_rule_transition(const struct rt_entry *item, enum rt_state to,
                                  struct ratls_error *err)
{
    const char *from_name = rt_state_name(item->state), *to_name = rt_state_name(to);

    if (strcmp(item->view.ref.kind, "revocation") == 0)
        return ratls_fail(err, RATLS_E_STATE, "a revocation stays as it is");
    if (to < item->state)
        return ratls_fail(err, RATLS_E_ROLLBACK, "what is %s never is %s again", from_name,
                          to_name);
    if (to == item->state)
        return ratls_fail(err, RATLS_E_STATE, "it is %s already", to_name);
    if (item->state == RT_DRAFT && to == RT_SUPERSEDED)
        return ratls_fail(err, RATLS_E_STATE, "a draft is not superseded, but revoked");
    return RATLS_OK;
}

/* ---- revoked measurements ---- */

/* None of the revocations needs to be read. */
static enum ratls_err check_value(const struct rt_snapshot *now, const char *tee,
                                  struct ratls_bytes value, struct ratls_error *err)
{
    const char *const tees[] = {"", tee};
    char name[RATLS_STORE_NAME_MAX + 1];
    enum ratls_err e = rt_revocation_name("measurement", value, name);

    for (size_t i = 0; !e && i < RT_COUNT(tees); i++) {
        const struct ratls_store_ref ref = {.kind = "revocation", .tee = tees[i], .name = name};
        if (rt_snapshot_find(now, &ref))
            e = ratls_fail(err, RATLS_E_REFVAL_REVOKED, "it holds a measurement that %s revokes",
                           name);
    }
    return e;
}

/* What is no hex is no measurement. */
static enum ratls_err check_values(const struct rt_snapshot *now, const char *tee,
                                   const cJSON *values, struct ratls_error *err)
{
    uint8_t value[MAX_VALUE];
    size_t len;
    enum ratls_err e = RATLS_OK;

    for (const cJSON *v = cJSON_IsArray(values) ? values->child : NULL; !e && v; v = v->next)
        if (hex_of(v, value, &len))
            e = check_value(now, tee, ratls_bytes(value, len), err);
    return e;
}

enum ratls_err rt_rule_not_revoked(const struct rt_snapshot *now,
                                   const struct ratls_store_item *item, struct ratls_error *err)
{
    cJSON *body = NULL;

    if (strcmp(item->ref.kind, "refval") != 0)
        return RATLS_OK;
    enum ratls_err e = parse_body(item, &body, err);
    if (!e)
        e = check_values(now, item->ref.tee, rt_json_member(body, "measurements"), err);
    if (!e)
        e = check_values(now, item->ref.tee,
                         rt_json_member(rt_json_member(body, "claims"), "measurement"), err);
    rt_json_free(body);
    return e;
}

/* ---- limits ---- */

enum ratls_err rt_rule_fits(const struct ratls_env *env, const struct rt_snapshot *now,
                            struct ratls_error *err)
{
    struct ratls_buffer json = {0};
    struct ratls_error why = {0};
    enum ratls_err e = rt_document_write(now, &json, err);

    if (!e)
        e = ask_core(env, rt_bytes_of(&json), &why);
    if (e == RATLS_E_TRUST_FORMAT)
        e = ratls_fail(err, RATLS_E_LIMIT, "the document of all items: %s", why.detail);
    ratls_buffer_free(&json);
    return e;
}
