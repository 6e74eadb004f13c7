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

enum { WRAPPED = RT_AES_KEY_LEN + RT_AES_WRAP_MORE };

enum ratls_err rt_aes_wrap(const uint8_t kek[RT_AES_KEY_LEN], const uint8_t plain[RT_AES_KEY_LEN],
                           uint8_t wrapped[WRAPPED])
{
    int len = wc_AesKeyWrap(kek, RT_AES_KEY_LEN, plain, RT_AES_KEY_LEN, wrapped, WRAPPED, NULL);

    return len == WRAPPED ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_aes_unwrap(const uint8_t kek[RT_AES_KEY_LEN], const uint8_t wrapped[WRAPPED],
                             uint8_t plain[RT_AES_KEY_LEN], enum ratls_err forged)
{
    int len = wc_AesKeyUnWrap(kek, RT_AES_KEY_LEN, wrapped, WRAPPED, plain, RT_AES_KEY_LEN, NULL);

    if (len == RT_AES_KEY_LEN)
        return RATLS_OK;
    rt_wipe(plain, RT_AES_KEY_LEN);
    return len == BAD_KEYWRAP_IV_E ? forged : RATLS_E_CRYPTO;
}
