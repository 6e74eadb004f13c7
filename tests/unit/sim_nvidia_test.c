/* The attester "sim-nvidia", its root's key on disk, and what a trust makes of its evidence. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "nvidia_support.h"
#include "ratls/appraise.h"

#define HEX8(two)  two two two two two two two two
#define HEX48(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)

static char parent[64];
static struct ratls_attester *attester;
static struct ratls_buffer report;
static struct ratls_verdict *verdict;
static uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42, [31] = 0x24};

static void open_folder(void)
{
    memcpy(parent, "/tmp/sim_nvidia_test.XXXXXX", sizeof "/tmp/sim_nvidia_test.XXXXXX");
    cr_assert(mkdtemp(parent));
}

static void close_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    ratls_attester_close(attester);
    ratls_buffer_free(&report);
    ratls_verdict_unref(verdict);
}

TestSuite(sim_nvidia, .init = open_folder, .fini = close_folder);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-nvidia", options, &attester, &err);
}

static enum ratls_err judge(const char *policy)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&report),
                                         .report_data = ratls_bytes(report_data, 32),
                                         .now = nvidia_now(),
                                         .authenticity_only = policy == NULL};
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(attester), &err));
    if (policy)
        MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    ratls_verdict_unref(verdict);
    verdict = NULL;
    const enum ratls_err e = ratls_appraise(t, &what, &verdict);
    ratls_trust_unref(t);
    return e;
}

static void must_verify(const char *options)
{
    cr_assert_eq(open_sim(options), RATLS_OK, "%s: %s", options, err.detail);
    ratls_buffer_free(&report);
    MUST(ratls_attester_evidence(attester, report_data, &report, &err));
    cr_assert_eq(judge(NULL), RATLS_OK, "%s: %s", options, ratls_verdict_detail(verdict));
}

static const char *said(const char *name)
{
    return claim_text(ratls_verdict_claims(verdict), name);
}

Test(sim_nvidia, is_a_simulated_gpu)
{
    must_verify("");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-nvidia");
    cr_expect_str_eq(ratls_attester_tee(attester), "nvidia");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.nvidia");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect(ratls_verdict_simulated(verdict));
    cr_expect_str_eq(said("nvidia.arch"), "hopper");
    cr_expect_eq(strncmp(said("nonce"), "4200", 4), 0);
    struct ratls_buffer none;
    cr_expect_eq(ratls_attester_sim_collateral(attester, &none, NULL), RATLS_E_UNSUPPORTED);
}

Test(sim_nvidia, options_set_what_the_report_says)
{
    must_verify("arch=blackwell,device=258,driver=600.1,protected_pcie=yes,firmware=" HEX48("A0"));
    cr_expect_str_eq(said("nvidia.device_uid"), "NVIDIA:GB100:5151515100000102");
    cr_expect_str_eq(said("nvidia.driver_version"), "600.1");
    cr_expect_str_eq(said("nvidia.protected_pcie_status"), "aa");
    cr_expect_str_eq(said("nvidia.measurements.10"), HEX48("a0"));
    must_verify("arch=ls10");
    cr_expect_str_eq(said("nvidia.arch"), "ls10");
}

Test(sim_nvidia, refuses_other_options)
{
    static const char *const bad[] = {
        "arch=ampere",
        "device=x",
        "device=4294967296",
        "firmware=00",
        "colour=red",
        "driver=a,pki",
        "protected_pcie=true",
        "firmware=" HEX48("0g"),
        "driver=",
        "arch=Hopper",
        "driver=" HEX8("12") HEX8("12"),
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(open_sim(bad[i]), RATLS_E_USAGE, "%s", bad[i]);
}

Test(sim_nvidia, keeps_its_roots_key)
{
    char options[128], path[128];
    struct ratls_buffer first = {0};

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    must_verify(options);
    MUST(rt_dup(ratls_attester_sim_root(attester), &first));
    must_verify(options);
    struct rt_x509 a, b;
    MUST(rt_x509_parse(rt_bytes_of(&first), &a, NULL));
    MUST(rt_x509_parse(ratls_attester_sim_root(attester), &b, NULL));
    cr_expect(ratls_bytes_equal(a.spki, b.spki));
    ratls_buffer_free(&first);
    (void)snprintf(path, sizeof path, "%s/pki/root.key", parent);
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0077, 0);
    FILE *f = fopen(path, "w");
    cr_assert(f && fputs("no key", f) >= 0 && fclose(f) == 0);
    cr_expect_neq(open_sim(options), RATLS_OK);
}

/* A device signs 32 bytes: what says more is refused, not cut. */
Test(sim_nvidia, answers_32_bytes_and_no_more)
{
    static const uint8_t challenge[64] = {1, [32] = 1};
    struct ratls_buffer out;

    MUST(open_sim(""));
    cr_expect_eq(ratls_attester_challenge(attester, ratls_bytes(challenge, 32), &out, &err),
                 RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&out);
    cr_expect_eq(ratls_attester_challenge(attester, ratls_bytes(challenge, 33), &out, &err),
                 RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "32 bytes"), "%s", err.detail);
    cr_expect_eq(ratls_attester_evidence(attester, challenge, &out, &err), RATLS_E_ATTESTER);
}

/* T149: whoever reaches a device gets its word for anything. */
Test(sim_nvidia, no_policy_allows_it_alone)
{
    static const char *const policies[] = {
        "{\"tees\":{\"nvidia\":{\"insecure_any_measurement\":true,\"insecure_simulated\":true}}}",
        "{\"tees\":{\"nvidia\":{\"measurements\":[\"" HEX48("00") "\"]}}}",
        "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}}}",
    };

    must_verify("");
    for (size_t i = 0; i < RT_COUNT(policies); i++)
        cr_expect_eq(judge(policies[i]), RATLS_E_DEVICE_ALONE, "%zu: %s", i,
                     ratls_verdict_detail(verdict));
    cr_expect_str_eq(ratls_verdict_reason(verdict), "device_without_cpu");
}
