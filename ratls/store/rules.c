#include "rules.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "crypto.h"
#include "document.h"
#include "json.h"

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

/* Its name says which value it is about, so that nobody revokes the same one twice, or believes a
 * name. */
static enum ratls_err check_revocation(const struct ratls_store_item *item, const cJSON *body,
                                       struct ratls_error *err)
{
    static const char *const kinds[] = {"measurement", "key", "platform"};
    const cJSON *what = rt_json_member(body, "what");
    uint8_t value[MAX_VALUE], digest[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];
    size_t i = 0, len;

    while (i < RT_COUNT(kinds) &&
           !(cJSON_IsString(what) && strcmp(what->valuestring, kinds[i]) == 0))
        i++;
    if (i == RT_COUNT(kinds))
        return ratls_fail(err, RATLS_E_TRUST_FORMAT,
                          "'what' is none of measurement, key, platform");
    if (!hex_of(rt_json_member(body, "value"), value, &len))
        return ratls_fail(err, RATLS_E_TRUST_FORMAT, "'value' is no hex of 1 to %d bytes",
                          MAX_VALUE);
    enum ratls_err e = rt_sha256(ratls_bytes(value, len), digest);
    if (e)
        return e;
    rt_hex(ratls_bytes(digest, sizeof digest), hex);
    hex[32] = 0;
    size_t head = strlen(kinds[i]);
    if (strncmp(item->ref.name, kinds[i], head) != 0 || item->ref.name[head] != '-' ||
        strcmp(item->ref.name + head + 1, hex) != 0)
        return ratls_fail(err, RATLS_E_TRUST_FORMAT, "the name of this revocation is %s-%s",
                          kinds[i], hex);
    return RATLS_OK;
}

/* The core judges bodies, because it will have to read them. */
static enum ratls_err validate_item(const struct ratls_env *env,
                                    const struct ratls_store_item *item, const cJSON *body,
                                    struct ratls_error *err)
{
    (void)env;
    (void)item;
    return cJSON_IsObject(body) ? RATLS_OK
                                : ratls_fail(err, RATLS_E_TRUST_FORMAT, "'body' is no object");
}

enum ratls_err rt_rule_valid(const struct ratls_env *env, const struct ratls_store_item *item,
                             struct ratls_error *err)
{
    cJSON *body = NULL;
    enum ratls_err e = parse_body(item, &body, err);

    if (!e)
        e = validate_item(env, item, body, err);
    if (!e && strcmp(item->ref.kind, "revocation") == 0)
        e = check_revocation(item, body, err);
    rt_json_free(body);
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

enum ratls_err rt_rule_transition(const struct rt_item *item, enum rt_state to,
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

static bool is_measurement_revocation(const struct ratls_store_ref *ref, const char *tee)
{
    return strcmp(ref->kind, "revocation") == 0 && (!*ref->tee || strcmp(ref->tee, tee) == 0) &&
           strncmp(ref->name, "measurement-", strlen("measurement-")) == 0;
}

static bool lists(const cJSON *values, const uint8_t *value, size_t len)
{
    uint8_t listed[MAX_VALUE];
    size_t n;

    for (const cJSON *v = cJSON_IsArray(values) ? values->child : NULL; v; v = v->next)
        if (hex_of(v, listed, &n) && n == len && memcmp(listed, value, len) == 0)
            return true;
    return false;
}

/* Does `revocation` name a measurement of the reference value `body`? */
static enum ratls_err check_against(const struct ratls_store_item *revocation, const cJSON *body,
                                    struct ratls_error *err)
{
    const cJSON *claims = rt_json_member(body, "claims");
    uint8_t value[MAX_VALUE];
    cJSON *revoked = NULL;
    size_t len;
    enum ratls_err e = parse_body(revocation, &revoked, err);

    if (!e && !hex_of(rt_json_member(revoked, "value"), value, &len))
        e = ratls_fail(err, RATLS_E_INTERNAL, "%s revokes no value", revocation->ref.name);
    if (!e && (lists(rt_json_member(body, "measurements"), value, len) ||
               lists(rt_json_member(claims, "measurement"), value, len)))
        e = ratls_fail(err, RATLS_E_REFVAL_REVOKED, "it holds a measurement that %s revokes",
                       revocation->ref.name);
    rt_json_free(revoked);
    return e;
}

enum ratls_err rt_rule_not_revoked(const struct rt_snapshot *now,
                                   const struct ratls_store_item *item, struct ratls_error *err)
{
    cJSON *body = NULL;

    if (strcmp(item->ref.kind, "refval") != 0)
        return RATLS_OK;
    enum ratls_err e = parse_body(item, &body, err);
    for (size_t i = 0; !e && i < now->n; i++)
        if (is_measurement_revocation(&now->items[i].view.ref, item->ref.tee))
            e = check_against(&now->items[i].view, body, err);
    rt_json_free(body);
    return e;
}

/* ---- limits ---- */

bool rt_rule_counts(enum rt_state s)
{
    return s == RT_ACTIVE || s == RT_REVOKED;
}

enum ratls_err rt_rule_fits(const struct rt_snapshot *now, struct ratls_error *err)
{
    struct ratls_buffer json = {0};
    enum ratls_err e = rt_document_write(now, &json, err);

    ratls_buffer_free(&json);
    return e;
}
