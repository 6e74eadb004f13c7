/* itrustee_support.h - reports of a machine that does not exist, and the verifier over them. */
#ifndef ITRUSTEE_SUPPORT_H
#define ITRUSTEE_SUPPORT_H

#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "cert_text.h"
#include "claims_support.h"
#include "evidence_keys_support.h"
#include "itrustee.h"
#include "ratls/appraise.h"
#include "registry.h"
#include "sim_itrustee.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_sim_virtcca_keys keys;
static struct rt_sim_virtcca_chain chain;
static struct rt_sim_itrustee_state state;
static struct ratls_buffer report, pem; /* the CA's and the root's certificates */
static struct ratls_root root = {.simulated = true};
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static const uint8_t nonce[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

/* Beside the test programs: keys of RSA take seconds to make. */
static inline void open_keys(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);

    cr_assert_gt(n, 0);
    path[n] = 0;
    (void)snprintf(strrchr(path, '/'), 32, "/virtcca-rsa-keys");
    MUST(rt_sim_virtcca_keys_open(ratls_env_system(), true, path, &keys, NULL));
}

static inline void certify(const struct rt_sim_virtcca_knobs *knobs)
{
    struct rt_writer w = {0};

    rt_sim_virtcca_chain_free(&chain);
    ratls_buffer_free(&pem);
    MUST(rt_sim_virtcca_chain_make(ratls_env_system(), &keys, knobs, &chain));
    for (int i = RT_SIM_VIRTCCA_ROOT; i <= RT_SIM_VIRTCCA_CA; i++) {
        struct ratls_buffer one;
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&chain.der[i]), &one));
        rt_put_bytes(&w, rt_bytes_of(&one));
        ratls_buffer_free(&one);
    }
    MUST(rt_writer_take(&w, &pem));
    input.certs = rt_bytes_of(&pem);
}

static inline void sign(const struct rt_sim_itrustee_knobs *knobs)
{
    const struct rt_sim_itrustee_signer by = {&keys, &chain};

    ratls_buffer_free(&report);
    MUST(rt_sim_itrustee_report(ratls_env_system(), &by, &state, knobs, &report));
    input.evidence = rt_bytes_of(&report);
}

static inline void setup(void)
{
    const struct ratls_env *env = ratls_env_system();

    open_keys();
    rt_sim_itrustee_usual(&state);
    state.nonce = ratls_bytes(nonce, sizeof nonce);
    MUST(rt_sha256(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_ROOT]), root.spki_sha256));
    input = (struct ratls_verify_input){
        .size = sizeof input, .roots = &root, .n_roots = 1, .now = env->now(env->arg)};
    certify(NULL);
    sign(NULL);
}

static inline void teardown(void)
{
    rt_sim_virtcca_keys_free(&keys);
    rt_sim_virtcca_chain_free(&chain);
    ratls_buffer_free(&report);
    ratls_buffer_free(&pem);
    ratls_claims_free(claims);
}

static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    return rt_verifier_run(&rt_verifier_itrustee, &input, claims, &err);
}

static inline const char *text(const char *name)
{
    return claim_text(claims, name);
}

#endif
