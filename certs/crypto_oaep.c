/* RSA-OAEP, of crypto_seal.h. */
#include <stdlib.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "crypto_curve.h"
#include "crypto_seal.h"
#include "der.h"
#include "offload.h"

enum { NONCE_LEN = 32, MODULUS_MAX = 512 };

/* A generator for one call, fed by the system and by env. */
static enum ratls_err open_rng(const struct ratls_env *env, WC_RNG *rng)
{
    uint8_t nonce[NONCE_LEN];

    if (env->random(env->arg, nonce, sizeof nonce) != 0)
        return RATLS_E_RANDOM;
    int rc = wc_InitRngNonce(rng, nonce, sizeof nonce);
    rt_wipe(nonce, sizeof nonce);
    return rc == 0 ? RATLS_OK : RATLS_E_RANDOM;
}

/* ---- sealing ---- */

static int encrypt(RsaKey *rsa, WC_RNG *rng, const struct rt_public_key *key,
                   struct ratls_bytes plain, uint8_t out[MODULUS_MAX])
{
    int rc = wc_RsaPublicKeyDecodeRaw(key->rsa_n.p, (word32)key->rsa_n.len, key->rsa_e.p,
                                      (word32)key->rsa_e.len, rsa);

    if (rc != 0)
        return rc;
    return wc_RsaPublicEncrypt_ex(plain.p, (word32)plain.len, out, MODULUS_MAX, rsa, rng,
                                  WC_RSA_OAEP_PAD, WC_HASH_TYPE_SHA256, WC_MGF1SHA256, NULL, 0);
}

enum ratls_err rt_oaep_seal(const struct ratls_env *env, const struct rt_public_key *key,
                            struct ratls_bytes plain, struct ratls_buffer *out)
{
    uint8_t sealed[MODULUS_MAX];
    RsaKey rsa;
    WC_RNG rng;

    *out = (struct ratls_buffer){0};
    if (key->type != RT_KEY_RSA)
        return RATLS_E_CERT_KEY;
    enum ratls_err e = open_rng(env, &rng);
    if (e)
        return e;
    int len = wc_InitRsaKey_ex(&rsa, NULL, rt_offload_device());
    if (len == 0) {
        len = encrypt(&rsa, &rng, key, plain, sealed);
        (void)wc_FreeRsaKey(&rsa);
    }
    (void)wc_FreeRng(&rng);
    return len > 0 ? rt_dup(ratls_bytes(sealed, (size_t)len), out) : RATLS_E_CRYPTO;
}

/* ---- opening ---- */

/* The one key of a PEM file; DER is taken as it is. *out is new. */
static enum ratls_err find_der(struct ratls_bytes key, struct ratls_buffer *out)
{
    static const char *const labels[] = {"RSA PRIVATE KEY", "PRIVATE KEY"};

    *out = (struct ratls_buffer){0};
    if (key.len == 0 || key.len > RT_MAX_CERT)
        return RATLS_E_CERT_FORMAT;
    if (key.p[0] == RT_DER_SEQUENCE)
        return rt_dup(key, out);
    for (size_t i = 0; i < RT_COUNT(labels); i++) {
        struct ratls_bytes rest = key;
        enum ratls_err e = rt_pem_next(&rest, labels[i], out);
        if (e != RATLS_E_CLOSED)
            return e;
    }
    return RATLS_E_CERT_FORMAT;
}

static enum ratls_err decrypt(RsaKey *rsa, WC_RNG *rng, struct ratls_bytes sealed,
                              struct ratls_buffer *out, enum ratls_err forged)
{
    uint8_t plain[MODULUS_MAX];

    if (sealed.len != (size_t)wc_RsaEncryptSize(rsa))
        return forged;
    if (wc_RsaSetRNG(rsa, rng) != 0)
        return RATLS_E_CRYPTO;
    int len = wc_RsaPrivateDecrypt_ex(sealed.p, (word32)sealed.len, plain, sizeof plain, rsa,
                                      WC_RSA_OAEP_PAD, WC_HASH_TYPE_SHA256, WC_MGF1SHA256, NULL, 0);
    enum ratls_err e = rt_is_wolf_failure(len) ? RATLS_E_NO_MEMORY : forged;
    if (len > 0)
        e = rt_dup(ratls_bytes(plain, (size_t)len), out);
    rt_wipe(plain, sizeof plain);
    return e;
}

static enum ratls_err open_with(WC_RNG *rng, struct ratls_bytes der, struct ratls_bytes sealed,
                                struct ratls_buffer *out, enum ratls_err forged)
{
    RsaKey rsa;
    word32 at = 0;

    if (wc_InitRsaKey_ex(&rsa, NULL, rt_offload_device()) != 0)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = wc_RsaPrivateKeyDecode(der.p, &at, &rsa, (word32)der.len) == 0
                           ? decrypt(&rsa, rng, sealed, out, forged)
                           : RATLS_E_CERT_FORMAT;
    (void)wc_FreeRsaKey(&rsa);
    return e;
}

enum ratls_err rt_oaep_open(const struct ratls_env *env, struct ratls_bytes key,
                            struct ratls_bytes sealed, struct ratls_buffer *out,
                            enum ratls_err forged)
{
    struct ratls_buffer der;
    WC_RNG rng;
    enum ratls_err e = find_der(key, &der);

    *out = (struct ratls_buffer){0};
    if (!e)
        e = open_rng(env, &rng);
    if (!e) {
        e = open_with(&rng, rt_bytes_of(&der), sealed, out, forged);
        (void)wc_FreeRng(&rng);
    }
    ratls_buffer_free(&der);
    return e;
}
