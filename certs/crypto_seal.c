#include "crypto_seal.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

/* ---- GCM ---- */

static bool set_key(Aes *aes, const uint8_t *key)
{
    if (wc_AesInit(aes, NULL, INVALID_DEVID) != 0)
        return false;
    if (wc_AesGcmSetKey(aes, key, RT_AES_KEY_LEN) == 0)
        return true;
    wc_AesFree(aes);
    return false;
}

static void forget(Aes *aes)
{
    wc_AesFree(aes);
    rt_wipe(aes, sizeof *aes);
}

enum ratls_err rt_gcm_seal(const struct rt_gcm *with, struct ratls_bytes plain, uint8_t *sealed)
{
    Aes aes;

    if (plain.len > UINT32_MAX || with->aad.len > UINT32_MAX)
        return RATLS_E_LIMIT;
    if (!set_key(&aes, with->key))
        return RATLS_E_CRYPTO;
    int rc =
        wc_AesGcmEncrypt(&aes, sealed, plain.p, (word32)plain.len, with->iv, RT_GCM_IV_LEN,
                         sealed + plain.len, RT_GCM_TAG_LEN, with->aad.p, (word32)with->aad.len);
    forget(&aes);
    return rc == 0 ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_gcm_open(const struct rt_gcm *with, struct ratls_bytes sealed, uint8_t *plain,
                           enum ratls_err forged)
{
    Aes aes;

    if (sealed.len < RT_GCM_TAG_LEN)
        return forged;
    const size_t len = sealed.len - RT_GCM_TAG_LEN;
    if (len > UINT32_MAX || with->aad.len > UINT32_MAX)
        return RATLS_E_LIMIT;
    if (!set_key(&aes, with->key))
        return RATLS_E_CRYPTO;
    int rc = wc_AesGcmDecrypt(&aes, plain, sealed.p, (word32)len, with->iv, RT_GCM_IV_LEN,
                              sealed.p + len, RT_GCM_TAG_LEN, with->aad.p, (word32)with->aad.len);
    forget(&aes);
    if (rc == 0)
        return RATLS_OK;
    rt_wipe(plain, len);
    return rc == AES_GCM_AUTH_E ? forged : RATLS_E_CRYPTO;
}

/* ---- key wrapping ---- */

static bool is_wrapped_len(size_t len)
{
    enum { LEAST = 16 + RT_AES_WRAP_MORE, MOST = RT_AES_KEY_LEN + RT_AES_WRAP_MORE };

    return len >= LEAST && len <= MOST && len % 8 == 0;
}

enum ratls_err rt_aes_wrap(const uint8_t kek[RT_AES_KEY_LEN], struct ratls_bytes plain,
                           uint8_t *wrapped)
{
    const size_t len = plain.len + RT_AES_WRAP_MORE;

    if (!is_wrapped_len(len))
        return RATLS_E_USAGE;
    int done =
        wc_AesKeyWrap(kek, RT_AES_KEY_LEN, plain.p, (word32)plain.len, wrapped, (word32)len, NULL);
    return done == (int)len ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_aes_unwrap(const uint8_t kek[RT_AES_KEY_LEN], struct ratls_bytes wrapped,
                             uint8_t *plain, enum ratls_err forged)
{
    const size_t len = wrapped.len - RT_AES_WRAP_MORE;

    if (!is_wrapped_len(wrapped.len))
        return forged;
    int done = wc_AesKeyUnWrap(kek, RT_AES_KEY_LEN, wrapped.p, (word32)wrapped.len, plain,
                               (word32)len, NULL);
    if (done == (int)len)
        return RATLS_OK;
    rt_wipe(plain, len);
    return done == BAD_KEYWRAP_IV_E ? forged : RATLS_E_CRYPTO;
}
