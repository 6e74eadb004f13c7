/* Hashes, HMAC and randomness by libcrypto. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "libcrypto.h"

enum rt_offload rt_offload_hash(unsigned bits, struct ratls_bytes in, uint8_t *out)
{
    static const uint8_t none;
    const uint8_t *p = in.len ? in.p : &none;

    if (!rt_offload_is_on())
        return RT_OFFLOAD_NOT;
    if (bits == 256)
        return SHA256(p, in.len, out) ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT;
    if (bits == 384)
        return SHA384(p, in.len, out) ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT;
    return bits == 512 && SHA512(p, in.len, out) ? RT_OFFLOAD_DONE : RT_OFFLOAD_NOT;
}

/* A context without length and buffer: what is fed are whole blocks, and the owner of the state
 * pads. */
void rt_sha1_blocks(uint32_t state[5], const uint8_t *in, size_t blocks)
{
    SHA_CTX c = {.h0 = state[0], .h1 = state[1], .h2 = state[2], .h3 = state[3], .h4 = state[4]};

    (void)SHA1_Update(&c, in, blocks * SHA_CBLOCK);
    state[0] = c.h0;
    state[1] = c.h1;
    state[2] = c.h2;
    state[3] = c.h3;
    state[4] = c.h4;
    rt_wipe(&c, sizeof c);
}

void rt_sha256_blocks(uint32_t state[8], const uint8_t *in, size_t blocks)
{
    SHA256_CTX c = {.md_len = SHA256_DIGEST_LENGTH};

    _Static_assert(sizeof c.h == 8 * sizeof *state, "eight words");
    memcpy(c.h, state, sizeof c.h);
    (void)SHA256_Update(&c, in, blocks * SHA256_CBLOCK);
    memcpy(state, c.h, sizeof c.h);
    rt_wipe(&c, sizeof c);
}

void rt_sha512_blocks(uint64_t state[8], const uint8_t *in, size_t blocks)
{
    SHA512_CTX c = {.md_len = SHA512_DIGEST_LENGTH};

    _Static_assert(sizeof c.h == 8 * sizeof *state, "eight words");
    memcpy(c.h, state, sizeof c.h);
    (void)SHA512_Update(&c, in, blocks * SHA512_CBLOCK);
    memcpy(state, c.h, sizeof c.h);
    rt_wipe(&c, sizeof c);
}

/* ---- HMAC: libcrypto's own looks its hash up by name at every call, which costs more than the
 * hashing of what TLS derives keys from ---- */

union hashing {
    SHA256_CTX of_256;
    SHA512_CTX of_384;
};

/* Over both; `out` may be one of them. */
static void hash_two(unsigned bits, struct ratls_bytes a, struct ratls_bytes b, uint8_t *out)
{
    union hashing h;

    if (bits == 256) {
        (void)SHA256_Init(&h.of_256);
        (void)SHA256_Update(&h.of_256, a.p, a.len);
        (void)SHA256_Update(&h.of_256, b.p, b.len);
        (void)SHA256_Final(out, &h.of_256);
    } else {
        (void)SHA384_Init(&h.of_384);
        (void)SHA384_Update(&h.of_384, a.p, a.len);
        (void)SHA384_Update(&h.of_384, b.p, b.len);
        (void)SHA384_Final(out, &h.of_384);
    }
    rt_wipe(&h, sizeof h);
}

enum rt_offload rt_offload_hmac(unsigned bits, struct ratls_bytes key, struct ratls_bytes in,
                                uint8_t *out)
{
    const size_t block = bits == 256 ? SHA256_CBLOCK : SHA512_CBLOCK;
    uint8_t pad[SHA512_CBLOCK];

    if (!rt_offload_is_on() || (bits != 256 && bits != 384) || key.len > block)
        return RT_OFFLOAD_NOT;
    memset(pad, 0x36, block);
    for (size_t i = 0; i < key.len; i++)
        pad[i] ^= key.p[i];
    hash_two(bits, ratls_bytes(pad, block), in, out);
    for (size_t i = 0; i < block; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    hash_two(bits, ratls_bytes(pad, block), ratls_bytes(out, bits / 8), out);
    rt_wipe(pad, sizeof pad);
    return RT_OFFLOAD_DONE;
}

enum rt_offload rt_random(uint8_t *out, size_t len)
{
    if (len <= INT32_MAX && RAND_priv_bytes(out, (int)len) == 1)
        return RT_OFFLOAD_DONE;
    ERR_clear_error();
    return RT_OFFLOAD_NOT;
}
