/* Proofs of possession are made (RFC 9449 s.4.2). */
#include "htu.h"
#include "json.h"
#include "jwk.h"
#include "jwt_key.h"

#define MAX_METHOD 32
#define JTI_LEN    16

static void put_text(struct rt_writer *w, const char *name, const char *text)
{
    rt_json_put_raw(w, ",");
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ":");
    rt_json_put_text(w, text);
}

static enum ratls_err put_ath(struct rt_writer *w, struct ratls_bytes token)
{
    uint8_t hash[RT_SHA256_LEN];
    char text[RATLS_JWK_THUMB_LEN + 1]; /* both are SHA-256 */

    if (token.len == 0)
        return RATLS_OK;
    enum ratls_err e = rt_sha256(token, hash);
    if (e)
        return e;
    rt_base64url(ratls_bytes(hash, sizeof hash), text);
    put_text(w, "ath", text);
    return RATLS_OK;
}

static enum ratls_err put_claims(struct rt_writer *w, const struct ratls_env *env,
                                 const struct ratls_dpop *what, const struct rt_htu *url)
{
    uint8_t id[JTI_LEN];
    char jti[2 * JTI_LEN + 1];

    if (env->random(env->arg, id, sizeof id) != 0)
        return RATLS_E_RANDOM;
    rt_hex(ratls_bytes(id, sizeof id), jti);
    rt_json_put_raw(w, "{\"iat\":");
    rt_json_put_int(w, env->now(env->arg));
    put_text(w, "jti", jti);
    put_text(w, "htm", what->method);
    put_text(w, "htu", url->text);
    if (what->nonce)
        put_text(w, "nonce", what->nonce);
    enum ratls_err e = put_ath(w, what->token);
    rt_json_put_raw(w, "}");
    return e;
}

static const char *fault_of(const struct ratls_dpop *what, struct rt_htu *url)
{
    if (!rt_is_token_text(what->method, MAX_METHOD))
        return "method";
    if (!rt_htu_normal(what->url, url))
        return "url";
    if (what->token.len > RATLS_TOKEN_MAX)
        return "token";
    return what->nonce && !rt_is_token_text(what->nonce, RATLS_DPOP_NONCE_MAX) ? "nonce" : NULL;
}

enum ratls_err ratls_dpop_make(struct ratls_jwt_key *key, const struct ratls_dpop *what,
                               struct ratls_buffer *out, struct ratls_error *err)
{
    struct rt_writer header = {0}, payload = {0};
    struct rt_htu url;
    const char *fault = fault_of(what, &url);

    *out = (struct ratls_buffer){0};
    if (key->alg->pinned)
        return ratls_fail(err, RATLS_E_USAGE, "nobody takes a proof by %s", key->alg->name);
    if (fault)
        return ratls_fail(err, RATLS_E_USAGE, "a proof: %s", fault);
    rt_json_put_raw(&header, "{\"alg\":");
    rt_json_put_text(&header, key->alg->name);
    rt_json_put_raw(&header, ",\"typ\":\"" RATLS_DPOP_TYP "\",\"jwk\":{");
    rt_jwk_put_members(&header, &key->public);
    rt_json_put_raw(&header, "}}");
    enum ratls_err e = put_claims(&payload, key->env, what, &url);
    if (!e && (header.bad || payload.bad))
        e = RATLS_E_NO_MEMORY;
    if (!e)
        e = rt_jws_make(key, rt_written(&header), rt_written(&payload), RATLS_DPOP_MAX, out);
    rt_writer_free(&header);
    rt_writer_free(&payload);
    return e;
}
