/* tcb_info.h - Intel's TCB info: which security versions of a platform model have which status.
 *
 * Reference: Intel PCS API v4, "Get TCB Info" (versions 2 and 3). Reading proves nothing: the text
 * given here is the exact text whose signature was verified (collateral.h). Levels come out newest
 * first whatever their order in the document. */
#ifndef RT_TCB_INFO_H
#define RT_TCB_INFO_H

#include "base.h"
#include "tcb.h"

#define RT_TCB_COMPONENTS 16

struct cJSON;

/* One level of an enclave or module, by its security version. */
struct rt_svn_level {
    uint16_t isv_svn;
    enum rt_tcb_status status;
    int64_t date;
    const struct cJSON *advisories; /* list of texts, borrowed; NULL: none */
};

/* Levels of an enclave or module, newest first. */
struct rt_svn_levels {
    struct rt_svn_level *p; /* owned */
    size_t n;
};

struct rt_tcb_level {
    uint8_t sgx[RT_TCB_COMPONENTS];
    uint8_t tdx[RT_TCB_COMPONENTS]; /* TDX only */
    uint16_t pce_svn;
    enum rt_tcb_status status;
    int64_t date;
    const struct cJSON *advisories;
};

struct rt_tdx_module {
    uint8_t version; /* 1 for "TDX_01"; 0 for tdxModule */
    uint8_t mr_signer[48];
    uint8_t attributes[8], attributes_mask[8];
    struct rt_svn_levels levels; /* none for tdxModule */
};

struct rt_tcb_info {
    bool tdx; /* id "TDX"; "SGX", or version 2 without id, else */
    unsigned version;
    int64_t issue_date, next_update;
    uint8_t fmspc[6];
    bool has_pce_id; /* old issues lack it; they fit no platform */
    uint8_t pce_id[2];
    uint32_t eval_num;           /* tcbEvaluationDataNumber */
    struct rt_tdx_module module; /* TDX only */
    struct rt_tdx_module *modules;
    size_t n_modules;
    struct rt_tcb_level *levels;
    size_t n_levels;
    struct cJSON *json; /* owns what `advisories` point to */
};

/* RATLS_E_COLLATERAL_FORMAT names the member. Free it, also after an error. */
RATLS_MUST_USE enum ratls_err rt_tcb_info_parse(struct ratls_bytes text, struct rt_tcb_info *out,
                                                struct ratls_error *err);
void rt_tcb_info_free(struct rt_tcb_info *t);

/* ---- shared with the QE identity ---- */

struct rt_fields;
/* Member "tcbLevels" of an enclave or module. */
void rt_svn_levels_read(struct rt_fields *f, const struct cJSON *object, struct rt_svn_levels *out);
/* The newest level that is not above `isv_svn`; NULL: not supported. */
const struct rt_svn_level *rt_svn_levels_find(const struct rt_svn_levels *levels, uint16_t isv_svn);

#endif
