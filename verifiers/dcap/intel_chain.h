/* intel_chain.h - the certificate chains of Intel's attestation PKI, all below "Intel SGX Root CA":
 * PCK certificate, CA, root; CA, root (issuer of a PCK CRL); TCB signer, root.
 *
 * Reference: Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification" 1.5.
 * Does NOT look at CRLs, and dates are a question of their own: chains of collateral are proven
 * once and dated at every use. */
#ifndef RT_INTEL_CHAIN_H
#define RT_INTEL_CHAIN_H

#include "base.h"
#include "ratls/verifier.h"
#include "x509.h"

#define RT_INTEL_CERTS 3 /* of the longest chain */
#define RT_INTEL_PINS  1

extern const uint8_t rt_intel_pins[RT_INTEL_PINS][32]; /* built-in roots, by key */

/* certs[0] is the leaf, certs[n - 1] the root; they borrow from `der`, which the chain owns. */
struct rt_intel_chain {
    size_t n;
    struct ratls_buffer der[RT_INTEL_CERTS];
    struct rt_x509 certs[RT_INTEL_CERTS];
};

/* What a chain is for, and which codes its flaws have. */
struct rt_intel_kind {
    const char *what; /* for texts: "PCK chain" */
    size_t n;
    const char *const *names; /* allowed common names of the leaf and of the CA, NULL behind each */
    enum ratls_err malformed; /* PEM, DER */
    enum ratls_err chain;     /* names, profile, signatures */
    enum ratls_err root;      /* not pinned */
    enum ratls_err out_of_date;
};
extern const struct rt_intel_kind rt_intel_pck, rt_intel_crl_issuer, rt_intel_tcb_signer,
    rt_intel_qe_signer;

struct rt_roots { /* borrowed */
    const struct ratls_root *p;
    size_t n;
};

/* Exactly kind->n PEM certificates, leaf first, white space between them and at most one NUL at the
 * end (certification data of type 5). Proves nothing. Free it, also after an error. */
RATLS_MUST_USE enum ratls_err rt_intel_chain_read(const struct rt_intel_kind *kind,
                                                  struct ratls_bytes pem,
                                                  struct rt_intel_chain *out,
                                                  struct ratls_error *err);
void rt_intel_chain_free(struct rt_intel_chain *c);

/* The root is pinned by its key. *simulated: it is one of a simulated TEE. */
RATLS_MUST_USE enum ratls_err rt_intel_chain_check_root(const struct rt_intel_kind *kind,
                                                        const struct rt_intel_chain *c,
                                                        struct rt_roots roots, bool *simulated,
                                                        struct ratls_error *err);
/* Names, algorithms, extensions and signatures up to the chain's own root, which must be checked as
 * well; no dates. Certificates that are, byte for byte, part of a `proven` chain (may be NULL) are
 * not verified again. */
RATLS_MUST_USE enum ratls_err rt_intel_chain_prove(const struct rt_intel_kind *kind,
                                                   const struct rt_intel_chain *c,
                                                   const struct rt_intel_chain *proven,
                                                   struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_intel_chain_check_dates(const struct rt_intel_kind *kind,
                                                         const struct rt_intel_chain *c,
                                                         int64_t now, struct ratls_error *err);

static inline const struct rt_x509 *rt_intel_root(const struct rt_intel_chain *c)
{
    return &c->certs[c->n - 1];
}
/* By its name: the Platform CA certifies multi-package platforms, the Processor CA the others. */
bool rt_intel_is_platform_ca(const struct rt_x509 *ca);
/* The same root key: chains of two roots never mix. */
bool rt_intel_same_root(const struct rt_intel_chain *a, const struct rt_intel_chain *b);

#endif
