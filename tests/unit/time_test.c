/* Civil time without the C library's time zone. */
#include <stdlib.h>
#include <time.h>

#include <criterion/criterion.h>

#include "base.h"

static const struct {
    const char *text;
    int64_t seconds;
} both_ways[] = {
    {"0000-01-01T00:00:00Z", -62167219200},
    {"1969-12-31T23:59:59Z", -1},
    {"1970-01-01T00:00:00Z", 0},
    {"2000-02-29T23:59:59Z", 951868799},
    {"2025-06-27T04:53:20Z", 1751000000},
    {"2038-01-19T03:14:08Z", 2147483648},
    {"2100-03-01T00:00:00Z", 4107542400},
    {"9999-12-31T23:59:59Z", 253402300799},
};

Test(time, formats_and_parses_rfc_3339)
{
    for (size_t i = 0; i < RT_COUNT(both_ways); i++) {
        char text[32];
        int64_t seconds = 1;
        rt_time_format(both_ways[i].seconds, text);
        cr_expect_str_eq(text, both_ways[i].text);
        cr_expect(rt_time_parse(both_ways[i].text, &seconds));
        cr_expect_eq(seconds, both_ways[i].seconds, "%s", both_ways[i].text);
    }
}

Test(time, parses_plain_seconds)
{
    int64_t seconds;

    cr_expect(rt_time_parse("0", &seconds) && seconds == 0);
    cr_expect(rt_time_parse("1751000000", &seconds) && seconds == 1751000000);
    cr_expect(rt_time_parse("999999999999999", &seconds) && seconds == 999999999999999);
    cr_expect_not(rt_time_parse("1000000000000000", &seconds));
    cr_expect_not(rt_time_parse("99999999999999999999999999", &seconds));
}

static const char *const malformed[] = {
    "",
    " 1",
    "-1",
    "+1",
    "0x10",
    "1e3",
    "1 ",
    "2025-06-27",
    "2025-06-27T04:53:20",
    "2025-06-27T04:53:20z",
    "2025-06-27t04:53:20Z",
    "2025-06-27 04:53:20Z",
    "2025-06-27T04:53:20+00:00",
    "2025-06-27T04:53:20.5Z",
    "2025-06-27T04:53:20ZZ",
    "2025-06-27T04:53Z",
    "25-06-27T04:53:20Z",
    "2025-6-27T04:53:20Z",
    "2025-00-27T04:53:20Z",
    "2025-13-27T04:53:20Z",
    "2025-06-00T04:53:20Z",
    "2025-06-31T04:53:20Z",
    "2025-02-29T04:53:20Z",
    "2100-02-29T04:53:20Z",
    "2025-06-27T24:00:00Z",
    "2025-06-27T04:60:20Z",
    "2025-06-27T04:53:60Z",
    "2025-06-27T04:53:-1Z",
    "2025-06-27T04:53:0:Z", /* next to the digits */
    "2025-06-27T04:53:1/Z",
};

Test(time, refuses_any_other_form)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        int64_t seconds;
        cr_expect_not(rt_time_parse(malformed[i], &seconds), "'%s'", malformed[i]);
    }
}

Test(time, has_no_text_outside_the_years_0_to_9999)
{
    static const int64_t seconds[] = {INT64_MIN, -62167219201, 253402300800, INT64_MAX};
    char text[32];

    for (size_t i = 0; i < RT_COUNT(seconds); i++) {
        rt_time_format(seconds[i], text);
        cr_expect_str_eq(text, "never");
    }
}

Test(time, agrees_with_gmtime_on_every_day_of_four_centuries)
{
    for (int64_t t = -2208988800; t < 10413792000; t += 86400 + 3661) {
        struct rt_civil c;
        struct tm tm;
        time_t at = (time_t)t;
        int64_t back = 0;
        cr_assert_not_null(gmtime_r(&at, &tm));
        rt_unix_to_civil(t, &c);
        cr_assert(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
                      c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec,
                  "%lld", (long long)t);
        cr_assert(rt_civil_to_unix(&c, &back));
        cr_assert_eq(back, t);
    }
}

/* T109 */
Test(time, does_not_look_at_the_time_zone)
{
    static const char *const zones[] = {"Asia/Shanghai", "America/New_York", "UTC-14"};
    char text[32];
    int64_t seconds;

    for (size_t i = 0; i < RT_COUNT(zones); i++) {
        setenv("TZ", zones[i], 1);
        tzset();
        rt_time_format(951825600, text);
        cr_expect_str_eq(text, "2000-02-29T12:00:00Z");
        cr_expect(rt_time_parse("2025-03-09T07:00:00Z", &seconds) && seconds == 1741503600);
    }
}

static const struct rt_civil out_of_range[] = {
    {-1, 1, 1, 0, 0, 0},    {10000, 1, 1, 0, 0, 0}, {2025, 0, 1, 0, 0, 0},  {2025, 13, 1, 0, 0, 0},
    {2025, 1, 0, 0, 0, 0},  {2025, 1, 32, 0, 0, 0}, {2025, 4, 31, 0, 0, 0}, {1900, 2, 29, 0, 0, 0},
    {2025, 1, 1, -1, 0, 0}, {2025, 1, 1, 24, 0, 0}, {2025, 1, 1, 0, -1, 0}, {2025, 1, 1, 0, 60, 0},
    {2025, 1, 1, 0, 0, -1}, {2025, 1, 1, 0, 0, 60},
};

Test(time, refuses_fields_out_of_range)
{
    for (size_t i = 0; i < RT_COUNT(out_of_range); i++) {
        int64_t seconds;
        cr_expect_not(rt_civil_to_unix(&out_of_range[i], &seconds), "row %zu", i);
    }
}
