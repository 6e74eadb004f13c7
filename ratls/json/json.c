/* The grammar of RFC 8259 without fractions and exponents, then cJSON, then duplicates. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

#define MAX_DIGITS 16 /* of RT_JSON_INT_MAX */

struct scan {
    struct rt_reader r;
    unsigned depth;
    const char *why; /* the first reason wins */
};

static bool refuse(struct scan *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return false;
}

/* The next byte without consuming it; -1 at the end. */
static int peek(const struct scan *s)
{
    struct ratls_bytes rest = rt_rest(&s->r);

    return rest.len ? rest.p[0] : -1;
}

static bool accept(struct scan *s, int c)
{
    if (peek(s) != c)
        return false;
    rt_skip(&s->r, 1);
    return true;
}

static void skip_space(struct scan *s)
{
    for (int c = peek(s); c == ' ' || c == '\t' || c == '\r' || c == '\n'; c = peek(s))
        rt_skip(&s->r, 1);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Consumes digits, at most one more than a good number has. */
static size_t scan_digits(struct scan *s, int64_t *value)
{
    size_t n = 0;

    *value = 0;
    for (int c = peek(s); is_digit(c) && n <= MAX_DIGITS; c = peek(s), n++) {
        *value = *value * 10 + (c - '0');
        rt_skip(&s->r, 1);
    }
    return n;
}

static bool scan_number(struct scan *s)
{
    bool negative = accept(s, '-');
    bool zero_first = peek(s) == '0';
    int64_t value = 0;
    size_t digits = scan_digits(s, &value);

    if (digits == 0)
        return refuse(s, "not a value");
    if (digits > MAX_DIGITS || value > RT_JSON_INT_MAX)
        return refuse(s, "a number beyond 2^53 - 1");
    if (zero_first && (digits > 1 || negative))
        return refuse(s, "a number with a leading zero or minus zero");
    if (accept(s, '.') || accept(s, 'e') || accept(s, 'E'))
        return refuse(s, "a number that is not an integer");
    return true;
}

static bool scan_hex4(struct scan *s, unsigned *code)
{
    uint8_t value[2];
    size_t len = sizeof value;
    struct ratls_bytes digits = rt_take_bytes(&s->r, 4);

    if (!digits.p || !rt_unhex((const char *)digits.p, digits.len, value, &len))
        return refuse(s, "a bad escape");
    *code = (unsigned)value[0] << 8 | value[1];
    return true;
}

static bool scan_unicode_escape(struct scan *s)
{
    unsigned code = 0, low = 0;

    if (!scan_hex4(s, &code))
        return false;
    if (code == 0)
        return refuse(s, "a NUL character");
    if (code < 0xd800 || code > 0xdfff)
        return true;
    if (code >= 0xdc00 || !accept(s, '\\') || !accept(s, 'u') || !scan_hex4(s, &low) ||
        low < 0xdc00 || low > 0xdfff)
        return refuse(s, "a lone surrogate");
    return true;
}

static bool scan_escape(struct scan *s)
{
    uint8_t c = rt_u8(&s->r);

    if (c == 'u')
        return scan_unicode_escape(s);
    return (c != 0 && strchr("\"\\/bfnrt", c)) || refuse(s, "a bad escape");
}

/* The run of characters that need no second look: most of a document is hex and PEM in strings. */
static void skip_plain(struct scan *s)
{
    struct ratls_bytes rest = rt_rest(&s->r);
    size_t n = 0;

    while (n < rest.len && rest.p[n] >= 0x20 && rest.p[n] < 0x80 && rest.p[n] != '"' &&
           rest.p[n] != '\\')
        n++;
    rt_skip(&s->r, n);
}

static bool scan_string(struct scan *s)
{
    if (!accept(s, '"'))
        return refuse(s, "a name or string is due");
    for (;;) {
        skip_plain(s);
        int c = peek(s);
        if (c < 0x20)
            return refuse(s, c < 0 ? "ends within a string" : "a control character in a string");
        rt_skip(&s->r, 1);
        if (c == '"')
            return true;
        if (c == '\\' && !scan_escape(s))
            return false;
        if (c >= 0x80 && !rt_utf8_tail(&s->r, (uint8_t)c))
            return refuse(s, "invalid UTF-8");
    }
}

static bool scan_value(struct scan *s);

static bool scan_member(struct scan *s)
{
    skip_space(s);
    if (!scan_string(s))
        return false;
    skip_space(s);
    return accept(s, ':') ? scan_value(s) : refuse(s, "a colon is due");
}

/* Elements of an array or object behind its opening bracket. */
static bool scan_elements(struct scan *s, int end, bool (*element)(struct scan *))
{
    if (++s->depth > RT_MAX_JSON_DEPTH)
        return refuse(s, "nested too deeply");
    skip_space(s);
    bool done = accept(s, end);
    for (size_t n = 1; !done; n++) {
        if (end == '}' && n > RT_MAX_JSON_MEMBERS)
            return refuse(s, "an object with too many members");
        if (!element(s))
            return false;
        skip_space(s);
        done = accept(s, end);
        if (!done && !accept(s, ','))
            return refuse(s, "a comma or the closing bracket is due");
    }
    s->depth--;
    return true;
}

static bool scan_literal(struct scan *s)
{
    static const char *const literals[] = {"true", "false", "null"};

    for (size_t i = 0; i < RT_COUNT(literals); i++) {
        size_t len = strlen(literals[i]);
        struct ratls_bytes rest = rt_rest(&s->r);
        if (rest.len >= len && memcmp(rest.p, literals[i], len) == 0) {
            rt_skip(&s->r, len);
            return true;
        }
    }
    return refuse(s, "not a value");
}

static bool scan_value(struct scan *s)
{
    skip_space(s);
    int c = peek(s);
    if (c == '"')
        return scan_string(s);
    if (c == '-' || is_digit(c))
        return scan_number(s);
    if (accept(s, '{'))
        return scan_elements(s, '}', scan_member);
    if (accept(s, '['))
        return scan_elements(s, ']', scan_value);
    return scan_literal(s);
}

static bool scan_document(struct scan *s)
{
    if (!scan_value(s))
        return false;
    skip_space(s);
    return rt_at_end(&s->r) || refuse(s, "trailing bytes");
}

/* The first member whose name was used before it in the same object; NULL: none. Names are compared
 * as decoded, so that "a" and "\u0061" are the same. Depth was bounded by the scan. */
static const char *find_duplicate(const cJSON *json)
{
    const cJSON *item, *earlier;

    cJSON_ArrayForEach(item, json)
    {
        for (earlier = json->child; cJSON_IsObject(json) && earlier != item;
             earlier = earlier->next)
            if (strcmp(earlier->string, item->string) == 0)
                return item->string;
        const char *inner = find_duplicate(item);
        if (inner)
            return inner;
    }
    return NULL;
}

static enum ratls_err malformed_at(const struct scan *s, struct ratls_bytes text,
                                   enum ratls_err malformed, struct ratls_error *err)
{
    return ratls_fail(err, malformed, "JSON at byte %zu: %s", text.len - rt_rest(&s->r).len,
                      s->why ? s->why : "malformed");
}

enum ratls_err rt_json_parse(struct ratls_bytes text, enum ratls_err malformed, cJSON **out,
                             struct ratls_error *err)
{
    return rt_json_parse_up_to(text, RT_MAX_JSON, malformed, out, err);
}

enum ratls_err rt_json_parse_up_to(struct ratls_bytes text, size_t max, enum ratls_err malformed,
                                   cJSON **out, struct ratls_error *err)
{
    struct scan s = {.r = rt_reader(text)};

    *out = NULL;
    if (text.len > max)
        return ratls_fail(err, malformed, "JSON of %zu bytes, at most %zu", text.len, max);
    if (!scan_document(&s))
        return malformed_at(&s, text, malformed, err);
    cJSON *json = cJSON_ParseWithLength((const char *)text.p, text.len);
    if (!json)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "JSON: out of memory");
    const char *duplicate = find_duplicate(json);
    if (duplicate) {
        (void)ratls_fail(err, malformed, "JSON: member '%s' appears twice", duplicate);
        cJSON_Delete(json);
        return malformed;
    }
    *out = json;
    return RATLS_OK;
}

/* ---- the text of members ---- */

/* Bytes between two positions of one document. */
static struct ratls_bytes between(struct ratls_bytes from, const struct scan *s)
{
    struct rt_reader r = rt_reader(from);

    return rt_take_bytes(&r, from.len - rt_rest(&s->r).len);
}

static bool keep_part(struct scan *s, struct ratls_bytes quoted_name, struct ratls_bytes value,
                      struct rt_json_part *parts, size_t n)
{
    struct rt_reader r = rt_reader(quoted_name);

    rt_skip(&r, 1);
    struct ratls_bytes name = rt_take_bytes(&r, quoted_name.len - 2);
    for (size_t i = 0; i < n; i++) {
        if (!ratls_bytes_equal(name, ratls_bytes_str(parts[i].name)))
            continue;
        if (parts[i].text.p)
            return refuse(s, "a member appears twice");
        parts[i].text = value;
        return true;
    }
    return refuse(s, "a member that is not known here");
}

/* One member of the outermost object. */
static bool scan_part(struct scan *s, struct rt_json_part *parts, size_t n)
{
    skip_space(s);
    struct ratls_bytes at = rt_rest(&s->r);
    if (!scan_string(s))
        return false;
    struct ratls_bytes name = between(at, s);
    skip_space(s);
    if (!accept(s, ':'))
        return refuse(s, "a colon is due");
    skip_space(s);
    at = rt_rest(&s->r);
    return scan_value(s) && keep_part(s, name, between(at, s), parts, n);
}

static bool scan_parts(struct scan *s, struct rt_json_part *parts, size_t n)
{
    skip_space(s);
    if (!accept(s, '{'))
        return refuse(s, "an object is due");
    s->depth = 1;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !accept(s, ','))
            return refuse(s, "a member is missing");
        if (!scan_part(s, parts, n))
            return false;
        skip_space(s);
    }
    if (!accept(s, '}'))
        return refuse(s, "the closing bracket is due");
    skip_space(s);
    return rt_at_end(&s->r) || refuse(s, "trailing bytes");
}

enum ratls_err rt_json_split(struct ratls_bytes text, enum ratls_err malformed,
                             struct rt_json_part *parts, size_t n, struct ratls_error *err)
{
    struct scan s = {.r = rt_reader(text)};

    for (size_t i = 0; i < n; i++)
        parts[i].text = ratls_bytes(NULL, 0);
    if (text.len > RT_MAX_JSON)
        return ratls_fail(err, malformed, "JSON of %zu bytes, at most %d", text.len, RT_MAX_JSON);
    return scan_parts(&s, parts, n) ? RATLS_OK : malformed_at(&s, text, malformed, err);
}

bool rt_json_mentions(struct ratls_bytes text, const char *name)
{
    const size_t len = strlen(name);
    const uint8_t *end = text.p + text.len;

    for (const uint8_t *p = text.p; (size_t)(end - p) >= len + 2; p++) {
        p = memchr(p, '"', (size_t)(end - p) - len - 1);
        if (!p)
            return false;
        if (p[len + 1] == '"' && memcmp(p + 1, name, len) == 0)
            return true;
    }
    return false;
}

void rt_json_free(cJSON *json)
{
    cJSON_Delete(json);
}

const cJSON *rt_json_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

bool rt_json_has(const cJSON *object, const char *name)
{
    const cJSON *item = rt_json_member(object, name);

    return item && !cJSON_IsNull(item);
}

bool rt_json_int(const cJSON *item, int64_t min, int64_t max, int64_t *out)
{
    if (!cJSON_IsNumber(item))
        return false;
    *out = (int64_t)item->valuedouble; /* exact: the scan admits integers below 2^53 only */
    return *out >= min && *out <= max;
}

void rt_json_put_raw(struct rt_writer *w, const char *json)
{
    rt_put_bytes(w, ratls_bytes_str(json));
}

void rt_json_put_base64(struct rt_writer *w, struct ratls_bytes bytes)
{
    char *text = malloc(4 * ((bytes.len + 2) / 3) + 1);

    w->bad |= !text;
    if (text) {
        rt_base64(bytes, text);
        rt_json_put_text(w, text);
    }
    free(text);
}

void rt_json_put_text(struct rt_writer *w, const char *text)
{
    char escape[8];

    rt_put_u8(w, '"');
    for (const char *c = text; *c; c++) {
        uint8_t byte = (uint8_t)*c;
        bool quoted = byte == '"' || byte == '\\';
        if (quoted)
            rt_put_u8(w, '\\');
        if (quoted || (byte >= 0x20 && byte < 0x7f))
            rt_put_u8(w, byte);
        else
            rt_put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
    }
    rt_put_u8(w, '"');
}

void rt_json_put_utf8(struct rt_writer *w, struct ratls_bytes text)
{
    char escape[8];

    rt_put_u8(w, '"');
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.p[i];
        if (c == '"' || c == '\\')
            rt_put_u8(w, '\\');
        if (c >= 0x20 && c != 0x7f)
            rt_put_u8(w, c);
        else
            rt_put(w, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
    }
    rt_put_u8(w, '"');
}

void rt_json_put_int(struct rt_writer *w, int64_t value)
{
    char digits[24];

    rt_put(w, digits, (size_t)snprintf(digits, sizeof digits, "%" PRId64, value));
}
