/* forge corpus: seeds of RIMs, a good one and each flawed one, and manifests without a signature.
 */
#include "bad_rim.h"
#include "corpus.h"

static bool seed_rim(const struct corpus *c, const char *name, const struct rim_plan *plan)
{
    static char text[RIM_TEXT_MAX];
    const struct ratls_env *env = ratls_env_system();
    struct rim_pki pki;
    const bool made = rim_pki_make(env, &plan->pki, &pki) && rim_make(env, plan, &pki, text);

    rim_pki_free(&pki);
    return made && seed(c, name, ratls_bytes_str(text));
}

bool corpus_rim(const struct corpus *c)
{
    static char text[RIM_TEXT_MAX];
    static const struct rim_plan good = {.product = "LS10"};
    bool made = seed_rim(c, "good", &good);

    rim_manifest(&good, text);
    made = made && seed(c, "manifest", ratls_bytes_str(text));
    for (size_t i = 0; i < RT_COUNT(bad_rim) && made; i++)
        made = seed_rim(c, bad_rim[i].name, &bad_rim[i].plan);
    return made;
}
