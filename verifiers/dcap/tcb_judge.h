/* tcb_judge.h - which status a platform has by its collateral: TDX module identity, TCB levels,
 * convergence. Signatures, dates and revocation are behind us here (dcap_verify.c). */
#ifndef RT_TCB_JUDGE_H
#define RT_TCB_JUDGE_H

#include "dcap_verify.h"

#define RT_TCB_PARTS 3 /* platform, module, QE: whose levels matched */

struct rt_tcb_result {
    enum rt_tcb_status status;
    int64_t date;                                 /* earliest of the matched levels */
    const struct cJSON *advisories[RT_TCB_PARTS]; /* of the matched levels; NULL: none */
};

/* Whose TCB is judged. Borrowed. */
struct rt_tcb_subject {
    const struct rt_pck_ext *pck;
    const struct rt_svn_level *qe; /* matched level of the QE identity; NULL: not supported */
    const struct rt_td_tcb *td;    /* NULL: SGX */
};

/* RATLS_E_TDX_MODULE when the module is not the one described; every status is a result, Revoked
 * and NotSupported too. */
RATLS_MUST_USE enum ratls_err rt_tcb_judge(const struct rt_tcb_info *info,
                                           const struct rt_tcb_subject *subject,
                                           struct rt_tcb_result *out, struct ratls_error *err);

#endif
