/* event_log.h - the measured-boot log of a CSV guest, held against the registers of its report,
 * version 2: index 1 to 4 of the log are rtmr1 to rtmr4, digests SM3
 * (confidential-containers/trustee, deps/verifier/src/csv). */
#ifndef RT_CSV_EVENT_LOG_H
#define RT_CSV_EVENT_LOG_H

#include "report.h"

/* Claims csv.rtmr<n>_log and `event_log` (eventlog_claims.h). RATLS_E_EVENT_LOG, also for a log
 * beside a report of version 1; RATLS_E_EVENT_LOG_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_csv_check_event_log(const struct rt_csv_report *report,
                                                     struct ratls_bytes log,
                                                     struct ratls_claims *claims,
                                                     struct ratls_error *err);

#endif
