/* amd_chain.h - AMD's certificates above a VEK: ARK (root), and ASK (for VCEKs) or ASVK (for
 * VLEKs).
 *
 * AMD 57230 1.00, tables 5 to 7. Everything is signed with RSASSA-PSS (SHA-384, salt of 48 bytes)
 * by keys of RSA-4096; nothing else is accepted. Dates are not part of a proof and are judged at
 * every use. */
#ifndef RT_AMD_CHAIN_H
#define RT_AMD_CHAIN_H

#include "crl.h"
#include "product.h"
#include "ratls/verifier.h"
#include "report.h"
#include "vek.h"

/* Two certificates that belong together. Borrowed. */
struct rt_amd_ca {
    const struct rt_x509 *issuer, *ark; /* issuer: ASK or ASVK; NULL: the ARK alone */
    enum rt_snp_product product;
    enum rt_snp_signing_key key; /* what the issuer issues */
    bool simulated;
};

struct rt_amd_roots {
    const struct ratls_root *p;
    size_t n;
};

const char *rt_amd_issuer_word(enum rt_snp_signing_key key); /* "ASK", "ASVK" */

/* By its common name: may this certificate be an ARK? */
bool rt_amd_is_ark(const struct rt_x509 *cert);

/* Proves ca->ark, and ca->issuer below it, and fills the rest: names of one generation; the ARK's
 * key is among `roots`, and if it is a key of AMD, that of its own generation; CA, key usage, path
 * length; signatures. RATLS_E_EVIDENCE_ROOT for a root that is not trusted, _CHAIN. */
RATLS_MUST_USE enum ratls_err rt_amd_ca_prove(struct rt_amd_ca *ca, struct rt_amd_roots roots,
                                              struct ratls_error *err);
/* The root alone: also of what was proven before, for an anchor may have ended since. Fills
 * ca->simulated. */
RATLS_MUST_USE enum ratls_err rt_amd_check_root(struct rt_amd_ca *ca, struct rt_amd_roots roots,
                                                struct ratls_error *err);
/* The VEK's certificate is issued by ca->issuer, which is of its kind and generation.
 * RATLS_E_EVIDENCE_CHAIN. */
RATLS_MUST_USE enum ratls_err rt_amd_check_vek(const struct rt_snp_vek *v,
                                               const struct rt_amd_ca *ca, struct ratls_error *err);
/* Issued by this ARK. RATLS_E_COLLATERAL_SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_amd_check_crl(const struct rt_crl *crl, const struct rt_x509 *ark,
                                               struct ratls_error *err);
/* `v` may be NULL. RATLS_E_EVIDENCE_TIME names the certificate; *expires becomes the earliest end,
 * if that is before it. */
RATLS_MUST_USE enum ratls_err rt_amd_check_dates(const struct rt_snp_vek *v,
                                                 const struct rt_amd_ca *ca, int64_t now,
                                                 int64_t *expires, struct ratls_error *err);

#endif
