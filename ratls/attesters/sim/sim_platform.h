/* sim_platform.h - the platform that the simulated attesters pretend to be: what PCK certificate,
 * quotes and collateral must say alike. */
#ifndef RT_SIM_PLATFORM_H
#define RT_SIM_PLATFORM_H

#include "base.h"

/* What the SGX extension of the PCK certificate says. */
struct rt_sim_platform {
    uint8_t ppid[16], platform_instance_id[16], cpu_svn[16], component_svn[16];
    uint8_t pce_id[2], fmspc[6];
    uint16_t pce_svn;
    bool processor;
};
/* FMSPC "RATLS\0", PCE 0; the two random identifiers stay zero. */
void rt_sim_platform_usual(struct rt_sim_platform *p);
RATLS_MUST_USE enum ratls_err rt_sim_sgx_ext(const struct rt_sim_platform *p,
                                             struct ratls_buffer *out);

/* The quoting enclaves as their reports show them; MISCSELECT is zero. */
struct rt_sim_qe {
    uint8_t mr_signer[32];
    uint64_t flags, xfrm; /* ATTRIBUTES */
    uint16_t prod_id, svn;
};
extern const struct rt_sim_qe rt_sim_td_qe, rt_sim_sgx_qe;

#endif
