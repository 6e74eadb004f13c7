/* dcap.h - what SGX and TDX quotes share: the header, and the signature data behind the body.
 *
 * References: Intel "TDX DCAP Quoting Library API" and "SGX ECDSA Quoting Library API", quote
 * formats version 3, 4 and 5; offsets in the comments are those of the structure. Chain of proof:
 * PCK certificate -> QE report -> attestation key -> quote. Does NOT know collateral: CRLs, TCB
 * level and QE identity are not judged here, so whoever uses this alone must say `tcb_status` =
 * "not_evaluated". */
#ifndef RT_DCAP_H
#define RT_DCAP_H

#include "base.h"
#include "pck.h"
#include "ratls/evidence.h"
#include "ratls/verifier.h"

#define RT_QUOTE_HEADER_LEN 48
#define RT_SGX_REPORT_LEN   384
#define RT_QUOTE_KEY_P256   2
#define RT_QUOTE_TEE_TDX    0x00000081
#define RT_QE_VENDOR_ID_LEN 16
#define RT_QE_USER_DATA_LEN 20

/* Outer and inner certification data types. */
enum rt_cert_data_type {
    RT_CERT_DATA_PPID_PLAIN = 1,
    RT_CERT_DATA_PPID_RSA2048 = 2,
    RT_CERT_DATA_PPID_RSA3072 = 3,
    RT_CERT_DATA_PCK_LEAF = 4,
    RT_CERT_DATA_PCK_CHAIN = 5,
    RT_CERT_DATA_QE_REPORT = 6,
};

struct rt_quote_header {
    uint16_t version;                          /* 0 */
    uint16_t key_type;                         /* 2 */
    uint32_t tee_type;                         /* 4; version 3: reserved */
    uint8_t qe_vendor_id[RT_QE_VENDOR_ID_LEN]; /* 12 */
    uint8_t user_data[RT_QE_USER_DATA_LEN];    /* 28 */
};

/* Consumes 48 bytes. */
void rt_quote_header_read(struct rt_reader *r, struct rt_quote_header *out);
/* ECDSA P-256 and Intel's quoting enclave. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_quote_header_check(const struct rt_quote_header *h,
                                                    struct ratls_error *err);

/* The fields of an SGX report body (384 bytes) that are used of a QE report. */
struct rt_sgx_report {
    uint64_t flags;          /* 48 */
    uint8_t mr_enclave[32];  /* 64 */
    uint8_t mr_signer[32];   /* 128 */
    uint16_t isv_prod_id;    /* 256 */
    uint16_t isv_svn;        /* 258 */
    uint8_t report_data[64]; /* 320 */
};
#define RT_SGX_FLAG_DEBUG (1U << 1)

/* Signature data of version 4 and 5; everything borrows from the quote. */
struct rt_quote_signature {
    struct ratls_bytes signature;    /* r || s by the attestation key, over header and body */
    struct ratls_bytes ak;           /* X || Y */
    struct ratls_bytes qe_report;    /* 384 bytes, signed by the PCK */
    struct ratls_bytes qe_signature; /* r || s */
    struct ratls_bytes qe_auth;      /* hashed into the QE report together with the AK */
    uint16_t cert_type;              /* enum rt_cert_data_type, as found */
    struct ratls_bytes cert_data;
    struct rt_sgx_report qe; /* qe_report, taken apart */
};

/* Reads length and signature data; what follows stays in `r` (trailing bytes of the quote). Every
 * inner length must consume its enclosing one exactly. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_quote_signature_read(struct rt_reader *r,
                                                      struct rt_quote_signature *out,
                                                      struct ratls_error *err);

/* Proves the quote: chain of type 5 to a pinned root, QE report under the PCK, AK named by the QE
 * report (RATLS_E_EVIDENCE_QE), `signed_part` under the AK (RATLS_E_EVIDENCE_SIGNATURE). Types 1 to
 * 4 carry no chain: RATLS_E_CERTIFICATION_TYPE. `chain` is filled as far as it was read; free it.
 */
RATLS_MUST_USE enum ratls_err rt_quote_prove(const struct rt_quote_signature *s,
                                             struct ratls_bytes signed_part,
                                             const struct ratls_verify_input *input,
                                             struct rt_pck_chain *chain, struct ratls_error *err);

/* <prefix>.qe_* : header and QE report, and the certification data type. */
void rt_quote_claims(const struct rt_quote_header *h, const struct rt_quote_signature *s,
                     const char *prefix, struct ratls_claims *claims);

#endif
