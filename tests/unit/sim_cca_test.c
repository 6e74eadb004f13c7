/* The attester "sim-cca", its key on disk, and what a trust makes of its tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cca_support.h"
#include "ratls/appraise.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX48(two) HEX32(two) HEX8(two) HEX8(two)
#define HEX64(two) HEX32(two) HEX32(two)

static char parent[64];
static struct ratls_attester *attester;
static struct ratls_buffer evidence;
static struct ratls_verdict *verdict;
static uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42};

static void setup(void)
{
    memcpy(parent, "/tmp/sim_cca_test.XXXXXX", sizeof "/tmp/sim_cca_test.XXXXXX");
    cr_assert(mkdtemp(parent));
}

static void teardown(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    ratls_attester_close(attester);
    ratls_buffer_free(&evidence);
    ratls_verdict_unref(verdict);
}

TestSuite(sim_cca, .init = setup, .fini = teardown);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-cca", options, &attester, &err);
}

static enum ratls_err judge(struct ratls_bytes due)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&evidence),
                                         .report_data = due,
                                         .now = 1751000000,
                                         .authenticity_only = true};
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(attester), &err),
                 RATLS_OK, "%s", err.detail);
    ratls_verdict_unref(verdict);
    verdict = NULL;
    const enum ratls_err e = ratls_appraise(t, &what, &verdict);
    ratls_trust_unref(t);
    return e;
}

static void must_verify(const char *options)
{
    cr_assert_eq(open_sim(options), RATLS_OK, "%s: %s", options, err.detail);
    ratls_buffer_free(&evidence);
    MUST(ratls_attester_evidence(attester, report_data, &evidence, &err));
    cr_assert_eq(judge(ratls_bytes(report_data, sizeof report_data)), RATLS_OK, "%s: %s", options,
                 ratls_verdict_detail(verdict));
}

static const char *said(const char *name)
{
    return claim_text(ratls_verdict_claims(verdict), name);
}

static uint64_t counted(const char *name)
{
    return claim_number(ratls_verdict_claims(verdict), name);
}

/* ---- options ---- */

Test(sim_cca, is_a_simulated_realm)
{
    must_verify("");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-cca");
    cr_expect_str_eq(ratls_attester_tee(attester), "cca");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.cca");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect(ratls_verdict_simulated(verdict));
    cr_expect_str_eq(said("cca.realm.profile"), "tag:arm.com,2024:realm#2.0.0");
    cr_expect_str_eq(said("measurement"), HEX32("52"));
    cr_expect_str_eq(said("cca.realm.personalization_value"), HEX64("00"));
    cr_expect_str_eq(said("cca.realm.rem2"), HEX32("00"));
    cr_expect_eq(counted("cca.platform.lifecycle"), 0x3000);
    cr_expect_eq(counted("debug"), 0);
    cr_expect_eq(strncmp(said("report_data"), "4200", 4), 0);
    cr_expect_eq(evidence.p[1], 0x03); /* tag 907 */
    struct ratls_buffer none;
    cr_expect_eq(ratls_attester_sim_collateral(attester, &none, NULL), RATLS_E_UNSUPPORTED);
}

Test(sim_cca, options_set_what_the_tokens_say)
{
    must_verify("profile=realm1,cmw=no,lifecycle=4001,rim=" HEX48("1F") ",rem0=" HEX32(
        "20") ",rem1=" HEX48("21") ",rem2=" HEX64("22") ",rem3=" HEX32("23"));
    cr_expect_str_eq(said("cca.realm.profile"), "tag:arm.com,2023:realm#1.0.0");
    cr_expect_str_eq(said("cca.platform.lifecycle_state"), "non_cca_platform_debug");
    cr_expect_eq(counted("debug"), 1);
    cr_expect_str_eq(said("measurement"), HEX48("1f"));
    cr_expect_str_eq(said("cca.realm.rem0"), HEX32("20"));
    cr_expect_str_eq(said("cca.realm.rem1"), HEX48("21"));
    cr_expect_str_eq(said("cca.realm.rem2"), HEX64("22"));
    cr_expect_str_eq(said("cca.realm.rem3"), HEX32("23"));
    cr_expect_eq(evidence.p[1], 0x01); /* tag 399 */
    must_verify("rpv=" HEX64("77") ",cmw=yes,profile=legacy");
    cr_expect_str_eq(said("cca.realm.personalization_value"), HEX64("77"));
    cr_expect_str_eq(said("cca.realm.profile"), "(none)");
    cr_expect_eq(evidence.p[1], 0x03);
    must_verify("profile=legacy");
    cr_expect_eq(evidence.p[1], 0x01);
    must_verify("profile=realm2,lifecycle=30ff");
    cr_expect_eq(counted("cca.platform.lifecycle"), 0x30ff);
}

Test(sim_cca, refuses_wrong_options_and_makes_no_folder)
{
    static const char *const bad[] = {
        "profile=realm3",
        "profile=",
        "cmw=1",
        "lifecycle=300",
        "lifecycle=30001",
        "lifecycle=zzzz",
        "rim=" HEX8("11"),
        "rim=" HEX32("11") "11",
        "rim=" HEX32("zz"),
        "rem0=11",
        "rem3=" HEX48("11") "1",
        "rem4=" HEX32("11"),
        "rpv=" HEX32("11"),
        "rpv=11",
        "key=rak",
        "rim=" HEX64("11") "11",
    };
    char options[512], folder[128];
    struct stat st;

    (void)snprintf(folder, sizeof folder, "%s/pki", parent);
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        (void)snprintf(options, sizeof options, "pki=%s,%s", folder, bad[i]);
        cr_expect_eq(open_sim(options), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect_neq(stat(folder, &st), 0, "%s", bad[i]);
    }
}

/* ---- keys ---- */

Test(sim_cca, keeps_the_key_of_its_platform_and_no_other)
{
    struct ratls_buffer anchor;
    char options[128], path[128], rak[2 * 107 + 1];
    struct stat st;

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    must_verify(options);
    MUST(rt_dup(ratls_attester_sim_root(attester), &anchor));
    (void)snprintf(rak, sizeof rak, "%s", said("cca.realm.rak_public_key"));
    must_verify(options);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&anchor), ratls_attester_sim_root(attester)));
    cr_expect_str_neq(said("cca.realm.rak_public_key"), rak); /* it started anew */
    (void)snprintf(path, sizeof path, "%s/pki/cpak.key", parent);
    cr_assert_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    must_verify("");
    cr_expect_not(ratls_bytes_equal(rt_bytes_of(&anchor), ratls_attester_sim_root(attester)));
    ratls_buffer_free(&anchor);
}

static void put_key(const char *content)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/cpak.key", parent);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fputs(content, f) >= 0 && fclose(f) == 0);
}

Test(sim_cca, tells_a_key_file_that_is_of_no_use)
{
    struct rt_key *key = NULL;
    struct ratls_buffer der, pem;
    char options[128];

    (void)snprintf(options, sizeof options, "pki=%s", parent);
    put_key("nothing");
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG);
    put_key("-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----\n");
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_key_export(key, &der));
    MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &pem));
    put_key((const char *)pem.p);
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "not on P-384"), "%s", err.detail);
    ratls_buffer_free(&der);
    ratls_buffer_free(&pem);
    rt_key_free(key);
}

/* ---- trust ---- */

Test(sim_cca, nobody_takes_its_key_for_a_real_one)
{
    struct ratls_trust *t;

    must_verify("");
    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_expect_eq(ratls_trust_add_roots(t, ratls_attester_sim_root(attester), &err),
                 RATLS_E_SIMULATED_ANCHOR);
    ratls_trust_unref(t);
}

/* T94: the whole challenge counts, and no part of it is enough. */
Test(sim_cca, all_64_bytes_of_the_challenge_count)
{
    uint8_t due[64];

    memset(report_data, 0x33, sizeof report_data);
    must_verify("");
    for (size_t i = 0; i < sizeof due; i++) {
        memcpy(due, report_data, sizeof due);
        due[i] ^= 1;
        cr_expect_eq(judge(ratls_bytes(due, sizeof due)), RATLS_E_BINDING_MISMATCH, "byte %zu", i);
    }
    for (size_t n = 1; n < sizeof due; n++)
        cr_expect_eq(judge(ratls_bytes(report_data, n)), RATLS_E_BINDING_MISMATCH, "%zu bytes", n);
}

/* T29: to a verifier that trusts another machine this one is unknown. */
Test(sim_cca, is_trusted_by_its_own_key_only)
{
    must_verify("");
    cr_assert_eq(open_sim(""), RATLS_OK);
    cr_expect_eq(judge(ratls_bytes(report_data, sizeof report_data)), RATLS_E_NO_ANCHOR);
}

/* The collection says itself whose it is; only `cca` speaks for it. */
Test(sim_cca, is_recognised_by_one_verifier)
{
    struct rt_registry *registry;

    MUST(rt_registry_new(&registry));
    for (int i = 0; i < 3; i++) {
        static const char *const options[] = {"profile=legacy", "profile=realm1,cmw=no", ""};
        must_verify(options[i]);
        const struct ratls_verifier *v = rt_registry_find(registry, rt_bytes_of(&evidence));
        cr_expect(v && strcmp(v->name, "cca") == 0, "%s", options[i]);
    }
    rt_registry_free(registry);
}
