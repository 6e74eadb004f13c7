/* The growing writer, and buffers. */
#include <criterion/criterion.h>

#include "base.h"

Test(writer, writes_integers_of_both_byte_orders)
{
    static const uint8_t expected[] = {1, 1, 2, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6,
                                       7, 8, 2, 1, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1};
    struct rt_writer w = {0};

    rt_put_u8(&w, 1);
    rt_put_u16be(&w, 0x0102);
    rt_put_u24be(&w, 0x010203);
    rt_put_u32be(&w, 0x01020304);
    rt_put_u64be(&w, 0x0102030405060708);
    rt_put_u16le(&w, 0x0102);
    rt_put_u32le(&w, 0x01020304);
    rt_put_u64le(&w, 0x0102030405060708);
    cr_expect(ratls_bytes_equal(rt_written(&w), ratls_bytes(expected, sizeof expected)));
    rt_writer_free(&w);
}

Test(writer, grows_and_keeps_what_it_holds)
{
    struct rt_writer w = {0};
    struct ratls_buffer out;

    for (uint32_t i = 0; i < 100000; i++)
        rt_put_u32be(&w, i);
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    struct rt_reader r = rt_reader(rt_bytes_of(&out));
    for (uint32_t i = 0; i < 100000; i++)
        cr_assert_eq(rt_u32be(&r), i);
    cr_expect(rt_at_end(&r));
    ratls_buffer_free(&out);
}

Test(writer, is_empty_after_its_bytes_were_taken)
{
    struct rt_writer w = {0};
    struct ratls_buffer out;

    rt_put(&w, "abc", 3);
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    cr_expect_eq(out.len, 3);
    cr_expect_str_eq((const char *)out.p, "abc"); /* a NUL follows */
    cr_expect_null(w.p);
    cr_expect_eq(w.len, 0);
    ratls_buffer_free(&out);
    cr_expect_null(out.p);
    cr_expect_eq(out.len, 0);
    ratls_buffer_free(&out);
    ratls_buffer_free(NULL);
}

Test(writer, gives_a_pointer_even_for_nothing)
{
    struct rt_writer w = {0};
    struct ratls_buffer out;

    rt_put(&w, NULL, 0);
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    cr_expect_not_null(out.p);
    cr_expect_eq(out.len, 0);
    ratls_buffer_free(&out);
    cr_assert_eq(rt_dup(ratls_bytes(NULL, 0), &out), RATLS_OK);
    cr_expect_not_null(out.p);
    cr_expect_eq(out.len, 0);
    ratls_buffer_free(&out);
}

Test(writer, keeps_failure_and_says_no_memory)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {.len = 1};

    rt_put(&w, "abc", 3);
    rt_put(&w, "x", SIZE_MAX / 2);
    cr_expect(w.bad);
    rt_put(&w, "def", 3);
    cr_expect_null(rt_written(&w).p);
    cr_expect_eq(rt_writer_take(&w, &out), RATLS_E_NO_MEMORY);
    cr_expect_null(out.p);
    cr_expect_eq(out.len, 0);
    cr_expect_null(w.p);
}

Test(writer, copies_bytes)
{
    uint8_t from[] = {1, 2, 3};
    struct ratls_buffer out;

    cr_assert_eq(rt_dup(ratls_bytes(from, sizeof from), &out), RATLS_OK);
    from[0] = 9;
    cr_expect(ratls_bytes_equal(rt_bytes_of(&out), ratls_bytes("\1\2\3", 3)));
    ratls_buffer_free(&out);
}
