/* Verifications of SGX and TDX quotes per second, next to bare P-256 verifications in the same run:
 * cold (collateral parsed and proven every time), with collateral kept, and with the PCK chain kept
 * as well. The ratios are what counts: machines differ.
 * dcap_bench [SECONDS for each row, default 2] */
#include "appraisal.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "collateral.h"
#include "crypto.h"

/* ECDSA verifications that a verification cannot do without. */
enum {
    CHECKS_COLD =
        9, /* quote, QE report, PCK, PCK CA, TCB signer, TCB info, QE identity, two CRLs */
    CHECKS_KEPT = 3, /* quote, QE report, PCK */
    CHECKS_CHAIN = 2 /* quote, QE report */
};

/* ---- bare signatures ---- */

struct signature {
    struct rt_key *key;
    uint8_t message[700], sig[RT_P256_SIG_LEN];
};

static void verify_bare(void *arg)
{
    const struct signature *s = arg;

    must(rt_verify_raw(RT_P256, rt_key_point(s->key), RT_SHA256,
                       ratls_bytes(s->message, sizeof s->message),
                       ratls_bytes(s->sig, sizeof s->sig)),
         "signature");
}

static double bare_rate(double seconds)
{
    struct signature s = {0};

    must(rt_key_generate(ratls_env_system(), RT_P256, &s.key), "key");
    must(rt_sign_raw(ratls_env_system(), s.key, ratls_bytes(s.message, sizeof s.message), s.sig,
                     sizeof s.sig),
         "sign");
    double rate = per_second(verify_bare, &s, seconds);
    rt_key_free(s.key);
    return rate;
}

/* ---- quotes ---- */

static struct rt_kept_cache *pck_chains(const void *collateral)
{
    return ((const struct rt_collateral *)collateral)->pck_cache;
}

static void open_subject(struct subject *s, const char *attester, const char *options)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_attester *a;

    must(ratls_attester_open(ratls_env_system(), attester, options, &a, &err), "attester");
    must(ratls_attester_evidence(a, report_data, &s->evidence, &err), "quote");
    must(ratls_attester_sim_collateral(a, &s->collateral, &err), "collateral");
    s->tee = ratls_attester_tee(a);
    open_trusts(s, ratls_attester_sim_root(a));
    ratls_attester_close(a);
}

static void row(const char *what, double rate, double bare, int checks)
{
    printf("  %-28s %8.0f /s   %5.1f us   %2d signature checks: %.2f of their time\n", what, rate,
           1e6 / rate, checks, bare / checks / rate);
}

static void bench(const char *title, const char *attester, const char *options, double seconds)
{
    struct subject s = {0};

    open_subject(&s, attester, options);
    const double bare = bare_rate(seconds / 2); /* right before, for the same mood of the machine */
    printf("%s (bare P-256: %.0f /s)\n", title, bare);
    row("cold", per_second(run_cold, &s, seconds), bare, CHECKS_COLD);
    s.forget = pck_chains;
    row("collateral kept", per_second(run_kept, &s, seconds), bare, CHECKS_KEPT);
    s.forget = NULL;
    row("PCK chain kept as well", per_second(run_kept, &s, seconds), bare, CHECKS_CHAIN);
    close_subject(&s);
}

/* A process for each kind: wolfCrypt keeps tables of 15 points for a thread, and the keys of three
 * platforms would displace each other. */
int main(int argc, char **argv)
{
    static const struct {
        const char *title, *attester, *options;
    } kinds[] = {
        {"SGX quote, version 3", "sim-sgx", NULL},
        {"TDX quote, version 4", "sim-tdx", NULL},
        {"TDX quote, version 5", "sim-tdx", "version=5"},
    };
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    int failed = 0;

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        int status = 1;
        pid_t child = fork();
        if (child == 0) {
            bench(kinds[i].title, kinds[i].attester, kinds[i].options, seconds);
            return 0;
        }
        failed |= child < 0 || waitpid(child, &status, 0) < 0 || status != 0;
    }
    return failed;
}
