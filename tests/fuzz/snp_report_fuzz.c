/* Any bytes as SEV-SNP evidence: parse, describe, verify under no root, where nothing may be
 * accepted, and under the root that they bring. */
#include <stdlib.h>

#include "certs.h"
#include "ratls/verifier.h"
#include "registry.h"
#include "snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static enum ratls_err verify(struct ratls_bytes evidence, const struct ratls_root *root,
                             int64_t now)
{
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = evidence, .roots = root, .n_roots = 1, .now = now};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    enum ratls_err e = rt_verifier_run(&rt_verifier_snp, &input, claims, &err);

    if (e && err.code != e)
        abort(); /* a refusal says why */
    ratls_claims_free(claims);
    return e;
}

/* The ARK in the table, and a time at which the VEK is valid: mutants get past the pin, and no
 * further than their signatures carry them. */
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
    const struct ratls_bytes evidence = ratls_bytes(bytes, len);
    struct ratls_root root = {.simulated = true};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    int64_t now = 1751000000;

    enum ratls_err described = rt_verifier_snp.describe(evidence, claims, &err);
    ratls_claims_free(claims);
    if (verify(evidence, &root, now) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (own_root(evidence, &root, &now) && verify(evidence, &root, now) == RATLS_OK &&
        described != RATLS_OK)
        abort(); /* what can be proven can be shown */
    return 0;
}
