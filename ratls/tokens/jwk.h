/* jwk.h - public keys as JWK (RFC 7517, RFC 7518 s.6.2 and s.6.3). */
#ifndef RT_JWK_H
#define RT_JWK_H

#include "ratls/jwt.h"
#include "token_alg.h"

#define RT_MAX_KID 256

struct cJSON;

/* ---- written ---- */

/* The members that say what the key is, without braces, in the order and form of RFC 7638 s.3. A
 * key that has no such form makes the writer bad. */
void rt_jwk_put_members(struct rt_writer *w, const struct rt_public_key *key);
RATLS_MUST_USE enum ratls_err rt_jwk_thumb(const struct rt_public_key *key,
                                           char out[RATLS_JWK_THUMB_LEN + 1]);

/* ---- read ---- */

struct rt_jwk {
    char kid[RT_MAX_KID + 1];
    const struct rt_token_alg *alg; /* NULL: a public key that is not for us */
    struct rt_public_key key;       /* borrows from `numbers` */
    struct ratls_buffer numbers;
};

/* Any of them may be of a kind that is not for us (RFC 7517 s.5); a private or symmetric key, and
 * one that is for us and no good, is RATLS_E_CONFIG. `bare`: without `kid`, which is then the
 * thumbprint. rt_jwk_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_jwk_read(const struct cJSON *json, bool bare, struct rt_jwk *out,
                                          struct ratls_error *err);
/* A public key for `alg`, without kid and perhaps without alg of its own, as it stands in the
 * header of what it signed (RFC 9449 s.4.2). A private or symmetric key, and one for another
 * algorithm or use, is RATLS_E_TOKEN_KEY. rt_jwk_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_jwk_read_for(const struct cJSON *json,
                                              const struct rt_token_alg *alg, struct rt_jwk *out,
                                              struct ratls_error *err);
void rt_jwk_free(struct rt_jwk *jwk);

/* 1 to `max` printable characters. */
bool rt_is_token_text(const char *text, size_t max);
/* The text of such a member; NULL when it is none. */
const char *rt_token_text(const struct cJSON *object, const char *name, size_t max);

#endif
