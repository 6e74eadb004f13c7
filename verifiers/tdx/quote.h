/* quote.h - the TD report in a TDX quote, taken apart.
 *
 * Reference: Intel "TDX DCAP Quoting Library API", appendix A.3: TD report 1.0 (quote version 4,
 * and 5 with body type 2) and 1.5 (body type 3). Parsing proves nothing. */
#ifndef RT_TDX_QUOTE_H
#define RT_TDX_QUOTE_H

#include "base.h"
#include "dcap.h"

/* Offsets within the body. */
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
    bool is_15;                  /* the two below are there */
    uint8_t tee_tcb_svn2[16];    /* 584: TCB of the module loaded now */
    uint8_t mr_service_td[48];   /* 600 */
};

struct rt_tdx_quote {
    struct rt_quote quote;
    struct rt_td_report report;
};

/* True for a TDX quote by its header: what this folder answers for. */
bool rt_tdx_recognises(struct ratls_bytes evidence);
/* Borrows from `evidence`. Errors of rt_quote_parse(). */
RATLS_MUST_USE enum ratls_err rt_tdx_quote_parse(struct ratls_bytes evidence,
                                                 struct rt_tdx_quote *out, struct ratls_error *err);

#endif
