/* exchange.h - a request for a token (RFC 8693 s.2.1), judged: what is asked for, or which error.
 *
 * The subject is who the request comes from, by the channel's own verdict or by an attestation
 * result that somebody else gave him, with a nonce of ours inside; or evidence about such a nonce.
 * Whatever is not understood is refused with the error that the standards name; a request is never
 * answered with less than it asks for. What it does NOT do: look at the nonce, at result or
 * evidence, or at who asks. Pure functions.
 */
#ifndef PX_EXCHANGE_H
#define PX_EXCHANGE_H

#include "config.h"
#include "subject_line.h"
#include "urlform.h"

#define PX_GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define PX_TYPE_JWT       "urn:ietf:params:oauth:token-type:jwt"
/* The subject is the peer of the attested channel; subject_token is "channel", or not there. */
#define PX_TYPE_CHANNEL "tag:ratls.invalid,2026:token-type:channel"

/* RFC 6749 s.5.2, RFC 8693 s.2.2.2, RFC 9449 s.5 and s.8: X(CODE, text, status) */
#define PX_OAUTH_ERRORS(X)                                                                         \
    X(INVALID_REQUEST, "invalid_request", 400)                                                     \
    X(INVALID_CLIENT, "invalid_client", 401)                                                       \
    X(INVALID_SCOPE, "invalid_scope", 400)                                                         \
    X(INVALID_TARGET, "invalid_target", 400)                                                       \
    X(DPOP_PROOF, "invalid_dpop_proof", 400)                                                       \
    X(DPOP_NONCE, "use_dpop_nonce", 400)                                                           \
    X(GRANT_TYPE, "unsupported_grant_type", 400)                                                   \
    X(SLOW_DOWN, "temporarily_unavailable", 429)                                                   \
    X(SERVER, "server_error", 500)

enum px_oauth {
    PX_OAUTH_GOOD,
#define PX_X_ENUM(code, text, status) PX_OAUTH_##code,
    PX_OAUTH_ERRORS(PX_X_ENUM)
#undef PX_X_ENUM
        PX_OAUTH_COUNT
};

const char *px_oauth_text(enum px_oauth e); /* "invalid_request"; "" for PX_OAUTH_GOOD */
int px_oauth_status(enum px_oauth e);

/* What is asked for; borrowed from the form and the list of targets. */
struct px_exchange {
    const char *target;
    unsigned subject;     /* PX_TAKES_... */
    const char *nonce;    /* NULL: none */
    const char *result;   /* a JWT; NULL: of another subject */
    const char *evidence; /* base64url; likewise */
    const char *key;      /* that the token is to be for, DER in base64url; NULL: none is named */
    const char *why;      /* of an error: words, constant */
};

/* `targets`: those that tokens may be for, NULL-terminated, at least one. `takes`: PX_TAKES_...
 * of the service. */
enum px_oauth px_exchange_judge(const struct px_form *form, char *const *targets, unsigned takes,
                                struct px_exchange *out);

#endif
