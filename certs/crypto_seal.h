/* crypto_seal.h - AES-256: authenticated encryption (GCM, NIST SP 800-38D) and key wrapping (RFC
 * 3394), and RSA-OAEP with SHA-256 (RFC 8017 s.7.1, MGF1 with SHA-256, no label).
 *
 * Does NOT choose keys or nonces: a nonce never comes twice under one key, which is the caller's to
 * see to. Thread rule: pure functions. */
#ifndef RT_CRYPTO_SEAL_H
#define RT_CRYPTO_SEAL_H

#include "crypto.h"

#define RT_AES_KEY_LEN   32
#define RT_GCM_IV_LEN    12
#define RT_GCM_TAG_LEN   16
#define RT_AES_WRAP_MORE 8 /* bytes by which a wrapped key is longer */

struct rt_gcm {
    const uint8_t *key; /* RT_AES_KEY_LEN */
    const uint8_t *iv;  /* RT_GCM_IV_LEN */
    struct ratls_bytes aad;
};

/* As many bytes as `plain` has into `sealed`, and RT_GCM_TAG_LEN behind them. */
RATLS_MUST_USE enum ratls_err rt_gcm_seal(const struct rt_gcm *with, struct ratls_bytes plain,
                                          uint8_t *sealed);
/* The other way; `sealed` has the tag at its end. `forged` is the code of what does not verify:
 * then `plain` is zeros. */
RATLS_MUST_USE enum ratls_err rt_gcm_open(const struct rt_gcm *with, struct ratls_bytes sealed,
                                          uint8_t *plain, enum ratls_err forged);

/* `plain` is a key of 16 to RT_AES_KEY_LEN bytes, a multiple of 8; `wrapped` has RT_AES_WRAP_MORE
 * more. */
RATLS_MUST_USE enum ratls_err rt_aes_wrap(const uint8_t kek[RT_AES_KEY_LEN],
                                          struct ratls_bytes plain, uint8_t *wrapped);
RATLS_MUST_USE enum ratls_err rt_aes_unwrap(const uint8_t kek[RT_AES_KEY_LEN],
                                            struct ratls_bytes wrapped, uint8_t *plain,
                                            enum ratls_err forged);

/* `key` is RSA. *out is new. */
RATLS_MUST_USE enum ratls_err rt_oaep_seal(const struct ratls_env *env,
                                           const struct rt_public_key *key,
                                           struct ratls_bytes plain, struct ratls_buffer *out);
/* `key`: RSAPrivateKey (RFC 8017) or PKCS#8, DER or PEM; RATLS_E_CERT_FORMAT. *out is
 * new, secret. `forged`: what does not open. */
RATLS_MUST_USE enum ratls_err rt_oaep_open(const struct ratls_env *env, struct ratls_bytes key,
                                           struct ratls_bytes sealed, struct ratls_buffer *out,
                                           enum ratls_err forged);

#endif
