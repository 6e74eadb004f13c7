/* claim_text.h - the text of a claim, for whoever decides by it. */
#ifndef RT_CLAIM_TEXT_H
#define RT_CLAIM_TEXT_H

#include "ratls/evidence.h"

/* Borrowed; "" when the claim is missing or no text. */
static inline const char *rt_claim_text(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_TEXT ? c->text : "";
}

#endif
