/* sim_status.h - the TCB status of a simulated attester: options "tcb_status", "qe_status" and
 * "module_status", and the collateral that gives it. */
#ifndef RT_SIM_STATUS_H
#define RT_SIM_STATUS_H

#include "sim_collateral.h"

#define RT_SIM_STATUS_MAX 40 /* with NUL */

/* As rt_options_read() fills them; "": UpToDate. An attester without TDX module leaves the last. */
struct rt_sim_status {
    char tcb[RT_SIM_STATUS_MAX], qe[RT_SIM_STATUS_MAX], module[RT_SIM_STATUS_MAX];
};

/* RATLS_E_USAGE for a text that is no status of Intel's. */
RATLS_MUST_USE enum ratls_err rt_sim_status_check(const struct rt_sim_status *s,
                                                  struct ratls_error *err);

/* What the `sim_collateral` of an attester needs. */
struct rt_sim_certified {
    const struct ratls_env *env;
    const struct rt_sim_pki *pki;
    const struct rt_sim_status *status;
    bool sgx;
};
/* *json is new. RATLS_E_ATTESTER. */
RATLS_MUST_USE enum ratls_err rt_sim_status_collateral(const struct rt_sim_certified *c,
                                                       struct ratls_buffer *json,
                                                       struct ratls_error *err);

#endif
