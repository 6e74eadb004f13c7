/* RSA by libcrypto against wolfCrypt, under the same padding. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "crypto_rsa.h"
#include "crypto_support.h"

enum { MAX = 512, ROUNDS = 8 };

static int device;
static WC_RNG rng;

static void setup(void)
{
    device = rt_offload_device();
    if (device == INVALID_DEVID)
        cr_skip_test("a build without libcrypto");
    cr_assert_eq(wc_InitRng(&rng), 0);
}

TestSuite(offload_rsa, .init = setup, .timeout = 120);

/* The same key for both. */
struct pair {
    struct rt_rsa_key *key;
    RsaKey libcrypto, wolfcrypt;
    word32 len;
};

static void read_key(const struct pair *p, RsaKey *out, int by)
{
    struct ratls_buffer der;
    word32 at = 0;

    MUST(rt_rsa_export(p->key, &der));
    cr_assert_eq(wc_InitRsaKey_ex(out, NULL, by), 0);
    cr_assert_eq(wc_RsaPrivateKeyDecode(der.p, &at, out, (word32)der.len), 0);
    cr_assert_eq(wc_RsaSetRNG(out, &rng), 0);
    ratls_buffer_free(&der);
}

static void make(struct pair *p, unsigned bits)
{
    MUST(rt_rsa_generate(ratls_env_system(), bits, &p->key));
    read_key(p, &p->libcrypto, device);
    read_key(p, &p->wolfcrypt, INVALID_DEVID);
    p->len = bits / 8;
}

static void end(struct pair *p)
{
    cr_expect_eq(wc_FreeRsaKey(&p->libcrypto) | wc_FreeRsaKey(&p->wolfcrypt), 0);
    rt_rsa_free(p->key);
}

/* Numbers with leading zeros among them. */
static void draw_below_n(const struct pair *p, int round, uint8_t in[MAX])
{
    cr_assert_eq(wc_RNG_GenerateBlock(&rng, in, p->len), 0);
    in[0] = 0;
    memset(in, 0, (size_t)round * p->len / ROUNDS);
}

static int power(RsaKey *key, int type, uint8_t *in, word32 len, uint8_t out[MAX])
{
    word32 room = MAX;

    return wc_RsaDirect(in, len, out, &room, key, type, &rng);
}

static void compare(struct pair *p)
{
    static const int types[] = {RSA_PUBLIC_ENCRYPT, RSA_PUBLIC_DECRYPT, RSA_PRIVATE_ENCRYPT,
                                RSA_PRIVATE_DECRYPT};
    uint8_t in[MAX], a[MAX], b[MAX];

    for (int round = 0; round < ROUNDS; round++) {
        draw_below_n(p, round, in);
        for (size_t i = 0; i < RT_COUNT(types); i++) {
            cr_assert_eq(power(&p->libcrypto, types[i], in, p->len, a), (int)p->len);
            cr_assert_eq(power(&p->wolfcrypt, types[i], in, p->len, b), (int)p->len);
            cr_expect_arr_eq(a, b, p->len, "round %d, type %d", round, types[i]);
        }
    }
}

Test(offload_rsa, powers_are_the_same)
{
    static const unsigned sizes[] = {2048, 3072};
    struct pair p;

    for (size_t i = 0; i < RT_COUNT(sizes); i++) {
        make(&p, sizes[i]);
        compare(&p);
        end(&p);
    }
}

/* Not below the modulus: libcrypto refuses, and wolfCrypt has its way. */
Test(offload_rsa, numbers_out_of_range)
{
    uint8_t in[MAX], a[MAX], b[MAX];
    struct pair p;

    make(&p, 2048);
    memset(in, 0xff, sizeof in);
    for (int type = RSA_PUBLIC_ENCRYPT; type <= RSA_PRIVATE_DECRYPT; type++) {
        const int rc = power(&p.libcrypto, type, in, p.len, a);
        cr_expect_eq(rc, power(&p.wolfcrypt, type, in, p.len, b), "type %d", type);
        if (rc > 0)
            cr_expect_arr_eq(a, b, (size_t)rc, "type %d", type);
    }
    end(&p);
}

static void read_public(RsaKey *out, int by, struct ratls_bytes n, struct ratls_bytes e)
{
    cr_assert_eq(wc_InitRsaKey_ex(out, NULL, by), 0);
    cr_assert_eq(wc_RsaPublicKeyDecodeRaw(n.p, (word32)n.len, e.p, (word32)e.len, out), 0);
}

/* Whoever sends a certificate chooses these. What libcrypto does not take wolfCrypt judges. */
Test(offload_rsa, keys_of_strangers)
{
    static const struct {
        size_t len;
        uint8_t last; /* of the modulus */
        const char *e;
    } rows[] = {
        {256, 0x01, "03"},
        {256, 0x02, "010001"}, /* even */
        {256, 0x01, "02"},
        {256, 0x01, "01"},
        {512, 0x01, "010000000000000001"}, /* longer than 64 bits */
        {512, 0x01, P256_ORDER},
    };
    uint8_t n[MAX], in[MAX], a[MAX], b[MAX];
    RsaKey libcrypto, wolfcrypt;

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const word32 len = (word32)rows[i].len;
        cr_assert_eq(wc_RNG_GenerateBlock(&rng, n, len), 0);
        cr_assert_eq(wc_RNG_GenerateBlock(&rng, in, len), 0);
        n[0] = 0x80;
        in[0] = 0x7f;
        n[len - 1] = rows[i].last;
        read_public(&libcrypto, device, ratls_bytes(n, len), unhex(rows[i].e));
        read_public(&wolfcrypt, INVALID_DEVID, ratls_bytes(n, len), unhex(rows[i].e));
        const int x = power(&libcrypto, RSA_PUBLIC_DECRYPT, in, len, a);
        cr_expect_eq(x, power(&wolfcrypt, RSA_PUBLIC_DECRYPT, in, len, b), "row %zu", i);
        if (x > 0)
            cr_expect_arr_eq(a, b, (size_t)x, "row %zu", i);
        cr_expect_eq(wc_FreeRsaKey(&libcrypto) | wc_FreeRsaKey(&wolfcrypt), 0);
    }
}

/* A signature by one wrong half would tell the factors (Boneh, DeMillo, Lipton). */
Test(offload_rsa, a_bent_private_key_tells_nothing)
{
    uint8_t in[MAX], right[MAX], out[MAX];
    struct pair p;

    make(&p, 2048);
    draw_below_n(&p, 1, in);
    cr_assert_gt(power(&p.wolfcrypt, RSA_PRIVATE_ENCRYPT, in, p.len, right), 0);
    cr_assert_eq(mp_add_d(&p.libcrypto.dP, 2, &p.libcrypto.dP), MP_OKAY);
    cr_expect_gt(power(&p.libcrypto, RSA_PRIVATE_ENCRYPT, in, p.len, out), 0);
    cr_expect_arr_eq(out, right, p.len);
    end(&p);
}

static enum ratls_err verify(const struct rt_rsa_key *key, enum rt_sig_alg alg, const char *msg,
                             const struct ratls_buffer *sig)
{
    struct rt_public_key public;

    MUST(rt_public_key_parse(rt_rsa_spki(key), &public, NULL));
    return rt_verify_spki(&public, alg, ratls_bytes(msg, strlen(msg)), rt_bytes_of(sig), NULL);
}

static void sign(struct rt_rsa_key *key, enum rt_sig_alg alg, struct ratls_buffer *sig)
{
    if (alg == RT_SIG_RSA_SHA256)
        MUST(rt_rsa_sign_pkcs1(ratls_env_system(), key, BYTES("message"), sig));
    else
        MUST(rt_rsa_sign_pss(ratls_env_system(), key, RT_SHA384, BYTES("message"), sig));
}

/* Keys that were opened by one go on when it is switched off, and verify what the other made. */
Test(offload_rsa, signatures_there_and_back)
{
    static const enum rt_sig_alg algs[] = {RT_SIG_RSA_SHA256, RT_SIG_RSAPSS_SHA384};
    struct rt_rsa_key *key;
    struct ratls_buffer sig;

    MUST(rt_rsa_generate(ratls_env_system(), 2048, &key));
    for (int i = 0; i < 8; i++) {
        const enum rt_sig_alg alg = algs[i & 1];
        rt_offload_switch(i & 2);
        sign(key, alg, &sig);
        rt_offload_switch(i & 4);
        cr_expect_eq(verify(key, alg, "message", &sig), RATLS_OK, "%d", i);
        cr_expect_eq(verify(key, alg, "Message", &sig), RATLS_E_CERT_SIGNATURE, "%d", i);
        sig.p[sig.len - 1] ^= 1;
        cr_expect_eq(verify(key, alg, "message", &sig), RATLS_E_CERT_SIGNATURE, "%d", i);
        ratls_buffer_free(&sig);
    }
    rt_offload_switch(true);
    rt_rsa_free(key);
}
