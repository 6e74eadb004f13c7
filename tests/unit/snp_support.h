/* snp_support.h - simulated SEV-SNP evidence for tests. Its RSA keys take seconds to make and are
 * kept beside the test programs. */
#ifndef SNP_SUPPORT_H
#define SNP_SUPPORT_H

#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "bad_snp.h"
#include "ratls/appraise.h"
#include "snp.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_sim_snp_keys snp_keys;

static inline void snp_keys_path(char path[4096])
{
    ssize_t n = readlink("/proc/self/exe", path, 4096 - 32);

    cr_assert_gt(n, 0);
    path[n] = 0;
    (void)snprintf(strrchr(path, '/'), 32, "/snp-keys");
}

static inline void snp_open_keys(void)
{
    const struct ratls_env *env = ratls_env_system();
    char path[4096];
    struct ratls_error err = {0};

    snp_keys_path(path);
    cr_assert_eq(rt_sim_snp_keys_open(env, path, &snp_keys, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_sim_snp_keys_add_asvk(env, path, &snp_keys, &err), RATLS_OK, "%s", err.detail);
}

static inline void snp_close_keys(void)
{
    rt_sim_snp_keys_free(&snp_keys);
}

static inline int64_t snp_now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

/* One guest with everything that belongs to it. */
struct snp_guest {
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_chain chain;
    struct rt_sim_snp_report fields;
    struct ratls_buffer report, evidence; /* alone, and with its certificates */
    struct ratls_root root;
};

static inline void snp_sign(struct snp_guest *g)
{
    ratls_buffer_free(&g->report);
    ratls_buffer_free(&g->evidence);
    MUST(rt_sim_snp_report(ratls_env_system(), &snp_keys, &g->fields, &g->report));
    MUST(rt_sim_snp_extend(rt_bytes_of(&g->report), g->platform.vlek, &g->chain, &g->evidence));
}

static inline void snp_make(const struct bad_snp *plan, struct snp_guest *g)
{
    struct rt_x509 ark;

    *g = (struct snp_guest){.root = {.simulated = true}};
    rt_sim_snp_platform_usual(
        &snp_keys, rt_sim_snp_product(plan->product ? plan->product : "Milan"), &g->platform);
    g->platform.vlek = plan->vlek;
    MUST(rt_sim_snp_chain_make(ratls_env_system(), &snp_keys, &g->platform, &plan->chain,
                               &g->chain));
    rt_sim_snp_report_usual(&g->platform, &g->fields);
    memset(g->fields.report_data, 0x11, sizeof g->fields.report_data);
    if (plan->edit)
        plan->edit(&g->fields);
    snp_sign(g);
    MUST(rt_x509_parse(rt_bytes_of(&g->chain.der[RT_SIM_ARK]), &ark, NULL));
    MUST(rt_x509_spki_hash(&ark, g->root.spki_sha256));
}

static inline void snp_free(struct snp_guest *g)
{
    rt_sim_snp_chain_free(&g->chain);
    ratls_buffer_free(&g->report);
    ratls_buffer_free(&g->evidence);
}

/* The certificates from `first` on, as PEM text. */
static inline struct ratls_buffer snp_pem(const struct rt_sim_snp_chain *chain, const int *which,
                                          size_t n)
{
    struct rt_writer w = {0};
    struct ratls_buffer out, pem;

    for (size_t i = 0; i < n; i++) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&chain->der[which[i]]), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    MUST(rt_writer_take(&w, &out));
    return out;
}

#endif
