/* forge corpus: seeds of virtCCA evidence, good ones and each flawed one. */
#include "bad_virtcca.h"
#include "corpus.h"
#include "sim_eventlog.h"
#include "sim_ima.h"

/* Keys of both kinds, made once: those of RSA take seconds. */
static const struct rt_sim_virtcca_keys *keys(bool rsa)
{
    static struct rt_sim_virtcca_keys made[2];
    struct rt_sim_virtcca_keys *k = &made[rsa];

    if (!k->key[RT_SIM_VIRTCCA_CVM].ec && !k->key[RT_SIM_VIRTCCA_CVM].rsa &&
        rt_sim_virtcca_keys_make(ratls_env_system(), rsa, k, NULL) != RATLS_OK)
        return NULL;
    return k;
}

static bool seed_evidence(const struct corpus *c, const struct bad_virtcca *how,
                          const struct rt_sim_virtcca_logs *logs,
                          uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN])
{
    struct rt_sim_virtcca_plan plan = {.keys = keys(how->rsa),
                                       .with_platform = !how->no_platform,
                                       .cvm = rt_sim_virtcca_usual_cvm,
                                       .platform = rt_sim_virtcca_usual_platform};
    struct rt_sim_virtcca_chain chain = {0};
    struct ratls_buffer token = {0}, evidence = {0};

    for (size_t i = 0; i < RT_SIM_RTMRS; i++)
        plan.cvm.rem[i] = ratls_bytes(rem[i], RT_SHA256_LEN);
    if (plan.keys && how->edit)
        how->edit(&plan);
    bool made =
        plan.keys &&
        rt_sim_virtcca_chain_make(ratls_env_system(), plan.keys, &how->chain, &chain) == RATLS_OK &&
        rt_sim_virtcca_token(ratls_env_system(), &plan, &token) == RATLS_OK &&
        rt_sim_virtcca_evidence(rt_bytes_of(&token), &chain, logs, &evidence) == RATLS_OK;
    rt_sim_virtcca_chain_free(&chain);
    ratls_buffer_free(&token);
    return made && seed_buffer(c, how->name, &evidence);
}

bool corpus_virtcca(const struct corpus *c)
{
    static const struct bad_virtcca good[] = {
        {.name = "p521"},
        {.name = "p521-without-platform", .no_platform = true},
        {.name = "rsa", .rsa = true},
        {.name = "rsa-without-platform", .rsa = true, .no_platform = true},
    };
    static const struct bad_virtcca logs = {.name = "logs", .no_platform = true};
    const struct rt_sim_virtcca_logs none = {.ccel = {NULL, 0}};
    uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN] = {{0}};
    struct ratls_buffer ccel = {0}, ima = {0};
    bool made = true;

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_evidence(c, &good[i], &none, rem);
    for (size_t i = 0; i < RT_COUNT(bad_virtcca) && made; i++)
        made = seed_evidence(c, &bad_virtcca[i], &none, rem);
    made = made && rt_sim_eventlog_virtcca(&ccel, rem) == RATLS_OK &&
           rt_sim_ima_usual(4, RT_SIM_IMA_ASCII, &ima, rem[3]) == RATLS_OK;
    const struct rt_sim_virtcca_logs both = {rt_bytes_of(&ccel), rt_bytes_of(&ima)};
    made = made && seed_evidence(c, &logs, &both, rem);
    ratls_buffer_free(&ccel);
    ratls_buffer_free(&ima);
    return made;
}
