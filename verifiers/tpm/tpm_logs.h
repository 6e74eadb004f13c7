/* tpm_logs.h - logs held against the PCRs of a verified quote: the firmware's (TCG PC Client
 * Platform Firmware Profile, crypto-agile) and that of Linux's IMA, which extends PCR 10.
 *
 * A log that is not given explains nothing: the claim `event_log` says "absent". */
#ifndef RT_TPM_LOGS_H
#define RT_TPM_LOGS_H

#include "tpm_quote.h"
#include "ratls/evidence.h"

struct rt_tpm_logs { /* p NULL: absent */
    struct ratls_bytes event_log, ima_log;
};

/* Claims tpm.pcrNN_log of each PCR that is quoted and in the log, or one of the firmware's (0 to
 * 7): "match", "mismatch" or "absent"; `event_log`: "match" when every one of them does,
 * "mismatch", or "partial". tpm.ima.entries and tpm.ima.violations. RATLS_E_EVENT_LOG,
 * RATLS_E_EVENT_LOG_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_tpm_judge_logs(const struct rt_tpm_pcrs *pcrs,
                                                const struct rt_tpm_logs *logs,
                                                struct ratls_claims *claims,
                                                struct ratls_error *err);

#endif
