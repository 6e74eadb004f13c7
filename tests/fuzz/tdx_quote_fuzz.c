/* Any bytes: parse, describe, verify under no root. Nothing may be accepted. */
#include <stdlib.h>

#include "quote.h"
#include "ratls/verifier.h"
#include "registry.h"
#include "tdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_root root = {.simulated = true};
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = ratls_bytes(bytes, len),
                                             .roots = &root,
                                             .n_roots = 1,
                                             .now = 1751000000};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};

    (void)rt_tdx_recognises(input.evidence);
    (void)rt_verifier_tdx.describe(input.evidence, claims, &err);
    if (rt_verifier_run(&rt_verifier_tdx, &input, claims, &err) == RATLS_OK)
        abort(); /* no root has this key hash */
    ratls_claims_free(claims);
    return 0;
}
