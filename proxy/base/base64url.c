/* base64url. */
#include "base64url.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

void px_base64url_put(struct ratls_bytes bytes, char *out)
{
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | bytes.p[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = ALPHABET[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *out++ = ALPHABET[bits << (6 - held) & 63];
    *out = 0;
}

bool px_base64url_get(const char *text, uint8_t *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned held = 0;

    for (*len = 0; *text; text++) {
        const char *at = strchr(ALPHABET, *text);
        if (!at)
            return false;
        bits = bits << 6 | (uint32_t)(at - ALPHABET);
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        out[(*len)++] = (uint8_t)(bits >> held);
    }
    return held < 6 && (bits & ((1U << held) - 1)) == 0;
}
