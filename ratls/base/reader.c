#include "base.h"

struct rt_reader rt_reader(struct ratls_bytes in)
{
    return (struct rt_reader){.p = in.p, .left = in.len, .bad = false};
}

const uint8_t *rt_take(struct rt_reader *r, size_t n)
{
    static const uint8_t nothing[1];

    if (r->bad || n > r->left) {
        r->bad = true;
        r->left = 0;
        return NULL;
    }
    if (n == 0)
        return r->p ? r->p : nothing;
    const uint8_t *at = r->p;
    r->p += n;
    r->left -= n;
    return at;
}

struct ratls_bytes rt_take_bytes(struct rt_reader *r, size_t n)
{
    const uint8_t *p = rt_take(r, n);

    return p ? ratls_bytes(p, n) : ratls_bytes(NULL, 0);
}

void rt_copy(struct rt_reader *r, void *out, size_t n)
{
    const uint8_t *p = rt_take(r, n);

    if (n == 0)
        return;
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

void rt_skip(struct rt_reader *r, size_t n)
{
    (void)rt_take(r, n);
}

static uint64_t big_endian(struct rt_reader *r, size_t n)
{
    const uint8_t *p = rt_take(r, n);
    uint64_t v = 0;

    for (size_t i = 0; p && i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static uint64_t little_endian(struct rt_reader *r, size_t n)
{
    const uint8_t *p = rt_take(r, n);
    uint64_t v = 0;

    for (size_t i = n; p && i > 0; i--)
        v = v << 8 | p[i - 1];
    return v;
}

uint8_t rt_u8(struct rt_reader *r)
{
    return (uint8_t)big_endian(r, 1);
}

uint16_t rt_u16be(struct rt_reader *r)
{
    return (uint16_t)big_endian(r, 2);
}

uint32_t rt_u24be(struct rt_reader *r)
{
    return (uint32_t)big_endian(r, 3);
}

uint32_t rt_u32be(struct rt_reader *r)
{
    return (uint32_t)big_endian(r, 4);
}

uint64_t rt_u64be(struct rt_reader *r)
{
    return big_endian(r, 8);
}

uint16_t rt_u16le(struct rt_reader *r)
{
    return (uint16_t)little_endian(r, 2);
}

uint32_t rt_u32le(struct rt_reader *r)
{
    return (uint32_t)little_endian(r, 4);
}

uint64_t rt_u64le(struct rt_reader *r)
{
    return little_endian(r, 8);
}

bool rt_at_end(const struct rt_reader *r)
{
    return !r->bad && r->left == 0;
}

struct ratls_bytes rt_rest(const struct rt_reader *r)
{
    return r->bad ? ratls_bytes(NULL, 0) : ratls_bytes(r->p, r->left);
}

bool rt_is_filler(struct ratls_bytes rest)
{
    if (rest.len > 0 && rest.p[0] != 0x00 && rest.p[0] != 0xff)
        return false;
    for (size_t i = 1; i < rest.len; i++)
        if (rest.p[i] != rest.p[0])
            return false;
    return true;
}
