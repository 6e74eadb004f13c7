/* The attester "sim-virtcca", its keys on disk, and the form of what it makes. */
#include <stdlib.h>
#include <sys/stat.h>

#include "ratls/evidence.h"
#include "virtcca_support.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX64(two) HEX32(two) HEX32(two)

static char parent[64], kept[2][4096];
static struct ratls_attester *attester;
static struct ratls_buffer evidence;

static void setup(void)
{
    memcpy(parent, "/tmp/sim_virtcca_test.XXXXXX", sizeof "/tmp/sim_virtcca_test.XXXXXX");
    cr_assert(mkdtemp(parent));
    for (int rsa = 0; rsa < 2; rsa++) {
        (void)virtcca_keys(rsa);
        virtcca_keys_path(rsa, kept[rsa]);
    }
}

static void end(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
    ratls_attester_close(attester);
    ratls_buffer_free(&evidence);
    teardown();
}

TestSuite(sim_virtcca, .init = setup, .fini = end, .timeout = 120);

static enum ratls_err open_sim(const char *options)
{
    ratls_attester_close(attester);
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-virtcca", options, &attester, &err);
}

/* With the kept keys. */
static void must_open(bool rsa, const char *options)
{
    char all[8192];

    (void)snprintf(all, sizeof all, "pki=%s%s%s%s", kept[rsa], rsa ? ",key=rsa" : "",
                   options[0] ? "," : "", options);
    cr_assert_eq(open_sim(all), RATLS_OK, "%s: %s", options, err.detail);
}

static void must_verify(bool rsa, const char *options)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x42};
    struct rt_x509 root;

    must_open(rsa, options);
    ratls_buffer_free(&evidence);
    MUST(ratls_attester_evidence(attester, report_data, &evidence, &err));
    MUST(rt_x509_parse(ratls_attester_sim_root(attester), &root, NULL));
    g.root = (struct ratls_root){.simulated = true};
    MUST(rt_x509_spki_hash(&root, g.root.spki_sha256));
    input = (struct ratls_verify_input){.size = sizeof input,
                                        .evidence = rt_bytes_of(&evidence),
                                        .roots = &g.root,
                                        .n_roots = 1,
                                        .now = virtcca_now()};
    cr_assert_eq(verify(), RATLS_OK, "%s: %s", options, err.detail);
}

Test(sim_virtcca, says_what_it_is)
{
    must_open(false, "");
    cr_expect_str_eq(ratls_attester_name(attester), "sim-virtcca");
    cr_expect_str_eq(ratls_attester_tee(attester), "virtcca");
    cr_expect_str_eq(ratls_attester_media_type(attester), "application/vnd.ratls.virtcca");
    cr_expect_str_eq(ratls_attester_media_type(attester), rt_verifier_virtcca.media_type);
    cr_expect(ratls_attester_simulated(attester));
    struct ratls_buffer json = {0};
    cr_expect_eq(ratls_attester_sim_collateral(attester, &json, &err), RATLS_E_UNSUPPORTED);
}

Test(sim_virtcca, makes_evidence_that_verifies)
{
    for (int rsa = 0; rsa < 2; rsa++) {
        must_verify(rsa, "");
        cr_expect_eq(strncmp(text("report_data"), "4200", 4), 0);
        cr_expect_eq(number("virtcca.platform_token_present"), 1);
        cr_expect_eq(number("virtcca.platform.sw_components.count"), 6);
        cr_expect_eq(number("debug"), 0);
        cr_expect_eq(number("simulated"), 1);
        must_verify(rsa, "platform_token=no");
        cr_expect_eq(number("virtcca.platform_token_present"), 0);
    }
}

Test(sim_virtcca, says_what_its_options_say)
{
    must_verify(false, "rim=" HEX32("01") ",rem0=" HEX32("02") ",rem1=" HEX32("03") ",rem2=" HEX32(
                           "04") ",rem3=" HEX32("05") ",rpv=" HEX64("06") ",lifecycle=4001");
    cr_expect_str_eq(text("virtcca.cvm.rim"), HEX32("01"));
    cr_expect_str_eq(text("virtcca.cvm.rem0"), HEX32("02"));
    cr_expect_str_eq(text("virtcca.cvm.rem1"), HEX32("03"));
    cr_expect_str_eq(text("virtcca.cvm.rem2"), HEX32("04"));
    cr_expect_str_eq(text("virtcca.cvm.rem3"), HEX32("05"));
    cr_expect_str_eq(text("virtcca.cvm.rpv"), HEX64("06"));
    cr_expect_eq(number("virtcca.platform.lifecycle"), 0x4001);
    cr_expect_eq(number("debug"), 1);
}

Test(sim_virtcca, its_logs_explain_its_registers)
{
    must_verify(false, "eventlog=yes");
    cr_expect_eq(number("virtcca.eventlog.rem_match"), 1);
    cr_expect_eq(number("virtcca.ima.present"), 0);
    cr_expect_str_eq(text("virtcca.cvm.rem3"), HEX32("00"));
    must_verify(false, "ima_log=yes,rem0=" HEX32("02"));
    cr_expect_eq(number("virtcca.eventlog.present"), 0);
    cr_expect_eq(number("virtcca.ima.rem_match"), 1);
    cr_expect_str_eq(text("virtcca.cvm.rem0"), HEX32("02"));
    must_verify(true, "eventlog=yes,ima_log=yes,platform_token=no");
    cr_expect_eq(number("virtcca.eventlog.rem_match"), 1);
    cr_expect_eq(number("virtcca.ima.rem_match"), 1);
}

Test(sim_virtcca, refuses_options_that_are_none)
{
    static const char *const bad[] = {
        "key=p384",
        "key=RSA",
        "rim=01",
        "rim=" HEX32("01") "01",
        "rem0=" HEX32("0g"),
        "rem4=" HEX32("00"),
        "rpv=" HEX32("01"),
        "lifecycle=30",
        "lifecycle=300000",
        "platform_token=maybe",
        "eventlog=1",
        "ima_log=true",
        "eventlog=yes,rem0=" HEX32("01"),
        "eventlog=yes,rem2=" HEX32("01"),
        "ima_log=yes,rem3=" HEX32("01"),
        "debug=yes",
        "rim",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(open_sim(bad[i]), RATLS_E_USAGE, "%s: %s", bad[i], err.detail);
        cr_expect(err.detail[0], "%s", bad[i]);
    }
}

/* Every option is judged before keys are made. */
Test(sim_virtcca, leaves_no_folder_behind_a_bad_option)
{
    char options[128];
    struct stat st;

    (void)snprintf(options, sizeof options, "pki=%s/new,rim=01", parent);
    cr_expect_eq(open_sim(options), RATLS_E_USAGE);
    (void)snprintf(options, sizeof options, "%s/new", parent);
    cr_expect_neq(stat(options, &st), 0);
}

Test(sim_virtcca, keeps_its_keys_in_a_folder)
{
    static const char *const files[] = {"root.key", "ca.key", "device.key", "cvm.key"};
    char options[128], path[128], platform_id[65];
    struct ratls_root first;
    struct stat st;

    (void)snprintf(options, sizeof options, "pki=%s/new", parent);
    memcpy(kept[0], options + 4, strlen(options) - 3);
    must_verify(false, "");
    first = g.root;
    (void)snprintf(platform_id, sizeof platform_id, "%s", text("platform_id"));
    must_verify(false, "");
    cr_expect_arr_eq(first.spki_sha256, g.root.spki_sha256, 32);
    cr_expect_str_eq(text("platform_id"), platform_id);
    for (size_t i = 0; i < RT_COUNT(files); i++) {
        (void)snprintf(path, sizeof path, "%s/new/%s", parent, files[i]);
        cr_assert_eq(stat(path, &st), 0, "%s", path);
        cr_expect_eq(st.st_mode & 0777, 0600, "%s", path);
    }
    (void)snprintf(options, sizeof options, "pki=%s/new,key=rsa", parent);
    cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%s", err.detail);
}

Test(sim_virtcca, refuses_keys_that_are_not_its_own)
{
    char path[128], options[128];
    struct rt_key *key = NULL;
    struct ratls_buffer der = {0}, pem = {0};

    (void)snprintf(options, sizeof options, "pki=%s/new", parent);
    MUST(open_sim(options));
    MUST(rt_key_generate(ratls_env_system(), RT_P384, &key));
    MUST(rt_key_export(key, &der));
    MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &pem));
    (void)snprintf(path, sizeof path, "%s/new/ca.key", parent);
    for (int i = 0; i < 2; i++) { /* of another curve, and none */
        FILE *f = fopen(path, "wb");
        cr_assert(f && fwrite(pem.p, 1, i ? 20 : pem.len, f) > 0 && fclose(f) == 0);
        cr_expect_eq(open_sim(options), RATLS_E_CONFIG, "%s", err.detail);
        cr_expect(strstr(err.detail, "ca.key"), "%s", err.detail);
    }
    rt_key_free(key);
    ratls_buffer_free(&der);
    ratls_buffer_free(&pem);
}

/* Without a folder each machine is another. */
Test(sim_virtcca, makes_keys_on_the_spot)
{
    struct rt_x509 root;
    uint8_t first[RT_SHA256_LEN], second[RT_SHA256_LEN];

    MUST(open_sim(NULL));
    MUST(rt_x509_parse(ratls_attester_sim_root(attester), &root, NULL));
    MUST(rt_x509_spki_hash(&root, first));
    MUST(open_sim(""));
    MUST(rt_x509_parse(ratls_attester_sim_root(attester), &root, NULL));
    MUST(rt_x509_spki_hash(&root, second));
    cr_expect_arr_neq(first, second, sizeof first);
    cr_expect(rt_x509_is_simulated(&root));
}

/* Huawei's profile: T30, a verifier must cope with it. */
Test(sim_virtcca, device_certificates_look_like_huaweis)
{
    struct rt_x509 device, ca;

    for (int rsa = 0; rsa < 2; rsa++) {
        make(&(const struct bad_virtcca){.rsa = rsa});
        MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_DEVICE]), &device, NULL));
        MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_CA]), &ca, NULL));
        cr_expect_not(device.has_basic_constraints);
        cr_expect(device.has_key_usage && (device.key_usage & RT_KU_DIGITAL_SIGNATURE));
        cr_expect_eq(device.n_ext, 3);
        cr_expect_eq(device.sig_alg, rsa ? RT_SIG_RSA_SHA256 : RT_SIG_ECDSA_SHA512);
        cr_expect_eq(device.key.bits, rsa ? 4096 : 521);
        cr_expect_eq(ca.key.bits, rsa ? 2048 : 521);
        cr_expect_eq(ca.path_len, 0);
        cr_expect_gt(device.not_after - device.not_before, (int64_t)14 * 365 * 86400);
    }
}
