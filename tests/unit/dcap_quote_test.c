/* Quotes of every kind, version 3 to 5, SGX and TDX: offsets, lengths, descriptors, and each flaw
 * of the table in each of them. No collateral: what is wrong with the evidence itself. */
#include "dcap_support.h"

#include <stdlib.h>

#include "bad_quotes.h"
#include "patch_support.h"
#include "quote.h"
#include "registry.h"
#include "sgx.h"
#include "tdx.h"
#include "x509.h"

/* `signed_len` by Intel's tables: header 48, descriptor 6 in version 5, body. */
static const struct kind {
    const char *name;
    bool sgx;
    struct rt_sim_quote_knobs knobs;
    uint16_t version;
    size_t signed_len;
    enum rt_quote_body body;
} kinds[] = {
    {"SGX 3", true, {.layout = 3}, 3, 432, RT_BODY_SGX_REPORT},
    {"SGX 4", true, {.layout = 4}, 4, 432, RT_BODY_SGX_REPORT},
    {"SGX 5", true, {.layout = 5}, 5, 438, RT_BODY_SGX_REPORT},
    {"TDX 4", false, {.layout = 4}, 4, 632, RT_BODY_TD_REPORT10},
    {"TDX 5, 1.0", false, {.layout = 5}, 5, 638, RT_BODY_TD_REPORT10},
    {"TDX 5, 1.5", false, {.layout = 5, .td_report_1_5 = true}, 5, 702, RT_BODY_TD_REPORT15},
};

static struct platform p;
static struct ratls_root root;
static struct ratls_error err;
static const struct kind *k; /* of p */

static void teardown(void)
{
    platform_free(&p);
}

TestSuite(dcap_quote, .fini = teardown, .timeout = 120);

static void make_with(const struct kind *kind, const struct rt_sim_pki_knobs *pki,
                      const struct rt_sim_quote_knobs *quote)
{
    struct rt_x509 cert;

    k = kind;
    platform_free(&p);
    p = (struct platform){.sgx = kind->sgx};
    MUST(rt_sim_pki_make(dcap_env(), pki, &p.pki, NULL));
    platform_quote(&p, &(const struct dcap_plan){.sgx = kind->sgx, .quote = quote}, &p.quote);
    MUST(rt_x509_parse(platform_root(&p), &cert, NULL));
    root = (struct ratls_root){.simulated = true};
    MUST(rt_x509_spki_hash(&cert, root.spki_sha256));
}

static void make(const struct kind *kind)
{
    make_with(kind, NULL, &kind->knobs);
}

/* By the verifier of this kind, under the root of the platform. */
static enum ratls_err verify(struct ratls_bytes quote, struct ratls_error *why)
{
    const struct ratls_verifier *v = k->sgx ? &rt_verifier_sgx : &rt_verifier_tdx;
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = quote, .roots = &root, .n_roots = 1, .now = NOW};
    struct ratls_claims *claims = ratls_claims_new();
    enum ratls_err e = rt_verifier_run(v, &input, claims, why);

    ratls_claims_free(claims);
    return e;
}

static enum ratls_err describe(struct ratls_bytes quote)
{
    const struct ratls_verifier *v = k->sgx ? &rt_verifier_sgx : &rt_verifier_tdx;
    struct ratls_claims *claims = ratls_claims_new();
    enum ratls_err e = v->describe(quote, claims, NULL);

    ratls_claims_free(claims);
    return e;
}

static enum ratls_err parse(struct rt_quote *out)
{
    err = (struct ratls_error){0};
    return rt_quote_parse(rt_bytes_of(&p.quote), k->sgx ? RT_QUOTE_TEE_SGX : RT_QUOTE_TEE_TDX, out,
                          &err);
}

/* ---- T127: offsets ---- */

static size_t qe_part_at(void)
{
    return k->signed_len + 4 + 128 + (k->version == 3 ? 0 : 6);
}

static void expect_at(const struct ratls_bytes *field, size_t at, size_t len)
{
    cr_expect_eq(field->p, p.quote.p + at, "%s: field of %zu bytes", k->name, len);
    cr_expect_eq(field->len, len, "%s: %zu", k->name, field->len);
}

Test(dcap_quote, parts_lie_where_the_specification_says)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        struct rt_quote q;
        make(&kinds[i]);
        const size_t s = k->signed_len, qe = qe_part_at(), body = s - (k->version == 5 ? 54 : 48);
        cr_assert_eq(parse(&q), RATLS_OK, "%s", err.detail);
        cr_expect_eq(q.header.version, k->version);
        cr_expect_eq(q.body_type, k->body);
        expect_at(&q.signed_part, 0, s);
        expect_at(&q.body, s - body, body);
        expect_at(&q.sig.signature, s + 4, 64);
        expect_at(&q.sig.ak, s + 68, 64);
        expect_at(&q.sig.qe_report, qe, 384);
        expect_at(&q.sig.qe_signature, qe + 384, 64);
        expect_at(&q.sig.qe_auth, qe + 450, 32);
        expect_at(&q.sig.cert_data, qe + 488, p.quote.len - qe - 488);
        cr_expect_eq(q.sig.cert_type, 5);
        cr_expect_eq(q.trailing_len, 0);
    }
}

/* Offsets of the report body, counted by hand in the tables. */
Test(dcap_quote, fields_of_an_enclave_lie_where_the_specification_says)
{
    struct rt_sgx_report r;
    uint8_t bytes[RT_SGX_REPORT_LEN];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 251);
    rt_sgx_report_read(ratls_bytes(bytes, sizeof bytes), &r);
    const struct {
        const uint8_t *field;
        size_t at, len;
    } fields[] = {
        {r.cpu_svn, 0, 16},     {r.misc_select, 16, 4},     {r.isv_ext_prod_id, 32, 16},
        {r.attributes, 48, 16}, {r.mr_enclave, 64, 32},     {r.mr_signer, 128, 32},
        {r.config_id, 192, 64}, {r.isv_family_id, 304, 16}, {r.report_data, 320, 64},
    };
    for (size_t i = 0; i < RT_COUNT(fields); i++)
        cr_expect_arr_eq(fields[i].field, bytes + fields[i].at, fields[i].len, "row %zu", i);
    cr_expect_eq(r.isv_prod_id, bytes[256] | bytes[257] << 8);
    cr_expect_eq(r.isv_svn, bytes[258] | bytes[259] << 8);
    cr_expect_eq(r.config_svn, bytes[260] | bytes[261] << 8);
}

/* Version 5 moves the body by 6 bytes; TD report 1.5 has two fields more. */
Test(dcap_quote, fields_of_a_td_move_with_the_version)
{
    for (size_t i = 3; i < RT_COUNT(kinds); i++) {
        struct rt_tdx_quote q;
        make(&kinds[i]);
        const size_t body = k->version == 5 ? 54 : 48;
        for (size_t at = body; at < k->signed_len; at++)
            p.quote.p[at] = (uint8_t)(at % 251);
        MUST(rt_tdx_quote_parse(rt_bytes_of(&p.quote), &q, &err));
        cr_expect_arr_eq(q.report.tee_tcb_svn, p.quote.p + body, 16);
        cr_expect_arr_eq(q.report.mr_td, p.quote.p + body + 136, 48);
        cr_expect_arr_eq(q.report.rtmr[3], p.quote.p + body + 472, 48);
        cr_expect_arr_eq(q.report.report_data, p.quote.p + body + 520, 64);
        cr_expect_eq(q.report.is_15, k->body == RT_BODY_TD_REPORT15);
        if (q.report.is_15) {
            cr_expect_arr_eq(q.report.tee_tcb_svn2, p.quote.p + body + 584, 16);
            cr_expect_arr_eq(q.report.mr_service_td, p.quote.p + body + 600, 48);
        } else {
            cr_expect(rt_all_zero(q.report.tee_tcb_svn2, 16));
        }
    }
}

/* ---- T20, T140: lengths ---- */

static void put_le(size_t at, uint32_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p.quote.p[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_le(size_t at, size_t n)
{
    uint32_t value = 0;

    for (size_t i = n; i > 0; i--)
        value = value << 8 | p.quote.p[at + i - 1];
    return value;
}

static void lie_about(size_t at, size_t n)
{
    const uint32_t right = get_le(at, n);
    const uint32_t far[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, (uint32_t)p.quote.len};
    struct rt_quote q;

    for (int delta = -40; delta <= 40; delta++) {
        put_le(at, right + (uint32_t)delta, n);
        cr_expect_eq(parse(&q), delta ? RATLS_E_EVIDENCE_FORMAT : RATLS_OK, "%s: %zu%+d", k->name,
                     at, delta);
    }
    for (size_t i = 0; i < RT_COUNT(far); i++) {
        put_le(at, far[i], n);
        cr_expect_eq(parse(&q), RATLS_E_EVIDENCE_FORMAT, "%s: %zu", k->name, at);
    }
    put_le(at, right, n);
}

Test(dcap_quote, every_length_must_be_exact)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make(&kinds[i]);
        lie_about(k->signed_len, 4);
        if (k->version > 3)
            lie_about(k->signed_len + 4 + 130, 4);
        lie_about(qe_part_at() + 448, 2);
        lie_about(qe_part_at() + 484, 4);
        cr_expect_eq(verify(rt_bytes_of(&p.quote), &err), RATLS_OK);
    }
}

/* Every copy has a block of its own, so that ASan sees a read behind its end. */
Test(dcap_quote, truncation_at_every_length_is_refused)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make(&kinds[i]);
        for (size_t len = 0; len < p.quote.len; len++) {
            uint8_t *cut = malloc(len ? len : 1);
            cr_assert(cut);
            memcpy(cut, p.quote.p, len);
            enum ratls_err e = verify(ratls_bytes(cut, len), NULL);
            cr_expect_eq(e, RATLS_E_EVIDENCE_FORMAT, "%s, %zu: %s", k->name, len,
                         ratls_err_reason(e));
            cr_expect_eq(describe(ratls_bytes(cut, len)), RATLS_E_EVIDENCE_FORMAT, "%zu", len);
            free(cut);
        }
    }
}

/* A18: counted, and part of nothing. */
Test(dcap_quote, trailing_bytes_are_counted)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        struct rt_sim_quote_knobs knobs = kinds[i].knobs;
        struct rt_quote q;
        knobs.trailing_len = 70;
        make_with(&kinds[i], NULL, &knobs);
        cr_expect_eq(parse(&q), RATLS_OK);
        cr_expect_eq(q.trailing_len, 70);
        cr_expect_eq(verify(rt_bytes_of(&p.quote), &err), RATLS_OK);
    }
}

/* ---- A8, A9, A10: the descriptor of version 5 ---- */

Test(dcap_quote, type_and_size_of_the_body_belong_together)
{
    static const struct {
        bool sgx;
        uint16_t type;
        uint32_t len;
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {true, 1, 384, RATLS_OK, ""},
        {false, 2, 584, RATLS_OK, ""},
        {true, 1, 383, RATLS_E_EVIDENCE_FORMAT, "body type 1 of 383 bytes, not 384"},
        {true, 1, 385, RATLS_E_EVIDENCE_FORMAT, "body type 1 of 385 bytes, not 384"},
        {true, 1, 584, RATLS_E_EVIDENCE_FORMAT, "body type 1 of 584 bytes, not 384"},
        {true, 1, 0xffffffff, RATLS_E_EVIDENCE_FORMAT, "body type 1 of 4294967295 bytes"},
        {true, 2, 584, RATLS_E_EVIDENCE_FORMAT, "body type 2 in a quote of TEE type 0x00000000"},
        {true, 3, 648, RATLS_E_EVIDENCE_FORMAT, "body type 3 in a quote of TEE type 0x00000000"},
        {true, 0, 384, RATLS_E_EVIDENCE_VERSION, "unknown body type 0"},
        {false, 1, 384, RATLS_E_EVIDENCE_FORMAT, "body type 1 in a quote of TEE type 0x00000081"},
        {false, 2, 648, RATLS_E_EVIDENCE_FORMAT, "body type 2 of 648 bytes, not 584"},
        {false, 2, 0xffff0248, RATLS_E_EVIDENCE_FORMAT, "body type 2 of 4294902344 bytes"},
        {false, 3, 584, RATLS_E_EVIDENCE_FORMAT, "body type 3 of 584 bytes, not 648"},
        {false, 3, 648, RATLS_E_EVIDENCE_FORMAT, ""}, /* the signature data is not there */
        {false, 4, 885, RATLS_E_EVIDENCE_VERSION, "body type 4 (TD report 1.5 extended) is not"},
        {false, 5, 584, RATLS_E_EVIDENCE_VERSION, "unknown body type 5"},
        {false, 258, 584, RATLS_E_EVIDENCE_VERSION, "unknown body type 258"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_quote q;
        make(&kinds[rows[i].sgx ? 2 : 4]);
        put_le(48, rows[i].type, 2);
        put_le(50, rows[i].len, 4);
        cr_expect_eq(parse(&q), rows[i].e, "row %zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
    }
}

/* ---- A3, A5, A6: versions of each TEE ---- */

Test(dcap_quote, each_tee_has_its_versions)
{
    static const uint16_t versions[] = {0, 1, 2, 3, 4, 5, 6, 259, 260, 1024, 65535};

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make(&kinds[i]);
        for (size_t n = 0; n < RT_COUNT(versions); n++) {
            const uint16_t v = versions[n];
            const bool known = v == 4 || v == 5 || (v == 3 && k->sgx);
            struct rt_quote q;
            put_le(0, v, 2);
            const struct ratls_bytes bytes = rt_bytes_of(&p.quote);
            cr_expect_eq(rt_quote_recognises(bytes, RT_QUOTE_TEE_SGX), known && k->sgx, "%u", v);
            cr_expect_eq(rt_quote_recognises(bytes, RT_QUOTE_TEE_TDX), known && !k->sgx, "%u", v);
            if (!known)
                cr_expect_eq(parse(&q), RATLS_E_EVIDENCE_VERSION, "%s as %u", k->name, v);
            cr_expect_eq(verify(bytes, NULL) == RATLS_OK, v == k->version, "%s as %u", k->name, v);
        }
    }
}

Test(dcap_quote, only_a_header_is_recognised)
{
    make(&kinds[0]);
    cr_expect(rt_quote_recognises(ratls_bytes(p.quote.p, 48), RT_QUOTE_TEE_SGX));
    cr_expect_not(rt_quote_recognises(ratls_bytes(p.quote.p, 47), RT_QUOTE_TEE_SGX));
    cr_expect_not(rt_quote_recognises(ratls_bytes(NULL, 0), RT_QUOTE_TEE_SGX));
    put_le(2, 3, 2);
    cr_expect_not(rt_quote_recognises(rt_bytes_of(&p.quote), RT_QUOTE_TEE_SGX), "P-384");
    put_le(2, 2, 2);
    for (size_t byte = 4; byte < 8; byte++) {
        p.quote.p[byte] ^= 1;
        cr_expect_not(rt_quote_recognises(rt_bytes_of(&p.quote), RT_QUOTE_TEE_SGX));
        p.quote.p[byte] ^= 1;
    }
}

/* ---- each flaw of the table ---- */

/* Those about the format of version 4 are of tdx_verify_test.c. */
static bool is_of_every_kind(const struct bad_quote *b)
{
    return !b->quote.version && (!b->quote.outer_type || k->version > 3);
}

Test(dcap_quote, each_flaw_is_refused_in_each_kind)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        for (size_t row = 0; row < RT_COUNT(bad_quotes); row++) {
            const struct bad_quote *b = &bad_quotes[row];
            struct rt_sim_quote_knobs knobs = b->quote;
            struct ratls_error why = {0};
            k = &kinds[i];
            if (!is_of_every_kind(b))
                continue;
            knobs.layout = k->knobs.layout;
            knobs.td_report_1_5 = k->knobs.td_report_1_5;
            make_with(k, &b->pki, &knobs);
            enum ratls_err e = verify(rt_bytes_of(&p.quote), &why);
            cr_expect_eq(e, b->e, "%s, %s: %s (%s)", k->name, b->name, ratls_err_reason(e),
                         why.detail);
            cr_expect(strstr(why.detail, b->detail), "%s, %s: %s", k->name, b->name, why.detail);
            /* most flaws go unseen when nothing is proven; those that are seen have the same reason
             */
            const enum ratls_err shown = describe(rt_bytes_of(&p.quote));
            cr_expect(shown == RATLS_OK || shown == e, "%s: %s", b->name, ratls_err_reason(shown));
        }
    }
}

/* T19: one bit of every third byte, of the chain's text in one kind. Every bit of the TDX quote of
 * version 4: tdx_verify_test.c. */
Test(dcap_quote, no_byte_may_be_another)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make(&kinds[i]);
        const size_t end = i ? qe_part_at() + 488 : p.quote.len;
        for (size_t at = i % 3; at < end; at += 3) {
            const uint8_t bit = (uint8_t)(1U << (at + i) % 8);
            p.quote.p[at] ^= bit;
            cr_expect_neq(verify(rt_bytes_of(&p.quote), NULL), RATLS_OK, "%s: byte %zu", k->name,
                          at);
            p.quote.p[at] ^= bit;
        }
        cr_expect_eq(verify(rt_bytes_of(&p.quote), NULL), RATLS_OK);
    }
}

/* ---- tests/negative ---- */

Test(dcap_quote, refuses_each_row_of_the_table_of_sgx)
{
    make(&kinds[0]);
    const struct patch_table table = {"sgx_quote.txt", rt_bytes_of(&p.quote), verify};
    cr_assert_gt(patch_try_all(&table), 45);
}

Test(dcap_quote, refuses_each_row_of_the_table_of_version_5)
{
    make(&kinds[5]);
    const struct patch_table table = {"tdx_quote_5.txt", rt_bytes_of(&p.quote), verify};
    cr_assert_gt(patch_try_all(&table), 30);
}
