/* libcrypto.h - what the device asks of libcrypto beyond offload.h: records, X25519, RSA,
 * randomness. Not for other rooms. */
#ifndef RT_LIBCRYPTO_H
#define RT_LIBCRYPTO_H

#include "offload.h"

#define RT_GCM_TAG    16
#define RT_GCM_IV     12
#define RT_X25519_LEN 32

/* One record of AES-128-GCM or AES-256-GCM; `out` may be in.p. `owner` tells streams apart, and
 * only that: a context that is kept is used when its key is this key. */
struct rt_record {
    const void *owner;
    struct ratls_bytes key; /* 16 or 32 bytes */
    const uint8_t *iv;      /* RT_GCM_IV */
    struct ratls_bytes aad, in;
    uint8_t *out;
};
enum rt_offload rt_record_seal(const struct rt_record *r, uint8_t tag[RT_GCM_TAG]);
void rt_record_warm(void); /* looks the ciphers up */
/* RT_OFFLOAD_BAD: not authentic; out is wiped. */
enum rt_offload rt_record_open(const struct rt_record *r, const uint8_t tag[RT_GCM_TAG]);

/* A scalar that is drawn here, and its point (RFC 7748 s.6.1, little endian). */
enum rt_offload rt_x25519_new(uint8_t scalar[RT_X25519_LEN], uint8_t point[RT_X25519_LEN]);
/* RT_OFFLOAD_BAD: all zeros come out (RFC 8446 s.7.4.2). */
enum rt_offload rt_x25519_agree(const uint8_t scalar[RT_X25519_LEN],
                                const uint8_t point[RT_X25519_LEN], uint8_t shared[RT_X25519_LEN]);

/* A scalar in 1..n-1, and its point. */
enum rt_offload rt_ec_new(unsigned bits, uint8_t *scalar, uint8_t *point);
size_t rt_ec_size(unsigned bits); /* of a coordinate; 0: unknown curve */

/* A DER ECDSA-Sig-Value (RFC 3279 s.2.2.3) of r || s, and back; *len is the room, then what is
 * used. */
enum rt_offload rt_ec_sig_to_der(unsigned bits, const uint8_t *sig, uint8_t *der, size_t *len);
enum rt_offload rt_ec_sig_of_der(unsigned bits, struct ratls_bytes der, uint8_t *sig);

/* Of a key of at most 4096 bits; d, p, q, dp, dq and qi (RFC 8017 s.3.2) are empty for a power by
 * e.
 */
struct rt_rsa_numbers {
    struct ratls_bytes n, e, d, p, q, dp, dq, qi;
};
/* in ^ e mod n, or in ^ d; `in` and `out` have the length of n. */
enum rt_offload rt_rsa_power(const struct rt_rsa_numbers *k, struct ratls_bytes in, uint8_t *out);

enum rt_offload rt_random(uint8_t *out, size_t len);

/* Whole blocks of 64 or 128 bytes into the state of a hash, words in the order of the machine. */
void rt_sha1_blocks(uint32_t state[5], const uint8_t *in, size_t blocks);
void rt_sha256_blocks(uint32_t state[8], const uint8_t *in, size_t blocks);
void rt_sha512_blocks(uint64_t state[8], const uint8_t *in, size_t blocks);

#endif
