/* Civil time in UTC without the C library's global time zone. Days are counted in the proleptic
 * Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
#include <stdio.h>

#include "base.h"

static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

static int days_in_month(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return m == 2 && leap ? 29 : days[m - 1];
}

static bool within(int v, int most)
{
    return v >= 0 && v <= most;
}

bool rt_civil_to_unix(const struct rt_civil *c, int64_t *seconds)
{
    if (!within(c->year, 9999) || !within(c->month - 1, 11) ||
        !within(c->day - 1, days_in_month(c->year, c->month) - 1))
        return false;
    if (!within(c->hour, 23) || !within(c->minute, 59) || !within(c->second, 59))
        return false;
    *seconds = days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
               c->minute * 60 + c->second;
    return true;
}

void rt_unix_to_civil(int64_t seconds, struct rt_civil *c)
{
    int64_t days = seconds / 86400, rest = seconds % 86400;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = (int)(yoe + era * 400 + (c->month <= 2));
    c->hour = (int)(rest / 3600);
    c->minute = (int)(rest / 60 % 60);
    c->second = (int)(rest % 60);
}

/* Exactly `n` decimal digits. */
static bool number(const char **at, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool literal(const char **at, char c)
{
    return *(*at)++ == c;
}

static bool parse_rfc3339(const char *at, struct rt_civil *c)
{
    const struct {
        int digits;
        int *field;
        char behind;
    } parts[] = {{4, &c->year, '-'}, {2, &c->month, '-'},  {2, &c->day, 'T'},
                 {2, &c->hour, ':'}, {2, &c->minute, ':'}, {2, &c->second, 'Z'}};

    for (size_t i = 0; i < RT_COUNT(parts); i++)
        if (!number(&at, parts[i].digits, parts[i].field) || !literal(&at, parts[i].behind))
            return false;
    return *at == 0;
}

bool rt_time_parse(const char *text, int64_t *seconds)
{
    struct rt_civil c;
    size_t digits = strspn(text, "0123456789");

    if (digits > 0 && text[digits] == 0) {
        if (digits > 15)
            return false;
        *seconds = 0;
        for (size_t i = 0; i < digits; i++)
            *seconds = *seconds * 10 + (text[i] - '0');
        return true;
    }
    return parse_rfc3339(text, &c) && rt_civil_to_unix(&c, seconds);
}

void rt_time_format(int64_t seconds, char out[32])
{
    struct rt_civil c;

    if (seconds < -62167219200 || seconds > 253402300799) { /* outside years 0..9999 */
        snprintf(out, 32, "never");
        return;
    }
    rt_unix_to_civil(seconds, &c);
    snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day, c.hour, c.minute,
             c.second);
}
