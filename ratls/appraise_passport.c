/* A peer's passport (RFC 9334 s.5.1): its certificate shows what an issuer found, in the place of
 * evidence. The token is verified here, its claims become those of the verdict, and what is asked
 * of proven claims is then asked of them as of any others (rt_judge_proven()). */
#include <stdio.h>

#include "appraise_impl.h"
#include "composite_impl.h"
#include "describe.h"
#include "ratls/token.h"

/* ---- the token ---- */

/* The dates of two machines: a passport may be younger than this clock, but is never past its end.
 */
static enum ratls_err check_end(const struct rt_job *j, const struct ratls_token *token)
{
    if (j->now < ratls_token_expires(token))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_TOKEN_EXPIRED, "the passport ended %lld s ago",
                      (long long)(j->now - ratls_token_expires(token)));
}

/* What an issuer did not affirm is for the policy to accept. */
static enum ratls_err verify(const struct rt_job *j, const struct rt_x509 *leaf,
                             struct ratls_bytes text, struct ratls_token **out)
{
    struct ratls_issuers *issuers = rt_trust_issuers(j->t);
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    const struct ratls_token_rules rules = {
        .audience = rt_trust_audience(j->t),
        .typ = RATLS_EAR_TYP,
        .jkt = jkt,
        .skew_s = RT_CLOCK_SKEW_S,
        .now = j->now,
        .ear = true,
        .allow_warning = !j->authenticity_only,
        .insecure_allow_none = !j->authenticity_only,
    };

    if (!issuers || !rules.audience)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_UNKNOWN,
                          "a passport, and no issuer of passports is trusted");
    enum ratls_err e = ratls_jwk_thumbprint(leaf->spki, jkt, j->err);
    if (!e)
        e = ratls_token_verify(issuers, text, &rules, out, j->err);
    return e ? e : check_end(j, *out);
}

/* ---- the TEE ---- */

static enum ratls_err take_tee(const struct rt_job *j, const struct ratls_token *token)
{
    const struct ratls_claim *tee = ratls_claims_get(ratls_token_claims(token), "ear.tee");
    const struct ratls_claim *own = ratls_claims_get(ratls_token_raw_claims(token), "tee");
    const size_t len = tee ? strlen(tee->text) : 0;

    if (!tee)
        return ratls_fail(j->err, RATLS_E_TOKEN_FORMAT, "a passport of several TEEs");
    if (len > RT_TEE_NAME_MAX || strspn(tee->text, "abcdefghijklmnopqrstuvwxyz0123456789_") != len)
        return ratls_fail(j->err, RATLS_E_TEE_NOT_ALLOWED, "a passport of what is no TEE");
    (void)snprintf(j->v->tee, sizeof j->v->tee, "%s", tee->text);
    if (own && (own->type != RATLS_CLAIM_TEXT || strcmp(own->text, tee->text) != 0))
        return ratls_fail(j->err, RATLS_E_TOKEN_FORMAT, "a passport of %s with other claims",
                          tee->text);
    if (j->tee && strcmp(j->tee, tee->text) != 0)
        return ratls_fail(j->err, RATLS_E_TEE_NOT_ALLOWED, "a passport of %s where %s is due",
                          tee->text, j->tee);
    return RATLS_OK;
}

/* ---- claims ---- */

/* Not of the evidence, but of whoever judged it: what this side says by itself. */
static bool is_of_the_verdict(const char *name)
{
    static const char *const own[] = {"cert.", "ratls.",   "binding.",  "baseline.", "peer.",
                                      "ear.",  "passport", "appraiser", "token."};

    for (size_t i = 0; i < RT_COUNT(own); i++)
        if (strncmp(name, own[i], strlen(own[i])) == 0)
            return true;
    return false;
}

static bool is_true(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_BOOL && c->number != 0;
}

/* The evidence is as old as it says, and no younger than the result. */
static int64_t evidence_iat(const struct ratls_token *token)
{
    const struct ratls_claim *c = ratls_claims_get(ratls_token_raw_claims(token), "ratls.iat");
    const int64_t issued = ratls_token_issued(token);

    return c && c->type == RATLS_CLAIM_UINT && c->number < (uint64_t)issued ? (int64_t)c->number
                                                                            : issued;
}

/* By the issuer, of TEE or device. Failures stick in the claims, here as below. */
static void copy_told(const struct ratls_claims *from, struct ratls_claims *to)
{
    for (size_t i = 0; i < ratls_claims_count(from); i++)
        if (!is_of_the_verdict(ratls_claims_at(from, i)->name))
            (void)rt_claim_copy(ratls_claims_at(from, i), to);
}

static void name_appraiser(const struct ratls_token *token, struct ratls_claims *claims)
{
    (void)ratls_claims_set_bool(claims, "passport", true);
    (void)ratls_claims_set_text(claims, "appraiser", ratls_token_issuer(token));
    (void)ratls_claims_set_text(claims, "appraiser_key", ratls_token_key_id(token));
}

static void take_claims(const struct rt_job *j, const struct ratls_token *token)
{
    const struct ratls_claims *said = ratls_token_claims(token);
    const struct rt_cert_claims named = {
        .ak_spki = rt_bytes_of(&j->v->ak_spki), .has_iat = true, .iat = j->iat};
    struct ratls_claims *claims = j->v->claims;

    copy_told(ratls_token_raw_claims(token), claims);
    for (size_t i = 0; i < ratls_claims_count(said); i++)
        (void)rt_claim_copy(ratls_claims_at(said, i), claims);
    rt_describe_cert_claims(&named, claims);
    if (is_true(said, "ear.simulated"))
        (void)ratls_claims_set_bool(claims, "simulated", true);
    name_appraiser(token, claims);
}

/* ---- the whole ---- */

static enum ratls_err take(struct rt_job *j, const struct ratls_token *token)
{
    struct ratls_verdict *v = j->v;
    enum ratls_err e;

    if (j->report_data || (j->with && j->with->nonce.len > 0))
        return ratls_fail(j->err, RATLS_E_BINDING_MISMATCH,
                          "a passport shows neither report data nor a nonce");
    if ((e = take_tee(j, token)) != RATLS_OK ||
        (e = rt_dup(ratls_token_ak_spki(token), &v->ak_spki)) != RATLS_OK)
        return e;
    j->has_iat = true;
    j->iat = evidence_iat(token);
    take_claims(j, token);
    if (ratls_token_expires(token) < v->expires)
        v->expires = ratls_token_expires(token);
    return RATLS_OK;
}

enum ratls_err rt_take_passport(struct rt_job *j, const struct rt_x509 *leaf,
                                const struct rt_cert_evidence *ev, struct ratls_token **token)
{
    struct ratls_buffer text = {0};
    enum ratls_err e = rt_passport_token(ev, &text, j->err);

    *token = NULL;
    rt_trust_freeze(j->t);
    j->v->is_certificate = true;
    if (!e)
        e = rt_sha256(rt_bytes_of(&text), j->v->evidence_sha256);
    if (!e)
        e = verify(j, leaf, rt_bytes_of(&text), token);
    if (!e)
        e = take(j, *token);
    if (e) {
        ratls_token_free(*token);
        *token = NULL;
    }
    ratls_buffer_free(&text);
    return e;
}

/* ---- devices ---- */

/* What kind it is, is all that the issuer's word decides: not that it is a device. */
static enum ratls_err check_device(const struct rt_job *j, const struct ratls_ear_device *of)
{
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(j->t), of->kind);
    const struct ratls_claim *own = ratls_claims_get(of->claims, "tee");
    const struct ratls_claim *ids = ratls_claims_get(of->claims, "device_ids");

    if (v && !v->device)
        return ratls_fail(j->err, RATLS_E_EVIDENCE_MISMATCH, "%s is no device", of->kind);
    if (own && (own->type != RATLS_CLAIM_TEXT || strcmp(own->text, of->kind) != 0))
        return ratls_fail(j->err, RATLS_E_TOKEN_FORMAT, "a passport of %s with other claims",
                          of->kind);
    if (!ids || ids->type != RATLS_CLAIM_LIST || ids->n_items == 0)
        return ratls_fail(j->err, RATLS_E_TOKEN_FORMAT, "a passport without the device's id");
    return RATLS_OK;
}

/* Whether the issuer held its nonce against the TEE's report data is, as all of its evidence, his
 * business. */
static enum ratls_err judge_device(const struct rt_job *j, const struct ratls_token *token,
                                   size_t i)
{
    const char *status = NULL;
    const struct ratls_ear_device *of = ratls_token_device(token, i, &status);
    struct ratls_verdict *v = j->v;
    enum ratls_err e = check_device(j, of);

    if (e)
        return e;
    copy_told(of->claims, v->claims);
    (void)ratls_claims_set_text(v->claims, "ear.status", status);
    if (of->simulated)
        (void)ratls_claims_set_bool(v->claims, "simulated", true);
    name_appraiser(token, v->claims);
    return rt_judge_proven(j);
}

static enum ratls_err add_device(const struct rt_job *cpu, const struct ratls_token *token,
                                 size_t i, struct rt_devices *d)
{
    const struct ratls_ear_device *of = ratls_token_device(token, i, NULL);
    struct ratls_error why = {0};
    struct ratls_verdict *v = rt_verdict_by(cpu->t, cpu->now);

    if (!v)
        return RATLS_E_NO_MEMORY;
    const struct rt_job j = {.t = cpu->t,
                             .v = v,
                             .err = &why,
                             .now = cpu->now,
                             .authenticity_only = cpu->authenticity_only};
    v->beside_cpu = true;
    v->expires = cpu->v->proven_until;
    (void)snprintf(v->tee, sizeof v->tee, "%s", of->kind);
    enum ratls_err e = rt_conclude(v, judge_device(&j, token, i), &why);
    return rt_devices_add(d, of->label, v, e, cpu->err);
}

enum ratls_err rt_take_told_devices(const struct rt_job *j, const struct ratls_token *token)
{
    const size_t n = ratls_token_devices(token);
    struct rt_devices *d = n > 0 ? rt_devices_new(ratls_bytes(NULL, 0)) : NULL;
    enum ratls_err e = n > 0 && !d ? RATLS_E_NO_MEMORY : RATLS_OK;

    for (size_t i = 0; i < n && !e; i++)
        e = add_device(j, token, i, d);
    if (!e)
        rt_verdict_take_devices(j->v, d);
    else
        rt_devices_unref(d);
    return e;
}
