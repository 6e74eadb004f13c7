/* Any bytes as virtCCA evidence. */
#include "envelope.h"
#include "evidence.h"
#include "virtcca.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Whatever among the certificates signed itself, and a time at which the device's is valid. */
static bool own_root(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now)
{
    struct rt_virtcca_evidence e;
    struct rt_huawei_certs certs;
    bool found = false;

    if (rt_virtcca_evidence_read(evidence, &e, NULL) != RATLS_OK)
        return false;
    if (rt_virtcca_certs_open(&certs, &e, ratls_bytes(NULL, 0), NULL) == RATLS_OK)
        for (size_t i = 0; i < certs.n; i++) {
            const struct rt_x509 *cert = &certs.cert[i];
            if (ratls_bytes_equal(cert->subject, cert->issuer))
                found = rt_x509_spki_hash(cert, root->spki_sha256) == RATLS_OK;
            if (!cert->is_ca)
                *now = cert->not_before;
        }
    rt_huawei_certs_free(&certs);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);

    (void)rt_verifier_virtcca.recognises(evidence);
    fuzz_evidence(&rt_verifier_virtcca, evidence, own_root);
    return 0;
}
