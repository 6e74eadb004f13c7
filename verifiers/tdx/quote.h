/* quote.h - a TDX quote, version 4 with TD report 1.0, taken apart.
 *
 * Reference: Intel "TDX DCAP Quoting Library API", appendix A.3. Parsing proves nothing. */
#ifndef RT_TDX_QUOTE_H
#define RT_TDX_QUOTE_H

#include "base.h"
#include "dcap.h"

#define RT_TD_REPORT_LEN  584
#define RT_TDX_SIGNED_LEN (RT_QUOTE_HEADER_LEN + RT_TD_REPORT_LEN)

/* TDATTRIBUTES, Intel TDX module base architecture specification, "TD attributes". */
#define RT_TD_ATTR_DEBUG           (1ULL << 0)
#define RT_TD_ATTR_SEPT_VE_DISABLE (1ULL << 28)
#define RT_TD_ATTR_MIGRATABLE      (1ULL << 29)
#define RT_TD_ATTR_PKS             (1ULL << 30)
#define RT_TD_ATTR_KL              (1ULL << 31)
#define RT_TD_ATTR_PERFMON         (1ULL << 63)

/* TD report body 1.0; offsets within the body. */
struct rt_td_report {
    uint8_t tee_tcb_svn[16];     /* 0 */
    uint8_t mr_seam[48];         /* 16 */
    uint8_t mr_signer_seam[48];  /* 64 */
    uint8_t seam_attributes[8];  /* 112 */
    uint8_t td_attributes[8];    /* 120 */
    uint8_t xfam[8];             /* 128 */
    uint8_t mr_td[48];           /* 136 */
    uint8_t mr_config_id[48];    /* 184 */
    uint8_t mr_owner[48];        /* 232 */
    uint8_t mr_owner_config[48]; /* 280 */
    uint8_t rtmr[4][48];         /* 328 */
    uint8_t report_data[64];     /* 520 */
};

struct rt_tdx_quote {
    struct rt_quote_header header;
    struct rt_td_report report;
    struct rt_quote_signature sig;
    struct ratls_bytes signed_part; /* header and body as received */
    size_t trailing_len;            /* bytes behind the signature data: not authenticated */
};

/* True for a TDX quote of version 4 or 5 by its header: what this folder answers for. */
bool rt_tdx_recognises(struct ratls_bytes evidence);
/* Borrows from `evidence`. RATLS_E_EVIDENCE_VERSION for any version but 4;
 * RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_tdx_quote_parse(struct ratls_bytes evidence,
                                                 struct rt_tdx_quote *out, struct ratls_error *err);
uint64_t rt_td_attributes(const struct rt_td_report *r);

#endif
