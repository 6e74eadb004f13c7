/* Any bytes: parse, describe, verify under no root, where nothing may be accepted, and under the
 * root that they bring. */
#include <stdlib.h>

#include "own_root.h"
#include "ratls/verifier.h"
#include "registry.h"
#include "tdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static enum ratls_err verify(struct ratls_bytes evidence, const struct ratls_root *root,
                             int64_t now)
{
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = evidence, .roots = root, .n_roots = 1, .now = now};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    enum ratls_err e = rt_verifier_run(&rt_verifier_tdx, &input, claims, &err);

    if (e && err.code != e)
        abort(); /* a refusal says why */
    ratls_claims_free(claims);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);
    struct ratls_root root = {.simulated = true};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    int64_t now = 1751000000;

    enum ratls_err described = rt_verifier_tdx.describe(evidence, claims, &err);
    ratls_claims_free(claims);
    if (verify(evidence, &root, now) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (own_root(evidence, RT_QUOTE_TEE_TDX, &root, &now) &&
        verify(evidence, &root, now) == RATLS_OK && described != RATLS_OK)
        abort(); /* what can be proven can be shown */
    return 0;
}
