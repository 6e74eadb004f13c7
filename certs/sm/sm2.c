#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "sm.h"

#define UNCOMPRESSED 0x04 /* SEC 1, s.2.3.3 */
#define MAX_DER_SIG  80   /* two integers of at most 33 bytes */

static void put_octets(const uint8_t point[RT_SM2_POINT_LEN], uint8_t out[1 + RT_SM2_POINT_LEN])
{
    out[0] = UNCOMPRESSED;
    memcpy(out + 1, point, RT_SM2_POINT_LEN);
}

/* Was it the input, and nothing else, that libcrypto complained of since its queue was cleared? A
 * lack of memory is no reason to blame a signature. */
static bool is_complaint(bool (*about_input)(unsigned long code))
{
    unsigned long code = ERR_get_error();
    bool so = code != 0;

    for (; code; code = ERR_get_error())
        so = so && about_input(code);
    return so;
}

/* ---- the curve ---- */

static bool is_about_point(unsigned long code)
{
    const int reason = ERR_GET_REASON(code);

    return ERR_GET_LIB(code) == ERR_LIB_EC &&
           (reason == EC_R_POINT_IS_NOT_ON_CURVE || reason == EC_R_INVALID_ENCODING);
}

static enum ratls_err check_point(const uint8_t point[RT_SM2_POINT_LEN])
{
    uint8_t octets[1 + RT_SM2_POINT_LEN];
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);
    EC_POINT *p = curve ? EC_POINT_new(curve) : NULL;
    enum ratls_err e = RATLS_E_CRYPTO;

    put_octets(point, octets);
    if (p && EC_POINT_oct2point(curve, p, octets, sizeof octets, NULL) == 1)
        e = RATLS_OK;
    else if (is_complaint(is_about_point))
        e = RATLS_E_CERT_KEY;
    EC_POINT_free(p);
    EC_GROUP_free(curve);
    return e;
}

enum ratls_err rt_sm2_check_point(const uint8_t point[RT_SM2_POINT_LEN])
{
    ERR_clear_error();
    return check_point(point);
}

/* 1 <= d <= n - 2 (GB/T 32918.1, s.6.1): d = n - 1 has no inverse of 1 + d. */
static bool is_in_range(const EC_GROUP *curve, const BIGNUM *d)
{
    BIGNUM *last = BN_dup(EC_GROUP_get0_order(curve));
    const bool fits = last && BN_sub_word(last, 2) && !BN_is_zero(d) && BN_cmp(d, last) <= 0;

    BN_free(last);
    return fits;
}

static bool multiply(const EC_GROUP *curve, const BIGNUM *d, uint8_t point[RT_SM2_POINT_LEN])
{
    uint8_t octets[1 + RT_SM2_POINT_LEN];
    EC_POINT *p = EC_POINT_new(curve);
    const bool done = p && EC_POINT_mul(curve, p, d, NULL, NULL, NULL) == 1 &&
                      EC_POINT_point2oct(curve, p, POINT_CONVERSION_UNCOMPRESSED, octets,
                                         sizeof octets, NULL) == sizeof octets;

    EC_POINT_free(p);
    if (done)
        memcpy(point, octets + 1, RT_SM2_POINT_LEN);
    return done;
}

/* ---- keys ---- */

enum ratls_err rt_sm2_key_of(const uint8_t scalar[RT_SM2_SIZE], struct rt_sm2_key *out)
{
    enum ratls_err e = RATLS_E_CRYPTO;

    ERR_clear_error();
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *d = BN_bin2bn(scalar, RT_SM2_SIZE, NULL);
    if (curve && d) {
        BN_set_flags(d, BN_FLG_CONSTTIME);
        if (!is_in_range(curve, d))
            e = RATLS_E_CERT_KEY;
        else if (multiply(curve, d, out->point))
            e = RATLS_OK;
    }
    if (e == RATLS_OK)
        memcpy(out->scalar, scalar, RT_SM2_SIZE);
    BN_clear_free(d);
    EC_GROUP_free(curve);
    ERR_clear_error();
    return e;
}

enum ratls_err rt_sm2_key_new(const struct ratls_env *env, struct rt_sm2_key *out)
{
    enum { TRIES = 64 }; /* the order begins with 31 ones: a second draw is one in 2^32 */
    uint8_t scalar[RT_SM2_SIZE];
    enum ratls_err e = RATLS_E_CERT_KEY;

    for (int i = 0; i < TRIES && e == RATLS_E_CERT_KEY; i++)
        e = env->random(env->arg, scalar, sizeof scalar) ? RATLS_E_RANDOM
                                                         : rt_sm2_key_of(scalar, out);
    rt_wipe(scalar, sizeof scalar);
    return e == RATLS_E_CERT_KEY ? RATLS_E_RANDOM : e;
}

/* `scalar` NULL: the public half alone. */
static OSSL_PARAM *describe(const uint8_t point[RT_SM2_POINT_LEN], const BIGNUM *scalar)
{
    uint8_t octets[1 + RT_SM2_POINT_LEN];
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;

    put_octets(point, octets);
    if (b && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, SN_sm2, 0) &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof octets) &&
        (!scalar || OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, scalar)))
        params = OSSL_PARAM_BLD_to_param(b);
    OSSL_PARAM_BLD_free(b);
    return params;
}

static EVP_PKEY *import(const uint8_t point[RT_SM2_POINT_LEN], const uint8_t *scalar)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, SN_sm2, NULL);
    BIGNUM *d = scalar ? BN_secure_new() : NULL;
    OSSL_PARAM *params = NULL;

    if (!scalar || (d && BN_bin2bn(scalar, RT_SM2_SIZE, d)))
        params = describe(point, d);
    if (!c || !params || EVP_PKEY_fromdata_init(c) != 1 ||
        EVP_PKEY_fromdata(c, &key, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    BN_clear_free(d);
    EVP_PKEY_CTX_free(c);
    return key;
}

/* ---- signatures as libcrypto has them ---- */

/* 1 <= r, s < n and r + s != n: otherwise no text has this signature (GB/T 32918.2, s.7.1). */
static enum ratls_err check_numbers(const BIGNUM *r, const BIGNUM *s)
{
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);
    BIGNUM *t = BN_new();
    enum ratls_err e = RATLS_E_CRYPTO;

    if (curve && t && BN_add(t, r, s)) {
        const BIGNUM *n = EC_GROUP_get0_order(curve);
        e = BN_is_zero(r) || BN_is_zero(s) || BN_cmp(r, n) >= 0 || BN_cmp(s, n) >= 0 ||
                    BN_cmp(t, n) == 0
                ? RATLS_E_CERT_SIGNATURE
                : RATLS_OK;
    }
    BN_free(t);
    EC_GROUP_free(curve);
    return e;
}

static enum ratls_err to_der(const uint8_t sig[RT_SM2_SIG_LEN], uint8_t der[MAX_DER_SIG],
                             size_t *der_len)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, RT_SM2_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(sig + RT_SM2_SIZE, RT_SM2_SIZE, NULL);
    enum ratls_err e = pair && r && s ? check_numbers(r, s) : RATLS_E_CRYPTO;

    *der_len = 0;
    if (e == RATLS_OK && ECDSA_SIG_set0(pair, r, s)) {
        r = s = NULL; /* taken */
        const int len = i2d_ECDSA_SIG(pair, &der);
        *der_len = len > 0 ? (size_t)len : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return e ? e : *der_len ? RATLS_OK : RATLS_E_CRYPTO;
}

static bool of_der(const uint8_t *der, size_t len, uint8_t sig[RT_SM2_SIG_LEN])
{
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    const bool done =
        pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, RT_SM2_SIZE) == RT_SM2_SIZE &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + RT_SM2_SIZE, RT_SM2_SIZE) == RT_SM2_SIZE;

    ECDSA_SIG_free(pair);
    return done;
}

static bool is_fit(const struct rt_sm2_message *msg)
{
    return msg->id.len > 0 && msg->id.len <= RT_SM2_MAX_ID;
}

/* Without an id libcrypto takes none at all, and the signature is another. */
static bool set_id(EVP_PKEY_CTX *c, struct ratls_bytes id)
{
    return EVP_PKEY_CTX_set1_id(c, id.p, (int)id.len) == 1;
}

/* ---- what the others ask for ---- */

/* After check_numbers() a signature that does not fit is nothing that libcrypto complains of. */
static enum ratls_err verify(EVP_PKEY *key, const struct rt_sm2_message *msg,
                             struct ratls_bytes der)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *with = NULL; /* of c */
    enum ratls_err e = RATLS_E_CRYPTO;

    if (c && EVP_DigestVerifyInit(c, &with, EVP_sm3(), NULL, key) == 1 && set_id(with, msg->id)) {
        /* No copy for texts that go on: that it could not be made would look like a wrong
         * signature. */
        EVP_MD_CTX_set_flags(c, EVP_MD_CTX_FLAG_FINALISE);
        const int answer = EVP_DigestVerify(c, der.p, der.len, msg->text.p, msg->text.len);
        if (answer == 1)
            e = RATLS_OK;
        else if (answer == 0 && ERR_peek_error() == 0)
            e = RATLS_E_CERT_SIGNATURE;
    }
    EVP_MD_CTX_free(c);
    return e;
}

enum ratls_err rt_sm2_verify(const uint8_t point[RT_SM2_POINT_LEN],
                             const struct rt_sm2_message *msg, const uint8_t sig[RT_SM2_SIG_LEN])
{
    uint8_t der[MAX_DER_SIG];
    size_t len;
    enum ratls_err e;

    if (!is_fit(msg))
        return RATLS_E_USAGE;
    ERR_clear_error();
    if ((e = check_point(point)) == RATLS_OK && (e = to_der(sig, der, &len)) == RATLS_OK) {
        EVP_PKEY *key = import(point, NULL);
        e = key ? verify(key, msg, ratls_bytes(der, len)) : RATLS_E_CRYPTO;
        EVP_PKEY_free(key);
    }
    ERR_clear_error();
    return e;
}

static bool sign(EVP_PKEY *key, const struct rt_sm2_message *msg, uint8_t sig[RT_SM2_SIG_LEN])
{
    uint8_t der[MAX_DER_SIG];
    size_t len = sizeof der;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *with = NULL; /* of c */
    const bool done =
        c && EVP_DigestSignInit(c, &with, EVP_sm3(), NULL, key) == 1 && set_id(with, msg->id) &&
        EVP_DigestSign(c, der, &len, msg->text.p, msg->text.len) == 1 && of_der(der, len, sig);

    EVP_MD_CTX_free(c);
    return done;
}

enum ratls_err rt_sm2_sign(const struct rt_sm2_key *key, const struct rt_sm2_message *msg,
                           uint8_t sig[RT_SM2_SIG_LEN])
{
    if (!is_fit(msg))
        return RATLS_E_USAGE;
    ERR_clear_error();
    EVP_PKEY *pair = import(key->point, key->scalar);
    const bool done = pair && sign(pair, msg, sig);
    EVP_PKEY_free(pair);
    ERR_clear_error();
    return done ? RATLS_OK : RATLS_E_CRYPTO;
}

void rt_sm2_spki(const uint8_t point[RT_SM2_POINT_LEN], uint8_t spki[RT_SM2_SPKI_LEN])
{
    /* SEQUENCE { SEQUENCE { id-ecPublicKey, 1.2.156.10197.1.301 }, BIT STRING { 04 ... } } */
    static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                                   0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00, UNCOMPRESSED};

    _Static_assert(sizeof head + RT_SM2_POINT_LEN == RT_SM2_SPKI_LEN, "all of it");
    memcpy(spki, head, sizeof head);
    memcpy(spki + sizeof head, point, RT_SM2_POINT_LEN);
}
