/* Verifications of CCA and virtCCA evidence per second, whole chain each time, next to bare
 * signature verifications in the same run. The ratios are what counts: machines differ.
 * arm_bench [SECONDS for each row, default 2] */
#include "bench.h"

#include <pthread.h>

#include "base.h"
#include "crypto_rsa.h"

/* ---- bare signatures ---- */

struct signature {
    enum rt_curve curve;
    struct rt_key *ec;
    struct rt_rsa_key *rsa;
    struct rt_public_key rsa_key;
    uint8_t message[900], ec_sig[132]; /* about as long as tokens are */
    size_t ec_len;
    struct ratls_buffer rsa_sig;
};

static void verify_ec(void *arg)
{
    static const enum rt_hash hashes[] = {
        [RT_P256] = RT_SHA256, [RT_P384] = RT_SHA384, [RT_P521] = RT_SHA512};
    const struct signature *s = arg;

    must(rt_verify_raw(s->curve, rt_key_point(s->ec), hashes[s->curve],
                       ratls_bytes(s->message, sizeof s->message),
                       ratls_bytes(s->ec_sig, s->ec_len)),
         "ECDSA");
}

static double ec_rate(enum rt_curve curve, double seconds)
{
    struct signature s = {.curve = curve};

    must(rt_key_generate(ratls_env_system(), curve, &s.ec), "key");
    s.ec_len = rt_key_point(s.ec).len;
    must(rt_sign_raw(ratls_env_system(), s.ec, ratls_bytes(s.message, sizeof s.message), s.ec_sig,
                     s.ec_len),
         "sign");
    const double rate = per_second(verify_ec, &s, seconds);
    rt_key_free(s.ec);
    return rate;
}

static void verify_rsa(void *arg)
{
    const struct signature *s = arg;

    must(rt_verify_spki(&s->rsa_key, RT_SIG_RSAPSS_SHA256,
                        ratls_bytes(s->message, sizeof s->message), rt_bytes_of(&s->rsa_sig), &err),
         "RSA");
}

static double rsa_rate(double seconds)
{
    struct signature s = {0};

    must(rt_rsa_generate(ratls_env_system(), 4096, &s.rsa), "key");
    must(rt_public_key_parse(rt_rsa_spki(s.rsa), &s.rsa_key, &err), "key");
    must(rt_rsa_sign_pss(ratls_env_system(), s.rsa, RT_SHA256,
                         ratls_bytes(s.message, sizeof s.message), &s.rsa_sig),
         "sign");
    const double rate = per_second(verify_rsa, &s, seconds);
    ratls_buffer_free(&s.rsa_sig);
    rt_rsa_free(s.rsa);
    return rate;
}

/* ---- evidence ---- */

struct subject {
    struct ratls_buffer evidence;
    struct ratls_trust *trust;
    int64_t now;
};

static void run(void *arg)
{
    const struct subject *s = arg;
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&s->evidence), .now = s->now, .authenticity_only = true};
    struct ratls_verdict *v = NULL;

    must(ratls_appraise(s->trust, &what, &v), "appraisal");
    ratls_verdict_unref(v);
}

struct row {
    const char *attester, *options;
    double checks_s, seconds; /* what the signature checks of one take by themselves */
};

static void *measure(void *arg)
{
    const struct ratls_env *env = ratls_env_system();
    const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {1};
    const struct row *r = arg;
    struct subject s = {.now = env->now(env->arg)};
    struct ratls_attester *a = NULL;

    must(ratls_attester_open(env, r->attester, r->options, &a, &err), r->attester);
    must(ratls_attester_evidence(a, report_data, &s.evidence, &err), r->attester);
    must(ratls_trust_new(env, &s.trust), "trust");
    must(ratls_trust_insecure_add_sim_roots(s.trust, ratls_attester_sim_root(a), &err), "root");
    const double rate = per_second(run, &s, r->seconds);
    printf("  %-12s %-24s %8.0f /s   %6.0f us   %.2f of the time of its signature checks\n",
           r->attester, r->options, rate, 1e6 / rate, 1 / (rate * r->checks_s));
    ratls_trust_unref(s.trust);
    ratls_attester_close(a);
    ratls_buffer_free(&s.evidence);
    return NULL;
}

/* wolfCrypt keeps tables for the last keys of a thread: each machine is alone in its own. */
static void row(const char *attester, const char *options, double checks_s, double seconds)
{
    struct row r = {attester, options, checks_s, seconds};
    pthread_t thread;

    if (pthread_create(&thread, NULL, measure, &r) != 0 || pthread_join(thread, NULL) != 0)
        exit(1);
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 2;
    const double p384 = ec_rate(RT_P384, seconds), p521 = ec_rate(RT_P521, seconds);
    const double rsa = rsa_rate(seconds);

    printf("bare P-384: %.0f /s, P-521: %.0f /s, RSA-4096: %.0f /s\n", p384, p521, rsa);
    /* platform and realm */
    row("sim-cca", "", 2 / p384, seconds);
    /* device, CA and root by their issuers, then the tokens; the logs are replayed */
    row("sim-virtcca", "platform_token=no", 4 / p521, seconds);
    row("sim-virtcca", "platform_token=yes", 5 / p521, seconds);
    row("sim-virtcca", "eventlog=yes,ima_log=yes", 5 / p521, seconds);
    row("sim-virtcca", "key=rsa", 5 / rsa, seconds);
    return 0;
}
