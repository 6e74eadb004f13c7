/* Taking TDX quotes apart; patches and lies about lengths. */
#include "tdx_support.h"

#include "patch_support.h"
#include "quote.h"

#define SIG_LEN_AT   632
#define OUTER_LEN_AT 766
#define AUTH_LEN_AT  1218
#define INNER_LEN_AT 1254

static struct ratls_buffer quote;
static struct ratls_root root;
static struct rt_tdx_quote q;
static struct ratls_error err;

static void setup(void)
{
    tdx_sim_quote(NULL, NULL, &quote, &root);
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    ratls_buffer_free(&quote);
}

TestSuite(tdx_quote, .init = setup, .fini = teardown);

/* T127: the offsets of version 4, counted by hand in the specification. */
Test(tdx_quote, fields_lie_at_the_offsets_of_the_specification)
{
    for (size_t i = 0; i < (48 + RT_TD_REPORT10_LEN) - 48; i++)
        quote.p[48 + i] = (uint8_t)(i % 251);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, &err), RATLS_OK, "%s", err.detail);
    const struct {
        const uint8_t *field;
        size_t offset, len;
    } fields[] = {
        {q.report.tee_tcb_svn, 48, 16},
        {q.report.mr_seam, 64, 48},
        {q.report.mr_signer_seam, 112, 48},
        {q.report.seam_attributes, 160, 8},
        {q.report.td_attributes, 168, 8},
        {q.report.xfam, 176, 8},
        {q.report.mr_td, 184, 48},
        {q.report.mr_config_id, 232, 48},
        {q.report.mr_owner, 280, 48},
        {q.report.mr_owner_config, 328, 48},
        {q.report.rtmr[0], 376, 48},
        {q.report.rtmr[1], 424, 48},
        {q.report.rtmr[2], 472, 48},
        {q.report.rtmr[3], 520, 48},
        {q.report.report_data, 568, 64},
        {q.quote.sig.signature.p, 636, 64},
        {q.quote.sig.ak.p, 700, 64},
        {q.quote.sig.qe_report.p, 770, 384},
        {q.quote.sig.qe_signature.p, 1154, 64},
        {q.quote.sig.qe_auth.p, 1220, 32},
        {q.quote.sig.cert_data.p, 1258, 64},
    };
    for (size_t i = 0; i < RT_COUNT(fields); i++)
        cr_expect_eq(memcmp(fields[i].field, quote.p + fields[i].offset, fields[i].len), 0,
                     "row %zu", i);
    cr_assert_eq(q.quote.signed_part.p, quote.p);
    cr_assert_eq(q.quote.signed_part.len, 632);
    cr_assert_eq(q.quote.sig.qe_auth.len, 32);
    cr_assert_eq(q.quote.sig.cert_type, 5);
    cr_assert_eq(q.quote.trailing_len, 0);
}

Test(tdx_quote, an_unknown_body_is_refused_by_name)
{
    quote.p[0] = 5;
    cr_assert(rt_tdx_recognises(rt_bytes_of(&quote)));
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, &err), RATLS_E_EVIDENCE_VERSION);
    cr_assert(strstr(err.detail, "version 5, unknown body type 262"), "%s", err.detail);
}

/* ---- lies about lengths: T20, T140 ---- */

static void put_le(size_t at, uint32_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        quote.p[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_le(size_t at, size_t n)
{
    uint32_t value = 0;

    for (size_t i = n; i > 0; i--)
        value = value << 8 | quote.p[at + i - 1];
    return value;
}

Test(tdx_quote, refuses_every_wrong_length_near_the_right_one)
{
    static const struct {
        size_t at, n;
    } fields[] = {{SIG_LEN_AT, 4}, {OUTER_LEN_AT, 4}, {AUTH_LEN_AT, 2}, {INNER_LEN_AT, 4}};

    for (size_t f = 0; f < RT_COUNT(fields); f++) {
        uint32_t right = get_le(fields[f].at, fields[f].n);
        for (int delta = -64; delta <= 64; delta++) {
            put_le(fields[f].at, right + (uint32_t)delta, fields[f].n);
            enum ratls_err e = rt_tdx_quote_parse(rt_bytes_of(&quote), &q, NULL);
            cr_expect_eq(e, delta ? RATLS_E_EVIDENCE_FORMAT : RATLS_OK, "field %zu, %+d", f, delta);
        }
        put_le(fields[f].at, right, fields[f].n);
    }
}

Test(tdx_quote, refuses_a_signature_length_of_the_rest_plus_one)
{
    put_le(SIG_LEN_AT, (uint32_t)quote.len - 636, 4);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, NULL), RATLS_OK);
    put_le(SIG_LEN_AT, (uint32_t)quote.len - 636 + 1, 4);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, NULL), RATLS_E_EVIDENCE_FORMAT);
}

/* Trailing bytes are no hiding place: a signature length that takes them in does not fit inside. */
Test(tdx_quote, refuses_trailing_bytes_inside_the_signature_data)
{
    const struct rt_sim_quote_knobs knobs = {.trailing_len = 16};

    teardown();
    tdx_sim_quote(NULL, &knobs, &quote, &root);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, NULL), RATLS_OK);
    cr_assert_eq(q.quote.trailing_len, 16);
    for (uint32_t more = 1; more <= 16; more++) {
        put_le(SIG_LEN_AT, (uint32_t)quote.len - 636 - 16 + more, 4);
        cr_expect_eq(rt_tdx_quote_parse(rt_bytes_of(&quote), &q, NULL), RATLS_E_EVIDENCE_FORMAT);
    }
}

/* ---- tests/negative/tdx_quote.txt ---- */

static enum ratls_err judge(struct ratls_bytes bytes, struct ratls_error *e)
{
    (void)e;
    return tdx_verdict(bytes, &root, tdx_now());
}

Test(tdx_quote, refuses_each_row_of_the_negative_table)
{
    const struct patch_table table = {"tdx_quote.txt", rt_bytes_of(&quote), judge};

    cr_assert_gt(patch_try_all(&table), 50);
}
