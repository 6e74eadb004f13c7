/* Attestation results of others, behind their signature. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "crypto.h"
#include "ear.h"
#include "json.h"
#include "token_check.h"

enum { MAX_SUBMODS = 1 + RATLS_EAR_DEVICES, MAX_POLICIES = 16, MAX_CLAIM_NAME = 64 };

/* What all submodules say together. */
struct result {
    struct rt_token_check *c;
    const struct rt_ear_names *names;
    const char *profile, *tee; /* of the token; of the last submodule that is no device's */
    const cJSON *of_tee;       /* that one */
    size_t n_tees;
    enum rt_ear_status status; /* the worst */
    int8_t vector[RATLS_VECTOR_LEN][MAX_SUBMODS];
    size_t n;
    struct rt_token_device *device; /* that the submodule is about; NULL: the TEE */
    bool simulated;
    int64_t level; /* the lowest; -1: somebody does not say */
};

/* ---- status (draft-ietf-rats-ear, "Trustworthiness Tiers") ---- */

static enum ratls_err read_status(struct result *r, const cJSON *object, enum rt_ear_status *out)
{
    const char *text = cJSON_GetStringValue(rt_json_member(object, r->names->status));

    if (!text)
        return rt_token_malformed(r->c, r->names->status);
    if (!rt_ear_status_find(text, out))
        return ratls_fail(r->c->err, RATLS_E_TOKEN_STATUS, "token: nobody knows the status '%s'",
                          text);
    return RATLS_OK;
}

static enum ratls_err refuse_better(struct result *r, enum rt_ear_status said,
                                    enum rt_ear_status due, const char *of)
{
    if (said >= due)
        return RATLS_OK;
    return ratls_fail(r->c->err, RATLS_E_TOKEN_STATUS, "token: status '%s' of what is %s by its %s",
                      rt_ear_status_text(said), rt_ear_status_text(due), of);
}

static bool member_index(const char *name, size_t *out)
{
    for (*out = 0; *out < RATLS_VECTOR_LEN; ++*out)
        if (strcmp(ratls_vector_name(*out), name) == 0)
            return true;
    return false;
}

/* One that is not there says nothing, and affirms nothing. */
static enum ratls_err read_vector(struct result *r, const cJSON *submod, int8_t *out)
{
    const cJSON *vector = rt_json_member(submod, r->names->vector), *member;
    int64_t value;
    size_t at;

    if (vector && !cJSON_IsObject(vector))
        return rt_token_malformed(r->c, r->names->vector);
    cJSON_ArrayForEach(member, vector)
    {
        if (!member_index(member->string, &at) || !rt_json_int(member, INT8_MIN, INT8_MAX, &value))
            return rt_token_malformed(r->c, member->string);
        out[at] = (int8_t)value;
    }
    return RATLS_OK;
}

static enum ratls_err check_status(struct result *r, const cJSON *submod)
{
    int8_t vector[RATLS_VECTOR_LEN] = {0};
    enum rt_ear_status status;
    enum ratls_err e;

    if ((e = read_status(r, submod, &status)) != RATLS_OK ||
        (e = read_vector(r, submod, vector)) != RATLS_OK ||
        (e = refuse_better(r, status, rt_ear_status_of(vector), "vector")) != RATLS_OK)
        return e;
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        r->vector[i][r->n] = vector[i];
    r->status = status > r->status ? status : r->status;
    if (r->device) {
        r->device->status = status;
        memcpy(r->device->of.vector, vector, sizeof vector);
    }
    return RATLS_OK;
}

/* ---- our own extensions ---- */

static enum ratls_err read_level(struct result *r, const cJSON *submod)
{
    const cJSON *json = rt_json_member(submod, RT_EAR_LEVEL);
    int64_t level = -1;

    if (json && !rt_json_int(json, RATLS_LEVEL_NONE, RATLS_LEVEL_QUOTE, &level))
        return rt_token_malformed(r->c, RT_EAR_LEVEL);
    if (r->n == 0 || level < r->level)
        r->level = level;
    return RATLS_OK;
}

/* Trustee's TEEs that are none (kbs_types::Tee). */
static bool is_sample(const struct result *r)
{
    return !r->device && r->c->dialect->annotated && strncmp(r->tee, "sample", 6) == 0;
}

static enum ratls_err read_simulated(struct result *r, const cJSON *submod)
{
    const cJSON *json = rt_json_member(submod, RT_EAR_SIMULATED);
    enum rt_ear_status status;

    if (json && !cJSON_IsBool(json))
        return rt_token_malformed(r->c, RT_EAR_SIMULATED);
    if (!cJSON_IsTrue(json) && !is_sample(r))
        return RATLS_OK;
    r->simulated = true;
    if (r->device)
        r->device->of.simulated = true;
    enum ratls_err e = read_status(r, submod, &status);
    return e ? e : refuse_better(r, status, RT_EAR_NONE, "simulator");
}

enum ratls_err rt_ear_read_ak(const cJSON *submod, struct ratls_buffer *out)
{
    const cJSON *json = rt_json_member(submod, RT_EAR_AK);
    const char *text = cJSON_GetStringValue(json);
    struct rt_public_key key;
    size_t len = RT_SPKI_MAX;

    *out = (struct ratls_buffer){0};
    if (!json)
        return RATLS_OK;
    if (!(out->p = malloc(RT_SPKI_MAX)))
        return RATLS_E_NO_MEMORY;
    if (text && rt_unbase64url(text, strlen(text), out->p, &len)) {
        out->len = len;
        if (rt_public_key_parse(rt_bytes_of(out), &key, NULL) == RATLS_OK &&
            key.type == RT_KEY_P256)
            return RATLS_OK;
    }
    ratls_buffer_free(out);
    return RATLS_E_TOKEN_FORMAT;
}

static enum ratls_err read_ak(struct result *r, const cJSON *submod)
{
    enum ratls_err e = rt_ear_read_ak(submod, &r->c->token->ak_spki);

    return e == RATLS_E_TOKEN_FORMAT ? rt_token_malformed(r->c, RT_EAR_AK) : e;
}

/* ---- a submodule ---- */

static enum ratls_err read_policies(struct result *r, const cJSON *submod)
{
    const cJSON *json = rt_json_member(submod, r->names->policy), *item;
    const bool list = r->names->policy_is_list;
    int n = 0;

    if (!json)
        return RATLS_OK;
    if (list != cJSON_IsArray(json))
        return rt_token_malformed(r->c, r->names->policy);
    for (item = list ? json->child : json; item; item = list ? item->next : NULL) {
        const char *text = cJSON_GetStringValue(item);
        if (!rt_is_token_text(text, RT_MAX_TOKEN_TEXT) || ++n > MAX_POLICIES)
            return rt_token_malformed(r->c, r->names->policy);
        ratls_claims_add_item(r->c->token->claims, "ear.policy", text);
    }
    return RATLS_OK;
}

/* Trustee's submodules of devices look like those of TEEs (kbs_types::Tee). */
static bool is_device_of_trustee(const struct result *r, const char *tee)
{
    return r->c->dialect->annotated && strcmp(tee, "nvidia") == 0;
}

/* Which TEE is it about, and is that the one that was asked for? Or it is of a device beside it. */
static enum ratls_err read_tee(struct result *r, const cJSON *submod)
{
    const cJSON *device = rt_json_member(submod, RT_EAR_DEVICE);
    const char *tee = submod->string;
    enum ratls_err e = RATLS_OK;

    r->device = NULL;
    if (device)
        return rt_ear_read_device(r->c, r->names, submod, cJSON_GetStringValue(device), &r->device);
    if (r->c->dialect->annotated)
        e = rt_ear_check_annotated(r->c, rt_json_member(submod, r->names->claims), &tee);
    if (!e && is_device_of_trustee(r, tee))
        return rt_ear_read_device(r->c, r->names, submod, tee, &r->device);
    r->tee = tee;
    r->of_tee = submod;
    r->n_tees++;
    if (e || !r->c->rules->tee || strcmp(tee, r->c->rules->tee) == 0)
        return e;
    return ratls_fail(r->c->err, RATLS_E_TOKEN_BINDING, "token: about '%s', not '%s'", tee,
                      r->c->rules->tee);
}

static enum ratls_err read_submodule(struct result *r, const cJSON *submod)
{
    enum ratls_err e;

    if (r->n == MAX_SUBMODS || !rt_is_token_text(submod->string, RT_MAX_TOKEN_TEXT) ||
        !cJSON_IsObject(submod))
        return rt_token_malformed(r->c, "submods");
    if ((e = read_tee(r, submod)) != RATLS_OK || (e = check_status(r, submod)) != RATLS_OK ||
        (e = read_policies(r, submod)) != RATLS_OK || (e = read_level(r, submod)) != RATLS_OK ||
        (e = read_simulated(r, submod)) != RATLS_OK)
        return e;
    r->n++;
    ratls_claims_add_item(r->c->token->claims, "ear.submods", submod->string);
    return RATLS_OK;
}

/* What is of one piece of evidence has a meaning only where there is no other. */
static enum ratls_err read_only_one(struct result *r, const cJSON *submod)
{
    enum ratls_err e = read_ak(r, submod);

    ratls_claims_set_text(r->c->token->claims, "ear.tee", r->tee);
    return e ? e : rt_ear_read_claims(r->c, r->names, submod, r->c->token->raw_claims);
}

/* ---- the whole ---- */

static enum ratls_err find_profile(struct result *r)
{
    const char *profile = cJSON_GetStringValue(rt_json_member(r->c->claims, "eat_profile"));

    if (!profile)
        return rt_token_malformed(r->c, "eat_profile");
    r->profile = profile;
    if (r->c->dialect->profile && strcmp(r->c->dialect->profile, profile) == 0) {
        r->names = rt_ear_names(1);
        return RATLS_OK;
    }
    for (size_t i = 0; (r->names = rt_ear_names(i)) != NULL; i++)
        if (strcmp(r->names->profile, profile) == 0)
            return RATLS_OK;
    return ratls_fail(r->c->err, RATLS_E_TOKEN_TYPE, "token: profile '%s'", profile);
}

static enum ratls_err read_verifier(struct result *r)
{
    const cJSON *id = rt_json_member(r->c->claims, r->names->verifier);

    if (!rt_token_text(id, "developer", RT_MAX_TOKEN_TEXT) ||
        !rt_token_text(id, "build", RT_MAX_TOKEN_TEXT))
        return rt_token_malformed(r->c, r->names->verifier);
    return RATLS_OK;
}

static enum ratls_err read_submodules(struct result *r)
{
    const cJSON *submods = rt_json_member(r->c->claims, "submods"), *submod;
    enum ratls_err e = RATLS_OK;

    if (!cJSON_IsObject(submods) || !submods->child)
        return rt_token_malformed(r->c, "submods");
    for (submod = submods->child; submod && !e; submod = submod->next)
        e = read_submodule(r, submod);
    if (!e && r->n_tees == 0) /* devices alone vouch for nobody */
        return rt_token_malformed(r->c, "submods");
    return !e && r->n_tees == 1 ? read_only_one(r, r->of_tee) : e;
}

/* One for all of them may be there as well. */
static enum ratls_err check_overall(struct result *r)
{
    enum rt_ear_status said;

    if (!rt_json_member(r->c->claims, r->names->status))
        return RATLS_OK;
    enum ratls_err e = read_status(r, r->c->claims, &said);
    if (!e)
        e = refuse_better(r, said, r->status, "submodules");
    if (!e)
        r->status = said;
    return e;
}

static enum ratls_err judge(const struct result *r)
{
    const struct ratls_token_rules *rules = r->c->rules;
    bool accepted = false;

    switch (r->status) {
    case RT_EAR_AFFIRMING:
        accepted = true;
        break;
    case RT_EAR_NONE:
        accepted = rules->insecure_allow_none;
        break;
    case RT_EAR_WARNING:
        accepted = rules->allow_warning;
        break;
    case RT_EAR_CONTRAINDICATED:
        break;
    }
    return accepted ? RATLS_OK
                    : ratls_fail(r->c->err, RATLS_E_TOKEN_STATUS, "token: status '%s'",
                                 rt_ear_status_text(r->status));
}

static void tell_vector(const struct result *r)
{
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++) {
        enum rt_ear_status worst = RT_EAR_AFFIRMING;
        bool said = false;
        for (size_t k = 0; k < r->n; k++) {
            const int8_t alone[RATLS_VECTOR_LEN] = {r->vector[i][k]};
            const enum rt_ear_status status = rt_ear_status_of(alone);
            said = said || alone[0] != 0;
            worst = status > worst ? status : worst;
        }
        char name[MAX_CLAIM_NAME];
        (void)snprintf(name, sizeof name, "ear.%s", ratls_vector_name(i));
        for (char *p = name; *p; p++)
            *p = *p == '-' ? '_' : *p;
        if (said)
            ratls_claims_set_text(r->c->token->claims, name, rt_ear_status_text(worst));
    }
}

static void tell(const struct result *r)
{
    struct ratls_claims *claims = r->c->token->claims;

    ratls_claims_set_text(claims, "ear.profile", r->profile);
    ratls_claims_set_text(claims, "ear.status", rt_ear_status_text(r->status));
    ratls_claims_set_bool(claims, "ear.simulated", r->simulated);
    if (r->level >= 0)
        ratls_claims_set_uint(claims, "ear.level", (uint64_t)r->level);
    tell_vector(r);
}

enum ratls_err rt_ear_check(struct rt_token_check *c)
{
    struct result r = {.c = c, .level = -1};
    enum ratls_err e;

    if ((e = find_profile(&r)) != RATLS_OK || (e = read_verifier(&r)) != RATLS_OK ||
        (e = read_submodules(&r)) != RATLS_OK || (e = check_overall(&r)) != RATLS_OK ||
        (e = judge(&r)) != RATLS_OK)
        return e;
    tell(&r);
    return RATLS_OK;
}
