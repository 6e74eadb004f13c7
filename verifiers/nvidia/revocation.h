/* revocation.h - revocation lists given beside the evidence, by the CAs above a device. Those of
 * other CAs are left out: several devices have several, and a trust has them for all. */
#ifndef RT_NVIDIA_REVOCATION_H
#define RT_NVIDIA_REVOCATION_H

#include "chain.h"
#include "crl.h"

#define RT_NVIDIA_MAX_CRLS 16

struct rt_nvidia_crls {
    struct rt_crl crl[RT_NVIDIA_MAX_CRLS];       /* owned */
    struct ratls_buffer der[RT_NVIDIA_MAX_CRLS]; /* owned */
    size_t n;
    bool fits[RT_NVIDIA_MAX_CRLS]; /* a CA above some device issued it */
    bool covered; /* every certificate so far that says where its list is was looked up */
};

/* *out is zeroed by the caller; free it also after an error. RATLS_E_COLLATERAL_FORMAT,
 * RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_nvidia_crls_open(struct rt_nvidia_crls *out,
                                                  const struct ratls_verify_input *input,
                                                  struct ratls_error *err);
void rt_nvidia_crls_free(struct rt_nvidia_crls *crls);

/* A chain that was proven: chain->expires ends with the lists that count. RATLS_E_REVOKED,
 * RATLS_E_COLLATERAL_SIGNATURE, RATLS_E_COLLATERAL_TIME. */
RATLS_MUST_USE enum ratls_err rt_nvidia_crls_judge(struct rt_nvidia_crls *crls,
                                                   struct rt_nvidia_chain *chain, int64_t now,
                                                   struct ratls_error *err);
/* Behind the last chain. RATLS_E_COLLATERAL_MISMATCH: there are lists, and none fits. */
RATLS_MUST_USE enum ratls_err rt_nvidia_crls_check_use(const struct rt_nvidia_crls *crls,
                                                       struct ratls_error *err);

#endif
