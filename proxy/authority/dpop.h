/* dpop.h - a key that a peer proves beside that of its channel (DPoP, RFC 9449): tokens are then
 * bound to that one, for services that the TLS key does not reach. The proof is for our token
 * endpoint as the metadata name it, good once, and where the service asks for it with a nonce of
 * ours, made for the TLS key of an attested channel. */
#ifndef PX_DPOP_H
#define PX_DPOP_H

#include "answer.h"
#include "exchange.h"
#include "ratls/dpop.h"

#define PX_DPOP_AGE_S  60 /* of a proof */
#define PX_DPOP_SKEW_S 30
#define PX_DPOP_SEEN   16384 /* remembered at once: then nobody's is taken for a while */

struct px_dpop {
    struct ratls_dpop_proof proof; /* jkt "": there is none */
    const char *why;               /* of an error: words, constant */
    char detail[RATLS_ERROR_DETAIL_MAX];
};

/* What remembers proofs; env is borrowed for its life. NULL: no memory. */
struct ratls_replay *px_dpop_memory(const struct ratls_env *env);
/* Of this request. With PX_OAUTH_DPOP_NONCE, and with any answer where nonces are asked for, the
 * answer has a fresh one already (RFC 9449 s.8.2). */
enum px_oauth px_dpop_judge(const struct px_visit *v, struct px_dpop *out);

#endif
