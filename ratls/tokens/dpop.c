/* Proofs of possession are verified (RFC 9449 s.4.3). */
#include "ratls/dpop.h"

#include <cjson/cJSON.h>

#include "compact.h"
#include "htu.h"
#include "json.h"
#include "jwk.h"
#include "replay.h"

#define MAX_TEXT   256
#define MAX_METHOD 32
#define MAX_SKEW_S 300

/* What a check sees. */
struct check {
    const struct ratls_dpop_rules *rules;
    int64_t now;
    const cJSON *claims;
    struct ratls_dpop_proof *proof;
    struct ratls_error *err;
};

static enum ratls_err malformed(const struct check *c, const char *name)
{
    return ratls_fail(c->err, RATLS_E_TOKEN_FORMAT, "proof: '%s' is malformed or missing", name);
}

/* ---- header ---- */

static enum ratls_err check_typ(const struct rt_compact *jws, struct ratls_error *err)
{
    if (jws->typ && strcmp(jws->typ, RATLS_DPOP_TYP) == 0)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_TOKEN_TYPE, "proof: typ '%s', not '" RATLS_DPOP_TYP "'",
                      jws->typ ? jws->typ : "");
}

static enum ratls_err check_signature(const struct rt_compact *jws, struct check *c)
{
    struct rt_jwk jwk = {0};
    enum ratls_err e = rt_jwk_read_for(jws->jwk, jws->alg, &jwk, c->err);

    if (!e) {
        e = rt_token_alg_verify(jws->alg, &jwk.key, jws->signed_text, rt_bytes_of(&jws->sig));
        if (e && !rt_is_own_failure(e))
            e = ratls_fail(c->err, RATLS_E_TOKEN_SIGNATURE, "proof: not signed by its 'jwk'");
    }
    if (!e)
        e = rt_jwk_thumb(&jwk.key, c->proof->jkt);
    rt_jwk_free(&jwk);
    return e;
}

/* ---- claims ---- */

/* `jti` is one of its key's: of others it may be anything. */
static enum ratls_err check_jti(struct check *c)
{
    const char *jti = rt_token_text(c->claims, "jti", MAX_TEXT);
    char text[RATLS_JWK_THUMB_LEN + 1 + MAX_TEXT];
    const size_t len = jti ? strlen(jti) : 0;

    if (!jti)
        return malformed(c, "jti");
    memcpy(text, c->proof->jkt, RATLS_JWK_THUMB_LEN);
    text[RATLS_JWK_THUMB_LEN] = '.';
    memcpy(&text[RATLS_JWK_THUMB_LEN + 1], jti, len);
    return rt_sha256(ratls_bytes(text, RATLS_JWK_THUMB_LEN + 1 + len), c->proof->id);
}

static enum ratls_err check_method(struct check *c)
{
    const char *htm = rt_token_text(c->claims, "htm", MAX_METHOD);

    if (!htm)
        return malformed(c, "htm");
    if (strcmp(htm, c->rules->method) == 0)
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_AUDIENCE, "proof: 'htm' is '%s', not '%s'", htm,
                      c->rules->method);
}

static enum ratls_err check_url(struct check *c)
{
    const char *htu = rt_token_text(c->claims, "htu", RATLS_DPOP_URL_MAX);
    struct rt_htu said, due;

    if (!htu || !rt_htu_normal(htu, &said))
        return malformed(c, "htu");
    if (rt_htu_normal(c->rules->url, &due) && strcmp(said.text, due.text) == 0)
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_AUDIENCE, "proof: 'htu' is '%.100s', not '%.100s'",
                      said.text, due.text);
}

/* RATLS_OK: as it is, or not there. */
static enum ratls_err read_date(struct check *c, const char *name, int64_t *out)
{
    const cJSON *json = rt_json_member(c->claims, name);

    return !json || rt_json_int(json, 0, RT_JSON_INT_MAX, out) ? RATLS_OK : malformed(c, name);
}

static enum ratls_err check_dates(struct check *c)
{
    const int64_t skew = c->rules->skew_s;
    int64_t iat = -1, nbf = 0, exp = RT_JSON_INT_MAX;
    enum ratls_err e;

    if ((e = read_date(c, "iat", &iat)) != RATLS_OK ||
        (e = read_date(c, "nbf", &nbf)) != RATLS_OK || (e = read_date(c, "exp", &exp)) != RATLS_OK)
        return e;
    if (iat < 0)
        return malformed(c, "iat");
    if (iat > c->now + skew || nbf > c->now + skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_NOT_YET_VALID, "proof: '%s' lies ahead",
                          iat > c->now + skew ? "iat" : "nbf");
    if (exp <= c->now - skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_EXPIRED, "proof: 'exp' is over");
    if (c->now - iat > c->rules->max_age_s + skew)
        return ratls_fail(c->err, RATLS_E_TOKEN_EXPIRED, "proof: %lld s old, at most %lld",
                          (long long)(c->now - iat), (long long)c->rules->max_age_s);
    c->proof->issued = iat;
    return RATLS_OK;
}

static enum ratls_err check_token(struct check *c)
{
    const cJSON *json = rt_json_member(c->claims, "ath");
    const char *ath = rt_token_text(c->claims, "ath", MAX_TEXT);
    uint8_t hash[RT_SHA256_LEN];
    char due[RATLS_JWK_THUMB_LEN + 1]; /* both are SHA-256 */

    if (json && !ath)
        return malformed(c, "ath");
    if (c->rules->token.len == 0)
        return !ath ? RATLS_OK
                    : ratls_fail(c->err, RATLS_E_TOKEN_BINDING, "proof: for an access token");
    enum ratls_err e = rt_sha256(c->rules->token, hash);
    if (e)
        return e;
    rt_base64url(ratls_bytes(hash, sizeof hash), due);
    if (ath && strcmp(ath, due) == 0)
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_BINDING, "proof: %s",
                      ath ? "'ath' is of another token" : "there is no 'ath'");
}

static enum ratls_err check_nonce(struct check *c)
{
    const cJSON *json = rt_json_member(c->claims, "nonce");
    const char *nonce = rt_token_text(c->claims, "nonce", RATLS_DPOP_NONCE_MAX);

    if (json && !nonce)
        return malformed(c, "nonce");
    if (nonce)
        memcpy(c->proof->nonce, nonce, strlen(nonce) + 1);
    if (!c->rules->nonce || (nonce && strcmp(nonce, c->rules->nonce) == 0))
        return RATLS_OK;
    return ratls_fail(c->err, RATLS_E_TOKEN_NONCE, "proof: %s",
                      nonce ? "'nonce' is another one" : "there is no 'nonce'");
}

static enum ratls_err check_replay(struct check *c)
{
    if (!c->rules->seen)
        return RATLS_OK;
    enum ratls_err e = ratls_replay_take(c->rules->seen, c->proof->id);
    return e ? ratls_fail(c->err, e, "proof: %s",
                          e == RATLS_E_LIMIT ? "too many within a short time" : "'jti' was used")
             : RATLS_OK;
}

static enum ratls_err check(const struct rt_compact *jws, struct check *c)
{
    static enum ratls_err (*const steps[])(struct check *) = {
        check_jti, check_method, check_url, check_dates, check_token, check_nonce, check_replay,
    };
    enum ratls_err e = check_typ(jws, c->err);

    if (!e)
        e = check_signature(jws, c);
    for (size_t i = 0; i < RT_COUNT(steps) && !e; i++)
        e = steps[i](c);
    return e;
}

/* ---- entry ---- */

static const char *number_fault(const struct ratls_dpop_rules *r)
{
    if (r->max_age_s < 1 || r->max_age_s > RATLS_DPOP_AGE_MAX_S)
        return "max_age_s";
    if (r->skew_s < 0 || r->skew_s > MAX_SKEW_S)
        return "skew_s";
    if (r->seen && rt_replay_life_s(r->seen) < r->max_age_s + 2 * r->skew_s)
        return "seen";
    return r->now < 0 ? "now" : NULL;
}

static const char *fault_of(const struct ratls_dpop_rules *r)
{
    struct rt_htu url;

    if (!rt_is_token_text(r->method, MAX_METHOD))
        return "method";
    if (!rt_htu_normal(r->url, &url))
        return "url";
    if (r->token.len > RATLS_TOKEN_MAX)
        return "token";
    if (r->nonce && !rt_is_token_text(r->nonce, RATLS_DPOP_NONCE_MAX))
        return "nonce";
    return number_fault(r);
}

enum ratls_err ratls_dpop_verify(const struct ratls_env *env, struct ratls_bytes proof,
                                 const struct ratls_dpop_rules *rules, struct ratls_dpop_proof *out,
                                 struct ratls_error *err)
{
    const char *fault = fault_of(rules);
    struct rt_compact jws = {0};
    struct check c = {.rules = rules, .proof = out, .err = err};

    *out = (struct ratls_dpop_proof){0};
    if (fault)
        return ratls_fail(err, RATLS_E_USAGE, "rules of proofs: %s", fault);
    if (proof.len > RATLS_DPOP_MAX)
        return ratls_fail(err, RATLS_E_TOKEN_FORMAT, "proof of %zu bytes, at most %d", proof.len,
                          RATLS_DPOP_MAX);
    enum ratls_err e = rt_compact_read_proof(proof, &jws, err);
    if (!e) {
        c.claims = jws.claims;
        c.now = rules->now ? rules->now : env->now(env->arg);
        e = check(&jws, &c);
    }
    rt_compact_free(&jws);
    if (e)
        *out = (struct ratls_dpop_proof){0};
    return e;
}
