/* dcap_verify.h - the complete verification of SGX and TDX quotes, after parsing.
 *
 * Reference: Intel "SGX ECDSA Quote Verification" and "TDX DCAP" specifications; where sources
 * differ, Intel's Quote Verification Library is followed, except that notBefore and issueDate
 * count, QE identity and CRLs are obligatory, and the upper half of the QE's report data must be
 * zero. Chain of proof: pinned root -> PCK certificate -> QE report -> attestation key -> quote;
 * then revocation, QE identity, TDX module and TCB level, by collateral. Does NOT judge what runs
 * in the enclave or TD, nor accept a status: that is policy. Only Revoked and NotSupported are
 * refused here (RATLS_E_TCB_STATUS). */
#ifndef RT_DCAP_VERIFY_H
#define RT_DCAP_VERIFY_H

#include "collateral.h"
#include "dcap.h"
#include "ratls/verifier.h"

/* What a TD report says of the TDX module. Borrowed. */
struct rt_td_tcb {
    const uint8_t *svn;             /* TEE_TCB_SVN, 16 bytes: at launch */
    const uint8_t *svn2;            /* TEE_TCB_SVN2 of TD report 1.5: now; NULL before */
    const uint8_t *mr_signer_seam;  /* 48 */
    const uint8_t *seam_attributes; /* 8 */
};

/* Proves the quote, then judges it by the collateral in `input` (without any, tcb_status is
 * "not_evaluated"). Sets the claims of platform, chain and TCB:
 *   simulated, tcb_status, advisory_ids, platform_id, collateral_expires (seconds since 1970: the
 *   first end of all that the verdict rests on), <prefix>.ppid ... (pck.h); with collateral also
 *   tcb_date and <prefix>.tcb_date, tcb_eval_num, pck_crl_num, root_ca_crl_num,
 *   earliest_expiration; at the end evidence_keys (evidence_keys.h).
 * `td` is NULL for SGX. RATLS_E_EVIDENCE_*, _CERTIFICATION_TYPE, _COLLATERAL_*, _REVOKED,
 * _QE_IDENTITY, _TDX_MODULE, _TCB_STATUS. */
RATLS_MUST_USE enum ratls_err rt_dcap_verify(const struct rt_quote *q, const struct rt_td_tcb *td,
                                             const struct ratls_verify_input *input,
                                             struct ratls_claims *claims, struct ratls_error *err);

/* Claims of a quote that nobody verified: status "not_evaluated", and platform and simulation where
 * the quote carries a PCK chain. For one that cannot be read <prefix>.pck_chain is "malformed". */
RATLS_MUST_USE enum ratls_err rt_dcap_describe(const struct rt_quote *q, const char *prefix,
                                               struct ratls_claims *claims,
                                               struct ratls_error *err);

/* The collateral hooks of both verifiers (ratls/verifier.h); `collateral` is a struct
 * rt_collateral. */
bool rt_dcap_collateral_recognises(struct ratls_bytes document);
enum ratls_err rt_dcap_collateral_new(const struct ratls_collateral_input *input, void **out,
                                      struct ratls_error *err);
void rt_dcap_collateral_free(void *collateral);
void rt_dcap_collateral_facts(const void *collateral, struct ratls_collateral_facts *out);

#endif
