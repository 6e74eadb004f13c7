/* dcap.h - SGX and TDX quotes taken apart: header, body, signature data.
 *
 * References: Intel "TDX DCAP Quoting Library API" appendix A.3 (versions 4 and 5) and "SGX ECDSA
 * Quoting Library API" appendix A (version 3). Offsets in comments are those of the structure.
 * Parsing proves nothing (dcap_verify.h does). */
#ifndef RT_DCAP_H
#define RT_DCAP_H

#include "base.h"
#include "ratls/evidence.h"

#define RT_SGX_REPORT_LEN   384
#define RT_TD_REPORT10_LEN  584
#define RT_TD_REPORT15_LEN  648
#define RT_QUOTE_KEY_P256   2
#define RT_QUOTE_TEE_SGX    0x00000000
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

/* Body types of the version-5 descriptor; other versions imply theirs. */
enum rt_quote_body {
    RT_BODY_SGX_REPORT = 1,
    RT_BODY_TD_REPORT10 = 2,
    RT_BODY_TD_REPORT15 = 3,
};

struct rt_quote_header {
    uint16_t version;                          /* 0 */
    uint16_t key_type;                         /* 2 */
    uint32_t tee_type;                         /* 4; version 3: reserved, zero */
    uint16_t qe_svn, pce_svn;                  /* 8, 10; version 3, else reserved */
    uint8_t qe_vendor_id[RT_QE_VENDOR_ID_LEN]; /* 12 */
    uint8_t user_data[RT_QE_USER_DATA_LEN];    /* 28 */
};

/* An SGX report body: the body of SGX quotes, and the QE report of every quote. */
struct rt_sgx_report {
    uint8_t cpu_svn[16];         /* 0 */
    uint8_t misc_select[4];      /* 16 */
    uint8_t isv_ext_prod_id[16]; /* 32 */
    uint8_t attributes[16];      /* 48: flags, XFRM */
    uint8_t mr_enclave[32];      /* 64 */
    uint8_t mr_signer[32];       /* 128 */
    uint8_t config_id[64];       /* 192 */
    uint16_t isv_prod_id;        /* 256 */
    uint16_t isv_svn;            /* 258 */
    uint16_t config_svn;         /* 260 */
    uint8_t isv_family_id[16];   /* 304 */
    uint8_t report_data[64];     /* 320 */
};
#define RT_SGX_FLAG_DEBUG (1U << 1) /* of attributes[0] */

/* Reads exactly RT_SGX_REPORT_LEN bytes. */
void rt_sgx_report_read(struct ratls_bytes in, struct rt_sgx_report *out);

/* Signature data; everything borrows from the quote. */
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

struct rt_quote {
    struct rt_quote_header header;
    enum rt_quote_body body_type;
    struct ratls_bytes body;
    struct ratls_bytes signed_part; /* header, descriptor and body as received */
    struct rt_quote_signature sig;
    size_t trailing_len; /* bytes behind the signature data: not authenticated */
};

/* True for a quote of this TEE type in a version that exists for it, by its header. */
bool rt_quote_recognises(struct ratls_bytes evidence, uint32_t tee_type);
/* A quote of this TEE type. Every inner length must consume its enclosing one exactly. Borrows.
 * RATLS_E_EVIDENCE_VERSION for versions and bodies that are not known, RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_quote_parse(struct ratls_bytes evidence, uint32_t tee_type,
                                             struct rt_quote *out, struct ratls_error *err);

/* <prefix>.quote_version, body_type, qe_*, cert_data_type, trailing_bytes. */
void rt_quote_claims(const struct rt_quote *q, const char *prefix, struct ratls_claims *claims);

#endif
