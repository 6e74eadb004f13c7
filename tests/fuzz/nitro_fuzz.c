/* Any bytes as a document of a Nitro Enclave. */
#include "chain.h"
#include "evidence.h"
#include "nitro.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The root of the bundle, and a time at which the enclave's certificate is valid. */
static bool own_root(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now)
{
    struct rt_nitro_document doc;
    struct rt_nitro_chain chain;

    if (rt_nitro_document_read(evidence, &doc, NULL) != RATLS_OK ||
        rt_nitro_chain_read(&doc, &chain, NULL) != RATLS_OK)
        return false;
    *now = (int64_t)(doc.timestamp_ms / 1000);
    return rt_x509_spki_hash(&chain.cert[chain.n - 1], root->spki_sha256) == RATLS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);

    (void)rt_verifier_nitro.recognises(evidence);
    fuzz_evidence(&rt_verifier_nitro, evidence, own_root);
    return 0;
}
