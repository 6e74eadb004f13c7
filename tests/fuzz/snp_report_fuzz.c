/* Any bytes as SEV-SNP evidence. */
#include "certs.h"
#include "evidence.h"
#include "snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The ARK in the table, and a time at which the VEK is valid. */
static bool own_root(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now)
{
    struct rt_snp_certs certs;
    struct rt_snp_report report;
    struct ratls_bytes table;
    bool found = false;

    if (rt_snp_report_parse(evidence, &report, &table, NULL) != RATLS_OK)
        return false;
    if (rt_snp_certs_open(&certs, table, ratls_bytes(NULL, 0), NULL) == RATLS_OK)
        for (size_t i = 0; i < certs.n; i++) {
            const struct rt_x509 *cert = rt_snp_certs_at(&certs, i);
            if (cert && rt_amd_is_ark(cert))
                found = rt_x509_spki_hash(cert, root->spki_sha256) == RATLS_OK;
            if (cert && rt_snp_is_vek(cert))
                *now = cert->not_before;
        }
    rt_snp_certs_free(&certs);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    fuzz_evidence(&rt_verifier_snp, ratls_bytes(bytes, len), own_root);
    return 0;
}
