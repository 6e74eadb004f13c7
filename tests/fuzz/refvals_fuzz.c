/* Reference values: any bytes end in some that can be judged, or in a refusal. */
#include "refvals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_claims *claims = ratls_claims_new();
    struct rt_refvals *refvals = NULL;

    if (rt_refvals_read(ratls_bytes(data, size), &refvals, NULL) == RATLS_OK)
        (void)!rt_refvals_judge(refvals, claims, NULL);
    rt_refvals_free(refvals);
    ratls_claims_free(claims);
    return 0;
}
