/* forge corpus: seeds of evidence of NVIDIA's devices, good ones and each flawed one. */
#include "x509.h" /* RT_KU_ of the table */

#include "bad_nvidia.h"
#include "corpus.h"

/* `n` devices by this plan, the root among their certificates. */
static bool seed_devices(const struct corpus *c, const struct rt_sim_nvidia_keys *keys,
                         const struct bad_nvidia *plan, uint32_t n)
{
    enum { MOST = 2 };
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_nvidia_chain chain[MOST] = {0};
    struct ratls_buffer report[MOST] = {{0}}, evidence = {0};
    struct ratls_bytes cert[MOST][RT_SIM_NVIDIA_CERTS];
    struct rt_nvidia_parts parts[MOST];
    bool made = true;

    for (uint32_t i = 0; i < n && made; i++) {
        struct rt_sim_nvidia_state state;
        rt_sim_nvidia_usual((struct rt_sim_nvidia_device){plan->arch, i}, &state);
        made =
            rt_sim_nvidia_chain_make(env, keys, &state.device, &plan->pki, &chain[i]) == RATLS_OK &&
            rt_sim_nvidia_report(env, keys, &state, &plan->report, &report[i]) == RATLS_OK;
        for (size_t k = 0; k < RT_SIM_NVIDIA_CERTS; k++)
            cert[i][k] = rt_bytes_of(&chain[i].der[RT_SIM_NVIDIA_LEAF - k]);
        parts[i] = (struct rt_nvidia_parts){rt_bytes_of(&report[i]), cert[i], RT_SIM_NVIDIA_CERTS};
    }
    made = made && rt_nvidia_evidence(parts, n, &evidence) == RATLS_OK;
    for (size_t i = 0; i < n; i++) {
        rt_sim_nvidia_chain_free(&chain[i]);
        ratls_buffer_free(&report[i]);
    }
    return made && seed_buffer(c, plan->name, &evidence);
}

static bool seed_report(const struct corpus *c, const struct rt_sim_nvidia_keys *keys)
{
    struct rt_sim_nvidia_state state;
    struct ratls_buffer report = {0};

    rt_sim_nvidia_usual((struct rt_sim_nvidia_device){.number = 0}, &state);
    return rt_sim_nvidia_report(ratls_env_system(), keys, &state, NULL, &report) == RATLS_OK &&
           seed_buffer(c, "report", &report);
}

bool corpus_nvidia(const struct corpus *c)
{
    static const struct bad_nvidia good[] = {
        {.name = "hopper"},
        {.name = "blackwell", .arch = RT_SIM_NVIDIA_BLACKWELL},
        {.name = "ls10", .arch = RT_SIM_NVIDIA_LS10},
        {.name = "trailing", .report.trailing = 8},
    };
    struct rt_sim_nvidia_keys keys;
    bool made = rt_sim_nvidia_keys_open(ratls_env_system(), NULL, &keys, NULL) == RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_devices(c, &keys, &good[i], 1);
    for (size_t i = 0; i < RT_COUNT(bad_nvidia) && made; i++)
        made = seed_devices(c, &keys, &bad_nvidia[i], 1);
    made = made && seed_report(c, &keys) &&
           seed_devices(c, &keys, &(const struct bad_nvidia){.name = "two"}, 2) &&
           seed_devices(
               c, &keys,
               &(const struct bad_nvidia){.name = "two-switches", .arch = RT_SIM_NVIDIA_LS10}, 2);
    rt_sim_nvidia_keys_free(&keys);
    return made;
}
