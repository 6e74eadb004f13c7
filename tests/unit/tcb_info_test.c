/* Reading Intel's TCB info: every member spoiled in every way, limits, and the order of levels. */
#include "member_support.h"

#include <stdarg.h>

#include "json.h"
#include "tcb_info.h"

#define SVNS(a, b, c)                                                                              \
    "[{\"svn\":" #a "},{\"svn\":" #b "},{\"svn\":" #c                                              \
    "},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},"       \
    "{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0},{\"svn\":0}]"
#define SIGNER                                                                                     \
    "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D" \
    "2E2F"
#define HEAD(id, version)                                                                          \
    id "\"version\":" #version ",\"issueDate\":\"2025-06-14T15:06:40Z\","                          \
       "\"nextUpdate\":\"2025-07-14T15:06:40Z\",\"fmspc\":\"90C06F00abcd\",\"pceId\":\"0001\","    \
       "\"tcbType\":0,\"tcbEvaluationDataNumber\":18,"
#define REST(date, status) "\"tcbDate\":\"" date "T00:00:00Z\",\"tcbStatus\":\"" status "\""
#define MODULE(signer)                                                                             \
    "\"mrsigner\":\"" signer "\",\"attributes\":\"0011223344556677\","                             \
    "\"attributesMask\":\"ffeeddccbbaa9988\""
#define SVN_LEVEL(svn, status) "{\"tcb\":{\"isvsvn\":" #svn "}," REST("2024-01-02", status) "}"

/* ---- a TDX document of version 3 that has everything ---- */

static const char tdx[] = "{" HEAD("\"id\":\"TDX\",", 3) "\"tdxModule\":{" MODULE(
    SIGNER) "},"
            "\"tdxModuleIdentities\":[{\"id\":\"TDX_0a\"," MODULE(
                SIGNER) ",\"tcbLevels\":["
                        "{\"tcb\":{\"isvsvn\":5}," REST(
                            "2024-01-02",
                            "UpToDate") ",\"advisoryIDs\":[\"A-1\"]}]}],"
                                        "\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":" SVNS(
                                            9, 8,
                                            7) ",\"pcesvn\":11,"
                                               "\"tdxtcbcomponents\":" SVNS(3, 2, 1) "}," REST(
                                                   "2024-03-04", "UpToDate") ",\"advisoryIDs\":["
                                                                             "\"A-2\",\"A-3\"]}]}";

static const char sgx[] =
    "{" HEAD("\"id\":\"SGX\",", 3) "\"tcbLevels\":[{\"tcb\":{"
                                   "\"sgxtcbcomponents\":" SVNS(9, 8, 7) ",\"pcesvn\":11}," REST(
                                       "2024-03-04", "UpToDate") "}]}";

#define NUMBERED                                                                                   \
    "\"sgxtcbcomp01svn\":1,\"sgxtcbcomp02svn\":2,\"sgxtcbcomp03svn\":3,\"sgxtcbcomp04svn\":4,"     \
    "\"sgxtcbcomp05svn\":5,\"sgxtcbcomp06svn\":6,\"sgxtcbcomp07svn\":7,\"sgxtcbcomp08svn\":8,"     \
    "\"sgxtcbcomp09svn\":9,\"sgxtcbcomp10svn\":10,\"sgxtcbcomp11svn\":11,\"sgxtcbcomp12svn\":12,"  \
    "\"sgxtcbcomp13svn\":13,\"sgxtcbcomp14svn\":14,\"sgxtcbcomp15svn\":15,\"sgxtcbcomp16svn\":255"

static const char version_2[] =
    "{" HEAD("", 2) "\"tcbLevels\":[{\"tcb\":{" NUMBERED
                    ",\"pcesvn\":65535}," REST("2024-03-04", "OutOfDate") "}]}";

static struct rt_tcb_info t;
static struct ratls_error err;

static void teardown(void)
{
    rt_tcb_info_free(&t);
    rt_tcb_info_free(&t); /* nothing is left to free */
}

TestSuite(tcb_info, .fini = teardown, .timeout = 60);

static enum ratls_err parse_bytes(struct ratls_bytes text, struct ratls_error *e)
{
    rt_tcb_info_free(&t);
    memset(&t, 0xa5, sizeof t); /* whatever was there */
    return rt_tcb_info_parse(text, &t, e);
}

static enum ratls_err parse(const char *text)
{
    err = (struct ratls_error){0};
    return parse_bytes(ratls_bytes_str(text), &err);
}

/* ---- what is read ---- */

static void expect_module(const struct rt_tdx_module *m, uint8_t version)
{
    static const uint8_t attributes[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77},
                         mask[] = {0xff, 0xee, 0xdd, 0xcc, 0xbb, 0xaa, 0x99, 0x88};

    cr_expect_eq(m->version, version);
    for (size_t i = 0; i < sizeof m->mr_signer; i++)
        cr_expect_eq(m->mr_signer[i], i);
    cr_expect_arr_eq(m->attributes, attributes, 8);
    cr_expect_arr_eq(m->attributes_mask, mask, 8);
}

Test(tcb_info, every_member_of_tdx_is_read)
{
    static const uint8_t fmspc[] = {0x90, 0xc0, 0x6f, 0x00, 0xab, 0xcd};

    cr_assert_eq(parse(tdx), RATLS_OK, "%s", err.detail);
    cr_expect(t.tdx);
    cr_expect_eq(t.version, 3);
    cr_expect_eq(t.issue_date, 1749913600);
    cr_expect_eq(t.next_update, 1752505600);
    cr_expect_arr_eq(t.fmspc, fmspc, 6);
    cr_expect(t.has_pce_id && t.pce_id[0] == 0 && t.pce_id[1] == 1);
    cr_expect_eq(t.eval_num, 18);
    expect_module(&t.module, 0);
    cr_expect_eq(t.module.levels.n, 0);
    cr_assert_eq(t.n_modules, 1);
    expect_module(&t.modules[0], 10);
    cr_assert_eq(t.modules[0].levels.n, 1);
    cr_expect_eq(t.modules[0].levels.p[0].isv_svn, 5);
    cr_expect_eq(t.modules[0].levels.p[0].status, RT_TCB_UP_TO_DATE);
    cr_expect_eq(t.modules[0].levels.p[0].date, 1704153600);
    cr_expect_eq(cJSON_GetArraySize(t.modules[0].levels.p[0].advisories), 1);
}

Test(tcb_info, every_member_of_a_level_is_read)
{
    static const uint8_t svn[RT_TCB_COMPONENTS] = {9, 8, 7}, tdx_svn[RT_TCB_COMPONENTS] = {3, 2, 1};

    cr_assert_eq(parse(tdx), RATLS_OK, "%s", err.detail);
    cr_assert_eq(t.n_levels, 1);
    cr_expect_arr_eq(t.levels[0].sgx, svn, RT_TCB_COMPONENTS);
    cr_expect_arr_eq(t.levels[0].tdx, tdx_svn, RT_TCB_COMPONENTS);
    cr_expect_eq(t.levels[0].pce_svn, 11);
    cr_expect_eq(t.levels[0].status, RT_TCB_UP_TO_DATE);
    cr_expect_eq(t.levels[0].date, 1709510400);
    cr_expect_eq(cJSON_GetArraySize(t.levels[0].advisories), 2);
}

Test(tcb_info, a_level_of_sgx_has_no_tdx_components)
{
    cr_assert_eq(parse(sgx), RATLS_OK, "%s", err.detail);
    cr_expect_not(t.tdx);
    cr_expect_eq(t.n_modules, 0);
    cr_expect(rt_all_zero(t.levels[0].tdx, RT_TCB_COMPONENTS));
    cr_expect_null(t.levels[0].advisories);
}

Test(tcb_info, version_2_numbers_its_components)
{
    cr_assert_eq(parse(version_2), RATLS_OK, "%s", err.detail);
    cr_expect_not(t.tdx);
    cr_expect_eq(t.version, 2);
    for (uint8_t i = 0; i < 15; i++)
        cr_expect_eq(t.levels[0].sgx[i], i + 1);
    cr_expect_eq(t.levels[0].sgx[15], 255);
    cr_expect_eq(t.levels[0].pce_svn, 65535);
    cr_expect_eq(t.levels[0].status, RT_TCB_OUT_OF_DATE);
}

/* ---- D9, T123: each member, in every way ---- */

Test(tcb_info, every_member_is_needed_in_its_form)
{
    static const char *const optional[] = {"advisoryIDs", "pceId", "tdxModuleIdentities", NULL};
    const struct members all[] = {{tdx, parse_bytes, optional},
                                  {sgx, parse_bytes, optional},
                                  {version_2, parse_bytes, optional}};
    size_t n = 0;

    for (size_t i = 0; i < RT_COUNT(all); i++)
        n += members_spoil(&all[i]);
    cr_assert_geq(n, 110, "%zu", n);
}

Test(tcb_info, unknown_members_are_ignored)
{
    char *text = edited(tdx, "\"tcbType\":0", "\"tcbType\":0,\"TcbType\":{\"svn\":[true,null]}");

    cr_expect_eq(parse(text), RATLS_OK, "%s", err.detail);
    free(text);
}

/* ---- single values ---- */

Test(tcb_info, versions_and_ids_belong_together)
{
    static const struct edit edits[] = {
        {tdx, "\"version\":3", "\"version\":1", "'version' is neither 2 nor 3"},
        {tdx, "\"version\":3", "\"version\":4", "'version' is neither 2 nor 3"},
        {tdx, "\"version\":3", "\"version\":0", "'version' is neither 2 nor 3"},
        {tdx, "\"version\":3", "\"version\":65536", "'version' is no number of its range"},
        {tdx, "\"version\":3", "\"version\":65539", "'version' is no number of its range"},
        {tdx, "\"version\":3", "\"version\":2", "'id' is TDX in a document of version 2"}, /* D11 */
        {tdx, "\"id\":\"TDX\"", "\"id\":\"SGX\"", "'tdxModule' does not belong to SGX"},
        {tdx, "\"id\":\"TDX\"", "\"id\":\"tdx\"", "'id' is neither SGX nor TDX"},
        {tdx, "\"id\":\"TDX\"", "\"id\":\"TDX \"", "'id' is neither SGX nor TDX"},
        {tdx, "\"id\":\"TDX\"", "\"id\":\"\"", "'id' is neither SGX nor TDX"},
        {sgx, "\"id\":\"SGX\"", "\"id\":\"TDX\"", "'tdxModule' is missing"},
        {sgx, "\"version\":3", "\"version\":2", "'sgxtcbcomp01svn' is missing"},
        {version_2, "\"version\":2", "\"version\":3", "'id' is missing"},
        {version_2, "\"version\":2", "\"version\":2,\"id\":\"SGX\"", NULL},
        {version_2, "\"version\":2", "\"version\":2,\"id\":\"TDX\"", "'id' is TDX in a document"},
        {version_2, "\"version\":2", "\"version\":2,\"id\":null", "'id' is no text"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(tcb_info, members_of_tdx_do_not_belong_to_sgx)
{
    static const struct edit edits[] = {
        {sgx, "\"tcbType\"", "\"tdxModule\":{},\"tcbType\"", "'tdxModule' does not belong to SGX"},
        {sgx, "\"tcbType\"", "\"tdxModule\":null,\"tcbType\"",
         "'tdxModule' does not belong to SGX"},
        {sgx, "\"tcbType\"", "\"tdxModuleIdentities\":[],\"tcbType\"",
         "'tdxModuleIdentities' does not belong to SGX"},
        {sgx, "\"pcesvn\"", "\"tdxtcbcomponents\":" SVNS(0, 0, 0) ",\"pcesvn\"",
         "'tdxtcbcomponents' does not belong to SGX"},
        {version_2, "\"pcesvn\"", "\"tdxtcbcomponents\":[],\"pcesvn\"",
         "'tdxtcbcomponents' does not belong to SGX"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

/* T123 */
Test(tcb_info, numbers_have_ranges)
{
    static const struct edit edits[] = {
        {tdx, "\"tcbType\":0", "\"tcbType\":1", "'tcbType' is no number of its range"},
        {tdx, "Number\":18", "Number\":0", NULL},
        {tdx, "Number\":18", "Number\":4294967295", NULL},
        {tdx, "Number\":18", "Number\":4294967296", "'tcbEvaluationDataNumber' is no number"},
        {tdx, "Number\":18", "Number\":9007199254740993", "2^53"},
        {tdx, "Number\":18", "Number\":18.0", "not an integer"},
        {tdx, "Number\":18", "Number\":1e1", "not an integer"},
        {tdx, "\"svn\":9", "\"svn\":255", NULL},
        {tdx, "\"svn\":9", "\"svn\":256", "'svn' is no number of its range"},
        {tdx, "\"svn\":9", "\"svn\":1.5", "not an integer"},
        {tdx, "\"svn\":3", "\"svn\":256", "'svn' is no number of its range"},
        {tdx, "\"pcesvn\":11", "\"pcesvn\":65535", NULL},
        {tdx, "\"pcesvn\":11", "\"pcesvn\":65536", "'pcesvn' is no number of its range"},
        {tdx, "\"isvsvn\":5", "\"isvsvn\":65535", NULL},
        {tdx, "\"isvsvn\":5", "\"isvsvn\":65536", "'isvsvn' is no number of its range"},
        {version_2, "comp01svn\":1", "comp01svn\":256", "'sgxtcbcomp01svn' is no number"},
        {version_2, "comp16svn\":255", "comp16svn\":256", "'sgxtcbcomp16svn' is no number"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

/* T126 and the like: of exactly their length, either letter case. */
Test(tcb_info, hex_has_its_length)
{
    static const struct edit edits[] = {
        {tdx, "90C06F00abcd", "90c06f00ABCD", NULL},
        {tdx, "90C06F00abcd", "90C06F00ab", "'fmspc' is no hex of its length"},
        {tdx, "90C06F00abcd", "90C06F00abcd00", "'fmspc' is no hex of its length"},
        {tdx, "90C06F00abcd", "90C06F00abc", "'fmspc' is no hex of its length"},
        {tdx, "90C06F00abcd", "90C06F00abcx", "'fmspc' is no hex of its length"},
        {tdx, "90C06F00abcd", " 90C06F00abc", "'fmspc' is no hex of its length"},
        {tdx, "90C06F00abcd", "", "'fmspc' is no hex of its length"},
        {tdx, "\"0001\"", "\"01\"", "'pceId' is no hex of its length"},
        {tdx, "\"0001\"", "\"000100\"", "'pceId' is no hex of its length"},
        {tdx, "\"0011223344556677\"", "\"00112233445566\"", "'attributes' is no hex"},
        {tdx, "\"0011223344556677\"", "\"001122334455667788\"", "'attributes' is no hex"},
        {tdx, "\"ffeeddccbbaa9988\"", "\"ffeeddccbbaa99\"", "'attributesMask' is no hex"},
        {tdx, "\"ffeeddccbbaa9988\"", "\"ffeeddccbbaa998877\"", "'attributesMask' is no hex"},
        {tdx, "\"" SIGNER "\"", "\"" SIGNER "00\"", "'mrsigner' is no hex of its length"},
        {tdx, "\"" SIGNER "\"", "\"0001\"", "'mrsigner' is no hex of its length"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(tcb_info, dates_have_one_form)
{
#define ISSUED "2025-06-14T15:06:40Z"
    static const struct edit edits[] = {
        {tdx, ISSUED, "2025-07-14T15:06:40Z", NULL}, /* nextUpdate */
        {tdx, ISSUED, "2025-07-14T15:06:41Z", "'nextUpdate' is before issueDate"},
        {tdx, ISSUED, "2025-06-14T15:06:40", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-06-14T15:06:40z", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-06-14 15:06:40Z", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-06-14T15:06:40.0Z", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-06-14T15:06:40+00:00", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-02-29T15:06:40Z", "'issueDate' is no date"},
        {tdx, ISSUED, "2025-06-14T24:00:00Z", "'issueDate' is no date"},
        {tdx, ISSUED, "1749913600", "'issueDate' is no date"},
        {tdx, ISSUED, "00000000001749913600", "'issueDate' is no date"},
        {tdx, ISSUED, "", "'issueDate' is no date"},
        {tdx, "2024-01-02T00:00:00Z", "1704153600", "'tcbDate' is no date"},
        {tdx, "2024-03-04T00:00:00Z", "1709510400", "'tcbDate' is no date"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

/* G1: "TDX_" and two hex digits, whatever the letter case. */
Test(tcb_info, modules_are_known_by_two_hex_digits)
{
    static const char *const bad[] = {"TDX_1",   "TDX_001", "TDX_0G", "TDX-01", "TDX01", "TDX_",
                                      "TDX_0x1", "XTDX_01", "",       "TDX_ 1", "TDX_+1"};
    static const struct edit good[] = {{tdx, "TDX_0a", "tdx_0A", NULL},
                                       {tdx, "TDX_0a", "TDX_ff", NULL},
                                       {tdx, "TDX_0a", "TDX_00", NULL}};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        expect_edits(parse_bytes, &(const struct edit){tdx, "TDX_0a", bad[i], "'id' is no TDX_xx"},
                     1);
    expect_edits(parse_bytes, good, RT_COUNT(good));
    cr_expect_eq(t.modules[0].version, 0);
}

Test(tcb_info, statuses_are_known)
{
    static const struct edit edits[] = {
        {tdx, "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":[\"A-1",
         "\"tcbStatus\":\"SWHardeningNeeded\",\"advisoryIDs\":[\"A-1", "'tcbStatus' is unknown"},
        {tdx, "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":[\"A-2",
         "\"tcbStatus\":\"SWHardeningNeeded\",\"advisoryIDs\":[\"A-2", NULL},
        {sgx, "\"UpToDate\"", "\"NotSupported\"", "'tcbStatus' is unknown"},
        {sgx, "\"UpToDate\"", "\"TDRelaunchAdvised\"", "'tcbStatus' is unknown"},
        {sgx, "\"UpToDate\"", "\"upToDate\"", "'tcbStatus' is unknown"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(tcb_info, advisories_are_a_list_of_texts)
{
    static const struct edit edits[] = {
        {tdx, "[\"A-2\",\"A-3\"]", "[\"A-2\",3]", "'advisoryIDs' holds something other"},
        {tdx, "[\"A-2\",\"A-3\"]", "[null]", "'advisoryIDs' holds something other"},
        {tdx, "[\"A-2\",\"A-3\"]", "\"A-2\"", "'advisoryIDs' is no list"},
        {tdx, "[\"A-1\"]", "[[]]", "'advisoryIDs' holds something other"},
        {tdx, "[\"A-1\"]", "{\"x\":\"A-1\"}", "'advisoryIDs' is no list"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(tcb_info, lists_hold_objects)
{
    static const struct edit edits[] = {
        {tdx, "[{\"svn\":9", "[9,{\"svn\":9", "'sgxtcbcomponents' holds something other"},
        {tdx, "[{\"svn\":3", "[3,{\"svn\":3", "'tdxtcbcomponents' holds something other"},
        {tdx, "\"tcbLevels\":[{\"tcb\":{\"isv", "\"tcbLevels\":[[],{\"tcb\":{\"isv",
         "'tcbLevels' holds something other"},
        {tdx, "\"tcbLevels\":[{\"tcb\":{\"sgx", "\"tcbLevels\":[null,{\"tcb\":{\"sgx",
         "'tcbLevels' holds something other"},
        {tdx, "Identities\":[", "Identities\":[\"TDX_0a\",",
         "'tdxModuleIdentities' holds something other"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

/* D14, T121 */
Test(tcb_info, there_are_sixteen_components)
{
    static const struct edit edits[] = {
        {tdx, "{\"svn\":8},", "", "'sgxtcbcomponents' has a wrong number of entries"},
        {tdx, "{\"svn\":8},", "{\"svn\":8},{\"svn\":8},", "'sgxtcbcomponents' has a wrong number"},
        {tdx, "{\"svn\":2},", "", "'tdxtcbcomponents' has a wrong number of entries"},
        {tdx, "{\"svn\":2},", "{\"svn\":2},{\"svn\":2},", "'tdxtcbcomponents' has a wrong number"},
        {sgx, "{\"svn\":8},", "", "'sgxtcbcomponents' has a wrong number of entries"},
    };

    expect_edits(parse_bytes, edits, RT_COUNT(edits));
}

Test(tcb_info, what_is_no_object_is_refused)
{
    static const char *const texts[] = {"",  "[]",  "7",       "null", "\"tcbInfo\"",
                                        "{", "{}x", "{\"a\":}"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        cr_expect_eq(parse(texts[i]), RATLS_E_COLLATERAL_FORMAT, "%s", texts[i]);
        cr_expect(strstr(err.detail, "TCB info"), "%s: %s", texts[i], err.detail);
    }
}

/* ---- many ---- */

static void put(struct rt_writer *w, const char *format, ...) RATLS_PRINTF(2, 3);
static void put(struct rt_writer *w, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cr_assert(n > 0 && (size_t)n < sizeof text);
    rt_put(w, text, (size_t)n);
}

/* The document with `n` copies of what `item` writes, instead of what is between the brackets. */
static enum ratls_err parse_many(const char *text, const char *open, unsigned n,
                                 void (*item)(struct rt_writer *, unsigned))
{
    const char *at = strstr(text, open) + strlen(open), *p = at;
    struct rt_writer w = {0};
    int depth = 1;

    for (; depth > 0; p++)
        depth += (*p == '[') - (*p == ']');
    rt_put(&w, text, (size_t)(at - text));
    for (unsigned i = 0; i < n; i++) {
        if (i)
            rt_put_u8(&w, ',');
        item(&w, i);
    }
    rt_put_bytes(&w, ratls_bytes_str(p - 1));
    rt_put_u8(&w, 0);
    enum ratls_err e = parse((const char *)w.p);
    rt_writer_free(&w);
    return e;
}

static void put_level(struct rt_writer *w, unsigned i)
{
    put(w, "{\"tcb\":{\"sgxtcbcomponents\":%s,\"pcesvn\":%u}," REST("2024-01-01", "UpToDate") "}",
        SVNS(1, 2, 3), i);
}

static void put_svn_level(struct rt_writer *w, unsigned i)
{
    put(w, "{\"tcb\":{\"isvsvn\":%u}," REST("2024-01-01", "UpToDate") "}", i);
}

static void put_module(struct rt_writer *w, unsigned i)
{
    put(w, "{\"id\":\"TDX_%02x\"," MODULE(SIGNER) ",\"tcbLevels\":[" SVN_LEVEL(1, "UpToDate") "]}",
        i);
}

static void put_advisory(struct rt_writer *w, unsigned i)
{
    put(w, "\"A-%u\"", i);
}

Test(tcb_info, lists_have_limits)
{
    static const struct {
        const char *text, *open;
        unsigned most;
        void (*item)(struct rt_writer *, unsigned);
        const char *why;
    } rows[] = {
        {sgx, "\"tcbLevels\":[", 256, put_level, "'tcbLevels' has a wrong number"},
        {tdx, "\"tcbLevels\":[", 256, put_svn_level, "'tcbLevels' has a wrong number"},
        {tdx, "Identities\":[", 32, put_module, "'tdxModuleIdentities' has a wrong number"},
        {tdx, "\"advisoryIDs\":[", 256, put_advisory, "'advisoryIDs' is no list"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(parse_many(rows[i].text, rows[i].open, rows[i].most, rows[i].item), RATLS_OK,
                     "row %zu: %s", i, err.detail);
        cr_expect_eq(parse_many(rows[i].text, rows[i].open, rows[i].most + 1, rows[i].item),
                     RATLS_E_COLLATERAL_FORMAT, "row %zu", i);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
    }
}

static void same_module(struct rt_writer *w, unsigned i)
{
    put(w, "{\"id\":\"%s\"," MODULE(SIGNER) ",\"tcbLevels\":[" SVN_LEVEL(1, "UpToDate") "]}",
        i ? "TDX_AB" : "tdx_ab");
}

static unsigned between; /* of the entry that stands between the two of 5 */

static void same_svn(struct rt_writer *w, unsigned i)
{
    put(w, "{\"tcb\":{\"isvsvn\":%u}," REST("2024-01-01", "%s") "}", i == 1 ? between : 5U,
        i ? "Revoked" : "UpToDate");
}

static void same_level(struct rt_writer *w, unsigned i)
{
    put(w, "{\"tcb\":{\"sgxtcbcomponents\":%s,\"pcesvn\":%u}," REST("2024-01-01", "%s") "}",
        SVNS(1, 2, 3), i == 1 ? between : 5U, i ? "Revoked" : "UpToDate");
}

/* Whatever stands between the two, and whatever else differs. */
Test(tcb_info, nothing_occurs_twice)
{
    static const struct {
        const char *text, *open;
        unsigned n;
        void (*item)(struct rt_writer *, unsigned);
        const char *why;
    } rows[] = {
        {sgx, "\"tcbLevels\":[", 3, same_level, "'tcbLevels' holds a level twice"},
        {tdx, "\"tcbLevels\":[", 3, same_svn, "'tcbLevels' holds a level twice"},
        {tdx, "Identities\":[", 2, same_module, "'tdxModuleIdentities' holds an id twice"},
    };

    for (size_t i = 0; i < 2 * RT_COUNT(rows); i++) {
        const size_t row = i / 2;
        between = i % 2 ? 7 : 3;
        cr_expect_eq(parse_many(rows[row].text, rows[row].open, rows[row].n, rows[row].item),
                     RATLS_E_COLLATERAL_FORMAT, "row %zu", row);
        cr_expect(strstr(err.detail, rows[row].why), "row %zu: %s", row, err.detail);
    }
}

/* ---- the order of levels: T124 ---- */

/* Newest first: first and second component, PCESVN, first and last TDX component. */
static const unsigned ordered[][5] = {
    {200, 0, 0, 0, 0},     {100, 255, 9, 9, 9},  {100, 128, 9, 0, 0},  {100, 127, 300, 1, 0},
    {100, 127, 299, 9, 9}, {100, 127, 44, 9, 9}, {100, 127, 44, 9, 8}, {0, 0, 0, 128, 0},
    {0, 0, 0, 127, 255},   {0, 0, 0, 0, 0},
};
static unsigned step; /* coprime with the number of levels */

static void put_components(struct rt_writer *w, const char *name, unsigned a, unsigned b)
{
    put(w, "\"%s\":[{\"svn\":%u},{\"svn\":%u}", name, a, b);
    for (int i = 2; i < RT_TCB_COMPONENTS; i++)
        put(w, ",{\"svn\":0}");
    put(w, "]");
}

static void put_shuffled(struct rt_writer *w, unsigned i)
{
    const unsigned *v = ordered[(i * step + step) % RT_COUNT(ordered)];

    put(w, "{\"tcb\":{");
    put_components(w, "sgxtcbcomponents", v[0], v[1]);
    put(w, ",");
    put_components(w, "tdxtcbcomponents", v[3], v[4]);
    put(w, ",\"pcesvn\":%u}," REST("2024-01-01", "UpToDate") "}", v[2]);
}

Test(tcb_info, levels_come_out_newest_first_whatever_their_order)
{
    static const unsigned steps[] = {1, 3, 7, 9};
    const char *open = "\"tcbLevels\":[{\"tcb\":{\"sgx";
    char *text = edited(tdx, open, "\"tcbLevels\":[ {\"tcb\":{\"sgx");

    for (size_t k = 0; k < RT_COUNT(steps); k++) {
        step = steps[k];
        cr_assert_eq(parse_many(text, "\"tcbLevels\":[ ", RT_COUNT(ordered), put_shuffled),
                     RATLS_OK, "%s", err.detail);
        cr_assert_eq(t.n_levels, RT_COUNT(ordered));
        for (size_t i = 0; i < t.n_levels; i++) {
            const struct rt_tcb_level *l = &t.levels[i];
            const unsigned found[] = {l->sgx[0], l->sgx[1], l->pce_svn, l->tdx[0], l->tdx[1]};
            cr_expect_arr_eq(found, ordered[i], sizeof found, "step %u, level %zu", step, i);
        }
    }
    free(text);
}

static void put_shuffled_svn(struct rt_writer *w, unsigned i)
{
    static const unsigned svns[] = {7, 300, 255, 0, 65535, 256};

    put_svn_level(w, svns[i]);
}

Test(tcb_info, levels_of_a_module_come_out_newest_first)
{
    static const uint16_t svns[] = {65535, 300, 256, 255, 7, 0};

    cr_assert_eq(parse_many(tdx, "\"tcbLevels\":[", RT_COUNT(svns), put_shuffled_svn), RATLS_OK,
                 "%s", err.detail);
    cr_assert_eq(t.modules[0].levels.n, RT_COUNT(svns));
    for (size_t i = 0; i < RT_COUNT(svns); i++)
        cr_expect_eq(t.modules[0].levels.p[i].isv_svn, svns[i]);
}

Test(tcb_info, a_level_is_found_that_is_not_above)
{
    struct rt_svn_level list[] = {{.isv_svn = 300}, {.isv_svn = 7}, {.isv_svn = 5}};
    const struct rt_svn_levels levels = {list, RT_COUNT(list)}, none = {0};
    static const struct {
        uint16_t have;
        int found;
    } rows[] = {{65535, 0}, {300, 0}, {299, 1}, {8, 1}, {7, 1}, {6, 2}, {5, 2}, {4, -1}, {0, -1}};

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_svn_levels_find(&levels, rows[i].have),
                     rows[i].found < 0 ? NULL : &list[rows[i].found], "%u", rows[i].have);
    cr_expect_null(rt_svn_levels_find(&none, 65535));
}
