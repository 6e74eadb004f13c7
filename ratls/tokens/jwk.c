#include "jwk.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "token_sm2.h"

/* ---- written ---- */

static void put_number(struct rt_writer *w, const char *name, struct ratls_bytes number)
{
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ":\"");
    rt_put_base64url(w, number);
    rt_json_put_raw(w, "\"");
}

static const char *curve_name(enum rt_key_type type)
{
    const struct rt_token_alg *alg = rt_token_alg_of(type);

    return alg ? alg->crv : type == RT_KEY_P521 ? "P-521" : NULL;
}

static void put_ec(struct rt_writer *w, const struct rt_public_key *key, const char *crv)
{
    const size_t size = key->point.len / 2;

    rt_json_put_raw(w, "\"crv\":");
    rt_json_put_text(w, crv);
    rt_json_put_raw(w, ",\"kty\":\"EC\",");
    put_number(w, "x", ratls_bytes(key->point.p, size));
    rt_json_put_raw(w, ",");
    put_number(w, "y", ratls_bytes(key->point.p + size, size));
}

void rt_jwk_put_members(struct rt_writer *w, const struct rt_public_key *key)
{
    const char *crv = curve_name(key->type);

    if (crv) {
        put_ec(w, key, crv);
    } else if (key->type == RT_KEY_RSA) {
        put_number(w, "e", key->rsa_e);
        rt_json_put_raw(w, ",\"kty\":\"RSA\",");
        put_number(w, "n", key->rsa_n);
    } else {
        w->bad = true;
    }
}

enum ratls_err rt_jwk_thumb(const struct rt_public_key *key, char out[RATLS_JWK_THUMB_LEN + 1])
{
    struct rt_writer w = {0};
    uint8_t hash[RT_SHA256_LEN];

    rt_json_put_raw(&w, "{");
    rt_jwk_put_members(&w, key);
    rt_json_put_raw(&w, "}");
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&w), hash);
    if (!e)
        rt_base64url(ratls_bytes(hash, sizeof hash), out);
    rt_writer_free(&w);
    return e;
}

enum ratls_err ratls_jwk_thumbprint(struct ratls_bytes spki, char out[RATLS_JWK_THUMB_LEN + 1],
                                    struct ratls_error *err)
{
    struct rt_public_key key;
    enum ratls_err e = rt_public_key_parse(spki, &key, err);

    out[0] = 0;
    if (!e && key.type == RT_KEY_ED25519)
        e = ratls_fail(err, RATLS_E_CERT_KEY, "a key of this kind has no thumbprint here");
    return e ? e : rt_jwk_thumb(&key, out);
}

/* ---- read ---- */

bool rt_is_token_text(const char *text, size_t max)
{
    size_t len = 0;

    for (; text && text[len] && len <= max; len++)
        if (text[len] < 0x20 || text[len] > 0x7e)
            return false;
    return len >= 1 && len <= max;
}

const char *rt_token_text(const cJSON *object, const char *name, size_t max)
{
    const char *text = cJSON_GetStringValue(rt_json_member(object, name));

    return rt_is_token_text(text, max) ? text : NULL;
}

static enum ratls_err bad_member(const char *name, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_CONFIG, "'%s' is malformed or missing", name);
}

/* RFC 7518 s.6.2.2, s.6.3.2 and s.6.4: what only the owner of a key may have. */
static enum ratls_err refuse_secrets(const cJSON *json, struct ratls_error *err)
{
    static const char *const secrets[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

    for (size_t i = 0; i < RT_COUNT(secrets); i++)
        if (rt_json_member(json, secrets[i]))
            return ratls_fail(err, RATLS_E_CONFIG, "JWK: a private or symmetric key ('%s')",
                              secrets[i]);
    return RATLS_OK;
}

/* Appended to jwk->numbers, which has room for it. */
static bool read_number(const cJSON *json, const char *name, struct rt_jwk *jwk,
                        struct ratls_bytes *out)
{
    const char *text = cJSON_GetStringValue(rt_json_member(json, name));
    uint8_t *at = jwk->numbers.p + jwk->numbers.len;
    size_t len = RT_SPKI_MAX - jwk->numbers.len;

    if (!text || !rt_unbase64url(text, strlen(text), at, &len) || len == 0)
        return false;
    jwk->numbers.len += len;
    *out = ratls_bytes(at, len);
    return true;
}

/* Both coordinates have the width of the field (RFC 7518 s.6.2.1.2): together they are the point.
 */
static enum ratls_err read_ec(const cJSON *json, struct rt_jwk *jwk, struct ratls_error *err)
{
    const char *crv = cJSON_GetStringValue(rt_json_member(json, "crv"));
    struct ratls_bytes x, y;

    if (!crv || strcmp(crv, jwk->alg->crv) != 0)
        return bad_member("crv", err);
    if (!read_number(json, "x", jwk, &x))
        return bad_member("x", err);
    if (!read_number(json, "y", jwk, &y) || x.len != y.len)
        return bad_member("y", err);
    const struct ratls_bytes point = rt_bytes_of(&jwk->numbers);
    if (jwk->alg->type == RT_KEY_SM2)
        return rt_token_sm2_public(point, &jwk->key, err);
    return rt_public_key_of_point(jwk->alg->curve, point, &jwk->key, err);
}

static enum ratls_err read_rsa(const cJSON *json, struct rt_jwk *jwk, struct ratls_error *err)
{
    struct ratls_bytes n, e;

    if (!read_number(json, "n", jwk, &n))
        return bad_member("n", err);
    if (!read_number(json, "e", jwk, &e))
        return bad_member("e", err);
    return rt_public_key_of_rsa(n, e, &jwk->key, err);
}

/* Without one (`bare`) it follows from the key, which is read by then. */
static enum ratls_err read_kid(const cJSON *json, bool bare, struct rt_jwk *jwk,
                               struct ratls_error *err)
{
    const char *kid = rt_token_text(json, "kid", RT_MAX_KID);

    if (!kid)
        return bare && !rt_json_member(json, "kid") ? rt_jwk_thumb(&jwk->key, jwk->kid)
                                                    : bad_member("kid", err);
    memcpy(jwk->kid, kid, strlen(kid) + 1);
    return RATLS_OK;
}

static enum ratls_err read_public(const cJSON *json, struct rt_jwk *jwk, struct ratls_error *err)
{
    const char *kty = cJSON_GetStringValue(rt_json_member(json, "kty"));
    const bool rsa = jwk->alg->type == RT_KEY_RSA;

    if (!kty || strcmp(kty, rsa ? "RSA" : "EC") != 0)
        return bad_member("kty", err);
    if (!(jwk->numbers.p = malloc(RT_SPKI_MAX)))
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rsa ? read_rsa(json, jwk, err) : read_ec(json, jwk, err);
    return e ? e : rt_token_alg_fits(jwk->alg, &jwk->key, err);
}

/* RFC 7517 s.4.2 and s.4.3. */
static bool is_for_verifying(const cJSON *json)
{
    const cJSON *use = rt_json_member(json, "use"), *ops = rt_json_member(json, "key_ops"), *op;
    bool verifies = !ops;

    if (use && (!cJSON_IsString(use) || strcmp(use->valuestring, "sig") != 0))
        return false;
    cJSON_ArrayForEach(op, ops)
    {
        verifies = verifies || (cJSON_IsString(op) && strcmp(op->valuestring, "verify") == 0);
    }
    return verifies;
}

enum ratls_err rt_jwk_read(const cJSON *json, bool bare, struct rt_jwk *out,
                           struct ratls_error *err)
{
    const char *alg = cJSON_GetStringValue(rt_json_member(json, "alg"));
    struct ratls_error inner = {0};

    *out = (struct rt_jwk){0};
    if (!cJSON_IsObject(json))
        return ratls_fail(err, RATLS_E_CONFIG, "JWK: not an object");
    enum ratls_err e = refuse_secrets(json, err);
    if (e)
        return e;
    if (!is_for_verifying(json))
        return RATLS_OK;
    if (!alg)
        return bad_member("alg", err);
    if (!(out->alg = rt_token_alg_find(alg)))
        return RATLS_OK;
    if ((e = read_public(json, out, &inner)) == RATLS_OK)
        e = read_kid(json, bare, out, &inner);
    return e == RATLS_OK || rt_is_own_failure(e)
               ? e
               : ratls_fail(err, RATLS_E_CONFIG, "JWK: %s", inner.detail);
}

enum ratls_err rt_jwk_read_for(const cJSON *json, const struct rt_token_alg *alg,
                               struct rt_jwk *out, struct ratls_error *err)
{
    const cJSON *own = rt_json_member(json, "alg");
    struct ratls_error inner = {0};

    *out = (struct rt_jwk){.alg = alg};
    if (!cJSON_IsObject(json))
        return ratls_fail(err, RATLS_E_TOKEN_KEY, "JWK: not an object");
    if (refuse_secrets(json, &inner) != RATLS_OK)
        return ratls_fail(err, RATLS_E_TOKEN_KEY, "%s", inner.detail);
    if (!is_for_verifying(json))
        return ratls_fail(err, RATLS_E_TOKEN_KEY, "JWK: for another use");
    if (own && (!cJSON_IsString(own) || strcmp(own->valuestring, alg->name) != 0))
        return ratls_fail(err, RATLS_E_TOKEN_KEY, "JWK: not for %s", alg->name);
    enum ratls_err e = read_public(json, out, &inner);
    return e == RATLS_OK || rt_is_own_failure(e)
               ? e
               : ratls_fail(err, RATLS_E_TOKEN_KEY, "JWK: %s", inner.detail);
}

void rt_jwk_free(struct rt_jwk *jwk)
{
    ratls_buffer_free(&jwk->numbers);
    *jwk = (struct rt_jwk){0};
}
