/* Attestation results of others are told on. */
#include <cjson/cJSON.h>

#include "ear.h"
#include "json.h"
#include "token_check.h"

enum { MAX_APPRAISERS = 8 };

/* ---- JSON as it was ---- */

static void put_json(struct rt_writer *w, const cJSON *json);

static void put_named(struct rt_writer *w, const cJSON *json, bool first)
{
    if (!first)
        rt_put_u8(w, ',');
    if (json->string) {
        rt_json_put_utf8(w, ratls_bytes_str(json->string));
        rt_put_u8(w, ':');
    }
    put_json(w, json);
}

/* No deeper than the strict reader went. */
static void put_json(struct rt_writer *w, const cJSON *json)
{
    const bool object = cJSON_IsObject(json);
    int64_t number = 0;

    if (object || cJSON_IsArray(json)) {
        rt_put_u8(w, object ? '{' : '[');
        for (const cJSON *item = json->child; item; item = item->next)
            put_named(w, item, item == json->child);
        rt_put_u8(w, object ? '}' : ']');
    } else if (cJSON_IsString(json)) {
        rt_json_put_utf8(w, ratls_bytes_str(json->valuestring));
    } else if (rt_json_int(json, -RT_JSON_INT_MAX, RT_JSON_INT_MAX, &number)) {
        rt_json_put_int(w, number);
    } else {
        rt_json_put_raw(w, cJSON_IsTrue(json) ? "true" : cJSON_IsFalse(json) ? "false" : "null");
    }
}

static void put_member(struct rt_writer *w, const cJSON *object, const char *name)
{
    const cJSON *json = rt_json_member(object, name);

    if (json)
        put_named(w, json, false);
}

/* ---- who appraised ---- */

static enum ratls_err put_appraisers(struct rt_writer *w, const cJSON *submod, const char *iss,
                                     struct ratls_error *err)
{
    const cJSON *list = rt_json_member(submod, RT_EAR_APPRAISERS), *item;
    bool good = !list || (cJSON_IsArray(list) && cJSON_GetArraySize(list) < MAX_APPRAISERS);

    rt_ear_put_name(w, RT_EAR_APPRAISERS);
    rt_put_u8(w, '[');
    cJSON_ArrayForEach(item, list)
    {
        good = good && rt_is_token_text(cJSON_GetStringValue(item), RT_MAX_TOKEN_TEXT);
        if (!good)
            break;
        rt_json_put_text(w, item->valuestring);
        rt_put_u8(w, ',');
    }
    rt_json_put_text(w, iss);
    rt_put_u8(w, ']');
    return good ? RATLS_OK
                : ratls_fail(err, RATLS_E_TOKEN_FORMAT, "token: '%s' is no list of at most %d",
                             RT_EAR_APPRAISERS, MAX_APPRAISERS - 1);
}

static enum ratls_err put_submodule(struct rt_writer *w, const cJSON *submod, const char *iss,
                                    struct ratls_error *err)
{
    const cJSON *member;
    bool first = true;

    rt_ear_put_name(w, submod->string);
    rt_put_u8(w, '{');
    cJSON_ArrayForEach(member, submod)
    {
        if (strcmp(member->string, RT_EAR_APPRAISERS) == 0)
            continue;
        put_named(w, member, first);
        first = false;
    }
    enum ratls_err e = put_appraisers(w, submod, iss, err);
    rt_put_u8(w, '}');
    return e;
}

/* ---- the result ---- */

static const struct rt_ear_names *names_of(const struct ratls_token *token)
{
    const struct ratls_claim *profile = ratls_claims_get(token->claims, "ear.profile");
    const struct rt_ear_names *names = NULL;

    for (size_t i = 0; profile && (names = rt_ear_names(i)) != NULL; i++)
        if (strcmp(names->profile, profile->text) == 0)
            return names;
    return NULL;
}

static enum ratls_err put_result(struct rt_writer *w, const struct ratls_token *token,
                                 const cJSON *claims, struct ratls_error *err)
{
    const struct rt_ear_names *names = names_of(token);
    const cJSON *submod;
    enum ratls_err e = RATLS_OK;

    put_member(w, claims, "eat_profile");
    put_member(w, claims, names->verifier);
    put_member(w, claims, names->status);
    rt_ear_put_name(w, "submods");
    rt_put_u8(w, '{');
    cJSON_ArrayForEach(submod, rt_json_member(claims, "submods"))
    {
        if (!e)
            e = put_submodule(w, submod, ratls_token_issuer(token), err);
    }
    rt_put_u8(w, '}');
    return e;
}

static enum ratls_err refuse_token(const struct ratls_token *token, const struct ratls_ear *what,
                                   struct ratls_error *err)
{
    const char *fault = rt_ear_fault(what);

    if (!fault && !names_of(token))
        fault = "the token is none";
    if (fault)
        return ratls_fail(err, RATLS_E_USAGE, "attestation result: %s", fault);
    if (!token->bound)
        return ratls_fail(err, RATLS_E_TOKEN_BINDING, "token: it is not bound to a key ('cnf')");
    return RATLS_OK;
}

enum ratls_err ratls_ear_payload_from(const struct ratls_env *env, const struct ratls_token *token,
                                      const struct ratls_ear *what, struct ratls_buffer *json,
                                      struct ratls_error *err)
{
    const struct ratls_ear_subject subject = {.expires = token->expires};
    struct rt_writer w = {0};
    cJSON *claims = NULL;
    enum ratls_err e = refuse_token(token, what, err);

    *json = (struct ratls_buffer){0};
    if (!e)
        e = rt_json_parse(ratls_token_json(token), RATLS_E_TOKEN_FORMAT, &claims, err);
    if (e)
        return e;
    rt_put_u8(&w, '{');
    if ((e = rt_ear_put_head(&w, env, &subject, what, err)) == RATLS_OK) {
        e = put_result(&w, token, claims, err);
        rt_put_u8(&w, '}');
    }
    rt_json_free(claims);
    if (!e)
        return rt_writer_take(&w, json);
    rt_writer_free(&w);
    return e;
}
