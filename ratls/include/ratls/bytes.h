/* ratls/bytes.h - a borrowed run of bytes.
 *
 * (pointer, length) travels through the whole library as one value. The pointer is never owned: it
 * is valid as long as the object it was taken from. An absent value is {NULL, 0}.
 * What it does NOT do: own memory, terminate with NUL, promise printable text. */
#ifndef RATLS_BYTES_H
#define RATLS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ratls_bytes {
    const uint8_t *p;
    size_t len;
};

static inline struct ratls_bytes ratls_bytes(const void *p, size_t len)
{
    return (struct ratls_bytes){.p = (const uint8_t *)p, .len = len};
}

/* Bytes of a C string without its NUL. For constants and trusted text only. */
static inline struct ratls_bytes ratls_bytes_str(const char *s)
{
    return ratls_bytes(s, strlen(s));
}

/* Equality of public values. Secrets are compared with rt_ct_equal(). */
static inline bool ratls_bytes_equal(struct ratls_bytes a, struct ratls_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

#endif
