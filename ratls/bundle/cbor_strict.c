#include "cbor_strict.h"

#include "document.h"

enum { ONE_BYTE = 24, TWO_BYTES, FOUR_BYTES, EIGHT_BYTES };

static void refuse(struct rt_reader *r)
{
    r->bad = true;
}

/* Each width from its first value on. */
static uint64_t read_argument(struct rt_reader *r, unsigned argument)
{
    uint64_t value = argument, least = 0;

    switch (argument) {
    case ONE_BYTE:
        value = rt_u8(r);
        least = ONE_BYTE;
        break;
    case TWO_BYTES:
        value = rt_u16be(r);
        least = UINT8_MAX + 1;
        break;
    case FOUR_BYTES:
        value = rt_u32be(r);
        least = UINT16_MAX + 1;
        break;
    case EIGHT_BYTES:
        value = rt_u64be(r);
        least = (uint64_t)UINT32_MAX + 1;
        break;
    default: /* 28 to 30 are reserved, 31 is an indefinite length */
        if (argument > ONE_BYTE)
            refuse(r);
    }
    if (value < least)
        refuse(r);
    return r->bad ? 0 : value;
}

/* Each item of an array, each pair of a map is at least one byte. */
static bool fits(const struct rt_cbor_item *item, size_t left)
{
    switch (item->major) {
    case RT_CBOR_BSTR:
    case RT_CBOR_TSTR:
    case RT_CBOR_ARRAY:
    case RT_CBOR_MAP:
        return item->value <= left;
    case RT_CBOR_SIMPLE:
        return item->value == RT_CBOR_FALSE || item->value == RT_CBOR_TRUE;
    default:
        return true;
    }
}

struct rt_cbor_item rt_strict_item(struct rt_reader *r)
{
    const uint8_t first = rt_u8(r);
    struct rt_cbor_item item = {.major = first >> 5};

    item.value = read_argument(r, first & 0x1f);
    if (!fits(&item, r->left))
        refuse(r);
    if (item.major == RT_CBOR_BSTR || item.major == RT_CBOR_TSTR)
        item.bytes = rt_take_bytes(r, r->bad ? 0 : (size_t)item.value);
    if (item.major == RT_CBOR_TSTR && !rt_is_utf8(item.bytes))
        refuse(r);
    return r->bad ? (struct rt_cbor_item){.major = -1} : item;
}

uint64_t rt_strict_head(struct rt_reader *r, enum rt_cbor_major major)
{
    const struct rt_cbor_item item = rt_strict_item(r);

    if (item.major != (int)major)
        refuse(r);
    return r->bad ? 0 : item.value;
}

struct ratls_bytes rt_strict_string(struct rt_reader *r, enum rt_cbor_major major)
{
    const struct rt_cbor_item item = rt_strict_item(r);

    if (item.major != (int)major)
        refuse(r);
    return r->bad ? ratls_bytes(NULL, 0) : item.bytes;
}

int64_t rt_strict_int(struct rt_reader *r)
{
    const struct rt_cbor_item item = rt_strict_item(r);
    const bool negative = item.major == RT_CBOR_NINT;

    if ((item.major != RT_CBOR_UINT && !negative) ||
        item.value > (uint64_t)RT_MAX_DOCUMENT_INT - negative)
        refuse(r);
    if (r->bad)
        return 0;
    return negative ? -1 - (int64_t)item.value : (int64_t)item.value;
}
