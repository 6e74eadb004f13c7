#include "cbor.h"

/* Arguments of the initial byte, RFC 8949 s.3 */
enum { ONE_BYTE = 24, TWO_BYTES, FOUR_BYTES, EIGHT_BYTES };

static void refuse(struct rt_reader *r)
{
    r->bad = true;
    r->left = 0;
}

static uint64_t read_head(struct rt_reader *r, enum rt_cbor_major major)
{
    const uint8_t first = rt_u8(r), argument = first & 0x1f;

    if (first >> 5 != (uint8_t)major)
        refuse(r);
    if (argument < ONE_BYTE)
        return r->bad ? 0 : argument;
    switch (argument) {
    case ONE_BYTE:
        return rt_u8(r);
    case TWO_BYTES:
        return rt_u16be(r);
    case FOUR_BYTES:
        return rt_u32be(r);
    case EIGHT_BYTES:
        return rt_u64be(r);
    default: /* 28 to 30 are reserved, 31 is an indefinite length */
        refuse(r);
        return 0;
    }
}

static struct ratls_bytes read_string(struct rt_reader *r, enum rt_cbor_major major)
{
    uint64_t len = read_head(r, major);

    if (len > r->left)
        refuse(r);
    return rt_take_bytes(r, r->bad ? 0 : (size_t)len);
}

int rt_cbor_peek(const struct rt_reader *r)
{
    struct rt_reader ahead = *r;
    uint8_t first = rt_u8(&ahead);

    return ahead.bad ? -1 : first >> 5;
}

uint64_t rt_cbor_uint(struct rt_reader *r)
{
    return read_head(r, RT_CBOR_UINT);
}

struct ratls_bytes rt_cbor_bstr(struct rt_reader *r)
{
    return read_string(r, RT_CBOR_BSTR);
}

struct ratls_bytes rt_cbor_tstr(struct rt_reader *r)
{
    return read_string(r, RT_CBOR_TSTR);
}

void rt_cbor_array(struct rt_reader *r, size_t n)
{
    if (read_head(r, RT_CBOR_ARRAY) != n)
        refuse(r);
}

size_t rt_cbor_map(struct rt_reader *r)
{
    uint64_t n = read_head(r, RT_CBOR_MAP);

    if (n > RT_MAX_CBOR_ITEMS)
        refuse(r);
    return r->bad ? 0 : (size_t)n;
}

void rt_cbor_put(struct rt_writer *w, enum rt_cbor_major major, uint64_t argument)
{
    const unsigned type = (unsigned)major << 5;

    if (argument < ONE_BYTE) {
        rt_put_u8(w, (uint8_t)(type | (unsigned)argument));
    } else if (argument <= UINT8_MAX) {
        rt_put_u8(w, (uint8_t)(type | ONE_BYTE));
        rt_put_u8(w, (uint8_t)argument);
    } else if (argument <= UINT16_MAX) {
        rt_put_u8(w, (uint8_t)(type | TWO_BYTES));
        rt_put_u16be(w, (uint16_t)argument);
    } else if (argument <= UINT32_MAX) {
        rt_put_u8(w, (uint8_t)(type | FOUR_BYTES));
        rt_put_u32be(w, (uint32_t)argument);
    } else {
        rt_put_u8(w, (uint8_t)(type | EIGHT_BYTES));
        rt_put_u64be(w, argument);
    }
}

void rt_cbor_put_bstr(struct rt_writer *w, struct ratls_bytes v)
{
    rt_cbor_put(w, RT_CBOR_BSTR, v.len);
    rt_put_bytes(w, v);
}

void rt_cbor_put_tstr(struct rt_writer *w, const char *v)
{
    rt_cbor_put(w, RT_CBOR_TSTR, strlen(v));
    rt_put_bytes(w, ratls_bytes_str(v));
}
