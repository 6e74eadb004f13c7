/* The attester "tpm" over a TPM that stands in for one: what it makes of answers and refusals. */
#include "tpm.h"
#include "tpm_played.h"

TestSuite(tpm_attester, .init = played_setup, .fini = played_teardown);

static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0x11, 0x22, [63] = 0x33};

static enum ratls_err attest(const char *options, struct ratls_buffer *evidence)
{
    struct ratls_attester *a;
    enum ratls_err e = ratls_attester_open(ratls_env_system(), "tpm", options, &a, &err);

    if (e)
        return e;
    cr_expect_str_eq(ratls_attester_tee(a), "tpm");
    cr_expect_str_eq(ratls_attester_media_type(a), rt_verifier_tpm.media_type);
    cr_expect_not(ratls_attester_simulated(a));
    e = ratls_attester_evidence(a, report_data, evidence, &err);
    ratls_attester_close(a);
    return e;
}

/* extraData have so many bytes; report data are whole in any case. */
static void expect_good(const struct ratls_buffer *evidence, size_t extra_len)
{
    const struct ratls_trusted_key pin = {.spki = rt_key_spki(ak)};
    const struct ratls_verify_input input = {.size = sizeof input,
                                             .evidence = rt_bytes_of(evidence),
                                             .keys = &pin,
                                             .n_keys = 1,
                                             .now = 1751000000};
    struct ratls_claims *claims = ratls_claims_new();
    char due[2 * RATLS_REPORT_DATA_LEN + 1];

    rt_hex(ratls_bytes(report_data, sizeof report_data), due);
    cr_assert_eq(rt_verifier_run(&rt_verifier_tpm, &input, claims, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_str_eq(claim_text(claims, "report_data"), due);
    cr_expect_eq(strlen(claim_text(claims, "tpm.extra_data")), 2 * extra_len);
    ratls_claims_free(claims);
}

Test(tpm_attester, quotes_report_data_as_they_are_where_they_fit)
{
    struct ratls_buffer evidence;

    cr_assert_eq(attest("tcti=swtpm:path=/x,ak=0x81010002", &evidence), RATLS_OK, "%s", err.detail);
    cr_expect_eq(asked.ak, 0x81010002);
    cr_expect_str_eq(asked_tcti, "swtpm:path=/x");
    expect_good(&evidence, 64);
    ratls_buffer_free(&evidence);
}

Test(tpm_attester, quotes_their_hash_where_they_do_not_fit)
{
    struct ratls_buffer evidence;

    room = 34;
    cr_assert_eq(attest("ak=81010002", &evidence), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(asked_tcti, "(default)");
    expect_good(&evidence, 32);
    ratls_buffer_free(&evidence);
    room = 20;
    cr_expect_eq(attest("ak=81010002", &evidence), RATLS_E_ATTESTER, "not even a hash");
}

Test(tpm_attester, names_what_is_wrong_with_options)
{
    static const char *const bad[] = {
        "", "ak=1", "ak=0x01000001", "ak=0x8101000200", "ak=0x8101000x", "ak=0x81010002,x=1"};
    struct ratls_buffer evidence;

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(attest(bad[i], &evidence), RATLS_E_USAGE, "%s", bad[i]);
    cr_expect_neq(attest("ak=0x81010002,certs=/does/not/exist", &evidence), RATLS_OK);
}

Test(tpm_attester, says_why_there_is_no_evidence)
{
    struct ratls_attester *a;
    struct ratls_buffer evidence;

    broken = RATLS_E_ATTESTER;
    cr_expect_eq(attest("ak=0x81010002", &evidence), RATLS_E_ATTESTER);
    broken = RATLS_OK;
    MUST(ratls_attester_open(ratls_env_system(), "tpm", "ak=0x81010002", &a, &err));
    broken = RATLS_E_ATTESTER;
    err = (struct ratls_error){0};
    cr_expect_eq(ratls_attester_evidence(a, report_data, &evidence, &err), RATLS_E_ATTESTER);
    cr_expect_str_eq(err.detail, "it broke");
    ratls_attester_close(a);
}
