/* issuers.h - the inside of ratls/token.h's issuers. */
#ifndef RT_ISSUERS_H
#define RT_ISSUERS_H

#include "dialect.h"
#include "jwk.h"
#include "ratls/token.h"

#define RT_MAX_ISSUERS    64
#define RT_MAX_JWKS_KEYS  32
#define RT_MAX_TOKEN_TEXT 256 /* of iss, aud, sub, jti and other names */

struct rt_issuer;

int64_t rt_issuers_now(const struct ratls_issuers *issuers); /* seconds since 1970 */
/* From here on nobody is added. NULL: he is not believed. */
const struct rt_issuer *rt_issuers_find(struct ratls_issuers *issuers, const char *iss);
const struct rt_jwk *rt_issuer_key(const struct rt_issuer *issuer,
                                   const char *kid); /* NULL: none */
/* His only key for this algorithm; NULL: there is none, or more than one. */
const struct rt_jwk *rt_issuer_only_key(const struct rt_issuer *issuer,
                                        const struct rt_token_alg *alg);
const char *rt_issuer_name(const struct rt_issuer *issuer);
const struct rt_dialect *rt_issuer_dialect(const struct rt_issuer *issuer);

#endif
