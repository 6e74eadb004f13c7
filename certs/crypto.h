/* crypto.h - the primitives this project asks of wolfCrypt, behind one narrow door.
 *
 * Keys are P-256, P-384 or P-521 pairs made from the caller's randomness; hashes are one-shot.
 * Does NOT know certificates, TLS or policy. Thread rule: a key may be used by one thread at a
 * time; different keys are independent. No object keeps random-generator state across calls, so
 * nothing is shared after fork. A forked child finds the secrets of its parent's keys wiped:
 * signing and export answer RATLS_E_STATE there, the public half stays readable. */
#ifndef RT_CRYPTO_H
#define RT_CRYPTO_H

#include "base.h"

#define RT_SHA256_LEN   32
#define RT_SHA384_LEN   48
#define RT_SHA512_LEN   64
#define RT_P256_SIG_LEN 64 /* r || s, big endian */
#define RT_SPKI_MAX     1024

enum rt_hash { RT_SHA256 = 1, RT_SHA384 = 7, RT_SHA512 = 8 }; /* IANA named information ids */

size_t rt_hash_len(enum rt_hash h); /* 0 for an unknown id */
RATLS_MUST_USE enum ratls_err rt_hash(enum rt_hash h, struct ratls_bytes in, uint8_t *out);
RATLS_MUST_USE enum ratls_err rt_sha256(struct ratls_bytes in, uint8_t out[RT_SHA256_LEN]);

/* Before wolfCrypt multiplies points in this thread, also inside wolfSSL: what it keeps of them,
 * near a megabyte for each key, is freed when the thread ends. The functions below do it
 * themselves. */
void rt_crypto_enter(void);

enum rt_curve { RT_P256, RT_P384, RT_P521 };

struct rt_key; /* a private key with its public half */

RATLS_MUST_USE enum ratls_err rt_key_generate(const struct ratls_env *env, enum rt_curve curve,
                                              struct rt_key **out);
/* RFC 5915 ECPrivateKey or RFC 5208 PKCS#8, DER or PEM (recognised by content). */
RATLS_MUST_USE enum ratls_err rt_key_import(struct ratls_bytes key, struct rt_key **out,
                                            struct ratls_error *err);
/* RFC 5915 DER with parameters and public key (new, secret: ratls_buffer_free wipes). */
RATLS_MUST_USE enum ratls_err rt_key_export(const struct rt_key *key, struct ratls_buffer *out);
void rt_key_free(struct rt_key *key); /* wipes; NULL is legal */
enum rt_curve rt_key_curve(const struct rt_key *key);
/* DER SubjectPublicKeyInfo (RFC 5480, named curve, uncompressed point), borrowed from the key. */
struct ratls_bytes rt_key_spki(const struct rt_key *key);
/* X || Y, 64, 96 or 132 bytes, borrowed from the key. */
struct ratls_bytes rt_key_point(const struct rt_key *key);

/* ECDSA with the curve's usual hash (P-256: SHA-256, P-384: SHA-384, P-521: SHA-512) over `msg`.
 * raw: r || s, fixed width (64, 96 or 132 bytes). der: ECDSA-Sig-Value (RFC 3279). */
RATLS_MUST_USE enum ratls_err rt_sign_raw(const struct ratls_env *env, struct rt_key *key,
                                          struct ratls_bytes msg, uint8_t *sig, size_t sig_len);
RATLS_MUST_USE enum ratls_err rt_sign_der(const struct ratls_env *env, struct rt_key *key,
                                          struct ratls_bytes msg, struct ratls_buffer *out);

/* ECDH (NIST SP 800-56A 5.7.1.2): the X of the product with the point X || Y of another key of the
 * same curve, as wide as a coordinate. RATLS_E_CERT_KEY for a point that is not on it. */
RATLS_MUST_USE enum ratls_err rt_key_agree(const struct ratls_env *env, struct rt_key *key,
                                           struct ratls_bytes point, uint8_t *shared);

/* Verify r || s (big endian, fixed width) over `msg` under the affine point X || Y.
 * RATLS_E_CERT_SIGNATURE when it does not verify, also for r or s outside 1..n-1 and for points
 * not on the curve. `hash` is chosen by the caller's format. */
RATLS_MUST_USE enum ratls_err rt_verify_raw(enum rt_curve curve, struct ratls_bytes point,
                                            enum rt_hash hash, struct ratls_bytes msg,
                                            struct ratls_bytes sig);

/* A public key read from a SubjectPublicKeyInfo; of SM2 from a JWK alone (ratls/tokens): no
 * function here makes one, or takes it. */
enum rt_key_type { RT_KEY_P256, RT_KEY_P384, RT_KEY_P521, RT_KEY_RSA, RT_KEY_ED25519, RT_KEY_SM2 };
struct rt_public_key {
    enum rt_key_type type;
    unsigned bits;            /* RSA: modulus; else the field */
    struct ratls_bytes point; /* EC: X || Y, without the 0x04 */
    struct ratls_bytes rsa_n; /* RSA: modulus without leading zero */
    struct ratls_bytes rsa_e;
};
/* Strict: named curves only, uncompressed points on the curve, RSA exponents odd and >= 3.
 * RATLS_E_CERT_KEY for a key this library does not know. Borrows from `spki`. */
RATLS_MUST_USE enum ratls_err
rt_public_key_parse(struct ratls_bytes spki, struct rt_public_key *out, struct ratls_error *err);
/* The key of a bare point X || Y, without form byte, as JWK, COSE and tokens carry it. Borrows from
 * `point`. RATLS_E_CERT_KEY when it is not on the curve. */
RATLS_MUST_USE enum ratls_err rt_public_key_of_point(enum rt_curve curve, struct ratls_bytes point,
                                                     struct rt_public_key *out,
                                                     struct ratls_error *err);
/* The same of an RSA key's numbers, big endian without leading zeros. */
RATLS_MUST_USE enum ratls_err rt_public_key_of_rsa(struct ratls_bytes n, struct ratls_bytes e,
                                                   struct rt_public_key *out,
                                                   struct ratls_error *err);

/* The DER SubjectPublicKeyInfo of such a point (RFC 5480, named curve, uncompressed); a point of
 * another length, or on no known curve, makes the writer bad. Does NOT look whether it is on the
 * curve. */
void rt_put_spki(struct rt_writer *w, enum rt_curve curve, struct ratls_bytes point);
/* The same of an RSA key's numbers (RFC 3279 s.2.3.1), whatever they are. */
void rt_put_rsa_spki(struct rt_writer *w, struct ratls_bytes n, struct ratls_bytes e);

/* Signature algorithms that are understood. RSASSA-PSS: MGF1 with the same hash, a salt of its
 * length; certificates name it with SHA-384 only. */
enum rt_sig_alg {
    RT_SIG_ECDSA_SHA256,
    RT_SIG_ECDSA_SHA384,
    RT_SIG_ECDSA_SHA512,
    RT_SIG_RSA_SHA256, /* PKCS#1 v1.5 */
    RT_SIG_RSA_SHA384,
    RT_SIG_RSA_SHA512,
    RT_SIG_RSAPSS_SHA256,
    RT_SIG_RSAPSS_SHA384,
    RT_SIG_RSAPSS_SHA512,
};
/* Verify a certificate-style signature (DER ECDSA-Sig-Value, or RSA) with a key of the fitting
 * type: an RSA algorithm with an EC key is refused before any mathematics. */
RATLS_MUST_USE enum ratls_err rt_verify_spki(const struct rt_public_key *key, enum rt_sig_alg alg,
                                             struct ratls_bytes msg, struct ratls_bytes sig,
                                             struct ratls_error *err);

#endif
