/* Options of attesters: the list, and the readers of one value. */
#include <criterion/criterion.h>

#include "options.h"

static struct ratls_error err;

static void setup(void)
{
    err = (struct ratls_error){0};
}

TestSuite(options, .init = setup);

static enum ratls_err read_two(const char *options, char a[8], char b[8])
{
    const struct rt_option table[] = {{"a", a, 8}, {"b", b, 8}};

    return rt_options_read(options, table, RT_COUNT(table), &err);
}

Test(options, values_go_to_their_places_and_absent_ones_are_empty)
{
    char a[8] = "before", b[8] = "before";

    cr_assert_eq(read_two("b=1=2", a, b), RATLS_OK, "%s", err.detail);
    cr_assert_str_eq(a, "");
    cr_assert_str_eq(b, "1=2");
    cr_assert_eq(read_two(NULL, a, b), RATLS_OK);
    cr_assert_str_eq(b, "");
}

Test(options, a_value_fills_its_place_and_no_more)
{
    char a[8], b[8];

    cr_assert_eq(read_two("a=1234567", a, b), RATLS_OK);
    cr_assert_str_eq(a, "1234567");
    cr_assert_eq(read_two("a=12345678", a, b), RATLS_E_USAGE);
    cr_assert(strstr(err.detail, "too long"), "%s", err.detail);
}

Test(options, malformed_lists_are_refused)
{
    static const char *const bad[] = {"c=1", "a", "a=", "=1", ",", "a=1,", "a=1,,b=2", "a=1,a=1"};
    char a[8], b[8];

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(read_two(bad[i], a, b), RATLS_E_USAGE, "%s", bad[i]);
}

Test(options, hex_has_exactly_its_length)
{
    static const char *const bad[] = {"1", "12", "12345", "123456", "12 4", "123g", "0x12"};
    uint8_t out[2] = {7, 7};

    cr_assert_eq(rt_option_hex("k", "", out, sizeof out, &err), RATLS_OK);
    cr_assert_eq(out[0], 7);
    cr_assert_eq(rt_option_hex("k", "01aF", out, sizeof out, &err), RATLS_OK);
    cr_assert_eq(out[0], 0x01);
    cr_assert_eq(out[1], 0xaf);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_option_hex("k", bad[i], out, sizeof out, &err), RATLS_E_USAGE, "%s",
                     bad[i]);
    cr_assert_str_eq(err.detail, "k is not 2 bytes of hex");
}

Test(options, bool_is_yes_or_no)
{
    static const char *const bad[] = {"YES", "y", "1", "true", "yes ", "non"};
    bool out = true;

    cr_assert_eq(rt_option_bool("k", "", &out, &err), RATLS_OK);
    cr_assert(out);
    cr_assert_eq(rt_option_bool("k", "no", &out, &err), RATLS_OK);
    cr_assert_not(out);
    cr_assert_eq(rt_option_bool("k", "yes", &out, &err), RATLS_OK);
    cr_assert(out);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(rt_option_bool("k", bad[i], &out, &err), RATLS_E_USAGE, "%s", bad[i]);
    cr_assert_str_eq(err.detail, "k is neither yes nor no");
}

Test(options, uint_is_decimal_and_bounded)
{
    static const char *const bad[] = {"65536", "-1",  "+1",         " 1",
                                      "1s",    "0x1", "4294967297", "18446744073709551617"};
    uint32_t out = 7;

    cr_assert_eq(rt_option_uint("k", "", 65535, &out, &err), RATLS_OK);
    cr_assert_eq(out, 7);
    cr_assert_eq(rt_option_uint("k", "65535", 65535, &out, &err), RATLS_OK);
    cr_assert_eq(out, 65535);
    cr_assert_eq(rt_option_uint("k", "0", 65535, &out, &err), RATLS_OK);
    cr_assert_eq(out, 0);
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(rt_option_uint("k", bad[i], 65535, &out, &err), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect_eq(out, 0, "%s", bad[i]);
    }
    cr_assert_str_eq(err.detail, "k is not a number up to 65535");
}
