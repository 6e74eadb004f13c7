#include "bits.h"

void rt_bit_claims(const uint8_t le[8], const struct rt_bit *rows, size_t n, const char *other,
                   struct ratls_claims *claims)
{
    struct rt_reader r = rt_reader(ratls_bytes(le, 8));
    uint64_t rest = rt_u64le(&r);

    for (size_t i = 0; i < n; i++) {
        const uint64_t mask = UINT64_C(1) << rows[i].bit;
        (void)ratls_claims_set_bool(claims, rows[i].claim, (rest & mask) != 0);
    }
    for (size_t i = 0; i < n; i++)
        rest &= ~(UINT64_C(1) << rows[i].bit);
    if (other)
        (void)ratls_claims_set_bool(claims, other, rest != 0);
}
