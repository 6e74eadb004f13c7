/* forge corpus: seeds of reports of iTrustee, good ones and flawed ones. */
#include "corpus.h"
#include "sim_itrustee.h"

bool corpus_itrustee(const struct corpus *c)
{
    static const struct {
        const char *name;
        struct rt_sim_itrustee_knobs knobs;
    } seeds[] = {
        {"good", {.member = NULL}},
        {"no-nonce", {.member = "nonce"}},
        {"long-nonce", {.member = "nonce", .value = "\"AAAAAAAAAAAAAAAAAAAAAAAA\""}},
        {"no-ak", {.member = "ak_pub", .provisioning = true}},
        {"other-algorithm", {.member = "sign_alg", .value = "\"PS384\""}},
        {"other-scenario", {.member = "scenario", .value = "\"sce_as_with_daa\""}},
        {"drk-by-ca", {.drk_by_ca = true}},
        {"report-by-drk", {.report_by_drk = true}},
    };
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_virtcca_keys keys;
    struct rt_sim_virtcca_chain chain = {0};
    const struct rt_sim_itrustee_signer by = {&keys, &chain};
    struct rt_sim_itrustee_state state;
    bool made = rt_sim_virtcca_keys_make(env, true, &keys, NULL) == RATLS_OK &&
                rt_sim_virtcca_chain_make(env, &keys, NULL, &chain) == RATLS_OK;

    rt_sim_itrustee_usual(&state);
    state.nonce = ratls_bytes_str("nonce");
    for (size_t i = 0; i < RT_COUNT(seeds) && made; i++) {
        struct ratls_buffer report = {0};
        made = rt_sim_itrustee_report(env, &by, &state, &seeds[i].knobs, &report) == RATLS_OK &&
               seed_buffer(c, seeds[i].name, &report);
    }
    rt_sim_virtcca_chain_free(&chain);
    rt_sim_virtcca_keys_free(&keys);
    return made;
}
