/* By what the content of a JWE is sealed. */
#include "jwe.h"
#include "sm4.h"

static const struct rt_jwe_enc encs[] = {
    [RATLS_JWE_A256GCM] = {"A256GCM", RT_AES_KEY_LEN, rt_gcm_seal, rt_gcm_open},
    [RATLS_JWE_SM4_GCM] = {"SGD_SM4_GCM", RT_SM4_KEY_LEN, rt_sm4_gcm_seal, rt_sm4_gcm_open},
};

bool ratls_jwe_enc_find(const char *name, enum ratls_jwe_enc *out)
{
    for (size_t i = 0; i < RT_COUNT(encs); i++)
        if (strcmp(encs[i].name, name) == 0) {
            *out = (enum ratls_jwe_enc)i;
            return true;
        }
    return false;
}

enum ratls_err ratls_jwe_enc_check(enum ratls_jwe_enc enc, struct ratls_error *err)
{
    if ((unsigned)enc >= RT_COUNT(encs))
        return ratls_fail(err, RATLS_E_USAGE, "no such encryption of content");
    if (enc == RATLS_JWE_SM4_GCM && !rt_sm4_is_here())
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "%s: built without libgcrypt (RATLS_SM4)",
                          encs[enc].name);
    return RATLS_OK;
}

const struct rt_jwe_enc *rt_jwe_enc_of(enum ratls_jwe_enc enc)
{
    return &encs[enc];
}
