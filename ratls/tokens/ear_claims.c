/* What an issuer tells of evidence: its claims, and of which device they are. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "ear.h"
#include "json.h"
#include "token_check.h"

/* ---- claims ---- */

static bool set_list(struct ratls_claims *out, const cJSON *list)
{
    const cJSON *item;

    (void)ratls_claims_add_item(out, list->string, NULL);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return false;
        (void)ratls_claims_add_item(out, list->string, item->valuestring);
    }
    return true;
}

static bool set_claim(struct ratls_claims *out, const cJSON *json)
{
    int64_t number;

    if (cJSON_IsArray(json))
        return set_list(out, json);
    if (cJSON_IsBool(json))
        (void)ratls_claims_set_bool(out, json->string, cJSON_IsTrue(json));
    else if (cJSON_IsString(json))
        (void)ratls_claims_set_text(out, json->string, json->valuestring);
    else if (rt_json_int(json, 0, RT_JSON_INT_MAX, &number))
        (void)ratls_claims_set_uint(out, json->string, (uint64_t)number);
    else
        return false;
    return true;
}

enum ratls_err rt_ear_read_claims(struct rt_token_check *c, const struct rt_ear_names *names,
                                  const cJSON *submod, struct ratls_claims *out)
{
    const cJSON *claims = rt_json_member(submod, names->claims), *claim;
    bool good = !claims || cJSON_IsObject(claims);

    if (!names->claims_are_ours)
        return RATLS_OK;
    cJSON_ArrayForEach(claim, claims)
    {
        good = good && set_claim(out, claim) && ratls_claims_status(out) == RATLS_OK;
    }
    if (ratls_claims_status(out) == RATLS_E_NO_MEMORY)
        return RATLS_E_NO_MEMORY;
    return good ? RATLS_OK : rt_token_malformed(c, names->claims);
}

/* ---- devices ---- */

static bool is_name(const char *text, size_t max, const char *more)
{
    const size_t len = text ? strlen(text) : 0;

    for (size_t i = 0; i < len; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
            !strchr(more, text[i]))
            return false;
    return len > 0 && len <= max;
}

enum ratls_err rt_ear_read_device(struct rt_token_check *c, const struct rt_ear_names *names,
                                  const cJSON *submod, const char *kind,
                                  struct rt_token_device **out)
{
    struct ratls_token *token = c->token;
    struct rt_token_device *d = &token->device[token->n_devices];

    if (token->n_devices == RATLS_EAR_DEVICES ||
        !is_name(submod->string, sizeof d->of.label - 1, "_-"))
        return rt_token_malformed(c, "submods");
    if (!is_name(kind, sizeof d->of.kind - 1, "_"))
        return rt_token_malformed(c, RT_EAR_DEVICE);
    if (!(d->claims = ratls_claims_new()))
        return RATLS_E_NO_MEMORY;
    token->n_devices++;
    (void)snprintf(d->of.label, sizeof d->of.label, "%s", submod->string);
    (void)snprintf(d->of.kind, sizeof d->of.kind, "%s", kind);
    d->of.claims = d->claims;
    *out = d;
    return rt_ear_read_claims(c, names, submod, d->claims);
}

size_t ratls_token_devices(const struct ratls_token *token)
{
    return token->n_devices;
}

const struct ratls_ear_device *ratls_token_device(const struct ratls_token *token, size_t i,
                                                  const char **status)
{
    if (i >= token->n_devices)
        return NULL;
    if (status)
        *status = rt_ear_status_text(token->device[i].status);
    return &token->device[i].of;
}
