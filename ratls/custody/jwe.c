/* JWE, made and opened: a content key for one message, which goes to the recipient's key. */
#include "jwe.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "sealed.h"

enum { SHARED_MAX = 66, RSA_BITS_MIN = 2048, WRAPPED_MAX = RT_AES_KEY_LEN + RT_AES_WRAP_MORE };

/* Lies in pages of its own. */
struct keys {
    const struct rt_jwe_enc *enc; /* says how much of `content` counts */
    uint8_t content[RT_AES_KEY_LEN], wrapping[RT_AES_KEY_LEN], shared[SHARED_MAX];
};

static struct keys *keys_new(const struct rt_jwe_enc *enc)
{
    struct keys *k = rt_secret_alloc(sizeof *k);

    if (k)
        k->enc = enc;
    return k;
}

static struct ratls_bytes content_of(const struct keys *k)
{
    return ratls_bytes(k->content, k->enc->key_len);
}

static void keys_free(struct keys *k)
{
    rt_secret_free(k, sizeof *k);
}

/* ---- agreement ---- */

static void put_info(struct rt_writer *w, struct ratls_bytes bytes)
{
    rt_put_u32be(w, (uint32_t)bytes.len);
    rt_put_bytes(w, bytes);
}

enum ratls_err rt_concat_kdf(const struct rt_kdf *in, uint8_t *out, size_t out_len)
{
    uint8_t digest[RT_SHA256_LEN];
    struct rt_writer w = {0};

    if (out_len > sizeof digest)
        return RATLS_E_LIMIT;
    rt_put_u32be(&w, 1); /* the only round */
    rt_put_bytes(&w, in->secret);
    put_info(&w, ratls_bytes_str(in->alg));
    put_info(&w, in->apu);
    put_info(&w, in->apv);
    rt_put_u32be(&w, 8 * (uint32_t)out_len);
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&w), digest);
    if (!e)
        memcpy(out, digest, out_len);
    rt_wipe(digest, sizeof digest);
    rt_writer_free(&w);
    return e;
}

static size_t shared_len(enum rt_curve curve)
{
    return curve == RT_P256 ? 32 : curve == RT_P384 ? 48 : SHARED_MAX;
}

/* k->wrapping from both keys. */
static enum ratls_err agree(const struct ratls_env *env, struct rt_key *own,
                            struct ratls_bytes point, const struct rt_jwe *j, struct keys *k)
{
    const struct rt_kdf kdf = {
        .secret = ratls_bytes(k->shared, shared_len(rt_key_curve(own))),
        .alg = rt_jwe_alg_name(RT_JWE_ECDH),
        .apu = ratls_bytes(j->apu, j->apu_len),
        .apv = ratls_bytes(j->apv, j->apv_len),
    };
    enum ratls_err e = rt_key_agree(env, own, point, k->shared);

    return e ? e : rt_concat_kdf(&kdf, k->wrapping, sizeof k->wrapping);
}

/* ---- recipients ---- */

/* *out is DER SubjectPublicKeyInfo, new. */
static enum ratls_err recipient_spki(struct ratls_bytes text, struct ratls_buffer *out,
                                     struct ratls_error *err)
{
    struct ratls_bytes rest = text;
    cJSON *jwk = NULL;

    *out = (struct ratls_buffer){0};
    if (text.len > RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_CERT_KEY, "a public key of %zu bytes", text.len);
    if (rt_starts_with(rt_without_space(text), "-----")) {
        enum ratls_err e = rt_pem_next(&rest, "PUBLIC KEY", out);
        return e == RATLS_OK || e == RATLS_E_NO_MEMORY
                   ? e
                   : ratls_fail(err, RATLS_E_CERT_KEY, "no public key in the PEM text");
    }
    if (!rt_starts_with(rt_without_space(text), "{"))
        return rt_dup(text, out);
    enum ratls_err e = rt_json_parse_up_to(text, RT_MAX_CERT, RATLS_E_CERT_KEY, &jwk, err);
    if (!e)
        e = rt_jwk_spki(jwk, out, err);
    rt_json_free(jwk);
    return e;
}

static bool curve_of(enum rt_key_type type, enum rt_curve *out)
{
    static const struct {
        enum rt_key_type type;
        enum rt_curve curve;
    } rows[] = {{RT_KEY_P256, RT_P256}, {RT_KEY_P384, RT_P384}, {RT_KEY_P521, RT_P521}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        *out = rows[i].curve;
        if (rows[i].type == type)
            return true;
    }
    return false;
}

/* ---- making ---- */

static void put_base64url(struct rt_writer *w, struct ratls_bytes bytes)
{
    const size_t len = rt_base64url_len(bytes.len);
    char *text = malloc(len + 1);

    if (!text) {
        w->bad = true;
        return;
    }
    rt_base64url(bytes, text);
    rt_put(w, text, len);
    free(text);
}

static void put_header(struct rt_writer *w, enum rt_jwe_alg alg, const struct rt_jwe_enc *enc,
                       struct ratls_bytes epk)
{
    struct rt_writer json = {0};

    rt_json_put_raw(&json, "{\"alg\":");
    rt_json_put_text(&json, rt_jwe_alg_name(alg));
    rt_json_put_raw(&json, ",\"enc\":");
    rt_json_put_text(&json, enc->name);
    if (epk.len) {
        rt_json_put_raw(&json, ",\"epk\":");
        rt_put_bytes(&json, epk);
    }
    rt_put_u8(&json, '}');
    put_base64url(w, rt_written(&json));
    w->bad = w->bad || json.bad;
    rt_writer_free(&json);
}

/* Header and encrypted key, for an EC key. */
static enum ratls_err put_ecdh(const struct ratls_env *env, struct rt_writer *w,
                               const struct rt_public_key *to, struct keys *k)
{
    static const struct rt_jwe no_info;
    uint8_t wrapped[WRAPPED_MAX];
    struct rt_writer epk = {0};
    struct rt_key *own = NULL;
    enum rt_curve curve;

    if (!curve_of(to->type, &curve))
        return RATLS_E_CERT_KEY;
    enum ratls_err e = rt_key_generate(env, curve, &own);
    if (!e)
        e = rt_put_jwk(&epk, curve, rt_key_point(own));
    if (!e)
        e = agree(env, own, to->point, &no_info, k);
    if (!e)
        e = rt_aes_wrap(k->wrapping, content_of(k), wrapped);
    if (!e) {
        put_header(w, RT_JWE_ECDH, k->enc, rt_written(&epk));
        rt_put_u8(w, '.');
        put_base64url(w, ratls_bytes(wrapped, k->enc->key_len + RT_AES_WRAP_MORE));
    }
    w->bad = w->bad || epk.bad;
    rt_writer_free(&epk);
    rt_key_free(own);
    return e;
}

static enum ratls_err put_oaep(const struct ratls_env *env, struct rt_writer *w,
                               const struct rt_public_key *to, struct keys *k)
{
    struct ratls_buffer sealed = {0};
    enum ratls_err e = rt_oaep_seal(env, to, content_of(k), &sealed);

    if (e)
        return e;
    put_header(w, RT_JWE_OAEP, k->enc, ratls_bytes(NULL, 0));
    rt_put_u8(w, '.');
    put_base64url(w, rt_bytes_of(&sealed));
    ratls_buffer_free(&sealed);
    return RATLS_OK;
}

/* What stands in front of the first point is authenticated. */
static enum ratls_err put_sealed(const struct ratls_env *env, struct rt_writer *w,
                                 const struct keys *k, struct ratls_bytes value)
{
    const struct ratls_bytes all = rt_written(w);
    const uint8_t *point = all.len ? memchr(all.p, '.', all.len) : NULL;
    struct ratls_buffer sealed = {.p = malloc(value.len + RT_GCM_TAG_LEN),
                                  .len = value.len + RT_GCM_TAG_LEN};
    uint8_t iv[RT_GCM_IV_LEN];
    const struct rt_gcm with = {.key = k->content,
                                .iv = iv,
                                .aad = ratls_bytes(all.p, point ? (size_t)(point - all.p) : 0)};

    if (!point || !sealed.p) {
        free(sealed.p);
        return RATLS_E_NO_MEMORY;
    }
    enum ratls_err e = env->random(env->arg, iv, sizeof iv) == 0
                           ? k->enc->seal(&with, value, sealed.p)
                           : RATLS_E_RANDOM;
    if (!e) {
        rt_put_u8(w, '.');
        put_base64url(w, ratls_bytes(iv, sizeof iv));
        rt_put_u8(w, '.');
        put_base64url(w, ratls_bytes(sealed.p, value.len));
        rt_put_u8(w, '.');
        put_base64url(w, ratls_bytes(sealed.p + value.len, RT_GCM_TAG_LEN));
        rt_put_u8(w, 0);
    }
    ratls_buffer_free(&sealed);
    return e;
}

static enum ratls_err make(const struct ratls_env *env, struct ratls_bytes value,
                           const struct rt_public_key *to, const struct rt_jwe_enc *enc,
                           struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    struct keys *k = keys_new(enc);
    enum ratls_err e = k ? RATLS_OK : RATLS_E_NO_MEMORY;

    if (!e && env->random(env->arg, k->content, enc->key_len) != 0)
        e = RATLS_E_RANDOM;
    if (!e)
        e = to->type == RT_KEY_RSA ? put_oaep(env, &w, to, k) : put_ecdh(env, &w, to, k);
    if (!e)
        e = w.bad ? RATLS_E_NO_MEMORY : put_sealed(env, &w, k, value);
    keys_free(k);
    if (!e)
        e = rt_writer_take(&w, out);
    if (!e)
        out->len--; /* the NUL */
    rt_writer_free(&w);
    return e;
}

enum ratls_err ratls_secret_jwe(const struct ratls_env *env, struct ratls_bytes value,
                                const struct ratls_jwe_key *recipient, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    struct ratls_buffer spki = {0};
    struct rt_public_key to = {0};

    *out = (struct ratls_buffer){0};
    if (value.len == 0 || value.len > RATLS_SECRET_VALUE_MAX)
        return ratls_fail(err, RATLS_E_USAGE, "a value has 1 to %d bytes", RATLS_SECRET_VALUE_MAX);
    enum ratls_err e = ratls_jwe_enc_check(recipient->enc, err);
    if (!e)
        e = recipient_spki(recipient->key, &spki, err);
    if (!e && (e = rt_public_key_parse(rt_bytes_of(&spki), &to, NULL)) != RATLS_OK &&
        !rt_is_own_failure(e))
        e = ratls_fail(err, RATLS_E_CERT_KEY, "no public key that is known here");
    if (!e && ((to.type == RT_KEY_RSA && to.bits < RSA_BITS_MIN) || to.type == RT_KEY_ED25519))
        e = ratls_fail(err, RATLS_E_CERT_KEY, "EC keys, and RSA keys of %d bits or more, alone",
                       RSA_BITS_MIN);
    if (!e)
        e = make(env, value, &to, rt_jwe_enc_of(recipient->enc), out);
    ratls_buffer_free(&spki);
    return e;
}

/* ---- opening ---- */

static enum ratls_err unwrap_ecdh(const struct ratls_env *env, const struct rt_jwe *j,
                                  struct ratls_bytes key, struct keys *k, struct ratls_error *err)
{
    struct rt_public_key epk;
    struct rt_key *own = NULL;
    enum rt_curve curve;
    enum ratls_err e = rt_key_import(key, &own, err);

    if (!e)
        e = rt_public_key_parse(rt_bytes_of(&j->epk), &epk, NULL);
    if (!e && (!curve_of(epk.type, &curve) || curve != rt_key_curve(own) ||
               j->key.len != k->enc->key_len + RT_AES_WRAP_MORE))
        e = RATLS_E_JWE;
    if (!e)
        e = agree(env, own, epk.point, j, k);
    if (!e)
        e = rt_aes_unwrap(k->wrapping, rt_bytes_of(&j->key), k->content, RATLS_E_JWE);
    rt_key_free(own);
    return e;
}

static enum ratls_err unwrap_oaep(const struct ratls_env *env, const struct rt_jwe *j,
                                  struct ratls_bytes key, struct keys *k, struct ratls_error *err)
{
    struct ratls_buffer content = {0};
    enum ratls_err e = rt_oaep_open(env, key, rt_bytes_of(&j->key), &content, RATLS_E_JWE);

    if (!e && content.len != k->enc->key_len)
        e = RATLS_E_JWE;
    if (!e)
        memcpy(k->content, content.p, content.len);
    ratls_buffer_free(&content);
    return e == RATLS_E_CERT_FORMAT ? ratls_fail(err, e, "no RSA private key") : e;
}

/* A content key that is none becomes a random one, so that the end is the same, and takes as long
 * (RFC 7516 s.11.5). */
static enum ratls_err unwrap(const struct ratls_env *env, const struct rt_jwe *j,
                             struct ratls_bytes key, struct keys *k, struct ratls_error *err)
{
    enum ratls_err e =
        j->alg == RT_JWE_ECDH ? unwrap_ecdh(env, j, key, k, err) : unwrap_oaep(env, j, key, k, err);

    if (e != RATLS_E_JWE)
        return e;
    return env->random(env->arg, k->content, sizeof k->content) == 0 ? RATLS_OK : RATLS_E_RANDOM;
}

static enum ratls_err open_parsed(const struct ratls_env *env, const struct rt_jwe *j,
                                  const struct ratls_jwe_key *own, struct ratls_secret_value **out,
                                  struct ratls_error *err)
{
    const struct ratls_bytes sealed =
        ratls_bytes(j->sealed.p + RT_GCM_IV_LEN, j->sealed.len - RT_GCM_IV_LEN);
    struct keys *k = keys_new(rt_jwe_enc_of(own->enc));
    enum ratls_err e = k ? unwrap(env, j, own->key, k, err) : RATLS_E_NO_MEMORY;
    struct ratls_secret_value *v = NULL;

    if (!e)
        e = rt_value_new(sealed.len - RT_GCM_TAG_LEN, &v);
    if (!e) {
        const struct rt_gcm with = {.key = k->content, .iv = j->sealed.p, .aad = j->header_text};
        e = k->enc->open(&with, sealed, rt_value_bytes(v), RATLS_E_JWE);
    }
    keys_free(k);
    if (e)
        ratls_secret_value_free(v);
    else
        *out = v;
    return e;
}

enum ratls_err ratls_secret_jwe_open(const struct ratls_env *env, struct ratls_bytes jwe,
                                     const struct ratls_jwe_key *own,
                                     struct ratls_secret_value **out, struct ratls_error *err)
{
    struct rt_jwe j = {0};
    enum ratls_err e = ratls_jwe_enc_check(own->enc, err);

    *out = NULL;
    if (!e)
        e = rt_jwe_parse(jwe, rt_jwe_enc_of(own->enc), &j, err);
    if (!e)
        e = open_parsed(env, &j, own, out, err);
    rt_jwe_free(&j);
    return e ? ratls_fail(err, e, "%s", ratls_err_text(e)) : RATLS_OK;
}
