/* Elliptic curves by libcrypto: ECDSA, ECDH, key generation, X25519.
 *
 * EC_KEY and its functions are deprecated since OpenSSL 3.0 and stay: a key made of numbers takes
 * them microseconds, an EVP_PKEY as long as the signature itself. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ecdsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <pthread.h>

#include "libcrypto.h"

enum { CURVES = 2, SIZE_MAX_ = 66 };

/* Not P-384: libcrypto has no code of its own for it, and wolfCrypt, which keeps tables of points,
 * does several times as many of one key. */
static struct curve {
    unsigned bits;
    size_t size;
    int nid;
    EC_GROUP *group; /* made once, kept for the life of the process */
} curves[CURVES] = {
    {.bits = 256, .size = 32, .nid = NID_X9_62_prime256v1},
    {.bits = 521, .size = SIZE_MAX_, .nid = NID_secp521r1},
};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_groups(void)
{
    for (size_t i = 0; i < CURVES; i++)
        curves[i].group = EC_GROUP_new_by_curve_name(curves[i].nid);
}

static const struct curve *find(unsigned bits)
{
    if (!rt_offload_is_on() || pthread_once(&once, make_groups) != 0)
        return NULL;
    for (size_t i = 0; i < CURVES; i++)
        if (curves[i].bits == bits && curves[i].group)
            return &curves[i];
    return NULL;
}

size_t rt_ec_size(unsigned bits)
{
    const struct curve *c = find(bits);

    return c ? c->size : 0;
}

/* libcrypto keeps what went wrong for this thread; nobody will ask. */
static enum rt_offload answer(enum rt_offload a)
{
    if (a != RT_OFFLOAD_DONE)
        ERR_clear_error();
    return a;
}

/* ---- points and keys ---- */

/* The first error says that the numbers are none of a point: whatever fails earlier ends there too.
 */
static bool is_no_point(void)
{
    const unsigned long code = ERR_peek_error();
    const int reason = ERR_GET_REASON(code);

    return ERR_GET_LIB(code) == ERR_LIB_EC &&
           (reason == EC_R_POINT_IS_NOT_ON_CURVE || reason == EC_R_INVALID_ENCODING ||
            reason == EC_R_COORDINATES_OUT_OF_RANGE);
}

/* NULL: not on the curve, or no memory; *bad tells which. */
static EC_POINT *take_point(const struct curve *c, const uint8_t *xy, bool *bad)
{
    uint8_t octets[1 + 2 * SIZE_MAX_] = {POINT_CONVERSION_UNCOMPRESSED};
    EC_POINT *p = EC_POINT_new(c->group);

    *bad = false;
    if (!p)
        return NULL;
    memcpy(octets + 1, xy, 2 * c->size);
    ERR_clear_error();
    if (EC_POINT_oct2point(c->group, p, octets, 1 + 2 * c->size, NULL) == 1)
        return p;
    *bad = is_no_point();
    EC_POINT_free(p);
    return NULL;
}

static bool give_point(const struct curve *c, const EC_POINT *p, uint8_t *xy)
{
    uint8_t octets[1 + 2 * SIZE_MAX_];
    const size_t len = 1 + 2 * c->size;

    if (EC_POINT_point2oct(c->group, p, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof octets,
                           NULL) != len)
        return false;
    memcpy(xy, octets + 1, len - 1);
    return true;
}

static EC_KEY *new_key(const struct curve *c)
{
    EC_KEY *key = EC_KEY_new();

    if (key && EC_KEY_set_group(key, c->group) == 1)
        return key;
    EC_KEY_free(key);
    return NULL;
}

/* A private key without its point, which signing and ECDH do not ask for. */
static EC_KEY *key_of_scalar(const struct curve *c, const uint8_t *scalar)
{
    EC_KEY *key = new_key(c);
    BIGNUM *k = key ? BN_secure_new() : NULL;
    bool good = k && BN_bin2bn(scalar, (int)c->size, k) && EC_KEY_set_private_key(key, k) == 1;

    BN_clear_free(k);
    if (good)
        return key;
    EC_KEY_free(key);
    return NULL;
}

enum rt_offload rt_offload_check_point(unsigned bits, const uint8_t *point)
{
    const struct curve *c = find(bits);
    bool bad;

    if (!c)
        return RT_OFFLOAD_NOT;
    EC_POINT *p = take_point(c, point, &bad);
    if (!p)
        return answer(bad ? RT_OFFLOAD_BAD : RT_OFFLOAD_NOT);
    EC_POINT_free(p);
    return RT_OFFLOAD_DONE;
}

/* ---- ECDSA ---- */

static ECDSA_SIG *take_sig(const struct curve *c, const uint8_t *sig)
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, (int)c->size, NULL);
    BIGNUM *v = BN_bin2bn(sig + c->size, (int)c->size, NULL);

    if (s && r && v && ECDSA_SIG_set0(s, r, v) == 1)
        return s;
    BN_free(r);
    BN_free(v);
    ECDSA_SIG_free(s);
    return NULL;
}

static bool give_sig(const struct curve *c, const ECDSA_SIG *s, uint8_t *sig)
{
    const int size = (int)c->size;

    return BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, size) == size &&
           BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + size, size) == size;
}

/* 0 with an error left behind, or -1, is a failure of libcrypto, or r or s out of range: then
 * wolfCrypt looks again. */
static enum rt_offload check(const struct curve *c, const EC_POINT *point,
                             struct ratls_bytes digest, const uint8_t *sig)
{
    ECDSA_SIG *s = take_sig(c, sig);
    EC_KEY *key = s ? new_key(c) : NULL;
    int rc = -1;

    ERR_clear_error();
    if (key && EC_KEY_set_public_key(key, point) == 1)
        rc = ECDSA_do_verify(digest.p, (int)digest.len, s, key);
    ECDSA_SIG_free(s);
    EC_KEY_free(key);
    if (rc == 1)
        return RT_OFFLOAD_DONE;
    return answer(rc == 0 && ERR_peek_error() == 0 ? RT_OFFLOAD_BAD : RT_OFFLOAD_NOT);
}

enum rt_offload rt_offload_verify(unsigned bits, const uint8_t *point, struct ratls_bytes digest,
                                  const uint8_t *sig)
{
    const struct curve *c = find(bits);
    bool bad;

    if (!c || digest.len > EVP_MAX_MD_SIZE)
        return RT_OFFLOAD_NOT;
    EC_POINT *p = take_point(c, point, &bad);
    if (!p)
        return answer(bad ? RT_OFFLOAD_BAD : RT_OFFLOAD_NOT);
    enum rt_offload a = check(c, p, digest, sig);
    EC_POINT_free(p);
    return a;
}

enum rt_offload rt_offload_sign(unsigned bits, const uint8_t *scalar, struct ratls_bytes digest,
                                uint8_t *sig)
{
    const struct curve *c = find(bits);

    if (!c || digest.len > EVP_MAX_MD_SIZE)
        return RT_OFFLOAD_NOT;
    EC_KEY *key = key_of_scalar(c, scalar);
    ECDSA_SIG *s = key ? ECDSA_do_sign(digest.p, (int)digest.len, key) : NULL;
    const bool good = s && give_sig(c, s, sig);
    ECDSA_SIG_free(s);
    EC_KEY_free(key);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

enum rt_offload rt_ec_sig_to_der(unsigned bits, const uint8_t *sig, uint8_t *der, size_t *len)
{
    const struct curve *c = find(bits);
    ECDSA_SIG *s = c ? take_sig(c, sig) : NULL;
    const int need = s ? i2d_ECDSA_SIG(s, NULL) : -1;
    const bool good = need > 0 && (size_t)need <= *len && i2d_ECDSA_SIG(s, &der) == need;

    if (good)
        *len = (size_t)need;
    ECDSA_SIG_free(s);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

enum rt_offload rt_ec_sig_of_der(unsigned bits, struct ratls_bytes der, uint8_t *sig)
{
    const struct curve *c = find(bits);
    const uint8_t *at = der.p;
    ECDSA_SIG *s = c ? d2i_ECDSA_SIG(NULL, &at, (long)der.len) : NULL;
    const bool good = s && at == der.p + der.len && give_sig(c, s, sig);

    ECDSA_SIG_free(s);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

/* ---- key pairs and agreement ---- */

enum rt_offload rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point)
{
    const struct curve *c = find(bits);
    EC_KEY *key = c ? key_of_scalar(c, scalar) : NULL;
    EC_POINT *p = key ? EC_POINT_new(c->group) : NULL;
    const bool good =
        p && EC_POINT_mul(c->group, p, EC_KEY_get0_private_key(key), NULL, NULL, NULL) == 1 &&
        give_point(c, p, point);

    EC_POINT_free(p);
    EC_KEY_free(key);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

enum rt_offload rt_ec_new(unsigned bits, uint8_t *scalar, uint8_t *point)
{
    const struct curve *c = find(bits);
    EC_KEY *key = c ? new_key(c) : NULL;
    const bool good =
        key && EC_KEY_generate_key(key) == 1 &&
        BN_bn2binpad(EC_KEY_get0_private_key(key), scalar, (int)c->size) == (int)c->size &&
        give_point(c, EC_KEY_get0_public_key(key), point);

    EC_KEY_free(key);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

enum rt_offload rt_offload_agree(unsigned bits, const uint8_t *scalar, const uint8_t *point,
                                 uint8_t *shared)
{
    const struct curve *c = find(bits);
    bool bad = false;

    if (!c)
        return RT_OFFLOAD_NOT;
    EC_POINT *p = take_point(c, point, &bad);
    if (!p)
        return answer(bad ? RT_OFFLOAD_BAD : RT_OFFLOAD_NOT);
    EC_KEY *key = key_of_scalar(c, scalar);
    const bool good = key && ECDH_compute_key(shared, c->size, p, key, NULL) == (int)c->size;
    EC_KEY_free(key);
    EC_POINT_free(p);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

/* ---- X25519 ---- */

enum rt_offload rt_x25519_new(uint8_t scalar[RT_X25519_LEN], uint8_t point[RT_X25519_LEN])
{
    size_t len = RT_X25519_LEN;

    if (rt_random(scalar, RT_X25519_LEN) != RT_OFFLOAD_DONE)
        return RT_OFFLOAD_NOT;
    /* RFC 7748 s.5: wolfCrypt keeps scalars that way. */
    scalar[0] &= 0xf8;
    scalar[RT_X25519_LEN - 1] &= 0x7f;
    scalar[RT_X25519_LEN - 1] |= 0x40;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, RT_X25519_LEN);
    const bool good =
        key && EVP_PKEY_get_raw_public_key(key, point, &len) == 1 && len == RT_X25519_LEN;
    EVP_PKEY_free(key);
    if (!good)
        rt_wipe(scalar, RT_X25519_LEN);
    return answer(good ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT);
}

enum rt_offload rt_x25519_agree(const uint8_t scalar[RT_X25519_LEN],
                                const uint8_t point[RT_X25519_LEN], uint8_t shared[RT_X25519_LEN])
{
    size_t len = RT_X25519_LEN;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, RT_X25519_LEN);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, RT_X25519_LEN);
    EVP_PKEY_CTX *ctx = own && peer ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    const bool ready =
        ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1;
    const bool good = ready && EVP_PKEY_derive(ctx, shared, &len) == 1 && len == RT_X25519_LEN;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    if (good)
        return RT_OFFLOAD_DONE;
    return answer(ready ? RT_OFFLOAD_BAD : RT_OFFLOAD_NOT);
}
