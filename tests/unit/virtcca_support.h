/* virtcca_support.h - simulated virtCCA evidence for tests. Its keys are kept beside the test
 * programs: those of RSA take seconds to make. */
#ifndef VIRTCCA_SUPPORT_H
#define VIRTCCA_SUPPORT_H

#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "bad_virtcca.h"
#include "claims_support.h"
#include "registry.h"
#include "virtcca.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_sim_virtcca_keys ec_keys, rsa_keys;

static inline void virtcca_keys_path(bool rsa, char path[4096])
{
    ssize_t n = readlink("/proc/self/exe", path, 4096 - 32);

    cr_assert_gt(n, 0);
    path[n] = 0;
    (void)snprintf(strrchr(path, '/'), 32, "/virtcca-%s-keys", rsa ? "rsa" : "p521");
}

static inline const struct rt_sim_virtcca_keys *virtcca_keys(bool rsa)
{
    struct rt_sim_virtcca_keys *keys = rsa ? &rsa_keys : &ec_keys;
    struct ratls_error inner = {0};
    char path[4096];

    if (keys->key[0].ec || keys->key[0].rsa)
        return keys;
    virtcca_keys_path(rsa, path);
    cr_assert_eq(rt_sim_virtcca_keys_open(ratls_env_system(), rsa, path, keys, &inner), RATLS_OK,
                 "%s", inner.detail);
    return keys;
}

static inline void virtcca_close_keys(void)
{
    rt_sim_virtcca_keys_free(&ec_keys);
    rt_sim_virtcca_keys_free(&rsa_keys);
}

static inline int64_t virtcca_now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

/* One guest with everything that belongs to it. */
struct virtcca_guest {
    struct rt_sim_virtcca_chain chain;
    struct rt_sim_virtcca_plan plan;
    struct rt_sim_virtcca_logs logs; /* borrowed */
    struct ratls_buffer token, evidence;
    struct ratls_root root;
};

static const uint8_t virtcca_report_data[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

static inline void virtcca_wrap_up(struct virtcca_guest *g)
{
    ratls_buffer_free(&g->evidence);
    MUST(rt_sim_virtcca_evidence(rt_bytes_of(&g->token), &g->chain, &g->logs, &g->evidence));
}

static inline void virtcca_sign(struct virtcca_guest *g)
{
    ratls_buffer_free(&g->token);
    MUST(rt_sim_virtcca_token(ratls_env_system(), &g->plan, &g->token));
    virtcca_wrap_up(g);
}

static inline void virtcca_pin(struct virtcca_guest *g)
{
    struct rt_x509 root;

    MUST(rt_x509_parse(rt_bytes_of(&g->chain.der[RT_SIM_VIRTCCA_ROOT]), &root, NULL));
    MUST(rt_x509_spki_hash(&root, g->root.spki_sha256));
}

static inline void virtcca_free(struct virtcca_guest *g)
{
    rt_sim_virtcca_chain_free(&g->chain);
    ratls_buffer_free(&g->token);
    ratls_buffer_free(&g->evidence);
}

static inline void virtcca_make(const struct bad_virtcca *how, struct virtcca_guest *g)
{
    const struct rt_sim_virtcca_keys *keys = virtcca_keys(how->rsa);

    virtcca_free(g);
    *g = (struct virtcca_guest){
        .plan = {.keys = keys,
                 .with_platform = !how->no_platform,
                 .cvm = rt_sim_virtcca_usual_cvm,
                 .platform = rt_sim_virtcca_usual_platform},
        .root = {.simulated = true},
    };
    g->plan.cvm.challenge = ratls_bytes(virtcca_report_data, sizeof virtcca_report_data);
    MUST(rt_sim_virtcca_chain_make(ratls_env_system(), keys, &how->chain, &g->chain));
    if (how->edit)
        how->edit(&g->plan);
    virtcca_pin(g);
    virtcca_sign(g);
}

/* ---- the verifier's answer ---- */

static struct virtcca_guest g;
static struct ratls_claims *claims;
static struct ratls_error err;
static struct ratls_verify_input input;

static inline void make(const struct bad_virtcca *how)
{
    virtcca_make(how, &g);
    input = (struct ratls_verify_input){.size = sizeof input,
                                        .evidence = rt_bytes_of(&g.evidence),
                                        .roots = &g.root,
                                        .n_roots = 1,
                                        .now = virtcca_now()};
}

static inline void make_usual(void)
{
    make(&(const struct bad_virtcca){0});
}

/* After a change of plan or logs. */
static inline void make_again(void)
{
    virtcca_sign(&g);
    input.evidence = rt_bytes_of(&g.evidence);
}

static inline void teardown(void)
{
    virtcca_free(&g);
    virtcca_close_keys();
    ratls_claims_free(claims);
}

static inline enum ratls_err verify(void)
{
    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    enum ratls_err e = rt_verifier_run(&rt_verifier_virtcca, &input, claims, &err);
    cr_expect_eq(err.code, e, "a refusal says why");
    return e;
}

static inline enum ratls_err verify_bytes(struct ratls_bytes evidence)
{
    input.evidence = evidence;
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
