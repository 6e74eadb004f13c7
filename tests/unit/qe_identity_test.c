/* Reading the QE identity: every member spoiled in every way; and holding a QE report against it,
 * bit by bit. */
#include "member_support.h"

#include "qe_identity.h"

#define LEVEL(svn, status)                                                                         \
    "{\"tcb\":{\"isvsvn\":" #svn "},\"tcbDate\":\"2024-01-02T00:00:00Z\",\"tcbStatus\":\"" status  \
    "\",\"advisoryIDs\":[\"A-1\"]}"
#define LEVELS "\"tcbLevels\":[" LEVEL(6, "OutOfDate") "," LEVEL(8, "UpToDate") "]"
#define DOCUMENT(id)                                                                               \
    "{\"id\":\"" id "\",\"version\":2,\"issueDate\":\"2025-06-14T15:06:40Z\","                     \
    "\"nextUpdate\":\"2025-07-14T15:06:40Z\",\"tcbEvaluationDataNumber\":18,"                      \
    "\"miscselect\":\"00000000\",\"miscselectMask\":\"FFfFFFFF\","                                 \
    "\"attributes\":\"11000000000000000000000000000000\","                                         \
    "\"attributesMask\":\"fbffffffffffffff0000000000000000\","                                     \
    "\"mrsigner\":\"8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff\","           \
    "\"isvprodid\":1," LEVELS "}"

static const char sgx[] = DOCUMENT("QE"), tdx[] = DOCUMENT("TD_QE"), qve[] = DOCUMENT("QVE");

static struct rt_qe_identity q;
static struct rt_sgx_report report; /* of the enclave that the document describes */
static struct ratls_error err;

static enum ratls_err parse_bytes(struct ratls_bytes text, struct ratls_error *e)
{
    rt_qe_identity_free(&q);
    memset(&q, 0xa5, sizeof q); /* whatever was there */
    return rt_qe_identity_parse(text, &q, e);
}

static void parse(const char *text)
{
    err = (struct ratls_error){0};
    cr_assert_eq(parse_bytes(ratls_bytes_str(text), &err), RATLS_OK, "%s", err.detail);
}

static void setup(void)
{
    parse(sgx);
    report = (struct rt_sgx_report){
        .attributes = {0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7}, .isv_prod_id = 1, .isv_svn = 8};
    memcpy(report.mr_signer, q.mr_signer, sizeof report.mr_signer);
}

static void teardown(void)
{
    rt_qe_identity_free(&q);
    rt_qe_identity_free(&q); /* nothing is left to free */
}

TestSuite(qe_identity, .init = setup, .fini = teardown, .timeout = 60);

/* ---- reading ---- */

Test(qe_identity, every_member_is_read)
{
    static const uint8_t attributes[16] = {0x11}, ones[4] = {0xff, 0xff, 0xff, 0xff};

    cr_expect_eq(q.id, RT_QE_ID_QE);
    cr_expect_eq(q.issue_date, 1749913600);
    cr_expect_eq(q.next_update, 1752505600);
    cr_expect_eq(q.eval_num, 18);
    cr_expect(rt_all_zero(q.misc_select, 4));
    cr_expect_arr_eq(q.misc_select_mask, ones, 4);
    cr_expect_arr_eq(q.attributes, attributes, 16);
    cr_expect_eq(q.attributes_mask[0], 0xfb);
    cr_expect_eq(q.attributes_mask[7], 0xff);
    cr_expect_eq(q.attributes_mask[8], 0);
    cr_expect_eq(q.mr_signer[0], 0x8c);
    cr_expect_eq(q.mr_signer[31], 0xff);
    cr_expect_eq(q.isv_prod_id, 1);
    cr_assert_eq(q.levels.n, 2);
    cr_expect_eq(q.levels.p[0].isv_svn, 8, "newest first");
    cr_expect_eq(q.levels.p[0].status, RT_TCB_UP_TO_DATE);
    cr_expect_eq(q.levels.p[0].date, 1704153600);
    cr_expect_eq(q.levels.p[1].status, RT_TCB_OUT_OF_DATE);
    cr_expect_eq(cJSON_GetArraySize(q.levels.p[1].advisories), 1);
}

/* E3, T123 */
Test(qe_identity, every_member_is_needed_in_its_form)
{
    static const char *const optional[] = {"advisoryIDs", NULL};
    const struct members all = {sgx, parse_bytes, optional};

    cr_assert_eq(members_spoil(&all), 22);
}

Test(qe_identity, values_have_ranges)
{
    static const struct edit edits[] = {
        {sgx, "\"QE\"", "\"qe\"", "'id' is none of QE, TD_QE, QVE"},
        {sgx, "\"QE\"", "\"QE \"", "'id' is none of QE, TD_QE, QVE"},
        {sgx, "\"QE\"", "\"\"", "'id' is none of QE, TD_QE, QVE"},
        {sgx, "\"QE\"", "\"TDX\"", "'id' is none of QE, TD_QE, QVE"},
        {sgx, "\"version\":2", "\"version\":1", "'version' is not 2"},
        {sgx, "\"version\":2", "\"version\":3", "'version' is not 2"},
        {sgx, "\"version\":2", "\"version\":65538", "'version' is no number of its range"},
        {sgx, "2025-06-14T15:06:40Z", "2025-07-14T15:06:40Z", NULL}, /* nextUpdate */
        {sgx, "2025-06-14T15:06:40Z", "2025-07-14T15:06:41Z", "'nextUpdate' is before issueDate"},
        {sgx, "2025-06-14T15:06:40Z", "1749913600", "'issueDate' is no date"},
        {sgx, "2025-07-14T15:06:40Z", "2025-07-14T15:06:40", "'nextUpdate' is no date"},
        {sgx, "Number\":18", "Number\":4294967295", NULL},
        {sgx, "Number\":18", "Number\":4294967296", "'tcbEvaluationDataNumber' is no number"},
        {sgx, "Number\":18", "Number\":1e1", "not an integer"},
        {sgx, "\"isvprodid\":1", "\"isvprodid\":65535", NULL},
        {sgx, "\"isvprodid\":1", "\"isvprodid\":65536", "'isvprodid' is no number of its range"},
        {sgx, "\"isvsvn\":6", "\"isvsvn\":65535", NULL},
        {sgx, "\"isvsvn\":6", "\"isvsvn\":65536", "'isvsvn' is no number of its range"},
        {sgx, "\"isvsvn\":6", "\"isvsvn\":8", "'tcbLevels' holds a level twice"},
        {sgx, "\"OutOfDate\"", "\"SWHardeningNeeded\"", "'tcbStatus' is unknown"},
        {sgx, "\"OutOfDate\"", "\"Revoked\"", NULL},
        {sgx, "[\"A-1\"]", "[1]", "'advisoryIDs' holds something other"},
        {sgx, LEVELS, "\"tcbLevels\":[7]", "'tcbLevels' holds something other"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(qe_identity, hex_has_its_length)
{
    static const struct edit edits[] = {
        {sgx, "\"00000000\"", "\"000000\"", "'miscselect' is no hex of its length"},
        {sgx, "\"00000000\"", "\"0000000000\"", "'miscselect' is no hex of its length"},
        {sgx, "\"FFfFFFFF\"", "\"ffffff\"", "'miscselectMask' is no hex of its length"},
        {sgx, "\"FFfFFFFF\"", "\"fffffffff\"", "'miscselectMask' is no hex of its length"},
        {sgx, "\"1100", "\"11", "'attributes' is no hex of its length"},
        {sgx, "\"1100", "\"110000", "'attributes' is no hex of its length"},
        {sgx, "\"fbff", "\"fb", "'attributesMask' is no hex of its length"},
        {sgx, "\"fbff", "\"fbffff", "'attributesMask' is no hex of its length"},
        {sgx, "\"8c4f", "\"8c", "'mrsigner' is no hex of its length"},
        {sgx, "\"8c4f", "\"8c4f00", "'mrsigner' is no hex of its length"},
        {sgx, "\"8c4f", "\"8c4x", "'mrsigner' is no hex of its length"},
        {sgx, "\"8c4f", "\"8C4F", NULL},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(qe_identity, what_is_no_object_is_refused)
{
    static const char *const texts[] = {"", "[]", "7", "null", "{", "{}x"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        struct ratls_error why = {0};
        cr_expect_eq(parse_bytes(ratls_bytes_str(texts[i]), &why), RATLS_E_COLLATERAL_FORMAT, "%s",
                     texts[i]);
        cr_expect(strstr(why.detail, "QE identity"), "%s: %s", texts[i], why.detail);
    }
}

/* ---- T24, T119, T138: the enclave ---- */

static const struct rt_svn_level *level;

static enum ratls_err check(bool for_tdx)
{
    static const struct rt_svn_level before;

    level = &before;
    err = (struct ratls_error){0};
    enum ratls_err e = rt_qe_identity_check_kind(&q, for_tdx, &err);
    if (e == RATLS_OK)
        return rt_qe_identity_check(&q, &report, &level, &err);
    level = NULL;
    return e;
}

static void expect_refusal(const char *what)
{
    cr_expect_eq(check(false), RATLS_E_QE_IDENTITY, "%s", what);
    cr_expect(strstr(err.detail, what), "%s: %s", what, err.detail);
    cr_expect_null(level);
}

Test(qe_identity, the_enclave_described_is_taken)
{
    cr_assert_eq(check(false), RATLS_OK, "%s", err.detail);
    cr_expect_eq(level, &q.levels.p[0]);
}

/* E2 */
Test(qe_identity, each_tee_has_its_own)
{
    static const struct {
        const char *text;
        bool for_sgx, for_tdx;
    } rows[] = {{sgx, true, false}, {tdx, false, true}, {qve, false, false}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        parse(rows[i].text);
        cr_expect_eq(check(false), rows[i].for_sgx ? RATLS_OK : RATLS_E_QE_IDENTITY, "%zu", i);
        cr_expect(rows[i].for_sgx || strstr(err.detail, "not one of SGX"), "%s", err.detail);
        cr_expect_eq(check(true), rows[i].for_tdx ? RATLS_OK : RATLS_E_QE_IDENTITY, "%zu", i);
        cr_expect(rows[i].for_tdx || strstr(err.detail, "not one of TDX"), "%s", err.detail);
    }
}

static void flip(uint8_t *bytes, size_t bit)
{
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

/* E4: each bit of the mask decides whether that bit counts. */
Test(qe_identity, every_bit_of_miscselect_counts_under_its_mask)
{
    for (size_t bit = 0; bit < 32; bit++) {
        flip(report.misc_select, bit);
        expect_refusal("MISCSELECT");
        flip(q.misc_select_mask, bit);
        cr_expect_eq(check(false), RATLS_OK, "bit %zu is masked", bit);
        flip(q.misc_select_mask, bit);
        flip(report.misc_select, bit);
    }
}

/* E5: the debug bit among them. */
Test(qe_identity, every_bit_of_the_attributes_counts_under_its_mask)
{
    memset(q.attributes_mask, 0xff, sizeof q.attributes_mask);
    memcpy(q.attributes, report.attributes, sizeof q.attributes);
    for (size_t bit = 0; bit < 128; bit++) {
        flip(report.attributes, bit);
        expect_refusal("ATTRIBUTES");
        flip(q.attributes_mask, bit);
        const bool was_set = q.attributes[bit / 8] >> bit % 8 & 1;
        /* a bit that is due but masked can never be there */
        cr_expect_eq(check(false), was_set ? RATLS_E_QE_IDENTITY : RATLS_OK, "bit %zu", bit);
        flip(q.attributes_mask, bit);
        flip(report.attributes, bit);
    }
    cr_expect_eq(check(false), RATLS_OK);
}

/* E6 */
Test(qe_identity, every_bit_of_mrsigner_counts)
{
    for (size_t bit = 0; bit < 256; bit++) {
        flip(report.mr_signer, bit);
        expect_refusal("MRSIGNER");
        flip(report.mr_signer, bit);
    }
}

/* E7 */
Test(qe_identity, every_bit_of_the_product_counts)
{
    for (unsigned bit = 0; bit < 16; bit++) {
        report.isv_prod_id ^= (uint16_t)(1U << bit);
        expect_refusal("ISVPRODID");
        report.isv_prod_id ^= (uint16_t)(1U << bit);
    }
}

/* E8: none is no error here: not supported is a status. */
Test(qe_identity, the_level_is_the_newest_reached)
{
    static const struct {
        uint16_t svn;
        int found;
    } rows[] = {{65535, 0}, {264, 0}, {8, 0}, {7, 1}, {6, 1}, {5, -1}, {0, -1}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        report.isv_svn = rows[i].svn;
        cr_expect_eq(check(false), RATLS_OK);
        cr_expect_eq(level, rows[i].found < 0 ? NULL : &q.levels.p[rows[i].found], "%u",
                     rows[i].svn);
    }
}
