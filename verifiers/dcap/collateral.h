/* collateral.h - DCAP collateral: what Intel says about a platform model at a time.
 *
 * One JSON object with texts: pck_crl_issuer_chain, tcb_info_issuer_chain, qe_identity_issuer_chain
 * (PEM, leaf first), pck_crl, root_ca_crl (DER in hex, or PEM), tcb_info, qe_identity (the signed
 * answers of Intel's service, byte for byte), and optionally pck_certificate_chain (PEM) for quotes
 * that carry none. Other members are ignored.
 *
 * A collateral object is proven once for one set of roots and then only read; every date in it is
 * judged again at each use. The text of TCB info and QE identity is verified before it is read.
 * Thread rule: a collateral object may be used by many threads. */
#ifndef RT_COLLATERAL_H
#define RT_COLLATERAL_H

#include "base.h"
#include "crl.h"
#include "pck_chain.h"
#include "qe_identity.h"
#include "tcb_info.h"

struct rt_collateral {
    struct rt_intel_chain crl_issuer, tcb_signer, qe_signer;
    struct ratls_buffer pck_pem; /* empty: none */
    struct ratls_buffer root_crl_der, pck_crl_der;
    bool has_crls;
    struct rt_crl root_crl, pck_crl;
    struct rt_tcb_info tcb;
    struct rt_qe_identity qe;
    struct rt_kept_cache *pck_cache;
};

/* Chains to the roots, signatures, forms. `crl_optional`: absent CRLs are no failure here; whoever
 * uses such an object decides what that means. *out is new, NULL on failure.
 * RATLS_E_COLLATERAL_MISSING (a member is absent or null), _FORMAT, _SIGNATURE;
 * RATLS_E_QE_IDENTITY (an identity of SGX beside a TCB info of TDX, or the like). */
RATLS_MUST_USE enum ratls_err rt_collateral_new(struct ratls_bytes json, struct rt_roots roots,
                                                bool crl_optional, struct rt_collateral **out,
                                                struct ratls_error *err);
void rt_collateral_free(struct rt_collateral *c); /* NULL is legal */

/* RATLS_E_COLLATERAL_TIME names the item that is out of its dates; `with_crls` false leaves the
 * CRLs out. *expires becomes the earliest end, if that is before it. */
RATLS_MUST_USE enum ratls_err rt_collateral_check_dates(const struct rt_collateral *c, int64_t now,
                                                        bool with_crls, int64_t *expires,
                                                        struct ratls_error *err);

/* Smaller number of the two documents: the only protection against an older, still valid issue. */
uint32_t rt_collateral_eval_num(const struct rt_collateral *c);

/* Facts for whoever keeps collateral. Name: "tdx-b0c06f000000-platform" (TEE, FMSPC, PCK CA).
 * Issue: evaluation numbers of TCB info and QE identity, then dates of TCB info, QE identity, PCK
 * CRL and root CA CRL (0 where CRLs are absent). */
void rt_collateral_facts(const struct rt_collateral *c, struct ratls_collateral_facts *out);

#endif
