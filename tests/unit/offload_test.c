/* libcrypto against wolfCrypt: what one makes the other takes, and what one refuses both refuse. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/cryptocb.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/kdf.h>
#include <wolfssl/wolfcrypt/sha.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>
#include <wolfssl/wolfcrypt/wc_port.h>

#include "crypto_support.h"
#include "tls_impl.h"

enum { PIECES = 400, ROUNDS = 40, TEXT = 20000 };

static int device;
static WC_RNG rng;

static void setup(void)
{
    cr_assert_eq(wolfCrypt_Init(), 0); /* forgets devices: they come after it */
    cr_assert_eq(wc_InitRng(&rng), 0);
    device = rt_offload_device();
    if (device == INVALID_DEVID)
        cr_skip_test("a build without libcrypto");
}

TestSuite(offload, .init = setup, .timeout = 120);

static uint32_t draw(uint32_t below)
{
    uint32_t v;

    cr_assert_eq(wc_RNG_GenerateBlock(&rng, (uint8_t *)&v, sizeof v), 0);
    return v % below;
}

static void fill(uint8_t *out, size_t len)
{
    cr_assert_eq(wc_RNG_GenerateBlock(&rng, out, (word32)len), 0);
}

/* ---- hashes ---- */

/* Pieces of every size around a block, copies on the way, the end asked for twice. */
Test(offload, hashes_in_pieces)
{
    static uint8_t text[TEXT];
    wc_Sha256 a, b;
    wc_Sha384 c, d;
    wc_Sha e, f;
    uint8_t x[64], y[64];

    fill(text, sizeof text);
    for (int round = 0; round < ROUNDS; round++) {
        cr_assert_eq(wc_InitSha_ex(&e, NULL, device) | wc_InitSha(&f), 0);
        cr_assert_eq(wc_InitSha256_ex(&a, NULL, device) | wc_InitSha384_ex(&c, NULL, device), 0);
        cr_assert_eq(wc_InitSha256(&b) | wc_InitSha384(&d), 0);
        for (size_t at = 0; at < TEXT;) {
            word32 n = draw(PIECES);
            if (n > TEXT - at)
                n = (word32)(TEXT - at);
            cr_assert_eq(wc_Sha256Update(&a, text + at, n) | wc_Sha256Update(&b, text + at, n), 0);
            cr_assert_eq(wc_Sha384Update(&c, text + at, n) | wc_Sha384Update(&d, text + at, n), 0);
            cr_assert_eq(wc_ShaUpdate(&e, text + at, n) | wc_ShaUpdate(&f, text + at, n), 0);
            at += n;
        }
        cr_assert_eq(wc_Sha256GetHash(&a, x) | wc_Sha256GetHash(&b, y), 0);
        cr_expect_arr_eq(x, y, 32);
        cr_assert_eq(wc_Sha256Final(&a, x) | wc_Sha256Final(&b, y), 0);
        cr_expect_arr_eq(x, y, 32);
        cr_assert_eq(wc_Sha384Final(&c, x) | wc_Sha384Final(&d, y), 0);
        cr_expect_arr_eq(x, y, 48);
        cr_assert_eq(wc_ShaGetHash(&e, x) | wc_ShaGetHash(&f, y), 0);
        cr_expect_arr_eq(x, y, 20);
        cr_assert_eq(wc_ShaFinal(&e, x) | wc_ShaFinal(&f, y), 0);
        cr_expect_arr_eq(x, y, 20);
    }
}

/* 2^32 bytes and a few: the length has a second word. */
Test(offload, hashes_of_more_than_four_gigabytes_keep_count)
{
    static uint8_t zeros[1 << 16];
    wc_Sha256 h;
    uint8_t digest[32];

    cr_assert_eq(wc_InitSha256_ex(&h, NULL, device), 0);
    h.loLen = UINT32_MAX - 63; /* as after so many bytes */
    cr_assert_eq(wc_Sha256Update(&h, zeros, sizeof zeros), 0);
    cr_expect_eq(h.hiLen, 1);
    cr_expect_eq(h.loLen, sizeof zeros - 64);
    cr_assert_eq(wc_Sha256Final(&h, digest), 0);
}

Test(offload, hashes_at_once)
{
    static const enum rt_hash all[] = {RT_SHA256, RT_SHA384, RT_SHA512};
    uint8_t text[300], x[64], y[64];

    fill(text, sizeof text);
    for (size_t h = 0; h < RT_COUNT(all); h++)
        for (size_t len = 0; len <= sizeof text; len++) {
            MUST(rt_hash(all[h], ratls_bytes(text, len), x));
            rt_offload_switch(false);
            MUST(rt_hash(all[h], ratls_bytes(text, len), y));
            rt_offload_switch(true);
            cr_expect_arr_eq(x, y, rt_hash_len(all[h]));
        }
}

/* ---- HMAC and the key schedule of TLS 1.3 ---- */

static const struct {
    unsigned bits;
    int wolfcrypt;
    size_t block;
} macs[] = {{256, WC_SHA256, 64}, {384, WC_SHA384, 128}};

static void hmac_of_wolfcrypt(int type, const uint8_t *key, size_t key_len, struct ratls_bytes in,
                              uint8_t *out)
{
    Hmac h;

    cr_assert_eq(wc_HmacInit(&h, NULL, INVALID_DEVID), 0);
    cr_assert_eq(wc_HmacSetKey(&h, type, key, (word32)key_len), 0);
    cr_assert_eq(wc_HmacUpdate(&h, in.p, (word32)in.len) | wc_HmacFinal(&h, out), 0);
    wc_HmacFree(&h);
}

Test(offload, hmac_with_keys_of_every_length)
{
    uint8_t key[129], text[300], x[64], y[64];

    fill(key, sizeof key);
    fill(text, sizeof text);
    for (size_t m = 0; m < RT_COUNT(macs); m++) {
        const size_t len = macs[m].bits / 8;
        for (size_t n = 0; n <= macs[m].block; n++) {
            const struct ratls_bytes in = ratls_bytes(text, draw(sizeof text + 1));
            hmac_of_wolfcrypt(macs[m].wolfcrypt, key, n, in, y);
            cr_expect_eq(rt_offload_hmac(macs[m].bits, ratls_bytes(key, n), in, x),
                         RT_OFFLOAD_DONE);
            cr_expect_arr_eq(x, y, len, "key of %zu bytes", n);
            memcpy(x, key, n < len ? n : len); /* in the place of its key */
            if (n <= len)
                cr_expect_eq(rt_offload_hmac(macs[m].bits, ratls_bytes(x, n), in, x),
                             RT_OFFLOAD_DONE);
            cr_expect(n > len || memcmp(x, y, len) == 0);
        }
        cr_expect_eq(
            rt_offload_hmac(macs[m].bits, ratls_bytes(key, macs[m].block + 1), BYTES("x"), x),
            RT_OFFLOAD_NOT);
    }
    cr_expect_eq(rt_offload_hmac(512, ratls_bytes(key, 1), BYTES("x"), x), RT_OFFLOAD_NOT);
    rt_offload_switch(false);
    cr_expect_eq(rt_offload_hmac(256, ratls_bytes(key, 1), BYTES("x"), x), RT_OFFLOAD_NOT);
}

static void same_label(size_t m, const uint8_t *secret, const struct rt_tls_label *l, size_t len)
{
    uint8_t x[49] = {0}, y[49] = {0};

    cr_assert_eq(wc_Tls13_HKDF_Expand_Label(y, (word32)len, secret, macs[m].bits / 8, l->protocol.p,
                                            (word32)l->protocol.len, l->label.p,
                                            (word32)l->label.len, l->context.p,
                                            (word32)l->context.len, macs[m].wolfcrypt),
                 0);
    cr_expect(
        rt_tls_expand_label(macs[m].wolfcrypt, ratls_bytes(secret, macs[m].bits / 8), l, x, len));
    cr_expect_arr_eq(x, y, sizeof x, "%zu bytes", len);
}

Test(offload, labels_of_the_key_schedule)
{
    uint8_t secret[48], context[48], out[64];
    struct rt_tls_label l = {BYTES("tls13 "), BYTES("c hs traffic"), ratls_bytes(context, 0)};

    fill(secret, sizeof secret);
    fill(context, sizeof context);
    for (size_t m = 0; m < RT_COUNT(macs); m++)
        for (size_t len = 1; len <= macs[m].bits / 8; len++) {
            l.context.len = draw(sizeof context + 1);
            l.label = len & 1 ? BYTES("") : BYTES("c hs traffic");
            same_label(m, secret, &l, len);
        }
    /* more than one block, a part that no length can tell, another hash */
    cr_expect_not(rt_tls_expand_label(WC_SHA256, ratls_bytes(secret, 32), &l, out, 33));
    cr_expect_not(rt_tls_expand_label(WC_SHA384, ratls_bytes(secret, 48), &l, out, 49));
    cr_expect_not(rt_tls_expand_label(WC_SHA512, ratls_bytes(secret, 48), &l, out, 32));
}

Test(offload, labels_that_are_too_long_are_left_alone)
{
    static uint8_t text[256];
    uint8_t out[32];
    const struct ratls_bytes secret = ratls_bytes(text, 32), all = ratls_bytes(text, sizeof text),
                             none = ratls_bytes(text, 0), most = ratls_bytes(text, 255),
                             one = ratls_bytes(text, 1);
    const struct {
        struct rt_tls_label l;
        bool good;
    } rows[] = {{{most, none, most}, true}, {{none, most, none}, true}, {{all, none, none}, false},
                {{none, all, none}, false}, {{most, one, none}, false}, {{none, none, all}, false},
                {{one, most, none}, false}};

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(rt_tls_expand_label(WC_SHA256, secret, &rows[i].l, out, sizeof out),
                     rows[i].good, "row %zu", i);
}

/* ---- curves ---- */

static const struct {
    unsigned bits;
    size_t size;
    enum rt_curve curve;
    enum rt_hash hash;
} curves[] = {{256, 32, RT_P256, RT_SHA256}, {521, 66, RT_P521, RT_SHA512}};

/* Answers of both, which must be one. */
static enum ratls_err verify(size_t c, struct ratls_bytes point, const uint8_t *sig)
{
    struct ratls_bytes s = ratls_bytes(sig, 2 * curves[c].size);
    enum ratls_err a = rt_verify_raw(curves[c].curve, point, curves[c].hash, BYTES("text"), s);

    rt_offload_switch(false);
    enum ratls_err b = rt_verify_raw(curves[c].curve, point, curves[c].hash, BYTES("text"), s);
    rt_offload_switch(true);
    cr_expect_eq(a, b, "P-%u: %s, %s", curves[c].bits, ratls_err_reason(a), ratls_err_reason(b));
    return a;
}

Test(offload, signatures_of_one_are_good_for_the_other)
{
    uint8_t sig[132];

    for (size_t c = 0; c < RT_COUNT(curves); c++)
        for (int i = 0; i < ROUNDS; i++) {
            struct rt_key *key = NULL;
            rt_offload_switch(i & 1);
            MUST(rt_key_generate(ratls_env_system(), curves[c].curve, &key));
            rt_offload_switch(i & 2);
            MUST(rt_sign_raw(ratls_env_system(), key, BYTES("text"), sig, 2 * curves[c].size));
            rt_offload_switch(true);
            cr_expect_eq(verify(c, rt_key_point(key), sig), RATLS_OK);
            sig[draw((uint32_t)(2 * curves[c].size))] ^= (uint8_t)(1 << draw(8));
            cr_expect_neq(verify(c, rt_key_point(key), sig), RATLS_OK);
            rt_key_free(key);
        }
}

/* r and s filled with a byte each, and their last bits changed. */
static void expect_no_signature(size_t c, const struct rt_key *key, uint8_t r, uint8_t s,
                                unsigned low)
{
    const size_t size = curves[c].size;
    uint8_t sig[132];

    memset(sig, r, size);
    memset(sig + size, s, size);
    sig[size - 1] ^= (uint8_t)(low & 1);
    sig[2 * size - 1] ^= (uint8_t)(low >> 1);
    cr_expect_eq(verify(c, rt_key_point(key), sig), RATLS_E_CERT_SIGNATURE);
    cr_expect_neq(
        rt_offload_verify(curves[c].bits, rt_key_point(key).p, BYTES("0123456789abcdef"), sig),
        RT_OFFLOAD_DONE);
}

/* After Wycheproof: numbers at the edges of their range, and r and s that a careless reader takes.
 */
Test(offload, edges_of_signatures)
{
    static const uint8_t fills[] = {0x00, 0xff, 0x80, 0x7f, 0x01};
    enum { N = RT_COUNT(fills) };

    for (size_t c = 0; c < RT_COUNT(curves); c++) {
        struct rt_key *key = NULL;
        MUST(rt_key_generate(ratls_env_system(), curves[c].curve, &key));
        for (unsigned i = 0; i < N * N * 4; i++)
            expect_no_signature(c, key, fills[i / (4 * N)], fills[i / 4 % N], i % 4);
        rt_key_free(key);
    }
}

Test(offload, points_off_the_curve)
{
    uint8_t point[132], sig[132] = {1};

    for (size_t c = 0; c < RT_COUNT(curves); c++) {
        struct rt_key *key = NULL;
        MUST(rt_key_generate(ratls_env_system(), curves[c].curve, &key));
        memcpy(point, rt_key_point(key).p, 2 * curves[c].size);
        cr_expect_eq(rt_offload_check_point(curves[c].bits, point), RT_OFFLOAD_DONE);
        point[2 * curves[c].size - 1] ^= 1;
        cr_expect_eq(rt_offload_check_point(curves[c].bits, point), RT_OFFLOAD_BAD);
        cr_expect_eq(rt_offload_verify(curves[c].bits, point, BYTES("x"), sig), RT_OFFLOAD_BAD);
        memset(point, 0, sizeof point);
        cr_expect_eq(rt_offload_check_point(curves[c].bits, point), RT_OFFLOAD_BAD);
        rt_key_free(key);
    }
    cr_expect_eq(rt_offload_check_point(384, point), RT_OFFLOAD_NOT);
}

/* wolfSSL's own way in: keys made by the device, agreement, and signatures in DER. */
static void through_the_device(int curve, int size)
{
    ecc_key a, b;
    uint8_t x[66], y[66], sig[160], digest[32];
    word32 x_len = sizeof x, y_len = sizeof y, len = sizeof sig;
    int good = 0;

    fill(digest, sizeof digest);
    cr_assert_eq(wc_ecc_init_ex(&a, NULL, device) | wc_ecc_init_ex(&b, NULL, INVALID_DEVID), 0);
    cr_assert_eq(wc_ecc_make_key_ex(&rng, size, &a, curve), 0);
    cr_assert_eq(wc_ecc_make_key_ex(&rng, size, &b, curve), 0);
    cr_expect_eq(wc_ecc_check_key(&a), 0);
    cr_assert_eq(wc_ecc_set_rng(&a, &rng) | wc_ecc_set_rng(&b, &rng), 0);
    cr_assert_eq(wc_ecc_shared_secret(&a, &b, x, &x_len), 0);
    cr_assert_eq(wc_ecc_shared_secret(&b, &a, y, &y_len), 0);
    cr_expect(x_len == (word32)size && y_len == (word32)size && memcmp(x, y, x_len) == 0);
    cr_assert_eq(wc_ecc_sign_hash(digest, sizeof digest, sig, &len, &rng, &a), 0);
    a.devId = INVALID_DEVID;
    cr_expect(wc_ecc_verify_hash(sig, len, digest, sizeof digest, &good, &a) == 0 && good == 1);
    a.devId = device;
    cr_expect(wc_ecc_verify_hash(sig, len, digest, sizeof digest, &good, &a) == 0 && good == 1);
    digest[0] ^= 1;
    cr_expect(wc_ecc_verify_hash(sig, len, digest, sizeof digest, &good, &a) == 0 && good == 0);
    sig[len - 1] ^= 1;
    digest[0] ^= 1;
    cr_expect(wc_ecc_verify_hash(sig, len, digest, sizeof digest, &good, &a) != 0 || good == 0);
    wc_ecc_free(&a);
    wc_ecc_free(&b);
}

Test(offload, keys_of_the_device)
{
    for (int i = 0; i < ROUNDS; i++) {
        through_the_device(ECC_SECP256R1, 32);
        through_the_device(ECC_SECP384R1, 48);
        through_the_device(ECC_SECP521R1, 66);
    }
}

Test(offload, x25519)
{
    curve25519_key a, b;
    uint8_t x[32], y[32];
    word32 x_len, y_len;

    for (int i = 0; i < ROUNDS; i++) {
        cr_assert_eq(wc_curve25519_init_ex(&a, NULL, device), 0);
        cr_assert_eq(wc_curve25519_init_ex(&b, NULL, INVALID_DEVID), 0);
        cr_assert_eq(wc_curve25519_make_key(&rng, 32, &a) | wc_curve25519_make_key(&rng, 32, &b),
                     0);
        x_len = sizeof x;
        y_len = sizeof y;
        cr_assert_eq(wc_curve25519_shared_secret_ex(&a, &b, x, &x_len, EC25519_LITTLE_ENDIAN), 0);
        cr_assert_eq(wc_curve25519_shared_secret_ex(&b, &a, y, &y_len, EC25519_LITTLE_ENDIAN), 0);
        cr_expect_arr_eq(x, y, 32);
        memset(b.p.point, 0, sizeof b.p.point); /* of small order: nothing but zeros comes out */
        x_len = sizeof x;
        cr_expect_neq(wc_curve25519_shared_secret_ex(&a, &b, x, &x_len, EC25519_LITTLE_ENDIAN), 0);
        wc_curve25519_free(&a);
        wc_curve25519_free(&b);
    }
}

/* ---- records ---- */

struct stream {
    Aes aes;
    uint8_t iv[12];
};

static void begin(struct stream *s, int of, const uint8_t *key, word32 len)
{
    cr_assert_eq(wc_AesInit(&s->aes, NULL, of), 0);
    cr_assert_eq(wc_AesGcmSetKey(&s->aes, key, len), 0);
}

/* From `a` to `b`, in place; then a changed tag, text or header is refused. */
static void send_record(struct stream *a, struct stream *b, word32 len)
{
    static uint8_t text[TEXT], wire[TEXT], again[TEXT];
    uint8_t aad[5] = "head", tag[16], iv[12];

    fill(text, len);
    fill(iv, sizeof iv);
    memcpy(wire, text, len);
    cr_assert_eq(wc_AesGcmEncrypt(&a->aes, wire, wire, len, iv, 12, tag, 16, aad, 5), 0);
    memcpy(again, wire, len);
    cr_assert_eq(wc_AesGcmDecrypt(&b->aes, again, again, len, iv, 12, tag, 16, aad, 5), 0);
    cr_expect_arr_eq(again, text, len);
    memcpy(again, wire, len);
    tag[draw(16)] ^= 1;
    cr_expect_eq(wc_AesGcmDecrypt(&b->aes, again, again, len, iv, 12, tag, 16, aad, 5),
                 AES_GCM_AUTH_E);
    if (len > 16 && b->aes.devId == device)
        cr_expect_arr_neq(again, text, len);
}

Test(offload, records_of_one_are_read_by_the_other)
{
    uint8_t key[32];
    struct stream a, b;

    for (int i = 0; i < ROUNDS; i++) {
        const word32 key_len = i & 1 ? 16 : 32;
        fill(key, sizeof key);
        begin(&a, i & 2 ? device : INVALID_DEVID, key, key_len);
        begin(&b, i & 2 ? INVALID_DEVID : device, key, key_len);
        send_record(&a, &b, 0);
        for (int k = 0; k < 8; k++)
            send_record(&a, &b, draw(TEXT));
        wc_AesFree(&a.aes);
        wc_AesFree(&b.aes);
    }
}

/* Many streams take the place of each other, and of what stood at their address before. */
Test(offload, records_of_many_streams_never_take_the_key_of_another)
{
    static struct stream a[100], b[100];
    uint8_t key[32];

    for (int i = 0; i < 1000; i++) {
        const uint32_t s = draw(100);
        if (i < 100 || draw(3) == 0) {
            const uint32_t of = i < 100 ? (uint32_t)i : s;
            fill(key, sizeof key);
            begin(&a[of], device, key, draw(2) ? 16 : 32); /* a KeyUpdate is no more than this */
            begin(&b[of], INVALID_DEVID, key, (word32)a[of].aes.keylen);
        }
        if (i >= 100) {
            const bool back = draw(2);
            send_record(back ? &b[s] : &a[s], back ? &a[s] : &b[s], draw(200));
        }
        if (draw(50) == 0)
            rt_offload_forget();
    }
}

Test(offload, off_is_off)
{
    uint8_t key[16] = {1}, tag[16], iv[12] = {0}, out[16];
    struct stream s;

    begin(&s, device, key, sizeof key);
    rt_offload_switch(false);
    cr_expect_eq(rt_offload_device(), INVALID_DEVID);
    cr_expect_not(rt_offload_is_on());
    cr_expect_eq(rt_offload_hash(256, BYTES("x"), out), RT_OFFLOAD_NOT);
    cr_expect_eq(rt_offload_check_point(256, key), RT_OFFLOAD_NOT);
    /* who has the device already goes on, by wolfCrypt */
    cr_expect_eq(wc_AesGcmEncrypt(&s.aes, out, key, 16, iv, 12, tag, 16, NULL, 0), 0);
    wc_AesFree(&s.aes);
}
