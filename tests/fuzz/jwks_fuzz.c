/* Any bytes as JWK set: taken or refused with a reason, and never half. */
#include <stdlib.h>

#include "base.h"
#include "issuers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_issuers *issuers = NULL;
    struct ratls_error err = {0};

    if (ratls_issuers_new(ratls_env_system(), &issuers) != RATLS_OK)
        return 0;
    enum ratls_err e = ratls_issuers_add(issuers, "a", ratls_bytes(data, size), &err);
    must(e == err.code && (e == RATLS_OK || e == RATLS_E_CONFIG));
    must((rt_issuers_find(issuers, "a") != NULL) == (e == RATLS_OK));
    ratls_issuers_unref(issuers);
    return 0;
}
