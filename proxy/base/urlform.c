/* Forms. */
#include "urlform.h"

#include <stdlib.h>

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands for itself: the URL standard encodes everything else. Some leave `~` as it is, others
 * more of what RFC 3986 allows in a query. */
static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~*!'(),;:@/?$", c));
}

/* One character; -1: it is bad. *at moves behind it. */
static int decode(struct ratls_bytes in, size_t *at)
{
    const uint8_t c = in.p[(*at)++];

    if (c == '+')
        return ' ';
    if (c != '%')
        return is_plain(c) ? c : -1;
    if (in.len - *at < 2)
        return -1;
    const int high = digit_of(in.p[*at]), low = digit_of(in.p[*at + 1]);
    *at += 2;
    const int value = high < 0 || low < 0 ? -1 : high << 4 | low;
    return value >= 0x20 && value <= 0x7e ? value : -1;
}

/* Up to `end` or the end of all; false: something is bad. */
static bool decode_until(struct ratls_bytes in, size_t *at, uint8_t end, char **to)
{
    while (*at < in.len && in.p[*at] != end) {
        const int c = decode(in, at);
        if (c < 0)
            return false;
        *(*to)++ = (char)c;
    }
    *(*to)++ = 0;
    return true;
}

static bool read_field(struct ratls_bytes in, size_t *at, char **to, struct px_form *out)
{
    const char *name = *to;

    if (out->n == PX_FORM_FIELDS || !decode_until(in, at, '=', to) || !*name || *at == in.len)
        return false;
    ++*at;
    out->field[out->n].name = name;
    out->field[out->n].value = *to;
    out->n++;
    return decode_until(in, at, '&', to);
}

enum px_form_is px_form_read(struct ratls_bytes body, struct px_form *out)
{
    size_t at = 0;

    *out = (struct px_form){.size = body.len + 2, .text = calloc(1, body.len + 2)};
    if (!out->text)
        return PX_FORM_NO_MEMORY;
    char *to = out->text;
    while (at < body.len) {
        if (!read_field(body, &at, &to, out))
            return PX_FORM_BAD;
        if (at < body.len && ++at == body.len) /* nothing behind & */
            return PX_FORM_BAD;
    }
    return PX_FORM_GOOD;
}

void px_form_free(struct px_form *f)
{
    if (f->text)
        explicit_bzero(f->text, f->size);
    free(f->text);
    *f = (struct px_form){0};
}

size_t px_form_count(const struct px_form *f, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += strcmp(f->field[i].name, name) == 0;
    return n;
}

const char *px_form_get(const struct px_form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->field[i].value[0] && strcmp(f->field[i].name, name) == 0)
            return f->field[i].value;
    return NULL;
}
