/* Simulated quotes of every kind, taken apart by offsets counted from Intel's tables, not by the
 * parsers of verifiers/. */
#include <criterion/criterion.h>

#include "sim_sgx.h"
#include "sim_tdx.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

/* One quote, borrowed from `quote`. */
struct parts {
    struct ratls_bytes header, descriptor, body, signed_part;
    struct ratls_bytes sig, ak, qe_report, qe_sig, auth, cert_data, trailing;
    uint16_t outer_type, cert_type;
};

static const struct kind {
    const char *name;
    bool enclave;
    struct rt_sim_quote_knobs knobs;
    uint16_t version, body_type; /* body_type 0: no descriptor */
    size_t signed_len, body_len;
} kinds[] = {
    {"TDX 4", false, {0}, 4, 0, 632, 584},
    {"TDX 4 by knob", false, {.layout = 4, .td_report_1_5 = true}, 4, 0, 632, 584},
    {"TDX 5 with TD report 1.0", false, {.layout = 5}, 5, 2, 638, 584},
    {"TDX 5 with TD report 1.5", false, {.layout = 5, .td_report_1_5 = true}, 5, 3, 702, 648},
    {"SGX 3", true, {0}, 3, 0, 432, 384},
    {"SGX 3 by knob", true, {.layout = 3}, 3, 0, 432, 384},
    {"SGX 4", true, {.layout = 4}, 4, 0, 432, 384},
    {"SGX 5", true, {.layout = 5}, 5, 1, 438, 384},
};

static struct rt_sim_pki pki;
static struct rt_sim_td td;
static struct rt_sim_enclave enclave;
static struct ratls_buffer quote;
static struct parts q;

static void setup(void)
{
    rt_sim_td_usual(&td);
    rt_sim_enclave_usual(&enclave);
    MUST(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL));
}

static void teardown(void)
{
    ratls_buffer_free(&quote);
    rt_sim_pki_free(&pki);
}

TestSuite(sim_quote, .init = setup, .fini = teardown);

static enum ratls_err make(bool of_enclave, const struct rt_sim_quote_knobs *knobs)
{
    const struct ratls_env *env = ratls_env_system();

    ratls_buffer_free(&quote);
    return of_enclave ? rt_sim_sgx_quote(env, &pki, &enclave, knobs, &quote)
                      : rt_sim_tdx_quote(env, &pki, &td, knobs, &quote);
}

static uint32_t le(struct ratls_bytes b, size_t at, size_t n)
{
    uint32_t value = 0;

    for (size_t i = n; i > 0; i--)
        value = value << 8 | b.p[at + i - 1];
    return value;
}

static void read_qe_part(struct rt_reader *r)
{
    q.qe_report = rt_take_bytes(r, 384);
    q.qe_sig = rt_take_bytes(r, 64);
    q.auth = rt_take_bytes(r, rt_u16le(r));
    q.cert_type = rt_u16le(r);
    q.cert_data = rt_take_bytes(r, rt_u32le(r));
}

/* Every inner length fills its outer one. */
static void take_apart(uint16_t layout, size_t body_len)
{
    struct rt_reader r = rt_reader(rt_bytes_of(&quote));

    q = (struct parts){.header = rt_take_bytes(&r, 48)};
    q.descriptor = rt_take_bytes(&r, layout == 5 ? 6 : 0);
    q.body = rt_take_bytes(&r, body_len);
    q.signed_part = ratls_bytes(quote.p, quote.len - r.left);
    struct rt_reader sig = rt_reader(rt_take_bytes(&r, rt_u32le(&r)));
    q.trailing = rt_rest(&r);
    q.sig = rt_take_bytes(&sig, 64);
    q.ak = rt_take_bytes(&sig, 64);
    if (layout == 3) {
        read_qe_part(&sig);
    } else {
        q.outer_type = rt_u16le(&sig);
        struct rt_reader outer = rt_reader(rt_take_bytes(&sig, rt_u32le(&sig)));
        read_qe_part(&outer);
        cr_assert(rt_at_end(&outer));
    }
    cr_assert(rt_at_end(&sig));
    cr_assert_not(r.bad);
}

static void make_kind(const struct kind *k)
{
    cr_assert_eq(make(k->enclave, &k->knobs), RATLS_OK, "%s", k->name);
    take_apart(k->version, k->body_len);
}

/* A quote of an enclave in version 3 or 5, or of a TD in version 4 or 5. */
static void make_with(bool of_enclave, const struct rt_sim_quote_knobs *knobs)
{
    MUST(make(of_enclave, knobs));
    take_apart(knobs->layout ? knobs->layout : of_enclave ? 3 : 4, of_enclave ? 384 : 584);
}

static bool verifies(struct ratls_bytes point, struct ratls_bytes msg, struct ratls_bytes sig)
{
    return rt_verify_raw(RT_P256, point, RT_SHA256, msg, sig) == RATLS_OK;
}

static bool quote_verifies(void)
{
    return verifies(q.ak, q.signed_part, q.sig);
}

static bool qe_verifies(void)
{
    return verifies(rt_key_point(pki.key[RT_SIM_PCK]), q.qe_report, q.qe_sig);
}

static bool qe_names_ak(void)
{
    struct rt_writer w = {0};
    uint8_t expected[64] = {0};

    rt_put_bytes(&w, q.ak);
    rt_put_bytes(&w, q.auth);
    MUST(rt_sha256(rt_written(&w), expected));
    rt_writer_free(&w);
    return memcmp(q.qe_report.p + 320, expected, sizeof expected) == 0;
}

static void expect_sound(const char *name)
{
    cr_expect(quote_verifies(), "%s", name);
    cr_expect(qe_verifies(), "%s", name);
    cr_expect(qe_names_ak(), "%s", name);
}

static unsigned count_pem(struct ratls_bytes text)
{
    struct ratls_buffer der;
    unsigned n = 0;

    while (rt_pem_next(&text, "CERTIFICATE", &der) == RATLS_OK) {
        ratls_buffer_free(&der);
        n++;
    }
    return n;
}

/* ---- kinds ---- */

Test(sim_quote, every_kind_is_laid_out_as_specified)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        const struct kind *k = &kinds[i];
        make_kind(k);
        cr_expect_eq(q.signed_part.len, k->signed_len, "%s", k->name);
        cr_expect_eq(le(q.header, 0, 2), k->version, "%s", k->name);
        cr_expect_eq(le(q.header, 2, 2), 2, "%s", k->name);
        cr_expect_eq(le(q.header, 4, 4), k->enclave ? 0 : 0x81, "%s", k->name);
        cr_expect_eq(le(q.header, 8, 2), k->version == 3 ? 8 : 0, "%s", k->name);
        cr_expect_eq(le(q.header, 10, 2), k->version == 3 ? 13 : 0, "%s", k->name);
        cr_expect_eq(q.descriptor.len, k->body_type ? 6 : 0, "%s", k->name);
        if (k->body_type) {
            cr_expect_eq(le(q.descriptor, 0, 2), k->body_type, "%s", k->name);
            cr_expect_eq(le(q.descriptor, 2, 4), k->body_len, "%s", k->name);
        }
        cr_expect_eq(q.outer_type, k->version == 3 ? 0 : 6, "%s", k->name);
        cr_expect_eq(q.auth.len, 32, "%s", k->name);
        cr_expect_eq(q.cert_type, 5, "%s", k->name);
        cr_expect_eq(count_pem(q.cert_data), 3, "%s", k->name);
        cr_expect_eq(q.trailing.len, 0, "%s", k->name);
    }
}

Test(sim_quote, every_kind_proves_itself)
{
    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        make_kind(&kinds[i]);
        expect_sound(kinds[i].name);
    }
}

Test(sim_quote, a_td_in_version_4_lies_at_the_offsets_of_the_specification)
{
    make_with(false, &(struct rt_sim_quote_knobs){0});
    cr_expect_eq(q.sig.p - quote.p, 636);
    cr_expect_eq(q.ak.p - quote.p, 700);
    cr_expect_eq(q.qe_report.p - quote.p, 770);
    cr_expect_eq(q.qe_sig.p - quote.p, 1154);
    cr_expect_eq(q.auth.p - quote.p, 1220);
}

Test(sim_quote, an_enclave_in_version_3_lies_at_the_offsets_of_the_specification)
{
    make_with(true, &(struct rt_sim_quote_knobs){0});
    cr_expect_eq(q.sig.p - quote.p, 436);
    cr_expect_eq(q.ak.p - quote.p, 500);
    cr_expect_eq(q.qe_report.p - quote.p, 564);
    cr_expect_eq(q.qe_sig.p - quote.p, 948);
    cr_expect_eq(q.auth.p - quote.p, 1014);
}

Test(sim_quote, layouts_that_a_body_does_not_come_in_are_refused)
{
    static const struct rt_sim_quote_knobs three = {.layout = 3}, two = {.layout = 2},
                                           six = {.layout = 6};

    cr_expect_eq(make(false, &three), RATLS_E_USAGE);
    cr_expect_eq(make(true, &two), RATLS_E_USAGE);
    cr_expect_eq(make(false, &six), RATLS_E_USAGE);
    cr_expect_eq(make(true, &six), RATLS_E_USAGE);
    cr_expect_null(quote.p);
}

/* ---- bodies ---- */

Test(sim_quote, the_usual_enclave_is_one_of_production)
{
    cr_expect_eq(enclave.flags, 0x05);
    cr_expect_eq(enclave.xfrm, 0xe7);
    cr_expect_eq(enclave.misc_select, 0);
    cr_expect_eq(enclave.mr_enclave[0], 0x52);
    cr_expect_eq(enclave.mr_enclave[31], 0x52);
    cr_expect_eq(enclave.mr_signer[0], 0x53);
    cr_expect_eq(enclave.mr_signer[31], 0x53);
}

/* The reserved fields between them stay zero. */
Test(sim_quote, the_fields_of_an_enclave_lie_at_the_offsets_of_the_specification)
{
    uint8_t expected[384] = {0};
    static const struct {
        size_t at, len;
        uint8_t fill;
    } fields[] = {{0, 16, 1},   {16, 4, 2},    {32, 16, 3},  {48, 8, 4},  {56, 8, 5},
                  {64, 32, 6},  {128, 32, 7},  {192, 64, 8}, {256, 2, 9}, {258, 2, 10},
                  {260, 2, 11}, {304, 16, 12}, {320, 64, 13}};

    for (size_t i = 0; i < RT_COUNT(fields); i++)
        memset(expected + fields[i].at, fields[i].fill, fields[i].len);
    enclave = (struct rt_sim_enclave){.misc_select = 0x02020202,
                                      .flags = 0x0404040404040404,
                                      .xfrm = 0x0505050505050505,
                                      .isv_prod_id = 0x0909,
                                      .isv_svn = 0x0a0a,
                                      .config_svn = 0x0b0b};
    memset(enclave.cpu_svn, 1, 16);
    memset(enclave.isv_ext_prod_id, 3, 16);
    memset(enclave.mr_enclave, 6, 32);
    memset(enclave.mr_signer, 7, 32);
    memset(enclave.config_id, 8, 64);
    memset(enclave.isv_family_id, 12, 16);
    memset(enclave.report_data, 13, 64);
    make_with(true, &(struct rt_sim_quote_knobs){0});
    cr_assert_arr_eq(q.body.p, expected, sizeof expected);
}

Test(sim_quote, td_report_1_5_goes_on_where_1_0_ends)
{
    static const struct rt_sim_quote_knobs knobs = {.layout = 5, .td_report_1_5 = true};
    uint8_t plain[584];

    memset(td.tee_tcb_svn2, 0x21, sizeof td.tee_tcb_svn2);
    memset(td.mr_servicetd, 0x22, sizeof td.mr_servicetd);
    make_with(false, &(struct rt_sim_quote_knobs){0});
    memcpy(plain, q.body.p, sizeof plain);
    MUST(make(false, &knobs));
    take_apart(5, 648);
    cr_assert_arr_eq(q.body.p, plain, sizeof plain);
    cr_assert_arr_eq(q.body.p + 584, td.tee_tcb_svn2, 16);
    cr_assert_arr_eq(q.body.p + 600, td.mr_servicetd, 48);
}

Test(sim_quote, quoting_enclaves_are_those_of_intel)
{
    static const uint8_t qe[] = {0x8c, 0x4f, 0x57, 0x75}, td_qe[] = {0xdc, 0x9e, 0x2a, 0x7c};

    for (size_t i = 0; i < RT_COUNT(kinds); i++) {
        bool of_enclave = kinds[i].enclave;
        make_kind(&kinds[i]);
        cr_expect_eq(le(q.qe_report, 16, 4), 0);
        cr_expect_eq(le(q.qe_report, 48, 4), 0x11);
        cr_expect_eq(le(q.qe_report, 56, 4), 0xe7);
        cr_expect_arr_eq(q.qe_report.p + 128, of_enclave ? qe : td_qe, 4, "%s", kinds[i].name);
        cr_expect_eq(le(q.qe_report, 256, 2), of_enclave ? 1 : 2, "%s", kinds[i].name);
        cr_expect_eq(le(q.qe_report, 258, 2), 8, "%s", kinds[i].name);
    }
}

/* ---- knobs: header and descriptor ---- */

Test(sim_quote, version_changes_the_header_alone)
{
    make_with(true, &(struct rt_sim_quote_knobs){.version = 9});
    cr_expect_eq(le(q.header, 0, 2), 9);
    expect_sound("version");
}

Test(sim_quote, one_kind_can_claim_to_be_the_other)
{
    make_with(true, &(struct rt_sim_quote_knobs){.tee_type_flaw = 0x81});
    cr_expect_eq(le(q.header, 4, 4), 0x81);
    make_with(false, &(struct rt_sim_quote_knobs){.tee_type_flaw = 0x81});
    cr_expect_eq(le(q.header, 4, 4), 0);
    expect_sound("tee_type_flaw");
}

Test(sim_quote, the_vendor_can_be_another)
{
    static const uint8_t intel[] = {0x93, 0x9a, 0x72, 0x33};

    make_with(true, &(struct rt_sim_quote_knobs){0});
    cr_expect_arr_eq(q.header.p + 12, intel, sizeof intel);
    make_with(true, &(struct rt_sim_quote_knobs){.other_vendor = true});
    cr_expect_arr_neq(q.header.p + 12, intel, sizeof intel);
    expect_sound("other_vendor");
}

Test(sim_quote, the_descriptor_can_lie)
{
    make_with(true, &(struct rt_sim_quote_knobs){.layout = 5, .body_type = 2});
    cr_expect_eq(le(q.descriptor, 0, 2), 2);
    cr_expect_eq(le(q.descriptor, 2, 4), 384);
    expect_sound("body_type");
    make_with(false, &(struct rt_sim_quote_knobs){.layout = 5, .body_len = 0xffffffff});
    cr_expect_eq(le(q.descriptor, 0, 2), 2);
    cr_expect_eq(le(q.descriptor, 2, 4), 0xffffffff);
    expect_sound("body_len");
}

/* ---- knobs: signatures ---- */

Test(sim_quote, a_stranger_can_sign)
{
    for (int of_enclave = 0; of_enclave <= 1; of_enclave++) {
        make_with(of_enclave, &(struct rt_sim_quote_knobs){.quote_by_stranger = true});
        cr_expect(!quote_verifies() && qe_verifies() && qe_names_ak());
        make_with(of_enclave, &(struct rt_sim_quote_knobs){.qe_by_stranger = true});
        cr_expect(quote_verifies() && !qe_verifies() && qe_names_ak());
        make_with(of_enclave, &(struct rt_sim_quote_knobs){.qe_names_stranger = true});
        cr_expect(quote_verifies() && qe_verifies() && !qe_names_ak());
        make_with(of_enclave, &(struct rt_sim_quote_knobs){.ak_off_curve = true});
        cr_expect(!quote_verifies() && qe_verifies() && qe_names_ak());
    }
}

/* ---- knobs: QE report ---- */

Test(sim_quote, every_field_of_the_qe_report_can_be_another)
{
    static const uint8_t signer[32] = {1, 2, 3};
    static const struct rt_sim_quote_knobs knobs = {
        .qe_flags = 0x8000000000000015,
        .qe_xfrm = 0x3,
        .qe_misc_select = 0x01020304,
        .qe_mr_signer = signer,
        .qe_isv_prod_id = 0x1234,
        .qe_isv_svn = 0x5678,
    };

    for (int of_enclave = 0; of_enclave <= 1; of_enclave++) {
        make_with(of_enclave, &knobs);
        cr_expect_eq(le(q.qe_report, 16, 4), 0x01020304);
        cr_expect_eq(le(q.qe_report, 48, 4), 0x15);
        cr_expect_eq(le(q.qe_report, 52, 4), 0x80000000);
        cr_expect_eq(le(q.qe_report, 56, 4), 0x3);
        cr_expect_arr_eq(q.qe_report.p + 128, signer, sizeof signer);
        cr_expect_eq(le(q.qe_report, 256, 2), 0x1234);
        cr_expect_eq(le(q.qe_report, 258, 2), 0x5678);
        cr_expect_eq(le(q.header, 8, 2), of_enclave ? 0x5678 : 0); /* as in the header */
        expect_sound("QE report");
    }
}

Test(sim_quote, the_quoting_enclave_can_be_a_debug_one)
{
    make_with(true, &(struct rt_sim_quote_knobs){.qe_debug = true});
    cr_expect_eq(le(q.qe_report, 48, 4), 0x13);
    expect_sound("qe_debug");
}

Test(sim_quote, the_upper_half_of_the_qe_report_data_can_be_filled)
{
    make_with(true, &(struct rt_sim_quote_knobs){.qe_upper_half = true});
    cr_expect_eq(q.qe_report.p[320 + 32], 1);
    cr_expect(quote_verifies() && qe_verifies() && !qe_names_ak());
}

/* ---- knobs: the rest of the signature data ---- */

Test(sim_quote, authentication_data_has_any_length)
{
    make_with(true, &(struct rt_sim_quote_knobs){.no_auth = true});
    cr_expect_eq(q.auth.len, 0);
    expect_sound("no_auth");
    make_with(false, &(struct rt_sim_quote_knobs){.auth_len = 1000});
    cr_expect_eq(q.auth.len, 1000);
    expect_sound("auth_len");
}

Test(sim_quote, certification_data_of_types_1_to_3_name_the_pck)
{
    static const size_t len[] = {0, 36, 276, 404};

    for (uint16_t type = 1; type <= 3; type++) {
        make_with(true, &(struct rt_sim_quote_knobs){.cert_type = type});
        cr_expect_eq(q.cert_type, type);
        cr_expect_eq(q.cert_data.len, len[type], "type %u", type);
        cr_expect_arr_eq(q.cert_data.p + len[type] - 20, enclave.cpu_svn, 16, "type %u", type);
        cr_expect_eq(le(q.cert_data, len[type] - 4, 2), 13, "type %u", type); /* PCESVN */
        cr_expect_eq(le(q.cert_data, len[type] - 2, 2), 0, "type %u", type);  /* PCEID */
        expect_sound("cert_type");
    }
}

Test(sim_quote, certification_data_of_type_4_is_the_leaf_alone)
{
    struct ratls_buffer der;

    make_with(true, &(struct rt_sim_quote_knobs){.cert_type = 4});
    cr_assert_eq(q.cert_type, 4);
    cr_assert_eq(count_pem(q.cert_data), 1);
    MUST(rt_pem_next(&q.cert_data, "CERTIFICATE", &der));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&der), rt_bytes_of(&pki.der[RT_SIM_PCK])));
    ratls_buffer_free(&der);
}

Test(sim_quote, the_chain_can_be_another)
{
    make_with(true, &(struct rt_sim_quote_knobs){.n_certs = 4, .cert_type = 7});
    cr_expect_eq(q.cert_type, 7);
    cr_expect_eq(count_pem(q.cert_data), 4);
    make_with(true, &(struct rt_sim_quote_knobs){.der_chain = true});
    cr_expect_eq(count_pem(q.cert_data), 0);
    cr_expect_eq(q.cert_data.p[0], 0x30);
    make_with(true, &(struct rt_sim_quote_knobs){.chain_tail = ratls_bytes_str("tail")});
    cr_expect_arr_eq(q.cert_data.p + q.cert_data.len - 4, "tail", 4);
}

Test(sim_quote, the_outer_type_and_what_is_behind_can_be_others)
{
    make_with(true, &(struct rt_sim_quote_knobs){.layout = 4, .outer_type = 5});
    cr_expect_eq(q.outer_type, 5);
    make_with(true, &(struct rt_sim_quote_knobs){.trailing_len = 70});
    cr_expect_eq(q.trailing.len, 70);
    cr_expect_eq(q.trailing.p[69], 0xee);
    expect_sound("trailing_len");
}
