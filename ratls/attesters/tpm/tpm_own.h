/* tpm_own.h - a TPM of this machine, the attestation key that it is asked to quote with, and the
 * certificates of that: what the attesters that quote have in common. */
#ifndef RT_TPM_OWN_H
#define RT_TPM_OWN_H

#include "options.h"
#include "ratls/env.h"
#include "tpm_device.h"

enum { RT_TPM_CERTS_MAX = 8 };

struct rt_tpm_own {
    char tcti[RT_OPTION_MAX];
    struct rt_tpm_device device;
    struct ratls_buffer spki;
    struct ratls_buffer cert[RT_TPM_CERTS_MAX]; /* DER */
    size_t n_certs;
};

/* The values of options, whose places are the attester's. */
struct rt_tpm_options {
    char ak[32], certs[RT_OPTION_MAX];
};

/* Asks the TPM for the key. *own is zeroed but for `tcti`; free it, also after an error.
 * RATLS_E_USAGE, RATLS_E_IO, RATLS_E_LIMIT, RATLS_E_ATTESTER. */
RATLS_MUST_USE enum ratls_err rt_tpm_own_open(const struct ratls_env *env,
                                              const struct rt_tpm_options *options,
                                              struct rt_tpm_own *own, struct ratls_error *err);
void rt_tpm_own_free(struct rt_tpm_own *own);

#endif
