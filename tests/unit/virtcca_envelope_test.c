/* virtCCA evidence in what carries it: the envelope, certificates, and the report data that ties it
 * to a key or a challenge. T85, T94. */
#include "envelope.h"

#include "appraisal.h"
#include "cbor.h"
#include "evidence_ext.h"
#include "mint.h"
#include "oid.h"
#include "virtcca_evidence.h"
#include "virtcca_support.h"

static struct ratls_trust *t;
static struct rt_key *key;

static void setup(void)
{
    static const char policy[] =
        "{\"tees\":{\"virtcca\":{\"insecure_any_measurement\":true,"
        "\"insecure_simulated\":true,\"event_log\":\"optional\",\"ima_log\":\"optional\","
        "\"tcb_status\":[\"not_evaluated\"]}}}";
    struct ratls_buffer pem;

    make_usual();
    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_ROOT]), &pem));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err), RATLS_OK, "%s",
                 err.detail);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    ratls_buffer_free(&pem);
}

static void end(void)
{
    rt_key_free(key);
    ratls_trust_unref(t);
    teardown();
}

TestSuite(virtcca_envelope, .init = setup, .fini = end, .timeout = 60);

/* ---- the framework ---- */

static enum ratls_err code(const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct ratls_verdict *v = NULL;

    what.now = virtcca_now();
    (void)ratls_appraise(t, &what, &v);
    cr_assert(v);
    enum ratls_err e = ratls_verdict_code(v);
    ratls_verdict_unref(v);
    return e;
}

Test(virtcca_envelope, all_64_bytes_of_the_challenge_count)
{
    uint8_t due[64];

    for (size_t i = 0; i <= 64; i++) {
        memcpy(due, virtcca_report_data, sizeof due);
        if (i < 64)
            due[i] ^= 1;
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                          .report_data = ratls_bytes(due, 64)}),
                     i < 64 ? RATLS_E_BINDING_MISMATCH : RATLS_OK, "byte %zu", i);
    }
    for (size_t n = 1; n < 64; n++)
        cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                          .report_data =
                                                              ratls_bytes(virtcca_report_data, n)}),
                     RATLS_E_BINDING_MISMATCH, "%zu bytes", n);
}

static struct ratls_buffer certificate(const char *media_type, bool own_key)
{
    static uint8_t report_data[64];
    uint8_t hash[RT_SHA256_LEN];
    struct ratls_buffer of_cert, ext, cert;

    MUST(rt_sha256(own_key ? rt_key_spki(key) : ratls_bytes_str("another key"), hash));
    MUST(rt_cert_claims_write(hash, ratls_bytes(NULL, 0), virtcca_now(), &of_cert));
    MUST(rt_sha256(rt_bytes_of(&of_cert), report_data));
    g.plan.cvm.challenge = ratls_bytes(report_data, sizeof report_data);
    make_again();
    MUST(rt_cert_evidence_write(media_type, rt_bytes_of(&g.evidence), rt_bytes_of(&of_cert), &ext));
    const struct rt_mint what = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "peer"},
        .issuer_key = key,
        .not_before = virtcca_now() - 60,
        .not_after = virtcca_now() + 60,
        .path_len = -1,
        .tls_usage = true,
        .ext[0] = {.oid = media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE),
                   .value = rt_bytes_of(&ext)}};
    MUST(rt_mint(ratls_env_system(), &what, &cert, NULL));
    ratls_buffer_free(&of_cert);
    ratls_buffer_free(&ext);
    return cert;
}

Test(virtcca_envelope, a_certificate_carries_it_under_its_media_type_alone)
{
    static const char *const forms[] = {RT_VIRTCCA_MEDIA_TYPE, NULL, RT_CCA_MEDIA_TYPE,
                                        "application/vnd.ratls.snp"};

    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        struct ratls_buffer cert = certificate(forms[i], true);
        enum ratls_err e = code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)});
        cr_expect_eq(e == RATLS_OK, i == 0, "%s: %s", forms[i] ? forms[i] : "tag",
                     ratls_err_reason(e));
        ratls_buffer_free(&cert);
    }
}

Test(virtcca_envelope, a_certificate_of_another_key_is_refused)
{
    struct ratls_buffer cert = certificate(RT_VIRTCCA_MEDIA_TYPE, false);

    cr_expect_eq(code(&(const struct ratls_appraisal){.subject = rt_bytes_of(&cert)}),
                 RATLS_E_BINDING_MISMATCH);
    ratls_buffer_free(&cert);
}

/* ---- whose evidence it is ---- */

Test(virtcca_envelope, is_recognised_by_its_head)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool known;
    } rows[] = {
        {"\xd9\x01\x8f\xa1\x19\xac\xd1", 7, true},
        {"\xd9\x01\x8f\xa2\x19\xac\xd1", 7, true},
        {"\xd9\x01\x8f\xa2\x19\xac\xca", 7, false}, /* Arm CCA */
        {"\xd9\x03\x8b\xa2\x19\xac\xd1", 7, false},
        {"\xd9\x01\x8f\xa1\x19\xac", 6, false},
        {"\xa1\x6avcca_token", 12, true},
        {"\xa5\x6avcca_token", 12, true},
        {"\xa6\x6avcca_token", 12, false},
        {"\xa0\x6avcca_token", 12, false},
        {"\xa1\x6avcca_toke", 11, false},
        {"\xa1\x6bvcca_token", 12, false},
        {"", 0, false},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_verifier_virtcca.recognises(ratls_bytes(rows[i].bytes, rows[i].len)),
                     rows[i].known, "%zu", i);
    cr_expect(rt_verifier_virtcca.recognises(rt_bytes_of(&g.evidence)));
    cr_expect(rt_verifier_virtcca.recognises(rt_bytes_of(&g.token)));
}

Test(virtcca_envelope, one_verifier_takes_it)
{
    struct rt_registry *r;
    const struct ratls_bytes both[] = {rt_bytes_of(&g.evidence), rt_bytes_of(&g.token)};

    MUST(rt_registry_new(&r));
    for (size_t i = 0; i < RT_COUNT(both); i++)
        cr_expect_eq(rt_registry_find(r, both[i]), &rt_verifier_virtcca);
    rt_registry_free(r);
}

/* ---- members ---- */

struct member_row {
    const char *name, *value; /* CBOR of the value */
    size_t len;
    enum ratls_err e;
};

static enum ratls_err read_with(const struct member_row *row, struct rt_virtcca_evidence *out)
{
    static uint8_t copy[256];
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, 2);
    rt_cbor_put_tstr(&w, "vcca_token");
    rt_cbor_put_bstr(&w, ratls_bytes_str("token"));
    rt_cbor_put_tstr(&w, row->name);
    rt_put(&w, row->value, row->len);
    cr_assert(w.len <= sizeof copy);
    memcpy(copy, w.p, w.len);
    const size_t len = w.len;
    rt_writer_free(&w);
    err = (struct ratls_error){0};
    return rt_virtcca_evidence_read(ratls_bytes(copy, len), out, &err);
}

Test(virtcca_envelope, has_five_members_of_their_types)
{
    static const struct member_row rows[] = {
        {"dev_cert", "\x41x", 2, RATLS_OK},
        {"dev_cert", "\x61x", 2, RATLS_E_EVIDENCE_FORMAT},
        {"dev_cert", "\x81\x41x", 3, RATLS_E_EVIDENCE_FORMAT},
        {"dev_cert", "\xf6", 1, RATLS_E_EVIDENCE_FORMAT},
        {"ccel", "\x41x", 2, RATLS_OK},
        {"ccel", "\x01", 1, RATLS_E_EVIDENCE_FORMAT},
        {"ima_log", "\x41x", 2, RATLS_OK},
        {"ima_log", "\xf6", 1, RATLS_E_EVIDENCE_FORMAT},
        {"certs", "\x80", 1, RATLS_OK},
        {"certs", "\x82\x41x\x41y", 5, RATLS_OK},
        {"certs", "\x41x", 2, RATLS_E_EVIDENCE_FORMAT},
        {"certs", "\x81\x61x", 3, RATLS_E_EVIDENCE_FORMAT},
        {"certs", "\xa1\x01\x41x", 4, RATLS_E_EVIDENCE_FORMAT},
        {"vcca_token", "\x41x", 2, RATLS_E_EVIDENCE_FORMAT}, /* twice */
        {"other", "\x41x", 2, RATLS_E_EVIDENCE_FORMAT},
        {"", "\x41x", 2, RATLS_E_EVIDENCE_FORMAT},
        {"cert", "\x41x", 2, RATLS_E_EVIDENCE_FORMAT},
        {"dev_cert", "\x41x\x00", 3, RATLS_E_EVIDENCE_FORMAT}, /* something behind */
        {"dev_cert", "\x5f\x41x\xff", 4, RATLS_E_EVIDENCE_FORMAT},
    };
    struct rt_virtcca_evidence e;

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(read_with(&rows[i], &e), rows[i].e, "%zu: %s", i, err.detail);
}

Test(virtcca_envelope, members_that_are_absent_are_not_there)
{
    const struct member_row certs = {"certs", "\x82\x41x\x41y", 5, RATLS_OK};
    struct rt_virtcca_evidence e;

    MUST(read_with(&certs, &e));
    cr_expect(ratls_bytes_equal(e.token, ratls_bytes_str("token")));
    cr_expect_null(e.dev_cert.p);
    cr_expect_null(e.ccel.p);
    cr_expect_null(e.ima_log.p);
    cr_expect_eq(e.n_certs, 2);
    cr_expect(ratls_bytes_equal(e.cert[1], ratls_bytes_str("y")));
}

Test(virtcca_envelope, keys_are_texts)
{
    static const uint8_t number[] = "\xa2\x6avcca_token\x41t\x01\x41x";
    struct rt_virtcca_evidence e;

    cr_expect_eq(rt_virtcca_evidence_read(ratls_bytes(number, sizeof number - 1), &e, &err),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect(strstr(err.detail, "no text"), "%s", err.detail);
}

Test(virtcca_envelope, has_room_for_32_certificates)
{
    struct rt_virtcca_evidence e;
    char value[2 + 2 * 33];
    struct member_row row = {"certs", value, 0, RATLS_OK};

    for (size_t n = 32; n <= 33; n++) {
        value[0] = '\x98';
        value[1] = (char)n;
        for (size_t i = 0; i < n; i++)
            memcpy(value + 2 + 2 * i, "\x41x", 2);
        row.len = 2 + 2 * n;
        cr_expect_eq(read_with(&row, &e), n == 32 ? RATLS_OK : RATLS_E_EVIDENCE_CHAIN, "%s",
                     err.detail);
    }
}
