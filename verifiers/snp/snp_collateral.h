/* snp_collateral.h - what AMD's key service says of one generation at a time.
 *
 * One JSON object: vek_issuer_chain (PEM: ASK or ASVK, then ARK), crl (of the ARK, which lists
 * ASKs and ASVKs; DER in hex, or PEM), and optionally vek (PEM): the VCEK of one chip, for reports
 * that come without. Other members are ignored.
 *
 * An object is proven once for one set of roots and then only read; every date in it is judged
 * again at each use. Thread rule: an object may be used by many threads. */
#ifndef RT_SNP_COLLATERAL_H
#define RT_SNP_COLLATERAL_H

#include "amd_chain.h"
#include "crl.h"

struct rt_snp_collateral {
    struct ratls_buffer issuer_der, ark_der, crl_der;
    struct rt_x509 issuer, ark;
    struct rt_amd_ca ca; /* of these two */
    bool has_crl;
    struct rt_crl crl;
    struct rt_snp_vek *vek;     /* NULL: none */
    struct rt_kept_cache *veks; /* proven under ca */
};

bool rt_snp_collateral_recognises(struct ratls_bytes document);
/* *out is a new struct rt_snp_collateral, NULL on failure. RATLS_E_COLLATERAL_MISSING (a member is
 * absent or null), _FORMAT, _SIGNATURE (the chain reaches no root, a signature is wrong). */
enum ratls_err rt_snp_collateral_new(const struct ratls_collateral_input *input, void **out,
                                     struct ratls_error *err);
void rt_snp_collateral_free(void *collateral);
/* Name: "snp-milan-vcek", "snp-milan-vlek"; with a VCEK of its own also the first 16 digits of the
 * chip and the TCB: "snp-milan-vcek-3ac3fe21e13fb099-0200000000000544". Issue: number and date of
 * the CRL. */
void rt_snp_collateral_facts(const void *collateral, struct ratls_collateral_facts *out);

#endif
