/* Any bytes as evidence of devices of NVIDIA. */
#include "evidence.h"
#include "nvidia.h"
#include "nvidia/envelope.h" /* there are others of this name */
#include "x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The last certificate of the first device; dates of these devices are far apart. */
static bool own_root(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now)
{
    struct rt_nvidia_items items;
    struct rt_x509 last;

    (void)now;
    if (rt_nvidia_envelope_read(evidence, &items, NULL) != RATLS_OK || items.p[0].n_certs == 0 ||
        rt_x509_parse(items.p[0].cert[items.p[0].n_certs - 1], &last, NULL) != RATLS_OK)
        return false;
    return rt_x509_spki_hash(&last, root->spki_sha256) == RATLS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);

    (void)rt_verifier_nvidia.recognises(evidence);
    fuzz_evidence(&rt_verifier_nvidia, evidence, own_root);
    return 0;
}
