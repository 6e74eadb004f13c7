/* bits.h - bits of a register as named boolean claims, from a table. */
#ifndef RT_BITS_H
#define RT_BITS_H

#include "base.h"
#include "ratls/evidence.h"

struct rt_bit {
    const char *claim;
    unsigned bit; /* 0 is the lowest of the little-endian number */
};

/* One claim per row, and `other`, when not NULL: is any bit set that the table does not name? */
void rt_bit_claims(const uint8_t le[8], const struct rt_bit *rows, size_t n, const char *other,
                   struct ratls_claims *claims);

#endif
