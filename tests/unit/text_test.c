/* UTF-8, hex, base64, base64url, PEM. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "base.h"

/* ---- UTF-8 ---- */

#define BYTES(s) ratls_bytes(s, sizeof(s) - 1)

Test(text, knows_utf_8)
{
    cr_expect(rt_is_utf8(ratls_bytes(NULL, 0)));
    cr_expect(rt_is_utf8(BYTES("\0 ~\x7f")));
    cr_expect(rt_is_utf8(BYTES("\xc2\x80\xdf\xbf")));
    cr_expect(rt_is_utf8(BYTES("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")));
    cr_expect(rt_is_utf8(BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
}

/* RFC 3629 s.3: cut, without its beginning, longer than needed, surrogates, beyond U+10FFFF. */
Test(text, knows_what_is_no_utf_8)
{
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "a\xc3",
        "\xe2\x82",
        "\xf0\x90\x80",
        "\xc3(",
        "\xc3\xc3",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_not(rt_is_utf8(ratls_bytes_str(bad[i])), "%zu", i);
}

/* ---- hex ---- */

Test(text, writes_lower_case_hex)
{
    char out[9];

    rt_hex(ratls_bytes("\x00\x9f\xa0\xff", 4), out);
    cr_expect_str_eq(out, "009fa0ff");
    rt_hex(ratls_bytes(NULL, 0), out);
    cr_expect_str_eq(out, "");
    char *made = rt_hex_new(ratls_bytes("\xab", 1));
    cr_expect_str_eq(made, "ab");
    free(made);
}

static bool unhex(const char *text, size_t cap)
{
    uint8_t out[4];
    size_t len = cap;

    return rt_unhex(text, strlen(text), out, &len) && len == strlen(text) / 2;
}

Test(text, reads_hex_of_either_case)
{
    uint8_t out[4];
    size_t len = sizeof out;

    cr_expect(rt_unhex("00fFAa9", 6, out, &len));
    cr_expect_eq(len, 3);
    cr_expect(memcmp(out, "\x00\xff\xaa", 3) == 0);
    cr_expect(unhex("", 0));
    len = sizeof out;
    cr_expect(rt_unhex("09afAF", 6, out, &len));
    cr_expect(memcmp(out, "\x09\xaf\xaf", 3) == 0);
}

Test(text, refuses_other_hex)
{
    cr_expect_not(unhex("abc", 4));
    cr_expect_not(unhex("0g", 4));
    cr_expect_not(unhex("g0", 4));
    cr_expect_not(unhex("0x12", 4));
    cr_expect_not(unhex(" 12 ", 4));
    cr_expect_not(unhex("aa:bb:", 4));
    cr_expect(unhex("aabbccdd", 4));
    cr_expect_not(unhex("aabbccddee", 4)); /* more than fits */
}

/* ---- base64url ---- */

/* RFC 4648 s.10, without padding */
static const char *const rfc4648[][3] = {
    {"", "", ""},
    {"f", "Zg", "Zg=="},
    {"fo", "Zm8", "Zm8="},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg", "Zm9vYg=="},
    {"fooba", "Zm9vYmE", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbe", "-_--", "+/++"},
    {"\x03", "Aw", "Aw=="}, /* the first digit of the alphabet */
};

Test(text, reads_and_writes_base64url)
{
    for (size_t i = 0; i < RT_COUNT(rfc4648); i++) {
        struct ratls_bytes plain = ratls_bytes_str(rfc4648[i][0]);
        const char *text = rfc4648[i][1];
        char out[16];
        uint8_t back[8];
        size_t len = sizeof back;
        rt_base64url(plain, out);
        cr_expect_str_eq(out, text);
        cr_expect_eq(rt_base64url_len(plain.len), strlen(text));
        cr_expect(rt_unbase64url(text, strlen(text), back, &len));
        cr_expect(ratls_bytes_equal(ratls_bytes(back, len), plain));
    }
}

Test(text, refuses_base64url_that_is_not_strict)
{
    static const char *const bad[] = {
        "Z",              /* one digit */
        "Zm9vY",          /* one digit too many */
        "Zg==",           /* padding */
        "Zm 9v",          /* white space */
        "Zm9v\n", "+/++", /* the other alphabet */
        "Zh",             /* trailing bits */
        "Zm9",            /* trailing bits */
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        uint8_t out[8];
        size_t len = sizeof out;
        cr_expect_not(rt_unbase64url(bad[i], strlen(bad[i]), out, &len), "'%s'", bad[i]);
    }
}

Test(text, refuses_nul_as_a_digit)
{
    uint8_t out[8];
    size_t len = sizeof out;

    cr_expect_not(rt_unbase64url("Zm\0v", 4, out, &len));
}

Test(text, does_not_write_base64url_beyond_the_capacity)
{
    uint8_t out[2];
    size_t len = 2;

    cr_expect(rt_unbase64url("Zm8", 3, out, &len));
    len = 2;
    cr_expect_not(rt_unbase64url("Zm9v", 4, out, &len));
    len = 0;
    cr_expect_not(rt_unbase64url("Zg", 2, out, &len));
}

/* ---- base64 ---- */

static enum ratls_err unbase64(const char *text, const char *expected)
{
    struct ratls_buffer out;
    enum ratls_err e = rt_unbase64(ratls_bytes_str(text), &out);

    cr_expect_eq(e != RATLS_OK, out.p == NULL);
    if (expected)
        cr_expect(ratls_bytes_equal(rt_bytes_of(&out), ratls_bytes_str(expected)), "%s", text);
    ratls_buffer_free(&out);
    return e;
}

Test(text, reads_and_writes_base64)
{
    for (size_t i = 0; i < RT_COUNT(rfc4648); i++) {
        char out[16];
        rt_base64(ratls_bytes_str(rfc4648[i][0]), out);
        cr_expect_str_eq(out, rfc4648[i][2]);
        cr_expect_eq(unbase64(rfc4648[i][2], rfc4648[i][0]), RATLS_OK);
    }
    cr_expect_eq(unbase64(" Zm9v\r\nYm\tFy\n", "foobar"), RATLS_OK);
}

Test(text, refuses_malformed_base64)
{
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zg===", "Zm9v=", "Zm9v====", "====",  "Zg==Zg",
        "Z=g=", "-_--", "Zh==", "Zm9=",  "Zm9!",  "=",        "Zm9v\v"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(unbase64(bad[i], NULL), RATLS_E_EVIDENCE_FORMAT, "'%s'", bad[i]);
}

/* ---- PEM ---- */

#define BLOCK(label, body) "-----BEGIN " label "-----\n" body "\n-----END " label "-----\n"

Test(text, visits_each_block_of_a_label)
{
    struct ratls_bytes text = ratls_bytes_str(
        "text before\n" BLOCK("A", "Zm9v") "between" BLOCK("B", "!!") BLOCK("A", "YmFy") "after");
    struct ratls_buffer out;

    cr_assert_eq(rt_pem_next(&text, "A", &out), RATLS_OK);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&out), ratls_bytes("foo", 3)));
    ratls_buffer_free(&out);
    cr_assert_eq(rt_pem_next(&text, "A", &out), RATLS_OK);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&out), ratls_bytes("bar", 3)));
    ratls_buffer_free(&out);
    cr_expect_eq(rt_pem_next(&text, "A", &out), RATLS_E_CLOSED);
    cr_expect_null(out.p);
}

Test(text, finds_no_block_in_nothing)
{
    struct ratls_bytes text = ratls_bytes(NULL, 0);
    struct ratls_buffer out;

    cr_expect_eq(rt_pem_next(&text, "A", &out), RATLS_E_CLOSED);
}

static enum ratls_err pem(struct ratls_bytes text, const char *label)
{
    struct ratls_buffer out;
    enum ratls_err e = rt_pem_next(&text, label, &out);

    ratls_buffer_free(&out);
    return e;
}

Test(text, refuses_malformed_blocks)
{
    static const char nul[] = BLOCK("A", "Zm\0v");

    cr_expect_eq(pem(ratls_bytes_str("-----BEGIN A-----\nZm9v\n"), "A"), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(pem(ratls_bytes_str("-----BEGIN A-----\nZm9v\n-----END B-----\n"), "A"),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(pem(ratls_bytes_str(BLOCK("A", "Proc-Type: 4,ENCRYPTED")), "A"),
                 RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(pem(ratls_bytes(nul, sizeof nul - 1), "A"), RATLS_E_EVIDENCE_FORMAT);
    cr_expect_eq(pem(ratls_bytes_str(BLOCK("AB", "Zm9v")), "A"), RATLS_E_CLOSED);
}

Test(text, refuses_labels_longer_than_any)
{
    char label[80];

    memset(label, 'A', sizeof label - 1);
    label[sizeof label - 1] = 0;
    cr_expect_eq(pem(ratls_bytes_str("x"), label), RATLS_E_INTERNAL);
}

Test(text, reads_the_pem_it_writes)
{
    static const size_t sizes[] = {0, 1, 47, 48, 49, 96, 1000};

    for (size_t i = 0; i < RT_COUNT(sizes); i++) {
        uint8_t der[1000];
        struct ratls_buffer text, back;
        memset(der, 0xa5, sizeof der);
        cr_assert_eq(rt_pem_write("CERTIFICATE", ratls_bytes(der, sizes[i]), &text), RATLS_OK);
        cr_expect_eq(strlen((const char *)text.p), text.len);
        for (const char *line = (const char *)text.p; line && *line;) {
            const char *end = strchr(line, '\n');
            cr_assert_not_null(end);
            cr_expect_leq(end - line, 64);
            line = end + 1;
        }
        struct ratls_bytes at = rt_bytes_of(&text);
        cr_assert_eq(rt_pem_next(&at, "CERTIFICATE", &back), RATLS_OK);
        cr_expect(ratls_bytes_equal(rt_bytes_of(&back), ratls_bytes(der, sizes[i])));
        ratls_buffer_free(&text);
        ratls_buffer_free(&back);
    }
}

Test(text, tells_how_a_text_begins)
{
    struct ratls_bytes text = rt_without_space(ratls_bytes_str(" \t\r\n-----BEGIN x"));

    cr_expect(rt_starts_with(text, "-----BEGIN "));
    cr_expect_not(rt_starts_with(text, "-----BEGIN y"));
    cr_expect_not(rt_starts_with(ratls_bytes_str("-----"), "-----BEGIN "), "shorter than the head");
    cr_expect_eq(rt_without_space(ratls_bytes_str(" \n")).len, 0);
    cr_expect_eq(rt_without_space(ratls_bytes("\0x", 2)).len, 2, "NUL is no space");
}
