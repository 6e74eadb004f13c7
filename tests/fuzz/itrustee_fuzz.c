/* Any bytes as a report of iTrustee. */
#include "evidence.h"
#include "itrustee.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A report brings no root. */
static bool own_root(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now)
{
    (void)evidence;
    (void)root;
    (void)now;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);

    (void)rt_verifier_itrustee.recognises(evidence);
    fuzz_evidence(&rt_verifier_itrustee, evidence, own_root);
    return 0;
}
