/* logs.h - the accounts that a guest gives of its boot (event log, CCEL) and of the files it used
 * (IMA), against the registers of its token.
 *
 * Registers 1, 2, 3 of the event log are REM0, REM1, REM2; register 4 and the IMA log are REM3. The
 * profile says so, never the sender: an IMA log for another register than 4 is refused. A log that
 * is there must match, register by register; one that is not there is a claim for policy
 * (virtcca.eventlog.present, virtcca.ima.present), never a match. */
#ifndef RT_VIRTCCA_LOGS_H
#define RT_VIRTCCA_LOGS_H

#include "arm_token.h"

struct rt_virtcca_logs { /* p NULL: absent */
    struct ratls_bytes ccel, ima_log;
};

/* RATLS_E_EVENT_LOG, RATLS_E_EVENT_LOG_MISMATCH; RATLS_E_LIMIT for more different files than a list
 * of claims has room for. */
RATLS_MUST_USE enum ratls_err rt_virtcca_judge_logs(const struct rt_arm_realm *guest,
                                                    const struct rt_virtcca_logs *logs,
                                                    struct ratls_claims *claims,
                                                    struct ratls_error *err);

#endif
