/* claim_value.h - values of claims that several TEEs have: moments, numbers of CRLs. */
#ifndef RT_CLAIM_VALUE_H
#define RT_CLAIM_VALUE_H

#include "crl.h"
#include "ratls/evidence.h"

static inline void rt_claim_set_time(struct ratls_claims *claims, const char *name, int64_t seconds)
{
    char text[32];

    rt_time_format(seconds, text);
    (void)ratls_claims_set_text(claims, name, text);
}

/* No claim when the number has more than the eight bytes of one. */
static inline void rt_claim_set_crl_number(struct ratls_claims *claims, const char *name,
                                           const struct rt_crl *crl)
{
    uint64_t number;

    if (rt_crl_number(crl, &number))
        (void)ratls_claims_set_uint(claims, name, number);
}

#endif
