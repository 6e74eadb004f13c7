/* npu_files.h - the IMA log of the host: the files that it measured, among them those that it loads
 * into its NPUs.
 *
 * Which of them are the NPUs' is not asked: a path goes into the PCR, but it is the host that says
 * it, and whoever is root there can load another file than one that was measured. */
#ifndef RT_ASCEND_NPU_FILES_H
#define RT_ASCEND_NPU_FILES_H

#include "ima.h"
#include "ratls/evidence.h"
#include "tpm_quote.h"

/* Claims ascend_npu.ima.entries, .violations, .digests, and `measurement` over the digests.
 * RATLS_E_EVENT_LOG; RATLS_E_LIMIT for more different files than a list of claims has room for. */
RATLS_MUST_USE enum ratls_err rt_ascend_files_read(struct ratls_bytes ima_log,
                                                   struct rt_ima_log *out,
                                                   struct ratls_claims *claims,
                                                   struct ratls_error *err);
/* The log is what PCR 10 of a verified quote is. RATLS_E_EVENT_LOG_MISMATCH, also where that PCR is
 * not quoted. */
RATLS_MUST_USE enum ratls_err rt_ascend_files_prove(const struct rt_ima_log *log,
                                                    const struct rt_tpm_pcrs *pcrs,
                                                    struct ratls_error *err);

#endif
