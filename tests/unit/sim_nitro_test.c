/* The attester "sim-nitro", its root's key on disk, and what a trust makes of its documents. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "nitro_support.h"
#include "ratls/appraise.h"

#define HEX8(two)  two two two two two two two two
#define HEX48(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)

static char parent[64];
static struct ratls_attester *attester;
static struct ratls_buffer document;
static struct ratls_verdict *verdict;
static uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42, [63] = 0x24};

static void open_folder(void)
{
    memcpy(parent, "/tmp/sim_nitro_test.XXXXXX", sizeof "/tmp/sim_nitro_test.XXXXXX");
    cr_assert(mkdtemp(parent));
}

static void close_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    ratls_attester_close(attester);
    ratls_buffer_free(&document);
    ratls_verdict_unref(verdict);
}

TestSuite(sim_nitro, .init = open_folder, .fini = close_folder);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-nitro", options, &attester, &err);
}

static enum ratls_err judge(struct ratls_bytes due, const char *policy)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&document),
                                         .report_data = due,
                                         .now = nitro_now(),
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
    ratls_buffer_free(&document);
    MUST(ratls_attester_evidence(attester, report_data, &document, &err));
    cr_assert_eq(judge(ratls_bytes(report_data, sizeof report_data), NULL), RATLS_OK, "%s: %s",
                 options, ratls_verdict_detail(verdict));
}

static const char *said(const char *name)
{
    return claim_text(ratls_verdict_claims(verdict), name);
}

Test(sim_nitro, is_a_simulated_enclave)
{
    must_verify("");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-nitro");
    cr_expect_str_eq(ratls_attester_tee(attester), "nitro");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.nitro");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect(ratls_verdict_simulated(verdict));
    cr_expect_str_eq(said("measurement"), HEX48("50"));
    cr_expect_eq(strncmp(said("report_data"), "4200", 4), 0);
    cr_expect_str_eq(said("nitro.nonce"), "(none)");
    cr_expect_eq(document.p[0], 0x84);
    struct ratls_buffer none;
    cr_expect_eq(ratls_attester_sim_collateral(attester, &none, NULL), RATLS_E_UNSUPPORTED);
}

Test(sim_nitro, options_set_what_the_document_says)
{
    must_verify("tag=yes,pcr0=" HEX48("a0") ",pcr1=" HEX48("A1") ",pcr2=" HEX48(
        "a2") ",pcr3=" HEX48("a3") ",pcr4=" HEX48("a4") ",pcr8=" HEX48("a8"));
    cr_expect_eq(document.p[0], 0xd2);
    cr_expect_str_eq(said("nitro.pcr0"), HEX48("a0"));
    cr_expect_str_eq(said("nitro.pcr1"), HEX48("a1"));
    cr_expect_str_eq(said("nitro.pcr2"), HEX48("a2"));
    cr_expect_str_eq(said("nitro.pcr3"), HEX48("a3"));
    cr_expect_str_eq(said("nitro.pcr4"), HEX48("a4"));
    cr_expect_str_eq(said("nitro.pcr7"), HEX48("00"));
    cr_expect_str_eq(said("nitro.pcr8"), HEX48("a8"));
}

/* T151 */
Test(sim_nitro, a_policy_refuses_debug_mode_unless_it_says_otherwise)
{
    static const char strict[] = "{\"tees\":{\"nitro\":{\"insecure_simulated\":true,"
                                 "\"insecure_any_measurement\":true}}}";
    static const char lax[] = "{\"tees\":{\"nitro\":{\"insecure_simulated\":true,"
                              "\"insecure_debug\":true,\"insecure_any_measurement\":true}}}";
    const struct ratls_bytes due = ratls_bytes(report_data, sizeof report_data);

    must_verify("");
    cr_expect_eq(judge(due, strict), RATLS_OK, "%s", ratls_verdict_detail(verdict));
    must_verify("debug=yes");
    cr_expect_str_eq(said("nitro.pcr4"), HEX48("00"));
    cr_expect_eq(judge(due, strict), RATLS_E_DEBUG, "%s", ratls_verdict_detail(verdict));
    cr_expect_eq(judge(due, lax), RATLS_OK, "%s", ratls_verdict_detail(verdict));
}

Test(sim_nitro, refuses_other_options)
{
    static const struct {
        const char *options, *detail;
    } rows[] = {
        {"pcr5=" HEX48("00"), "pcr5"},
        {"pcr0=00", "pcr0"},
        {"pcr0=" HEX48("0g"), "pcr0"},
        {"debug=maybe", "debug"},
        {"tag=18", "tag"},
        {"debug=yes,pcr0=" HEX48("a0"), "zero with debug=yes"},
        {"pki=", "pki"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(open_sim(rows[i].options), RATLS_E_USAGE, "%s", rows[i].options);
        cr_expect(strstr(err.detail, rows[i].detail), "%s: %s", rows[i].options, err.detail);
    }
}

/* Documents of one process are good for the root that another one showed. */
Test(sim_nitro, keeps_the_key_of_its_root_in_a_folder)
{
    char options[128], path[128];
    struct ratls_buffer first;
    struct stat status;

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    must_verify(options);
    MUST(rt_dup(rt_bytes_of(&document), &first));
    (void)snprintf(path, sizeof path, "%s/pki/root.key", parent);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    must_verify(options);
    ratls_buffer_free(&document);
    document = first;
    cr_expect_eq(judge(ratls_bytes(report_data, sizeof report_data), NULL), RATLS_OK, "%s",
                 ratls_verdict_detail(verdict));
    cr_assert_eq(open_sim(""), RATLS_OK);
    cr_expect_eq(judge(ratls_bytes(NULL, 0), NULL), RATLS_E_EVIDENCE_ROOT);
}

Test(sim_nitro, refuses_a_folder_with_another_key)
{
    char options[128], path[128];

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    MUST(open_sim(options));
    (void)snprintf(path, sizeof path, "%s/pki/root.key", parent);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("no key", file) >= 0 && fclose(file) == 0);
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%s", err.detail);
}
