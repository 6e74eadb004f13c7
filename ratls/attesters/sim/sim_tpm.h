/* sim_tpm.h - quotes of TPMs that do not exist, for the simulated guests of Azure and for tests.
 * Format-true (TPM 2.0 part 2, TPMS_ATTEST and TPMT_SIGNATURE). Whoever signs them holds the key in
 * his own memory: they are evidence of nothing. */
#ifndef RT_SIM_TPM_H
#define RT_SIM_TPM_H

#include "crypto.h"
#include "crypto_rsa.h"

#define RT_SIM_TPM_PCRS 24

/* What a quote says; other values than the usual ones are for tests of refusal. */
struct rt_sim_tpm {
    uint32_t magic;
    uint16_t type;
    struct ratls_bytes extra_data;
    uint64_t clock;
    uint32_t reset_count, restart_count;
    uint8_t safe;
    uint32_t n_banks; /* as it is written; the bank is there once */
    uint16_t bank;
    uint8_t n_select; /* bytes of the bitmap */
    uint32_t selected;
    uint8_t pcr[RT_SIM_TPM_PCRS][RT_SHA256_LEN];
    struct ratls_bytes digest; /* p NULL: that of the PCRs selected */
    struct ratls_bytes behind; /* what no quote has */
};

/* All PCRs of SHA-256: those of the firmware 7000... to 7007..., the others as after a reset. */
void rt_sim_tpm_usual(struct rt_sim_tpm *t);
/* TPMS_ATTEST. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_tpm_quote(const struct rt_sim_tpm *t,
                                               struct ratls_buffer *out);
/* TPMT_SIGNATURE around the bytes of an RSA signature, or r || s. */
void rt_sim_tpm_put_rsa(struct rt_writer *w, uint16_t algorithm, struct ratls_bytes signature);
void rt_sim_tpm_put_ecdsa(struct rt_writer *w, struct ratls_bytes rs);

#define RT_SIM_TPM_RSASSA 0x0014
#define RT_SIM_TPM_RSAPSS 0x0016

/* `"message": hex, "signature": hex, "pcrs": [hex, ...]`, without braces. */
void rt_sim_tpm_put_json(struct rt_writer *w, const struct rt_sim_tpm *t,
                         struct ratls_bytes message, struct ratls_bytes signature);

#endif
