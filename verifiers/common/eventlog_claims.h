/* eventlog_claims.h - what a replayed log of a confidential guest says of the guest's registers, as
 * claims. A log that is not given explains nothing: `event_log` says "absent", and policy
 * decides. */
#ifndef RT_EVENTLOG_CLAIMS_H
#define RT_EVENTLOG_CLAIMS_H

#include "eventlog.h"
#include "ratls/evidence.h"

struct rt_eventlog_due {
    const char *prefix;              /* of the claims, "tdx.rtmr_" */
    size_t first;                    /* number of the first register in its claim's name */
    const struct ratls_bytes *value; /* out of verified evidence: of registers 1 to n of the log */
    size_t n;
};

/* `event_log`: "absent". */
void rt_eventlog_absent(struct ratls_claims *claims);

/* Claims <prefix><number>_log: "match", "mismatch", or "absent" where the log says nothing of a
 * register that is not zero; `event_log`: "match" when all do, "mismatch" when one does not, else
 * "partial". RATLS_E_EVENT_LOG for a log with events of register 0, which is complete before a
 * guest runs; RATLS_E_EVENT_LOG_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_eventlog_judge(const struct rt_eventlog *log,
                                                const struct rt_eventlog_due *due,
                                                struct ratls_claims *claims,
                                                struct ratls_error *err);

#endif
