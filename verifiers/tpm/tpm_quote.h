/* tpm_quote.h - a quote of a TPM 2.0, taken apart, and what of it can be checked with a key alone.
 *
 * TCG "TPM 2.0 Library", part 2: TPMS_ATTEST (10.12.12) with TPMS_QUOTE_INFO (10.12.4),
 * TPML_PCR_SELECTION (10.9.7), TPMT_SIGNATURE (11.3.4); all integers are big endian. One bank of
 * PCRs, SHA-256, and signatures over SHA-256; others are refused. Whose key it is, is not asked
 * here. */
#ifndef RT_TPM_QUOTE_H
#define RT_TPM_QUOTE_H

#include "base.h"
#include "crypto.h"

#define RT_TPM_PCRS       24
#define RT_TPM_ALL_PCRS   0xffffffU
#define RT_TPM_ATTEST_MAX 2048
#define RT_TPM_EXTRA_MAX  64
#define RT_TPM_SIG_MAX    512 /* RSA-4096 */
#define RT_TPM_FIRMWARE   8

struct rt_tpm_quote { /* borrows from the message */
    struct ratls_bytes message;
    struct ratls_bytes extra_data; /* as it was given to the TPM: 0 to 64 bytes */
    struct ratls_bytes pcr_digest; /* 32 */
    struct ratls_bytes firmware_version;
    uint64_t clock;
    uint32_t reset_count, restart_count;
    bool safe;
    uint32_t selected; /* bit n: PCR n is quoted */
};

/* Values beside a quote, by index. They are worth what rt_tpm_check_pcrs() says. */
struct rt_tpm_pcrs {
    uint32_t given; /* bit n: PCR n */
    uint8_t value[RT_TPM_PCRS][RT_SHA256_LEN];
};

struct rt_tpm_signature {
    enum rt_sig_alg alg;    /* of RSA */
    bool is_ecdsa;          /* P-256 */
    struct ratls_bytes rsa; /* borrowed */
    uint8_t rs[RT_P256_SIG_LEN];
};

/* RATLS_E_EVIDENCE_FORMAT; RATLS_E_EVIDENCE_ALGORITHM for another bank than SHA-256, or more than
 * one. */
RATLS_MUST_USE enum ratls_err rt_tpm_quote_read(struct ratls_bytes message,
                                                struct rt_tpm_quote *out, struct ratls_error *err);
/* A TPMT_SIGNATURE. RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_ALGORITHM. */
RATLS_MUST_USE enum ratls_err rt_tpm_signature_read(struct ratls_bytes tpmt,
                                                    struct rt_tpm_signature *out,
                                                    struct ratls_error *err);
/* The bare bytes of an RSASSA signature with SHA-256. */
void rt_tpm_signature_bare(struct ratls_bytes rsa, struct rt_tpm_signature *out);

/* RSA of 2048 bits and more with exponent 65537, or P-256. RATLS_E_EVIDENCE_ALGORITHM. */
RATLS_MUST_USE enum ratls_err rt_tpm_check_key(const struct rt_public_key *key,
                                               struct ratls_error *err);
/* RATLS_E_EVIDENCE_ALGORITHM for a signature of another kind than the key, else
 * RATLS_E_EVIDENCE_SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_tpm_check_signature(const struct rt_tpm_quote *q,
                                                     const struct rt_tpm_signature *sig,
                                                     const struct rt_public_key *key,
                                                     struct ratls_error *err);
/* The values are those of exactly the PCRs that are quoted, and hash to the digest.
 * RATLS_E_EVIDENCE_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_tpm_check_pcrs(const struct rt_tpm_quote *q,
                                                const struct rt_tpm_pcrs *pcrs,
                                                struct ratls_error *err);

/* The 64 bytes of report data that a quote is over: its extraData of 64 bytes; or `named` (64
 * bytes), where extraData is the SHA-256 of it: many TPMs take no more than 34 or 50 bytes. Shorter
 * ones are a nonce and stand for no report data, not even padded, for whoever has a TPM quote his
 * nonce of 32 bytes would have chosen report data that ends in zeros: they give zeros, which no key
 * asks for. RATLS_E_EVIDENCE_MISMATCH: `named` is there, and extraData is not its hash. */
RATLS_MUST_USE enum ratls_err rt_tpm_report_data(const struct rt_tpm_quote *q,
                                                 struct ratls_bytes named, uint8_t out[64],
                                                 struct ratls_error *err);

#endif
