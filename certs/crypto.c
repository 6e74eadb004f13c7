/* Hashes, private keys, signatures. */
#include <stdlib.h>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/random.h>

#include "crypto_curve.h"
#include "der.h"
#include "offload.h"
#include "oid.h"

enum { SCALAR_TRIES = 64, NONCE_LEN = 32, SPKI_MAX = 160 };

/* ---- hashes ---- */

static const struct hash_row {
    enum rt_hash id;
    size_t len;
    int (*run)(const byte *in, word32 len, byte *out);
} hashes[] = {
    {RT_SHA256, RT_SHA256_LEN, wc_Sha256Hash},
    {RT_SHA384, RT_SHA384_LEN, wc_Sha384Hash},
    {RT_SHA512, RT_SHA512_LEN, wc_Sha512Hash},
};

static const struct hash_row *find_hash(enum rt_hash h)
{
    for (size_t i = 0; i < RT_COUNT(hashes); i++)
        if (hashes[i].id == h)
            return &hashes[i];
    return NULL;
}

size_t rt_hash_len(enum rt_hash h)
{
    const struct hash_row *row = find_hash(h);

    return row ? row->len : 0;
}

enum ratls_err rt_hash(enum rt_hash h, struct ratls_bytes in, uint8_t *out)
{
    const struct hash_row *row = find_hash(h);

    if (!row)
        return RATLS_E_UNSUPPORTED;
    if (in.len > UINT32_MAX)
        return RATLS_E_LIMIT;
    if (rt_offload_hash((unsigned)row->len * 8, in, out) == RT_OFFLOAD_DONE)
        return RATLS_OK;
    return row->run(in.p, (word32)in.len, out) == 0 ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_sha256(struct ratls_bytes in, uint8_t out[RT_SHA256_LEN])
{
    return rt_hash(RT_SHA256, in, out);
}

/* ---- keys ---- */

struct secret {
    ecc_key ecc;
    uint8_t scalar[RT_SCALAR_MAX];
};

/* The public half is ordinary memory; the secret lies in pages that a forked child sees as zeros.
 */
struct rt_key {
    const struct rt_curve_row *curve;
    struct secret *secret;
    uint8_t point[RT_POINT_MAX];
    uint8_t spki[SPKI_MAX];
    size_t spki_len;
};

static bool is_lost(const struct rt_key *key)
{
    return rt_all_zero(key->secret->scalar, key->curve->size);
}

/* A generator for one call, fed by the system and by env: either one suffices. */
static enum ratls_err open_rng(const struct ratls_env *env, WC_RNG *rng)
{
    uint8_t nonce[NONCE_LEN] = {0};

    if (env && env->random(env->arg, nonce, sizeof nonce) != 0)
        return RATLS_E_RANDOM;
    int rc = wc_InitRngNonce(rng, nonce, sizeof nonce);
    rt_wipe(nonce, sizeof nonce);
    if (rc == 0)
        return RATLS_OK;
    return rt_is_wolf_failure(rc) ? RATLS_E_NO_MEMORY : RATLS_E_RANDOM;
}

static enum ratls_err keep_spki(struct rt_key *key)
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put_spki(&w, key->curve->curve, rt_key_point(key));
    struct ratls_bytes spki = rt_written(&w);
    if (spki.len > 0 && spki.len <= sizeof key->spki) {
        memcpy(key->spki, spki.p, spki.len);
        key->spki_len = spki.len;
        e = RATLS_OK;
    }
    rt_writer_free(&w);
    return e;
}

/* wc_ecc_import_private_key_ex() would leave a second copy of the scalar on the heap. */
static bool load_scalar(struct rt_key *key)
{
    struct secret *s = key->secret;

    if (wc_ecc_set_curve(&s->ecc, (int)key->curve->size, key->curve->wolf_id) != 0 ||
        mp_read_unsigned_bin(&s->ecc.k, s->scalar, (word32)key->curve->size) != MP_OKAY)
        return false;
    s->ecc.type = ECC_PRIVATEKEY_ONLY;
    return true;
}

/* Public point of the scalar in key->secret. */
static enum ratls_err derive_point(const struct ratls_env *env, struct rt_key *key)
{
    const word32 size = (word32)key->curve->size;
    struct secret *s = key->secret;
    word32 x_len = size, y_len = size;
    WC_RNG rng;

    if (rt_offload_public(key->curve->bits, s->scalar, key->point) == RT_OFFLOAD_DONE)
        return load_scalar(key) ? RATLS_OK : RATLS_E_CRYPTO;
    enum ratls_err e = open_rng(env, &rng);
    if (e)
        return e;
    rt_crypto_enter();
    if (!load_scalar(key) || wc_ecc_make_pub_ex(&s->ecc, NULL, &rng) != 0 ||
        wc_ecc_export_public_raw(&s->ecc, key->point, &x_len, key->point + size, &y_len) != 0 ||
        x_len != size || y_len != size)
        e = RATLS_E_CRYPTO;
    (void)wc_FreeRng(&rng);
    return e;
}

/* A key without scalar. */
static struct rt_key *new_key(const struct rt_curve_row *curve)
{
    struct rt_key *key = calloc(1, sizeof *key);

    if (!key)
        return NULL;
    key->curve = curve;
    key->secret = rt_secret_alloc(sizeof *key->secret);
    if (!key->secret || wc_ecc_init(&key->secret->ecc) != 0) {
        rt_secret_free(key->secret, sizeof *key->secret);
        free(key);
        return NULL;
    }
    return key;
}

/* Takes `key`, whose scalar is set. */
static enum ratls_err finish(const struct ratls_env *env, struct rt_key *key, struct rt_key **out)
{
    enum ratls_err e = derive_point(env, key);

    if (e == RATLS_OK)
        e = keep_spki(key);
    if (e) {
        rt_key_free(key);
        return e;
    }
    *out = key;
    return RATLS_OK;
}

/* FIPS 186-5 A.2.2: candidates of as many bits as the order has; those outside 1..n-1 are thrown
 * away, not reduced. The first byte of P-521's has one bit. */
static enum ratls_err draw_scalar(const struct ratls_env *env, struct rt_key *key)
{
    const uint8_t top = (uint8_t)(0xff >> (8 * key->curve->size - key->curve->bits));

    for (int i = 0; i < SCALAR_TRIES; i++) {
        if (env->random(env->arg, key->secret->scalar, key->curve->size) != 0)
            return RATLS_E_RANDOM;
        key->secret->scalar[0] &= top;
        if (rt_in_range(key->secret->scalar, key->curve->order, key->curve->size))
            return RATLS_OK;
    }
    return RATLS_E_RANDOM;
}

enum ratls_err rt_key_generate(const struct ratls_env *env, enum rt_curve curve,
                               struct rt_key **out)
{
    const struct rt_curve_row *row = rt_curve_row(curve);

    *out = NULL;
    if (!row)
        return RATLS_E_UNSUPPORTED;
    struct rt_key *key = new_key(row);
    if (!key)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = draw_scalar(env, key);
    if (e) {
        rt_key_free(key);
        return e;
    }
    return finish(env, key, out);
}

enum ratls_err rt_key_of_scalar(const struct ratls_env *env, const struct rt_curve_row *curve,
                                struct ratls_bytes scalar, struct rt_key **out)
{
    *out = NULL;
    if (scalar.len != curve->size || !rt_in_range(scalar.p, curve->order, curve->size))
        return RATLS_E_CERT_KEY;
    struct rt_key *key = new_key(curve);
    if (!key)
        return RATLS_E_NO_MEMORY;
    memcpy(key->secret->scalar, scalar.p, scalar.len);
    return finish(env, key, out);
}

enum ratls_err rt_key_export(const struct rt_key *key, struct ratls_buffer *out)
{
    const size_t size = key->curve->size;
    uint8_t bits[1 + RT_POINT_MAX] = {0x04};
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    if (is_lost(key))
        return RATLS_E_STATE;
    memcpy(bits + 1, key->point, 2 * size);
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE);
    rt_der_put_uint(&w, 1);
    rt_der_put(&w, RT_DER_OCTET_STRING, ratls_bytes(key->secret->scalar, size));
    size_t parameters = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 0);
    rt_der_put_oid(&w, key->curve->oid());
    rt_der_end(&w, parameters);
    size_t public_key = rt_der_begin(&w, RT_DER_CONTEXT_CONSTRUCTED | 1);
    rt_der_put_bits(&w, ratls_bytes(bits, 1 + 2 * size));
    rt_der_end(&w, public_key);
    rt_der_end(&w, all);
    return rt_writer_take(&w, out);
}

void rt_key_free(struct rt_key *key)
{
    if (!key)
        return;
    (void)wc_ecc_free(&key->secret->ecc);
    rt_secret_free(key->secret, sizeof *key->secret);
    free(key);
}

enum rt_curve rt_key_curve(const struct rt_key *key)
{
    return key->curve->curve;
}

struct ratls_bytes rt_key_spki(const struct rt_key *key)
{
    return ratls_bytes(key->spki, key->spki_len);
}

struct ratls_bytes rt_key_point(const struct rt_key *key)
{
    return ratls_bytes(key->point, 2 * key->curve->size);
}

/* ---- signing ---- */

/* Big endian, padded with zeros in front to `size` bytes. */
static bool put_number(mp_int *v, uint8_t *out, size_t size)
{
    int len = mp_unsigned_bin_size(v);

    if (len < 0 || (size_t)len > size)
        return false;
    memset(out, 0, size);
    return mp_to_unsigned_bin(v, out + size - len) == MP_OKAY;
}

static enum ratls_err sign_digest(const struct ratls_env *env, struct rt_key *key,
                                  struct ratls_bytes digest, uint8_t *sig)
{
    const size_t size = key->curve->size;
    mp_int r, s;
    WC_RNG rng;

    if (rt_offload_sign(key->curve->bits, key->secret->scalar, digest, sig) == RT_OFFLOAD_DONE)
        return RATLS_OK;
    enum ratls_err e = open_rng(env, &rng);
    if (e)
        return e;
    if (mp_init_multi(&r, &s, NULL, NULL, NULL, NULL) != MP_OKAY) {
        (void)wc_FreeRng(&rng);
        return RATLS_E_CRYPTO;
    }
    rt_crypto_enter();
    if (wc_ecc_sign_hash_ex(digest.p, (word32)digest.len, &rng, &key->secret->ecc, &r, &s) != 0 ||
        !put_number(&r, sig, size) || !put_number(&s, sig + size, size))
        e = RATLS_E_CRYPTO;
    mp_clear(&r);
    mp_clear(&s);
    (void)wc_FreeRng(&rng);
    return e;
}

enum ratls_err rt_sign_raw(const struct ratls_env *env, struct rt_key *key, struct ratls_bytes msg,
                           uint8_t *sig, size_t sig_len)
{
    uint8_t digest[RT_SHA512_LEN];

    if (sig_len != 2 * key->curve->size)
        return RATLS_E_USAGE;
    if (is_lost(key))
        return RATLS_E_STATE;
    enum ratls_err e = rt_hash(key->curve->hash, msg, digest);
    if (e)
        return e;
    return sign_digest(env, key, ratls_bytes(digest, rt_hash_len(key->curve->hash)), sig);
}

enum ratls_err rt_sign_der(const struct ratls_env *env, struct rt_key *key, struct ratls_bytes msg,
                           struct ratls_buffer *out)
{
    const size_t size = key->curve->size;
    uint8_t sig[RT_POINT_MAX];
    struct rt_writer w = {0};
    enum ratls_err e = rt_sign_raw(env, key, msg, sig, 2 * size);

    *out = (struct ratls_buffer){0};
    if (e)
        return e;
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE);
    rt_der_put_positive(&w, ratls_bytes(sig, size));
    rt_der_put_positive(&w, ratls_bytes(sig + size, size));
    rt_der_end(&w, all);
    return rt_writer_take(&w, out);
}

/* ---- agreement ---- */

static enum ratls_err multiply(struct rt_key *key, WC_RNG *rng, struct ratls_bytes point,
                               uint8_t *shared)
{
    const size_t size = key->curve->size;
    word32 len = (word32)size;
    ecc_key other;

    if (wc_ecc_init(&other) != 0)
        return RATLS_E_NO_MEMORY;
    int rc = wc_ecc_import_unsigned(&other, point.p, point.p + size, NULL, key->curve->wolf_id);
    if (rc == 0)
        rc = wc_ecc_set_rng(&key->secret->ecc, rng);
    if (rc == 0)
        rc = wc_ecc_shared_secret(&key->secret->ecc, &other, shared, &len);
    (void)wc_ecc_set_rng(&key->secret->ecc, NULL);
    wc_ecc_free(&other);
    return rc == 0 && len == size ? RATLS_OK : RATLS_E_CRYPTO;
}

enum ratls_err rt_key_agree(const struct ratls_env *env, struct rt_key *key,
                            struct ratls_bytes point, uint8_t *shared)
{
    WC_RNG rng;

    if (is_lost(key))
        return RATLS_E_STATE;
    if (point.len != 2 * key->curve->size)
        return RATLS_E_CERT_KEY;
    switch (rt_offload_agree(key->curve->bits, key->secret->scalar, point.p, shared)) {
    case RT_OFFLOAD_DONE:
        return RATLS_OK;
    case RT_OFFLOAD_BAD:
        return RATLS_E_CERT_KEY;
    case RT_OFFLOAD_NOT:
        break;
    }
    enum ratls_err e = rt_check_point(key->curve, point);
    if (!e)
        e = open_rng(env, &rng);
    if (e)
        return e;
    rt_crypto_enter();
    e = multiply(key, &rng, point, shared);
    (void)wc_FreeRng(&rng);
    return e;
}
