/* The device that wolfSSL hands its cryptography to (wolfssl/wolfcrypt/cryptocb.h).
 *
 * CRYPTOCB_UNAVAILABLE sends wolfSSL to wolfCrypt; any other error ends the connection. This file
 * must not see <wolfssl/ssl.h>. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/wc_port.h>

#include <pthread.h>
#include <stdatomic.h>

#include "device_rsa.h"

#if CRYPTO_CB_VER != 2
#error "another version of wolfSSL's crypto callbacks: look through this file"
#endif

enum { DEVICE = 0x52415453, POINT_MAX = 2 * 66 };

static atomic_bool off;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool registered;

void rt_offload_switch(bool on)
{
    atomic_store(&off, !on);
}

bool rt_offload_is_on(void)
{
    return !atomic_load(&off);
}

void rt_offload_warm(void)
{
    uint8_t scalar[32], point[64];

    (void)rt_offload_device();
    (void)rt_ec_new(256, scalar, point);
    rt_record_warm();
    rt_wipe(scalar, sizeof scalar);
}

/* `bad`: what wolfSSL calls it. */
static int told(enum rt_offload a, int bad)
{
    if (a == RT_OFFLOAD_DONE)
        return 0;
    return a == RT_OFFLOAD_NOT ? CRYPTOCB_UNAVAILABLE : bad;
}

/* ---- records ---- */

static int on_gcm(const wc_CryptoInfo *info)
{
    const bool seals = info->cipher.enc != 0;
    const Aes *aes = seals ? info->cipher.aesgcm_enc.aes : info->cipher.aesgcm_dec.aes;
    struct rt_record r = {.owner = aes, .key = ratls_bytes(aes->devKey, (size_t)aes->keylen)};

    if (seals) {
        if (info->cipher.aesgcm_enc.ivSz != RT_GCM_IV ||
            info->cipher.aesgcm_enc.authTagSz != RT_GCM_TAG)
            return CRYPTOCB_UNAVAILABLE;
        r.iv = info->cipher.aesgcm_enc.iv;
        r.aad = ratls_bytes(info->cipher.aesgcm_enc.authIn, info->cipher.aesgcm_enc.authInSz);
        r.in = ratls_bytes(info->cipher.aesgcm_enc.in, info->cipher.aesgcm_enc.sz);
        r.out = info->cipher.aesgcm_enc.out;
        return told(rt_record_seal(&r, info->cipher.aesgcm_enc.authTag), AES_GCM_AUTH_E);
    }
    if (info->cipher.aesgcm_dec.ivSz != RT_GCM_IV ||
        info->cipher.aesgcm_dec.authTagSz != RT_GCM_TAG)
        return CRYPTOCB_UNAVAILABLE;
    r.iv = info->cipher.aesgcm_dec.iv;
    r.aad = ratls_bytes(info->cipher.aesgcm_dec.authIn, info->cipher.aesgcm_dec.authInSz);
    r.in = ratls_bytes(info->cipher.aesgcm_dec.in, info->cipher.aesgcm_dec.sz);
    r.out = info->cipher.aesgcm_dec.out;
    return told(rt_record_open(&r, info->cipher.aesgcm_dec.authTag), AES_GCM_AUTH_E);
}

/* ---- hashes: wolfCrypt keeps the state, so copies and ends of it stay its business ---- */

/* What of `len` bytes goes into a block that is begun; then whole blocks, then the rest. */
struct feed {
    uint8_t *buffer;
    word32 *held; /* bytes in it */
    size_t block;
    void (*run)(void *state, const uint8_t *in, size_t blocks);
    void *state;
};

/* False: no block comes together, and wolfCrypt keeps the bytes. */
static bool eat(const struct feed *f, const uint8_t *in, size_t len)
{
    if (*f->held >= f->block || *f->held + len < f->block)
        return false;
    if (*f->held) {
        const size_t more = f->block - *f->held;
        memcpy(f->buffer + *f->held, in, more);
        f->run(f->state, f->buffer, 1);
        *f->held = 0;
        in += more;
        len -= more;
    }
    const size_t whole = len / f->block;
    if (whole)
        f->run(f->state, in, whole);
    *f->held = (word32)(len - whole * f->block);
    memcpy(f->buffer, in + whole * f->block, *f->held);
    return true;
}

static void run_1(void *state, const uint8_t *in, size_t blocks)
{
    rt_sha1_blocks(state, in, blocks);
}

static void run_256(void *state, const uint8_t *in, size_t blocks)
{
    rt_sha256_blocks(state, in, blocks);
}

static void run_512(void *state, const uint8_t *in, size_t blocks)
{
    rt_sha512_blocks(state, in, blocks);
}

/* Of no use to TLS 1.3; wolfSSL takes it of every handshake message all the same. */
static int feed_1(wc_Sha *h, const uint8_t *in, word32 len)
{
    const struct feed f = {(uint8_t *)h->buffer, &h->buffLen, WC_SHA_BLOCK_SIZE, run_1, h->digest};

    if (!eat(&f, in, len))
        return CRYPTOCB_UNAVAILABLE;
    h->loLen += len;
    if (h->loLen < len)
        h->hiLen++;
    return 0;
}

static int feed_256(wc_Sha256 *h, const uint8_t *in, word32 len)
{
    const struct feed f = {(uint8_t *)h->buffer, &h->buffLen, WC_SHA256_BLOCK_SIZE, run_256,
                           h->digest};

    if (!eat(&f, in, len))
        return CRYPTOCB_UNAVAILABLE;
    h->loLen += len;
    if (h->loLen < len)
        h->hiLen++;
    return 0;
}

/* SHA-384 has the same structure. */
static int feed_512(wc_Sha512 *h, const uint8_t *in, word32 len)
{
    const struct feed f = {(uint8_t *)h->buffer, &h->buffLen, WC_SHA512_BLOCK_SIZE, run_512,
                           h->digest};

    if (!eat(&f, in, len))
        return CRYPTOCB_UNAVAILABLE;
    h->loLen += len;
    if (h->loLen < len)
        h->hiLen++;
    return 0;
}

static int on_hash(const wc_CryptoInfo *info)
{
    if (!info->hash.in)
        return CRYPTOCB_UNAVAILABLE;
    switch (info->hash.type) {
    case WC_HASH_TYPE_SHA:
        return feed_1(info->hash.sha1, info->hash.in, info->hash.inSz);
    case WC_HASH_TYPE_SHA256:
        return feed_256(info->hash.sha256, info->hash.in, info->hash.inSz);
    case WC_HASH_TYPE_SHA384:
        return feed_512(info->hash.sha384, info->hash.in, info->hash.inSz);
    case WC_HASH_TYPE_SHA512:
        return feed_512(info->hash.sha512, info->hash.in, info->hash.inSz);
    default:
        return CRYPTOCB_UNAVAILABLE;
    }
}

/* ---- elliptic curves ---- */

static unsigned bits_of(const ecc_key *key)
{
    if (!key || !key->dp)
        return 0;
    switch (key->dp->id) {
    case ECC_SECP256R1:
        return 256;
    case ECC_SECP521R1:
        return 521;
    default:
        return 0;
    }
}

static bool number(const mp_int *v, uint8_t *out, size_t size)
{
    return mp_to_unsigned_bin_len((mp_int *)(uintptr_t)v, out, (int)size) == MP_OKAY;
}

/* The size of a coordinate; 0: not a key for us. */
static size_t point_of(const ecc_key *key, uint8_t out[POINT_MAX])
{
    const size_t size = rt_ec_size(bits_of(key));

    if (!size || key->type == ECC_PRIVATEKEY_ONLY || !number(key->pubkey.x, out, size) ||
        !number(key->pubkey.y, out + size, size))
        return 0;
    return size;
}

static size_t scalar_of(const ecc_key *key, uint8_t out[POINT_MAX])
{
    const size_t size = rt_ec_size(bits_of(key));

    if (!size || (key->type != ECC_PRIVATEKEY && key->type != ECC_PRIVATEKEY_ONLY) ||
        !number(&key->k, out, size))
        return 0;
    return size;
}

static int on_sign(const wc_CryptoInfo *info)
{
    const ecc_key *key = info->pk.eccsign.key;
    uint8_t scalar[POINT_MAX], sig[POINT_MAX];
    size_t len = *info->pk.eccsign.outlen;
    enum rt_offload a = RT_OFFLOAD_NOT;

    if (scalar_of(key, scalar))
        a = rt_offload_sign(bits_of(key), scalar,
                            ratls_bytes(info->pk.eccsign.in, info->pk.eccsign.inlen), sig);
    rt_wipe(scalar, sizeof scalar);
    if (a == RT_OFFLOAD_DONE)
        a = rt_ec_sig_to_der(bits_of(key), sig, info->pk.eccsign.out, &len);
    if (a == RT_OFFLOAD_DONE)
        *info->pk.eccsign.outlen = (word32)len;
    return told(a, BAD_COND_E);
}

static int on_verify(const wc_CryptoInfo *info)
{
    const ecc_key *key = info->pk.eccverify.key;
    uint8_t point[POINT_MAX], sig[POINT_MAX];
    enum rt_offload a = RT_OFFLOAD_NOT;

    if (point_of(key, point))
        a = rt_ec_sig_of_der(bits_of(key),
                             ratls_bytes(info->pk.eccverify.sig, info->pk.eccverify.siglen), sig);
    if (a == RT_OFFLOAD_DONE)
        a = rt_offload_verify(bits_of(key), point,
                              ratls_bytes(info->pk.eccverify.hash, info->pk.eccverify.hashlen),
                              sig);
    if (a == RT_OFFLOAD_NOT)
        return CRYPTOCB_UNAVAILABLE;
    *info->pk.eccverify.res = a == RT_OFFLOAD_DONE;
    return 0;
}

static int on_agree(const wc_CryptoInfo *info)
{
    const ecc_key *own = info->pk.ecdh.private_key;
    uint8_t scalar[POINT_MAX], point[POINT_MAX];
    const size_t size = point_of(info->pk.ecdh.public_key, point);
    enum rt_offload a = RT_OFFLOAD_NOT;

    if (size && bits_of(own) == bits_of(info->pk.ecdh.public_key) &&
        *info->pk.ecdh.outlen >= size && scalar_of(own, scalar))
        a = rt_offload_agree(bits_of(own), scalar, point, info->pk.ecdh.out);
    rt_wipe(scalar, sizeof scalar);
    if (a == RT_OFFLOAD_DONE)
        *info->pk.ecdh.outlen = (word32)size;
    return told(a, ECC_BAD_ARG_E);
}

static int on_ec_new(const wc_CryptoInfo *info)
{
    ecc_key *key = info->pk.eckg.key;
    const size_t size = rt_ec_size(bits_of(key));
    uint8_t scalar[POINT_MAX], point[POINT_MAX];
    int rc = CRYPTOCB_UNAVAILABLE;

    if (size && rt_ec_new(bits_of(key), scalar, point) == RT_OFFLOAD_DONE &&
        mp_read_unsigned_bin(&key->k, scalar, (word32)size) == MP_OKAY &&
        mp_read_unsigned_bin(key->pubkey.x, point, (word32)size) == MP_OKAY &&
        mp_read_unsigned_bin(key->pubkey.y, point + size, (word32)size) == MP_OKAY &&
        mp_set(key->pubkey.z, 1) == MP_OKAY) {
        key->type = ECC_PRIVATEKEY;
        rc = 0;
    }
    rt_wipe(scalar, sizeof scalar);
    return rc;
}

static int on_x25519_new(const wc_CryptoInfo *info)
{
    curve25519_key *key = info->pk.curve25519kg.key;
    enum rt_offload a = rt_offload_is_on() ? rt_x25519_new(key->k, key->p.point) : RT_OFFLOAD_NOT;

    if (a == RT_OFFLOAD_DONE)
        key->pubSet = key->privSet = 1;
    return told(a, BAD_COND_E);
}

static int on_x25519(const wc_CryptoInfo *info)
{
    const curve25519_key *own = info->pk.curve25519.private_key;
    const curve25519_key *peer = info->pk.curve25519.public_key;

    if (info->pk.curve25519.endian != EC25519_LITTLE_ENDIAN ||
        *info->pk.curve25519.outlen < RT_X25519_LEN || !rt_offload_is_on())
        return CRYPTOCB_UNAVAILABLE;
    *info->pk.curve25519.outlen = RT_X25519_LEN;
    return told(rt_x25519_agree(own->k, peer->p.point, info->pk.curve25519.out), ECC_BAD_ARG_E);
}

static int on_key(const wc_CryptoInfo *info)
{
    switch (info->pk.type) {
    case WC_PK_TYPE_ECDSA_SIGN:
        return on_sign(info);
    case WC_PK_TYPE_ECDSA_VERIFY:
        return on_verify(info);
    case WC_PK_TYPE_ECDH:
        return on_agree(info);
    case WC_PK_TYPE_EC_KEYGEN:
        return on_ec_new(info);
    case WC_PK_TYPE_RSA:
        return told(rt_device_rsa(info), BAD_COND_E);
    case WC_PK_TYPE_CURVE25519_KEYGEN:
        return on_x25519_new(info);
    case WC_PK_TYPE_CURVE25519:
        return on_x25519(info);
    default:
        return CRYPTOCB_UNAVAILABLE;
    }
}

/* ---- the device ---- */

static int on_call(int device, wc_CryptoInfo *info, void *ctx)
{
    (void)device, (void)ctx;
    if (!rt_offload_is_on())
        return CRYPTOCB_UNAVAILABLE;
    switch (info->algo_type) {
    case WC_ALGO_TYPE_CIPHER:
        return info->cipher.type == WC_CIPHER_AES_GCM ? on_gcm(info) : CRYPTOCB_UNAVAILABLE;
    case WC_ALGO_TYPE_HASH:
        return on_hash(info);
    case WC_ALGO_TYPE_PK:
        return on_key(info);
    case WC_ALGO_TYPE_RNG:
        return told(rt_random(info->rng.out, info->rng.sz), RNG_FAILURE_E);
    case WC_ALGO_TYPE_SEED:
        return told(rt_random(info->seed.seed, info->seed.sz), RNG_FAILURE_E);
    default:
        return CRYPTOCB_UNAVAILABLE;
    }
}

/* There is no list of devices before the library is up, and its start would empty one. It counts
 * who started it. */
static void enter(void)
{
    registered = wolfCrypt_Init() == 0 && wc_CryptoCb_RegisterDevice(DEVICE, on_call, NULL) == 0;
}

int rt_offload_device(void)
{
    if (!rt_offload_is_on() || pthread_once(&once, enter) != 0 || !registered)
        return INVALID_DEVID;
    return DEVICE;
}
