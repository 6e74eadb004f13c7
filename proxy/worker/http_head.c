/* Heads of HTTP requests. */
#include <strings.h>

#include "http_head.h"

#define MAX_METHOD 32
#define MAX_DIGITS 18 /* of a length: no overflow in 64 bits */

const struct px_head_limits px_head_usual = {PX_HEAD_MAX_BYTES, PX_HEAD_MAX_FIELDS};

/* ---- bytes ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* RFC 9110 s.5.6.2 */
static bool is_token_char(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_visible(uint8_t c)
{
    return c > 0x20 && c < 0x7f;
}

/* RFC 9110 s.5.5, with obs-text: it means nothing to us, and others send it. */
static bool is_value_char(uint8_t c)
{
    return is_visible(c) || c == ' ' || c == '\t' || c >= 0x80;
}

static bool all(struct ratls_bytes text, bool (*is)(uint8_t))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is(text.p[i]))
            return false;
    return true;
}

static struct ratls_bytes behind(struct ratls_bytes text, size_t n)
{
    return n <= text.len ? ratls_bytes(text.p + n, text.len - n) : ratls_bytes(NULL, 0);
}

/* What stands before the first `c`, which is taken off too; false when there is none. */
static bool cut(struct ratls_bytes *text, uint8_t c, struct ratls_bytes *before)
{
    const uint8_t *at = text->len ? memchr(text->p, c, text->len) : NULL;

    if (!at)
        return false;
    *before = ratls_bytes(text->p, (size_t)(at - text->p));
    *text = behind(*text, before->len + 1);
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct ratls_bytes trim(struct ratls_bytes text)
{
    while (text.len && is_space(text.p[0]))
        text = behind(text, 1);
    while (text.len && is_space(text.p[text.len - 1]))
        text.len--;
    return text;
}

bool px_text_is(struct ratls_bytes text, const char *word)
{
    return text.len == strlen(word) &&
           (text.len == 0 || strncasecmp((const char *)text.p, word, text.len) == 0);
}

/* ---- lines ---- */

/* So far nothing is wrong with a line that has no end yet. */
static bool may_become_line(struct ratls_bytes text)
{
    if (text.len && text.p[text.len - 1] == '\r')
        text.len--;
    return all(text, is_value_char);
}

/* A line without its end. WHOLE, PART or MALFORMED: a CR or an LF without the other. */
static enum px_head_is take_line(struct ratls_bytes *rest, struct ratls_bytes *line)
{
    if (!cut(rest, '\n', line))
        return may_become_line(*rest) ? PX_HEAD_PART : PX_HEAD_MALFORMED;
    if (line->len == 0 || line->p[line->len - 1] != '\r')
        return PX_HEAD_MALFORMED;
    line->len--;
    return PX_HEAD_WHOLE;
}

/* RFC 9112 s.3 */
static bool parse_request(struct ratls_bytes line, struct px_head *out)
{
    if (!cut(&line, ' ', &out->method) || !cut(&line, ' ', &out->target))
        return false;
    if (out->method.len == 0 || out->method.len > MAX_METHOD || !all(out->method, is_token_char))
        return false;
    if (out->target.len == 0 || !all(out->target, is_visible))
        return false;
    if (line.len != 8 || memcmp(line.p, "HTTP/1.", 7) != 0 || line.p[7] < '0' || line.p[7] > '1')
        return false;
    out->minor = (unsigned)(line.p[7] - '0');
    return true;
}

/* RFC 9112 s.5. A folded line begins with a space, which is no name. */
static bool parse_field(struct ratls_bytes line, struct px_field *out)
{
    struct ratls_bytes value = line;

    if (!cut(&value, ':', &out->name) || out->name.len == 0 || !all(out->name, is_token_char) ||
        !all(value, is_value_char))
        return false;
    out->value = trim(value);
    return true;
}

bool px_head_next(struct ratls_bytes *rest, struct px_field *out)
{
    struct ratls_bytes begin = *rest, line;

    if (take_line(rest, &line) != PX_HEAD_WHOLE || !parse_field(line, out))
        return false;
    out->line = ratls_bytes(begin.p, line.len + 2);
    return true;
}

/* Fields up to the empty line, which is taken off too. */
static enum px_head_is take_fields(struct ratls_bytes *rest, size_t max, struct px_head *out)
{
    struct px_field field;
    struct ratls_bytes line;

    out->fields = ratls_bytes(rest->p, 0);
    for (;;) {
        enum px_head_is is = take_line(rest, &line);
        if (is != PX_HEAD_WHOLE)
            return is;
        if (line.len == 0)
            return PX_HEAD_WHOLE;
        if (!parse_field(line, &field))
            return PX_HEAD_MALFORMED;
        if (++out->n_fields > max)
            return PX_HEAD_TOO_LARGE;
        out->fields.len += line.len + 2;
    }
}

/* RFC 9112 s.3.2: 400 for a request of HTTP/1.1 without, and for any with two. */
static bool has_its_host(struct px_head *head)
{
    size_t n = px_head_find(head, "host", &head->host);

    return (n == 1 || (n == 0 && head->minor == 0)) && all(head->host, is_visible);
}

enum px_head_is px_head_parse(struct ratls_bytes bytes, const struct px_head_limits *limits,
                              struct px_head *out)
{
    struct ratls_bytes rest = bytes, line;
    bool cut_off = rest.len > limits->bytes;

    *out = (struct px_head){0};
    if (cut_off)
        rest.len = limits->bytes;
    enum px_head_is is = take_line(&rest, &line);
    if (is == PX_HEAD_WHOLE)
        is = parse_request(line, out) ? take_fields(&rest, limits->fields, out) : PX_HEAD_MALFORMED;
    if (is == PX_HEAD_WHOLE && !has_its_host(out))
        is = PX_HEAD_MALFORMED;
    if (is == PX_HEAD_WHOLE)
        out->len = (size_t)(rest.p - bytes.p);
    return is == PX_HEAD_PART && cut_off ? PX_HEAD_TOO_LARGE : is;
}

size_t px_head_find(const struct px_head *head, const char *name, struct ratls_bytes *last)
{
    struct ratls_bytes rest = head->fields;
    struct px_field field;
    size_t n = 0;

    while (px_head_next(&rest, &field)) {
        if (!px_text_is(field.name, name))
            continue;
        n++;
        if (last)
            *last = field.value;
    }
    return n;
}

/* ---- bodies ---- */

static bool parse_length(struct ratls_bytes text, uint64_t *length)
{
    *length = 0;
    if (text.len == 0 || text.len > MAX_DIGITS || !all(text, is_digit))
        return false;
    for (size_t i = 0; i < text.len; i++)
        *length = *length * 10 + (uint64_t)(text.p[i] - '0');
    return true;
}

/* RFC 9112 s.6.1 and 6.3: what a recipient may refuse is refused. */
enum px_body_is px_head_body(const struct px_head *head, uint64_t *length)
{
    struct ratls_bytes size = {0}, coding = {0};
    size_t sizes = px_head_find(head, "content-length", &size);
    size_t codings = px_head_find(head, "transfer-encoding", &coding);

    *length = 0;
    if (sizes + codings == 0)
        return PX_BODY_NONE;
    if (sizes + codings > 1)
        return PX_BODY_UNCLEAR;
    if (codings == 1)
        return head->minor == 1 && px_text_is(coding, "chunked") ? PX_BODY_CHUNKED
                                                                 : PX_BODY_UNCLEAR;
    return parse_length(size, length) ? PX_BODY_LENGTH : PX_BODY_UNCLEAR;
}
