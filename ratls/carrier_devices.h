/* carrier_devices.h - the JSON that collectors of NVIDIA's evidence write, as the CBOR that the
 * verifier reads (verifiers/nvidia/README.md). Two forms:
 *   nvtrust: [{"arch", "certificate": base64 of PEM, "evidence": base64, "nonce": hex,
 *     "driver_version", "vbios_version", ...}, ...];
 *   Confidential Containers' trustee: {"device_evidence_list": [{"arch", "certificate", "evidence":
 *     hex or base64, ...}, ...]}.
 * A CA that several devices show is written once. What they say beside the report goes along and is
 * compared there, for nobody signed it. */
#ifndef RT_CARRIER_DEVICES_H
#define RT_CARRIER_DEVICES_H

#include "base.h"

struct cJSON;

/* A look at the beginning and for names of members. */
bool rt_carrier_is_devices(struct ratls_bytes text);
/* *out is new. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_carrier_read_devices(const struct cJSON *json,
                                                      struct ratls_buffer *out,
                                                      struct ratls_error *err);

#endif
