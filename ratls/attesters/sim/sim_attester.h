/* sim_attester.h - what the simulated attesters of every vendor share: coming and going. */
#ifndef RT_SIM_ATTESTER_H
#define RT_SIM_ATTESTER_H

#include "attesters.h"

struct rt_sim_attester_kind {
    const char *name, *tee;
    const char *media_type; /* NULL: CCC form */
    size_t size;            /* of the struct that begins with struct rt_sim_attester */
    /* Reads the options and gets the PKI. `self` is zeroed but for its base. */
    enum ratls_err (*configure)(void *self, const char *options, struct ratls_error *err);
    void (*release)(void *self); /* what configure() made, also after an error */
};

/* First member of each simulated attester. */
struct rt_sim_attester {
    const struct ratls_env *env;
    const struct rt_sim_attester_kind *kind;
};

/* *self is new: rt_sim_attester_close(). */
RATLS_MUST_USE enum ratls_err rt_sim_attester_open(const struct ratls_env *env,
                                                   const struct rt_sim_attester_kind *kind,
                                                   const char *options, void **self,
                                                   struct ratls_error *err);
void rt_sim_attester_close(void *self);
const char *rt_sim_attester_tee(void *self);
const char *rt_sim_attester_media_type(void *self);

#endif
