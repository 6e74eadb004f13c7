#include <stdio.h>

#include "der.h"

enum { TAG_NUMBER = 0x1f, LONG_FORM = 0x80, MAX_LENGTH_BYTES = 4 };

/* First and last second of UTCTime and of GeneralizedTime (RFC 5280 s.4.1.2.5). */
#define YEAR_1950 INT64_C(-631152000)
#define YEAR_2050 INT64_C(2524608000)
#define YEAR_9999 INT64_C(253402300799)

/* ---- reading ---- */

static void refuse(struct rt_reader *r)
{
    r->bad = true;
    r->left = 0;
}

/* Number 0x1f announces further tag bytes; 0x00 is end-of-contents (X.690 s.8.1.2, s.8.1.5). */
static uint8_t read_tag(struct rt_reader *r)
{
    uint8_t tag = rt_u8(r);

    if (tag == 0 || (tag & TAG_NUMBER) == TAG_NUMBER)
        refuse(r);
    return r->bad ? 0 : tag;
}

/* X.690 s.10.1: the shortest definite form. */
static size_t read_length(struct rt_reader *r)
{
    uint8_t first = rt_u8(r);
    size_t n = first & (LONG_FORM - 1), len = 0;

    if (first < LONG_FORM)
        return first;
    if (n == 0 || n > MAX_LENGTH_BYTES) {
        refuse(r);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        len = len << 8 | rt_u8(r);
    if (len < LONG_FORM || len >> (8 * (n - 1)) == 0)
        refuse(r);
    return r->bad ? 0 : len;
}

int rt_der_peek(const struct rt_reader *r)
{
    struct rt_reader ahead = *r;
    uint8_t tag = read_tag(&ahead);

    return ahead.bad ? -1 : tag;
}

struct ratls_bytes rt_der_any(struct rt_reader *r, uint8_t *tag, struct ratls_bytes *whole)
{
    const struct ratls_bytes before = rt_rest(r);

    *tag = read_tag(r);
    struct ratls_bytes content = rt_take_bytes(r, read_length(r));
    if (r->bad)
        *tag = 0;
    if (whole)
        *whole = r->bad ? ratls_bytes(NULL, 0) : ratls_bytes(before.p, before.len - r->left);
    return content;
}

struct ratls_bytes rt_der_get(struct rt_reader *r, uint8_t tag, struct ratls_bytes *whole)
{
    uint8_t found;

    if (rt_der_peek(r) != tag)
        refuse(r);
    return rt_der_any(r, &found, whole);
}

struct rt_reader rt_der_enter(struct rt_reader *r, uint8_t tag)
{
    struct rt_reader inside = rt_reader(rt_der_get(r, tag, NULL));

    inside.bad = r->bad;
    return inside;
}

bool rt_der_bool(struct rt_reader *r)
{
    struct ratls_bytes v = rt_der_get(r, RT_DER_BOOLEAN, NULL);

    if (v.len != 1 || (v.p[0] != 0x00 && v.p[0] != 0xff)) {
        refuse(r);
        return false;
    }
    return v.p[0] == 0xff;
}

struct ratls_bytes rt_der_positive(struct rt_reader *r)
{
    struct ratls_bytes v = rt_der_get(r, RT_DER_INTEGER, NULL);
    bool padded = v.len > 1 && v.p[0] == 0;

    /* X.690 s.8.3.2: a leading zero byte only in front of a set bit */
    if (v.len == 0 || v.p[0] & 0x80 || (padded && !(v.p[1] & 0x80))) {
        refuse(r);
        return ratls_bytes(NULL, 0);
    }
    struct rt_reader magnitude = rt_reader(v);
    rt_skip(&magnitude, padded);
    return rt_rest(&magnitude);
}

uint64_t rt_der_uint(struct rt_reader *r)
{
    struct ratls_bytes v = rt_der_positive(r);
    uint64_t value = 0;

    if (v.len > sizeof value) {
        refuse(r);
        return 0;
    }
    for (size_t i = 0; i < v.len; i++)
        value = value << 8 | v.p[i];
    return value;
}

struct ratls_bytes rt_der_bits(struct rt_reader *r)
{
    struct rt_reader content = rt_der_enter(r, RT_DER_BIT_STRING);
    uint8_t unused = rt_u8(&content);

    if (content.bad || unused != 0)
        refuse(r);
    return r->bad ? ratls_bytes(NULL, 0) : rt_rest(&content);
}

static int digits(struct rt_reader *r, int n)
{
    int v = 0;

    for (int i = 0; i < n; i++) {
        uint8_t c = rt_u8(r);
        if (c < '0' || c > '9')
            refuse(r);
        v = v * 10 + (c - '0');
    }
    return r->bad ? 0 : v;
}

int64_t rt_der_time(struct rt_reader *r)
{
    bool utc = rt_der_peek(r) == RT_DER_UTC_TIME;
    struct rt_reader at = rt_der_enter(r, utc ? RT_DER_UTC_TIME : RT_DER_GENERALIZED_TIME);
    struct rt_civil c = {0};
    int64_t seconds = 0;

    c.year = digits(&at, utc ? 2 : 4);
    if (utc)
        c.year += c.year < 50 ? 2000 : 1900;
    c.month = digits(&at, 2);
    c.day = digits(&at, 2);
    c.hour = digits(&at, 2);
    c.minute = digits(&at, 2);
    c.second = digits(&at, 2);
    if (rt_u8(&at) != 'Z' || !rt_at_end(&at) || !rt_civil_to_unix(&c, &seconds)) {
        refuse(r);
        return 0;
    }
    return seconds;
}

/* ---- writing ---- */

size_t rt_der_begin(struct rt_writer *w, uint8_t tag)
{
    rt_put_u8(w, tag);
    return w->len;
}

void rt_der_end(struct rt_writer *w, size_t mark)
{
    const size_t len = w->len - mark;
    uint8_t head[1 + MAX_LENGTH_BYTES];
    size_t n = 0;

    if (len > UINT32_MAX)
        w->bad = true;
    for (size_t rest = len >= LONG_FORM ? len : 0; rest > 0; rest >>= 8)
        n++;
    if (n > 0) /* room for the bytes that shift the content */
        rt_put_u32be(w, 0);
    rt_put_u8(w, 0);
    if (w->bad)
        return;
    w->len = mark + 1 + n + len;
    head[0] = (uint8_t)(n > 0 ? LONG_FORM | n : len);
    for (size_t i = 0; i < n; i++)
        head[1 + i] = (uint8_t)(len >> (8 * (n - 1 - i)));
    memmove(w->p + mark + 1 + n, w->p + mark, len);
    memcpy(w->p + mark, head, 1 + n);
}

void rt_der_put(struct rt_writer *w, uint8_t tag, struct ratls_bytes content)
{
    size_t mark = rt_der_begin(w, tag);

    rt_put_bytes(w, content);
    rt_der_end(w, mark);
}

void rt_der_put_oid(struct rt_writer *w, struct ratls_bytes oid)
{
    rt_der_put(w, RT_DER_OID, oid);
}

void rt_der_put_uint(struct rt_writer *w, uint64_t v)
{
    uint8_t b[8];

    for (size_t i = 0; i < sizeof b; i++)
        b[i] = (uint8_t)(v >> (8 * (sizeof b - 1 - i)));
    rt_der_put_positive(w, ratls_bytes(b, sizeof b));
}

void rt_der_put_positive(struct rt_writer *w, struct ratls_bytes magnitude)
{
    struct rt_reader rest = rt_reader(magnitude);
    size_t mark = rt_der_begin(w, RT_DER_INTEGER);

    while (rest.left > 0 && rest.p[0] == 0)
        rt_skip(&rest, 1);
    if (rest.left == 0 || rest.p[0] & 0x80)
        rt_put_u8(w, 0);
    rt_put_bytes(w, rt_rest(&rest));
    rt_der_end(w, mark);
}

void rt_der_put_bool(struct rt_writer *w, bool v)
{
    const uint8_t b = v ? 0xff : 0x00;

    rt_der_put(w, RT_DER_BOOLEAN, ratls_bytes(&b, 1));
}

void rt_der_put_bits(struct rt_writer *w, struct ratls_bytes content)
{
    size_t mark = rt_der_begin(w, RT_DER_BIT_STRING);

    rt_put_u8(w, 0);
    rt_put_bytes(w, content);
    rt_der_end(w, mark);
}

void rt_der_put_time(struct rt_writer *w, int64_t seconds)
{
    const bool utc = seconds < YEAR_2050;
    struct rt_civil c;
    char text[64];

    if (seconds < YEAR_1950 || seconds > YEAR_9999) {
        w->bad = true;
        return;
    }
    rt_unix_to_civil(seconds, &c);
    (void)snprintf(text, sizeof text,
                   utc ? "%02d%02d%02d%02d%02d%02dZ" : "%04d%02d%02d%02d%02d%02dZ",
                   utc ? c.year % 100 : c.year, c.month, c.day, c.hour, c.minute, c.second);
    rt_der_put(w, utc ? RT_DER_UTC_TIME : RT_DER_GENERALIZED_TIME, ratls_bytes_str(text));
}
