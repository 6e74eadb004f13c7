/* offload.h - the same primitives by libcrypto, where wolfCrypt has portable C only.
 *
 * Debian's wolfSSL is built without assembler; libcrypto uses what the processor has. It comes in
 * by two doors: a device of wolfCrypt's crypto callbacks, which TLS contexts are given, and the
 * functions below, which crypto.h uses. Whatever is not done here is done by wolfCrypt: nothing
 * depends on this room but speed. It keeps no key beyond a call but those of records, in a few
 * slots of the thread (rt_offload_forget).
 * Numbers are big endian and of fixed width: 32 or 66 bytes for curves of 256 or 521 bits (others
 * are not done here); a point is X || Y, a signature r || s.
 * Thread rule: any thread at any time. Source: wolfssl/wolfcrypt/cryptocb.h, version 2. */
#ifndef RT_OFFLOAD_H
#define RT_OFFLOAD_H

#include "base.h"

/* Whole process, for what begins after the call; it is on in builds that have it. */
void rt_offload_switch(bool on);
/* What libcrypto makes or reads at first use. */
void rt_offload_warm(void);
bool rt_offload_is_on(void);

/* What wolfSSL_CTX_SetDevId() takes; -2 (INVALID_DEVID) when this is off or cannot be had. */
int rt_offload_device(void);

/* Wipes the record keys that this thread still has. After each connection. */
void rt_offload_forget(void);

enum rt_offload {
    RT_OFFLOAD_NOT,  /* off, unknown or failed: let wolfCrypt do it */
    RT_OFFLOAD_DONE, /* a signature that is checked is good */
    RT_OFFLOAD_BAD,  /* of a check: a point off the curve, or a signature that is not good */
};

/* SHA-2 of 256, 384 or 512 bits. */
enum rt_offload rt_offload_hash(unsigned bits, struct ratls_bytes in, uint8_t *out);
/* HMAC with SHA-2 of 256 or 384 bits (RFC 2104); a key of one block at most. `out` may be the key.
 */
enum rt_offload rt_offload_hmac(unsigned bits, struct ratls_bytes key, struct ratls_bytes in,
                                uint8_t *out);

enum rt_offload rt_offload_check_point(unsigned bits, const uint8_t *point);
/* ECDSA. r and s are in 1..n-1, the point is on the curve, or RT_OFFLOAD_BAD. */
enum rt_offload rt_offload_verify(unsigned bits, const uint8_t *point, struct ratls_bytes digest,
                                  const uint8_t *sig);
/* `scalar` is in 1..n-1. The nonce of the signature is libcrypto's, drawn from its own generator,
 * the key and the digest. */
enum rt_offload rt_offload_sign(unsigned bits, const uint8_t *scalar, struct ratls_bytes digest,
                                uint8_t *sig);
enum rt_offload rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point);
/* ECDH: the X of the product. A point that is not on the curve, or has a coordinate that is not
 * below the prime, is RT_OFFLOAD_BAD. */
enum rt_offload rt_offload_agree(unsigned bits, const uint8_t *scalar, const uint8_t *point,
                                 uint8_t *shared);

#endif
