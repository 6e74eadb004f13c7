/* forge corpus: seeds of documents of Nitro Enclaves, good ones and each flawed one. */
#include "x509.h" /* RT_KU_ of the table */

#include "bad_nitro.h"
#include "corpus.h"

static bool seed_document(const struct corpus *c, const struct rt_sim_nitro_keys *keys,
                          const struct bad_nitro *plan)
{
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_nitro_chain chain;
    struct rt_sim_nitro_state state;
    struct ratls_buffer document = {0};
    const struct rt_sim_nitro_signer by = {
        keys->key[plan->by_instance ? RT_SIM_NITRO_INSTANCE : RT_SIM_NITRO_ENCLAVE], &chain};

    rt_sim_nitro_usual(&state);
    const bool made = rt_sim_nitro_chain_make(env, keys, &plan->pki, &chain) == RATLS_OK &&
                      rt_sim_nitro_document(env, &by, &state, &plan->doc, &document) == RATLS_OK;
    rt_sim_nitro_chain_free(&chain);
    return made && seed_buffer(c, plan->name, &document);
}

bool corpus_nitro(const struct corpus *c)
{
    static const struct bad_nitro good[] = {
        {.name = "untagged"},
        {.name = "tagged", .doc.tagged = true},
        {.name = "user-data", .doc.edit = {{.field = "user_data", .value = TAIL(B64)}}},
        {.name = "nonce", .doc.edit = {{.field = "nonce", .value = TAIL(B512)}}},
        {.name = "absent", .doc.edit = {{.field = "nonce"}, {.field = "public_key"}}},
    };
    struct rt_sim_nitro_keys keys;
    bool made = rt_sim_nitro_keys_open(ratls_env_system(), NULL, &keys, NULL) == RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_document(c, &keys, &good[i]);
    for (size_t i = 0; i < RT_COUNT(bad_nitro) && made; i++)
        made = seed_document(c, &keys, &bad_nitro[i]);
    rt_sim_nitro_keys_free(&keys);
    return made;
}
