/* Baselines of secGear become reference values, or are refused by name. */
#include "ratls/bundle.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

#define TEXT(s) ratls_bytes_str(s)

#define HEX_8(d)  d d d d d d d d
#define HEX_32(d) HEX_8(HEX_8(d)) /* 32 bytes of a digit */
#define A         HEX_32("a")
#define B         HEX_32("b")
#define C         HEX_32("c")
#define A64       A A
#define A48       A HEX_8("aaaa")
#define IMA(list) "{\"virtcca_ima_" A "\":" list "}"

static struct ratls_error err;

/* From a block of its own size. */
static enum ratls_err from_json(struct ratls_bytes json, struct ratls_buffer *out)
{
    uint8_t *copy = malloc(json.len + !json.len);

    cr_assert(copy);
    if (json.len)
        memcpy(copy, json.p, json.len);
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_refs_read(ratls_bytes(copy, json.len), "virtcca", "web", out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->p != NULL);
    free(copy);
    return e;
}

static void expect_body(struct ratls_bytes json, const char *body)
{
    struct ratls_buffer document = {0};
    char due[2048];

    (void)snprintf(
        due, sizeof due,
        "{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\",\"tee\":\"virtcca\","
        "\"name\":\"web\",\"version\":1,\"state\":\"active\",\"body\":{%s}}]}",
        body);
    cr_assert_eq(from_json(json, &document), RATLS_OK, "%s", err.detail);
    cJSON *a = cJSON_ParseWithLength((const char *)document.p, document.len), *b = cJSON_Parse(due);
    cr_assert(a && b);
    cr_expect(cJSON_Compare(a, b, true), "%.*s", (int)document.len, (const char *)document.p);
    cJSON_Delete(a);
    cJSON_Delete(b);
    ratls_buffer_free(&document);
}

static const struct {
    const char *json, *body;
} good[] = {
    {"{\"refs\":\"{\\\"vcca.cvm.rim\\\":\\\"" A "\\\"}\"}", "\"measurements\":[\"" A "\"]"},
    {"{\"refs\":{\"vcca.cvm.rim\":\"" A "\"}}", "\"measurements\":[\"" A "\"]"},
    {" {\"vcca.cvm.rim\" : \"" A "\"}\n", "\"measurements\":[\"" A "\"]"},
    {"{\"vcca.cvm.rim\":[\"" B "\",\"" A64 "\",\"" A48 "\",\"" B "\"]}",
     "\"measurements\":[\"" B "\",\"" A64 "\",\"" A48 "\",\"" B "\"]"},
    {"{\"vcca.cvm.rim\":\"" HEX_32("A") "\"}", "\"measurements\":[\"" A "\"]"},
    {"{\"vcca.cvm.rem.3\":[\"" A "\"],\"vcca.cvm.rim\":\"" C "\",\"vcca.cvm.rem.0\":[\"" A "\",\"" B
     "\"]}",
     "\"measurements\":[\"" C "\"],\"claims\":{\"virtcca.cvm.rem0\":[\"" A "\",\"" B
     "\"],\"virtcca.cvm.rem3\":[\"" A "\"]}"},
    {"{\"vcca.cvm.rem.2\":\"" A "\"}", "\"claims\":{\"virtcca.cvm.rem2\":[\"" A "\"]}"},
    {IMA("\"" B "\\n" HEX_32("C") "  /usr/bin/a b\\r\\n\\n" B " *x\""),
     "\"measurements\":[\"" A "\"],\"lists\":{\"virtcca.ima.digests\":[\"" B "\",\"" C "\",\"" B
     "\"]}"},
    {IMA("[\"" B "\",\"" C "\\n\"]"),
     "\"measurements\":[\"" A "\"],\"lists\":{\"virtcca.ima.digests\":[\"" B "\",\"" C "\"]}"},
    {"{\"vcca.cvm.rim\":[\"" A "\",\"" A "\"],\"virtcca_ima_" HEX_32("A") "\":\"" B "\"}",
     "\"measurements\":[\"" A "\",\"" A "\"],\"lists\":{\"virtcca.ima.digests\":[\"" B "\"]}"},
};

Test(refs, become_reference_values)
{
    for (size_t i = 0; i < RT_COUNT(good); i++)
        expect_body(TEXT(good[i].json), good[i].body);
}

static const struct {
    const char *json;
    enum ratls_err due;
    const char *detail;
} bad[] = {
    {"", RATLS_E_BUNDLE_FORMAT, "not a value"},
    {"[]", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":\"\"}", RATLS_E_BUNDLE_FORMAT, "not a value"},
    {"{\"refs\":\"[]\"}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":\"{}\"}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":{}}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":7}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":[\"" A "\"]}", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"{\"refs\":{\"vcca.cvm.rim\":\"" A "\"},\"more\":1}", RATLS_E_BUNDLE_FORMAT, "not alone"},
    {"{\"more\":1,\"refs\":{\"vcca.cvm.rim\":\"" A "\"}}", RATLS_E_BUNDLE_FORMAT, "not alone"},
    {"{\"refs\":{\"refs\":{\"vcca.cvm.rim\":\"" A "\"}}}", RATLS_E_UNSUPPORTED, "'refs'"},
    {"{\"refs\":\"{\\\"vcca.cvm.rim\\\":\\\"" A "\\\",\\\"vcca.cvm.rim\\\":\\\"" B "\\\"}\"}",
     RATLS_E_BUNDLE_FORMAT, "twice"},
    {"{\"vcca.cvm.rim\":\"" A "\",\"vcca.cvm.rim\":\"" B "\"}", RATLS_E_BUNDLE_FORMAT, "twice"},
    {"{\"itrustee.ta_img\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'itrustee.ta_img'"},
    {"{\"vcca.cvm.rim\":\"" A "\",\"vcca.is_platform\":true}", RATLS_E_UNSUPPORTED,
     "'vcca.is_platform'"},
    {"{\"vcca.cvm.rem.4\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'vcca.cvm.rem.4'"},
    {"{\"vcca.cvm.rem.00\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'vcca.cvm.rem.00'"},
    {"{\"vcca.cvm.rem.\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'vcca.cvm.rem.'"},
    {"{\"vcca.cvm.rim2\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'vcca.cvm.rim2'"},
    {"{\"VCCA.cvm.rim\":\"" A "\"}", RATLS_E_UNSUPPORTED, "'VCCA.cvm.rim'"},
    {"{\"vcca.cvm.rim\":[]}", RATLS_E_BUNDLE_FORMAT, "no values"},
    {"{\"vcca.cvm.rim\":7}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":null}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":[[\"" A "\"]]}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":\"\"}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":\"" A "a\"}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":\"" A "aa\"}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":\"" A64 "aa\"}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rim\":\" " A "\"}", RATLS_E_BUNDLE_FORMAT, "no hash in hex"},
    {"{\"vcca.cvm.rem.0\":\"xx\"}", RATLS_E_BUNDLE_FORMAT, "'vcca.cvm.rem.0': a value that"},
    {"{\"vcca.cvm.rem.0\":{}}", RATLS_E_BUNDLE_FORMAT, "'vcca.cvm.rem.0': a value that"},
    {"{\"virtcca_ima_\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT, "no RIM in the name"},
    {"{\"virtcca_ima_" A "a\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT, "no RIM in the name"},
    {"{\"virtcca_ima_" A64 "aa\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT, "no RIM in the name"},
    {"{\"virtcca_ima_" A64 A64 A64 A64 A64 A64 A64 A64 "\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT,
     "'virtcca_ima_"},
    {"{\"virtcca_ima_../x\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT, "no RIM in the name"},
    {"{\"virtcca_ima_" A "\":\"" A "\",\"virtcca_ima_" B "\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT,
     "a second digest list"},
    {"{\"vcca.cvm.rim\":\"" B "\",\"virtcca_ima_" A "\":\"" A "\"}", RATLS_E_BUNDLE_FORMAT,
     "another RIM"},
    {"{\"virtcca_ima_" A "\":\"" A "\",\"vcca.cvm.rim\":[\"" A "\",\"" B "\"]}",
     RATLS_E_BUNDLE_FORMAT, "another RIM"},
    {IMA("\"\""), RATLS_E_BUNDLE_FORMAT, "no digest in it"},
    {IMA("\"\\n\\r\\n\""), RATLS_E_BUNDLE_FORMAT, "no digest in it"},
    {IMA("[]"), RATLS_E_BUNDLE_FORMAT, "no values"},
    {IMA("5"), RATLS_E_BUNDLE_FORMAT, "neither text nor texts"},
    {IMA("[5]"), RATLS_E_BUNDLE_FORMAT, "neither text nor texts"},
    {IMA("\"" B "\\nxyz\""), RATLS_E_BUNDLE_FORMAT, "line 2 that"},
    {IMA("\"" B "bb\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"" B " \""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"" B "  \""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"" B " x\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"" B " xy\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"" B "-*x\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"\\\\" B "  a\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\" " B "\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
    {IMA("\"# comment\""), RATLS_E_BUNDLE_FORMAT, "line 1 that"},
};

Test(refs, are_refused_by_name)
{
    struct ratls_buffer document = {0};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        enum ratls_err e = from_json(TEXT(bad[i].json), &document);
        cr_expect_eq(e, bad[i].due, "%s: %s", bad[i].json, err.detail);
        cr_expect(strstr(err.detail, bad[i].detail), "%s: %s", bad[i].json, err.detail);
        ratls_buffer_free(&document);
    }
}

Test(refs, are_of_virtcca_and_get_a_name)
{
    const struct ratls_bytes json = TEXT("{\"vcca.cvm.rim\":\"" A "\"}");
    static const char *const tees[] = {"vcca", "tdx", "", "VIRTCCA", NULL};
    static const char *const names[] = {"", "a b", "../x", NULL};
    struct ratls_buffer document = {0};

    for (size_t i = 0; i < RT_COUNT(tees); i++)
        cr_expect_eq(ratls_refs_read(json, tees[i], "web", &document, NULL), RATLS_E_UNSUPPORTED);
    for (size_t i = 0; i < RT_COUNT(names); i++)
        cr_expect_eq(ratls_refs_read(json, "virtcca", names[i], &document, NULL), RATLS_E_USAGE);
}

/* ---- digest list files ---- */

Test(refs, are_made_of_digest_lists)
{
    struct ratls_buffer json = {0};

    err = (struct ratls_error){0};
    cr_assert_eq(ratls_refs_of_digests(TEXT("\n" B "\r\n" HEX_32("C") "  /a/\"b\"\n" B " *\\c"),
                                       HEX_32("A"), &json, &err),
                 RATLS_OK, "%s", err.detail);
    expect_body(rt_bytes_of(&json),
                "\"measurements\":[\"" A "\"],\"lists\":{\"virtcca.ima.digests\":[\"" B "\",\"" C
                "\",\"" B "\"]}");
    ratls_buffer_free(&json);
}

Test(refs, need_digests_and_a_rim)
{
    static const char *const rims[] = {"", "aa", A "a", A64 "aa", "x\"", NULL};
    struct ratls_buffer json = {0};

    for (size_t i = 0; i < RT_COUNT(rims); i++)
        cr_expect_eq(ratls_refs_of_digests(TEXT(B), rims[i], &json, NULL), RATLS_E_USAGE);
    static const char *const lists[] = {"", "\n", B "\n" B "b", "{}", B " \n", B "\t x"};
    for (size_t i = 0; i < RT_COUNT(lists); i++)
        cr_expect_eq(ratls_refs_of_digests(TEXT(lists[i]), A, &json, NULL), RATLS_E_BUNDLE_FORMAT);
    cr_expect_eq(ratls_refs_of_digests(ratls_bytes(B "\0\n" B, 131), A, &json, NULL),
                 RATLS_E_BUNDLE_FORMAT);
}

/* 1 MiB is enough for 10,000 digests with names. */
Test(refs, hold_the_longest_list_of_secgear)
{
    struct rt_writer w = {0};
    struct ratls_buffer json = {0}, document = {0};

    for (size_t i = 0; i < 10000; i++)
        rt_put_bytes(&w, TEXT(B "  /usr/lib/some-file\n"));
    err = (struct ratls_error){0};
    cr_assert_eq(ratls_refs_of_digests(rt_written(&w), A, &json, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(from_json(rt_bytes_of(&json), &document), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&json);
    ratls_buffer_free(&document);
    while (w.len <= RT_MAX_FILE)
        rt_put_bytes(&w, TEXT("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"));
    cr_expect_eq(ratls_refs_of_digests(rt_written(&w), A, &json, NULL), RATLS_E_BUNDLE_FORMAT);
    rt_writer_free(&w);
}

/* Commas are enough to make a document larger than what it was made of. */
Test(refs, become_at_most_one_mebibyte)
{
    struct rt_writer w = {0};
    struct ratls_buffer document = {0};

    rt_put_bytes(&w, TEXT("{\"virtcca_ima_" A "\":\"" B));
    while (w.len < RT_MAX_FILE - 80)
        rt_put_bytes(&w, TEXT("\\n" B));
    rt_put_bytes(&w, TEXT("\"}"));
    cr_expect_eq(from_json(rt_written(&w), &document), RATLS_E_BUNDLE_FORMAT);
    cr_expect(strstr(err.detail, "at most 1048576"), "%s", err.detail);
    rt_writer_free(&w);
}
