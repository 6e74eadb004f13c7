/* ratls/jwt.h - tokens are signed: JWT (RFC 7519) in compact form (RFC 7515), and the public keys
 * of those who sign, as JWK and JWK sets (RFC 7517).
 *
 * For services behind an attested connection, which know the signer's public key and nothing of
 * evidence, and for whoever gives out attestation results (ratls/token.h). The algorithm belongs to
 * the key and is fixed when the key is opened: ES256, ES384, PS256, RS256 or, of those who have
 * such a key, SM2 (GB/T 32918 with SM3; not registered, ratls/TOKENS.md). `typ` keeps tokens of one
 * kind from being taken for another (RFC 8725 s.3.11). What it does NOT do: decide what is true.
 * Whatever the claims say is signed: time, audience and end are the caller's to set. Nothing here
 * reads tokens: that is ratls/token.h. Thread rule: a key may be used by one thread at a time. */
#ifndef RATLS_JWT_H
#define RATLS_JWT_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"
#include "ratls/evidence.h"

#define RATLS_JWT_MAX       8192  /* bytes of a token of ratls_jwt_sign() */
#define RATLS_TOKEN_MAX     16384 /* and of any other, made or read */
#define RATLS_JWK_THUMB_LEN 43    /* characters of a thumbprint, without NUL */

/* ---- keys ---- */

struct ratls_jwt_key;

/* `key`: one private key, PEM or DER, without password: EC on P-256, P-384 or the
 * curve of SM2, or RSA of 2048 to 4096 bits (more than wolfSSL as packaged computes with). `alg`:
 * "ES256", "ES384", "PS256", "RS256" or "SM2"; NULL: that of the curve, and PS256 for RSA. `key` is
 * borrowed for the call, env for the key's life. RATLS_E_CERT_FORMAT  no such key can be read
 *   RATLS_E_CERT_KEY     a key of another kind or size, or one that does not fit `alg`
 *   RATLS_E_USAGE        an algorithm that is none of these
 * *out is new. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwt_key_new(const struct ratls_env *env,
                                                          struct ratls_bytes key, const char *alg,
                                                          struct ratls_jwt_key **out,
                                                          struct ratls_error *err);
RATLS_API void ratls_jwt_key_free(struct ratls_jwt_key *key); /* wipes; NULL is legal */
/* A fresh private key for `alg` in PEM (RFC 5915, RFC 8017 A.1.2), RSA of 3072 bits: that takes a
 * second. RATLS_E_USAGE for other algorithms. *pem is new and secret, with NUL behind it. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_jwt_key_generate(const struct ratls_env *env, const char *alg, struct ratls_buffer *pem);
/* What tokens name it by, `kid`: the SHA-256 thumbprint of its JWK (RFC 7638) in base64url, 43
 * characters. Borrowed from the key. */
RATLS_API const char *ratls_jwt_key_id(const struct ratls_jwt_key *key);
/* "ES256"; borrowed for ever. */
RATLS_API const char *ratls_jwt_key_alg(const struct ratls_jwt_key *key);

/* ---- their public halves ---- */

/* {"kty", "use": "sig", "alg", "kid", and "crv", "x", "y" or "n", "e"}. *out is new text with NUL
 * behind it. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwt_key_jwk(const struct ratls_jwt_key *key,
                                                          struct ratls_buffer *out);
/* {"keys": [...]} of these keys in their order: what verifiers pin. During a rotation it holds the
 * old key beside the new one for as long as tokens of the old one live. RATLS_E_USAGE: none, or one
 * of them twice. *out is new text with NUL behind it. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwks(const struct ratls_jwt_key *const *keys,
                                                   size_t n, struct ratls_buffer *out);
/* The RFC 7638 thumbprint (SHA-256, base64url) of a public key as certificates hold it (DER
 * SubjectPublicKeyInfo): EC on P-256, P-384 or P-521, or RSA. With NUL. RATLS_E_CERT_FORMAT,
 * RATLS_E_CERT_KEY. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwk_thumbprint(struct ratls_bytes spki,
                                                             char out[RATLS_JWK_THUMB_LEN + 1],
                                                             struct ratls_error *err);

/* ---- tokens ---- */

/* A token with these claims, in their order; `typ` is 1 to 64 characters of a media type
 * ("x+jwt"). *out is new text with NUL behind it. RATLS_E_USAGE: the typ, or a number above
 * 2^53 - 1; RATLS_E_LIMIT: longer than RATLS_JWT_MAX; and the failure that sticks in `claims`. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwt_sign(struct ratls_jwt_key *key, const char *typ,
                                                       const struct ratls_claims *claims,
                                                       struct ratls_buffer *out);
/* The same of a JSON object that is there already (borrowed), byte by byte; that of
 * ratls_ear_payload(), for instance. RATLS_E_USAGE: the typ, or no object that a strict reader
 * takes; RATLS_E_LIMIT: longer than RATLS_TOKEN_MAX. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_jwt_sign_json(struct ratls_jwt_key *key,
                                                            const char *typ,
                                                            struct ratls_bytes payload,
                                                            struct ratls_buffer *out);

#endif
