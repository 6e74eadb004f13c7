/* jwt_key.h - the inside of a key that signs tokens. */
#ifndef RT_JWT_KEY_H
#define RT_JWT_KEY_H

#include "crypto_signer.h"
#include "ratls/jwt.h"
#include "token_alg.h"
#include "token_sm2.h"

struct ratls_jwt_key {
    const struct ratls_env *env;
    struct rt_signer *signer; /* one of both */
    struct rt_sm2_key *sm2;   /* in pages of its own */
    struct rt_public_key public;
    uint8_t point[RT_SM2_POINT_LEN]; /* of SM2: what `public` borrows, in children as well */
    const struct rt_token_alg *alg;
    char id[RATLS_JWK_THUMB_LEN + 1];
};

/* By its algorithm. *sig is new. */
RATLS_MUST_USE enum ratls_err rt_jwt_key_sign(struct ratls_jwt_key *key, struct ratls_bytes msg,
                                              struct ratls_buffer *sig);
/* A compact JWS of header and payload, both JSON, of at most `max` bytes. *out is new, with NUL
 * behind it. RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_jws_make(struct ratls_jwt_key *key, struct ratls_bytes header,
                                          struct ratls_bytes payload, size_t max,
                                          struct ratls_buffer *out);

#endif
