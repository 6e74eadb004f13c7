#include <gcrypt.h>
#include <pthread.h>

#include "sm4.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool here; /* written once */

/* Somebody else in the process may have begun already ("The Libgcrypt Reference Manual", s.2.4). */
static void begin(void)
{
    here = gcry_check_version(GCRYPT_VERSION) != NULL;
    if (!here || gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
        return;
    (void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0); /* keys lie in pages of our own */
    (void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

bool rt_sm4_is_here(void)
{
    return pthread_once(&once, begin) == 0 && here &&
           gcry_cipher_test_algo(GCRY_CIPHER_SM4) == GPG_ERR_NO_ERROR;
}

static enum ratls_err code_of(gcry_error_t e)
{
    if (gcry_err_code(e) == GPG_ERR_ENOMEM)
        return RATLS_E_NO_MEMORY;
    return e ? RATLS_E_CRYPTO : RATLS_OK;
}

/* *out is new: gcry_cipher_close(), which wipes. */
static enum ratls_err start(const struct rt_gcm *with, gcry_cipher_hd_t *out)
{
    *out = NULL;
    if (!rt_sm4_is_here())
        return RATLS_E_UNSUPPORTED;
    gcry_error_t e = gcry_cipher_open(out, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM, 0);
    if (!e)
        e = gcry_cipher_setkey(*out, with->key, RT_SM4_KEY_LEN);
    if (!e)
        e = gcry_cipher_setiv(*out, with->iv, RT_GCM_IV_LEN);
    if (!e && with->aad.len > 0)
        e = gcry_cipher_authenticate(*out, with->aad.p, with->aad.len);
    return code_of(e);
}

enum ratls_err rt_sm4_gcm_seal(const struct rt_gcm *with, struct ratls_bytes plain, uint8_t *sealed)
{
    gcry_cipher_hd_t cipher;
    enum ratls_err e = start(with, &cipher);

    if (!e && plain.len > 0)
        e = code_of(gcry_cipher_encrypt(cipher, sealed, plain.len, plain.p, plain.len));
    if (!e)
        e = code_of(gcry_cipher_gettag(cipher, sealed + plain.len, RT_GCM_TAG_LEN));
    gcry_cipher_close(cipher); /* NULL is legal */
    return e;
}

enum ratls_err rt_sm4_gcm_open(const struct rt_gcm *with, struct ratls_bytes sealed, uint8_t *plain,
                               enum ratls_err forged)
{
    gcry_cipher_hd_t cipher;

    if (sealed.len < RT_GCM_TAG_LEN)
        return forged;
    const size_t len = sealed.len - RT_GCM_TAG_LEN;
    enum ratls_err e = start(with, &cipher);
    if (!e && len > 0)
        e = code_of(gcry_cipher_decrypt(cipher, plain, len, sealed.p, len));
    if (!e) {
        const gcry_error_t tag = gcry_cipher_checktag(cipher, sealed.p + len, RT_GCM_TAG_LEN);
        e = gcry_err_code(tag) == GPG_ERR_CHECKSUM ? forged : code_of(tag);
    }
    gcry_cipher_close(cipher);
    if (e)
        rt_wipe(plain, len);
    return e;
}
