/* attesters.h - what one kind of attester is. The queue, the thread and the public calls are in
 * attest.c; an attester only knows how to get one piece of evidence, blocking. */
#ifndef RT_ATTESTERS_H
#define RT_ATTESTERS_H

#include "base.h"
#include "ratls/evidence.h"

struct rt_attester_type {
    const char *name; /* "sim-tdx" */
    bool simulated;
    bool device; /* a nonce of 32 bytes is all that it signs: it is never asked with more in its
                  * report data; its evidence binds no key */
    /* `options` as in ratls_attester_open: read them with rt_options_read() (options.h). *self is
     * new. */
    enum ratls_err (*open)(const struct ratls_env *env, const char *options, void **self,
                           struct ratls_error *err);
    void (*close)(void *self);
    /* Blocking; called from one thread at a time, not always the one that opened. */
    enum ratls_err (*evidence)(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                               struct ratls_buffer *out, struct ratls_error *err);
    const char *(*tee)(void *self);             /* "tdx" */
    const char *(*media_type)(void *self);      /* NULL: CCC form */
    struct ratls_bytes (*sim_root)(void *self); /* NULL for real ones */
    /* NULL for real ones, and for simulated ones whose verifier needs no collateral. Like
     * `evidence`, never beside another call. *out is new. */
    enum ratls_err (*sim_collateral)(void *self, struct ratls_buffer *out, struct ratls_error *err);
};

extern const struct rt_attester_type rt_attester_tsm;
extern const struct rt_attester_type rt_attester_sev_guest;
extern const struct rt_attester_type rt_attester_sgx;
extern const struct rt_attester_type rt_attester_virtcca;
extern const struct rt_attester_type rt_attester_tpm;
extern const struct rt_attester_type rt_attester_ascend;
extern const struct rt_attester_type rt_attester_nvidia;
extern const struct rt_attester_type rt_attester_sim_tdx;
extern const struct rt_attester_type rt_attester_sim_sgx;
extern const struct rt_attester_type rt_attester_sim_snp;
extern const struct rt_attester_type rt_attester_sim_cca;
extern const struct rt_attester_type rt_attester_sim_virtcca;
extern const struct rt_attester_type rt_attester_sim_nitro;
extern const struct rt_attester_type rt_attester_sim_itrustee;
extern const struct rt_attester_type rt_attester_sim_csv;
extern const struct rt_attester_type rt_attester_sim_nvidia;
extern const struct rt_attester_type rt_attester_sim_az_snp;
extern const struct rt_attester_type rt_attester_sim_az_tdx;
extern const struct rt_attester_type rt_attester_sim_ascend;

#endif
