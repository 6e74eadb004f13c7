/* event_log.h - the measured-boot log of a TD, held against the RTMRs of its verified quote.
 *
 * Reference: UEFI 2.10 s.38.4.1: index 1 to 4 of the log are RTMR0 to RTMR3, digests SHA-384. A log
 * that is not given explains nothing: the claim `event_log` says "absent", and policy decides. */
#ifndef RT_TDX_EVENT_LOG_H
#define RT_TDX_EVENT_LOG_H

#include "quote.h"

/* Claims tdx.rtmr_<n>_log and `event_log` (eventlog_claims.h). RATLS_E_EVENT_LOG,
 * RATLS_E_EVENT_LOG_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_tdx_check_event_log(const struct rt_td_report *report,
                                                     struct ratls_bytes log,
                                                     struct ratls_claims *claims,
                                                     struct ratls_error *err);

#endif
