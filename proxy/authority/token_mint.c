/* Tokens. */
#include "token_mint.h"

#include <stdio.h>

#define SKEW_S 30

/* The worker's word for a verdict that allows. */
static struct ratls_ear_subject subject_of(const struct px_subject *s)
{
    struct ratls_ear_subject out = {.allowed = true,
                                    .simulated = s->simulated,
                                    .tee = s->tee,
                                    .expires = s->expires,
                                    .claims = s->claims,
                                    .ak_spki = s->ak_spki,
                                    .spki_sha256 = s->of == PX_OF_CHANNEL ? s->spki_sha256 : NULL};

    memcpy(out.vector, s->vector, sizeof out.vector);
    out.n_devices = s->n_devices;
    memcpy(out.device, s->device, sizeof out.device);
    return out;
}

struct ratls_bytes px_mint_key(const struct px_mint *what)
{
    return what->subject->spki.len ? what->subject->spki : what->spki;
}

static bool name_token(const struct ratls_env *env, char jti[PX_JTI_TEXT + 1])
{
    uint8_t id[PX_JTI_TEXT / 2];

    if (env->random(env->arg, id, sizeof id))
        return false;
    for (size_t i = 0; i < sizeof id; i++)
        (void)snprintf(&jti[2 * i], 3, "%02x", id[i]);
    return true;
}

/* ---- out of a result of another issuer ---- */

/* The channel saw for itself that nothing is genuine there. */
static bool denies_simulator(const struct px_mint *what, const struct ratls_token *token)
{
    const struct ratls_claim *c = ratls_claims_get(ratls_token_claims(token), "ear.simulated");

    return what->subject->simulated && !(c && c->number);
}

/* What counts is that it was made for this request, by somebody who is believed, about the key of
 * this channel, or the one that is named where the channel has none. The status is his: whoever
 * takes our token asks for the one that he wants. */
static enum ratls_err verify(const struct px_mint *what, struct ratls_token **out,
                             struct ratls_error *err)
{
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    const struct ratls_token_rules rules = {
        .audience = what->grant->issuer,
        .typ = RATLS_EAR_TYP,
        .nonce = what->nonce,
        .jkt = jkt,
        .cert_sha256 = ratls_bytes(what->subject->cert_sha256,
                                   what->subject->attested ? sizeof what->subject->cert_sha256 : 0),
        .skew_s = SKEW_S,
        .ear = true,
        .allow_warning = true,
        .insecure_allow_none = true};
    enum ratls_err e = ratls_jwk_thumbprint(px_mint_key(what), jkt, err);

    *out = NULL;
    if (!e)
        e = ratls_token_verify(what->grant->issuers, what->result, &rules, out, err);
    if (!e && denies_simulator(what, *out))
        e = ratls_fail(err, RATLS_E_TOKEN_STATUS, "token: it says nothing of a simulator");
    return e;
}

static enum ratls_err pass_on(const struct ratls_env *env, const struct ratls_token *token,
                              struct ratls_ear *ear, struct ratls_buffer *json,
                              struct ratls_error *err)
{
    const int64_t left_s = ratls_token_expires(token) - env->now(env->arg);

    if (left_s <= 0)
        return ratls_fail(err, RATLS_E_TOKEN_EXPIRED, "token: it is over");
    if (left_s < ear->lifetime_s)
        ear->lifetime_s = left_s;
    return ratls_ear_payload_from(env, token, ear, json, err);
}

/* ---- any ---- */

/* Who would get no token by the verdict of his channel gets none by a result. */
static enum ratls_err make(const struct ratls_env *env, const struct px_mint *what,
                           struct ratls_ear *ear, struct px_minted *out, struct ratls_error *err)
{
    const struct ratls_ear_subject subject = subject_of(what->subject);
    struct ratls_token *token = NULL;
    struct ratls_buffer json = {0};
    const bool judged = what->subject->of != PX_OF_NOBODY;
    enum ratls_err e = judged ? ratls_ear_payload_of(env, &subject, ear, &json, err) : RATLS_OK;

    if (!e && what->result.len > 0) {
        ratls_buffer_free(&json);
        if ((e = verify(what, &token, err)) == RATLS_OK &&
            (e = pass_on(env, token, ear, &json, err)) == RATLS_OK)
            (void)snprintf(out->appraiser, sizeof out->appraiser, "%s", ratls_token_issuer(token));
    }
    if (!e)
        e = ratls_jwt_sign_json(what->grant->keys[0], RATLS_EAR_TYP, ratls_bytes(json.p, json.len),
                                &out->token);
    out->lifetime_s = ear->lifetime_s;
    ratls_token_free(token);
    ratls_buffer_free(&json);
    return e;
}

enum ratls_err px_mint(const struct ratls_env *env, const struct px_mint *what,
                       struct px_minted *out, struct ratls_error *err)
{
    const struct px_grant *g = what->grant;
    const int64_t left_s = what->subject->expires - env->now(env->arg);

    *out = (struct px_minted){.lifetime_s = left_s < g->lifetime_s ? left_s : g->lifetime_s};
    if (out->lifetime_s <= 0)
        return RATLS_E_IDENTITY_EXPIRED;
    if (!name_token(env, out->jti))
        return RATLS_E_RANDOM;
    struct ratls_ear ear = {.iss = g->issuer,
                            .aud = what->target,
                            .lifetime_s = out->lifetime_s,
                            .jti = out->jti,
                            .nonce = what->nonce,
                            .spki = px_mint_key(what),
                            .dpop_jkt = what->dpop_jkt,
                            .policy = what->subject->policy[0] ? what->subject->policy : NULL,
                            .level = what->subject->level,
                            .raw_claims = g->claims == PX_CLAIMS_RAW,
                            .secgear = g->claims == PX_CLAIMS_SECGEAR};
    return make(env, what, &ear, out, err);
}
