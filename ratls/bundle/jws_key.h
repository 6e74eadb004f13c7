/* jws_key.h - keys that sign bundles, and what libjwt does with them.
 *
 * The key alone fixes the algorithm: it is read and judged here, and libjwt gets it, written anew,
 * together with that algorithm. Of libjwt only the two functions are used that sign and verify a
 * text: jwt_decode() takes the algorithm from the token (HS256 with a public key as secret
 * passes), refuses every `typ` but "JWT", gives grants instead of the signed bytes and decodes the
 * payload on the stack, which a bundle overflows. */
#ifndef RT_JWS_KEY_H
#define RT_JWS_KEY_H

#include "base.h"

struct rt_jws_alg;

struct rt_jws_key {
    const struct rt_jws_alg *alg;
    size_t sig_len;          /* bytes of its signatures */
    struct ratls_buffer pem; /* owned; secret if the key is private */
};

/* One key in PEM. RATLS_E_CERT_FORMAT, RATLS_E_CERT_KEY. rt_jws_key_free() also after an error. */
RATLS_MUST_USE enum ratls_err rt_jws_private_key(struct ratls_bytes pem, struct rt_jws_key *out,
                                                 struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_jws_public_key(struct ratls_bytes pem, struct rt_jws_key *out,
                                                struct ratls_error *err);
void rt_jws_key_free(struct rt_jws_key *key);
/* "ES256", "ES384" or "RS256" */
const char *rt_jws_alg_name(const struct rt_jws_key *key);

/* *sig is new: sig_len bytes, of ECDSA r || s. */
RATLS_MUST_USE enum ratls_err rt_jws_sign(const struct rt_jws_key *key, const char *text,
                                          struct ratls_buffer *sig, struct ratls_error *err);
/* `sig` is base64url that was found to be that of sig_len bytes. RATLS_E_BUNDLE_SIGNATURE. */
RATLS_MUST_USE enum ratls_err rt_jws_verify(const struct rt_jws_key *key, const char *text,
                                            const char *sig, struct ratls_error *err);

#endif
