/* ak.h - the attestation key (AK) of a plain quote: which it is, and by what it is trusted.
 *
 * By a pin: the operator's own copy of its SubjectPublicKeyInfo, or the SHA-256 of that; or by its
 * certificate, which a trusted root issued, also over CAs. A key that only travels with the quote
 * is trusted by nothing. That the key is one of a TPM is what whoever pins or certifies it has
 * found out (credential activation, TPM 2.0 part 1, 24): it cannot be seen here. */
#ifndef RT_TPM_AK_H
#define RT_TPM_AK_H

#include "tpm_evidence.h"
#include "ratls/verifier.h"
#include "x509.h"

struct rt_tpm_ak { /* borrows from the evidence */
    struct ratls_bytes spki;
    struct rt_public_key key;
    struct rt_x509 cert[RT_TPM_MAX_CERTS]; /* those of the evidence */
    size_t n_certs;
    const struct rt_x509 *own; /* that of the key; NULL: none */

    bool simulated;
    struct rt_x509 chain[RT_MAX_CHAIN + 1]; /* from the key's own to the root; n_chain 0: a pin */
    size_t n_chain;
    bool looked_up;   /* its own certificate, in a CRL of its issuer */
    bool not_revoked; /* nor any other of the chain, as far as they name lists */
    int64_t crls_end;
};

/* RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_CHAIN, RATLS_E_EVIDENCE_ALGORITHM. */
RATLS_MUST_USE enum ratls_err rt_tpm_ak_read(const struct rt_tpm_evidence *evidence,
                                             struct rt_tpm_ak *out, struct ratls_error *err);
/* Certificates of the chain that came beside the evidence. */
struct rt_tpm_pool {
    struct ratls_buffer der[RT_MAX_CHAIN];
    size_t n;
};
/* Input, evidence and pool stay where they are while `ak` is used. RATLS_E_NO_ANCHOR: nothing
 * vouches for it; RATLS_E_EVIDENCE_CHAIN, _ROOT, _TIME for its certificates. */
RATLS_MUST_USE enum ratls_err rt_tpm_ak_prove(struct rt_tpm_ak *ak,
                                              const struct ratls_verify_input *input,
                                              struct rt_tpm_pool *pool, struct ratls_error *err);
/* Of a key that is proven: CRLs are about certificates, so that none is asked for one that is
 * pinned. As rt_chain_crls_judge(). */
RATLS_MUST_USE enum ratls_err rt_tpm_ak_judge_crls(struct rt_tpm_ak *ak,
                                                   const struct ratls_verify_input *input,
                                                   struct ratls_error *err);
void rt_tpm_pool_free(struct rt_tpm_pool *pool);

/* Of a key that is proven and judged: `simulated`, `tpm.ak_trust`, `tpm.ak_revocation`,
 * `collateral_expires`; `tcb_status`, which is "unrated" by a pin, for nobody but the operator
 * rates it, and by certificates that are not revoked. */
void rt_tpm_ak_claims(const struct rt_tpm_ak *ak, struct ratls_claims *claims);
/* `evidence_keys`, when all was proven. */
RATLS_MUST_USE enum ratls_err rt_tpm_ak_evidence_keys(const struct rt_tpm_ak *ak,
                                                      struct ratls_claims *claims,
                                                      struct ratls_error *err);

#endif
