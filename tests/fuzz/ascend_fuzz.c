/* Any bytes as what the host of NPUs sends. A quote under the key that comes with it gets past the
 * pin, and no further than its signature carries it. */
#include "ascend.h"
#include "evidence.h"
#include "tpm_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void under_own_key(struct ratls_bytes evidence, enum ratls_err described)
{
    struct ratls_error err = {0};
    struct rt_tpm_evidence e;

    if (rt_tpm_evidence_read_npu(evidence, &e, &err) == RATLS_OK && e.ak_public.p) {
        const struct ratls_trusted_key pin = {.spki = rt_bytes_of(&e.ak_public)};
        const struct ratls_verify_input input = {.size = sizeof input,
                                                 .evidence = evidence,
                                                 .keys = &pin,
                                                 .n_keys = 1,
                                                 .now = 1751000000};
        if (fuzz_run(&rt_verifier_ascend_npu, &input) == RATLS_OK && described != RATLS_OK)
            abort(); /* what can be proven can be shown */
    }
    rt_tpm_evidence_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);
    const struct ratls_root pin = {.simulated = true};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};

    if (rt_tpm_recognises(evidence) && rt_verifier_ascend_npu.recognises(evidence))
        abort(); /* it is one of the two */
    enum ratls_err described = rt_verifier_ascend_npu.describe(evidence, claims, &err);
    ratls_claims_free(claims);
    if (fuzz_verify(&rt_verifier_ascend_npu, evidence, &pin, 1751000000) == RATLS_OK)
        abort(); /* no root has this key hash */
    under_own_key(evidence, described);
    return 0;
}
