/* forge corpus: seeds of reports of CSV, good ones and each flawed one, behind the root of their
 * platform (tests/fuzz/csv_fuzz.c). */
#include "bad_csv.h"
#include "corpus.h"

static bool seed_report(const struct corpus *c, const struct rt_sim_csv_keys *keys,
                        const struct bad_csv *plan)
{
    struct rt_sim_csv_chain chain;
    const struct rt_sim_csv_signer by = {keys, &chain};
    struct rt_sim_csv_state state;
    struct ratls_buffer report = {0}, all = {0};
    struct rt_writer w = {0};

    rt_sim_csv_usual(&state);
    state.version = plan->version ? plan->version : 1;
    if (rt_sim_csv_chain_make(keys, &plan->knobs, &chain) != RATLS_OK ||
        rt_sim_csv_report(&by, &state, &plan->knobs, &report) != RATLS_OK)
        return false;
    rt_put(&w, chain.hrk, sizeof chain.hrk);
    rt_put_bytes(&w, rt_bytes_of(&report));
    ratls_buffer_free(&report);
    return rt_writer_take(&w, &all) == RATLS_OK && seed_buffer(c, plan->name, &all);
}

bool corpus_csv(const struct corpus *c)
{
    static const struct bad_csv good[] = {
        {.name = "version-1"},
        {.name = "version-1-page", .knobs = {.page = true, .magic = true}},
        {.name = "version-1-rats-tls", .knobs = {.with_len = true}},
        {.name = "version-1-clear-owner", .knobs = {.clear_owner = true}},
        {.name = "version-1-masked-again", .knobs = {.mask_again = {1, 2, 3, 4}}},
        {.name = "version-2", .version = 2},
        {.name = "version-2-page", .version = 2, .knobs = {.page = true, .no_owner = true}},
    };
    struct rt_sim_csv_keys keys;
    bool made = rt_sim_csv_keys_open(ratls_env_system(), NULL, &keys, NULL) == RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_report(c, &keys, &good[i]);
    for (size_t i = 0; i < RT_COUNT(bad_csv) && made; i++)
        made = seed_report(c, &keys, &bad_csv[i]);
    rt_sim_csv_keys_free(&keys);
    return made;
}
