/* sm.h - the national algorithms of China: SM3 (GB/T 32905, ISO/IEC 10118-3) and SM2 signatures
 * (GB/T 32918.2, ISO/IEC 14888-3) on the curve of GB/T 32918.5, by libcrypto. wolfCrypt as packaged
 * has none of them.
 *
 * Always there, whether or not libcrypto also does what wolfCrypt could (ratls/offload). Numbers
 * are big endian here. Thread rule: all functions are independent of each other. The queue
 * of errors that libcrypto keeps for a thread is cleared. */
#ifndef RT_SM_H
#define RT_SM_H

#include "base.h"

#define RT_SM3_LEN       32
#define RT_SM2_SIZE      32 /* of a coordinate or scalar */
#define RT_SM2_POINT_LEN 64 /* X || Y */
#define RT_SM2_SIG_LEN   64 /* r || s */
#define RT_SM2_MAX_ID    254

/* RATLS_E_CRYPTO, here and below: libcrypto lacks the algorithm, or fails. */
RATLS_MUST_USE enum ratls_err rt_sm3(struct ratls_bytes in, uint8_t out[RT_SM3_LEN]);
/* RFC 2104. */
RATLS_MUST_USE enum ratls_err rt_hmac_sm3(struct ratls_bytes key, struct ratls_bytes in,
                                          uint8_t out[RT_SM3_LEN]);

/* What a signature is over: SM3(Z || msg), where Z names signer and key. The id is the signer's, 1
 * to RT_SM2_MAX_ID bytes; there is no usual one here (GB/T 35276 has "1234567812345678"). */
struct rt_sm2_message { /* borrowed */
    struct ratls_bytes id, text;
};

/* RATLS_E_CERT_SIGNATURE when it does not verify, also for r or s outside 1..n-1;
 * RATLS_E_CERT_KEY for a point that is not on the curve, RATLS_E_USAGE for an unfit id. */
RATLS_MUST_USE enum ratls_err rt_sm2_verify(const uint8_t point[RT_SM2_POINT_LEN],
                                            const struct rt_sm2_message *msg,
                                            const uint8_t sig[RT_SM2_SIG_LEN]);

/* X || Y on the curve? RATLS_E_CERT_KEY when not. */
RATLS_MUST_USE enum ratls_err rt_sm2_check_point(const uint8_t point[RT_SM2_POINT_LEN]);

struct rt_sm2_key {
    uint8_t scalar[RT_SM2_SIZE]; /* secret: whoever holds it wipes it */
    uint8_t point[RT_SM2_POINT_LEN];
};

/* With the randomness of `env`. */
RATLS_MUST_USE enum ratls_err rt_sm2_key_new(const struct ratls_env *env, struct rt_sm2_key *out);
/* RATLS_E_CERT_KEY for a scalar outside 1..n-2. */
RATLS_MUST_USE enum ratls_err rt_sm2_key_of(const uint8_t scalar[RT_SM2_SIZE],
                                            struct rt_sm2_key *out);
/* With libcrypto's randomness. */
RATLS_MUST_USE enum ratls_err rt_sm2_sign(const struct rt_sm2_key *key,
                                          const struct rt_sm2_message *msg,
                                          uint8_t sig[RT_SM2_SIG_LEN]);

/* SubjectPublicKeyInfo, DER, with the curve of GB/T 32918.5 by name (RFC 8998, s.3.2.1). Does NOT
 * look whether the point is on it. */
#define RT_SM2_SPKI_LEN 91
void rt_sm2_spki(const uint8_t point[RT_SM2_POINT_LEN], uint8_t spki[RT_SM2_SPKI_LEN]);

#endif
