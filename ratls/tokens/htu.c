/* URIs of requests, in one form. */
#include "htu.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PORT 65535

static void put(struct rt_htu *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len && out->len + 1 < sizeof out->text; i++)
        out->text[out->len++] = text[i];
    out->text[out->len] = 0;
}

static bool is_in(char c, const char *set)
{
    return c && strchr(set, c);
}

/* RFC 3986 s.2.3. No locale has a say. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           is_in(c, "-._~");
}

static bool is_sub_delim(char c)
{
    return is_in(c, "!$&'()*+,;=");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- scheme, host, port ---- */

/* Behind "://"; NULL: another scheme. */
static const char *put_scheme(const char *url, const char **port, struct rt_htu *out)
{
    static const struct {
        const char *scheme, *port;
    } known[] = {{"https://", "443"}, {"http://", "80"}};

    for (size_t i = 0; i < RT_COUNT(known); i++) {
        const size_t len = strlen(known[i].scheme);
        size_t n = 0;
        while (n < len && lower(url[n]) == known[i].scheme[n])
            n++;
        if (n < len)
            continue;
        put(out, known[i].scheme, len);
        *port = known[i].port;
        return url + len;
    }
    return NULL;
}

/* Characters of a host at the head of `at`; 0: it is none. */
static size_t host_len(const char *at)
{
    const bool literal = *at == '[';
    size_t len = literal;

    while (literal ? isxdigit((unsigned char)at[len]) || is_in(at[len], ":.")
                   : is_unreserved(at[len]) || is_sub_delim(at[len]))
        len++;
    if (!literal)
        return len;
    return at[len] == ']' && len > 1 ? len + 1 : 0;
}

/* `text`: a colon and digits, perhaps none (RFC 3986 s.6.2.3), or nothing. */
static bool put_port(const char *text, size_t len, const char *usual, struct rt_htu *out)
{
    char port[8];
    long number = 0;

    if (len == 0 || (len == 1 && *text == ':'))
        return true;
    for (size_t i = 1; i < len && number <= MAX_PORT; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = 10 * number + text[i] - '0';
    }
    if (*text != ':' || number < 1 || number > MAX_PORT)
        return false;
    (void)snprintf(port, sizeof port, ":%ld", number);
    if (strcmp(port + 1, usual) != 0)
        put(out, port, strlen(port));
    return true;
}

/* ---- path ---- */

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 s.6.2.2.1 and s.6.2.2.2. */
static bool put_octet(const char *at, struct rt_htu *out)
{
    static const char digits[] = "0123456789ABCDEF";
    const int high = nibble(at[1]), low = high < 0 ? -1 : nibble(at[2]);

    if (low < 0)
        return false;
    const char octet[] = {'%', digits[high], digits[low]}, plain = (char)(high << 4 | low);
    put(out, is_unreserved(plain) ? &plain : octet, is_unreserved(plain) ? 1 : sizeof octet);
    return true;
}

static bool put_segment(const char *at, size_t len, struct rt_htu *out)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] != '%' && !is_unreserved(at[i]) && !is_sub_delim(at[i]) && !is_in(at[i], ":@"))
            return false;
        if (at[i] != '%')
            put(out, &at[i], 1);
        else if (!put_octet(&at[i], out))
            return false;
        else
            i += 2;
    }
    return true;
}

/* RFC 3986 s.5.2.4, segment by segment; `root` is where the path begins. */
static bool put_path(const char *at, struct rt_htu *out)
{
    const size_t root = out->len;

    while (*at == '/') {
        const size_t start = out->len, len = strcspn(++at, "/?#");
        put(out, "/", 1);
        if (!put_segment(at, len, out))
            return false;
        at += len;
        const char *segment = &out->text[start + 1];
        if (strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0)
            continue;
        size_t end = start;
        if (segment[1])
            while (end > root && out->text[--end] != '/')
                ;
        out->len = end;
        out->text[end] = 0;
        if (!*at || is_in(*at, "?#"))
            put(out, "/", 1);
    }
    if (out->len == root)
        put(out, "/", 1);
    return !*at || is_in(*at, "?#");
}

bool rt_htu_normal(const char *url, struct rt_htu *out)
{
    const char *port = NULL;

    *out = (struct rt_htu){0};
    if (!url || strlen(url) > RATLS_DPOP_URL_MAX)
        return false;
    const char *at = put_scheme(url, &port, out);
    const size_t host = at ? host_len(at) : 0;
    if (host == 0)
        return false;
    for (size_t i = 0; i < host; i++)
        put(out, &(const char){lower(at[i])}, 1);
    at += host;
    const size_t len = strcspn(at, "/?#");
    return put_port(at, len, port, out) && put_path(at + len, out);
}
