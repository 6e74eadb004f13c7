/* sim_sgx.h - the report body of an SGX enclave, and quotes of enclaves that do not exist.
 *
 * Quotes come in version 3, as Intel's quoting enclave makes them, and by knob in versions 4 and 5
 * (sim_quote.h). */
#ifndef RT_SIM_SGX_H
#define RT_SIM_SGX_H

#include "sim_quote.h"

#define RT_SIM_SGX_REPORT_LEN 384

/* SGX report body without its reserved fields ("SGX ECDSA Quoting Library API", "Enclave Report
 * Body"); in the comments the offsets. */
struct rt_sim_enclave {
    uint8_t cpu_svn[16];         /* 0 */
    uint32_t misc_select;        /* 16 */
    uint8_t isv_ext_prod_id[16]; /* 32 */
    uint64_t flags;              /* 48 */
    uint64_t xfrm;               /* 56 */
    uint8_t mr_enclave[32];      /* 64 */
    uint8_t mr_signer[32];       /* 128 */
    uint8_t config_id[64];       /* 192 */
    uint16_t isv_prod_id;        /* 256 */
    uint16_t isv_svn;            /* 258 */
    uint16_t config_svn;         /* 260 */
    uint8_t isv_family_id[16];   /* 304 */
    uint8_t report_data[64];     /* 320 */
};
#define RT_SIM_SGX_INIT   (1ULL << 0)
#define RT_SIM_SGX_DEBUG  (1ULL << 1)
#define RT_SIM_SGX_MODE64 (1ULL << 2)

/* A production enclave: initialised, 64 bit, no debug; MRENCLAVE 5252.., MRSIGNER 5353... */
void rt_sim_enclave_usual(struct rt_sim_enclave *enclave);
/* The 384 bytes; also the form of a quoting enclave's report. */
void rt_sim_enclave_put(const struct rt_sim_enclave *enclave, struct rt_writer *w);

/* *out is new. `knobs` may be NULL. */
RATLS_MUST_USE enum ratls_err rt_sim_sgx_quote(const struct ratls_env *env,
                                               const struct rt_sim_pki *pki,
                                               const struct rt_sim_enclave *enclave,
                                               const struct rt_sim_quote_knobs *knobs,
                                               struct ratls_buffer *out);

#endif
