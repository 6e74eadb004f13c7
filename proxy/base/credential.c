/* Comparing secrets. */
#include <string.h>

#include "credential.h"

bool px_credential_equal(struct ratls_bytes shown, const char *expected)
{
    uint8_t a[PX_CREDENTIAL_MAX] = {0}, b[PX_CREDENTIAL_MAX] = {0};
    size_t len = strnlen(expected, sizeof b);
    volatile uint8_t differ = shown.len != len || shown.len > sizeof a;

    if (shown.len > 0)
        memcpy(a, shown.p, shown.len < sizeof a ? shown.len : sizeof a);
    memcpy(b, expected, len);
    for (size_t i = 0; i < sizeof a; i++)
        differ = (uint8_t)(differ | (a[i] ^ b[i]));
    explicit_bzero(a, sizeof a);
    explicit_bzero(b, sizeof b);
    return differ == 0;
}

void px_base64(struct ratls_bytes from, char *to, size_t cap)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;

    for (size_t i = 0; i < from.len && at + 5 <= cap; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < from.len ? from.p[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            to[at++] = i + k > from.len ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
    to[at] = '\0';
}

static size_t place_of(const char *source)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *source; source++)
        hash = (hash ^ (unsigned char)*source) * 16777619u;
    return hash % PX_TRIES_SOURCES;
}

bool px_tries_left(struct px_tries *t, const char *source, int64_t now_ms)
{
    size_t at = place_of(source);
    int64_t full = PX_TRIES * 1000;

    t->bucket[at].tokens_milli += now_ms - t->bucket[at].at_ms;
    if (t->bucket[at].at_ms == 0 || t->bucket[at].tokens_milli > full)
        t->bucket[at].tokens_milli = full;
    t->bucket[at].at_ms = now_ms;
    return t->bucket[at].tokens_milli >= 1000;
}

void px_tries_failed(struct px_tries *t, const char *source)
{
    t->bucket[place_of(source)].tokens_milli -= 1000;
}
