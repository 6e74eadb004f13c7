/* sim_attester.h - what the simulated attesters share: the test PKI, collateral, and everything of
 * struct rt_attester_type but its options and its quotes. */
#ifndef RT_SIM_ATTESTER_H
#define RT_SIM_ATTESTER_H

#include "attesters.h"
#include "sim_pki.h"
#include "sim_status.h"

/* First member of each simulated attester. */
struct rt_sim_attester {
    const struct ratls_env *env;
    struct rt_sim_pki pki;
    struct rt_sim_status status; /* of the collateral */
    bool sgx;                    /* collateral of an enclave, not of a TD */
};

struct rt_sim_attester_kind {
    const char *name;
    size_t size; /* of the struct that begins with struct rt_sim_attester */
    bool sgx;
    /* Reads the options and `status`, ends with rt_sim_attester_finish(). `self` is zeroed but for
     * env and sgx. */
    enum ratls_err (*configure)(void *self, const char *options, struct ratls_error *err);
};

/* *self is new: rt_sim_attester_close(). */
RATLS_MUST_USE enum ratls_err rt_sim_attester_open(const struct ratls_env *env,
                                                   const struct rt_sim_attester_kind *kind,
                                                   const char *options, void **self,
                                                   struct ratls_error *err);
/* Checks `status`; gets the PKI in `directory`, "" makes one on the spot. */
RATLS_MUST_USE enum ratls_err
rt_sim_attester_finish(struct rt_sim_attester *s, const char *directory, struct ratls_error *err);

/* Members of struct rt_attester_type. */
void rt_sim_attester_close(void *self);
const char *rt_sim_attester_media_type(void *self);
struct ratls_bytes rt_sim_attester_root(void *self);
RATLS_MUST_USE enum ratls_err rt_sim_attester_collateral(void *self, struct ratls_buffer *out,
                                                         struct ratls_error *err);

#endif
