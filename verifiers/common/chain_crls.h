/* chain_crls.h - revocation by lists beside the evidence, those of the CAs of a chain.
 *
 * Lists of other CAs are left out: a trust has them for devices of several. Does NOT prove the
 * chain, nor ask that every certificate is looked up: that is for the caller, who knows what it
 * means. */
#ifndef RT_CHAIN_CRLS_H
#define RT_CHAIN_CRLS_H

#include "crl.h"
#include "ratls/verifier.h"

struct rt_proven_chain {               /* borrowed */
    const struct rt_x509 *const *cert; /* the device's first, the root last */
    size_t n;                          /* at most RT_MAX_CHAIN + 1 */
};

struct rt_chain_crls {
    bool looked_up[RT_MAX_CHAIN + 1]; /* each certificate, in a list of its issuer */
    int64_t expires;                  /* the first of these lists that ends; INT64_MAX: none */
};

/* Every list of a CA in the chain counts for what it revokes, the newest for its dates. Nothing is
 * asked with input->insecure_no_crl. RATLS_E_REVOKED; RATLS_E_COLLATERAL_FORMAT, _SIGNATURE, _TIME,
 * _MISMATCH: there are lists, and none is of a CA in the chain; RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_chain_crls_judge(struct rt_proven_chain chain,
                                                  const struct ratls_verify_input *input,
                                                  struct rt_chain_crls *out,
                                                  struct ratls_error *err);

#endif
