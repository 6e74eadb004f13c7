#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "sm.h"

static const uint8_t none;

enum ratls_err rt_sm3(struct ratls_bytes in, uint8_t out[RT_SM3_LEN])
{
    unsigned len = 0;

    const int done =
        EVP_Digest(in.len ? in.p : &none, in.len, out, &len, EVP_sm3(), NULL) && len == RT_SM3_LEN;
    ERR_clear_error();
    return done ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_hmac_sm3(struct ratls_bytes key, struct ratls_bytes in, uint8_t out[RT_SM3_LEN])
{
    unsigned len = 0;

    if (key.len > INT32_MAX)
        return RATLS_E_USAGE;
    const void *done = HMAC(EVP_sm3(), key.len ? key.p : &none, (int)key.len, in.len ? in.p : &none,
                            in.len, out, &len);
    ERR_clear_error();
    return done && len == RT_SM3_LEN ? RATLS_OK : RATLS_E_CRYPTO;
}
