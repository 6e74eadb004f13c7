/* nitro_support.h - simulated documents of Nitro Enclaves for tests, and the verifier over them. */
#ifndef NITRO_SUPPORT_H
#define NITRO_SUPPORT_H

#include <criterion/criterion.h>

#include "x509.h" /* RT_KU_ of the table */

#include "bad_nitro.h"
#include "claims_support.h"
#include "nitro.h"
#include "registry.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_sim_nitro_keys keys;
static struct rt_sim_nitro_chain chain;
static struct rt_sim_nitro_state state;
static struct ratls_buffer evidence;
static struct ratls_root root = {.simulated = true};
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static const uint8_t nitro_report_data[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

static inline int64_t nitro_now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

/* Certificates by these knobs, in the place of those before. */
static inline void nitro_certify(const struct rt_sim_nitro_pki_knobs *knobs)
{
    rt_sim_nitro_chain_free(&chain);
    MUST(rt_sim_nitro_chain_make(ratls_env_system(), &keys, knobs, &chain));
}

static inline void nitro_sign(const struct rt_sim_nitro_knobs *knobs, enum rt_sim_nitro_cert by)
{
    const struct rt_sim_nitro_signer signer = {keys.key[by], &chain};

    ratls_buffer_free(&evidence);
    MUST(rt_sim_nitro_document(ratls_env_system(), &signer, &state, knobs, &evidence));
    input.evidence = rt_bytes_of(&evidence);
}

static inline void nitro_make_bad(const struct bad_nitro *plan)
{
    nitro_certify(&plan->pki);
    nitro_sign(&plan->doc, plan->by_instance ? RT_SIM_NITRO_INSTANCE : RT_SIM_NITRO_ENCLAVE);
}

static inline void setup(void)
{
    MUST(rt_sim_nitro_keys_open(ratls_env_system(), NULL, &keys, NULL));
    rt_sim_nitro_usual(&state);
    state.user_data = ratls_bytes(nitro_report_data, sizeof nitro_report_data);
    MUST(rt_sha256(rt_key_spki(keys.key[RT_SIM_NITRO_ROOT]), root.spki_sha256));
    nitro_certify(NULL);
    input = (struct ratls_verify_input){
        .size = sizeof input, .roots = &root, .n_roots = 1, .now = nitro_now()};
    nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
}

static inline void teardown(void)
{
    rt_sim_nitro_keys_free(&keys);
    rt_sim_nitro_chain_free(&chain);
    ratls_buffer_free(&evidence);
    ratls_claims_free(claims);
}

/* ---- the verifier's answer ---- */

/* What is in `input`, as it stands. */
static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_nitro, &input, claims, &err);
}

static inline enum ratls_err verify_signed(const struct rt_sim_nitro_knobs *knobs)
{
    nitro_sign(knobs, RT_SIM_NITRO_ENCLAVE);
    return verify();
}

static inline const char *text(const char *name)
{
    return claim_text(claims, name);
}

static inline uint64_t number(const char *name)
{
    return claim_number(claims, name);
}

#endif
