/* sm4_none.c - in the place of SM4-GCM where libgcrypt is not there. */
#include "sm4.h"

bool rt_sm4_is_here(void)
{
    return false;
}

enum ratls_err rt_sm4_gcm_seal(const struct rt_gcm *with, struct ratls_bytes plain, uint8_t *sealed)
{
    (void)with, (void)plain, (void)sealed;
    return RATLS_E_UNSUPPORTED;
}

enum ratls_err rt_sm4_gcm_open(const struct rt_gcm *with, struct ratls_bytes sealed, uint8_t *plain,
                               enum ratls_err forged)
{
    (void)with, (void)sealed, (void)plain, (void)forged;
    return RATLS_E_UNSUPPORTED;
}
