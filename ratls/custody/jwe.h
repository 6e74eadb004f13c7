/* jwe.h - the parts of a JWE in compact form (RFC 7516 s.3.1), and what keys are agreed on. */
#ifndef RT_JWE_H
#define RT_JWE_H

#include "crypto_seal.h"
#include "ratls/secrets.h"

#define RT_JWE_HEADER_MAX 4096 /* bytes, decoded */
#define RT_JWE_INFO_MAX   256  /* of apu and of apv, decoded */

enum rt_jwe_alg { RT_JWE_ECDH, RT_JWE_OAEP };
const char *rt_jwe_alg_name(enum rt_jwe_alg alg); /* "ECDH-ES+A256KW" "RSA-OAEP-256" */

/* By what the content is sealed, under a key of this length. */
struct rt_jwe_enc {
    const char *name;
    size_t key_len; /* at most RT_AES_KEY_LEN */
    enum ratls_err (*seal)(const struct rt_gcm *with, struct ratls_bytes plain, uint8_t *sealed);
    enum ratls_err (*open)(const struct rt_gcm *with, struct ratls_bytes sealed, uint8_t *plain,
                           enum ratls_err forged);
};
/* Of one that exists. */
const struct rt_jwe_enc *rt_jwe_enc_of(enum ratls_jwe_enc enc);

/* The five parts, decoded but for the header, which is authenticated as it is written. */
struct rt_jwe {
    struct ratls_bytes header_text; /* borrows from the JWE */
    enum rt_jwe_alg alg;
    struct ratls_buffer epk; /* ECDH: DER SubjectPublicKeyInfo */
    uint8_t apu[RT_JWE_INFO_MAX], apv[RT_JWE_INFO_MAX];
    size_t apu_len, apv_len;
    struct ratls_buffer key;    /* encrypted content key */
    struct ratls_buffer sealed; /* IV, ciphertext, tag */
};

/* Whoever opens it says by what it must be sealed: `enc`. RATLS_E_JWE_FORMAT. Fills *out, also
 * after an error: rt_jwe_free(). */
RATLS_MUST_USE enum ratls_err rt_jwe_parse(struct ratls_bytes text, const struct rt_jwe_enc *enc,
                                           struct rt_jwe *out, struct ratls_error *err);
void rt_jwe_free(struct rt_jwe *j);

struct cJSON;

/* A public EC or RSA key as JWK (RFC 7518 s.6.2.1, 6.3.1) to DER SubjectPublicKeyInfo, new. Members
 * of a private key are refused. RATLS_E_CERT_KEY. */
RATLS_MUST_USE enum ratls_err rt_jwk_spki(const struct cJSON *jwk, struct ratls_buffer *out,
                                          struct ratls_error *err);
/* {"kty":"EC",...} of a key on one of the curves. */
RATLS_MUST_USE enum ratls_err rt_put_jwk(struct rt_writer *w, enum rt_curve curve,
                                         struct ratls_bytes point);

/* Concat KDF (NIST SP 800-56A 5.8.1) with SHA-256 as RFC 7518 s.4.6.2 uses it; out_len up to 32. */
struct rt_kdf {
    struct ratls_bytes secret; /* Z */
    const char *alg;
    struct ratls_bytes apu, apv;
};
RATLS_MUST_USE enum ratls_err rt_concat_kdf(const struct rt_kdf *in, uint8_t *out, size_t out_len);

#endif
