/* carrier.h - evidence in the JSON of other attestation frameworks, unpacked before any verifier
 * sees it. Forms, told apart by their members:
 *   openEuler secGear: {"tee": name, "evidence": text, ...}. The text is JSON itself,
 *     {"evidence": [u8], "dev_cert": [u8], "ima_log": [u8] or null,
 *      "uefi_log": {"ccel_data": [u8], ...} or null}, or base64url of that or of bare evidence.
 *     Of iTrustee it is the report, or {"report": the report as text, "ima_log": [u8] or null}.
 *     The whole may be base64url as well, which is how secGear sends it.
 *   openEuler global-trust-authority: {"vcca_token": base64, "dev_cert": base64 of DER or PEM,
 *     "logs": [{"log_type": "CCEL" or "ImaLog", "log_data": base64}, ...]}.
 *   Confidential Containers' trustee, of a guest of Hygon CSV: carrier_csv.h.
 *   nvtrust, and Confidential Containers' trustee, of devices of NVIDIA: carrier_devices.h.
 * Byte strings of the first two may be arrays of numbers or text in base64url or base64. Members
 * that are not named here (uuid, ccel_table) are not looked at. A carrier proves nothing and is
 * signed by nobody: whatever comes out of it is judged like files that were given one by one.
 * Certificates never carry one. */
#ifndef RT_CARRIER_H
#define RT_CARRIER_H

#include "base.h"

struct rt_carrier {
    char tee[33];                 /* verifier that it names; "" when it names none */
    struct ratls_buffer evidence; /* all owned; p NULL: absent */
    struct ratls_buffer certs;    /* PEM */
    struct ratls_buffer event_log, ima_log;
};

/* A look at the beginning and for names of members, nothing more. */
bool rt_carrier_recognises(struct ratls_bytes subject);
/* *out is new: rt_carrier_free(), also after an error. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_carrier_open(struct ratls_bytes subject, struct rt_carrier *out,
                                              struct ratls_error *err);
void rt_carrier_free(struct rt_carrier *c);

#endif
