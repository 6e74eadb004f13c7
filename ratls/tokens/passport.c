/* Attestation results about oneself. */
#include "passport.h"

#include <cjson/cJSON.h>

#include "compact.h"
#include "ear.h"
#include "issuers.h"
#include "json.h"

static enum ratls_err malformed(struct ratls_error *err, const char *name)
{
    return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "passport: '%s' is malformed or missing", name);
}

static enum ratls_err look_at_key(const cJSON *claims, struct rt_passport *out,
                                  struct ratls_error *err)
{
    const char *jkt = rt_token_text(rt_json_member(claims, "cnf"), "jkt", RATLS_JWK_THUMB_LEN);

    if (!jkt || strlen(jkt) != RATLS_JWK_THUMB_LEN)
        return ratls_fail(err, RATLS_E_TOKEN_BINDING, "passport: it names no TLS key");
    memcpy(out->jkt, jkt, sizeof out->jkt);
    return RATLS_OK;
}

static bool look_at_device(const char *label, struct rt_passport *out)
{
    if (out->n_devices == RATLS_EAR_DEVICES || strlen(label) >= RATLS_DEVICE_LABEL_LEN)
        return false;
    memcpy(out->device[out->n_devices++], label, strlen(label) + 1);
    return true;
}

/* As verifiers do: what is said of one of several TEEs is said of none. */
static bool look_at_submods(const cJSON *submods, struct rt_passport *out, const cJSON **tee)
{
    const cJSON *submod;
    bool good = cJSON_IsObject(submods);

    *tee = NULL;
    cJSON_ArrayForEach(submod, submods)
    {
        const bool device = rt_json_member(submod, RT_EAR_DEVICE) != NULL;
        good = good && (device ? look_at_device(submod->string, out) : !*tee);
        if (!good)
            break;
        *tee = device ? *tee : submod;
    }
    return good && *tee;
}

static enum ratls_err look_at_parts(const cJSON *claims, struct rt_passport *out,
                                    struct ratls_error *err)
{
    const cJSON *tee;

    if (!look_at_submods(rt_json_member(claims, "submods"), out, &tee))
        return malformed(err, "submods");
    enum ratls_err e = rt_ear_read_ak(tee, &out->ak_spki);
    return e == RATLS_E_TOKEN_FORMAT ? malformed(err, RT_EAR_AK) : e;
}

bool rt_passport_tells_of(const struct rt_passport *p, const char *label)
{
    for (size_t i = 0; i < p->n_devices; i++)
        if (strcmp(p->device[i], label) == 0)
            return true;
    return false;
}

static enum ratls_err look(const struct rt_compact *jws, struct rt_passport *out,
                           struct ratls_error *err)
{
    enum ratls_err e;

    if (!jws->typ || strcmp(jws->typ, RATLS_EAR_TYP) != 0)
        return ratls_fail(err, RATLS_E_TOKEN_TYPE, "passport: it is no attestation result");
    if (!rt_json_int(rt_json_member(jws->claims, "exp"), 0, RT_JSON_INT_MAX, &out->expires))
        return malformed(err, "exp");
    if ((e = look_at_key(jws->claims, out, err)) != RATLS_OK)
        return e;
    return look_at_parts(jws->claims, out, err);
}

enum ratls_err rt_passport_look(struct ratls_bytes token, struct rt_passport *out,
                                struct ratls_error *err)
{
    struct rt_compact jws;

    *out = (struct rt_passport){0};
    enum ratls_err e = rt_compact_read(token, rt_dialect_of(RATLS_DIALECT_STRICT), &jws, err);
    if (e == RATLS_OK)
        e = look(&jws, out, err);
    rt_compact_free(&jws);
    return e;
}

void rt_passport_free(struct rt_passport *p)
{
    ratls_buffer_free(&p->ak_spki);
    *p = (struct rt_passport){0};
}
