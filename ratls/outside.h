/* outside.h - policies outside of this library: they are asked last, and can only refuse.
 *
 * What they are told is ratls_verdict_input() (ratls/appraise.h). Knows no transport: whoever
 * decides is a function of the trust's owner. */
#ifndef RT_OUTSIDE_H
#define RT_OUTSIDE_H

#include "trust.h"

/* Who is asked about. */
struct rt_outside_peer {
    const struct ratls_verdict *verdict, *quote; /* quote: made for the connection; NULL: none */
    bool undecided; /* everything else allows, and the verdict does not say so yet */
};
RATLS_MUST_USE enum ratls_err rt_outside_input(const struct rt_outside_peer *peer,
                                               struct ratls_buffer *out);
/* All of it but the time, and the generation of the trust. */
RATLS_MUST_USE enum ratls_err rt_outside_digest(const struct rt_outside_peer *peer,
                                                uint8_t out[RT_SHA256_LEN]);
/* Is anybody to be asked, and by whoever drives the connection? */
bool rt_outside_is_set(const struct ratls_trust *t);
bool rt_outside_is_deferred(const struct ratls_trust *t);
/* Ask now. RATLS_OK also where there is nobody to ask; RATLS_E_OPA_FAILED where somebody should be
 * and cannot. */
RATLS_MUST_USE enum ratls_err rt_outside_ask(const struct ratls_trust *t,
                                             const struct rt_outside_peer *peer,
                                             struct ratls_error *err);
/* A refusal by a code that says nothing (none of the list, a wait) is RATLS_E_OPA_FAILED. */
enum ratls_err rt_outside_code(enum ratls_err e);

#endif
