/* Attestation results are made of verdicts. */
#include <stdio.h>

#include "crypto.h"
#include "ear.h"
#include "issuers.h"
#include "json.h"

enum { MAX_LIFETIME_S = 86400, MIN_NONCE = 8, MAX_NONCE = 64, JTI_LEN = 16 };

/* ---- what is asked ---- */

static bool is_optional_text(const char *text)
{
    return !text || rt_is_token_text(text, RT_MAX_TOKEN_TEXT);
}

static bool is_optional_hash(struct ratls_bytes hash)
{
    return hash.len == 0 || hash.len == RT_SHA256_LEN;
}

static bool is_thumb(const char *text)
{
    return rt_is_token_text(text, RATLS_JWK_THUMB_LEN) && strlen(text) == RATLS_JWK_THUMB_LEN;
}

static const char *text_fault(const struct ratls_ear *what)
{
    if (!what->iss || !is_optional_text(what->iss))
        return "iss";
    if (!what->aud || !is_optional_text(what->aud))
        return "aud";
    if (!is_optional_text(what->sub))
        return "sub";
    if (!is_optional_text(what->jti))
        return "jti";
    if (!is_optional_text(what->policy))
        return "policy";
    return is_optional_text(what->developer) ? NULL : "developer";
}

static const char *holder_fault(const struct ratls_ear *what)
{
    if (what->jkt && (what->spki.len > 0 || !is_thumb(what->jkt)))
        return "jkt";
    if (what->dpop_jkt && !is_thumb(what->dpop_jkt))
        return "dpop_jkt";
    return is_optional_hash(what->cert_sha256) ? NULL : "cert_sha256";
}

const char *rt_ear_fault(const struct ratls_ear *what)
{
    if (what->lifetime_s < 1 || what->lifetime_s > MAX_LIFETIME_S)
        return "lifetime_s";
    if (what->nonce.len > 0 && (what->nonce.len < MIN_NONCE || what->nonce.len > MAX_NONCE))
        return "nonce";
    if ((unsigned)what->level > RATLS_LEVEL_QUOTE)
        return "level";
    const char *fault = holder_fault(what);
    return fault ? fault : text_fault(what);
}

/* A connection knows how far it was bound: no result says more. */
static bool level_fits(const struct ratls_ear_subject *s, const struct ratls_ear *what)
{
    const struct ratls_claim *c = s->claims ? ratls_claims_get(s->claims, "binding.level") : NULL;

    return !c || c->type != RATLS_CLAIM_UINT || (uint64_t)what->level <= c->number;
}

/* ---- claims of any token ---- */

void rt_ear_put_name(struct rt_writer *w, const char *name)
{
    if (w->len > 0 && w->p[w->len - 1] != '{')
        rt_put_u8(w, ',');
    rt_json_put_text(w, name);
    rt_put_u8(w, ':');
}

static void put_text(struct rt_writer *w, const char *name, const char *text)
{
    if (!text)
        return;
    rt_ear_put_name(w, name);
    rt_json_put_text(w, text);
}

static void put_int(struct rt_writer *w, const char *name, int64_t value)
{
    rt_ear_put_name(w, name);
    rt_json_put_int(w, value);
}

static void put_bytes(struct rt_writer *w, const char *name, struct ratls_bytes bytes)
{
    if (bytes.len == 0)
        return;
    rt_ear_put_name(w, name);
    rt_put_u8(w, '"');
    rt_put_base64url(w, bytes);
    rt_put_u8(w, '"');
}

static enum ratls_err put_dates(struct rt_writer *w, const struct ratls_env *env,
                                const struct ratls_ear_subject *s, const struct ratls_ear *what,
                                struct ratls_error *err)
{
    const int64_t now = env->now(env->arg);
    const int64_t exp = now + what->lifetime_s < s->expires ? now + what->lifetime_s : s->expires;

    if (now < 0 || exp <= now)
        return ratls_fail(err, RATLS_E_TOKEN_EXPIRED, "the verdict is over");
    put_int(w, "iat", now);
    put_int(w, "nbf", now);
    put_int(w, "exp", exp);
    return RATLS_OK;
}

static enum ratls_err put_jti(struct rt_writer *w, const struct ratls_env *env, const char *jti)
{
    uint8_t id[JTI_LEN];
    char text[2 * JTI_LEN + 1];

    if (!jti) {
        if (env->random(env->arg, id, sizeof id) != 0)
            return RATLS_E_RANDOM;
        rt_hex(ratls_bytes(id, sizeof id), text);
    }
    put_text(w, "jti", jti ? jti : text);
    return RATLS_OK;
}

/* A result about one key that is bound to another would make the other one look attested. */
static enum ratls_err judge_spki(const struct ratls_ear_subject *s, struct ratls_bytes spki,
                                 struct ratls_error *err)
{
    uint8_t hash[RT_SHA256_LEN];

    if (!s->spki_sha256)
        return RATLS_OK;
    enum ratls_err e = rt_sha256(spki, hash);
    if (e || rt_ct_equal(hash, s->spki_sha256, sizeof hash))
        return e;
    return ratls_fail(err, RATLS_E_TOKEN_BINDING, "the evidence names another TLS key");
}

static enum ratls_err put_cnf(struct rt_writer *w, const struct ratls_ear_subject *s,
                              const struct ratls_ear *what, struct ratls_error *err)
{
    char thumb[RATLS_JWK_THUMB_LEN + 1];
    const char *jkt = what->jkt;
    enum ratls_err e;

    if (what->spki.len > 0) {
        if ((e = judge_spki(s, what->spki, err)) != RATLS_OK ||
            (e = ratls_jwk_thumbprint(what->spki, thumb, err)) != RATLS_OK)
            return e;
        jkt = thumb;
    }
    if (what->dpop_jkt)
        jkt = what->dpop_jkt;
    if (!jkt && what->cert_sha256.len == 0)
        return RATLS_OK;
    rt_ear_put_name(w, "cnf");
    rt_put_u8(w, '{');
    put_text(w, "jkt", jkt);
    put_bytes(w, "x5t#S256", what->cert_sha256);
    rt_put_u8(w, '}');
    return RATLS_OK;
}

enum ratls_err rt_ear_put_head(struct rt_writer *w, const struct ratls_env *env,
                               const struct ratls_ear_subject *s, const struct ratls_ear *what,
                               struct ratls_error *err)
{
    enum ratls_err e;

    put_text(w, "iss", what->iss);
    put_text(w, "sub", what->sub);
    put_text(w, "aud", what->aud);
    if ((e = put_dates(w, env, s, what, err)) != RATLS_OK ||
        (e = put_jti(w, env, what->jti)) != RATLS_OK)
        return e;
    put_bytes(w, "eat_nonce", what->nonce);
    return put_cnf(w, s, what, err);
}

/* ---- the result ---- */

static void put_vector(struct rt_writer *w, const int8_t vector[RATLS_VECTOR_LEN])
{
    rt_put_u8(w, '{');
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        if (vector[i] != 0)
            put_int(w, ratls_vector_name(i), vector[i]);
    rt_put_u8(w, '}');
}

/* Numbers that a strict reader would not take travel as text. */
static void put_claim(struct rt_writer *w, const struct ratls_claim *c)
{
    const bool large = c->type == RATLS_CLAIM_UINT && c->number > (uint64_t)RT_JSON_INT_MAX;

    rt_ear_put_name(w, c->name);
    if (large)
        rt_put_u8(w, '"');
    rt_json_put_claim(w, c);
    if (large)
        rt_put_u8(w, '"');
}

static bool tells_all(const char *name)
{
    (void)name;
    return true;
}

static void put_policy(struct rt_writer *w, const struct rt_ear_names *names, const char *policy)
{
    if (!policy)
        return;
    rt_ear_put_name(w, names->policy);
    if (names->policy_is_list)
        rt_put_u8(w, '[');
    rt_json_put_text(w, policy);
    if (names->policy_is_list)
        rt_put_u8(w, ']');
}

/* Of simulated TEEs nothing is told that could be taken for trustworthy. */
static void put_appraisal(struct rt_writer *w, const struct rt_ear_names *names, bool simulated,
                          const int8_t vector[RATLS_VECTOR_LEN], const struct ratls_ear *what)
{
    static const int8_t nothing[RATLS_VECTOR_LEN];
    const int8_t *told = simulated ? nothing : vector;

    put_text(w, names->status, ratls_vector_status(told));
    rt_ear_put_name(w, names->vector);
    put_vector(w, told);
    put_policy(w, names, what->policy);
    put_int(w, RT_EAR_LEVEL, what->level);
    rt_ear_put_name(w, RT_EAR_SIMULATED);
    rt_json_put_raw(w, simulated ? "true" : "false");
}

static void put_raw_claims(struct rt_writer *w, const struct rt_ear_names *names,
                           const struct ratls_claims *claims, bool (*tells)(const char *name))
{
    rt_ear_put_name(w, names->claims);
    rt_put_u8(w, '{');
    for (size_t i = 0; i < ratls_claims_count(claims); i++)
        if (tells(ratls_claims_at(claims, i)->name))
            put_claim(w, ratls_claims_at(claims, i));
    rt_put_u8(w, '}');
}

static void put_submodule(struct rt_writer *w, const struct rt_ear_names *names,
                          const struct ratls_ear_subject *s, const struct ratls_ear *what)
{
    rt_put_u8(w, '{');
    put_appraisal(w, names, s->simulated, s->vector, what);
    put_bytes(w, RT_EAR_AK, s->ak_spki);
    if (what->raw_claims && s->claims)
        put_raw_claims(w, names, s->claims, tells_all);
    rt_put_u8(w, '}');
}

static void put_device(struct rt_writer *w, const struct rt_ear_names *names,
                       const struct ratls_ear_device *d, const struct ratls_ear *what)
{
    rt_ear_put_name(w, d->label);
    rt_put_u8(w, '{');
    put_appraisal(w, names, d->simulated, d->vector, what);
    put_text(w, RT_EAR_DEVICE, d->kind);
    if (what->raw_claims && d->claims) {
        put_raw_claims(w, names, d->claims, ratls_ear_tells_device);
        rt_ear_put_nvidia(w, d);
    }
    rt_put_u8(w, '}');
}

static void put_result(struct rt_writer *w, const struct rt_ear_names *names,
                       const struct ratls_ear_subject *s, const struct ratls_ear *what)
{
    rt_ear_put_name(w, names->verifier);
    rt_put_u8(w, '{');
    put_text(w, "developer", what->developer ? what->developer : what->iss);
    put_text(w, "build", "ratls " RATLS_VERSION);
    rt_put_u8(w, '}');
    rt_ear_put_name(w, "submods");
    rt_put_u8(w, '{');
    rt_ear_put_name(w, s->tee);
    put_submodule(w, names, s, what);
    for (size_t i = 0; i < s->n_devices; i++)
        put_device(w, names, &s->device[i], what);
    rt_put_u8(w, '}');
}

static enum ratls_err put_payload(struct rt_writer *w, const struct ratls_env *env,
                                  const struct ratls_ear_subject *s, const struct ratls_ear *what,
                                  struct ratls_error *err)
{
    const struct rt_ear_names *names = rt_ear_names(what->veraison ? 1 : 0);
    enum ratls_err e;

    rt_put_u8(w, '{');
    put_text(w, "eat_profile", names->profile);
    if ((e = rt_ear_put_head(w, env, s, what, err)) != RATLS_OK)
        return e;
    put_result(w, names, s, what);
    if (what->secgear)
        rt_ear_put_secgear(w, s, what);
    rt_put_u8(w, '}');
    return RATLS_OK;
}

/* Submodules go by name: none may stand for another. */
static enum ratls_err check_labels(const struct ratls_ear_subject *s, struct ratls_error *err)
{
    for (size_t i = 0; i < s->n_devices; i++) {
        bool taken = strcmp(s->device[i].label, s->tee) == 0;
        for (size_t k = 0; k < i && !taken; k++)
            taken = strcmp(s->device[i].label, s->device[k].label) == 0;
        if (taken)
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                              "a device is called '%s', and not alone", s->device[i].label);
    }
    return RATLS_OK;
}

enum ratls_err ratls_ear_payload_of(const struct ratls_env *env,
                                    const struct ratls_ear_subject *subject,
                                    const struct ratls_ear *what, struct ratls_buffer *json,
                                    struct ratls_error *err)
{
    const char *fault = rt_ear_fault(what);
    struct rt_writer w = {0};

    *json = (struct ratls_buffer){0};
    if (!subject->allowed)
        return ratls_fail(err, RATLS_E_STATE, "nothing is made of a verdict that denies");
    if (!fault && !rt_is_token_text(subject->tee, RT_MAX_TOKEN_TEXT))
        fault = "tee";
    if (!fault && !level_fits(subject, what))
        fault = "level, which is more than the connection has";
    if (fault)
        return ratls_fail(err, RATLS_E_USAGE, "attestation result: %s", fault);
    enum ratls_err e = check_labels(subject, err);
    if (!e)
        e = put_payload(&w, env, subject, what, err);
    if (!e)
        return rt_writer_take(&w, json);
    rt_writer_free(&w);
    return e;
}

static void take_devices(const struct ratls_verdict *v, struct ratls_ear_subject *out)
{
    const size_t n = ratls_verdict_devices(v);

    for (size_t i = 0; i < n && i < RATLS_EAR_DEVICES; i++) {
        struct ratls_ear_device *d = &out->device[out->n_devices++];
        const char *label = NULL;
        const struct ratls_verdict *of = ratls_verdict_device(v, i, &label);
        (void)snprintf(d->label, sizeof d->label, "%s", label);
        (void)snprintf(d->kind, sizeof d->kind, "%s", ratls_verdict_tee(of));
        d->simulated = ratls_verdict_simulated(of);
        d->claims = ratls_verdict_claims(of);
        for (size_t k = 0; k < RATLS_VECTOR_LEN; k++)
            d->vector[k] = (int8_t)ratls_verdict_vector(of, k);
    }
}

void ratls_ear_subject_of(const struct ratls_verdict *v, struct ratls_ear_subject *out)
{
    *out = (struct ratls_ear_subject){
        .allowed = ratls_verdict_allowed(v),
        .simulated = ratls_verdict_simulated(v),
        .tee = ratls_verdict_tee(v),
        .expires = ratls_verdict_expires(v),
        .claims = ratls_verdict_claims(v),
        .ak_spki = ratls_verdict_ak_spki(v),
        .spki_sha256 = ratls_verdict_spki_sha256(v),
    };
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        out->vector[i] = (int8_t)ratls_verdict_vector(v, i);
    take_devices(v, out);
}

enum ratls_err ratls_ear_payload(const struct ratls_env *env, const struct ratls_verdict *v,
                                 const struct ratls_ear *what, struct ratls_buffer *json,
                                 struct ratls_error *err)
{
    struct ratls_ear_subject subject;

    *json = (struct ratls_buffer){0};
    if (!ratls_verdict_allowed(v))
        return ratls_fail(err, ratls_verdict_code(v), "%s", ratls_verdict_detail(v));
    ratls_ear_subject_of(v, &subject);
    return ratls_ear_payload_of(env, &subject, what, json, err);
}
