/* SHA-2 and randomness by libcrypto. */
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

enum rt_offload rt_random(uint8_t *out, size_t len)
{
    if (len <= INT32_MAX && RAND_priv_bytes(out, (int)len) == 1)
        return RT_OFFLOAD_DONE;
    ERR_clear_error();
    return RT_OFFLOAD_NOT;
}
