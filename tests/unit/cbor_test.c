/* Heads of CBOR items (RFC 8949 s.3), at the borders of their sizes. */
#include <criterion/criterion.h>

#include "cbor.h"

static const struct {
    uint64_t v;
    size_t len;
    uint8_t bytes[9];
} heads[] = {
    {0, 1, {0x00}},
    {23, 1, {0x17}},
    {24, 2, {0x18, 24}},
    {0xff, 2, {0x18, 0xff}},
    {0x100, 3, {0x19, 1, 0}},
    {0xffff, 3, {0x19, 0xff, 0xff}},
    {0x10000, 5, {0x1a, 0, 1, 0, 0}},
    {0xffffffff, 5, {0x1a, 0xff, 0xff, 0xff, 0xff}},
    {0x100000000, 9, {0x1b, 0, 0, 0, 1, 0, 0, 0, 0}},
    {UINT64_MAX, 9, {0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

Test(cbor, writes_the_shortest_head_and_reads_it_back)
{
    for (size_t i = 0; i < RT_COUNT(heads); i++) {
        struct rt_writer w = {0};
        rt_cbor_put(&w, RT_CBOR_UINT, heads[i].v);
        cr_expect(ratls_bytes_equal(rt_written(&w), ratls_bytes(heads[i].bytes, heads[i].len)));
        struct rt_reader r = rt_reader(rt_written(&w));
        cr_expect_eq(rt_cbor_uint(&r), heads[i].v);
        cr_expect(rt_at_end(&r));
        rt_writer_free(&w);
    }
}

/* T20 */
Test(cbor, refuses_heads_that_are_cut)
{
    for (size_t i = 0; i < RT_COUNT(heads); i++)
        for (size_t n = 0; n < heads[i].len; n++) {
            struct rt_reader r = rt_reader(ratls_bytes(heads[i].bytes, n));
            cr_expect_eq(rt_cbor_uint(&r), 0);
            cr_expect(r.bad);
        }
}

/* T35: 28 to 30 are reserved, 31 announces an indefinite length. */
Test(cbor, refuses_reserved_and_indefinite_heads)
{
    static const uint8_t filling[9];

    for (uint8_t argument = 28; argument < 32; argument++)
        for (unsigned major = 0; major < 8; major++) {
            uint8_t in[10];
            memcpy(in + 1, filling, sizeof filling);
            in[0] = (uint8_t)(major << 5 | argument);
            const struct rt_reader begin = rt_reader(ratls_bytes(in, sizeof in));
            struct rt_reader r;
            cr_expect(((r = begin), (void)rt_cbor_uint(&r), r.bad));
            cr_expect(((r = begin), (void)rt_cbor_bstr(&r), r.bad));
            cr_expect(((r = begin), (void)rt_cbor_tstr(&r), r.bad));
            cr_expect(((r = begin), rt_cbor_array(&r, 0), r.bad));
            cr_expect(((r = begin), (void)rt_cbor_map(&r), r.bad));
        }
}

Test(cbor, reads_only_the_type_that_is_asked_for)
{
    for (unsigned major = 0; major < 8; major++) {
        const uint8_t in = (uint8_t)(major << 5);
        const struct rt_reader begin = rt_reader(ratls_bytes(&in, 1));
        struct rt_reader r;
        cr_expect_eq(rt_cbor_peek(&begin), (int)major);
        cr_expect_eq(((r = begin), (void)rt_cbor_uint(&r), r.bad), major != RT_CBOR_UINT);
        cr_expect_eq(((r = begin), (void)rt_cbor_bstr(&r), r.bad), major != RT_CBOR_BSTR);
        cr_expect_eq(((r = begin), (void)rt_cbor_tstr(&r), r.bad), major != RT_CBOR_TSTR);
        cr_expect_eq(((r = begin), rt_cbor_array(&r, 0), r.bad), major != RT_CBOR_ARRAY);
        cr_expect_eq(((r = begin), (void)rt_cbor_map(&r), r.bad), major != RT_CBOR_MAP);
    }
}

Test(cbor, peeks_at_nothing_when_there_is_nothing)
{
    struct rt_reader r = rt_reader(ratls_bytes(NULL, 0));

    cr_expect_eq(rt_cbor_peek(&r), -1);
    cr_expect_not(r.bad);
}
