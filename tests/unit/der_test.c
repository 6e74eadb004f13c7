/* DER: what is read, what is refused, what is written. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "der.h"

#define BYTES(text) ratls_bytes(text, sizeof(text) - 1)

/* The content, whatever the tag; NULL when refused. */
static struct ratls_bytes any(struct ratls_bytes in)
{
    struct rt_reader r = rt_reader(in);
    uint8_t tag;
    struct ratls_bytes content = rt_der_any(&r, &tag, NULL);

    cr_expect_eq(r.bad, tag == 0);
    return r.bad ? ratls_bytes(NULL, 0) : content;
}

static void expect_written(struct rt_writer *w, struct ratls_bytes expected)
{
    cr_expect(ratls_bytes_equal(rt_written(w), expected));
    rt_writer_free(w);
}

/* ---- elements ---- */

Test(der, reads_tag_content_and_whole_element)
{
    struct rt_reader r = rt_reader(BYTES("\x04\x02\xaa\xbb\x05\x00"));
    struct ratls_bytes whole, content;
    uint8_t tag;

    cr_expect_eq(rt_der_peek(&r), RT_DER_OCTET_STRING);
    content = rt_der_get(&r, RT_DER_OCTET_STRING, &whole);
    cr_expect(ratls_bytes_equal(content, BYTES("\xaa\xbb")));
    cr_expect(ratls_bytes_equal(whole, BYTES("\x04\x02\xaa\xbb")));
    content = rt_der_any(&r, &tag, &whole);
    cr_expect_eq(tag, RT_DER_NULL);
    cr_expect_eq(content.len, 0);
    cr_expect(ratls_bytes_equal(whole, BYTES("\x05\x00")));
    cr_expect_eq(rt_der_peek(&r), -1);
    cr_expect(rt_at_end(&r));
}

Test(der, refuses_another_tag_than_the_one_asked_for)
{
    struct rt_reader r = rt_reader(BYTES("\x04\x01\xaa"));
    struct ratls_bytes whole = BYTES("x");

    cr_expect_null(rt_der_get(&r, RT_DER_INTEGER, &whole).p);
    cr_expect_null(whole.p);
    cr_expect(r.bad);
    cr_expect_eq(rt_der_peek(&r), -1);
}

Test(der, enters_constructed_elements)
{
    struct rt_reader r = rt_reader(BYTES("\x30\x03\x02\x01\x07\x05\x00"));
    struct rt_reader inside = rt_der_enter(&r, RT_DER_SEQUENCE);

    cr_expect_eq(rt_der_uint(&inside), 7);
    cr_expect(rt_at_end(&inside));
    cr_expect_eq(r.left, 2);
}

Test(der, hands_failure_down_into_what_it_enters)
{
    struct rt_reader r = rt_reader(BYTES("\x31\x00"));
    struct rt_reader inside = rt_der_enter(&r, RT_DER_SEQUENCE);

    cr_expect(r.bad);
    cr_expect(inside.bad);
    cr_expect_not(rt_at_end(&inside));
}

static const struct {
    const char *what;
    struct ratls_bytes in;
} malformed[] = {
    {"nothing", {(const uint8_t *)"", 0}},
    {"end-of-contents", {(const uint8_t *)"\x00\x00", 2}},
    {"tag of several bytes", {(const uint8_t *)"\x1f\x1f\x00", 3}},
    {"constructed tag of several bytes", {(const uint8_t *)"\xbf\x1f\x00", 3}},
    {"no length", {(const uint8_t *)"\x04", 1}},
    {"no content", {(const uint8_t *)"\x04\x01", 2}},
    {"content too short", {(const uint8_t *)"\x04\x03\x00\x00", 4}},
    {"long form without length", {(const uint8_t *)"\x04\x81", 2}},
    {"long form cut", {(const uint8_t *)"\x04\x82\x01", 3}},
    {"reserved length", {(const uint8_t *)"\x04\xff\x00", 3}},
    {"length of 2^32-1", {(const uint8_t *)"\x04\x84\xff\xff\xff\xff\x00", 7}},
    {"five length bytes", {(const uint8_t *)"\x04\x85\x01\x00\x00\x00\x00\x00", 8}},
    {"eight length bytes", {(const uint8_t *)"\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff", 10}},
};

/* T20, T35, T140 */
Test(der, refuses_malformed_elements)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++)
        cr_expect_null(any(malformed[i].in).p, "%s", malformed[i].what);
}

/* T35 */
Test(der, refuses_indefinite_lengths)
{
    uint8_t in[200] = {0x30, 0x80, 0x05, 0x00};

    cr_expect_null(any(ratls_bytes(in, 6)).p);
    cr_expect_null(any(ratls_bytes(in, sizeof in)).p, "nor is it 128");
}

/* T140: nine bytes would wrap around to a length that fits. */
Test(der, refuses_lengths_of_more_than_four_bytes)
{
    uint8_t in[200] = {0x04, 0x89, 0x01};

    in[10] = 0x80;
    cr_expect_null(any(ratls_bytes(in, sizeof in)).p);
}

/* T35: 0x7f would have been enough, or a byte less. */
Test(der, refuses_lengths_that_are_not_the_shortest)
{
    uint8_t in[300] = {0x04, 0x81, 0x7f};

    cr_expect_null(any(ratls_bytes(in, sizeof in)).p);
    in[2] = 0x80;
    cr_expect_eq(any(ratls_bytes(in, sizeof in)).len, 0x80);
    memcpy(in, "\x04\x82\x00\xff", 4);
    cr_expect_null(any(ratls_bytes(in, sizeof in)).p);
    memcpy(in, "\x04\x82\x01\x00", 4);
    cr_expect_eq(any(ratls_bytes(in, sizeof in)).len, 0x100);
    memcpy(in, "\x04\x83\x00\x01\x00", 5);
    cr_expect_null(any(ratls_bytes(in, sizeof in)).p);
    memcpy(in, "\x04\x84\x00\x00\x01\x00", 6);
    cr_expect_null(any(ratls_bytes(in, sizeof in)).p);
}

/* ---- types ---- */

static bool read_bool(struct ratls_bytes in, bool *v)
{
    struct rt_reader r = rt_reader(in);

    *v = rt_der_bool(&r);
    return rt_at_end(&r);
}

Test(der, knows_two_booleans_only)
{
    bool v;

    cr_expect(read_bool(BYTES("\x01\x01\xff"), &v) && v);
    cr_expect(read_bool(BYTES("\x01\x01\x00"), &v) && !v);
    cr_expect_not(read_bool(BYTES("\x01\x01\x01"), &v));
    cr_expect_not(read_bool(BYTES("\x01\x00"), &v));
    cr_expect_not(read_bool(BYTES("\x01\x02\xff\xff"), &v));
    cr_expect_not(read_bool(BYTES("\x02\x01\xff"), &v));
    cr_expect_not(v);
}

static bool read_uint(struct ratls_bytes in, uint64_t *v)
{
    struct rt_reader r = rt_reader(in);

    *v = rt_der_uint(&r);
    return rt_at_end(&r);
}

Test(der, reads_integers_that_fit)
{
    uint64_t v;

    cr_expect(read_uint(BYTES("\x02\x01\x00"), &v) && v == 0);
    cr_expect(read_uint(BYTES("\x02\x01\x7f"), &v) && v == 0x7f);
    cr_expect(read_uint(BYTES("\x02\x02\x00\x80"), &v) && v == 0x80);
    cr_expect(read_uint(BYTES("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"), &v) &&
              v == UINT64_MAX);
    cr_expect_not(read_uint(BYTES("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00"), &v));
    cr_expect_eq(v, 0);
}

/* T35 */
Test(der, refuses_integers_that_are_empty_negative_or_padded)
{
    uint64_t v;

    cr_expect_not(read_uint(BYTES("\x02\x00"), &v));
    cr_expect_not(read_uint(BYTES("\x02\x01\x80"), &v));
    cr_expect_not(read_uint(BYTES("\x02\x01\xff"), &v));
    cr_expect_not(read_uint(BYTES("\x02\x02\xff\x80"), &v));
    cr_expect_not(read_uint(BYTES("\x02\x02\x00\x00"), &v));
    cr_expect_not(read_uint(BYTES("\x02\x02\x00\x7f"), &v));
}

Test(der, gives_large_integers_without_their_sign_byte)
{
    struct rt_reader r = rt_reader(BYTES("\x02\x03\x00\x80\x01\x02\x02\x01\x00\x02\x01\x00"));

    cr_expect(ratls_bytes_equal(rt_der_positive(&r), BYTES("\x80\x01")));
    cr_expect(ratls_bytes_equal(rt_der_positive(&r), BYTES("\x01\x00")));
    cr_expect(ratls_bytes_equal(rt_der_positive(&r), BYTES("\x00")));
    cr_expect(rt_at_end(&r));
}

static struct ratls_bytes read_bits(struct ratls_bytes in)
{
    struct rt_reader r = rt_reader(in);
    struct ratls_bytes v = rt_der_bits(&r);

    cr_expect_eq(r.bad, v.p == NULL);
    return v;
}

Test(der, reads_bit_strings_of_whole_bytes_only)
{
    cr_expect(ratls_bytes_equal(read_bits(BYTES("\x03\x03\x00\xaa\xbb")), BYTES("\xaa\xbb")));
    cr_expect_not_null(read_bits(BYTES("\x03\x01\x00")).p);
    cr_expect_null(read_bits(BYTES("\x03\x00")).p);
    cr_expect_null(read_bits(BYTES("\x03\x02\x01\xaa")).p);
    cr_expect_null(read_bits(BYTES("\x03\x02\x08\xaa")).p);
    cr_expect_null(read_bits(BYTES("\x04\x02\x00\xaa")).p);
}

static bool read_time(uint8_t tag, const char *text, int64_t *v)
{
    struct rt_writer w = {0};

    rt_der_put(&w, tag, ratls_bytes_str(text));
    struct rt_reader r = rt_reader(rt_written(&w));
    *v = rt_der_time(&r);
    bool good = rt_at_end(&r);
    rt_writer_free(&w);
    return good;
}

static const struct {
    uint8_t tag;
    const char *text;
    int64_t expected;
} times[] = {
    {RT_DER_UTC_TIME, "500101000000Z", -631152000},
    {RT_DER_UTC_TIME, "700101000000Z", 0},
    {RT_DER_UTC_TIME, "000229235959Z", 951868799},
    {RT_DER_UTC_TIME, "491231235959Z", 2524607999},
    {RT_DER_GENERALIZED_TIME, "20500101000000Z", 2524608000},
    {RT_DER_GENERALIZED_TIME, "20210401000000Z", 1617235200}, /* Intel's sgx_ttls writes it so */
    {RT_DER_GENERALIZED_TIME, "99991231235959Z", 253402300799},
};

Test(der, reads_both_forms_of_time)
{
    int64_t v;

    for (size_t i = 0; i < RT_COUNT(times); i++) {
        cr_expect(read_time(times[i].tag, times[i].text, &v), "%s", times[i].text);
        cr_expect_eq(v, times[i].expected, "%s", times[i].text);
    }
}

static const struct {
    uint8_t tag;
    const char *text;
} bad_times[] = {
    {RT_DER_UTC_TIME, ""},
    {RT_DER_UTC_TIME, "2501010000Z"},       /* no seconds */
    {RT_DER_UTC_TIME, "250101000000"},      /* no zone */
    {RT_DER_UTC_TIME, "250101000000+0000"}, /* an offset */
    {RT_DER_UTC_TIME, "250101000000z"},     /* lower case */
    {RT_DER_UTC_TIME, "250101000000ZZ"},    /* more behind it */
    {RT_DER_UTC_TIME, "20250101000000Z"},   /* four digits of year */
    {RT_DER_UTC_TIME, "25010100000 Z"},     /* a space */
    {RT_DER_UTC_TIME, "25010100000:Z"},     /* next to the digits */
    {RT_DER_UTC_TIME, "25010100001/Z"},
    {RT_DER_UTC_TIME, "250001000000Z"}, /* month 0 */
    {RT_DER_UTC_TIME, "251301000000Z"}, /* month 13 */
    {RT_DER_UTC_TIME, "250229000000Z"}, /* no leap year */
    {RT_DER_UTC_TIME, "250101240000Z"}, /* hour 24 */
    {RT_DER_UTC_TIME, "250101006000Z"}, /* minute 60 */
    {RT_DER_UTC_TIME, "250101000060Z"}, /* second 60 */
    {RT_DER_GENERALIZED_TIME, "250101000000Z"},
    {RT_DER_GENERALIZED_TIME, "20250101000000.5Z"}, /* a fraction */
    {RT_DER_GENERALIZED_TIME, "202501010000Z"},
    {RT_DER_GENERALIZED_TIME, "20250101000000"},
    {RT_DER_OCTET_STRING, "250101000000Z"},
};

Test(der, refuses_times_in_any_other_form)
{
    int64_t v;

    for (size_t i = 0; i < RT_COUNT(bad_times); i++) {
        cr_expect_not(read_time(bad_times[i].tag, bad_times[i].text, &v), "%s", bad_times[i].text);
        cr_expect_eq(v, 0);
    }
}

/* T20 */
Test(der, keeps_failure)
{
    struct rt_reader r = rt_reader(BYTES("\x02\x01\x80\x01\x01\xff\x02\x01\x05"));

    (void)rt_der_uint(&r);
    cr_expect(r.bad);
    cr_expect_not(rt_der_bool(&r));
    cr_expect_eq(rt_der_uint(&r), 0);
    cr_expect_eq(rt_der_time(&r), 0);
    cr_expect_null(rt_der_positive(&r).p);
    cr_expect_null(rt_der_bits(&r).p);
    cr_expect(r.bad);
}

/* ---- writing ---- */

Test(der, writes_nested_elements)
{
    struct rt_writer w = {0};
    size_t outer = rt_der_begin(&w, RT_DER_SEQUENCE);
    size_t inner = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 3);

    rt_der_put_bool(&w, true);
    rt_der_put_bool(&w, false);
    rt_der_end(&w, inner);
    rt_der_put_oid(&w, BYTES("\x55\x04\x03"));
    rt_der_put_bits(&w, BYTES("\xaa"));
    rt_der_end(&w, outer);
    expect_written(&w, BYTES("\x30\x11\xa3\x06\x01\x01\xff\x01\x01\x00\x06\x03\x55\x04\x03"
                             "\x03\x02\x00\xaa"));
}

static const struct {
    uint64_t v;
    struct ratls_bytes der;
} integers[] = {
    {0, {(const uint8_t *)"\x02\x01\x00", 3}},
    {0x7f, {(const uint8_t *)"\x02\x01\x7f", 3}},
    {0x80, {(const uint8_t *)"\x02\x02\x00\x80", 4}},
    {0x100, {(const uint8_t *)"\x02\x02\x01\x00", 4}},
    {UINT64_MAX, {(const uint8_t *)"\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11}},
};

Test(der, writes_minimal_integers)
{
    for (size_t i = 0; i < RT_COUNT(integers); i++) {
        struct rt_writer w = {0};
        rt_der_put_uint(&w, integers[i].v);
        expect_written(&w, integers[i].der);
    }
    struct rt_writer w = {0};
    rt_der_put_positive(&w, BYTES("\x00\x00\x81\x02"));
    rt_der_put_positive(&w, BYTES(""));
    expect_written(&w, BYTES("\x02\x03\x00\x81\x02\x02\x01\x00"));
}

Test(der, writes_the_shortest_length_of_any_size)
{
    static const size_t sizes[] = {0,     1,      0x7f,    0x80,    0xff,     0x100,
                                   0xfff, 0xffff, 0x10000, 0x12345, 0x1000000};

    for (size_t i = 0; i < RT_COUNT(sizes); i++) {
        uint8_t *content = malloc(sizes[i] + 1);
        struct rt_writer w = {0};
        memset(content, 0x5a, sizes[i]);
        rt_der_put(&w, RT_DER_OCTET_STRING, ratls_bytes(content, sizes[i]));
        rt_der_put(&w, RT_DER_NULL, BYTES(""));
        struct rt_reader r = rt_reader(rt_written(&w));
        cr_expect(ratls_bytes_equal(rt_der_get(&r, RT_DER_OCTET_STRING, NULL),
                                    ratls_bytes(content, sizes[i])),
                  "%zu bytes", sizes[i]);
        (void)rt_der_get(&r, RT_DER_NULL, NULL);
        cr_expect(rt_at_end(&r), "%zu bytes", sizes[i]);
        rt_writer_free(&w);
        free(content);
    }
}

Test(der, writes_utc_time_to_2049_and_generalized_time_after)
{
    struct rt_writer w = {0};

    rt_der_put_time(&w, 2524607999);
    rt_der_put_time(&w, 2524608000);
    rt_der_put_time(&w, 253402300799);
    expect_written(&w, BYTES("\x17\x0d"
                             "491231235959Z"
                             "\x18\x0f"
                             "20500101000000Z"
                             "\x18\x0f"
                             "99991231235959Z"));
}

/* T109 */
Test(der, writes_times_in_utc_whatever_the_time_zone)
{
    struct rt_writer w = {0};

    setenv("TZ", "Asia/Shanghai", 1);
    rt_der_put_time(&w, 951825600); /* 2000-02-29T12:00:00Z */
    setenv("TZ", "America/New_York", 1);
    rt_der_put_time(&w, 1741503600); /* 2025-03-09T07:00:00Z: clocks go forward there */
    expect_written(&w, BYTES("\x17\x0d"
                             "000229120000Z"
                             "\x17\x0d"
                             "250309070000Z"));
}

Test(der, writes_no_time_it_has_no_form_for)
{
    static const int64_t seconds[] = {INT64_MIN, -631152001, 253402300800, INT64_MAX};

    for (size_t i = 0; i < RT_COUNT(seconds); i++) {
        struct rt_writer w = {0};
        rt_der_put_time(&w, seconds[i]);
        cr_expect(w.bad);
        rt_writer_free(&w);
    }
}

Test(der, reads_back_every_time_it_writes)
{
    for (int64_t t = -631152000; t < 253402300799; t += 86400 * 911 + 4999) {
        struct rt_writer w = {0};
        rt_der_put_time(&w, t);
        struct rt_reader r = rt_reader(rt_written(&w));
        cr_assert_eq(rt_der_time(&r), t);
        rt_writer_free(&w);
    }
}

Test(der, writes_nothing_more_once_memory_ran_out)
{
    struct rt_writer w = {.bad = true};
    size_t mark = rt_der_begin(&w, RT_DER_SEQUENCE);

    rt_der_put_uint(&w, 1);
    rt_der_end(&w, mark);
    cr_expect_null(rt_written(&w).p);
    rt_writer_free(&w);
}
