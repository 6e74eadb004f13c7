/* cbor.h - the little CBOR (RFC 8949) that evidence in certificates is wrapped in.
 *
 * Reads unsigned integers, byte and text strings, arrays and maps of definite length; an argument
 * may be longer than needed, because peers differ there. Indefinite lengths, reserved arguments and
 * another type than the one asked for make the reader bad. Nothing recurses. Does NOT find
 * duplicate keys and does not look whether text is UTF-8. Writes arguments in their shortest form.
 */
#ifndef RT_CBOR_H
#define RT_CBOR_H

#include "base.h"

enum rt_cbor_major {
    RT_CBOR_UINT = 0,
    RT_CBOR_NINT = 1, /* argument n stands for -1 - n */
    RT_CBOR_BSTR = 2,
    RT_CBOR_TSTR = 3,
    RT_CBOR_ARRAY = 4,
    RT_CBOR_MAP = 5,
    RT_CBOR_TAG = 6,
};

/* Major type of the next item without consuming it; -1 at the end or when bad. */
int rt_cbor_peek(const struct rt_reader *r);
uint64_t rt_cbor_uint(struct rt_reader *r);
struct ratls_bytes rt_cbor_bstr(struct rt_reader *r);
struct ratls_bytes rt_cbor_tstr(struct rt_reader *r);
/* Head of an array of exactly `n` items. */
void rt_cbor_array(struct rt_reader *r, size_t n);
/* Number of pairs, at most RT_MAX_CBOR_ITEMS. */
size_t rt_cbor_map(struct rt_reader *r);

/* Head of an item: major type and value, length, number of items or tag. */
void rt_cbor_put(struct rt_writer *w, enum rt_cbor_major major, uint64_t argument);
void rt_cbor_put_bstr(struct rt_writer *w, struct ratls_bytes v);
void rt_cbor_put_tstr(struct rt_writer *w, const char *v);

#endif
