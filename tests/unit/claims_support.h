/* claims_support.h - the values of claims, whether they are there or not. */
#ifndef CLAIMS_SUPPORT_H
#define CLAIMS_SUPPORT_H

#include "ratls/evidence.h"

/* "(none)" when there is no such text. */
static inline const char *claim_text(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_TEXT ? c->text : "(none)";
}

/* A number or truth value; UINT64_MAX when there is none. */
static inline uint64_t claim_number(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type != RATLS_CLAIM_TEXT ? c->number : UINT64_MAX;
}

#endif
