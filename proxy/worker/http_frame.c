/* Requests, one after the other. */
#include <stdlib.h>

#include "http_frame.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define MAX_HEX_DIGITS 15 /* of a chunk's size: no overflow in 64 bits */

struct run {
    struct ratls_bytes in; /* what is left of it */
    struct evbuffer *out;
    bool no_memory;
};

/* ---- small things ---- */

static void put(struct run *r, struct ratls_bytes bytes)
{
    if (bytes.len > 0 && evbuffer_add(r->out, bytes.p, bytes.len))
        r->no_memory = true;
}

static void put_text(struct run *r, const char *text)
{
    put(r, ratls_bytes_str(text));
}

static void skip(struct run *r, size_t n)
{
    r->in = ratls_bytes(r->in.p + n, r->in.len - n);
}

static void pass(struct run *r, size_t n)
{
    put(r, ratls_bytes(r->in.p, n));
    skip(r, n);
}

/* Always false: there is no next step. */
static bool refuse(struct px_frame *f, unsigned status, const char *why)
{
    f->state = PX_FRAME_OVER;
    f->status = status;
    f->why = why;
    return false;
}

/* Bytes up to and with the first LF; 0 when there is none. */
static size_t line_len(struct ratls_bytes in)
{
    const uint8_t *lf = in.len ? memchr(in.p, '\n', in.len) : NULL;

    return lf ? (size_t)(lf - in.p) + 1 : 0;
}

static char folded(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c : '_';
}

bool px_frame_same_name(struct ratls_bytes name, const char *field)
{
    if (name.len != strlen(field))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (folded(name.p[i]) != folded((uint8_t)field[i]))
            return false;
    return true;
}

/* Whoever takes these from a trailer, or away on the next hop, frames or routes differently. */
static bool is_vital(const struct px_frame *f, struct ratls_bytes name)
{
    static const char *const vital[] = {"host", "content-length", "transfer-encoding"};

    for (size_t i = 0; i < COUNT(vital); i++)
        if (px_text_is(name, vital[i]))
            return true;
    return px_frame_same_name(name, f->field);
}

/* ---- heads: judged ---- */

static struct ratls_bytes until(struct ratls_bytes text, const char *ends)
{
    size_t n = 0;

    while (n < text.len && !strchr(ends, text.p[n]))
        n++;
    return ratls_bytes(text.p, n);
}

static bool is_same(struct ratls_bytes a, struct ratls_bytes b)
{
    char text[256];

    if (b.len >= sizeof text)
        return false;
    memcpy(text, b.p, b.len);
    text[b.len] = 0;
    return px_text_is(a, text);
}

/* RFC 9112 s.3.2: origin-form, asterisk-form, or absolute-form that says the same as Host. */
static bool is_good_target(const struct px_head *head)
{
    static const char *const schemes[] = {"http://", "https://"};
    struct ratls_bytes target = head->target;

    if (target.p[0] == '/')
        return true;
    if (px_text_is(target, "*"))
        return px_text_is(head->method, "options");
    for (size_t i = 0; i < COUNT(schemes); i++) {
        size_t n = strlen(schemes[i]);
        if (target.len > n && px_text_is(ratls_bytes(target.p, n), schemes[i]))
            return head->host.len > 0 &&
                   is_same(until(ratls_bytes(target.p + n, target.len - n), "/?#"), head->host);
    }
    return false;
}

static bool is_good_host(const struct px_head *head)
{
    return until(head->host, "/?#@,\\").len == head->host.len;
}

/* RFC 9110 s.7.6.1: the next hop takes away what Connection names. */
static bool names_vital(const struct px_frame *f, struct ratls_bytes value)
{
    while (value.len > 0) {
        struct ratls_bytes name = until(value, ", \t");
        if (is_vital(f, name))
            return true;
        size_t n = name.len < value.len ? name.len + 1 : name.len;
        value = ratls_bytes(value.p + n, value.len - n);
    }
    return false;
}

static bool takes_vital_away(const struct px_frame *f, const struct px_head *head)
{
    struct ratls_bytes rest = head->fields;
    struct px_field field;

    while (px_head_next(&rest, &field))
        if (px_text_is(field.name, "connection") && names_vital(f, field.value))
            return true;
    return false;
}

static bool judge(struct px_frame *f, const struct px_head *head)
{
    if (px_text_is(head->method, "connect") || px_text_is(head->method, "trace"))
        return refuse(f, 501, "CONNECT or TRACE");
    if (px_head_find(head, "upgrade", NULL) > 0)
        return refuse(f, 501, "Upgrade");
    if (!is_good_host(head) || !is_good_target(head))
        return refuse(f, 400, "target and Host");
    if (takes_vital_away(f, head))
        return refuse(f, 400, "Connection");
    return true;
}

/* ---- heads: written ---- */

static void put_head(const struct px_frame *f, struct run *r, const struct px_head *head,
                     const char *value)
{
    struct ratls_bytes rest = head->fields;
    struct px_field field;

    put(r, ratls_bytes(r->in.p, (size_t)(head->fields.p - r->in.p)));
    while (px_head_next(&rest, &field))
        if (!px_frame_same_name(field.name, f->field))
            put(r, field.line);
    put_text(r, f->field);
    put_text(r, ": ");
    put_text(r, value);
    put_text(r, "\r\n\r\n");
}

static bool begin_body(struct px_frame *f, enum px_body_is body, uint64_t length)
{
    f->heads++;
    f->spent = f->seen = 0;
    f->left = length;
    f->chunked = body == PX_BODY_CHUNKED;
    if (f->chunked)
        f->state = PX_FRAME_IN_CHUNK_LINE;
    else if (length > 0)
        f->state = PX_FRAME_IN_BODY;
    return true;
}

static bool take_head(struct px_frame *f, struct run *r, const struct px_head *head)
{
    uint64_t length = 0;
    enum px_body_is body = px_head_body(head, &length);

    if (body == PX_BODY_UNCLEAR)
        return refuse(f, 400, "the length of the body");
    if (!judge(f, head))
        return false;
    if (body == PX_BODY_LENGTH && length > 0 && !f->whole && f->keeps &&
        f->keeps(f->arg, head, length))
        f->whole = head->len + (size_t)length;
    if (r->in.len < f->whole)
        return false;
    f->body = ratls_bytes(r->in.p + head->len, f->whole ? (size_t)length : 0);
    const char *value = f->value(f->arg);
    f->body = ratls_bytes(NULL, 0);
    f->waits = !value;
    if (f->waits)
        return false;
    put_head(f, r, head, value);
    skip(r, head->len);
    f->whole = 0;
    return begin_body(f, body, length);
}

/* Without the end of a line in what is new, an unfinished head is still one. */
static bool is_unchanged(struct px_frame *f, struct ratls_bytes in)
{
    const uint8_t *new = in.p + f->seen;
    size_t n = in.len - f->seen;

    return in.len <= PX_FRAME_HEAD && f->seen > 0 && !memchr(new, '\r', n) && !memchr(new, '\n', n);
}

static bool step_head(struct px_frame *f, struct run *r)
{
    static const struct px_head_limits limits = {PX_FRAME_HEAD, PX_HEAD_MAX_FIELDS};
    struct px_head head;

    if (r->in.len == 0 || r->in.len < f->whole || is_unchanged(f, r->in))
        return false;
    switch (px_head_parse(r->in, &limits, &head)) {
    case PX_HEAD_WHOLE:
        return take_head(f, r, &head);
    case PX_HEAD_PART:
        f->seen = r->in.p[r->in.len - 1] == '\r' ? r->in.len - 1 : r->in.len;
        return false;
    case PX_HEAD_MALFORMED:
        return refuse(f, 400, "the head");
    case PX_HEAD_TOO_LARGE:
        return refuse(f, 431, "a head too large");
    }
    return refuse(f, 400, "the head");
}

/* ---- bodies ---- */

static bool step_body(struct px_frame *f, struct run *r)
{
    size_t n = f->left < r->in.len ? (size_t)f->left : r->in.len;

    pass(r, n);
    f->left -= n;
    if (f->left == 0)
        f->state = f->chunked ? PX_FRAME_IN_CHUNK_END : PX_FRAME_IN_HEAD;
    return n > 0;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 9112 s.7.1: size, and extensions that mean nothing to us. No space in front of them: some
 * take it for a part of the number. */
static bool parse_size(struct ratls_bytes line, uint64_t *size, size_t *extra)
{
    size_t n = 0;

    *size = 0;
    for (; n < line.len && n <= MAX_HEX_DIGITS && hex_digit(line.p[n]) >= 0; n++)
        *size = *size << 4 | (uint64_t)hex_digit(line.p[n]);
    if (n == 0 || n > MAX_HEX_DIGITS || (n < line.len && line.p[n] != ';'))
        return false;
    *extra = line.len - n;
    for (; n < line.len; n++)
        if ((line.p[n] < 0x20 && line.p[n] != '\t') || line.p[n] > 0x7e)
            return false;
    return true;
}

static bool step_chunk_line(struct px_frame *f, struct run *r)
{
    size_t n = line_len(r->in), extra = 0;

    if (n == 0 && r->in.len < PX_FRAME_CHUNK)
        return false;
    if (n < 2 || n > PX_FRAME_CHUNK || r->in.p[n - 2] != '\r' ||
        !parse_size(ratls_bytes(r->in.p, n - 2), &f->left, &extra))
        return refuse(f, 400, "a chunk");
    f->spent += extra;
    if (f->spent > PX_FRAME_EXTRA)
        return refuse(f, 400, "extensions of chunks");
    pass(r, n);
    f->state = f->left > 0 ? PX_FRAME_IN_BODY : PX_FRAME_IN_TRAILERS;
    if (f->left == 0)
        f->spent = 0;
    return true;
}

static bool step_chunk_end(struct px_frame *f, struct run *r)
{
    if (r->in.len < 2)
        return false;
    if (memcmp(r->in.p, "\r\n", 2) != 0)
        return refuse(f, 400, "the end of a chunk");
    pass(r, 2);
    f->state = PX_FRAME_IN_CHUNK_LINE;
    return true;
}

static bool step_trailers(struct px_frame *f, struct run *r)
{
    size_t n = line_len(r->in);
    struct ratls_bytes line = ratls_bytes(r->in.p, n);
    struct px_field field;

    if (f->spent + (n ? n : r->in.len) > PX_FRAME_TRAILERS)
        return refuse(f, 400, "trailers too large");
    if (n == 0)
        return false;
    if (n == 2 && r->in.p[0] == '\r') {
        pass(r, n);
        f->state = PX_FRAME_IN_HEAD;
        return true;
    }
    if (!px_head_next(&line, &field) || is_vital(f, field.name))
        return refuse(f, 400, "a trailer");
    f->spent += n;
    pass(r, n);
    return true;
}

/* ---- all ---- */

static bool step(struct px_frame *f, struct run *r)
{
    switch (f->state) {
    case PX_FRAME_IN_HEAD:
        return step_head(f, r);
    case PX_FRAME_IN_BODY:
        return step_body(f, r);
    case PX_FRAME_IN_CHUNK_LINE:
        return step_chunk_line(f, r);
    case PX_FRAME_IN_CHUNK_END:
        return step_chunk_end(f, r);
    case PX_FRAME_IN_TRAILERS:
        return step_trailers(f, r);
    case PX_FRAME_OVER:
        return false;
    }
    return false;
}

/* False when memory is short. */
static bool hold(struct px_frame *f, struct ratls_bytes more)
{
    uint8_t *held = realloc(f->held, f->n_held + more.len);

    if (!held)
        return false;
    memcpy(held + f->n_held, more.p, more.len);
    f->held = held;
    f->n_held += more.len;
    return true;
}

/* What was not used stays; an idle connection holds nothing. */
static bool keep(struct px_frame *f, struct ratls_bytes rest)
{
    if (rest.len == 0 || f->state == PX_FRAME_OVER) {
        px_frame_free(f);
        return true;
    }
    if (!f->held)
        return hold(f, rest);
    if (rest.p != f->held)
        memmove(f->held, rest.p, rest.len);
    f->n_held = rest.len;
    return true;
}

enum px_frame_is px_frame_feed(struct px_frame *f, struct ratls_bytes in, struct evbuffer *out)
{
    struct run r = {.in = in, .out = out};

    if (f->n_held > 0) {
        if (in.len > 0 && !hold(f, in))
            return PX_FRAME_NO_MEMORY;
        r.in = ratls_bytes(f->held, f->n_held);
    }
    f->waits = false;
    while (step(f, &r) && !r.no_memory)
        ;
    if (!keep(f, r.in) || r.no_memory)
        return PX_FRAME_NO_MEMORY;
    if (f->state == PX_FRAME_OVER)
        return PX_FRAME_REFUSED;
    return f->waits ? PX_FRAME_WAITS : PX_FRAME_GOOD;
}

void px_frame_free(struct px_frame *f)
{
    free(f->held);
    f->held = NULL;
    f->n_held = 0;
}
