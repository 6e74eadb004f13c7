/* der.h - DER (ITU-T X.690 s.10, s.11) read and written.
 *
 * The reader is strict: definite lengths in their shortest form, single-byte tags, minimal
 * INTEGERs, BOOLEAN 0x00 or 0xff, no trailing bytes where the caller asks for the end. It does not
 * interpret types beyond what the functions name. Failure sticks in the rt_reader. */
#ifndef RT_DER_H
#define RT_DER_H

#include "base.h"

enum rt_der_tag {
    RT_DER_BOOLEAN = 0x01,
    RT_DER_INTEGER = 0x02,
    RT_DER_BIT_STRING = 0x03,
    RT_DER_OCTET_STRING = 0x04,
    RT_DER_NULL = 0x05,
    RT_DER_OID = 0x06,
    RT_DER_ENUMERATED = 0x0a,
    RT_DER_UTF8_STRING = 0x0c,
    RT_DER_PRINTABLE_STRING = 0x13,
    RT_DER_IA5_STRING = 0x16,
    RT_DER_UTC_TIME = 0x17,
    RT_DER_GENERALIZED_TIME = 0x18,
    RT_DER_SEQUENCE = 0x30,
    RT_DER_SET = 0x31,
    RT_DER_CONTEXT = 0x80,             /* | number: [n] primitive */
    RT_DER_CONTEXT_CONSTRUCTED = 0xa0, /* | number: [n] constructed */
};

/* ---- reading ---- */

/* The next tag without consuming it; -1 at the end or when bad. */
int rt_der_peek(const struct rt_reader *r);
/* Content of the next element, which must have this tag. `whole` (may be NULL) gets tag and length
 * too: the exact bytes that are signed or hashed. */
struct ratls_bytes rt_der_get(struct rt_reader *r, uint8_t tag, struct ratls_bytes *whole);
/* Any element. */
struct ratls_bytes rt_der_any(struct rt_reader *r, uint8_t *tag, struct ratls_bytes *whole);
/* Reader over the content of the next element with this tag. */
struct rt_reader rt_der_enter(struct rt_reader *r, uint8_t tag);
bool rt_der_bool(struct rt_reader *r);
/* Non-negative INTEGER that fits; minimal encoding demanded. */
uint64_t rt_der_uint(struct rt_reader *r);
/* INTEGER as unsigned big-endian bytes without leading zero (0 itself is one zero byte); negative
 * values make it bad. */
struct ratls_bytes rt_der_positive(struct rt_reader *r);
/* BIT STRING without unused bits. */
struct ratls_bytes rt_der_bits(struct rt_reader *r);
/* UTCTime or GeneralizedTime in UTC ("Z", no fractions), RFC 5280 s.4.1.2.5. A GeneralizedTime
 * before 2050 is accepted: some vendors emit it. */
int64_t rt_der_time(struct rt_reader *r);

/* ---- writing: elements nest by begin/end, lengths are filled in at the end ---- */

size_t rt_der_begin(struct rt_writer *w, uint8_t tag); /* returns a mark for rt_der_end */
void rt_der_end(struct rt_writer *w, size_t mark);
void rt_der_put(struct rt_writer *w, uint8_t tag, struct ratls_bytes content);
void rt_der_put_oid(struct rt_writer *w, struct ratls_bytes oid); /* content bytes of the OID */
void rt_der_put_uint(struct rt_writer *w, uint64_t v);
/* Big-endian magnitude of any length as a positive INTEGER. */
void rt_der_put_positive(struct rt_writer *w, struct ratls_bytes magnitude);
void rt_der_put_bool(struct rt_writer *w, bool v);
void rt_der_put_bits(struct rt_writer *w, struct ratls_bytes content); /* zero unused bits */
/* UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 s.4.1.2.5). Seconds outside the years
 * 1950..9999 make the writer bad. */
void rt_der_put_time(struct rt_writer *w, int64_t seconds);

#endif
