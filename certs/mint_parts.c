#include "mint_parts.h"

#include "der.h"
#include "oid.h"

#define YEAR_1950 INT64_C(-631152000)
#define YEAR_9999 INT64_C(253402300799)

bool rt_mint_is_name(struct ratls_bytes element)
{
    struct rt_reader r = rt_reader(element);

    (void)rt_der_get(&r, RT_DER_SEQUENCE, NULL);
    return rt_at_end(&r);
}

enum ratls_err rt_mint_check_dates(int64_t first, int64_t last, struct ratls_error *err)
{
    if (first > last)
        return ratls_fail(err, RATLS_E_USAGE, "the last date is before the first");
    if (first < YEAR_1950 || last > YEAR_9999)
        return ratls_fail(err, RATLS_E_USAGE, "a date outside the years 1950 to 9999");
    return RATLS_OK;
}

enum ratls_err rt_mint_key_id(struct ratls_bytes spki, uint8_t out[RT_KEY_ID_LEN],
                              struct ratls_error *err)
{
    struct rt_reader r = rt_reader(spki);
    struct rt_reader info = rt_der_enter(&r, RT_DER_SEQUENCE);
    uint8_t digest[RT_SHA256_LEN];

    (void)rt_der_get(&info, RT_DER_SEQUENCE, NULL);
    struct ratls_bytes bits = rt_der_bits(&info);
    if (!rt_at_end(&info) || !rt_at_end(&r))
        return ratls_fail(err, RATLS_E_USAGE, "the public key is not a SubjectPublicKeyInfo");
    enum ratls_err e = rt_sha256(bits, digest);
    if (e == RATLS_OK)
        memcpy(out, digest, RT_KEY_ID_LEN);
    return e;
}

struct rt_ext_marks rt_mint_begin_ext(struct rt_writer *w, struct ratls_bytes oid, bool critical)
{
    struct rt_ext_marks m = {.whole = rt_der_begin(w, RT_DER_SEQUENCE)};

    rt_der_put_oid(w, oid);
    if (critical) /* DEFAULT FALSE is never encoded (X.690 s.11.5) */
        rt_der_put_bool(w, true);
    m.value = rt_der_begin(w, RT_DER_OCTET_STRING);
    return m;
}

void rt_mint_end_ext(struct rt_writer *w, struct rt_ext_marks m)
{
    rt_der_end(w, m.value);
    rt_der_end(w, m.whole);
}

void rt_mint_put_aki(struct rt_writer *w, struct ratls_bytes id)
{
    struct rt_ext_marks m = rt_mint_begin_ext(w, RT_OID(AKI), false);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put(w, RT_DER_CONTEXT | 0, id);
    rt_der_end(w, list);
    rt_mint_end_ext(w, m);
}

struct ratls_bytes rt_mint_spki(const struct rt_mint_key *key)
{
    return key->rsa ? rt_rsa_spki(key->rsa) : rt_key_spki(key->ec);
}

/* SHA-384 with NULL parameters, as AMD writes it (RFC 4055 s.2.1). */
static void put_sha384(struct rt_writer *w)
{
    size_t mark = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put_oid(w, RT_OID(SHA384));
    rt_der_put(w, RT_DER_NULL, ratls_bytes(NULL, 0));
    rt_der_end(w, mark);
}

/* RSASSA-PSS-params, RFC 4055 s.3.1. */
static void put_pss_params(struct rt_writer *w)
{
    size_t params = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t hash = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 0);

    put_sha384(w);
    rt_der_end(w, hash);
    size_t mgf = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 1);
    size_t alg = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_oid(w, RT_OID(MGF1));
    put_sha384(w);
    rt_der_end(w, alg);
    rt_der_end(w, mgf);
    size_t salt = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 2);
    rt_der_put_uint(w, RT_SHA384_LEN);
    rt_der_end(w, salt);
    rt_der_end(w, params);
}

/* The one that rt_sign_der() uses; no parameters (RFC 5758 s.3.2). */
static void put_ecdsa(struct rt_writer *w, enum rt_curve curve)
{
    switch (curve) {
    case RT_P256:
        rt_der_put_oid(w, RT_OID(ECDSA_SHA256));
        return;
    case RT_P384:
        rt_der_put_oid(w, RT_OID(ECDSA_SHA384));
        return;
    case RT_P521:
        rt_der_put_oid(w, RT_OID(ECDSA_SHA512));
        return;
    }
    w->bad = true;
}

void rt_mint_put_algorithm(struct rt_writer *w, const struct rt_mint_key *key)
{
    size_t mark = rt_der_begin(w, RT_DER_SEQUENCE);

    if (!key->rsa) {
        put_ecdsa(w, rt_key_curve(key->ec));
    } else if (key->rsa_pkcs1) {
        rt_der_put_oid(w, RT_OID(RSA_SHA256));
        rt_der_put(w, RT_DER_NULL, ratls_bytes(NULL, 0)); /* RFC 4055 s.5 */
    } else {
        rt_der_put_oid(w, RT_OID(RSA_PSS));
        put_pss_params(w);
    }
    rt_der_end(w, mark);
}

static enum ratls_err sign(const struct ratls_env *env, const struct rt_mint_key *key,
                           struct ratls_bytes msg, struct ratls_buffer *sig)
{
    if (!key->rsa)
        return rt_sign_der(env, key->ec, msg, sig);
    return key->rsa_pkcs1 ? rt_rsa_sign_pkcs1(env, key->rsa, msg, sig)
                          : rt_rsa_sign_pss(env, key->rsa, RT_SHA384, msg, sig);
}

static enum ratls_err assemble(struct ratls_bytes tbs, const struct rt_mint_key *key,
                               struct ratls_bytes sig, struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    size_t mark = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_put_bytes(&w, tbs);
    rt_mint_put_algorithm(&w, key);
    rt_der_put_bits(&w, sig);
    rt_der_end(&w, mark);
    return rt_writer_take(&w, out);
}

enum ratls_err rt_mint_sign(const struct ratls_env *env, const struct rt_mint_key *key,
                            struct rt_writer *tbs, struct ratls_buffer *der)
{
    struct ratls_buffer msg = {0}, sig = {0};
    enum ratls_err e;

    *der = (struct ratls_buffer){0};
    if ((e = rt_writer_take(tbs, &msg)) != RATLS_OK)
        goto out;
    if ((e = sign(env, key, rt_bytes_of(&msg), &sig)) == RATLS_OK)
        e = assemble(rt_bytes_of(&msg), key, rt_bytes_of(&sig), der);
out:
    ratls_buffer_free(&msg);
    ratls_buffer_free(&sig);
    return e;
}
