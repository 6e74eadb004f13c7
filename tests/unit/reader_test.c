/* The bounded reader. */
#include <criterion/criterion.h>

#include "base.h"

static const uint8_t eight[] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct rt_reader over(size_t n)
{
    return rt_reader(ratls_bytes(eight, n));
}

Test(reader, takes_bytes_in_order)
{
    struct rt_reader r = over(8);

    cr_expect_eq(rt_take(&r, 3), eight);
    cr_expect_eq(rt_u8(&r), 4);
    cr_expect(ratls_bytes_equal(rt_take_bytes(&r, 2), ratls_bytes("\5\6", 2)));
    rt_skip(&r, 1);
    cr_expect(ratls_bytes_equal(rt_rest(&r), ratls_bytes("\10", 1)));
    cr_expect_not(rt_at_end(&r));
    rt_skip(&r, 1);
    cr_expect(rt_at_end(&r));
}

Test(reader, reads_integers_of_both_byte_orders)
{
    struct rt_reader r;

    cr_expect_eq((r = over(8), rt_u16be(&r)), 0x0102);
    cr_expect_eq((r = over(8), rt_u24be(&r)), 0x010203);
    cr_expect_eq((r = over(8), rt_u32be(&r)), 0x01020304);
    cr_expect_eq((r = over(8), rt_u64be(&r)), 0x0102030405060708);
    cr_expect(rt_at_end(&r));
    cr_expect_eq((r = over(8), rt_u16le(&r)), 0x0201);
    cr_expect_eq((r = over(8), rt_u32le(&r)), 0x04030201);
    cr_expect_eq((r = over(8), rt_u64le(&r)), 0x0807060504030201);
    cr_expect(rt_at_end(&r));
}

/* T20 */
Test(reader, gives_zero_for_integers_that_are_cut)
{
    struct rt_reader r;

    cr_expect(((r = over(0)), rt_u8(&r)) == 0 && r.bad);
    cr_expect(((r = over(1)), rt_u16be(&r)) == 0 && r.bad);
    cr_expect(((r = over(2)), rt_u24be(&r)) == 0 && r.bad);
    cr_expect(((r = over(3)), rt_u32be(&r)) == 0 && r.bad);
    cr_expect(((r = over(7)), rt_u64be(&r)) == 0 && r.bad);
    cr_expect(((r = over(1)), rt_u16le(&r)) == 0 && r.bad);
    cr_expect(((r = over(3)), rt_u32le(&r)) == 0 && r.bad);
    cr_expect(((r = over(7)), rt_u64le(&r)) == 0 && r.bad);
}

Test(reader, stays_bad_once_bad)
{
    struct rt_reader r = over(8);

    cr_expect_null(rt_take(&r, 9));
    cr_expect(r.bad);
    cr_expect_null(rt_take(&r, 0));
    cr_expect_null(rt_take(&r, 1));
    cr_expect_null(rt_take_bytes(&r, 1).p);
    cr_expect_eq(rt_u8(&r), 0);
    cr_expect_null(rt_rest(&r).p);
    cr_expect_not(rt_at_end(&r));
}

/* T59, T140: no sum of lengths that could wrap around. */
Test(reader, refuses_lengths_near_the_end_of_the_address_space)
{
    static const size_t lengths[] = {9, SIZE_MAX - 7, SIZE_MAX - 1, SIZE_MAX};

    for (size_t i = 0; i < RT_COUNT(lengths); i++) {
        struct rt_reader r = over(8);
        cr_expect_null(rt_take(&r, lengths[i]));
        r = over(8);
        rt_skip(&r, 1);
        rt_skip(&r, lengths[i]);
        cr_expect(r.bad);
    }
}

Test(reader, takes_nothing_without_harm)
{
    struct rt_reader r = rt_reader(ratls_bytes(NULL, 0));

    cr_expect(rt_at_end(&r));
    cr_expect_not_null(rt_take(&r, 0));
    rt_copy(&r, NULL, 0);
    cr_expect(rt_at_end(&r));
    cr_expect_null(rt_take(&r, 1));
    cr_expect(r.bad);
}

Test(reader, zeroes_the_target_of_a_copy_that_is_cut)
{
    struct rt_reader r = over(3);
    uint8_t out[4] = {9, 9, 9, 9};

    rt_copy(&r, out, sizeof out);
    cr_expect(rt_all_zero(out, sizeof out));
    cr_expect(r.bad);
    r = over(4);
    rt_copy(&r, out, sizeof out);
    cr_expect(memcmp(out, eight, sizeof out) == 0);
}
