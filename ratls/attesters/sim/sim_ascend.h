/* sim_ascend.h - what the host of NPUs sends, in the JSON of global-trust-authority, for the
 * attester "sim-ascend" and for tests. There is neither a host nor an NPU, and whoever signs holds
 * the key in his own memory: it is evidence of nothing. */
#ifndef RT_SIM_ASCEND_H
#define RT_SIM_ASCEND_H

#include "sim_tpm.h"
#include "tpm_media.h"

struct rt_sim_ascend {                         /* borrows */
    struct ratls_bytes ak_public, ak_cert, ca; /* len 0: no member; with `ca` they are a list */
    struct ratls_bytes message, tpmt, ima_log;
    const struct rt_sim_tpm *tpm; /* whose PCRs stand beside the quote */
    const char *logs;             /* JSON in their place */
    const char *more;             /* further members, with a comma in front */
};

/* *out is new. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_sim_ascend_json(const struct rt_sim_ascend *parts,
                                                 struct ratls_buffer *out);

#endif
