/* tpm_device.h - a TPM 2.0 asked for its attestation key, PCRs and quotes, through libtss2-esys.
 *
 * The connection lasts as long as one answer, so that a TPM without resource manager is not kept
 * from others. Keys are made beforehand by the operator (tpm2_createak(1)); nothing is created or
 * extended here. */
#ifndef RT_TPM_DEVICE_H
#define RT_TPM_DEVICE_H

#include "base.h"
#include "crypto.h"

#define RT_TPM_DEVICE_PCRS 24

struct rt_tpm_device {
    const char *tcti; /* as tss2-tctildr(3) reads it; NULL: its default */
    uint32_t ak;      /* persistent handle */
};

struct rt_tpm_answer {
    struct ratls_buffer message, signature; /* TPMS_ATTEST, TPMT_SIGNATURE */
    uint8_t pcr[RT_TPM_DEVICE_PCRS][RT_SHA256_LEN];
};

/* *out is new: the key's SubjectPublicKeyInfo. RATLS_E_ATTESTER. */
RATLS_MUST_USE enum ratls_err rt_tpm_device_key(const struct rt_tpm_device *device,
                                                struct ratls_buffer *out, struct ratls_error *err);
/* A quote over all PCRs of SHA-256 and these bytes, and the values that it is over.
 * RATLS_E_LIMIT: the TPM takes fewer bytes. Free it, also after an error. */
RATLS_MUST_USE enum ratls_err rt_tpm_device_quote(const struct rt_tpm_device *device,
                                                  struct ratls_bytes extra_data,
                                                  struct rt_tpm_answer *out,
                                                  struct ratls_error *err);
void rt_tpm_answer_free(struct rt_tpm_answer *a);

#endif
