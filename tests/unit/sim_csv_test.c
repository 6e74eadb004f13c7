/* The attester "sim-csv", its root's key on disk, what a trust makes of its reports, and its root
 * among the anchors. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "csv_support.h"
#include "ratls/appraise.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)

static char parent[64];
static struct ratls_attester *attester;
static struct ratls_buffer report;
static struct ratls_verdict *verdict;
static uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42, [31] = 0x24};

static void open_folder(void)
{
    memcpy(parent, "/tmp/sim_csv_test.XXXXXX", sizeof "/tmp/sim_csv_test.XXXXXX");
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

TestSuite(sim_csv, .init = open_folder, .fini = close_folder);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-csv", options, &attester, &err);
}

static struct ratls_bytes sim_root(void)
{
    return ratls_attester_sim_root(attester);
}

static int64_t now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

static enum ratls_err judge_by(struct ratls_trust *t, struct ratls_bytes due, const char *policy)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&report),
                                         .report_data = due,
                                         .now = now(),
                                         .authenticity_only = policy == NULL};

    if (policy)
        MUST(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err));
    ratls_verdict_unref(verdict);
    verdict = NULL;
    const enum ratls_err e = ratls_appraise(t, &what, &verdict);
    ratls_trust_unref(t);
    return e;
}

static struct ratls_trust *new_trust(void)
{
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    return t;
}

static enum ratls_err judge(struct ratls_bytes due, const char *policy)
{
    struct ratls_trust *t = new_trust();

    MUST(ratls_trust_insecure_add_sim_roots(t, sim_root(), &err));
    return judge_by(t, due, policy);
}

static void must_verify(const char *options)
{
    cr_assert_eq(open_sim(options), RATLS_OK, "%s: %s", options, err.detail);
    ratls_buffer_free(&report);
    MUST(ratls_attester_evidence(attester, report_data, &report, &err));
    cr_assert_eq(judge(ratls_bytes(report_data, sizeof report_data), NULL), RATLS_OK, "%s: %s",
                 options, ratls_verdict_detail(verdict));
}

static const char *said(const char *name)
{
    return claim_text(ratls_verdict_claims(verdict), name);
}

/* ---- reports ---- */

Test(sim_csv, is_a_simulated_guest)
{
    must_verify("");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-csv");
    cr_expect_str_eq(ratls_attester_tee(attester), "csv");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.csv");
    cr_expect(ratls_attester_simulated(attester));
    cr_expect(ratls_verdict_simulated(verdict));
    cr_expect_eq(claim_number(ratls_verdict_claims(verdict), "csv.version"), 1);
    cr_expect_str_eq(said("measurement"), HEX32("4d"));
    cr_expect_eq(report.len, RT_SIM_CSV_V1_LEN + RT_HYGON_PAIR_LEN);
    struct ratls_buffer none;
    cr_expect_eq(ratls_attester_sim_collateral(attester, &none, NULL), RATLS_E_UNSUPPORTED);
}

/* What the guest and the firmware draw is another each time, and so is every masked byte. */
Test(sim_csv, masks_every_report_anew)
{
    struct ratls_buffer first;

    must_verify("");
    MUST(rt_dup(rt_bytes_of(&report), &first));
    ratls_buffer_free(&report);
    MUST(ratls_attester_evidence(attester, report_data, &report, &err));
    cr_expect_neq(memcmp(first.p + 64, report.p + 64, 64), 0);
    cr_expect_neq(memcmp(first.p + 188, report.p + 188, 4), 0);
    ratls_buffer_free(&first);
}

Test(sim_csv, options_set_what_the_report_says)
{
    must_verify("version=2,measure=" HEX32("A0") ",vm_id=" HEX8("0102") ",vm_version=" HEX8(
        "0304") ",rtmr0=" HEX32("b0") ",rtmr4=" HEX32("b4"));
    cr_expect_eq(claim_number(ratls_verdict_claims(verdict), "csv.version"), 2);
    cr_expect_str_eq(said("csv.measure"), HEX32("a0"));
    cr_expect_str_eq(said("csv.vm_id"), HEX8("0102"));
    cr_expect_str_eq(said("csv.vm_version"), HEX8("0304"));
    cr_expect_str_eq(said("csv.rtmr0"), HEX32("b0"));
    cr_expect_str_eq(said("csv.rtmr1"), HEX32("71"));
    cr_expect_str_eq(said("csv.rtmr4"), HEX32("b4"));
}

Test(sim_csv, refuses_other_options)
{
    static const struct {
        const char *options, *detail;
    } rows[] = {
        {"version=0", "version"},        {"version=3", "version"}, {"measure=00", "measure"},
        {"debug=maybe", "debug"},        {"vm_id=00", "vm_id"},    {"vm_version=0g", "vm_version"},
        {"rtmr0=" HEX32("00"), "rtmr0"}, {"rtmr5=00", "rtmr5"},    {"pki=", "pki"},
        {"version=2,rtmr4=00", "rtmr4"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(open_sim(rows[i].options), RATLS_E_USAGE, "%s", rows[i].options);
        cr_expect(strstr(err.detail, rows[i].detail), "%s: %s", rows[i].options, err.detail);
    }
}

Test(sim_csv, a_policy_refuses_debugging_and_another_measurement)
{
    static const char strict[] = "{\"tees\":{\"csv\":{\"insecure_simulated\":true,"
                                 "\"measurements\":[\"" HEX32("4d") "\"]}}}";
    const struct ratls_bytes due = ratls_bytes(report_data, sizeof report_data);

    must_verify("");
    cr_expect_eq(judge(due, strict), RATLS_OK, "%s", ratls_verdict_detail(verdict));
    must_verify("debug=yes");
    cr_expect_eq(judge(due, strict), RATLS_E_DEBUG, "%s", ratls_verdict_detail(verdict));
    must_verify("measure=" HEX32("4e"));
    cr_expect_eq(judge(due, strict), RATLS_E_MEASUREMENT, "%s", ratls_verdict_detail(verdict));
}

/* ---- the folder ---- */

/* Reports of one process are good for the root that another one showed. */
Test(sim_csv, keeps_the_key_of_its_root_in_a_folder)
{
    char options[128], path[128];
    struct ratls_buffer first;
    struct stat status;

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    must_verify(options);
    MUST(rt_dup(rt_bytes_of(&report), &first));
    (void)snprintf(path, sizeof path, "%s/pki/hrk.key", parent);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    must_verify(options);
    ratls_buffer_free(&report);
    report = first;
    cr_expect_eq(judge(ratls_bytes(report_data, sizeof report_data), NULL), RATLS_OK, "%s",
                 ratls_verdict_detail(verdict));
    cr_assert_eq(open_sim(""), RATLS_OK);
    cr_expect_eq(judge(ratls_bytes(NULL, 0), NULL), RATLS_E_EVIDENCE_ROOT);
}

Test(sim_csv, refuses_a_folder_with_another_key)
{
    static const char *const files[] = {
        "no key",
        "-----BEGIN SM2 SCALAR-----\nMAA=\n-----END SM2 SCALAR-----\n",
        "-----BEGIN SM2 SCALAR-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "-----END SM2 SCALAR-----\n",
    };
    char options[128], path[128];

    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    MUST(open_sim(options));
    (void)snprintf(path, sizeof path, "%s/pki/hrk.key", parent);
    for (size_t i = 0; i < RT_COUNT(files); i++) {
        FILE *file = fopen(path, "w");
        cr_assert(file && fputs(files[i], file) >= 0 && fclose(file) == 0);
        cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%zu: %s", i, err.detail);
    }
}

/* ---- the root among anchors ---- */

static void make_root(const struct rt_sim_csv_knobs *knobs, struct ratls_buffer *pem)
{
    MUST(rt_sim_csv_keys_open(ratls_env_system(), NULL, &keys, NULL));
    MUST(rt_sim_csv_chain_make(&keys, knobs, &chain));
    MUST(rt_sim_csv_root(&chain, pem));
}

static enum ratls_err add_root(const struct ratls_buffer *pem, bool simulated)
{
    struct ratls_trust *t = new_trust();

    err = (struct ratls_error){0};
    const enum ratls_err e = simulated
                                 ? ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(pem), &err)
                                 : ratls_trust_add_roots(t, rt_bytes_of(pem), &err);
    ratls_trust_unref(t);
    return e;
}

Test(sim_csv, its_root_is_none_of_a_genuine_machine_and_the_other_way_round)
{
    struct ratls_buffer pem;

    make_root(NULL, &pem);
    cr_expect_eq(add_root(&pem, true), RATLS_OK, "%s", err.detail);
    cr_expect_eq(add_root(&pem, false), RATLS_E_SIMULATED_ANCHOR, "%s", err.detail);
    ratls_buffer_free(&pem);
    make_root(&(const struct rt_sim_csv_knobs){.uid = "HYGON-SSD-HRK"}, &pem);
    cr_expect_eq(add_root(&pem, true), RATLS_E_CONFIG, "%s", err.detail);
    cr_expect_eq(add_root(&pem, false), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&pem);
}

Test(sim_csv, a_root_signs_itself_and_is_an_hrk)
{
    static const struct {
        struct rt_sim_csv_knobs knobs;
        const char *detail;
    } rows[] = {
        {{.usual_id[RT_SIM_CSV_HRK] = true}, "not signed by itself"},
        {{.patch = {{true, true, RT_SIM_CSV_HRK, 100, TAIL("\1")}}}, "HRK: its size"},
        {{.patch = {{true, false, RT_SIM_CSV_HRK, 36, TAIL("\x13")}}}, "HRK: its usage is 0x13"},
        {{.patch = {{true, false, RT_SIM_CSV_HRK, 64, TAIL("\1")}}}, "HRK: curve 1"},
        {{.patch = {{true, false, RT_SIM_CSV_HRK, 20, TAIL("other")}}}, "not signed by itself"},
    };
    struct ratls_buffer pem;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        make_root(&rows[i].knobs, &pem);
        cr_expect_eq(add_root(&pem, true), RATLS_E_CONFIG, "%zu", i);
        cr_expect(strstr(err.detail, rows[i].detail), "%zu: %s", i, err.detail);
        ratls_buffer_free(&pem);
    }
}

/* As it is, or in a text with roots of others; the HRK alone does not take those of others away. */
Test(sim_csv, a_root_comes_as_it_is_or_in_a_text_with_others)
{
    struct ratls_attester *tdx;
    struct ratls_buffer pem;
    struct rt_writer both = {0};

    must_verify("");
    MUST(ratls_attester_open(ratls_env_system(), "sim-tdx", NULL, &tdx, &err));
    MUST(rt_pem_write("CERTIFICATE", ratls_attester_sim_root(tdx), &pem));
    for (size_t first = 0; first < 2; first++) {
        rt_put_bytes(&both, first ? rt_bytes_of(&pem) : sim_root());
        rt_put_bytes(&both, first ? sim_root() : rt_bytes_of(&pem));
        struct ratls_trust *t = new_trust();
        MUST(ratls_trust_insecure_add_sim_roots(t, rt_written(&both), &err));
        cr_expect_eq(judge_by(t, ratls_bytes(NULL, 0), NULL), RATLS_OK, "%s",
                     ratls_verdict_detail(verdict));
        rt_writer_free(&both);
    }
    ratls_buffer_free(&pem);
    struct ratls_bytes text = sim_root();
    MUST(rt_pem_next(&text, RT_HYGON_LABEL, &pem));
    struct ratls_trust *t = new_trust();
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err));
    cr_expect_eq(judge_by(t, ratls_bytes(NULL, 0), NULL), RATLS_OK);
    ratls_buffer_free(&pem);
    ratls_attester_close(tdx);
}

/* Nobody else is shown a root that is no X.509. */
Test(sim_csv, a_root_is_for_csv_alone)
{
    struct ratls_attester *other;
    struct ratls_trust *t = new_trust();

    must_verify("");
    MUST(ratls_trust_insecure_add_sim_roots(t, sim_root(), &err));
    MUST(ratls_attester_open(ratls_env_system(), "sim-virtcca", NULL, &other, &err));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(other), &err));
    ratls_buffer_free(&report);
    MUST(ratls_attester_evidence(other, report_data, &report, &err));
    cr_expect_eq(judge_by(t, ratls_bytes(report_data, sizeof report_data), NULL), RATLS_OK, "%s",
                 ratls_verdict_detail(verdict));
    t = new_trust();
    MUST(ratls_trust_insecure_add_sim_roots(t, sim_root(), &err));
    cr_expect_eq(judge_by(t, ratls_bytes(NULL, 0), NULL), RATLS_E_EVIDENCE_ROOT);
    ratls_attester_close(other);
}

/* ---- in a trust document ---- */

static enum ratls_err add_stored(struct ratls_trust *t, const char *tee)
{
    char text[4096], pem[2048];
    size_t n = 0;

    for (size_t i = 0; i < sim_root().len; i++) {
        if (sim_root().p[i] == '\n')
            pem[n++] = '\\';
        pem[n++] = sim_root().p[i] == '\n' ? 'n' : (char)sim_root().p[i];
    }
    (void)snprintf(text, sizeof text,
                   "{\"format\":\"ratls-trust/"
                   "1\",\"issuer\":\"me\",\"bundle\":\"one\",\"revision\":1,\"items\":[{"
                   "\"kind\":\"anchor\",\"tee\":\"%s\",\"name\":\"insecure_hrk\",\"version\":1,"
                   "\"state\":\"active\",\"body\":{\"type\":\"insecure_sim_root\","
                   "\"pem\":\"%.*s\"}}]}",
                   tee, (int)n, pem);
    err = (struct ratls_error){0};
    return ratls_trust_add_document(t, ratls_bytes_str(text), &err);
}

Test(sim_csv, a_root_of_a_trust_document_is_of_csv_alone)
{
    struct ratls_trust *t = new_trust();

    must_verify("");
    cr_expect_eq(add_stored(t, "tdx"), RATLS_E_TRUST_FORMAT, "%s", err.detail);
    cr_expect(strstr(err.detail, "of the TEE csv alone"), "%s", err.detail);
    cr_assert_eq(add_stored(t, "csv"), RATLS_OK, "%s", err.detail);
    cr_expect_eq(judge_by(t, ratls_bytes(NULL, 0), NULL), RATLS_OK, "%s",
                 ratls_verdict_detail(verdict));
}
