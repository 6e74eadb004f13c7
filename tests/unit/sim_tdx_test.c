/* The attester "sim-tdx" and its PKI on disk. */
#include "tdx_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ratls/evidence.h"

static char parent[64];
static struct ratls_error err;

static void setup(void)
{
    memcpy(parent, "/tmp/sim_tdx_test.XXXXXX", sizeof "/tmp/sim_tdx_test.XXXXXX");
    cr_assert(mkdtemp(parent));
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
}

TestSuite(sim_tdx, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err open_sim(const char *options, struct ratls_attester **a)
{
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-tdx", options, a, &err);
}

/* Evidence of `a` verified under the root that it shows. */
static void verify_own(struct ratls_attester *a, struct tdx_outcome *o)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42};
    struct ratls_buffer quote;
    struct ratls_root root = {.simulated = true};
    struct rt_x509 cert;

    cr_assert_eq(rt_x509_parse(ratls_attester_sim_root(a), &cert, NULL), RATLS_OK);
    cr_assert(rt_x509_is_simulated(&cert));
    cr_assert_eq(rt_x509_spki_hash(&cert, root.spki_sha256), RATLS_OK);
    cr_assert_eq(ratls_attester_evidence(a, report_data, &quote, &err), RATLS_OK);
    cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, tdx_now(), o), RATLS_OK, "%s",
                 o->err.detail);
    ratls_buffer_free(&quote);
}

Test(sim_tdx, its_evidence_verifies_under_its_root)
{
    struct ratls_attester *a;
    struct tdx_outcome o;

    cr_assert_eq(open_sim(NULL, &a), RATLS_OK, "%s", err.detail);
    verify_own(a, &o);
    cr_assert_eq(ratls_claims_get(o.claims, "simulated")->number, 1);
    cr_assert_eq(ratls_claims_get(o.claims, "debug")->number, 0);
    cr_assert(strncmp(ratls_claims_get(o.claims, "report_data")->text, "4200", 4) == 0);
    tdx_outcome_free(&o);
    ratls_attester_close(a);
}

#define HEX48(two)                                                                                 \
    two two two two two two two two two two two two two two two two two two two two two two two    \
        two two two two two two two two two two two two two two two two two two two two two two    \
            two two two

Test(sim_tdx, options_set_measurements_and_debug)
{
    struct ratls_attester *a;
    struct tdx_outcome o;

    cr_assert_eq(open_sim("mrtd=" HEX48("11") ",rtmr0=" HEX48("20") ",rtmr1=" HEX48(
                              "21") ",rtmr2=" HEX48("22") ",rtmr3=" HEX48("2F") ",debug=yes",
                          &a),
                 RATLS_OK, "%s", err.detail);
    verify_own(a, &o);
    cr_assert_str_eq(ratls_claims_get(o.claims, "measurement")->text, HEX48("11"));
    cr_assert_str_eq(ratls_claims_get(o.claims, "tdx.rtmr_0")->text, HEX48("20"));
    cr_assert_str_eq(ratls_claims_get(o.claims, "tdx.rtmr_1")->text, HEX48("21"));
    cr_assert_str_eq(ratls_claims_get(o.claims, "tdx.rtmr_2")->text, HEX48("22"));
    cr_assert_str_eq(ratls_claims_get(o.claims, "tdx.rtmr_3")->text, HEX48("2f"));
    cr_assert_eq(ratls_claims_get(o.claims, "debug")->number, 1);
    tdx_outcome_free(&o);
    ratls_attester_close(a);
}

Test(sim_tdx, version_5_comes_with_td_report_1_5)
{
    static const uint8_t head[] = {5, 0, 2, 0, 0x81, 0, 0, 0}, descriptor[] = {3, 0, 0x88, 2, 0, 0};
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42};
    struct ratls_buffer quote;
    struct ratls_attester *a;

    cr_assert_eq(open_sim("version=5", &a), RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_attester_evidence(a, report_data, &quote, &err), RATLS_OK);
    cr_assert_arr_eq(quote.p, head, sizeof head);
    cr_assert_arr_eq(quote.p + 48, descriptor, sizeof descriptor);
    cr_assert_arr_eq(quote.p + 574, report_data, sizeof report_data);
    ratls_buffer_free(&quote);
    ratls_attester_close(a);
}

Test(sim_tdx, version_4_is_the_default_and_can_be_said)
{
    struct ratls_attester *a;
    struct tdx_outcome o;

    cr_assert_eq(open_sim("version=4", &a), RATLS_OK, "%s", err.detail);
    verify_own(a, &o);
    tdx_outcome_free(&o);
    ratls_attester_close(a);
}

Test(sim_tdx, wrong_options_are_refused)
{
    static const char *const bad[] = {
        "mrtd=11",
        "mrtd=" HEX48("11") "11",
        "mrtd=" HEX48("1g"),
        "rtmr4=" HEX48("11"),
        "version=3",
        "version=6",
        "version=",
        "debug=maybe",
        "debug",
        "debug=no,debug=no",
        "tcb_status=uptodate",
        "tcb_status=NotSupported",
        "qe_status=ConfigurationNeeded",
        "module_status=SWHardeningNeeded",
        "module_status=",
        "unknown=1",
        ",",
        "debug=no,",
        "=x",
    };
    struct ratls_attester *a;

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(open_sim(bad[i], &a), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect_null(a);
    }
}

/* ---- collateral ---- */

static bool collateral_says(const char *options, const char *text)
{
    struct ratls_attester *a;
    struct ratls_buffer json;

    cr_assert_eq(open_sim(options, &a), RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_attester_sim_collateral(a, &json, &err), RATLS_OK, "%s", err.detail);
    bool found = memmem(json.p, json.len, text, strlen(text)) != NULL;
    ratls_buffer_free(&json);
    ratls_attester_close(a);
    return found;
}

#define SVN(digit)   "\\\"isvsvn\\\":" digit "},\\\"tcbDate\\\":\\\"2024-11-13T00:00:00Z\\\","
#define STATUS(text) "\\\"tcbStatus\\\":\\\"" text "\\\""

Test(sim_tdx, options_set_every_status_of_the_collateral)
{
    static const char *const statuses[] = {"SWHardeningNeeded", "ConfigurationNeeded",
                                           "ConfigurationAndSWHardeningNeeded",
                                           "OutOfDateConfigurationNeeded", "Revoked"};
    char option[64], text[64];

    cr_assert(collateral_says(NULL, STATUS("UpToDate")));
    cr_assert(collateral_says("tcb_status=UpToDate", STATUS("UpToDate")));
    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        (void)snprintf(option, sizeof option, "tcb_status=%s", statuses[i]);
        (void)snprintf(text, sizeof text, STATUS("%s"), statuses[i]);
        cr_expect(!collateral_says(NULL, text), "%s", text);
        cr_expect(collateral_says(option, text), "%s", text);
    }
    cr_expect(collateral_says("qe_status=Revoked", SVN("8") STATUS("Revoked")));
    cr_expect(collateral_says("module_status=Revoked", SVN("6") STATUS("Revoked")));
}

/* ---- the PKI on disk ---- */

static void pki_options(const char *name, char options[128])
{
    (void)snprintf(options, 128, "pki=%s/%s", parent, name);
}

static struct ratls_buffer root_of(const char *options)
{
    struct ratls_attester *a;
    struct ratls_buffer root;

    cr_assert_eq(open_sim(options, &a), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_dup(ratls_attester_sim_root(a), &root), RATLS_OK);
    ratls_attester_close(a);
    return root;
}

static void expect_same_root(const char *first, const char *second, bool same)
{
    struct ratls_buffer a = root_of(first), b = root_of(second);

    cr_assert_eq(ratls_bytes_equal(rt_bytes_of(&a), rt_bytes_of(&b)), same);
    ratls_buffer_free(&a);
    ratls_buffer_free(&b);
}

Test(sim_tdx, every_pki_made_on_the_spot_is_another)
{
    expect_same_root(NULL, NULL, false);
}

Test(sim_tdx, a_pki_on_disk_stays)
{
    char options[128], again[128];

    pki_options("pki", options);
    pki_options("pki///", again);
    expect_same_root(options, again, true);
}

Test(sim_tdx, evidence_of_a_loaded_pki_verifies)
{
    struct ratls_attester *a;
    struct tdx_outcome o;
    char options[128];

    pki_options("pki", options);
    struct ratls_buffer root = root_of(options);
    cr_assert_eq(open_sim(options, &a), RATLS_OK, "%s", err.detail);
    verify_own(a, &o);
    tdx_outcome_free(&o);
    ratls_attester_close(a);
    ratls_buffer_free(&root);
}

Test(sim_tdx, an_empty_folder_is_filled)
{
    char options[128], path[128];

    (void)snprintf(path, sizeof path, "%s/empty", parent);
    cr_assert_eq(mkdir(path, 0755), 0);
    pki_options("empty", options);
    expect_same_root(options, options, true);
}

Test(sim_tdx, private_keys_are_for_their_owner_only)
{
    static const char *const keys[] = {"root.key", "ca.key", "pck.key", "tcb.key"};
    char options[128], path[160];
    struct stat st;

    pki_options("pki", options);
    struct ratls_buffer root = root_of(options);
    ratls_buffer_free(&root);
    for (size_t i = 0; i < RT_COUNT(keys); i++) {
        (void)snprintf(path, sizeof path, "%s/pki/%s", parent, keys[i]);
        cr_assert_eq(stat(path, &st), 0);
        cr_expect_eq(st.st_mode & 07777, 0600, "%s", keys[i]);
    }
}

Test(sim_tdx, a_folder_with_other_things_is_left_alone)
{
    struct ratls_attester *a;
    char options[128], path[128];

    (void)snprintf(path, sizeof path, "%s/other", parent);
    cr_assert_eq(mkdir(path, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/other/file", parent);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    (void)fclose(f);
    pki_options("other", options);
    cr_assert_eq(open_sim(options, &a), RATLS_E_IO);
    cr_assert_eq(access(path, F_OK), 0);
}

Test(sim_tdx, a_broken_pki_is_refused)
{
    struct ratls_attester *a;
    char options[128], path[128];

    pki_options("pki", options);
    struct ratls_buffer root = root_of(options);
    ratls_buffer_free(&root);
    (void)snprintf(path, sizeof path, "%s/pki/pck.key", parent);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    (void)fputs("nonsense", f);
    (void)fclose(f);
    cr_assert_eq(open_sim(options, &a), RATLS_E_CONFIG);
    cr_assert(strstr(err.detail, "pck.key"), "%s", err.detail);
}

/* Intel's are on P-256; tests make some on P-384. */
Test(sim_tdx, a_pki_on_p521_is_refused)
{
    struct ratls_attester *a;
    char options[128], command[160];

    pki_options("pki", options);
    struct ratls_buffer root = root_of(options);
    ratls_buffer_free(&root);
    (void)snprintf(command, sizeof command,
                   "openssl ecparam -name secp521r1 -genkey -noout -out %s/pki/root.key", parent);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(open_sim(options, &a), RATLS_E_CONFIG);
    cr_assert(strstr(err.detail, "on P-521"), "%s", err.detail);
}

/* In a child process: no assertions, they belong to the parent. */
static void report_root(const char *options, int fd)
{
    struct ratls_attester *a;
    uint8_t hash[RT_SHA256_LEN];

    if (open_sim(options, &a) != RATLS_OK || rt_sha256(ratls_attester_sim_root(a), hash))
        _exit(1);
    _exit(write(fd, hash, sizeof hash) == sizeof hash ? 0 : 1);
}

/* Eight processes find no PKI at once: all of them must end up with the same one. */
Test(sim_tdx, processes_that_start_together_share_one_pki)
{
    enum { PROCESSES = 8 };
    uint8_t hash[PROCESSES][RT_SHA256_LEN];
    char options[128];
    int ends[2];

    pki_options("shared", options);
    cr_assert_eq(pipe(ends), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            report_root(options, ends[1]);
    (void)close(ends[1]); /* a child that fails ends the reading */
    for (int i = 0; i < PROCESSES; i++)
        cr_assert_eq(read(ends[0], hash[i], RT_SHA256_LEN), RT_SHA256_LEN);
    while (wait(NULL) > 0)
        ;
    for (int i = 1; i < PROCESSES; i++)
        cr_expect_arr_eq(hash[i], hash[0], RT_SHA256_LEN, "process %d", i);
}
