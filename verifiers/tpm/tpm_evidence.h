/* tpm_evidence.h - the JSON that a plain TPM quote travels in. Two forms, told apart by their
 * members: Confidential Containers Trustee:
 *     {"ak_public": base64 of the SubjectPublicKeyInfo, "tpm_quote": {"message": base64,
 *      "signature": base64 of a TPMT_SIGNATURE, "pcrs": [hex, ...]}};
 *     here also, where they are there, "ak_certs": [base64 of DER, ...], that of the key and the
 *     CAs above it, and "report_data": hex of the 64 bytes whose SHA-256 the quote is over.
 *   openEuler global-trust-authority: {"ak_certs": [{"cert_type": text, "cert_data": base64}, ...]
 *     or "ak_cert": base64, "quote": {"quote_data": base64, "signature": base64 of a
 *     TPMT_SIGNATURE}, "pcrs": {"hash_alg": "sha256", "pcr_values": [{"pcr_index": n,
 *     "pcr_value": hex}, ...]}, "logs": [{"log_type": "TcgEventLog" or "ImaLog",
 *     "log_data": base64}, ...]}.
 * Reading proves nothing. */
#ifndef RT_TPM_EVIDENCE_H
#define RT_TPM_EVIDENCE_H

#include "quoted.h"

#define RT_TPM_MAX_CERTS 8 /* in evidence */

struct rt_tpm_evidence { /* owns everything */
    struct rt_tpm_quoted quoted;
    struct ratls_buffer ak_public;              /* p NULL: absent, as all that follows */
    struct ratls_buffer cert[RT_TPM_MAX_CERTS]; /* DER */
    size_t n_certs;
    struct ratls_buffer report_data, event_log, ima_log;
};

/* log_type in evidence about the NPUs of a host (verifiers/ascend), which is another TEE's. */
#define RT_TPM_NPU_BOOT_LOG    "boot_measurement"
#define RT_TPM_NPU_RUNTIME_LOG "runtime_measurement"

/* Cheap: an object that names its parts; without such a log, and with one. */
bool rt_tpm_recognises(struct ratls_bytes evidence);
bool rt_tpm_recognises_npu(struct ratls_bytes evidence);
/* Free it, also after an error. RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_ALGORITHM,
 * RATLS_E_EVIDENCE_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_tpm_evidence_read(struct ratls_bytes evidence,
                                                   struct rt_tpm_evidence *out,
                                                   struct ratls_error *err);
/* As global-trust-authority has it about NPUs: logs are of the two types above, and "ak_public" may
 * stand beside the certificates or in their place. */
RATLS_MUST_USE enum ratls_err rt_tpm_evidence_read_npu(struct ratls_bytes evidence,
                                                       struct rt_tpm_evidence *out,
                                                       struct ratls_error *err);
void rt_tpm_evidence_free(struct rt_tpm_evidence *e);

#endif
