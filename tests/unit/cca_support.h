/* cca_support.h - simulated CCA tokens for tests, and the verifier over them. */
#ifndef CCA_SUPPORT_H
#define CCA_SUPPORT_H

#include <criterion/criterion.h>

#include "arm_token.h"
#include "bad_cca.h"
#include "cca.h"
#include "claims_support.h"
#include "registry.h"

#define MUST(call)    cr_assert_eq((call), RATLS_OK, "%s", #call)
#define CCA_DEVICE_ID (RT_SIM_CCA_IMPLEMENTATION_LEN + RT_SIM_CCA_INSTANCE_LEN)

/* One realm with everything that belongs to it. */
struct cca_realm {
    struct rt_sim_cca_keys keys;
    struct rt_sim_cca_state state;
    struct ratls_buffer evidence;
    uint8_t id[CCA_DEVICE_ID];
    struct ratls_trusted_key trusted;
};

static inline void cca_open(struct cca_realm *r)
{
    struct ratls_error why = {0};

    *r = (struct cca_realm){.trusted.simulated = true};
    MUST(rt_sim_cca_keys_open(ratls_env_system(), NULL, &r->keys, &why));
    rt_sim_cca_usual(&r->state);
    MUST(rt_sim_cca_name(&r->keys, &r->state));
    memset(r->state.challenge, 0x11, sizeof r->state.challenge);
    memcpy(r->id, r->state.implementation_id, RT_SIM_CCA_IMPLEMENTATION_LEN);
    memcpy(r->id + RT_SIM_CCA_IMPLEMENTATION_LEN, r->state.instance_id, RT_SIM_CCA_INSTANCE_LEN);
    r->trusted.id = ratls_bytes(r->id, sizeof r->id);
    r->trusted.spki = rt_key_spki(r->keys.cpak);
}

static inline void cca_close(struct cca_realm *r)
{
    rt_sim_cca_keys_free(&r->keys);
    ratls_buffer_free(&r->evidence);
}

static inline void cca_sign(struct cca_realm *r, const struct rt_sim_cca_knobs *knobs)
{
    ratls_buffer_free(&r->evidence);
    MUST(rt_sim_cca_token(ratls_env_system(), &r->keys, &r->state, knobs, &r->evidence));
}

static inline void cca_make_bad(struct cca_realm *r, const struct bad_cca *plan)
{
    struct rt_sim_cca_knobs knobs = plan->knobs;

    r->state.profile = plan->profile;
    knobs.platform_key = plan->by_rak ? r->keys.rak : NULL;
    knobs.realm_key = plan->by_cpak ? r->keys.cpak : NULL;
    cca_sign(r, &knobs);
}

/* ---- verification ---- */

static struct cca_realm r;
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

/* What follows is verified as it stands in `input`. */
static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_cca, &input, claims, &err);
}

static inline enum ratls_err verify_bytes(struct ratls_bytes evidence)
{
    input.evidence = evidence;
    return verify();
}

static inline enum ratls_err verify_signed(const struct rt_sim_cca_knobs *knobs)
{
    cca_sign(&r, knobs);
    return verify_bytes(rt_bytes_of(&r.evidence));
}

static inline const char *text(const char *name)
{
    return claim_text(claims, name);
}

static inline uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

static inline void cca_setup(void)
{
    cca_open(&r);
    input = (struct ratls_verify_input){
        .size = sizeof input, .keys = &r.trusted, .n_keys = 1, .now = 1751000000};
}

static inline void cca_teardown(void)
{
    cca_close(&r);
    ratls_claims_free(claims);
}

#endif
