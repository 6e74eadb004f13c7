/* sim_tdx.h - the TD report, and quotes of TDs that do not exist.
 *
 * Quotes come in version 4 with TD report 1.0, and by knob in version 5 with TD report 1.0 or 1.5
 * (sim_quote.h). */
#ifndef RT_SIM_TDX_H
#define RT_SIM_TDX_H

#include "sim_quote.h"

/* TD report body, in order. */
struct rt_sim_td {
    uint8_t tee_tcb_svn[16];
    uint8_t mr_seam[48];
    uint8_t mr_signer_seam[48];
    uint64_t seam_attributes;
    uint64_t td_attributes;
    uint64_t xfam;
    uint8_t mr_td[48];
    uint8_t mr_config_id[48];
    uint8_t mr_owner[48];
    uint8_t mr_owner_config[48];
    uint8_t rtmr[4][48];
    uint8_t report_data[64];
    uint8_t tee_tcb_svn2[16]; /* TD report 1.5 only, from here on */
    uint8_t mr_servicetd[48];
};
#define RT_SIM_TD_DEBUG           (1ULL << 0)
#define RT_SIM_TD_SEPT_VE_DISABLE (1ULL << 28)

/* A production TD: no debug, SEPT_VE_DISABLE, MRTD 5151.., RTMRs of made-up values. The module it
 * was launched with is still loaded; there is no service TD. */
void rt_sim_td_usual(struct rt_sim_td *td);

/* *out is new. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_tdx_quote(const struct ratls_env *env,
                                               const struct rt_sim_pki *pki,
                                               const struct rt_sim_td *td,
                                               const struct rt_sim_quote_knobs *knobs,
                                               struct ratls_buffer *out);

#endif
