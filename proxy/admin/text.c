/* Escaping. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* A response that lacks memory ends early; libevent answers for the rest. */
static void put(struct evbuffer *to, const char *bytes, size_t len)
{
    (void)evbuffer_add(to, bytes, len);
}

void px_text_add(struct evbuffer *to, const char *ours)
{
    put(to, ours, strlen(ours));
}

void px_text_printf(struct evbuffer *to, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)evbuffer_add_vprintf(to, fmt, args);
    va_end(args);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* NULL: the character stands for itself. */
typedef const char *escape_fn(unsigned char c);

static const char *html(unsigned char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    }
    return NULL;
}

static const char *backslashed(unsigned char c)
{
    if (c == '"')
        return "\\\"";
    return c == '\\' ? "\\\\" : NULL;
}

static void escape(struct evbuffer *to, const char *text, escape_fn *f, const char *unprintable)
{
    const char *from = text, *word = NULL;

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        word = f(c);
        if (is_plain(c) && !word)
            continue;
        put(to, from, (size_t)(text - from));
        from = text + 1;
        if (word)
            px_text_add(to, word);
        else if (unprintable[1] == 'u')
            px_text_printf(to, "\\u%04x", c);
        else
            px_text_printf(to, "%sx%02x", unprintable, c);
    }
    put(to, from, (size_t)(text - from));
}

void px_text_html(struct evbuffer *to, const char *text)
{
    escape(to, text, html, "\\");
}

void px_text_json(struct evbuffer *to, const char *text)
{
    px_text_add(to, "\"");
    escape(to, text, backslashed, "\\u");
    px_text_add(to, "\"");
}

void px_text_label(struct evbuffer *to, const char *text)
{
    px_text_add(to, "\"");
    escape(to, text, backslashed, "\\\\");
    px_text_add(to, "\"");
}
