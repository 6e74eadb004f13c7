/* oauth.h - the answers of a token endpoint (RFC 6749 s.5, RFC 8693 s.2.2), and what is asked of
 * it. Pure functions. Nothing is verified of a token but its form. */
#ifndef RT_OAUTH_H
#define RT_OAUTH_H

#include "base.h"

#define RT_GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define RT_TYPE_JWT       "urn:ietf:params:oauth:token-type:jwt"
/* The subject is the peer of the attested channel. */
#define RT_TYPE_CHANNEL "tag:ratls.invalid,2026:token-type:channel"

/* It is evidence, in base64url. */
#define RT_TYPE_EVIDENCE "tag:ratls.invalid,2026:token-type:evidence"

/* One more field of a form, application/x-www-form-urlencoded; NULL: none. */
void rt_oauth_put(struct rt_writer *w, const char *name, const char *value);

/* Types of tokens: bound to a TLS key, for which there is no registered one; or to a proved one. */
#define RT_OAUTH_TLS  "N_A"
#define RT_OAUTH_DPOP "DPoP"

/* The body of a status 200: *token is new, with NUL behind it. RATLS_E_FETCH for what is no such
 * answer, no compact JWS, or a token of another kind than a JWT of this type. */
RATLS_MUST_USE enum ratls_err rt_oauth_token(struct ratls_bytes body, const char *type,
                                             struct ratls_buffer *token, struct ratls_error *err);
/* The error of an answer that wants another nonce in a proof (RFC 9449 s.8). */
bool rt_oauth_wants_nonce(struct ratls_bytes body);
/* The body of any other status; never RATLS_OK. Reasons as ratls_token_fetch() has them. */
enum ratls_err rt_oauth_error(int status, struct ratls_bytes body, struct ratls_error *err);
/* The same of a problem document (RFC 9457), or none; reasons as ratls_secret_fetch() has them. */
enum ratls_err rt_problem_error(int status, struct ratls_bytes body, struct ratls_error *err);

#endif
