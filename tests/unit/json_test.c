/* Strict JSON: what cJSON would take and we do not. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include <cjson/cJSON.h>

#include "json.h"

static enum ratls_err parse(struct ratls_bytes text, struct ratls_error *err)
{
    struct cJSON *json = NULL;
    enum ratls_err e = rt_json_parse(text, RATLS_E_POLICY_FORMAT, &json, err);

    cr_assert_eq(e == RATLS_OK, json != NULL, "a tree comes exactly with success");
    rt_json_free(json);
    return e;
}

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

struct vector {
    const char *p;
    size_t len;
};

static const struct vector good[] = {
    BYTES("{}"),
    BYTES("[]"),
    BYTES(" {\"a\" : [ 1 , -1, 0, true, false, null ] }\r\n\t"),
    BYTES("{\"a\":1,\"A\":2}"),
    BYTES("9007199254740991"),
    BYTES("-9007199254740991"),
    BYTES("\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    BYTES("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf\""),
    BYTES("[{\"a\":1},{\"a\":1}]"),
    BYTES("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"),
    BYTES("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"),
};

Test(json, accepts_strict_documents)
{
    for (size_t i = 0; i < RT_COUNT(good); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(parse(ratls_bytes(good[i].p, good[i].len), &err), RATLS_OK, "%zu: %s", i,
                     err.detail);
    }
}

/* Each row is refused with a detail that holds `why`. */
static const struct bad {
    struct vector text;
    const char *why;
} bad[] = {
    {BYTES(""), "not a value"},
    {BYTES(" "), "not a value"},
    {BYTES("{\"a\":1,\"a\":2}"), "'a' appears twice"},
    {BYTES("{\"a\":1,\"b\":2,\"\\u0061\":2}"), "'a' appears twice"},
    {BYTES("[{\"x\":{\"b\":1,\"b\":1}}]"), "'b' appears twice"},
    {BYTES("NaN"), "not a value"},
    {BYTES("[Infinity]"), "not a value"},
    {BYTES("[-Infinity]"), "not a value"},
    {BYTES("1e400"), "not an integer"},
    {BYTES("1E2"), "not an integer"},
    {BYTES("1.5"), "not an integer"},
    {BYTES("1.0"), "not an integer"},
    {BYTES("9007199254740992"), "beyond 2^53"},
    {BYTES("-9007199254740992"), "beyond 2^53"},
    {BYTES("99999999999999999999999999"), "beyond 2^53"},
    {BYTES("01"), "leading zero"},
    {BYTES("-01"), "leading zero"},
    {BYTES("-0"), "minus zero"},
    {BYTES("-"), "not a value"},
    {BYTES("+1"), "not a value"},
    {BYTES("0x10"), "trailing bytes"},
    {BYTES("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), "nested too deeply"},
    {BYTES("\"a\0b\""), "control character"},
    {BYTES("\"a\nb\""), "control character"},
    {BYTES("\"\\u0000\""), "NUL"},
    {BYTES("{\"a\\u0000b\":1}"), "NUL"},
    {BYTES("\"\\ud800\""), "surrogate"},
    {BYTES("\"\\ud800x\""), "surrogate"},
    {BYTES("\"\\ud800\\u0041\""), "surrogate"},
    {BYTES("\"\\udc00\""), "surrogate"},
    {BYTES("\"\\ud800\\ud800\""), "surrogate"},
    {BYTES("\"\\udc00\\udc00\""), "surrogate"},
    {BYTES("\"\\u12g4\""), "bad escape"},
    {BYTES("\"\\u12"), "bad escape"},
    {BYTES("\"\\x41\""), "bad escape"},
    {BYTES("\"\\"), "bad escape"},
    {BYTES("\"\x80\""), "UTF-8"},
    {BYTES("\"\xc0\x80\""), "UTF-8"},
    {BYTES("\"\xc1\xbf\""), "UTF-8"},
    {BYTES("\"\xe0\x80\x80\""), "UTF-8"},
    {BYTES("\"\xed\xa0\x80\""), "UTF-8"},
    {BYTES("\"\xf0\x80\x80\x80\""), "UTF-8"},
    {BYTES("\"\xf4\x90\x80\x80\""), "UTF-8"},
    {BYTES("\"\xf5\x80\x80\x80\""), "UTF-8"},
    {BYTES("\"\xa2\x80\""), "UTF-8"},
    {BYTES("\"\xf9\x80\x80\x80\""), "UTF-8"},
    {BYTES("\"\xc3\""), "UTF-8"},
    {BYTES("\"\xe2\x82"), "UTF-8"},
    {BYTES("\"abc"), "ends within"},
    {BYTES("{} x"), "trailing bytes"},
    {BYTES("{}{}"), "trailing bytes"},
    {BYTES("{}\0"), "trailing bytes"},
    {BYTES("\xef\xbb\xbf{}"), "not a value"},
    {BYTES("{\"a\":1,}"), "name or string"},
    {BYTES("[1,]"), "not a value"},
    {BYTES("[1 2]"), "comma"},
    {BYTES("{\"a\" 1}"), "colon"},
    {BYTES("{a:1}"), "name or string"},
    {BYTES("{1:1}"), "name or string"},
    {BYTES("{\"a\":}"), "not a value"},
    {BYTES("['a']"), "not a value"},
    {BYTES("[1"), "comma"},
    {BYTES("// c\n{}"), "not a value"},
    {BYTES("True"), "not a value"},
    {BYTES("truex"), "trailing bytes"},
    {BYTES("\x0b{}"), "not a value"},
};

/* T36 */
Test(json, refuses_what_a_lenient_parser_would_take)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = parse(ratls_bytes(bad[i].text.p, bad[i].text.len), &err);
        cr_expect_eq(e, RATLS_E_POLICY_FORMAT, "row %zu: %s", i, bad[i].text.p);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
    }
}

Test(json, refuses_every_proper_prefix_of_a_document)
{
    static const char text[] = "{\"a\":[1,{\"b\":\"\\u00e9\"}],\"c\":true}";

    for (size_t n = 0; n < sizeof text - 1; n++) {
        uint8_t *exact = malloc(n + 1); /* of the very length, for ASan */
        memcpy(exact, text, n);
        cr_expect_eq(parse(ratls_bytes(exact, n), NULL), RATLS_E_POLICY_FORMAT, "%zu", n);
        free(exact);
    }
}

Test(json, refuses_more_bytes_than_the_limit)
{
    struct rt_writer w = {0};

    rt_put_u8(&w, '1');
    while (w.len < RT_MAX_JSON)
        rt_put_u8(&w, ' ');
    cr_expect_eq(parse(rt_written(&w), NULL), RATLS_OK);
    rt_put_u8(&w, ' ');
    cr_expect_eq(parse(rt_written(&w), NULL), RATLS_E_POLICY_FORMAT);
    rt_writer_free(&w);
}

static enum ratls_err object_of(size_t n)
{
    struct rt_writer w = {0};
    char member[32];

    rt_put_u8(&w, '{');
    for (size_t i = 0; i < n; i++)
        rt_put(&w, member, (size_t)snprintf(member, sizeof member, "%s\"%zu\":1", i ? "," : "", i));
    rt_put_u8(&w, '}');
    enum ratls_err e = parse(rt_written(&w), NULL);
    rt_writer_free(&w);
    return e;
}

Test(json, bounds_the_members_of_an_object)
{
    cr_expect_eq(object_of(RT_MAX_JSON_MEMBERS), RATLS_OK);
    cr_expect_eq(object_of(RT_MAX_JSON_MEMBERS + 1), RATLS_E_POLICY_FORMAT);
}

Test(json, looks_members_up_with_letter_case)
{
    struct cJSON *json = NULL;

    cr_assert_eq(rt_json_parse(ratls_bytes_str("{\"Tees\":1}"), RATLS_E_POLICY_FORMAT, &json, NULL),
                 RATLS_OK);
    cr_expect_null(rt_json_member(json, "tees"));
    cr_expect_not_null(rt_json_member(json, "Tees"));
    cr_expect(rt_json_has(json, "Tees"));
    cr_expect_not(rt_json_has(json, "tees"));
    rt_json_free(json);
}

Test(json, reads_integers_within_bounds_only)
{
    struct cJSON *json = NULL;
    int64_t n = 0;

    cr_assert_eq(
        rt_json_parse(ratls_bytes_str("{\"n\":7,\"t\":\"7\"}"), RATLS_E_POLICY_FORMAT, &json, NULL),
        RATLS_OK);
    cr_expect(rt_json_int(rt_json_member(json, "n"), 7, 7, &n));
    cr_expect_eq(n, 7);
    cr_expect_not(rt_json_int(rt_json_member(json, "n"), 8, 9, &n));
    cr_expect_not(rt_json_int(rt_json_member(json, "n"), 1, 6, &n));
    cr_expect_not(rt_json_int(rt_json_member(json, "t"), 0, 9, &n));
    cr_expect_not(rt_json_int(NULL, 0, 9, &n));
    rt_json_free(json);
}

/* ---- writing ---- */

static void expect_written(const struct rt_writer *w, const char *due)
{
    cr_expect(ratls_bytes_equal(rt_written(w), ratls_bytes_str(due)), "%.*s", (int)w->len,
              (const char *)w->p);
}

Test(json, writes_utf8_that_comes_back_as_it_was)
{
    static const char text[] = "a\"\\/\n\x01\x7f\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92";
    struct rt_writer w = {0};
    struct cJSON *json = NULL;

    rt_json_put_utf8(&w, ratls_bytes_str(text));
    expect_written(&w, "\"a\\\"\\\\/\\u000a\\u0001\\u007f\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92\"");
    cr_assert_eq(rt_json_parse(rt_written(&w), RATLS_E_POLICY_FORMAT, &json, NULL), RATLS_OK);
    cr_expect_str_eq(cJSON_GetStringValue(json), text);
    rt_json_free(json);
    rt_writer_free(&w);
    rt_json_put_utf8(&w, ratls_bytes(NULL, 0));
    expect_written(&w, "\"\"");
    rt_writer_free(&w);
}

Test(json, writes_integers)
{
    struct rt_writer w = {0};

    rt_json_put_int(&w, INT64_MIN);
    rt_put_u8(&w, ' ');
    rt_json_put_int(&w, 0);
    rt_put_u8(&w, ' ');
    rt_json_put_int(&w, 1000000000000000);
    expect_written(&w, "-9223372036854775808 0 1000000000000000");
    rt_writer_free(&w);
}

/* ---- the text of members ---- */

static enum ratls_err split(const char *text, struct rt_json_part parts[2])
{
    parts[0] = (struct rt_json_part){.name = "doc"};
    parts[1] = (struct rt_json_part){.name = "signature"};
    return rt_json_split(ratls_bytes_str(text), RATLS_E_COLLATERAL_FORMAT, parts, 2, NULL);
}

Test(json, cuts_members_out_byte_for_byte)
{
    static const char *const texts[] = {
        "{\"doc\":{ \"a\" : [1, \"}\\\"\"] },\"signature\":\"00\"}",
        " { \"signature\" : \"00\" ,\n\t\"doc\" :\r{ \"a\" : [1, \"}\\\"\"] } } ",
    };
    struct rt_json_part parts[2];

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        cr_assert_eq(split(texts[i], parts), RATLS_OK, "%zu", i);
        cr_expect(ratls_bytes_equal(parts[0].text, ratls_bytes_str("{ \"a\" : [1, \"}\\\"\"] }")));
        cr_expect(ratls_bytes_equal(parts[1].text, ratls_bytes_str("\"00\"")));
    }
}

/* T122, T123: what is signed must be what is read. */
Test(json, cuts_nothing_out_of_doubtful_documents)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"doc\":1}",
        "{\"doc\":1,\"signature\":2",
        "{\"doc\":1,\"signature\":2}}",
        "{\"doc\":1,\"signature\":2}x",
        "{\"doc\":1 \"signature\":2}",
        "{\"doc\":1,\"signature\":2,}",
        "{\"doc\":1,\"signature\":2,\"more\":3}",
        "{\"doc\":1,\"more\":3}",
        "{\"doc\":1,\"doc\":2}",
        "{\"doc\":1,\"Signature\":2}",
        "{\"doc\":1,\"s\\u0069gnature\":2}",
        "{\"doc\",\"signature\":2}",
        "{\"doc\":1.5,\"signature\":2}",
        "{\"doc\":{\"a\":\"\\u0000\"},\"signature\":2}",
        "{\"doc\":,\"signature\":2}",
        "{doc:1,\"signature\":2}",
    };
    struct rt_json_part parts[2];

    for (size_t i = 0; i < RT_COUNT(texts); i++)
        cr_expect_eq(split(texts[i], parts), RATLS_E_COLLATERAL_FORMAT, "%s", texts[i]);
}

Test(json, a_limit_of_the_caller_counts)
{
    struct cJSON *json = NULL;

    cr_expect_eq(rt_json_parse_up_to(ratls_bytes_str("[1]"), 2, RATLS_E_POLICY_FORMAT, &json, NULL),
                 RATLS_E_POLICY_FORMAT);
    cr_expect_null(json);
    cr_expect_eq(rt_json_parse_up_to(ratls_bytes_str("[1]"), 3, RATLS_E_POLICY_FORMAT, &json, NULL),
                 RATLS_OK);
    rt_json_free(json);
}

/* T79 */
Test(json, escapes_everything_but_printable_ascii)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_json_put_text(&w, "a\"b\\c\r\n\x1b[31m\x7f\xc3\xa9");
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    cr_expect_str_eq((char *)out.p,
                     "\"a\\\"b\\\\c\\u000d\\u000a\\u001b[31m\\u007f\\u00c3\\u00a9\"");
    ratls_buffer_free(&out);
}
