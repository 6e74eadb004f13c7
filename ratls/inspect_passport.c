/* What a passport says of itself. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "compact.h"
#include "describe.h"
#include "dialect.h"
#include "ear.h"
#include "jwk.h"
#include "json.h"
#include "passport.h"

#define MAX_TEXT 256 /* what verifiers take of one */

static void tell_text(struct ratls_claims *to, const char *claim, const cJSON *from,
                      const char *name)
{
    const char *text = rt_token_text(from, name, MAX_TEXT);

    if (text)
        (void)ratls_claims_set_text(to, claim, text);
}

static void tell_time(struct ratls_claims *to, const char *claim, const cJSON *from,
                      const char *name)
{
    int64_t seconds;

    if (rt_json_int(rt_json_member(from, name), 0, RT_JSON_INT_MAX, &seconds))
        rt_describe_time(to, claim, seconds);
}

/* The names of the profile that it is of; NULL: of none that is known. */
static const struct rt_ear_names *names_of(const cJSON *claims)
{
    const char *profile = rt_token_text(claims, "eat_profile", MAX_TEXT);
    const struct rt_ear_names *names = NULL;

    for (size_t i = 0; profile && (names = rt_ear_names(i)) != NULL; i++)
        if (strcmp(names->profile, profile) == 0)
            return names;
    return NULL;
}

/* The one that is of no device; NULL: there is another number of them. */
static const cJSON *find_tee(const cJSON *submods)
{
    const cJSON *submod, *tee = NULL;

    cJSON_ArrayForEach(submod, submods)
    {
        if (rt_json_member(submod, RT_EAR_DEVICE))
            continue;
        if (tee)
            return NULL;
        tee = submod;
    }
    return tee;
}

/* "gpu0: nvidia, affirming" */
static void tell_device(struct ratls_claims *to, const cJSON *submod, const char *status)
{
    const char *kind = rt_token_text(submod, RT_EAR_DEVICE, MAX_TEXT);
    const char *said = status ? rt_token_text(submod, status, MAX_TEXT) : NULL;
    char text[3 * MAX_TEXT + 8];

    if (!kind || !rt_is_token_text(submod->string, MAX_TEXT))
        return;
    (void)snprintf(text, sizeof text, "%s: %s, %s", submod->string, kind, said ? said : "unknown");
    (void)ratls_claims_add_item(to, "passport.devices", text);
}

static void tell_submods(struct ratls_claims *to, const cJSON *claims)
{
    const struct rt_ear_names *names = names_of(claims);
    const cJSON *submods = rt_json_member(claims, "submods"), *submod;

    if (!cJSON_IsObject(submods))
        return;
    cJSON_ArrayForEach(submod, submods) tell_device(to, submod, names ? names->status : NULL);
    const cJSON *one = find_tee(submods);
    if (!one || strlen(one->string) > MAX_TEXT)
        return;
    if (rt_is_token_text(one->string, MAX_TEXT))
        (void)ratls_claims_set_text(to, "passport.tee", one->string);
    if (names)
        tell_text(to, "passport.status", one, names->status);
    (void)ratls_claims_set_bool(to, "passport.names_ak", rt_json_member(one, RT_EAR_AK) != NULL);
}

static void tell(struct ratls_claims *to, const struct rt_compact *jws)
{
    const cJSON *cnf = rt_json_member(jws->claims, "cnf");

    tell_text(to, "passport.issuer", jws->claims, "iss");
    tell_text(to, "passport.key", jws->header, "kid");
    tell_text(to, "passport.audience", jws->claims, "aud");
    tell_text(to, "passport.profile", jws->claims, "eat_profile");
    tell_submods(to, jws->claims);
    tell_time(to, "passport.issued", jws->claims, "iat");
    tell_time(to, "passport.not_before", jws->claims, "nbf");
    tell_time(to, "passport.expires", jws->claims, "exp");
    tell_text(to, "passport.cnf.jkt", cnf, "jkt");
    tell_text(to, "passport.cnf.x5t_s256", cnf, "x5t#S256");
}

enum ratls_err rt_inspect_passport(const struct rt_cert_evidence *ev, struct ratls_claims *claims)
{
    struct ratls_buffer text = {0};
    struct rt_compact jws = {0};
    enum ratls_err e = rt_passport_token(ev, &text, NULL);

    if (!e)
        e = rt_compact_read(rt_bytes_of(&text), rt_dialect_of(RATLS_DIALECT_STRICT), &jws, NULL);
    if (!e)
        tell(claims, &jws);
    rt_compact_free(&jws);
    ratls_buffer_free(&text);
    return e;
}
