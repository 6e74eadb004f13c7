/* carrier_csv.h - the JSON that Confidential Containers' trustee gets from a guest of Hygon CSV, as
 * the bytes that the verifier reads (verifiers/csv/README.md):
 *   {"attestation_report": {"magic": [16], "flags": n, "data": [4096]},
 *    "cert_chain": {"pek": certificate, "hsk_cek": {"hsk": certificate, "cek": certificate}},
 *    "serial_number": [64], "cc_eventlog": base64 or null}
 * Certificates are trees of the fields of hygon.h, in their order. "hsk_cek" may be absent: the
 * verifier asks for them then. PEK and serial number stand in the report too, and must be the same
 * there: whoever reads the copies judges by what nobody proved. */
#ifndef RT_CARRIER_CSV_H
#define RT_CARRIER_CSV_H

#include "base.h"

struct cJSON;

/* A look at the beginning and for names of members. */
bool rt_carrier_is_csv(struct ratls_bytes text);
/* Both are new; *event_log stays as it is when there is none. RATLS_E_EVIDENCE_FORMAT,
 * RATLS_E_EVIDENCE_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_carrier_read_csv(const struct cJSON *json,
                                                  struct ratls_buffer *evidence,
                                                  struct ratls_buffer *event_log,
                                                  struct ratls_error *err);

#endif
