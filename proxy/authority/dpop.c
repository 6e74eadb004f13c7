/* Keys that peers prove. */
#include "dpop.h"

#include <stdio.h>

#define FIELD "DPoP"

struct ratls_replay *px_dpop_memory(const struct ratls_env *env)
{
    struct ratls_replay *r = NULL;

    return ratls_replay_new(env, PX_DPOP_AGE_S + 2 * PX_DPOP_SKEW_S, PX_DPOP_SEEN, &r) == RATLS_OK
               ? r
               : NULL;
}

static enum px_oauth refuse(struct px_dpop *d, enum px_oauth e, const char *why)
{
    d->proof = (struct ratls_dpop_proof){0};
    d->why = why;
    if (!d->detail[0])
        (void)snprintf(d->detail, sizeof d->detail, "%s", why);
    return e;
}

/* What is wrong with a proof is the peer's fault unless it is ours. */
static enum px_oauth verify(const struct px_visit *v, const char *text, struct px_dpop *d)
{
    char url[RATLS_DPOP_URL_MAX + 1];
    const struct ratls_dpop_rules rules = {.method = "POST",
                                           .url = url,
                                           .max_age_s = PX_DPOP_AGE_S,
                                           .skew_s = PX_DPOP_SKEW_S,
                                           .seen = v->authority->proofs};
    struct ratls_error err = {0};

    (void)snprintf(url, sizeof url, "%s/token", v->grant->issuer);
    enum ratls_err e =
        ratls_dpop_verify(v->authority->env, ratls_bytes_str(text), &rules, &d->proof, &err);
    (void)snprintf(d->detail, sizeof d->detail, "%s", err.detail);
    if (!e)
        return PX_OAUTH_GOOD;
    if (e == RATLS_E_LIMIT)
        return refuse(d, PX_OAUTH_SLOW_DOWN, "too many proofs");
    if (ratls_err_class(e) != RATLS_CLASS_ATTESTATION)
        return refuse(d, PX_OAUTH_SERVER, ratls_err_text(e));
    return refuse(d, PX_OAUTH_DPOP_PROOF, ratls_err_text(e));
}

/* One that is none of ours proves nothing, also where none is asked for. */
static enum px_oauth check_nonce(const struct px_visit *v, struct px_dpop *d)
{
    const struct px_nonce_owner owner = px_visit_owner(v);
    uint8_t nonce[PX_NONCE_LEN];

    if (!d->proof.nonce[0])
        return v->grant->dpop_nonce ? refuse(d, PX_OAUTH_DPOP_NONCE, "the proof needs a nonce")
                                    : PX_OAUTH_GOOD;
    switch (px_nonce_spend(px_visit_nonces(v), &owner, d->proof.nonce, nonce)) {
    case PX_NONCE_GOOD:
        return PX_OAUTH_GOOD;
    case PX_NONCE_FULL:
        return refuse(d, PX_OAUTH_SLOW_DOWN, "too many nonces");
    case PX_NONCE_UNKNOWN:
    case PX_NONCE_OVER:
    case PX_NONCE_USED:
        break;
    }
    return refuse(d, PX_OAUTH_DPOP_NONCE, "the proof needs another nonce");
}

/* Ours are good once. */
static enum px_oauth offer_nonce(const struct px_visit *v, enum px_oauth e, struct px_dpop *d)
{
    const struct px_nonce_owner owner = px_visit_owner(v);
    char nonce[PX_NONCE_TEXT + 1];

    if (e != PX_OAUTH_DPOP_NONCE && !v->grant->dpop_nonce)
        return e;
    if (!px_nonce_make(px_visit_nonces(v), &owner, nonce))
        return refuse(d, PX_OAUTH_SERVER, "no randomness");
    px_answer_header(v->req, "DPoP-Nonce", nonce);
    return e;
}

enum px_oauth px_dpop_judge(const struct px_visit *v, struct px_dpop *out)
{
    unsigned n;
    const char *text = px_request_only(v->req, FIELD, &n);
    enum px_oauth e;

    *out = (struct px_dpop){0};
    if (n == 0)
        return PX_OAUTH_GOOD;
    if (!text)
        return refuse(out, PX_OAUTH_DPOP_PROOF, "more than one proof");
    e = verify(v, text, out);
    if (!e)
        e = check_nonce(v, out);
    return offer_nonce(v, e, out);
}
