/* forge corpus: seeds of CCA tokens, good ones and each flawed one, behind the key of their
 * platform (tests/fuzz/cca_fuzz.c). */
#include "bad_cca.h"
#include "corpus.h"

static bool seed_token(const struct corpus *c, const struct rt_sim_cca_keys *keys,
                       const struct bad_cca *plan)
{
    struct rt_sim_cca_knobs knobs = plan->knobs;
    struct rt_sim_cca_state state;
    struct ratls_buffer token = {0}, all = {0};
    struct rt_writer w = {0};

    rt_sim_cca_usual(&state);
    state.profile = plan->profile;
    knobs.platform_key = plan->by_rak ? keys->rak : NULL;
    knobs.realm_key = plan->by_cpak ? keys->cpak : NULL;
    if (rt_sim_cca_name(keys, &state) != RATLS_OK ||
        rt_sim_cca_token(ratls_env_system(), keys, &state, &knobs, &token) != RATLS_OK)
        return false;
    rt_put_bytes(&w, rt_key_spki(keys->cpak));
    rt_put_bytes(&w, rt_bytes_of(&token));
    ratls_buffer_free(&token);
    return rt_writer_take(&w, &all) == RATLS_OK && seed_buffer(c, plan->name, &all);
}

bool corpus_cca(const struct corpus *c)
{
    static const struct bad_cca good[] = {
        {.name = "legacy"},
        {.name = "realm-1", .profile = RT_SIM_CCA_REALM1},
        {.name = "realm-2", .profile = RT_SIM_CCA_REALM2},
        {.name = "realm-1-under-399", .profile = RT_SIM_CCA_REALM1, .knobs.tag = 399},
        {.name = "legacy-under-907", .knobs = {.tag = 907, .rak_hash = "sha-512"}},
    };
    struct rt_sim_cca_keys keys;
    bool made = rt_sim_cca_keys_open(ratls_env_system(), NULL, &keys, NULL) == RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_token(c, &keys, &good[i]);
    for (size_t i = 0; i < RT_COUNT(bad_cca) && made; i++)
        made = seed_token(c, &keys, &bad_cca[i]);
    rt_sim_cca_keys_free(&keys);
    return made;
}
