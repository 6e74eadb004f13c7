/* A peer's passport (RFC 9334 s.5.1): its certificate shows what an issuer found, in the place of
 * evidence. The token is verified here, its claims become those of the verdict, and what is asked
 * of proven claims is then asked of them as of any others (rt_judge_proven()). */
#include <stdio.h>

#include "appraise_impl.h"
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

/* Failures stick in the claims. */
static void take_claims(const struct rt_job *j, const struct ratls_token *token)
{
    const struct ratls_claims *raw = ratls_token_raw_claims(token);
    const struct ratls_claims *said = ratls_token_claims(token);
    const struct rt_cert_claims named = {
        .ak_spki = rt_bytes_of(&j->v->ak_spki), .has_iat = true, .iat = j->iat};
    struct ratls_claims *claims = j->v->claims;

    for (size_t i = 0; i < ratls_claims_count(raw); i++)
        if (!is_of_the_verdict(ratls_claims_at(raw, i)->name))
            (void)rt_claim_copy(ratls_claims_at(raw, i), claims);
    for (size_t i = 0; i < ratls_claims_count(said); i++)
        (void)rt_claim_copy(ratls_claims_at(said, i), claims);
    rt_describe_cert_claims(&named, claims);
    if (is_true(said, "ear.simulated"))
        (void)ratls_claims_set_bool(claims, "simulated", true);
    (void)ratls_claims_set_bool(claims, "passport", true);
    (void)ratls_claims_set_text(claims, "appraiser", ratls_token_issuer(token));
    (void)ratls_claims_set_text(claims, "appraiser_key", ratls_token_key_id(token));
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
                                const struct rt_cert_evidence *ev)
{
    struct ratls_buffer text = {0};
    struct ratls_token *token = NULL;
    enum ratls_err e = rt_passport_token(ev, &text, j->err);

    rt_trust_freeze(j->t);
    j->v->is_certificate = true;
    if (!e)
        e = rt_sha256(rt_bytes_of(&text), j->v->evidence_sha256);
    if (!e)
        e = verify(j, leaf, rt_bytes_of(&text), &token);
    if (!e)
        e = take(j, token);
    ratls_token_free(token);
    ratls_buffer_free(&text);
    return e;
}
