/* The attester "ascend" over a TPM that stands in for one, and a log that is a file. */
#include "tpm_played.h"

#include <stdlib.h>
#include <unistd.h>

#include "ascend.h"
#include "limits.h"
#include "ratls/ratls.h"
#include "sim_ima.h"

static char folder[64], options[160], log_path[96];
static struct ratls_attester *attester;
static struct ratls_buffer evidence;
static int growths; /* quotes in which the log grows */
static const uint8_t nonce[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [31] = 0x33};

static void put_log(const struct rt_sim_ima_entry *entries, size_t n)
{
    const struct rt_sim_ima list = {10, RT_SIM_IMA_BINARY, entries, n};
    struct ratls_buffer log;

    MUST(rt_sim_ima(&list, &log, played.pcr[10]));
    FILE *f = fopen(log_path, "wb");
    cr_assert(f && fwrite(log.p, 1, log.len, f) == log.len && fclose(f) == 0);
    ratls_buffer_free(&log);
}

static const struct rt_sim_ima_entry files[] = {
    {.path = "boot_aggregate", .content = {(const uint8_t *)"b", 1}},
    {.path = "/lib/firmware/npu.bin", .content = {(const uint8_t *)"n", 1}},
    {.path = "/usr/bin/late", .content = {(const uint8_t *)"l", 1}},
};

/* What was measured is extended at once: the TPM is asked too late for the log that was read. */
static void grow(void)
{
    static size_t n = 2;

    if (growths-- <= 0)
        return;
    n = 5 - n; /* 3, 2, 3: never what it was */
    put_log(files, n);
}

static void setup(void)
{
    played_setup();
    memcpy(folder, "/tmp/ascend_attester.XXXXXX", sizeof "/tmp/ascend_attester.XXXXXX");
    cr_assert(mkdtemp(folder));
    (void)snprintf(log_path, sizeof log_path, "%s/log", folder);
    (void)snprintf(options, sizeof options, "ak=0x81010002,tcti=swtpm:,ima_log=%s", log_path);
    put_log(files, 2);
    on_quote = grow;
}

static void teardown(void)
{
    ratls_attester_close(attester);
    ratls_buffer_free(&evidence);
    (void)unlink(log_path);
    (void)rmdir(folder);
    played_teardown();
}

TestSuite(ascend_attester, .init = setup, .fini = teardown);

static enum ratls_err open_with(const char *text)
{
    return ratls_attester_open(ratls_env_system(), "ascend", text, &attester, &err);
}

static enum ratls_err attest(void)
{
    MUST(open_with(options));
    return ratls_attester_evidence(attester, nonce, &evidence, &err);
}

static void expect_good(uint64_t entries)
{
    const struct ratls_trusted_key pin = {.spki = rt_key_spki(ak)};
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = rt_bytes_of(&evidence),
                                             .keys = &pin,
                                             .n_keys = 1,
                                             .now = 1751000000};
    struct ratls_claims *claims = ratls_claims_new();

    cr_expect_eq(rt_verifier_run(&rt_verifier_ascend_npu, &input, claims, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(strncmp(claim_text(claims, "report_data"), "1122", 4), 0);
    cr_expect_eq(claim_number(claims, "ascend_npu.ima.entries"), entries);
    ratls_claims_free(claims);
}

Test(ascend_attester, quotes_the_nonce_and_sends_the_log)
{
    cr_assert_eq(attest(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(asked.ak, 0x81010002);
    cr_expect_str_eq(asked_tcti, "swtpm:");
    cr_expect_str_eq(ratls_attester_tee(attester), "ascend_npu");
    cr_expect_str_eq(ratls_attester_media_type(attester), rt_verifier_ascend_npu.media_type);
    cr_expect_not(ratls_attester_simulated(attester));
    expect_good(2);
}

Test(ascend_attester, a_log_that_grew_is_asked_for_again)
{
    growths = 1;
    cr_assert_eq(attest(), RATLS_OK, "%s", err.detail);
    expect_good(3);
}

Test(ascend_attester, a_log_that_grows_all_the_time_is_none)
{
    growths = 100;
    cr_expect_eq(attest(), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "grows all the time"), "%s", err.detail);
    cr_expect_null(evidence.p);
}

Test(ascend_attester, a_log_without_end_is_refused_and_said_to_be)
{
    static uint8_t large[RT_MAX_EVIDENCE + 1];
    static const size_t lengths[] = {sizeof large, 50 * 1024};
    static const char *const due[] = {"larger than", "evidence too long"};

    on_quote = NULL;
    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        FILE *f = fopen(log_path, "wb");
        cr_assert(f && fwrite(large, 1, lengths[i], f) == lengths[i] && fclose(f) == 0);
        err = (struct ratls_error){0};
        cr_expect_eq(attest(), RATLS_E_ATTESTER);
        cr_expect(strstr(err.detail, due[i]), "%s", err.detail);
        cr_expect_null(evidence.p);
        ratls_attester_close(attester);
        attester = NULL;
    }
}

Test(ascend_attester, says_why_there_is_no_evidence)
{
    static const uint8_t full[RATLS_REPORT_DATA_LEN] = {[32] = 1};

    MUST(open_with(options));
    cr_expect_eq(ratls_attester_evidence(attester, full, &evidence, &err), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "32 bytes"), "%s", err.detail);
    err = (struct ratls_error){0};
    broken = RATLS_E_ATTESTER;
    cr_expect_eq(ratls_attester_evidence(attester, nonce, &evidence, &err), RATLS_E_ATTESTER);
    cr_expect_str_eq(err.detail, "it broke");
    broken = RATLS_OK;
    err = (struct ratls_error){0};
    cr_assert_eq(unlink(log_path), 0);
    cr_expect_eq(ratls_attester_evidence(attester, nonce, &evidence, &err), RATLS_E_ATTESTER);
    cr_expect(strstr(err.detail, "cannot be read"), "%s", err.detail);
}

Test(ascend_attester, names_what_is_wrong_with_options)
{
    static const char *const bad[] = {"", "ak=1", "ak=0x81010002,gpu=0", "ak=0x81010002,ima_log="};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(open_with(bad[i]), RATLS_E_USAGE, "%s", bad[i]);
}
