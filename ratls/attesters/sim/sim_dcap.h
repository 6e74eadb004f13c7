/* sim_dcap.h - what the simulated attesters of Intel's TEEs share: the test PKI, collateral, and
 * everything of struct rt_attester_type but options and quotes. */
#ifndef RT_SIM_DCAP_H
#define RT_SIM_DCAP_H

#include "sim_attester.h"
#include "sim_pki.h"
#include "sim_status.h"

/* First member of both. */
struct rt_sim_dcap {
    struct rt_sim_attester base;
    struct rt_sim_pki pki;
    struct rt_sim_status status; /* of the collateral */
    bool sgx;                    /* collateral of an enclave, not of a TD */
};

/* Ends configure(): checks `status`; gets the PKI in `directory`, "" makes one on the spot. */
RATLS_MUST_USE enum ratls_err rt_sim_dcap_finish(struct rt_sim_dcap *s, const char *directory,
                                                 struct ratls_error *err);
void rt_sim_dcap_release(void *self); /* of struct rt_sim_attester_kind */

/* Members of struct rt_attester_type. */
struct ratls_bytes rt_sim_dcap_root(void *self);
RATLS_MUST_USE enum ratls_err rt_sim_dcap_collateral(void *self, struct ratls_buffer *out,
                                                     struct ratls_error *err);

#endif
