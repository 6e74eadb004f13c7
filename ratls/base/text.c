/* UTF-8 (RFC 3629), hex, base64 (RFC 4648), PEM (RFC 7468) */
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

bool rt_utf8_tail(struct rt_reader *r, uint8_t lead)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t code = lead & (0x3fU >> more);

    if (lead < 0xc2 || lead > 0xf4)
        return false;
    for (unsigned i = 0; i < more; i++) {
        uint8_t c = rt_u8(r);
        if ((c & 0xc0) != 0x80)
            return false;
        code = code << 6 | (c & 0x3f);
    }
    return code >= least[more] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

bool rt_is_utf8(struct ratls_bytes text)
{
    struct rt_reader r = rt_reader(text);

    while (r.left > 0) {
        uint8_t lead = rt_u8(&r);
        if (lead >= 0x80 && !rt_utf8_tail(&r, lead))
            return false;
    }
    return true;
}

void rt_hex(struct ratls_bytes in, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < in.len; i++) {
        out[2 * i] = digits[in.p[i] >> 4];
        out[2 * i + 1] = digits[in.p[i] & 15];
    }
    out[2 * in.len] = 0;
}

char *rt_hex_new(struct ratls_bytes in)
{
    char *out = malloc(2 * in.len + 1);

    if (out)
        rt_hex(in, out);
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool rt_unhex(const char *text, size_t text_len, uint8_t *out, size_t *len)
{
    if (text_len % 2 != 0 || text_len / 2 > *len)
        return false;
    for (size_t i = 0; i < text_len / 2; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *len = text_len / 2;
    return true;
}

static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char std_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(const char *alphabet, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return 26 + (c - 'a');
    if (c >= '0' && c <= '9')
        return 52 + (c - '0');
    return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* Digits without padding; returns how many were written. */
static size_t encode(const char *alphabet, struct ratls_bytes in, char *out)
{
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;

    for (size_t i = 0; i < in.len; i++) {
        bits = bits << 8 | in.p[i];
        for (have += 8; have >= 6; have -= 6)
            out[n++] = alphabet[bits >> (have - 6) & 63];
    }
    if (have)
        out[n++] = alphabet[bits << (6 - have) & 63];
    out[n] = 0;
    return n;
}

/* Digits without padding; a group of one digit and non-zero trailing bits are refused. */
static bool decode(const char *alphabet, struct ratls_bytes in, uint8_t *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    if (in.len % 4 == 1 || in.len / 4 * 3 + in.len % 4 * 3 / 4 > *len)
        return false;
    for (size_t i = 0; i < in.len; i++) {
        int d = digit_of(alphabet, (char)in.p[i]);
        if (d < 0)
            return false;
        bits = bits << 6 | (uint32_t)d;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (uint8_t)(bits >> have);
        }
    }
    *len = n;
    return (bits & ((1U << have) - 1)) == 0;
}

size_t rt_base64url_len(size_t len)
{
    return len / 3 * 4 + (len % 3 ? len % 3 + 1 : 0);
}

void rt_base64url(struct ratls_bytes in, char *out)
{
    (void)encode(url_alphabet, in, out);
}

void rt_put_base64url(struct rt_writer *w, struct ratls_bytes in)
{
    char *text = malloc(rt_base64url_len(in.len) + 1);

    if (!text) {
        w->bad = true;
        return;
    }
    rt_base64url(in, text);
    rt_put(w, text, rt_base64url_len(in.len));
    free(text);
}

bool rt_unbase64url(const char *text, size_t text_len, uint8_t *out, size_t *len)
{
    return decode(url_alphabet, ratls_bytes(text, text_len), out, len);
}

void rt_base64(struct ratls_bytes in, char *out)
{
    size_t n = encode(std_alphabet, in, out);

    while (n % 4 != 0)
        out[n++] = '=';
    out[n] = 0;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct ratls_bytes rt_without_space(struct ratls_bytes text)
{
    struct rt_reader r = rt_reader(text);

    while (r.left > 0 && is_space(*r.p))
        rt_skip(&r, 1);
    return rt_rest(&r);
}

bool rt_starts_with(struct ratls_bytes text, const char *head)
{
    size_t len = strlen(head);

    return text.len >= len && memcmp(text.p, head, len) == 0;
}

enum ratls_err rt_unbase64(struct ratls_bytes text, struct ratls_buffer *out)
{
    struct ratls_buffer digits = {.p = malloc(text.len + 1)};
    size_t padding = 0, len = text.len;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = (struct ratls_buffer){0};
    if (!digits.p || !(out->p = malloc(text.len + 1)))
        goto out;
    e = RATLS_E_EVIDENCE_FORMAT;
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.p[i]))
            continue;
        if (text.p[i] == '=')
            padding++;
        else if (padding)
            goto out; /* digits after padding */
        else
            digits.p[digits.len++] = text.p[i];
    }
    out->len = text.len; /* all of it is wiped when decoding fails half-way */
    if ((digits.len + padding) % 4 != 0 || padding > 2 ||
        !decode(std_alphabet, rt_bytes_of(&digits), out->p, &len))
        goto out;
    out->len = len;
    e = RATLS_OK;
out:
    if (e)
        ratls_buffer_free(out);
    ratls_buffer_free(&digits);
    return e;
}

/* Position of `what` in `text`; text.len when absent. */
static size_t find(struct ratls_bytes text, const char *what)
{
    const void *at = text.len ? memmem(text.p, text.len, what, strlen(what)) : NULL;

    return at ? (size_t)((const uint8_t *)at - text.p) : text.len;
}

static struct ratls_bytes after(struct ratls_bytes text, size_t n)
{
    struct rt_reader r = rt_reader(text);

    rt_skip(&r, n);
    return rt_rest(&r);
}

enum ratls_err rt_pem_next(struct ratls_bytes *text, const char *label, struct ratls_buffer *out)
{
    char begin[64], end[64];

    *out = (struct ratls_buffer){0};
    if (snprintf(begin, sizeof begin, "-----BEGIN %s-----", label) >= (int)sizeof begin ||
        snprintf(end, sizeof end, "-----END %s-----", label) >= (int)sizeof end)
        return RATLS_E_INTERNAL;
    size_t at = find(*text, begin);
    if (at == text->len)
        return RATLS_E_CLOSED;
    struct ratls_bytes body = after(*text, at + strlen(begin));
    size_t len = find(body, end);
    if (len == body.len)
        return RATLS_E_EVIDENCE_FORMAT;
    *text = after(body, len + strlen(end));
    return rt_unbase64(ratls_bytes(body.p, len), out);
}

enum ratls_err rt_pem_count(struct ratls_bytes text, const char *const *labels, size_t *found,
                            struct ratls_buffer *out)
{
    struct ratls_buffer block = {0};

    *out = (struct ratls_buffer){0};
    *found = 0;
    for (; *labels; labels++) {
        struct ratls_bytes rest = text;
        enum ratls_err e;
        while ((e = rt_pem_next(&rest, *labels, &block)) == RATLS_OK) {
            ratls_buffer_free(out);
            *out = block;
            ++*found;
        }
        if (e != RATLS_E_CLOSED) {
            ratls_buffer_free(out);
            return e == RATLS_E_NO_MEMORY ? e : RATLS_E_EVIDENCE_FORMAT;
        }
    }
    return RATLS_OK;
}

enum ratls_err rt_pem_write(const char *label, struct ratls_bytes der, struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    char *digits = malloc(4 * ((der.len + 2) / 3) + 1);
    char line[64];

    *out = (struct ratls_buffer){0};
    if (!digits)
        return RATLS_E_NO_MEMORY;
    rt_base64(der, digits);
    rt_put(&w, line, (size_t)snprintf(line, sizeof line, "-----BEGIN %.32s-----\n", label));
    for (size_t at = 0, left = strlen(digits); left > 0;) {
        size_t n = left < 64 ? left : 64;
        rt_put(&w, digits + at, n);
        rt_put_u8(&w, '\n');
        at += n;
        left -= n;
    }
    rt_put(&w, line, (size_t)snprintf(line, sizeof line, "-----END %.32s-----\n", label));
    rt_wipe(digits, strlen(digits));
    free(digits);
    return rt_writer_take(&w, out);
}
