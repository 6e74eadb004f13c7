/* tpm_none.c - in the place of the attesters "tpm" and "ascend" where libtss2 is not there. */
#include "attesters.h"

static enum ratls_err none_open(const struct ratls_env *env, const char *options, void **self,
                                struct ratls_error *err)
{
    (void)env;
    (void)options;
    *self = NULL;
    return ratls_fail(err, RATLS_E_UNSUPPORTED, "built without libtss2 (RATLS_TPM)");
}

const struct rt_attester_type rt_attester_tpm = {.name = "tpm", .open = none_open};
const struct rt_attester_type rt_attester_ascend = {.name = "ascend", .open = none_open};
