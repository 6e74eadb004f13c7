/* hcl.h - the HCL report of Azure's paravisor: a report of the hardware, and behind it the data
 * (JSON) whose hash the hardware's report data are. Microsoft, "Guest attestation for confidential
 * VMs"; integers are little endian. Reading proves nothing. */
#ifndef RT_HCL_H
#define RT_HCL_H

#include "base.h"
#include "crypto.h"
#include "ratls/evidence.h"

enum rt_hcl_type { RT_HCL_SNP = 2, RT_HCL_TDX = 4 };

#define RT_HCL_MAX          (64 * 1024)
#define RT_HCL_USER_DATA    64
#define RT_HCL_RSA_MAX      512
#define RT_HCL_SNP_REPORT   1184
#define RT_HCL_EXPONENT_MAX 8

struct rt_hcl { /* borrows from the report */
    uint32_t version;
    enum rt_hcl_type type;
    struct ratls_bytes hardware; /* the area of the hardware's report, all of it */
    struct ratls_bytes var_data;
};

/* What the data say. */
struct rt_hcl_data {
    uint8_t n[RT_HCL_RSA_MAX], e[RT_HCL_EXPONENT_MAX]; /* of the attestation key */
    size_t n_len, e_len;
    bool has_user_data, has_secure_boot, secure_boot;
    uint8_t user_data[RT_HCL_USER_DATA];
    char vm_unique_id[64]; /* "": absent */
};

/* RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_VERSION; RATLS_E_EVIDENCE_ALGORITHM for another hash
 * than SHA-256. */
RATLS_MUST_USE enum ratls_err rt_hcl_read(struct ratls_bytes report, struct rt_hcl *out,
                                          struct ratls_error *err);
/* Exactly one key HCLAkPub. RATLS_E_EVIDENCE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_hcl_read_data(struct ratls_bytes var_data, struct rt_hcl_data *out,
                                               struct ratls_error *err);
/* `az.hcl.*`. */
RATLS_MUST_USE enum ratls_err rt_hcl_claims(const struct rt_hcl *hcl,
                                            const struct rt_hcl_data *data,
                                            struct ratls_claims *claims, struct ratls_error *err);

#endif
