/* forge corpus: seeds of SEV-SNP evidence and of AMD's collateral, good ones and each flawed one.
 */
#include "bad_snp.h"
#include "corpus.h"

/* Made once for both targets: three keys of RSA-4096. */
static const struct rt_sim_snp_keys *keys(void)
{
    const struct ratls_env *env = ratls_env_system();
    static struct rt_sim_snp_keys made;

    if (!made.vek && (rt_sim_snp_keys_make(env, &made, NULL) != RATLS_OK ||
                      rt_sim_snp_keys_add_asvk(env, NULL, &made, NULL) != RATLS_OK))
        return NULL;
    return &made;
}

struct guest {
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_chain chain;
};

static bool make_guest(const struct bad_snp *plan, struct guest *g)
{
    if (!keys())
        return false;
    rt_sim_snp_platform_usual(keys(), rt_sim_snp_product(plan->product ? plan->product : "Milan"),
                              &g->platform);
    g->platform.vlek = plan->vlek;
    return rt_sim_snp_chain_make(ratls_env_system(), keys(), &g->platform, &plan->chain,
                                 &g->chain) == RATLS_OK;
}

static bool seed_evidence(const struct corpus *c, const struct bad_snp *plan, uint32_t version)
{
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_snp_report fields;
    struct ratls_buffer report = {0}, evidence = {0};
    struct guest g = {.platform.vlek = false};
    bool made = make_guest(plan, &g);

    if (made) {
        rt_sim_snp_report_usual(&g.platform, &fields);
        if (version)
            fields.version = version;
        if (plan->edit)
            plan->edit(&fields);
        made = rt_sim_snp_report(env, keys(), &fields, &report) == RATLS_OK &&
               rt_sim_snp_extend(rt_bytes_of(&report), plan->vlek, &g.chain, &evidence) == RATLS_OK;
    }
    rt_sim_snp_chain_free(&g.chain);
    ratls_buffer_free(&report);
    return made && seed_buffer(c, plan->name, &evidence);
}

bool corpus_snp_report(const struct corpus *c)
{
    static const struct bad_snp good[] = {
        {.name = "milan"},
        {.name = "genoa", .product = "Genoa"},
        {.name = "turin", .product = "Turin"},
        {.name = "milan-vlek", .vlek = true},
        {.name = "turin-vlek", .product = "Turin", .vlek = true},
    };
    const struct bad_snp second = {.name = "version-2"};
    bool made = seed_evidence(c, &second, 2);

    for (size_t i = 0; i < RT_COUNT(good) && made; i++)
        made = seed_evidence(c, &good[i], 0);
    for (size_t i = 0; i < RT_COUNT(bad_snp) && made; i++)
        made = seed_evidence(c, &bad_snp[i], 0);
    return made;
}

bool corpus_snp_collateral(const struct corpus *c)
{
    static const struct {
        const char *name;
        bool vlek;
        struct rt_sim_snp_collateral_knobs knobs;
    } rows[] = {
        {"usual", false, {0}},
        {"vlek", true, {0}},
        {"with-vek", false, {.with_vek = true}},
        {"revoked", false, {.revoke = true}},
        {"by-the-ask", false, {.by_ask = true}},
        {"by-ecdsa", false, {.by_ec = true}},
        {"other-issuer", false, {.wrong_issuer_name = true}},
        {"no-crl", false, {.without = "crl"}},
        {"no-chain", false, {.without = "vek_issuer_chain"}},
        {"null", false, {.instead = "crl", .instead_json = "null"}},
    };
    bool made = true;

    for (size_t i = 0; i < RT_COUNT(rows) && made; i++) {
        const struct bad_snp plan = {.vlek = rows[i].vlek};
        struct guest g = {.platform.vlek = false};
        struct ratls_buffer json = {0};
        made = make_guest(&plan, &g) && rt_sim_snp_collateral(ratls_env_system(), keys(), &g.chain,
                                                              &rows[i].knobs, &json) == RATLS_OK;
        rt_sim_snp_chain_free(&g.chain);
        made = made && seed_buffer(c, rows[i].name, &json);
    }
    return made;
}
