/* sim_itrustee.h - reports of iTrustee from Kunpeng machines that do not exist, under the RSA half
 * of the test PKI of sim_virtcca_pki.h: its device key is the DRK, its guest's key the attestation
 * key. Format-true; what they say proves nothing. */
#ifndef RT_SIM_ITRUSTEE_H
#define RT_SIM_ITRUSTEE_H

#include "itrustee_evidence.h"
#include "sim_virtcca_pki.h"

struct rt_sim_itrustee_state {
    uint8_t ta_img[RT_SHA256_LEN], ta_mem[RT_SHA256_LEN];
    uint8_t qta_img[RT_SHA256_LEN], qta_mem[RT_SHA256_LEN];
    const char *uuid;
    struct ratls_bytes nonce; /* borrowed */
};

void rt_sim_itrustee_usual(struct rt_sim_itrustee_state *out);

/* For tests of refusal; all zero gives a report that a verifier accepts once the root is trusted
 * and the CA at hand. */
struct rt_sim_itrustee_knobs {
    const char *member;            /* of a payload; NULL: no edit */
    const char *value;             /* JSON instead; NULL: the member is left out */
    bool provisioning;             /* of that of the attestation key, not that of the report */
    bool drk_by_ca, report_by_drk; /* signed by other keys */
};

struct rt_sim_itrustee_signer {             /* borrowed */
    const struct rt_sim_virtcca_keys *keys; /* of RSA */
    const struct rt_sim_virtcca_chain *chain;
};

/* *out is new; `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_itrustee_report(const struct ratls_env *env,
                                                     const struct rt_sim_itrustee_signer *by,
                                                     const struct rt_sim_itrustee_state *state,
                                                     const struct rt_sim_itrustee_knobs *knobs,
                                                     struct ratls_buffer *out);

#endif
