/* document.h - an attestation document of the Nitro Security Module, taken apart.
 *
 * Reference: aws/aws-nitro-enclaves-nsm-api, docs/attestation_process.md: COSE_Sign1 around a CBOR
 * map, its fields and their sizes. Parsing proves nothing. */
#ifndef RT_NITRO_DOCUMENT_H
#define RT_NITRO_DOCUMENT_H

#include "cose.h"

#define RT_NITRO_PCRS      32
#define RT_NITRO_PCR_MAX   64
#define RT_NITRO_MAX_CAS   8 /* of cabundle, the root among them; AWS sends four */
#define RT_NITRO_MODULE_ID 255

struct rt_nitro_document { /* slices of the evidence, borrowed; p NULL: absent */
    struct rt_cose_sign1 message;
    struct ratls_bytes module_id; /* printable ASCII, 1 to RT_NITRO_MODULE_ID */
    uint64_t timestamp_ms;        /* since 1970 */
    struct ratls_bytes pcr[RT_NITRO_PCRS];
    struct ratls_bytes certificate, ca[RT_NITRO_MAX_CAS]; /* DER; the root first */
    size_t n_ca;
    struct ratls_bytes public_key, user_data, nonce;
};

/* Cheap: the beginning of the message. */
bool rt_nitro_recognises(struct ratls_bytes evidence);
/* RATLS_E_EVIDENCE_FORMAT; RATLS_E_EVIDENCE_ALGORITHM for another signature than ES384, or another
 * hash of the registers than SHA384. */
RATLS_MUST_USE enum ratls_err rt_nitro_document_read(struct ratls_bytes evidence,
                                                     struct rt_nitro_document *out,
                                                     struct ratls_error *err);
/* PCR 0 to 2 are all zero: the enclave runs in debug mode, its console open to the host. */
bool rt_nitro_is_debug(const struct rt_nitro_document *doc);

#endif
