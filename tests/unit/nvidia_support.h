/* nvidia_support.h - simulated devices of NVIDIA for tests, and the verifier over them. */
#ifndef NVIDIA_SUPPORT_H
#define NVIDIA_SUPPORT_H

#include <criterion/criterion.h>

#include "x509.h" /* RT_KU_ of the table */

#include "bad_nvidia.h"
#include "claims_support.h"
#include "nvidia.h"
#include "registry.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

enum { MAX_SIM_DEVICES = 16 };

/* A device by itself: its certificates, the leaf first, and its report. */
struct sim_device {
    struct rt_sim_nvidia_state state;
    struct rt_sim_nvidia_chain chain;
    struct ratls_buffer report;
    struct ratls_bytes cert[RT_SIM_NVIDIA_CERTS];
    size_t n_certs;
};

static struct rt_sim_nvidia_keys keys;
static struct sim_device sim[MAX_SIM_DEVICES];
static struct ratls_buffer evidence;
static struct ratls_root root = {.simulated = true};
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static inline int64_t nvidia_now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

/* The i-th of them, by these knobs, in the place of the one before; without the root. */
static inline void make_device(size_t i, const struct rt_sim_nvidia_pki_knobs *pki,
                               const struct rt_sim_nvidia_knobs *knobs)
{
    struct sim_device *d = &sim[i];

    rt_sim_nvidia_chain_free(&d->chain);
    ratls_buffer_free(&d->report);
    MUST(rt_sim_nvidia_chain_make(ratls_env_system(), &keys, &d->state.device, pki, &d->chain));
    MUST(rt_sim_nvidia_report(ratls_env_system(), &keys, &d->state, knobs, &d->report));
    for (size_t k = 0; k < RT_SIM_NVIDIA_CERTS; k++)
        d->cert[k] = rt_bytes_of(&d->chain.der[RT_SIM_NVIDIA_LEAF - k]);
    d->n_certs = RT_SIM_NVIDIA_LEAF;
}

/* Evidence of the first n. */
static inline void present(size_t n)
{
    struct rt_nvidia_parts parts[MAX_SIM_DEVICES];

    for (size_t i = 0; i < n; i++)
        parts[i] =
            (struct rt_nvidia_parts){rt_bytes_of(&sim[i].report), sim[i].cert, sim[i].n_certs};
    ratls_buffer_free(&evidence);
    MUST(rt_nvidia_evidence(parts, n, &evidence));
    input.evidence = rt_bytes_of(&evidence);
}

static inline void usual_device(size_t i, enum rt_sim_nvidia_arch arch, uint32_t number)
{
    rt_sim_nvidia_usual((struct rt_sim_nvidia_device){arch, number}, &sim[i].state);
    memset(sim[i].state.nonce, 0x5a, sizeof sim[i].state.nonce);
}

/* With its root: who trusts the pin alone must have it. */
static inline void present_with_root(void)
{
    sim[0].n_certs = RT_SIM_NVIDIA_CERTS;
    present(1);
}

static inline void setup(void)
{
    MUST(rt_sim_nvidia_keys_open(ratls_env_system(), NULL, &keys, NULL));
    MUST(rt_sha256(rt_key_spki(keys.key[RT_SIM_NVIDIA_ROOT]), root.spki_sha256));
    input = (struct ratls_verify_input){
        .size = sizeof input, .roots = &root, .n_roots = 1, .now = nvidia_now()};
    usual_device(0, RT_SIM_NVIDIA_HOPPER, 7);
    make_device(0, NULL, NULL);
    present_with_root();
}

static inline void teardown(void)
{
    rt_sim_nvidia_keys_free(&keys);
    for (size_t i = 0; i < MAX_SIM_DEVICES; i++) {
        rt_sim_nvidia_chain_free(&sim[i].chain);
        ratls_buffer_free(&sim[i].report);
    }
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
    return rt_verifier_run(&rt_verifier_nvidia, &input, claims, &err);
}

static inline enum ratls_err verify_bad(const struct bad_nvidia *plan)
{
    usual_device(0, plan->arch, 7);
    make_device(0, &plan->pki, &plan->report);
    present_with_root();
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
