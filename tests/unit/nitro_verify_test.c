/* AWS Nitro Enclaves: every reject condition, and what must come out of good documents. */
#include "evidence_keys_support.h"

#include "nitro_support.h"
#include "ratls/appraise.h"
#include "sim_cose.h"

#define HEX8(two)  two two two two two two two two
#define HEX32(two) HEX8(two) HEX8(two) HEX8(two) HEX8(two)
#define HEX48(two) HEX32(two) HEX8(two) HEX8(two)
#define EDIT(...)                                                                                  \
    &(const struct rt_sim_nitro_knobs)                                                             \
    {                                                                                              \
        .edit = { __VA_ARGS__ }                                                                    \
    }

TestSuite(nitro_verify, .init = setup, .fini = teardown, .timeout = 120);

/* ---- good documents ---- */

Test(nitro_verify, accepts_a_document_with_the_tag_and_without)
{
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(input.evidence.p[0], 0x84);
    cr_expect(rt_verifier_nitro.recognises(input.evidence));
    cr_expect_eq(verify_signed(&(const struct rt_sim_nitro_knobs){.tagged = true}), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(input.evidence.p[0], 0xd2);
    cr_expect(rt_verifier_nitro.recognises(input.evidence));
}

Test(nitro_verify, shows_each_field_at_its_place)
{
    state.public_key = ratls_bytes_str("key");
    state.nonce = ratls_bytes_str("nonce");
    memset(state.pcr[15], 0xf0, sizeof state.pcr[15]);
    cr_assert_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(text("tee"), "nitro");
    cr_expect_str_eq(text("tcb_status"), "unrated");
    cr_expect_eq(ratls_claims_get(claims, "advisory_ids")->n_items, 0);
    cr_expect_eq(number("simulated"), 1);
    cr_expect_eq(number("debug"), 0);
    cr_expect_str_eq(text("nitro.module_id"), "i-00000000000000051-enc0000000000000051");
    cr_expect_str_eq(text("nitro.digest"), "SHA384");
    cr_expect_leq(number("nitro.timestamp"), (uint64_t)nitro_now() * 1000);
    cr_expect_geq(number("nitro.timestamp"), (uint64_t)input.now * 1000);
    cr_expect_str_eq(text("measurement"), HEX48("50"));
    cr_expect_str_eq(text("platform_id"), HEX48("54"));
    cr_expect_str_eq(text("nitro.pcr0"), HEX48("50"));
    cr_expect_str_eq(text("nitro.pcr1"), HEX48("51"));
    cr_expect_str_eq(text("nitro.pcr2"), HEX48("52"));
    cr_expect_str_eq(text("nitro.pcr3"), HEX48("53"));
    cr_expect_str_eq(text("nitro.pcr4"), HEX48("54"));
    cr_expect_str_eq(text("nitro.pcr5"), HEX48("00"));
    cr_expect_str_eq(text("nitro.pcr15"), HEX48("f0"));
    cr_expect_null(ratls_claims_get(claims, "nitro.pcr16"));
    cr_expect_str_eq(text("nitro.public_key"), "6b6579");
    cr_expect_str_eq(text("nitro.nonce"), "6e6f6e6365");
    cr_expect_str_eq(text("nonce"), "6e6f6e6365");
    cr_expect_str_eq(text("nitro.user_data"), text("report_data"));
    cr_expect_eq(strncmp(text("report_data"), "1122", 4), 0);
    cr_expect_str_eq(text("report_data") + 126, "33");
    cr_expect_eq(number("collateral_expires"), number("nitro.timestamp") / 1000 - 300 + 3 * 3600,
                 "the enclave's certificate ends first");
}

Test(nitro_verify, what_is_null_or_absent_is_no_claim)
{
    state.user_data = ratls_bytes(NULL, 0);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(i ? verify_signed(EDIT({.field = "public_key"}, {.field = "nonce"}))
                       : verify_signed(NULL),
                     RATLS_OK, "%s", err.detail);
        cr_expect_null(ratls_claims_get(claims, "nitro.public_key"));
        cr_expect_null(ratls_claims_get(claims, "nitro.user_data"));
        cr_expect_null(ratls_claims_get(claims, "nitro.nonce"));
        cr_expect_str_eq(text("nonce"), "");
        cr_expect_str_eq(text("report_data"), HEX32("00") HEX32("00"));
    }
    cr_expect_eq(verify_signed(EDIT({.field = "user_data"})), RATLS_OK, "%s", err.detail);
}

Test(nitro_verify, accepts_the_least_and_the_most)
{
    static const struct rt_sim_nitro_edit rows[] = {
        {"user_data", TAIL(B0), false},
        {"user_data", TAIL(B64), false},
        {"nonce", TAIL(B512), false},
        {"public_key", TAIL(B1024), false},
        {"module_id", TAIL("\x61i"), false},
        {"pcrs", TAIL("\xa3" PCR_012), false},
        {"pcrs", TAIL("\xa4\x00" B32 "\x01" B64 "\x02" B48 "\x18\x1f" B48), false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(verify_signed(EDIT(rows[i])), RATLS_OK, "row %zu: %s", i, err.detail);
    cr_expect_eq(strlen(text("nitro.pcr1")), 128);
    cr_expect_eq(strlen(text("nitro.pcr31")), 96);
}

Test(nitro_verify, names_the_keys_of_the_whole_chain)
{
    const struct key_digest due[] = {
        digest_of_cert(&chain.der[RT_SIM_NITRO_ENCLAVE]),
        digest_of_cert(&chain.der[RT_SIM_NITRO_INSTANCE]),
        digest_of_cert(&chain.der[RT_SIM_NITRO_REGION]),
        digest_of_cert(&chain.der[RT_SIM_NITRO_ROOT]),
    };

    cr_assert_eq(verify(), RATLS_OK, "%s", err.detail);
    expect_evidence_keys(claims, due, RT_COUNT(due));
    nitro_sign(NULL, RT_SIM_NITRO_INSTANCE);
    cr_expect_neq(verify(), RATLS_OK);
    cr_expect_null(ratls_claims_get(claims, "evidence_keys"));
}

/* T151 */
Test(nitro_verify, three_registers_of_zeros_are_debug_mode)
{
    for (unsigned set = 0; set < 8; set++) {
        for (size_t i = 0; i < 3; i++)
            memset(state.pcr[i], 0, sizeof state.pcr[i]);
        for (size_t i = 0; i < 3; i++)
            state.pcr[i][RT_SIM_NITRO_PCR_LEN - 1] = (uint8_t)(set >> i & 1);
        cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
        cr_expect_eq(number("debug"), set == 0, "%u", set);
        cr_expect_eq(ratls_claims_get(claims, "platform_id") == NULL, set == 0, "%u", set);
    }
}

Test(nitro_verify, a_genuine_root_is_not_simulated)
{
    root.simulated = false;
    cr_expect_eq(verify(), RATLS_OK);
    cr_expect_eq(number("simulated"), 1, "its organization says so");
    nitro_certify(&(const struct rt_sim_nitro_pki_knobs){.organization = "Amazon"});
    cr_expect_eq(verify_signed(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_eq(number("simulated"), 0);
}

/* ---- bad ones ---- */

Test(nitro_verify, refuses_each_flaw_for_its_reason)
{
    for (size_t i = 0; i < RT_COUNT(bad_nitro); i++) {
        const struct bad_nitro *bad = &bad_nitro[i];
        nitro_make_bad(bad);
        cr_expect_eq(verify(), bad->e, "%s: %s %s", bad->name, ratls_err_reason(err.code),
                     err.detail);
        cr_expect(strstr(err.detail, bad->detail), "%s: %s", bad->name, err.detail);
        cr_expect_null(ratls_claims_get(claims, "evidence_keys"), "%s", bad->name);
    }
}

/* T19 */
Test(nitro_verify, refuses_a_change_of_any_byte)
{
    for (size_t i = 0; i < evidence.len; i++) {
        evidence.p[i] ^= (uint8_t)(1 << i % 8);
        cr_expect_neq(verify(), RATLS_OK, "byte %zu", i);
        evidence.p[i] ^= (uint8_t)(1 << i % 8);
    }
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

Test(nitro_verify, refuses_any_other_length)
{
    const struct ratls_bytes whole = input.evidence;
    struct rt_writer longer = {0};

    for (size_t len = 0; len < whole.len; len++) {
        input.evidence.len = len;
        cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT, "%zu bytes", len);
    }
    rt_put_bytes(&longer, whole);
    rt_put_u8(&longer, 0);
    input.evidence = rt_written(&longer);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
    rt_writer_free(&longer);
}

Test(nitro_verify, refuses_more_than_32_kib)
{
    static const uint8_t none[32 * 1024 + 1];

    input.evidence = ratls_bytes(none, sizeof none);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "too large"), "%s", err.detail);
    input.evidence.len--;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_null(strstr(err.detail, "too large"), "%s", err.detail);
}

Test(nitro_verify, refuses_a_payload_that_is_no_map)
{
    const struct rt_sim_signer by = {.ec = keys.key[RT_SIM_NITRO_ENCLAVE]};

    ratls_buffer_free(&evidence);
    MUST(rt_sim_cose_sign1(ratls_env_system(), &by, -35, ratls_bytes_str("\x81\x07"), &evidence));
    input.evidence = rt_bytes_of(&evidence);
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "no map"), "%s", err.detail);
    cr_expect_not(rt_verifier_nitro.recognises(input.evidence));
}

Test(nitro_verify, refuses_a_key_on_another_curve)
{
    rt_key_free(keys.key[RT_SIM_NITRO_ENCLAVE]);
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &keys.key[RT_SIM_NITRO_ENCLAVE]));
    nitro_certify(NULL);
    cr_expect_eq(verify_signed(&(const struct rt_sim_nitro_knobs){.alg = -35}),
                 RATLS_E_EVIDENCE_ALGORITHM, "%s", err.detail);
}

Test(nitro_verify, a_root_of_the_bundle_is_no_anchor)
{
    struct ratls_root other = root;

    other.spki_sha256[31] ^= 1;
    input.roots = &other;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    input.n_roots = 0;
    cr_expect_eq(verify(), RATLS_E_EVIDENCE_ROOT, "%s", err.detail);
    const struct ratls_root both[] = {other, root};
    input.roots = both;
    input.n_roots = 2;
    cr_expect_eq(verify(), RATLS_OK, "%s", err.detail);
}

/* The certificate of an enclave is short-lived, and a document no older than that. */
Test(nitro_verify, judges_dates_by_the_time_of_verification)
{
    const int64_t begin = input.now - 300, end = begin + 3 * 3600;
    const struct {
        int64_t now, made;
        enum ratls_err e;
    } rows[] = {
        {end, input.now, RATLS_OK},
        {end + 2, input.now, RATLS_E_EVIDENCE_TIME},
        {begin, begin + 300, RATLS_OK},
        {begin - 2, begin + 100, RATLS_E_EVIDENCE_TIME},
        {input.now, input.now + 300, RATLS_OK},
        {input.now, input.now + 302, RATLS_E_EVIDENCE_TIME},
        {input.now, begin - 1, RATLS_E_EVIDENCE_TIME},
        {end, end + 1, RATLS_E_EVIDENCE_TIME},
    };

    nitro_certify(&(const struct rt_sim_nitro_pki_knobs){.not_before[RT_SIM_NITRO_ENCLAVE] = begin,
                                                         .not_after[RT_SIM_NITRO_ENCLAVE] = end});
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        input.now = rows[i].now;
        cr_expect_eq(verify_signed(&(const struct rt_sim_nitro_knobs){.timestamp_s = rows[i].made}),
                     rows[i].e, "row %zu: %s", i, err.detail);
    }
}

Test(nitro_verify, refuses_logs_and_revocation_lists)
{
    const struct ratls_bytes crl = ratls_bytes_str("x");
    const struct ratls_verify_input usual = input;

    input.event_log = crl;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input = usual;
    input.ima_log = crl;
    cr_expect_eq(verify(), RATLS_E_EVENT_LOG);
    input = usual;
    input.crls = &crl;
    input.n_crls = 1;
    cr_expect_eq(verify(), RATLS_E_COLLATERAL_FORMAT);
}

/* ---- without verification ---- */

Test(nitro_verify, describes_what_nobody_vouches_for)
{
    claims = ratls_claims_new();
    nitro_sign(EDIT({.field = "user_data", .value = TAIL(B65)}), RT_SIM_NITRO_INSTANCE);
    MUST(rt_verifier_nitro.describe(input.evidence, claims, &err));
    cr_expect_str_eq(text("tcb_status"), "not_evaluated");
    cr_expect_str_eq(text("nitro.pcr2"), HEX48("52"));
    cr_expect_eq(number("simulated"), 1);
    cr_expect_null(ratls_claims_get(claims, "report_data"));
    cr_expect_eq(rt_verifier_nitro.describe(ratls_bytes(evidence.p, 40), claims, &err),
                 RATLS_E_EVIDENCE_FORMAT);
}

Test(nitro_verify, recognises_by_the_beginning)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool due;
    } rows[] = {
        {"\x84\x44\xa1\x01\x38\x22\xa0\x45\xa1\x61x\x61y", 13, true},
        {"\xd2\x84\x44\xa1\x01\x38\x22\xa0\x45\xa1\x61x\x61y", 14, true},
        {"\x84\x44\xa1\x01\x38\x22\xa0\x45\xa1\x61x\x61", 12, false}, /* cut off */
        {"\x84\x44\xa1\x01\x38\x22\xa0\x43\xa1\x01\x02", 11, false},  /* claims with numbers */
        {"\x84\x44\xa1\x01\x38\x22\xa0\x41\xa0", 9, false},
        {"\x84\x43\xa1\x01\x26\xa0\x45\xa1\x61x\x61y", 12, false},
        {"\xd3\x84\x44\xa1\x01\x38\x22\xa0\x45\xa1\x61x\x61y", 14, false},
        {"", 0, false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_verifier_nitro.recognises(ratls_bytes(rows[i].bytes, rows[i].len)),
                     rows[i].due, "row %zu", i);
}

/* ---- what binds a document ---- */

static enum ratls_err appraise(const char *report_data, const char *nonce)
{
    const struct ratls_appraisal what = {.subject = input.evidence,
                                         .report_data = ratls_bytes_str(report_data),
                                         .nonce = ratls_bytes_str(nonce),
                                         .now = input.now,
                                         .authenticity_only = true};
    struct ratls_trust *t;
    struct ratls_verdict *v = NULL;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&chain.der[RT_SIM_NITRO_ROOT]), &err));
    const enum ratls_err e = ratls_appraise(t, &what, &v);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    return e;
}

/* None of the three fields stands for another. */
Test(nitro_verify, is_bound_by_the_field_that_is_asked_for)
{
    static const struct {
        const char *user_data, *nonce, *public_key; /* of the document; NULL: null */
        const char *report_data, *expected;
        enum ratls_err e;
    } rows[] = {
        {"user", "once", "key", "", "", RATLS_OK},
        {"user", "once", "key", "user", "", RATLS_OK},
        {"user", "once", "key", "", "once", RATLS_OK},
        {"user", "once", "key", "user", "once", RATLS_OK},
        {"user", "once", "key", "once", "", RATLS_E_BINDING_MISMATCH},
        {"user", "once", "key", "key", "", RATLS_E_BINDING_MISMATCH},
        {"user", "once", "key", "", "user", RATLS_E_BINDING_MISMATCH},
        {"user", "once", "key", "", "key", RATLS_E_BINDING_MISMATCH},
        {"user", "once", "key", "once", "user", RATLS_E_BINDING_MISMATCH},
        {"user", "once", "key", "user", "user", RATLS_E_BINDING_MISMATCH},
        {"user", NULL, NULL, "", "user", RATLS_E_BINDING_MISMATCH},
        {"user", NULL, "user", "", "user", RATLS_E_BINDING_MISMATCH},
        {NULL, "once", NULL, "once", "", RATLS_E_BINDING_MISMATCH},
        {NULL, NULL, "key", "key", "", RATLS_E_BINDING_MISMATCH},
        {"user", "once", NULL, "", "onc", RATLS_E_BINDING_MISMATCH},
        {"user", "once", NULL, "", "once\n", RATLS_E_BINDING_MISMATCH},
        {"user", "once", NULL, "", "once", RATLS_OK},
        {"user", "once", NULL, "use", "", RATLS_E_BINDING_MISMATCH},
        {"user", "", NULL, "", "once", RATLS_E_BINDING_MISMATCH},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        state.user_data =
            rows[i].user_data ? ratls_bytes_str(rows[i].user_data) : ratls_bytes(NULL, 0);
        state.nonce = rows[i].nonce ? ratls_bytes_str(rows[i].nonce) : ratls_bytes(NULL, 0);
        state.public_key =
            rows[i].public_key ? ratls_bytes_str(rows[i].public_key) : ratls_bytes(NULL, 0);
        nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
        cr_expect_eq(appraise(rows[i].report_data, rows[i].expected), rows[i].e, "row %zu", i);
    }
}

/* Zeros behind a nonce are part of it; more than 64 bytes are expected of nobody. */
Test(nitro_verify, a_nonce_is_compared_as_it_is)
{
    state.nonce = ratls_bytes("once\0", 5);
    nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
    cr_expect_eq(appraise("", "once"), RATLS_E_BINDING_MISMATCH);
    state.nonce = ratls_bytes_str(N64);
    nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
    cr_expect_eq(appraise("", N64), RATLS_OK);
    state.nonce = ratls_bytes_str(N64 "n");
    nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
    cr_expect_eq(appraise("", N64), RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(appraise("", N64 "n"), RATLS_E_USAGE);
}
