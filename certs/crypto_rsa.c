#include "crypto_rsa.h"

#include <stdlib.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "crypto_curve.h"
#include "offload.h"

enum {
    EXPONENT = 65537,
    NONCE_LEN = 32,
    DER_MAX = 2400,
    SPKI_MAX = 560,
    SIG_MAX = 512,
    DIGEST_INFO_MAX = 19 + RT_SHA256_LEN
};

struct rt_rsa_key {
    RsaKey rsa;
    uint8_t spki[SPKI_MAX];
    size_t spki_len;
};

/* A generator for one call, fed by the system and by env: either one suffices. */
static enum ratls_err open_rng(const struct ratls_env *env, WC_RNG *rng)
{
    uint8_t nonce[NONCE_LEN];

    if (env->random(env->arg, nonce, sizeof nonce) != 0)
        return RATLS_E_RANDOM;
    int rc = wc_InitRngNonce(rng, nonce, sizeof nonce);
    rt_wipe(nonce, sizeof nonce);
    return rc == 0 ? RATLS_OK : RATLS_E_RANDOM;
}

static struct rt_rsa_key *new_key(void)
{
    struct rt_rsa_key *key = calloc(1, sizeof *key);

    if (key && wc_InitRsaKey_ex(&key->rsa, NULL, rt_offload_device()) != 0) {
        free(key);
        return NULL;
    }
    return key;
}

/* Takes `key`, and `e`, what became of it so far. */
static enum ratls_err finish(struct rt_rsa_key *key, enum ratls_err e, struct rt_rsa_key **out)
{
    int len = e ? 0 : wc_RsaKeyToPublicDer(&key->rsa, key->spki, sizeof key->spki);

    if (e == RATLS_OK && len <= 0)
        e = RATLS_E_CRYPTO;
    if (e) {
        rt_rsa_free(key);
        return e;
    }
    key->spki_len = (size_t)len;
    *out = key;
    return RATLS_OK;
}

enum ratls_err rt_rsa_generate(const struct ratls_env *env, unsigned bits, struct rt_rsa_key **out)
{
    struct rt_rsa_key *key = new_key();
    WC_RNG rng;

    *out = NULL;
    if (!key)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = open_rng(env, &rng);
    if (e)
        return finish(key, e, out);
    if (wc_MakeRsaKey(&key->rsa, (int)bits, EXPONENT, &rng) != 0)
        e = RATLS_E_CRYPTO;
    (void)wc_FreeRng(&rng);
    return finish(key, e, out);
}

enum ratls_err rt_rsa_import(struct ratls_bytes der, struct rt_rsa_key **out)
{
    struct rt_rsa_key *key = new_key();
    word32 at = 0;

    *out = NULL;
    if (!key)
        return RATLS_E_NO_MEMORY;
    bool good = der.len <= DER_MAX &&
                wc_RsaPrivateKeyDecode(der.p, &at, &key->rsa, (word32)der.len) == 0 &&
                at == der.len;
    return finish(key, good ? RATLS_OK : RATLS_E_CERT_FORMAT, out);
}

enum ratls_err rt_rsa_export(const struct rt_rsa_key *key, struct ratls_buffer *out)
{
    uint8_t der[DER_MAX];
    int len = wc_RsaKeyToDer((RsaKey *)&key->rsa, der, sizeof der); /* does not write to it */

    *out = (struct ratls_buffer){0};
    if (len <= 0)
        return RATLS_E_CRYPTO;
    enum ratls_err e = rt_dup(ratls_bytes(der, (size_t)len), out);
    rt_wipe(der, sizeof der);
    return e;
}

void rt_rsa_free(struct rt_rsa_key *key)
{
    if (!key)
        return;
    (void)wc_FreeRsaKey(&key->rsa);
    rt_wipe(key, sizeof *key);
    free(key);
}

struct ratls_bytes rt_rsa_spki(const struct rt_rsa_key *key)
{
    return ratls_bytes(key->spki, key->spki_len);
}

/* Bytes written to `out`, <= 0 for failure. `pss` NULL: PKCS#1 v1.5 with SHA-256. */
static int run_sign(struct rt_rsa_key *key, WC_RNG *rng, const struct rt_pss_row *pss,
                    struct ratls_bytes digest, uint8_t out[SIG_MAX])
{
    uint8_t info[DIGEST_INFO_MAX];

    if (wc_RsaSetRNG(&key->rsa, rng) != 0)
        return -1;
    if (pss)
        return wc_RsaPSS_Sign_ex(digest.p, (word32)digest.len, out, SIG_MAX, pss->type, pss->mgf,
                                 (int)digest.len, &key->rsa, rng);
    word32 len =
        wc_EncodeSignature(info, digest.p, (word32)digest.len, wc_HashGetOID(WC_HASH_TYPE_SHA256));
    return wc_RsaSSL_Sign(info, len, out, SIG_MAX, &key->rsa, rng);
}

static enum ratls_err sign(const struct ratls_env *env, struct rt_rsa_key *key,
                           const struct rt_pss_row *pss, struct ratls_bytes msg,
                           struct ratls_buffer *sig)
{
    const enum rt_hash hash = pss ? pss->hash : RT_SHA256;
    uint8_t digest[RT_SHA512_LEN], out[SIG_MAX];
    WC_RNG rng;
    enum ratls_err e = rt_hash(hash, msg, digest);

    if (e || (e = open_rng(env, &rng)) != RATLS_OK)
        return e;
    int len = run_sign(key, &rng, pss, ratls_bytes(digest, rt_hash_len(hash)), out);
    (void)wc_FreeRng(&rng);
    return len > 0 ? rt_dup(ratls_bytes(out, (size_t)len), sig) : RATLS_E_CRYPTO;
}

enum ratls_err rt_rsa_sign_pss(const struct ratls_env *env, struct rt_rsa_key *key,
                               enum rt_hash hash, struct ratls_bytes msg, struct ratls_buffer *sig)
{
    const struct rt_pss_row *row = rt_pss_row(hash);

    *sig = (struct ratls_buffer){0};
    return row ? sign(env, key, row, msg, sig) : RATLS_E_UNSUPPORTED;
}

enum ratls_err rt_rsa_sign_pkcs1(const struct ratls_env *env, struct rt_rsa_key *key,
                                 struct ratls_bytes msg, struct ratls_buffer *sig)
{
    *sig = (struct ratls_buffer){0};
    return sign(env, key, NULL, msg, sig);
}
