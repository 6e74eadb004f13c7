/* crypto_rsa.h - RSA private keys, for the test PKIs of simulated TEEs whose vendors use RSA, and
 * to read those that sign bundles.
 *
 * Never for a peer's identity: TLS keys are those of crypto.h. Thread rule: a key may be used by
 * one thread at a time. */
#ifndef RT_CRYPTO_RSA_H
#define RT_CRYPTO_RSA_H

#include "crypto.h"

struct rt_rsa_key;

/* Exponent 65537. Takes about a second for 4096 bits. *out is new. */
RATLS_MUST_USE enum ratls_err rt_rsa_generate(const struct ratls_env *env, unsigned bits,
                                              struct rt_rsa_key **out);
/* RFC 8017 A.1.2 RSAPrivateKey, DER. RATLS_E_CERT_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_rsa_import(struct ratls_bytes der, struct rt_rsa_key **out);
/* The same, new, secret: ratls_buffer_free() wipes. */
RATLS_MUST_USE enum ratls_err rt_rsa_export(const struct rt_rsa_key *key, struct ratls_buffer *out);
void rt_rsa_free(struct rt_rsa_key *key); /* wipes; NULL is legal */
/* DER SubjectPublicKeyInfo (RFC 3279 s.2.3.1), borrowed from the key. */
struct ratls_bytes rt_rsa_spki(const struct rt_rsa_key *key);
/* RSASSA-PSS, MGF1 with the same hash, salt of its length (RT_SIG_RSAPSS_). *sig is new. */
RATLS_MUST_USE enum ratls_err rt_rsa_sign_pss(const struct ratls_env *env, struct rt_rsa_key *key,
                                              enum rt_hash hash, struct ratls_bytes msg,
                                              struct ratls_buffer *sig);
/* PKCS#1 v1.5 with SHA-256 (RT_SIG_RSA_SHA256). *sig is new. */
RATLS_MUST_USE enum ratls_err rt_rsa_sign_pkcs1(const struct ratls_env *env, struct rt_rsa_key *key,
                                                struct ratls_bytes msg, struct ratls_buffer *sig);

#endif
