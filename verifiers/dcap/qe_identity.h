/* qe_identity.h - Intel's identity of the quoting enclave (QE): which enclave may certify
 * attestation keys.
 *
 * Reference: Intel PCS API v4, "Get Quoting Enclave Identity" (version 2). Without this check any
 * enclave that a genuine platform certifies could vouch for a key of its own (CVE-2026-22696).
 * Values are those of the signed document, never constants of ours. */
#ifndef RT_QE_IDENTITY_H
#define RT_QE_IDENTITY_H

#include "base.h"
#include "dcap.h"
#include "tcb_info.h"

enum rt_qe_id { RT_QE_ID_QE, RT_QE_ID_TD_QE, RT_QE_ID_QVE };

struct rt_qe_identity {
    enum rt_qe_id id;
    int64_t issue_date, next_update;
    uint32_t eval_num;
    uint8_t misc_select[4], misc_select_mask[4]; /* in the order of memory, like all of these */
    uint8_t attributes[16], attributes_mask[16];
    uint8_t mr_signer[32];
    uint16_t isv_prod_id;
    struct rt_svn_levels levels;
    struct cJSON *json;
};

/* RATLS_E_COLLATERAL_FORMAT names the member. Free it, also after an error. */
RATLS_MUST_USE enum ratls_err
rt_qe_identity_parse(struct ratls_bytes text, struct rt_qe_identity *out, struct ratls_error *err);
void rt_qe_identity_free(struct rt_qe_identity *q);

/* Does it describe the QE of TDX, or of SGX? RATLS_E_QE_IDENTITY. */
RATLS_MUST_USE enum ratls_err rt_qe_identity_check_kind(const struct rt_qe_identity *q, bool tdx,
                                                        struct ratls_error *err);
/* Is the enclave of this report the one described? RATLS_E_QE_IDENTITY says what differs. *level is
 * the one of its ISVSVN, NULL: not supported. */
RATLS_MUST_USE enum ratls_err rt_qe_identity_check(const struct rt_qe_identity *q,
                                                   const struct rt_sgx_report *qe,
                                                   const struct rt_svn_level **level,
                                                   struct ratls_error *err);

#endif
