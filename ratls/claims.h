/* claims.h - lists of claims that share what they begin with.
 *
 * What was proven about one peer is held once, however many connections he has: each one's list is
 * built upon it and holds only what was found for that connection. */
#ifndef RT_CLAIMS_H
#define RT_CLAIMS_H

#include "base.h"
#include "ratls/evidence.h"

/* A list that begins with the claims of `base`, which nobody may change any more; `base` is built
 * upon none. It keeps a reference: ratls_claims_free() of either may come first. NULL: no memory.
 */
struct ratls_claims *rt_claims_upon(struct ratls_claims *base);
struct ratls_claims *rt_claims_base(const struct ratls_claims *c); /* borrowed; NULL: none */

/* false: the failure sticks in `to`. */
bool rt_claim_copy(const struct ratls_claim *c, struct ratls_claims *to);

#endif
