/* The public entry for evidence of any kind, quotes of a session, and inspection. */
#include "appraise_support.h"

#include "quote_support.h"
#include "verdict.h"

TestSuite(subject, .init = setup, .fini = teardown);

/* ---- the public entry ---- */

Test(subject, tells_der_from_pem_from_evidence_by_content)
{
    struct peer p;
    struct ratls_buffer pem = {0};
    struct rt_writer w = {0};

    make_peer(&(struct plan){0}, &p);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&p.cert), &pem));
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_bytes_of(&p.cert)}), RATLS_OK);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_bytes_of(&p.evidence)}), RATLS_OK);
    rt_put_bytes(&w, ratls_bytes_str("\r\n \t"));
    rt_put_bytes(&w, rt_bytes_of(&pem));
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_written(&w)}), RATLS_OK);
    rt_put_bytes(&w, rt_bytes_of(&pem));
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_written(&w)}),
                 RATLS_E_CERT_CHAIN_LENGTH);
    for (int i = 0; i < 4; i++)
        rt_put_bytes(&w, rt_bytes_of(&pem));
    cr_expect_eq(ask((struct ratls_appraisal){.subject = rt_written(&w)}),
                 RATLS_E_CERT_CHAIN_LENGTH);
    rt_writer_free(&w);
    ratls_buffer_free(&pem);
    free_peer(&p);
}

static const struct {
    const char *text;
    enum ratls_err expected;
} subjects[] = {
    {"", RATLS_E_NO_EVIDENCE}, /* T153 */
    {"F", RATLS_E_EVIDENCE_UNKNOWN},
    {"FAKE", RATLS_E_EVIDENCE_FORMAT},
    {"0", RATLS_E_EVIDENCE_UNKNOWN}, /* 0x30 */
    {"0\x82", RATLS_E_CERT_FORMAT},
    {"-----BEGIN CERTIFICATE-----", RATLS_E_CERT_FORMAT},
    {"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", RATLS_E_CERT_FORMAT},
    {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", RATLS_E_CERT_FORMAT},
    {"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", RATLS_E_CERT_FORMAT},
};

Test(subject, answers_malformed_subjects_with_a_deny)
{
    for (size_t i = 0; i < RT_COUNT(subjects); i++) {
        enum ratls_err e =
            ask((struct ratls_appraisal){.subject = ratls_bytes_str(subjects[i].text)});
        cr_expect_eq(e, subjects[i].expected, "%s: %s", subjects[i].text, ratls_err_reason(e));
    }
    uint8_t *big = calloc(1, RT_MAX_EVIDENCE + 1);
    memcpy(big, "FAKE", 4);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = ratls_bytes(big, RT_MAX_EVIDENCE + 1)}),
                 RATLS_E_EVIDENCE_FORMAT);
    free(big);
}

/* T94, T95 */
Test(subject, compares_the_report_data_expected_of_raw_evidence)
{
    uint8_t zero_tail[64] = {1, 2, 3}, report_data[65];

    memset(report_data, 0x5a, sizeof report_data);
    struct ratls_buffer full = fake_evidence("FAKE", report_data, 0xab, 0);
    struct ratls_buffer padded = fake_evidence("FAKE", zero_tail, 0xab, 0);
    struct ratls_appraisal what = {.subject = rt_bytes_of(&full)};

    cr_expect_eq(ask(what), RATLS_OK);
    for (size_t n = 1; n < 64; n++) {
        what.report_data = ratls_bytes(report_data, n);
        cr_expect_eq(ask(what), RATLS_E_BINDING_MISMATCH, "%zu", n);
    }
    what.report_data = ratls_bytes(report_data, 64);
    cr_expect_eq(ask(what), RATLS_OK);
    what.report_data = ratls_bytes(report_data, 65);
    cr_expect_eq(ask(what), RATLS_E_USAGE);
    what = (struct ratls_appraisal){.subject = rt_bytes_of(&padded)};
    what.report_data = ratls_bytes(zero_tail, 3);
    cr_expect_eq(ask(what), RATLS_OK);
    what.report_data = ratls_bytes(zero_tail, 2);
    cr_expect_eq(ask(what), RATLS_E_BINDING_MISMATCH);
    ratls_buffer_free(&full);
    ratls_buffer_free(&padded);
}

Test(subject, holds_a_certificate_against_expected_report_data_too)
{
    struct peer p;
    uint8_t report_data[64] = {0};

    make_peer(&(struct plan){0}, &p);
    MUST(rt_sha256(rt_bytes_of(&p.claims), report_data));
    struct ratls_appraisal what = {.subject = rt_bytes_of(&p.cert),
                                   .report_data = ratls_bytes(report_data, 32)};
    cr_expect_eq(ask(what), RATLS_OK);
    report_data[0] ^= 1;
    cr_expect_eq(ask(what), RATLS_E_BINDING_MISMATCH);
    free_peer(&p);
}

/* T84 */
Test(subject, denies_another_tee_than_expected)
{
    struct peer p;
    struct ratls_appraisal what = {.tee = "snp"};

    make_peer(&(struct plan){0}, &p);
    what.subject = rt_bytes_of(&p.cert);
    cr_expect_eq(ask(what), RATLS_E_TEE_NOT_ALLOWED);
    what.authenticity_only = true;
    cr_expect_eq(ask(what), RATLS_E_TEE_NOT_ALLOWED);
    what.tee = "tdx";
    cr_expect_eq(ask(what), RATLS_OK);
    free_peer(&p);
}

/* T79 */
Test(subject, shows_no_control_character_of_a_certificate)
{
    struct peer p;
    struct ratls_verdict *v = NULL;
    struct ratls_buffer json = {0};

    make_peer(&(struct plan){.cn = "evil\r\nverdict: allow\x1b[31m"}, &p);
    struct ratls_appraisal what = {.subject = rt_bytes_of(&p.cert), .now = NOW};
    (void)ratls_appraise(trust, &what, &v);
    MUST(ratls_verdict_json(v, &json));
    for (size_t i = 0; i < json.len; i++)
        cr_assert(json.p[i] >= 0x20 && json.p[i] < 0x7f, "byte %zu", i);
    const struct ratls_claim *subject = ratls_claims_get(ratls_verdict_claims(v), "cert.subject");
    for (const char *c = subject->text; *c; c++)
        cr_assert(*c >= 0x20 && *c < 0x7f);
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
    free_peer(&p);
}

/* ---- quotes of a session ---- */

struct quote_case {
    const char *what;
    uint8_t m, platform;
    bool other_report_data, debug;
    enum ratls_err expected;
};

static const struct quote_case quotes[] = {
    {"the same platform", 0xab, 7, false, false, RATLS_OK},
    {"report data of another session", 0xab, 7, true, false, RATLS_E_BINDING_MISMATCH},
    {"another measurement", 0xcd, 7, false, false, RATLS_E_PROOF_EVIDENCE},
    {"another platform", 0xab, 8, false, false, RATLS_E_PROOF_EVIDENCE},
    {"no platform id", 0xab, 0, false, false, RATLS_E_PROOF_EVIDENCE},
    {"debug since", 0xab, 7, false, true, RATLS_E_DEBUG},
};

/* Two measurements are listed, so that policy alone would not object to the other one. */
#define TWO_LISTED                                                                                 \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\",\"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"  \
    "cdcdcdcdcdcdcdcdcdcdcdcdcd\"]}}}"

static struct ratls_verdict *verdict_of_peer(void)
{
    struct peer p;
    struct ratls_verdict *v = NULL;

    make_peer(&(struct plan){.media_type = rt_verifier_tdx.media_type}, &p);
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    MUST(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v));
    free_peer(&p);
    return v;
}

/* T181 */
Test(subject, wants_the_session_quote_from_where_the_evidence_came)
{
    uint8_t binder[64], other[64];

    memset(binder, 0x42, sizeof binder);
    memset(other, 0x43, sizeof other);
    rt_verifier_tdx.media_type = "application/vnd.ratls.fake";
    ratls_trust_unref(trust);
    trust = trust_with(TWO_LISTED);
    struct ratls_verdict *of = verdict_of_peer();
    for (size_t i = 0; i < RT_COUNT(quotes); i++) {
        const struct quote_case *q = &quotes[i];
        struct ratls_error err = {0};
        struct ratls_buffer cmw = {0};
        struct ratls_buffer ev =
            fake_evidence("FAKE", q->other_report_data ? other : binder, q->m, q->platform);
        MUST(rt_cmw_write("application/vnd.ratls.fake", rt_bytes_of(&ev), &cmw));
        fake.debug = q->debug;
        enum ratls_err e = appraise_quote(trust, rt_bytes_of(&cmw),
                                          &(struct rt_quote_rules){binder, of}, NOW, &err);
        cr_expect_eq(e, q->expected, "%s: %s", q->what, ratls_err_reason(e));
        cr_expect_eq(err.code, q->expected, "%s", q->what);
        ratls_buffer_free(&ev);
        ratls_buffer_free(&cmw);
    }
    ratls_verdict_unref(of);
}

/* T181 */
Test(subject, wants_the_session_quote_from_the_same_kind_of_tee)
{
    uint8_t binder[64];
    struct ratls_buffer cmw = {0};

    memset(binder, 0x42, sizeof binder);
    rt_verifier_tdx.media_type = "application/vnd.ratls.fake";
    struct ratls_verdict *of = verdict_of_peer();
    struct ratls_buffer ev = fake_evidence("FAKE", binder, 0xab, 7);
    MUST(rt_cmw_write("application/vnd.ratls.fake", rt_bytes_of(&ev), &cmw));
    cr_expect_eq(
        appraise_quote(trust, rt_bytes_of(&cmw), &(struct rt_quote_rules){binder, of}, NOW, NULL),
        RATLS_OK);
    strcpy(of->tee, "snp");
    cr_expect_eq(
        appraise_quote(trust, rt_bytes_of(&cmw), &(struct rt_quote_rules){binder, of}, NOW, NULL),
        RATLS_E_PROOF_EVIDENCE);
    ratls_buffer_free(&ev);
    ratls_buffer_free(&cmw);
    ratls_verdict_unref(of);
}

Test(subject, refuses_a_session_quote_in_another_envelope)
{
    uint8_t binder[64];
    struct ratls_error err = {0};
    struct ratls_buffer cmw = {0};

    memset(binder, 0x42, sizeof binder);
    rt_verifier_tdx.media_type = "application/vnd.ratls.fake";
    struct ratls_verdict *of = verdict_of_peer();
    struct ratls_buffer ev = fake_evidence("FAKE", binder, 0xab, 7);
    MUST(rt_cmw_write("application/vnd.ratls.other", rt_bytes_of(&ev), &cmw));
    cr_expect_eq(
        appraise_quote(trust, rt_bytes_of(&cmw), &(struct rt_quote_rules){binder, of}, NOW, &err),
        RATLS_E_EVIDENCE_MISMATCH);
    for (size_t n = 0; n < cmw.len; n++)
        cr_expect_neq(appraise_quote(trust, ratls_bytes(cmw.p, n),
                                     &(struct rt_quote_rules){binder, of}, NOW, NULL),
                      RATLS_OK);
    ratls_buffer_free(&ev);
    ratls_buffer_free(&cmw);
    ratls_verdict_unref(of);
}

static enum ratls_err quote_in(const char *media_type, const struct ratls_verdict *of)
{
    uint8_t binder[64];
    struct ratls_buffer cmw = {0};

    memset(binder, 0x42, sizeof binder);
    struct ratls_buffer ev = fake_evidence("FAKE", binder, 0xab, 7);
    MUST(rt_cmw_write(media_type, rt_bytes_of(&ev), &cmw));
    enum ratls_err e =
        appraise_quote(trust, rt_bytes_of(&cmw), &(struct rt_quote_rules){binder, of}, NOW, NULL);
    ratls_buffer_free(&ev);
    ratls_buffer_free(&cmw);
    return e;
}

/* TDX and SGX have no media type in certificates; in a session they are named by their verifier. */
Test(subject, names_the_media_type_of_session_quotes_by_tee)
{
    struct ratls_verdict *of = verdict_of_peer();

    cr_expect_eq(quote_in("application/vnd.ratls.tdx", of), RATLS_OK);
    cr_expect_eq(quote_in("application/vnd.ratls.td", of), RATLS_E_EVIDENCE_MISMATCH);
    cr_expect_eq(quote_in("application/vnd.ratls.snp", of), RATLS_E_EVIDENCE_MISMATCH);
    rt_verifier_tdx.media_type = "application/vnd.ratls.fake";
    cr_expect_eq(quote_in("application/vnd.ratls.tdx", of), RATLS_E_EVIDENCE_MISMATCH);
    ratls_verdict_unref(of);
}

/* ---- inspection ---- */

Test(inspect, shows_certificates_and_evidence_without_judging)
{
    struct peer p;
    struct ratls_claims *claims = NULL;

    setup();
    make_peer(&(struct plan){.not_before = NOW - 9 * DAY, .not_after = NOW - 8 * DAY}, &p);
    MUST(ratls_inspect(trust, rt_bytes_of(&p.cert), &claims, NULL));
    cr_expect_str_eq(ratls_claims_get(claims, "format")->text, "certificate");
    cr_expect_str_eq(ratls_claims_get(claims, "cert.subject")->text, "CN=peer");
    cr_expect_str_eq(ratls_claims_get(claims, "cert.evidence")->text, "readable");
    cr_expect_not_null(ratls_claims_get(claims, "ratls.ak_sha256"));
    cr_expect_str_eq(ratls_claims_get(claims, "tee")->text, "tdx");
    ratls_claims_free(claims);
    MUST(ratls_inspect(trust, rt_bytes_of(&p.evidence), &claims, NULL));
    cr_expect_str_eq(ratls_claims_get(claims, "format")->text, "tdx");
    ratls_claims_free(claims);
    cr_expect_eq(fake.calls, 0);
    free_peer(&p);
    teardown();
}

Test(inspect, says_why_a_certificate_shows_no_evidence)
{
    struct peer p;
    struct ratls_claims *claims = NULL;

    setup();
    make_peer(&(struct plan){.without_evidence = true}, &p);
    MUST(ratls_inspect(trust, rt_bytes_of(&p.cert), &claims, NULL));
    cr_expect_str_eq(ratls_claims_get(claims, "cert.evidence")->text, "no_evidence");
    ratls_claims_free(claims);
    free_peer(&p);
    teardown();
}

/* dNSName "a\r\n\x1b\\b" and rfc822Name, iPAddress of 4 and of 3 bytes, URI, otherName. */
static const uint8_t odd_names[] = {0x30, 0x1d, 0x82, 6, 'a', '\r', '\n', 0x1b, '\\', 'b', 0x81,
                                    1,    'm',  0x87, 4, 192, 0,    2,    1,    0x87, 3,   1,
                                    2,    3,    0x86, 1, 'u', 0xa0, 2,    5,    0};
/* T79 */
Test(inspect, escapes_names)
{
    static const char *const expected[] = {"DNS:a\\x0d\\x0a\\x1b\\x5cb", "email:m", "IP:192.0.2.1",
                                           "IP:malformed", "URI:u"};
    struct rt_key *key = NULL;
    struct ratls_buffer cert = {0};
    struct ratls_claims *claims = NULL;

    setup();
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    struct rt_mint mint = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "names"},
        .issuer_key = key,
        .not_before = NOW,
        .not_after = NOW + 60,
        .path_len = -1,
        .ext[0] = {.oid = RT_OID(SAN), .value = ratls_bytes(odd_names, sizeof odd_names)},
    };
    MUST(rt_mint(ratls_env_system(), &mint, &cert, NULL));
    MUST(ratls_inspect(trust, rt_bytes_of(&cert), &claims, NULL));
    const struct ratls_claim *names = ratls_claims_get(claims, "cert.names");
    cr_assert_not_null(names);
    cr_assert_eq(names->n_items, RT_COUNT(expected));
    for (size_t i = 0; i < RT_COUNT(expected); i++)
        cr_expect_str_eq(names->items[i], expected[i]);
    ratls_claims_free(claims);
    ratls_buffer_free(&cert);
    rt_key_free(key);
    teardown();
}

Test(inspect, fails_on_what_nobody_knows)
{
    struct ratls_claims *claims = NULL;
    struct ratls_error err = {0};

    setup();
    for (size_t i = 0; i < RT_COUNT(subjects); i++)
        if (strcmp(subjects[i].text, "FAKE") != 0) /* our own form */
            cr_expect_neq(ratls_inspect(trust, ratls_bytes_str(subjects[i].text), &claims, &err),
                          RATLS_OK);
    cr_expect_null(claims);
    teardown();
}
