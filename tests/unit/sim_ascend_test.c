/* The attester "sim-ascend", its keys on disk, and what a trust makes of its quotes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base.h"
#include "claims_support.h"
#include "ratls/ratls.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static char parent[64];
static struct ratls_attester *attester;
static struct ratls_buffer quote;
static struct ratls_verdict *verdict;
static struct ratls_error err;
static const uint8_t nonce[RATLS_REPORT_DATA_LEN] = {0x42, [31] = 0x24};

static void open_folder(void)
{
    memcpy(parent, "/tmp/sim_ascend_test.XXXXXX", sizeof "/tmp/sim_ascend_test.XXXXXX");
    cr_assert(mkdtemp(parent));
}

static void close_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    ratls_attester_close(attester);
    ratls_buffer_free(&quote);
    ratls_verdict_unref(verdict);
}

TestSuite(sim_ascend, .init = open_folder, .fini = close_folder);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    attester = NULL;
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-ascend", options, &attester, &err);
}

static enum ratls_err judge(void)
{
    const struct ratls_env *env = ratls_env_system();
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&quote),
                                         .report_data = ratls_bytes(nonce, sizeof nonce),
                                         .now = env->now(NULL),
                                         .authenticity_only = true};
    struct ratls_trust *t;

    MUST(ratls_trust_new(env, &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(attester), &err));
    ratls_verdict_unref(verdict);
    verdict = NULL;
    const enum ratls_err e = ratls_appraise(t, &what, &verdict);
    ratls_trust_unref(t);
    return e;
}

static const char *measured(const char *options)
{
    cr_assert_eq(open_sim(options), RATLS_OK, "%s: %s", options, err.detail);
    ratls_buffer_free(&quote);
    MUST(ratls_attester_evidence(attester, nonce, &quote, &err));
    cr_assert_eq(judge(), RATLS_OK, "%s: %s", options, ratls_verdict_detail(verdict));
    return claim_text(ratls_verdict_claims(verdict), "measurement");
}

Test(sim_ascend, is_the_simulated_host_of_npus)
{
    struct ratls_buffer none;

    (void)measured("");
    cr_expect_str_eq(ratls_attester_tee(attester), "ascend_npu");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.ascend-npu");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect(ratls_verdict_simulated(verdict));
    cr_expect_eq(ratls_attester_sim_collateral(attester, &none, NULL), RATLS_E_UNSUPPORTED);
}

Test(sim_ascend, what_it_loads_is_what_it_measures)
{
    char usual[128];

    (void)snprintf(usual, sizeof usual, "%s", measured(""));
    cr_expect_str_eq(measured(""), usual);
    cr_expect_str_neq(measured("firmware=another"), usual);
}

/* A longer nonce would be cut without a word. */
Test(sim_ascend, refuses_report_data_that_it_cannot_carry)
{
    static const uint8_t full[RATLS_REPORT_DATA_LEN] = {[32] = 1};
    struct ratls_buffer none = {0};

    MUST(open_sim(""));
    cr_expect_eq(ratls_attester_evidence(attester, full, &none, &err), RATLS_E_ATTESTER);
    cr_expect_null(none.p);
}

Test(sim_ascend, refuses_other_options)
{
    static const char *const rows[] = {"pki=", "nonce=00", "firmware"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(open_sim(rows[i]), RATLS_E_USAGE, "%s", rows[i]);
}

/* Quotes of one process are good for the root that another one showed. */
Test(sim_ascend, keeps_its_keys_in_a_folder)
{
    char options[128], path[128], device[128];
    struct ratls_buffer first;
    struct stat status;

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    (void)measured(options);
    (void)snprintf(device, sizeof device, "%s",
                   claim_text(ratls_verdict_claims(verdict), "platform_id"));
    first = quote;
    quote = (struct ratls_buffer){0};
    (void)snprintf(path, sizeof path, "%s/pki/ak.key", parent);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    (void)measured(options);
    cr_expect_str_eq(claim_text(ratls_verdict_claims(verdict), "platform_id"), device);
    ratls_buffer_free(&quote);
    quote = first;
    cr_expect_eq(judge(), RATLS_OK, "%s", ratls_verdict_detail(verdict));
    MUST(open_sim(""));
    cr_expect_eq(judge(), RATLS_E_EVIDENCE_CHAIN, "%s", ratls_verdict_detail(verdict));
}

Test(sim_ascend, refuses_a_folder_with_another_key)
{
    char options[128], path[128];

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    MUST(open_sim(options));
    (void)snprintf(path, sizeof path, "%s/pki/ak.key", parent);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("no key", file) >= 0 && fclose(file) == 0);
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%s", err.detail);
}
