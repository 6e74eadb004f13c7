/* Any bytes as evidence with the quote of a TPM, plain or of a guest of Azure. A quote under the
 * key that comes with it gets past the pin, and no further than its signature carries it. */
#include "azure.h"
#include "evidence.h"
#include "tpm.h"
#include "tpm_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void under_own_key(struct ratls_bytes evidence)
{
    struct ratls_error err = {0};
    struct rt_tpm_evidence e;

    if (rt_tpm_evidence_read(evidence, &e, &err) == RATLS_OK && e.ak_public.p) {
        const struct ratls_trusted_key pin = {.spki = rt_bytes_of(&e.ak_public)};
        const struct ratls_verify_input input = {.size = sizeof input,
                                                 .evidence = evidence,
                                                 .keys = &pin,
                                                 .n_keys = 1,
                                                 .now = 1751000000};
        (void)fuzz_run(&rt_verifier_tpm, &input);
    }
    rt_tpm_evidence_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct ratls_verifier *const verifiers[] = {
        &rt_verifier_tpm, &rt_verifier_az_snp_vtpm, &rt_verifier_az_tdx_vtpm};
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);
    const struct ratls_root pin = {.simulated = true};

    for (size_t i = 0; i < RT_COUNT(verifiers); i++) {
        struct ratls_claims *claims = ratls_claims_new();
        struct ratls_error err = {0};
        (void)verifiers[i]->recognises(evidence);
        (void)verifiers[i]->describe(evidence, claims, &err);
        ratls_claims_free(claims);
        if (fuzz_verify(verifiers[i], evidence, &pin, 1751000000) == RATLS_OK)
            abort(); /* no root has this key hash */
    }
    under_own_key(evidence);
    return 0;
}
