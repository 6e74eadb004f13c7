/* cbor_strict.h - CBOR read item by item, in the one form that an item has (RFC 8949 s.4.2.1).
 *
 * Shortest heads, definite lengths, UTF-8; counts are bounded by the bytes that are left. For
 * documents that are larger and deeper than tokens (verifiers/common/cbor_tree.h), whose reader
 * knows what is due next. Failure sticks to the reader. Does NOT find duplicate keys: who reads a
 * map does. */
#ifndef RT_CBOR_STRICT_H
#define RT_CBOR_STRICT_H

#include "cbor.h"

#define RT_CBOR_SIMPLE 7 /* major type; false and true only */
#define RT_CBOR_FALSE  20
#define RT_CBOR_TRUE   21

/* Major type and argument of the next item; of strings also the bytes, which are consumed. */
struct rt_cbor_item {
    int major; /* -1: the reader is bad */
    uint64_t value;
    struct ratls_bytes bytes;
};

struct rt_cbor_item rt_strict_item(struct rt_reader *r);
/* The argument of an item that must be of this major type, one with an argument only. */
uint64_t rt_strict_head(struct rt_reader *r, enum rt_cbor_major major);
/* A string that must be of this major type. */
struct ratls_bytes rt_strict_string(struct rt_reader *r, enum rt_cbor_major major);
/* An integer within +-(2^53 - 1). */
int64_t rt_strict_int(struct rt_reader *r);

#endif
