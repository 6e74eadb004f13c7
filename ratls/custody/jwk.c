/* Public keys as JWK. */
#include <cjson/cJSON.h>

#include "der.h"
#include "json.h"
#include "jwe.h"
#include "oid.h"

enum { COORDINATE_MAX = 66, MODULUS_MAX = 512, EXPONENT_MAX = 8 };

static const struct {
    const char *name;
    enum rt_curve curve;
    size_t size;
} curves[] = {{"P-256", RT_P256, 32}, {"P-384", RT_P384, 48}, {"P-521", RT_P521, 66}};

static enum ratls_err refuse(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_CERT_KEY, "JWK: %s", why);
}

static const char *text_of(const cJSON *json, const char *name)
{
    const cJSON *member = rt_json_member(json, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

static bool bytes_of(const cJSON *json, const char *name, uint8_t *out, size_t *len)
{
    const char *text = text_of(json, name);

    return rt_unbase64url(text, strnlen(text, 2 * MODULUS_MAX), out, len) && *len > 0;
}

/* The whole key is judged as if it had come as SubjectPublicKeyInfo. */
static enum ratls_err finish(struct rt_writer *w, struct ratls_buffer *out, struct ratls_error *err)
{
    struct rt_public_key key;
    enum ratls_err e = rt_writer_take(w, out);

    if (!e && (e = rt_public_key_parse(rt_bytes_of(out), &key, NULL)) != RATLS_OK &&
        !rt_is_own_failure(e))
        e = refuse(err, "no public key that is known here");
    if (e)
        ratls_buffer_free(out);
    return e;
}

/* Each coordinate has the full width of the curve (RFC 7518 s.6.2.1.2). */
static enum ratls_err ec_spki(const cJSON *jwk, struct ratls_buffer *out, struct ratls_error *err)
{
    const char *name = text_of(jwk, "crv");
    uint8_t point[2 * COORDINATE_MAX];
    struct rt_writer w = {0};

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        const size_t size = curves[i].size;
        size_t x_len = size, y_len = size;
        if (strcmp(curves[i].name, name) != 0)
            continue;
        if (!bytes_of(jwk, "x", point, &x_len) || !bytes_of(jwk, "y", point + size, &y_len) ||
            x_len != size || y_len != size)
            return refuse(err, "x or y is missing or has a wrong length");
        rt_put_spki(&w, curves[i].curve, ratls_bytes(point, 2 * size));
        return finish(&w, out, err);
    }
    return refuse(err, "an unknown curve");
}

/* RFC 3279 s.2.3.1. */
static enum ratls_err rsa_spki(const cJSON *jwk, struct ratls_buffer *out, struct ratls_error *err)
{
    uint8_t n[MODULUS_MAX], e[EXPONENT_MAX];
    size_t n_len = sizeof n, e_len = sizeof e;
    struct rt_writer inner = {0}, w = {0};

    if (!bytes_of(jwk, "n", n, &n_len) || !bytes_of(jwk, "e", e, &e_len))
        return refuse(err, "n or e is missing or too long");
    size_t key = rt_der_begin(&inner, RT_DER_SEQUENCE);
    rt_der_put_positive(&inner, ratls_bytes(n, n_len));
    rt_der_put_positive(&inner, ratls_bytes(e, e_len));
    rt_der_end(&inner, key);
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE), alg = rt_der_begin(&w, RT_DER_SEQUENCE);
    rt_der_put_oid(&w, RT_OID(RSA));
    rt_der_put(&w, RT_DER_NULL, ratls_bytes(NULL, 0));
    rt_der_end(&w, alg);
    rt_der_put_bits(&w, rt_written(&inner));
    rt_der_end(&w, all);
    w.bad = w.bad || inner.bad;
    rt_writer_free(&inner);
    return finish(&w, out, err);
}

enum ratls_err rt_jwk_spki(const struct cJSON *jwk, struct ratls_buffer *out,
                           struct ratls_error *err)
{
    const char *kty = text_of(jwk, "kty");

    *out = (struct ratls_buffer){0};
    if (rt_json_has(jwk, "d"))
        return refuse(err, "a private key, which should not be here");
    if (strcmp(kty, "EC") == 0)
        return ec_spki(jwk, out, err);
    return strcmp(kty, "RSA") == 0 ? rsa_spki(jwk, out, err) : refuse(err, "neither EC nor RSA");
}

/* ---- writing ---- */

static void put_coordinate(struct rt_writer *w, const char *name, struct ratls_bytes bytes)
{
    char text[2 * COORDINATE_MAX];

    rt_base64url(bytes, text);
    rt_put_u8(w, ',');
    rt_json_put_text(w, name);
    rt_put_u8(w, ':');
    rt_json_put_text(w, text);
}

enum ratls_err rt_put_jwk(struct rt_writer *w, enum rt_curve curve, struct ratls_bytes point)
{
    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        const size_t size = curves[i].size;
        if (curves[i].curve != curve || point.len != 2 * size)
            continue;
        rt_json_put_raw(w, "{\"kty\":\"EC\",\"crv\":");
        rt_json_put_text(w, curves[i].name);
        put_coordinate(w, "x", ratls_bytes(point.p, size));
        put_coordinate(w, "y", ratls_bytes(point.p + size, size));
        rt_put_u8(w, '}');
        return RATLS_OK;
    }
    return RATLS_E_CERT_KEY;
}
