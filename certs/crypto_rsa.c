#include "crypto_rsa.h"

#include <stdlib.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

enum { EXPONENT = 65537, NONCE_LEN = 32, DER_MAX = 2400, SPKI_MAX = 560, SIG_MAX = 512 };

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

    if (key && wc_InitRsaKey(&key->rsa, NULL) != 0) {
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

enum ratls_err rt_rsa_sign_pss(const struct ratls_env *env, struct rt_rsa_key *key,
                               struct ratls_bytes msg, struct ratls_buffer *sig)
{
    uint8_t digest[RT_SHA384_LEN], out[SIG_MAX];
    WC_RNG rng;
    enum ratls_err e = rt_hash(RT_SHA384, msg, digest);

    *sig = (struct ratls_buffer){0};
    if (e || (e = open_rng(env, &rng)) != RATLS_OK)
        return e;
    int len = wc_RsaSetRNG(&key->rsa, &rng) != 0
                  ? -1
                  : wc_RsaPSS_Sign_ex(digest, sizeof digest, out, sizeof out, WC_HASH_TYPE_SHA384,
                                      WC_MGF1SHA384, sizeof digest, &key->rsa, &rng);
    (void)wc_FreeRng(&rng);
    return len > 0 ? rt_dup(ratls_bytes(out, (size_t)len), sig) : RATLS_E_CRYPTO;
}
