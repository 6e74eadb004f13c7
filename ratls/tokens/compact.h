/* compact.h - a JWS in compact form (RFC 7515 s.7.1) taken apart, its header judged. Nothing of it
 * is verified here. */
#ifndef RT_COMPACT_H
#define RT_COMPACT_H

#include "dialect.h"
#include "ratls/jwt.h"
#include "token_alg.h"

struct cJSON;

struct rt_compact {
    struct ratls_bytes signed_text; /* header.payload; borrows from the token */
    struct ratls_buffer payload, sig;
    struct cJSON *header, *claims;  /* an object each */
    const struct rt_token_alg *alg; /* as the header says; one of ours */
    const char *typ, *kid;          /* likewise; NULL: none */
    const struct cJSON *jwk;        /* likewise, an object that nobody looked at; of `header` */
};

/* Strict: base64url without padding, white space or stray bits, exactly two dots, at most
 * RATLS_TOKEN_MAX bytes; header and payload are objects of strict JSON; the header has alg and kid,
 * and perhaps typ and cty; by dialect kid may be missing, and jwk be there. Everything else, above
 * all what names keys (jwk, jku, x5c, x5u) and what must be understood (crit), is refused:
 * RATLS_E_TOKEN_FORMAT. RATLS_E_TOKEN_ALGORITHM: none,
 * HS256, whatever is not one of ours. rt_compact_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_compact_read(struct ratls_bytes token,
                                              const struct rt_dialect *dialect,
                                              struct rt_compact *out, struct ratls_error *err);
/* The same of a proof of possession (RFC 9449 s.4.2): the header has alg, typ and jwk, and nothing
 * else, so that no second member says by which key; alg is none of those for pinned keys. */
RATLS_MUST_USE enum ratls_err
rt_compact_read_proof(struct ratls_bytes proof, struct rt_compact *out, struct ratls_error *err);
void rt_compact_free(struct rt_compact *c);

#endif
