/* token_mint.h - a token about a peer is made. */
#ifndef PX_TOKEN_MINT_H
#define PX_TOKEN_MINT_H

#include "grants.h"
#include "nonce.h"
#include "subject_line.h"

#define PX_JTI_TEXT 32 /* hex */

struct px_mint {
    const struct px_grant *grant;
    const struct px_subject *subject;
    const char *target;
    const char *dpop_jkt;      /* of a key that the peer proved; NULL: the token is his TLS key's */
    struct ratls_bytes nonce;  /* len 0: none */
    struct ratls_bytes result; /* a token that it is made of; len 0: of the verdict */
    struct ratls_bytes spki;   /* of whom the token is to be, where the subject has no key */
};

/* The TLS key that it is about: of the subject, or of the request; len 0: none. */
struct ratls_bytes px_mint_key(const struct px_mint *what);

struct px_minted {
    struct ratls_buffer token; /* new */
    char jti[PX_JTI_TEXT + 1];
    char appraiser[257]; /* who signed the result; "": there is none */
    int64_t lifetime_s;
};

/* RATLS_E_IDENTITY_EXPIRED: the verdict is over; RATLS_E_LIMIT: the token would be too long; and
 * those of ratls_ear_payload_of(), with a result of ratls_token_verify() and
 * ratls_ear_payload_from(). RATLS_E_TOKEN_STATUS: the peer is simulated, and the result denies it.
 */
RATLS_MUST_USE enum ratls_err px_mint(const struct ratls_env *env, const struct px_mint *what,
                                      struct px_minted *out, struct ratls_error *err);

#endif
