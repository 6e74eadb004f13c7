#include <stdlib.h>

#include "base.h"

static bool grow(struct rt_writer *w, size_t n)
{
    size_t cap = w->cap ? w->cap : 256;

    if (w->bad || n > SIZE_MAX / 4 || w->len > SIZE_MAX / 4)
        return false;
    while (cap < w->len + n)
        cap *= 2;
    if (cap == w->cap)
        return true;
    uint8_t *p = malloc(cap); /* not realloc: the old bytes may be secret and are wiped */
    if (!p)
        return false;
    if (w->len)
        memcpy(p, w->p, w->len);
    rt_wipe(w->p, w->len);
    free(w->p);
    w->p = p;
    w->cap = cap;
    return true;
}

void rt_put(struct rt_writer *w, const void *p, size_t n)
{
    if (n == 0)
        return;
    if (!grow(w, n)) {
        w->bad = true;
        return;
    }
    memcpy(w->p + w->len, p, n);
    w->len += n;
}

void rt_put_bytes(struct rt_writer *w, struct ratls_bytes b)
{
    rt_put(w, b.p, b.len);
}

static void big_endian(struct rt_writer *w, uint64_t v, size_t n)
{
    uint8_t b[8];

    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    rt_put(w, b, n);
}

static void little_endian(struct rt_writer *w, uint64_t v, size_t n)
{
    uint8_t b[8];

    for (size_t i = 0; i < n; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    rt_put(w, b, n);
}

void rt_put_u8(struct rt_writer *w, uint8_t v)
{
    rt_put(w, &v, 1);
}

void rt_put_u16be(struct rt_writer *w, uint16_t v)
{
    big_endian(w, v, 2);
}

void rt_put_u24be(struct rt_writer *w, uint32_t v)
{
    big_endian(w, v, 3);
}

void rt_put_u32be(struct rt_writer *w, uint32_t v)
{
    big_endian(w, v, 4);
}

void rt_put_u64be(struct rt_writer *w, uint64_t v)
{
    big_endian(w, v, 8);
}

void rt_put_u16le(struct rt_writer *w, uint16_t v)
{
    little_endian(w, v, 2);
}

void rt_put_u32le(struct rt_writer *w, uint32_t v)
{
    little_endian(w, v, 4);
}

void rt_put_u64le(struct rt_writer *w, uint64_t v)
{
    little_endian(w, v, 8);
}

struct ratls_bytes rt_written(const struct rt_writer *w)
{
    return w->bad ? ratls_bytes(NULL, 0) : ratls_bytes(w->p, w->len);
}

enum ratls_err rt_writer_take(struct rt_writer *w, struct ratls_buffer *out)
{
    *out = (struct ratls_buffer){0};
    if (!w->bad && !grow(w, 1)) /* an empty result still has a pointer */
        w->bad = true;
    if (w->bad) {
        rt_writer_free(w);
        return RATLS_E_NO_MEMORY;
    }
    w->p[w->len] = 0;
    *out = (struct ratls_buffer){.p = w->p, .len = w->len};
    *w = (struct rt_writer){0};
    return RATLS_OK;
}

void rt_writer_free(struct rt_writer *w)
{
    rt_wipe(w->p, w->len);
    free(w->p);
    *w = (struct rt_writer){0};
}

enum ratls_err rt_dup(struct ratls_bytes b, struct ratls_buffer *out)
{
    uint8_t *p = malloc(b.len + 1); /* exact: some live as long as a connection */

    *out = (struct ratls_buffer){0};
    if (!p)
        return RATLS_E_NO_MEMORY;
    if (b.len)
        memcpy(p, b.p, b.len);
    p[b.len] = '\0';
    *out = (struct ratls_buffer){p, b.len};
    return RATLS_OK;
}

void ratls_buffer_free(struct ratls_buffer *b)
{
    if (!b)
        return;
    rt_wipe(b->p, b->len);
    free(b->p);
    *b = (struct ratls_buffer){0};
}
