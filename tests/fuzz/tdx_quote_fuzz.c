/* Any bytes as a quote of TDX. */
#include "evidence.h"
#include "own_root.h"
#include "tdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool root_of(struct ratls_bytes quote, struct ratls_root *root, int64_t *now)
{
    return own_root(quote, RT_QUOTE_TEE_TDX, root, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    fuzz_evidence(&rt_verifier_tdx, ratls_bytes(bytes, len), root_of);
    return 0;
}
