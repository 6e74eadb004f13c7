/* token_sm2.h - SM2 with SM3 as an algorithm of tokens: its keys, and its signatures by the
 * signer's id of GB/T 35276. */
#ifndef RT_TOKEN_SM2_H
#define RT_TOKEN_SM2_H

#include "crypto.h"
#include "sm.h"

/* Whoever signs tokens has this id and no other: "1234567812345678" (GB/T 35276-2017, s.10). */
extern const struct ratls_bytes rt_token_sm2_id;

/* One private key without password, PEM or DER: RFC 5915 ECPrivateKey with its curve, or PKCS#8
 * (RFC 5208). RATLS_E_CERT_FORMAT: it is none, perhaps one of another kind; RATLS_E_CERT_KEY: the
 * scalar is out of range, or the public half of another key. */
RATLS_MUST_USE enum ratls_err rt_token_sm2_import(struct ratls_bytes key, struct rt_sm2_key *out);
/* RFC 5915 DER with curve and public key (new, secret). */
RATLS_MUST_USE enum ratls_err rt_token_sm2_export(const struct rt_sm2_key *key,
                                                  struct ratls_buffer *der);

/* The key of a point X || Y (borrowed), which must be on the curve: RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err
rt_token_sm2_public(struct ratls_bytes point, struct rt_public_key *out, struct ratls_error *err);
/* r || s, 32 bytes each. *sig is new. RATLS_E_STATE in a forked child. */
RATLS_MUST_USE enum ratls_err rt_token_sm2_sign(const struct rt_sm2_key *key,
                                                struct ratls_bytes msg, struct ratls_buffer *sig);
RATLS_MUST_USE enum ratls_err rt_token_sm2_verify(const struct rt_public_key *key,
                                                  struct ratls_bytes msg, struct ratls_bytes sig);

#endif
