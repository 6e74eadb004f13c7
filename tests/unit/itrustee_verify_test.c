/* Huawei iTrustee: every reject condition, and what must come out of good reports. */
#include <stdlib.h>

#include "itrustee_support.h"

TestSuite(itrustee_verify, .init = setup, .fini = teardown, .timeout = 120);

#define U63  "_______________________________________________________________"
#define U64  "________________________________________________________________"
#define U448 U64 U64 U64 U64 U64 U64 U64

/* ---- good reports ---- */

/* The simulator's TA goes by the key of its device. */
static void expect_ta_key(void)
{
    char hex[2048];

    rt_hex(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_DEVICE]), hex);
    cr_expect_str_eq(text("itrustee.key"), hex);
}

Test(itrustee_verify, shows_each_field_at_its_place)
{
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect(rt_verifier_itrustee.recognises(input.evidence));
    cr_expect_str_eq(text("tee"), "itrustee");
    cr_expect_eq(claim_number(claims, "simulated"), 1);
    cr_expect_eq(claim_number(claims, "debug"), 0);
    cr_expect_eq(strspn(text("itrustee.ta_img"), "51"), 64);
    cr_expect_str_eq(text("measurement"), text("itrustee.ta_img"));
    cr_expect_eq(strncmp(text("itrustee.ta_mem"), "5252", 4), 0);
    cr_expect_eq(strncmp(text("itrustee.qta_img"), "5353", 4), 0);
    cr_expect_eq(strncmp(text("itrustee.qta_mem"), "5454", 4), 0);
    cr_expect_str_eq(text("itrustee.uuid"), "00000000-0000-0000-0000-000000000051");
    cr_expect_str_eq(text("itrustee.nonce"), text("report_data"));
    expect_ta_key();
    cr_expect_eq(strncmp(text("report_data"), "1122", 4), 0);
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_str_eq(text("itrustee.drk.revocation"), "not_checked");
    input.insecure_no_crl = true;
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tcb_status"), "unrated");
}

Test(itrustee_verify, names_the_keys_from_the_attestation_key_to_the_root)
{
    const struct key_digest due[] = {
        digest_of(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_CVM])),
        digest_of(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_DEVICE])),
        digest_of(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_CA])),
        digest_of(rt_sim_virtcca_spki(&keys.key[RT_SIM_VIRTCCA_ROOT])),
    };

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_evidence_keys(claims, due, RT_COUNT(due));
}

Test(itrustee_verify, a_short_nonce_is_padded)
{
    state.nonce = ratls_bytes("\xab", 1);
    sign(NULL);
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("itrustee.nonce"), "ab");
    cr_expect_eq(strncmp(text("report_data"), "ab00", 4), 0);
}

Test(itrustee_verify, a_ta_needs_no_key)
{
    sign(&(const struct rt_sim_itrustee_knobs){.member = "key"});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_null(ratls_claims_get(claims, "itrustee.key"));
}

Test(itrustee_verify, a_text_may_have_128_printable_letters)
{
    sign(&(const struct rt_sim_itrustee_knobs){.member = "uuid", .value = "\"" U64 U63 " \""});
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("itrustee.uuid"), U64 U63 " ");
    sign(&(const struct rt_sim_itrustee_knobs){.member = "uuid", .value = "\"~\""});
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

Test(itrustee_verify, is_told_by_its_parts)
{
    static const char *const others[] = {"{\"report_sign\":1}", "{\"akcert\":1}",
                                         "[\"report_sign\",\"akcert\"]"};

    for (size_t i = 0; i < RT_COUNT(others); i++)
        cr_expect_not(rt_verifier_itrustee.recognises(ratls_bytes_str(others[i])), "%s", others[i]);
}

/* A name is shown as it is, or not at all. */
Test(itrustee_verify, shows_names_of_devices_that_are_printable)
{
    static const struct {
        const char *name;
        bool is_shown;
    } rows[] = {
        {"a device ~", true},
        {"a\x07", false},
        {"a\x7f", false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        certify(&(const struct rt_sim_virtcca_knobs){.name[RT_SIM_VIRTCCA_DEVICE] = rows[i].name});
        sign(NULL);
        cr_assert_eq(verify(), RATLS_OK, "row %zu: %s", i, err.detail);
        const struct ratls_claim *c = ratls_claims_get(claims, "itrustee.drk.subject_cn");
        cr_expect_eq(c != NULL, rows[i].is_shown, "row %zu", i);
        cr_expect(!c || strcmp(c->text, rows[i].name) == 0, "row %zu: %s", i, c->text);
    }
}

/* ---- bad ones ---- */

#define HASH_31 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
/* Of ak_pub, as it stands in a report. */
#define KEY(n, e)                                                                                  \
    "{\n\t\t\t\t\t\"kty\":\t\"RSA\",\n\t\t\t\t\t\"n\":\t\"" n "\",\n\t\t\t\t\t\"e\":\t\"" e        \
    "\"\n\t\t\t\t}"

/* A member of a payload, under good signatures. */
static const struct {
    struct rt_sim_itrustee_knobs knobs;
    enum ratls_err e;
    const char *detail;
} bad[] = {
    {{.member = "version", .value = "\"TEE.RA.2.0\""}, RATLS_E_EVIDENCE_PROFILE, "version"},
    {{.member = "version"}, RATLS_E_EVIDENCE_PROFILE, "version"},
    {{.member = "version", .value = "1"}, RATLS_E_EVIDENCE_PROFILE, "version"},
    {{.member = "scenario", .value = "\"sce_as_no_daa\""}, RATLS_E_EVIDENCE_PROFILE, "scenario"},
    {{.member = "sign_alg", .value = "\"PS384\""}, RATLS_E_EVIDENCE_ALGORITHM, "PS256"},
    {{.member = "hash_alg", .value = "\"HS512\""}, RATLS_E_EVIDENCE_ALGORITHM, "HS256"},
    {{.member = "version", .value = "\"TEE.RA.2.0\"", .provisioning = true},
     RATLS_E_EVIDENCE_PROFILE,
     "version"},
    {{.member = "scenario", .value = "\"\"", .provisioning = true},
     RATLS_E_EVIDENCE_PROFILE,
     "scenario"},
    {{.member = "sign_alg", .value = "\"RS256\"", .provisioning = true},
     RATLS_E_EVIDENCE_ALGORITHM,
     "PS256"},
    {{.member = "hash_alg", .provisioning = true}, RATLS_E_EVIDENCE_ALGORITHM, "HS256"},
    {{.member = "nonce"}, RATLS_E_EVIDENCE_FORMAT, "nonce"},
    {{.member = "nonce", .value = "\"\""}, RATLS_E_EVIDENCE_FORMAT, "nonce"},
    {{.member = "nonce", .value = "7"}, RATLS_E_EVIDENCE_FORMAT, "nonce"},
    {{.member = "nonce", .value = "\"A\""}, RATLS_E_EVIDENCE_FORMAT, "nonce"},
    {{.member = "uuid"}, RATLS_E_EVIDENCE_FORMAT, "uuid"},
    {{.member = "uuid", .value = "\"\""}, RATLS_E_EVIDENCE_FORMAT, "uuid"},
    {{.member = "uuid", .value = "\"\\u0007\""}, RATLS_E_EVIDENCE_FORMAT, "uuid"},
    {{.member = "uuid", .value = "\"" U64 U64 "_\""}, RATLS_E_EVIDENCE_FORMAT, "uuid"},
    {{.member = "uuid", .value = "\"\x7f\""}, RATLS_E_EVIDENCE_FORMAT, "uuid"},
    {{.member = "key", .value = "\"\""}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "pub_key", .value = "7"}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "kty", .value = "\"EC\""}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "n", .value = "\"Ag\""}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "n", .value = "\"" U448 U448 "\""}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "e", .value = "\"Ag\""}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "e", .value = "65537"}, RATLS_E_EVIDENCE_FORMAT, "key"},
    {{.member = "ta_img"}, RATLS_E_EVIDENCE_FORMAT, "ta_img"},
    {{.member = "ta_img", .value = HASH_31}, RATLS_E_EVIDENCE_FORMAT, "ta_img"},
    {{.member = "ta_mem"}, RATLS_E_EVIDENCE_FORMAT, "ta_mem"},
    {{.member = "ta_mem", .value = HASH_31}, RATLS_E_EVIDENCE_FORMAT, "ta_mem"},
    {{.member = "qta_img", .provisioning = true}, RATLS_E_EVIDENCE_FORMAT, "qta_img"},
    {{.member = "qta_mem", .value = HASH_31, .provisioning = true},
     RATLS_E_EVIDENCE_FORMAT,
     "qta_mem"},
    {{.member = "ak_pub", .provisioning = true}, RATLS_E_EVIDENCE_FORMAT, "ak_pub"},
    {{.member = "ak_pub", .value = "\"\"", .provisioning = true},
     RATLS_E_EVIDENCE_FORMAT,
     "ak_pub"},
    {{.member = "kty", .value = "\"EC\"", .provisioning = true}, RATLS_E_EVIDENCE_FORMAT, "ak_pub"},
    {{.member = "uuid", .value = "\"a\",\n\t\"uuid\":\t\"b\""}, RATLS_E_EVIDENCE_FORMAT, ""},
    {{.member = "uuid", .value = " \"a\""}, RATLS_E_EVIDENCE_FORMAT, "as cJSON prints it"},
    {{.drk_by_ca = true}, RATLS_E_EVIDENCE_SIGNATURE, "attestation key"},
    {{.report_by_drk = true}, RATLS_E_EVIDENCE_SIGNATURE, "report"},
};

Test(itrustee_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        sign(&bad[i].knobs);
        cr_expect_eq(verify(), bad[i].e, "row %zu: %s %s", i, ratls_err_reason(err.code),
                     err.detail);
        cr_expect(strstr(err.detail, bad[i].detail), "row %zu: %s", i, err.detail);
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"), "row %zu", i);
    }
}

/* ---- what nobody signs ---- */

static void replace(const char *before, const char *after)
{
    char *at = strstr((char *)report.p, before);
    struct rt_writer w = {0};

    cr_assert(at, "%s", before);
    rt_put(&w, report.p, (size_t)(at - (char *)report.p));
    rt_put(&w, after, strlen(after));
    at += strlen(before);
    rt_put(&w, at, report.len - (size_t)(at - (char *)report.p));
    ratls_buffer_free(&report);
    MUST(rt_writer_take(&w, &report));
    input.evidence = rt_bytes_of(&report);
}

Test(itrustee_verify, refuses_other_parts)
{
    static const struct {
        const char *before, *after;
        enum ratls_err e;
    } rows[] = {
        {"report-output", "report-outpux", RATLS_E_EVIDENCE_FORMAT},
        {"provisioning-output", "provisioning", RATLS_E_EVIDENCE_FORMAT},
        {"\n\t\"handler\"", "\n\t\"x\":\t1,\n\t\"handler\"", RATLS_E_EVIDENCE_FORMAT},
        {"\n\t\t\t\"handler\"", "\n\t\t\t\"x\":\t1,\n\t\t\t\"handler\"", RATLS_E_EVIDENCE_FORMAT},
        {"\t\"drk_sign\"", "\t\"x\":\t1,\n\t\t\t\t\"drk_sign\"", RATLS_E_EVIDENCE_FORMAT},
        {"\"drk_sign\"", "\"drk_sigm\"", RATLS_E_EVIDENCE_FORMAT},
        {"\"drk_sign\":\t\"", "\"drk_sign\":\t\"!", RATLS_E_EVIDENCE_FORMAT},
        {"\"report_sign\":\t{\n\t\t\"sce_no_as\":\t\"",
         "\"report_sign\":\t{\n\t\t\"sce_no_as\":\t\"!", RATLS_E_EVIDENCE_FORMAT},
        {"\"report_sign\":\t{", "\"report_sign\":\t{\n\t\t\"x\":\t1,", RATLS_E_EVIDENCE_FORMAT},
        {"\"akcert\":\t{", "\"akcert\":\t{\n\t\t\"x\":\t1,", RATLS_E_EVIDENCE_FORMAT},
        {"\"drk_cert\":\t\"", "\"drk_cert\":\t\"!", RATLS_E_EVIDENCE_FORMAT},
        {"\"akcert\":\t{\n\t\t\"sce_no_as\"", "\"akcert\":\t{\n\t\t\"sce_no_at\"",
         RATLS_E_EVIDENCE_FORMAT},
        {"\"report_sign\":\t{\n\t\t\"sce_no_as\"", "\"report_sign\":\t{\n\t\t\"sce_no_at\"",
         RATLS_E_EVIDENCE_FORMAT},
        {"\"report_sign\":\t{\n\t\t\"sce_no_as\"", "\"report_sign\":\t{\n\t\t\"sce_as_no_daa\"",
         RATLS_E_EVIDENCE_PROFILE},
        {"\"report_sign\":\t{\n\t\t\"sce_no_as\"", "\"report_sign\":\t{\n\t\t\"sce_as_with_daa\"",
         RATLS_E_EVIDENCE_PROFILE},
        {"\n\t\t\t\"payload\"", "\n\t\t\t\"payloax\"", RATLS_E_EVIDENCE_FORMAT},
        {"\n\t\"payload\"", "\n\t\"payloax\"", RATLS_E_EVIDENCE_FORMAT},
        {"{\n\t\"report_sign\"", "{\t\n\t\"report_sign\"", RATLS_E_EVIDENCE_FORMAT},
        {"{\n\t\"report_sign\"", "{ \"report_sign\"", RATLS_E_EVIDENCE_FORMAT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        sign(NULL);
        replace(rows[i].before, rows[i].after);
        cr_expect_eq(verify(), rows[i].e, "row %zu: %s %s", i, ratls_err_reason(err.code),
                     err.detail);
    }
}

/* The base64 of an empty SEQUENCE, in base64url as all is. */
Test(itrustee_verify, refuses_a_device_certificate_that_is_none)
{
    static const char name[] = "\"drk_cert\":\t\"";
    const char *at = strstr((char *)report.p, name);

    cr_assert(at);
    char *before = strndup(at, sizeof name - 1 + strcspn(at + sizeof name - 1, "\""));
    replace(before, "\"drk_cert\":\t\"TUFBPQ");
    free(before);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s: %s", ratls_err_reason(err.code),
                 err.detail);
    cr_expect(strstr(err.detail, "malformed"), "%s", err.detail);
}

/* Of 3072 bits, odd and with exponent 65537 they get as far as the signature, which is of another
 * text. */
Test(itrustee_verify, refuses_weak_attestation_keys)
{
    static const struct {
        const char *key;
        enum ratls_err e;
    } rows[] = {
        {KEY(U448 U64, "AQAB"), RATLS_E_EVIDENCE_SIGNATURE},
        {KEY(U448 U64, "Aw"), RATLS_E_EVIDENCE_ALGORITHM},
        {KEY(U448, "AQAB"), RATLS_E_EVIDENCE_ALGORITHM},
        {KEY("AQ", "AQAB"), RATLS_E_EVIDENCE_ALGORITHM},
        {KEY(U448 "_______________________________________________________________-", "AQAB"),
         RATLS_E_EVIDENCE_ALGORITHM},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        sign(&(const struct rt_sim_itrustee_knobs){
            .member = "ak_pub", .value = rows[i].key, .provisioning = true});
        cr_expect_eq(verify(), rows[i].e, "row %zu: %s", i, err.detail);
    }
}

/* T19 */
Test(itrustee_verify, refuses_a_change_of_any_byte)
{
    for (size_t i = 0; i < report.len; i++) {
        report.p[i] ^= (uint8_t)(1 << i % 8);
        cr_expect_neq(verify(), RATLS_OK, "byte %zu", i);
        report.p[i] ^= (uint8_t)(1 << i % 8);
    }
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

/* ---- the device ---- */

Test(itrustee_verify, refuses_devices_that_nobody_vouches_for)
{
    static const struct {
        struct rt_sim_virtcca_knobs knobs;
        enum ratls_err e;
    } rows[] = {
        {{.wrong_issuer_key[RT_SIM_VIRTCCA_DEVICE] = true}, RATLS_E_EVIDENCE_CHAIN},
        {{.wrong_issuer_key[RT_SIM_VIRTCCA_CA] = true}, RATLS_E_EVIDENCE_CHAIN},
        {{.by_root = true}, RATLS_E_EVIDENCE_CHAIN},
        {{.flip_ca[RT_SIM_VIRTCCA_DEVICE] = true}, RATLS_E_COLLATERAL_MISSING},
        {{.not_after[RT_SIM_VIRTCCA_DEVICE] = 1800000000, .not_before[RT_SIM_VIRTCCA_DEVICE] = 1},
         RATLS_OK},
        {{.not_after[RT_SIM_VIRTCCA_DEVICE] = 1600000000, .not_before[RT_SIM_VIRTCCA_DEVICE] = 1},
         RATLS_E_EVIDENCE_TIME},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        certify(&rows[i].knobs);
        sign(NULL);
        cr_expect_eq(verify(), rows[i].e, "row %zu: %s %s", i, ratls_err_reason(err.code),
                     err.detail);
    }
    certify(NULL);
    sign(NULL);
    root.spki_sha256[0] ^= 1;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    input.certs.len = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_CHAIN, "%s", err.detail);
}

/* The same ones again and again are many, too. */
Test(itrustee_verify, at_most_32_certificates_are_read)
{
    struct rt_writer all = {0};

    for (size_t n = 2; n <= 34; n += 2) {
        rt_put_bytes(&all, rt_bytes_of(&pem));
        input.certs = rt_written(&all);
        if (n < 32)
            continue;
        cr_expect_eq(verify(), n == 32 ? RATLS_OK : RATLS_E_EVIDENCE_CHAIN, "%zu: %s", n,
                     err.detail);
    }
    cr_expect(strstr(err.detail, "more than 32"), "%s", err.detail);
    rt_writer_free(&all);
}

/* ---- logs ---- */

Test(itrustee_verify, an_ima_log_is_the_one_whose_hash_ends_the_nonce)
{
    uint8_t whole[64] = {0xaa};
    const struct ratls_bytes log = ratls_bytes_str("10 a log");

    MUST(rt_sha256(log, whole + 32));
    state.nonce = ratls_bytes(whole, sizeof whole);
    sign(NULL);
    input.ima_log = log;
    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("itrustee.ima.source"), "host");
    cr_expect_eq(strncmp(text("report_data"), "aa00", 4), 0);
    cr_expect_eq(strspn(text("report_data") + 2, "0"), 126);
    input.ima_log = ratls_bytes_str("10 a lox");
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG_MISMATCH);
    input.ima_log = log;
    input.ima_log = ratls_bytes(NULL, 0);
    input.event_log = log;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
}

/* A hash that ends with a zero is no shorter for it. */
Test(itrustee_verify, the_nonce_of_an_ima_log_has_64_bytes)
{
    uint8_t whole[64] = {0xaa, [63] = 1}, log[2] = {0};
    const struct ratls_bytes bytes = ratls_bytes(log, sizeof log);

    for (unsigned i = 0; whole[63] != 0; i++) {
        log[0] = (uint8_t)i;
        log[1] = (uint8_t)(i >> 8);
        MUST(rt_sha256(bytes, whole + 32));
    }
    input.ima_log = bytes;
    for (size_t len = 63; len <= 64; len++) {
        state.nonce = ratls_bytes(whole, len);
        sign(NULL);
        cr_expect_eq(verify(), len == 64 ? RATLS_OK : RATLS_E_EVENT_LOG_MISMATCH);
    }
}

Test(itrustee_verify, describes_what_nobody_vouches_for)
{
    sign(&(const struct rt_sim_itrustee_knobs){.report_by_drk = true});
    claims = ratls_claims_new();
    MUST(rt_verifier_itrustee.describe(input.evidence, claims, &err));
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_eq(claim_number(claims, "simulated"), 1);
}
