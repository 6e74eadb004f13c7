/* Verifications of SEV-SNP reports per second, next to bare P-384 and RSA-4096-PSS verifications in
 * the same run: cold (chain and CRL parsed and proven every time), with collateral kept, and with
 * the VEK certificate kept as well. The ratios are what counts: machines differ.
 * snp_bench [SECONDS for each row, default 2] */
#include "appraisal.h"

#include <string.h>

#include "base.h"
#include "crypto_rsa.h"
#include "sim_snp.h"
#include "snp_collateral.h"

/* ---- bare signatures ---- */

struct signature {
    struct rt_key *ec;
    struct rt_public_key rsa;
    uint8_t message[672], ec_sig[96];
    struct ratls_buffer rsa_sig;
};

static void verify_ec(void *arg)
{
    const struct signature *s = arg;

    must(rt_verify_raw(RT_P384, rt_key_point(s->ec), RT_SHA384,
                       ratls_bytes(s->message, sizeof s->message),
                       ratls_bytes(s->ec_sig, sizeof s->ec_sig)),
         "P-384");
}

static void verify_rsa(void *arg)
{
    const struct signature *s = arg;

    must(rt_verify_spki(&s->rsa, RT_SIG_RSAPSS_SHA384, ratls_bytes(s->message, sizeof s->message),
                        rt_bytes_of(&s->rsa_sig), &err),
         "RSA");
}

/* ---- reports ---- */

struct guest {
    struct rt_sim_snp_keys keys;
    struct rt_sim_snp_chain chain;
};

static struct rt_kept_cache *veks(const void *collateral)
{
    return ((const struct rt_snp_collateral *)collateral)->veks;
}

static void open_subject(struct subject *s, struct guest *g)
{
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_report fields;
    struct ratls_buffer report;

    must(rt_sim_snp_keys_make(env, &g->keys, &err), "keys");
    rt_sim_snp_platform_usual(&g->keys, rt_sim_snp_product("Milan"), &platform);
    must(rt_sim_snp_chain_make(env, &g->keys, &platform, NULL, &g->chain), "chain");
    rt_sim_snp_report_usual(&platform, &fields);
    must(rt_sim_snp_report(env, &g->keys, &fields, &report), "report");
    must(rt_sim_snp_extend(rt_bytes_of(&report), false, &g->chain, &s->evidence), "evidence");
    must(rt_sim_snp_collateral(env, &g->keys, &g->chain, NULL, &s->collateral), "collateral");
    ratls_buffer_free(&report);
    s->tee = "snp";
    open_trusts(s, rt_bytes_of(&g->chain.der[RT_SIM_ARK]));
}

static void close_guest(struct guest *g)
{
    rt_sim_snp_keys_free(&g->keys);
    rt_sim_snp_chain_free(&g->chain);
}

struct rates {
    double ec, rsa;
};

static struct rates bare_rates(const struct guest *g, double seconds)
{
    struct signature bare = {.ec = g->keys.vek};
    struct rates r;

    must(rt_public_key_parse(rt_rsa_spki(g->keys.ask), &bare.rsa, &err), "key");
    must(rt_sign_raw(ratls_env_system(), bare.ec, ratls_bytes(bare.message, sizeof bare.message),
                     bare.ec_sig, sizeof bare.ec_sig),
         "sign");
    must(rt_rsa_sign_pss(ratls_env_system(), g->keys.ask, RT_SHA384,
                         ratls_bytes(bare.message, sizeof bare.message), &bare.rsa_sig),
         "sign");
    r.ec = per_second(verify_ec, &bare, seconds);
    r.rsa = per_second(verify_rsa, &bare, seconds);
    ratls_buffer_free(&bare.rsa_sig);
    return r;
}

/* One ECDSA verification, always: that of the report. */
static void row(const char *what, double rate, struct rates bare, int rsa)
{
    const double checks_s = 1 / bare.ec + rsa / bare.rsa;

    printf("  %-28s %8.0f /s   %5.1f us   P-384 and %d RSA: %.2f of their time\n", what, rate,
           1e6 / rate, rsa, 1 / (rate * checks_s));
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 2;
    struct subject s = {0};
    struct guest g = {0};

    open_subject(&s, &g);
    const struct rates bare = bare_rates(&g, seconds);
    printf("SEV-SNP report with its chain (bare P-384: %.0f /s, bare RSA-4096-PSS: %.0f /s)\n",
           bare.ec, bare.rsa);
    /* ARK, ASK, CRL (proven with the collateral) and VEK */
    row("cold", per_second(run_cold, &s, seconds), bare, 4);
    s.forget = veks;
    row("collateral kept", per_second(run_kept, &s, seconds), bare, 1);
    s.forget = NULL;
    row("VEK kept as well", per_second(run_kept, &s, seconds), bare, 0);
    close_subject(&s);
    close_guest(&g);
    return 0;
}
