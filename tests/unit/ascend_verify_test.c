/* What the host of NPUs sends: every reject condition, and what must come out of good evidence. */
#include <stdio.h>

#include "evidence_keys_support.h"

#include "ascend_support.h"
#include "mint.h"

TestSuite(ascend_verify, .init = npu_setup, .fini = npu_teardown, .timeout = 60);

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct rt_sim_ima_entry files[] = {
    {.path = "/lib/firmware/npu/b.bin", .content = TEXT("b")},
    {.path = "/lib/firmware/npu/a.bin", .content = TEXT("a")},
    {.path = "/lib/firmware/npu/changed.bin", .content = TEXT("c"), .violation = true},
};

/* ---- good evidence ---- */

Test(ascend_verify, shows_each_field_at_its_place)
{
    const struct key_digest due = digest_of(pin.spki);
    char report_data[2 * RATLS_REPORT_DATA_LEN + 1];

    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    (void)snprintf(report_data, sizeof report_data, "%s%064d", text("nonce"), 0);
    cr_expect_str_eq(text("tee"), "ascend_npu");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_str_eq(text("tpm.ak_trust"), "pin");
    cr_expect_eq(number("debug"), 0);
    cr_expect_eq(number("simulated"), 0);
    cr_expect_eq(strlen(text("nonce")), 2 * sizeof npu_nonce);
    cr_expect_eq(strncmp(text("nonce"), "1122", 4), 0);
    cr_expect_str_eq(text("report_data"), report_data);
    cr_expect_eq(strncmp(text("tpm.pcr07"), "70070000", 8), 0);
    cr_expect_eq(strlen(text("measurement")), 2 * RT_SHA384_LEN);
    cr_expect_str_eq(text("platform_id"), due.hex);
    cr_expect_str_eq(text("tpm.ak_spki_sha256"), due.hex);
    cr_expect_eq(number("ascend_npu.ima.entries"), 6);
    cr_expect_eq(number("ascend_npu.ima.violations"), 0);
    expect_evidence_keys(claims, &due, 1);
}

Test(ascend_verify, the_device_is_the_tpm_of_its_host)
{
    const struct key_digest due = digest_of(pin.spki);

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    const struct ratls_claim *ids = ratls_claims_get(claims, "device_ids");
    cr_assert(ids && ids->type == RATLS_CLAIM_LIST && ids->n_items == 1);
    cr_expect_str_eq(ids->items[0], due.hex);
    cr_expect(rt_verifier_ascend_npu.device);
}

Test(ascend_verify, lists_what_was_measured_and_counts_what_could_not_be)
{
    const struct key_digest a = digest_of(ratls_bytes("a", 1)), b = digest_of(ratls_bytes("b", 1));

    npu_measure(files, RT_COUNT(files), RT_SIM_IMA_BINARY);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("ascend_npu.ima.entries"), 3);
    cr_expect_eq(number("ascend_npu.ima.violations"), 1);
    const struct ratls_claim *list = ratls_claims_get(claims, "ascend_npu.ima.digests");
    cr_assert(list && list->type == RATLS_CLAIM_LIST && list->n_items == 3);
    cr_expect_str_eq(list->items[0], b.hex, "3e");
    cr_expect_str_eq(list->items[1], a.hex, "ca");
    cr_expect_eq(strspn(list->items[2], "f"), 64, "no allow-list holds it");
}

Test(ascend_verify, the_measurement_is_over_the_digests_each_once_in_order)
{
    const struct rt_sim_ima_entry again[] = {files[1], files[0], files[1]};
    uint8_t in[2 * (1 + RT_SHA256_LEN)], digest[RT_SHA384_LEN];
    char due[2 * RT_SHA384_LEN + 1];

    in[0] = in[1 + RT_SHA256_LEN] = RT_SHA256_LEN;
    MUST(rt_sha256(ratls_bytes("b", 1), in + 1));
    MUST(rt_sha256(ratls_bytes("a", 1), in + 2 + RT_SHA256_LEN));
    MUST(rt_hash(RT_SHA384, ratls_bytes(in, sizeof in), digest));
    rt_hex(ratls_bytes(digest, sizeof digest), due);
    npu_measure(files, 2, RT_SIM_IMA_BINARY);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("measurement"), due);
    npu_measure(again, RT_COUNT(again), RT_SIM_IMA_ASCII);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("measurement"), due, "another order, once more, and in text");
    npu_measure(files, RT_COUNT(files), RT_SIM_IMA_BINARY);
    cr_assert_eq(verify_made(), RATLS_OK, "%s", err.detail);
    cr_expect_str_neq(text("measurement"), due, "a violation is another measurement");
}

Test(ascend_verify, a_simulated_pin_is_simulated)
{
    pin.simulated = true;
    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1);
}

/* Not what needs the key. */
Test(ascend_verify, describes_the_log_and_the_quote)
{
    struct ratls_claims *shown = ratls_claims_new();

    MUST(rt_verifier_ascend_npu.describe(input.evidence, shown, NULL));
    cr_expect_str_eq(claim_text(shown, "tee"), "ascend_npu");
    cr_expect_eq(claim_number(shown, "ascend_npu.ima.entries"), 6);
    cr_expect_null(ratls_claims_get(shown, "simulated"));
    cr_expect_null(ratls_claims_get(shown, "evidence_keys"));
    ratls_claims_free(shown);
}

/* ---- whose evidence it is ---- */

static void expect_known_to(const char *name)
{
    struct rt_registry *r;

    MUST(rt_registry_new(&r));
    const struct ratls_verifier *v = rt_registry_find(r, input.evidence);
    cr_expect_str_eq(v ? v->name : "(nobody)", name);
    rt_registry_free(r);
}

Test(ascend_verify, the_types_of_logs_say_whose_evidence_it_is)
{
    expect_known_to("ascend_npu");
    parts.logs = "[{\"log_type\":\"boot_measurement\",\"log_data\":\"YQ==\"}]";
    npu_wrap();
    expect_known_to("ascend_npu");
    parts.logs = "[{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\"}]";
    npu_wrap();
    expect_known_to("tpm");
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "a log of the other type");
    parts.logs = "[]";
    npu_wrap();
    expect_known_to("tpm");
}

Test(ascend_verify, a_quote_as_trustee_has_it_is_not_of_an_npu)
{
    input.evidence = ratls_bytes_str("{\"ak_public\":\"YQ==\",\"tpm_quote\":{},\"logs\":"
                                     "\"runtime_measurement\"}");
    expect_known_to("ascend_npu");
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
}

/* ---- the nonce ---- */

Test(ascend_verify, the_nonce_has_32_bytes)
{
    static const uint8_t extra[64] = {1};
    static const size_t lengths[] = {0, 31, 33, 64};

    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        tpm.extra_data = ratls_bytes(extra, lengths[i]);
        cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_FORMAT, "%zu bytes", lengths[i]);
        cr_expect(strstr(err.detail, "extraData"), "%s", err.detail);
    }
}

/* ---- logs ---- */

#define LOG(type, value) "{\"log_type\":\"" type "\",\"log_data\":\"" value "\"}"
#define RUNTIME          "runtime_measurement"

Test(ascend_verify, refuses_logs_of_other_kinds_and_forms)
{
    static const struct {
        const char *logs;
        enum ratls_err due;
    } rows[] = {
        {"[" LOG("boot_measurement", "YQ==") "]", RATLS_E_EVIDENCE_PROFILE},
        {"[" LOG("boot_measurement", "YQ==") "," LOG(RUNTIME, "YQ==") "]",
         RATLS_E_EVIDENCE_PROFILE},
        {"[" LOG(RUNTIME, "YQ==") "]", RATLS_E_EVENT_LOG},
        {"[" LOG(RUNTIME, "") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[" LOG(RUNTIME, "YQ==") "," LOG(RUNTIME, "YQ==") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[" LOG("TcgEventLog", "YQ==") "]", RATLS_E_EVIDENCE_FORMAT},
        {"[{\"log_type\":\"" RUNTIME "\"}]", RATLS_E_EVIDENCE_FORMAT},
        {"{}", RATLS_E_EVIDENCE_FORMAT},
        {"null", RATLS_E_IMA_LOG_MISSING},
        {"[]", RATLS_E_IMA_LOG_MISSING},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        parts.logs = rows[i].logs;
        npu_wrap();
        cr_expect_eq(verify(), rows[i].due, "%s: %s", rows[i].logs, err.detail);
    }
}

Test(ascend_verify, the_log_leads_to_pcr_10)
{
    tpm.pcr[10][0] ^= 1;
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH, "%s", err.detail);
    tpm.pcr[10][0] ^= 1;
    cr_expect_eq(verify_made(), RATLS_OK, "%s", err.detail);
    tpm.selected &= ~(1U << 10);
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG_MISMATCH);
    cr_expect(strstr(err.detail, "not over PCR 10"), "%s", err.detail);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

/* That the quote is over zeros there, as of a PCR that nobody extended, does not help. */
Test(ascend_verify, a_log_of_another_pcr_is_none)
{
    ratls_buffer_free(&ima);
    MUST(rt_sim_ima_usual(9, RT_SIM_IMA_BINARY, &ima, tpm.pcr[9]));
    memcpy(tpm.pcr[10], tpm.pcr[9], sizeof tpm.pcr[10]);
    cr_expect_eq(verify_made(), RATLS_E_EVENT_LOG, "%s", err.detail);
}

/* The SHA-1 of a template goes into no PCR of SHA-256. */
static bool is_uncovered(const struct ratls_buffer *log, size_t at)
{
    size_t entry = 0;

    while (entry < log->len) {
        const size_t name = log->p[entry + 24], size = entry + 28 + name;
        if (at >= entry + 4 && at < entry + 24)
            return true;
        entry = size + 4 + log->p[size] + 256U * log->p[size + 1];
    }
    return false;
}

Test(ascend_verify, refuses_a_log_with_any_byte_changed)
{
    for (size_t i = 0; i < ima.len; i++) {
        const bool uncovered = is_uncovered(&ima, i);
        ima.p[i] ^= 1;
        npu_wrap();
        const enum ratls_err e = verify();
        ima.p[i] ^= 1;
        if (uncovered)
            cr_expect_eq(e, RATLS_OK, "byte %zu: %s", i, err.detail);
        else
            cr_expect(e == RATLS_E_EVENT_LOG || e == RATLS_E_EVENT_LOG_MISMATCH, "byte %zu: %s", i,
                      err.detail);
    }
}

Test(ascend_verify, refuses_a_log_that_is_cut_anywhere)
{
    const size_t whole = ima.len;

    for (size_t len = 1; len < whole; len++) {
        ima.len = len;
        npu_wrap();
        const enum ratls_err e = verify();
        cr_expect(e == RATLS_E_EVENT_LOG || e == RATLS_E_EVENT_LOG_MISMATCH, "%zu bytes: %s", len,
                  err.detail);
    }
    ima.len = whole;
}

Test(ascend_verify, nothing_is_taken_from_beside_the_evidence)
{
    input.ima_log = rt_bytes_of(&ima);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input.ima_log = ratls_bytes(NULL, 0);
    input.event_log = ratls_bytes("x", 1);
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
}

/* ---- the quote, the values and the key ---- */

Test(ascend_verify, refuses_another_key_and_another_quote)
{
    struct rt_key *other;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &other));
    npu_sign(other);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    parts.ak_public = rt_key_spki(other);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_NO_ANCHOR, "signed, by a key that nobody trusts");
    parts.ak_public = rt_key_spki(ak);
    npu_make();
    message.p[message.len - 1] ^= 1;
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_SIGNATURE);
    rt_key_free(other);
}

enum { ROOT, AK, CERTS };

/* A root, and the AK's certificate under it. */
static void certify(struct ratls_buffer der[CERTS])
{
    struct rt_key *ca;
    struct rt_x509 root;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &ca));
    for (size_t i = 0; i < CERTS; i++) {
        struct rt_mint m = {.subject_spki = rt_key_spki(i == ROOT ? ca : ak),
                            .subject = {.common_name = i == ROOT ? "Root" : "AK"},
                            .issuer_key = ca,
                            .not_before = input.now - 1,
                            .not_after = input.now + 9,
                            .is_ca = i == ROOT,
                            .path_len = -1};
        if (i == AK) {
            MUST(rt_x509_parse(rt_bytes_of(&der[ROOT]), &root, NULL));
            m.issuer_name = root.subject;
        }
        MUST(rt_mint(ratls_env_system(), &m, &der[i], NULL));
    }
    rt_key_free(ca);
}

Test(ascend_verify, refuses_a_key_that_is_none)
{
    parts.ak_public = ratls_bytes_str("no key");
    cr_expect_eq(verify_made(), RATLS_E_EVIDENCE_ALGORITHM, "%s %s", ratls_err_reason(err.code),
                 err.detail);
}

Test(ascend_verify, a_certificate_leads_to_the_operators_root)
{
    const struct ratls_bytes no_crl = ratls_bytes("x", 1);
    struct ratls_buffer der[CERTS] = {{0}};
    struct ratls_root root = {0};

    certify(der);
    root.cert = rt_bytes_of(&der[ROOT]);
    input.n_keys = 0;
    input.roots = &root;
    input.n_roots = 1;
    parts.ak_public = ratls_bytes(NULL, 0);
    parts.ak_cert = rt_bytes_of(&der[AK]);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tpm.ak_trust"), "certificate");
    cr_expect_str_eq(text("tcb_status"), "unrated", "it names no list of what is revoked");
    cr_expect_eq(number("collateral_expires"), (uint64_t)input.now + 9);
    parts.ca = rt_bytes_of(&der[ROOT]);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_OK, "a list of them: %s", err.detail);
    parts.more = ",\"ak_public\":1";
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "a key beside them that is none");
    parts.more = NULL;
    npu_wrap();
    input.crls = &no_crl;
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT, "CRLs are looked at");
    input.n_crls = 0;
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "a root that only travels along");
    for (size_t i = 0; i < CERTS; i++)
        ratls_buffer_free(&der[i]);
}

/* The quote is that of before, the log and its PCR are others. */
Test(ascend_verify, a_log_with_its_own_value_of_pcr_10_is_no_quote)
{
    npu_measure(files, 2, RT_SIM_IMA_BINARY);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_MISMATCH, "%s", err.detail);
}

Test(ascend_verify, refuses_members_that_are_unknown_missing_or_twice)
{
    static const char *const more[] = {",\"x\":1", ",\"ak_public\":\"YQ==\"", ",\"ak_certs\":{}",
                                       ",\"ak_cert\":1", ",\"report_data\":\"00\""};
    static const char *const bad[] = {
        "{\"logs\":\"" RUNTIME "\"}",
        "{\"ak_public\":\"YQ==\",\"quote\":{},\"logs\":[]}",
        "{\"ak_public\":1,\"quote\":{},\"logs\":[]}",
    };

    for (size_t i = 0; i < RT_COUNT(more); i++) {
        parts.more = more[i];
        npu_wrap();
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", more[i]);
    }
    parts.more = NULL;
    parts.ak_public = ratls_bytes(NULL, 0);
    npu_wrap();
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "no key");
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        input.evidence = ratls_bytes_str(bad[i]);
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%s", bad[i]);
    }
}
