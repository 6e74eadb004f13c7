/* sm4.h - SM4-GCM: the cipher of GB/T 32907 in the mode of NIST SP 800-38D, as RFC 8998 s.3.3 has
 * it. By libgcrypt: libcrypto 3.0 has the cipher without the mode. Can be left out (RATLS_SM4).
 *
 * Does NOT choose keys or nonces: a nonce never comes twice under one key, which is the caller's to
 * see to. Thread rule: pure functions. */
#ifndef RT_SM4_H
#define RT_SM4_H

#include "crypto_seal.h"

#define RT_SM4_KEY_LEN 16

/* False: it was left out, and the functions below are RATLS_E_UNSUPPORTED. The first call opens
 * files of the system: before a sandbox. */
bool rt_sm4_is_here(void);

/* As rt_gcm_seal() and rt_gcm_open(), with a key of RT_SM4_KEY_LEN. */
RATLS_MUST_USE enum ratls_err rt_sm4_gcm_seal(const struct rt_gcm *with, struct ratls_bytes plain,
                                              uint8_t *sealed);
RATLS_MUST_USE enum ratls_err rt_sm4_gcm_open(const struct rt_gcm *with, struct ratls_bytes sealed,
                                              uint8_t *plain, enum ratls_err forged);

#endif
