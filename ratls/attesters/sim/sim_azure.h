/* sim_azure.h - guests of Azure that do not exist: the HCL report of a paravisor around a report of
 * simulated hardware, and a quote of a simulated TPM by the key that the paravisor names.
 *
 * The knobs are for tests of refusal; all zero gives evidence that a verifier accepts once the root
 * of the hardware is trusted. */
#ifndef RT_SIM_AZURE_H
#define RT_SIM_AZURE_H

#include "ratls/evidence.h"
#include "sim_tpm.h"

#define RT_SIM_HCL_HARDWARE 1184 /* room for the hardware's report */

enum rt_sim_hcl_type { RT_SIM_HCL_SNP = 2, RT_SIM_HCL_TDX = 4 };

struct rt_sim_hcl_knobs {
    const char *magic; /* four letters; NULL: the usual ones, and so on */
    uint32_t version, request, type, hash, var_size;
    struct ratls_bytes behind; /* after the data */
};

/* *out is new: the report. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_hcl(enum rt_sim_hcl_type type, struct ratls_bytes hardware,
                                         struct ratls_bytes var_data,
                                         const struct rt_sim_hcl_knobs *knobs,
                                         struct ratls_buffer *out);
/* The data: its attestation key and user-data. *out is new. */
RATLS_MUST_USE enum ratls_err
rt_sim_hcl_data(struct ratls_bytes ak_spki, struct ratls_bytes user_data, struct ratls_buffer *out);
/* What the hardware's report data must be. */
RATLS_MUST_USE enum ratls_err rt_sim_hcl_report_data(struct ratls_bytes var_data,
                                                     uint8_t out[RATLS_REPORT_DATA_LEN]);

struct rt_sim_azure_parts {
    enum rt_sim_hcl_type type;
    struct ratls_bytes hcl_report, hardware; /* VCEK (DER), or the quote of TDX */
    struct ratls_bytes message, signature;
    const struct rt_sim_tpm *tpm;
};
/* Evidence of version 2. *out is new. */
RATLS_MUST_USE enum ratls_err rt_sim_azure_json(const struct rt_sim_azure_parts *parts,
                                                struct ratls_buffer *out);

#endif
