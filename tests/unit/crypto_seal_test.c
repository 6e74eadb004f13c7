/* AES-256-GCM, AES key wrap, ECDH and RSA-OAEP: published vectors, and whatever was changed. */
#include "crypto_seal.h"
#include "crypto_support.h"
#include "crypto_rsa.h"

/* RFC 7516 A.1.2, A.1.4, A.1.5, A.1.6: only the wrapping of its key is another than ours. */
#define CEK  "b1a1f480548fe1733fb403ff6b9ad4f68a076e5b702e22692f82cb2e7aea40fc"
#define IV   "e3c575fc02dbe944b4e14ddb"
#define AAD  "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ"
#define TEXT "The true sign of intelligence is not knowledge but imagination."
#define SEALED                                                                                     \
    "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A"
#define TAG "XFBoMYUZodetZdvTiFvSkQ"

static struct ratls_bytes sealed_vector(void)
{
    static uint8_t bytes[128];
    size_t text = sizeof bytes, tag = RT_GCM_TAG_LEN;

    cr_assert(rt_unbase64url(SEALED, strlen(SEALED), bytes, &text));
    cr_assert(rt_unbase64url(TAG, strlen(TAG), bytes + text, &tag));
    return ratls_bytes(bytes, text + tag);
}

Test(crypto_seal, seals_the_example_of_rfc_7516)
{
    const struct rt_gcm with = {.key = unhex(CEK).p, .iv = unhex(IV).p, .aad = BYTES(AAD)};
    uint8_t out[sizeof TEXT - 1 + RT_GCM_TAG_LEN];

    MUST(rt_gcm_seal(&with, BYTES(TEXT), out));
    cr_expect(ratls_bytes_equal(ratls_bytes(out, sizeof out), sealed_vector()));
}

Test(crypto_seal, opens_it_again)
{
    const struct rt_gcm with = {.key = unhex(CEK).p, .iv = unhex(IV).p, .aad = BYTES(AAD)};
    uint8_t out[sizeof TEXT - 1];

    MUST(rt_gcm_open(&with, sealed_vector(), out, RATLS_E_JWE));
    cr_expect(ratls_bytes_equal(ratls_bytes(out, sizeof out), BYTES(TEXT)));
}

Test(crypto_seal, opens_nothing_that_was_changed_in_any_byte)
{
    const struct rt_gcm with = {.key = unhex(CEK).p, .iv = unhex(IV).p, .aad = BYTES(AAD)};
    struct ratls_bytes all = sealed_vector();
    uint8_t out[sizeof TEXT - 1];

    for (size_t i = 0; i < all.len; i++) {
        ((uint8_t *)all.p)[i] ^= 1;
        memset(out, 0xaa, sizeof out);
        cr_expect_eq(rt_gcm_open(&with, all, out, RATLS_E_JWE), RATLS_E_JWE, "byte %zu", i);
        cr_expect(rt_all_zero(out, sizeof out), "nothing is given out");
        ((uint8_t *)all.p)[i] ^= 1;
    }
    for (size_t n = 0; n < RT_GCM_TAG_LEN; n++)
        cr_expect_eq(rt_gcm_open(&with, ratls_bytes(all.p, n), out, RATLS_E_JWE), RATLS_E_JWE);
}

Test(crypto_seal, opens_nothing_under_another_key_nonce_or_text)
{
    const struct rt_gcm right = {.key = unhex(CEK).p, .iv = unhex(IV).p, .aad = BYTES(AAD)};
    struct rt_gcm with[3] = {right, right, right};
    uint8_t out[sizeof TEXT - 1];

    with[0].key = unhex(ZEROS_32).p;
    with[1].iv = unhex(ZEROS_32).p;
    with[2].aad.len--;
    for (size_t i = 0; i < RT_COUNT(with); i++)
        cr_expect_eq(rt_gcm_open(&with[i], sealed_vector(), out, RATLS_E_SECRET_TAMPERED),
                     RATLS_E_SECRET_TAMPERED, "%zu", i);
}

/* RFC 3394 s.4.6. */
#define KEK     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"
#define WRAPPED "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"

Test(crypto_seal, wraps_the_example_of_rfc_3394)
{
    uint8_t wrapped[RT_AES_KEY_LEN + RT_AES_WRAP_MORE], plain[RT_AES_KEY_LEN];

    MUST(rt_aes_wrap(unhex(KEK).p, unhex(KEY), wrapped));
    cr_expect(ratls_bytes_equal(ratls_bytes(wrapped, sizeof wrapped), unhex(WRAPPED)));
    MUST(rt_aes_unwrap(unhex(KEK).p, ratls_bytes(wrapped, sizeof wrapped), plain, RATLS_E_JWE));
    cr_expect(ratls_bytes_equal(ratls_bytes(plain, sizeof plain), unhex(KEY)));
}

/* RFC 3394 s.4.3: 128 bits. */
Test(crypto_seal, wraps_a_shorter_key_and_no_other_length)
{
    const struct ratls_bytes kek = unhex(KEK), key = unhex("00112233445566778899aabbccddeeff");
    const struct ratls_bytes due = unhex("64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7");
    uint8_t wrapped[RT_AES_KEY_LEN + 8 + RT_AES_WRAP_MORE] = {0}, plain[RT_AES_KEY_LEN + 8] = {0};
    static const size_t bad[] = {0, 8, 15, 17, 40};

    MUST(rt_aes_wrap(kek.p, key, wrapped));
    cr_expect(ratls_bytes_equal(ratls_bytes(wrapped, due.len), due));
    MUST(rt_aes_unwrap(kek.p, due, plain, RATLS_E_JWE));
    cr_expect(ratls_bytes_equal(ratls_bytes(plain, key.len), key));
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        const size_t len = bad[i] + RT_AES_WRAP_MORE;
        cr_expect_eq(rt_aes_wrap(kek.p, ratls_bytes(plain, bad[i]), wrapped), RATLS_E_USAGE, "%zu",
                     bad[i]);
        cr_expect_eq(rt_aes_unwrap(kek.p, ratls_bytes(wrapped, len), plain, RATLS_E_JWE),
                     RATLS_E_JWE, "%zu", bad[i]);
    }
    cr_expect_eq(rt_aes_unwrap(kek.p, ratls_bytes(wrapped, 7), plain, RATLS_E_JWE), RATLS_E_JWE);
}

Test(crypto_seal, unwraps_nothing_that_was_changed)
{
    struct ratls_bytes wrapped = unhex(WRAPPED);
    uint8_t plain[RT_AES_KEY_LEN];

    for (size_t i = 0; i < wrapped.len; i++) {
        ((uint8_t *)wrapped.p)[i] ^= 0x80;
        cr_expect_eq(rt_aes_unwrap(unhex(KEK).p, wrapped, plain, RATLS_E_JWE), RATLS_E_JWE);
        cr_expect(rt_all_zero(plain, sizeof plain));
        ((uint8_t *)wrapped.p)[i] ^= 0x80;
    }
    cr_expect_eq(rt_aes_unwrap(unhex(KEY).p, wrapped, plain, RATLS_E_JWE), RATLS_E_JWE);
}

/* ---- agreement: on every curve both sides come to the same ---- */

static void agree_both_ways(enum rt_curve curve, size_t size)
{
    uint8_t a[66] = {0}, b[66] = {0};
    struct rt_key *one = NULL, *two = NULL;

    MUST(rt_key_generate(ratls_env_system(), curve, &one));
    MUST(rt_key_generate(ratls_env_system(), curve, &two));
    MUST(rt_key_agree(ratls_env_system(), one, rt_key_point(two), a));
    MUST(rt_key_agree(ratls_env_system(), two, rt_key_point(one), b));
    cr_expect_eq(memcmp(a, b, sizeof a), 0);
    cr_expect_not(rt_all_zero(a, size));
    cr_expect(rt_all_zero(a + size, sizeof a - size), "no byte more than the curve is wide");
    rt_key_free(one);
    rt_key_free(two);
}

Test(crypto_seal, agrees_on_every_curve)
{
    agree_both_ways(RT_P256, 32);
    agree_both_ways(RT_P384, 48);
    agree_both_ways(RT_P521, 66);
}

/* The point of P-256 with the X 0, and the same with the prime for it. */
#define Y_OF_0 "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4"
#define PRIME  "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"

static void agree_with_no_other_point(void)
{
    struct rt_key *key = NULL;
    uint8_t shared[66], point[64];

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    memcpy(point, rt_key_point(key).p, sizeof point);
    point[63] ^= 1;
    cr_expect_eq(rt_key_agree(ratls_env_system(), key, ratls_bytes(point, 64), shared),
                 RATLS_E_CERT_KEY);
    cr_expect_eq(rt_key_agree(ratls_env_system(), key, unhex(P384_POINT), shared), RATLS_E_CERT_KEY,
                 "of another curve");
    cr_expect_eq(rt_key_agree(ratls_env_system(), key, unhex(ZEROS_32 ZEROS_32), shared),
                 RATLS_E_CERT_KEY, "the zeros that some write for infinity");
    MUST(rt_key_agree(ratls_env_system(), key, unhex(ZEROS_32 Y_OF_0), shared));
    cr_expect_eq(rt_key_agree(ratls_env_system(), key, unhex(PRIME Y_OF_0), shared),
                 RATLS_E_CERT_KEY, "each point has one form");
    cr_expect_eq(rt_key_agree(ratls_env_system(), key, unhex(ZEROS_32 Y_OF_0 "00"), shared),
                 RATLS_E_CERT_KEY, "a byte more");
    rt_key_free(key);
}

Test(crypto_seal, agrees_with_no_point_that_is_not_on_the_curve)
{
    agree_with_no_other_point();
    rt_offload_switch(false);
    agree_with_no_other_point();
}

/* ---- OAEP ---- */

struct rsa_pair {
    struct rt_rsa_key *key;
    struct ratls_buffer der;
    struct rt_public_key public_key;
};

static struct rsa_pair new_pair(void)
{
    struct rsa_pair p = {0};

    MUST(rt_rsa_generate(ratls_env_system(), 2048, &p.key));
    MUST(rt_rsa_export(p.key, &p.der));
    MUST(rt_public_key_parse(rt_rsa_spki(p.key), &p.public_key, NULL));
    return p;
}

static void free_pair(struct rsa_pair *p)
{
    ratls_buffer_free(&p->der);
    rt_rsa_free(p->key);
}

Test(crypto_seal, opens_what_was_sealed_to_an_rsa_key_and_nothing_else)
{
    struct rsa_pair p = new_pair(), other = new_pair();
    struct ratls_buffer sealed = {0}, out = {0};

    MUST(rt_oaep_seal(ratls_env_system(), &p.public_key, BYTES("key"), &sealed));
    cr_assert_eq(sealed.len, 256);
    MUST(rt_oaep_open(ratls_env_system(), rt_bytes_of(&p.der), rt_bytes_of(&sealed), &out,
                      RATLS_E_JWE));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&out), BYTES("key")));
    ratls_buffer_free(&out);
    cr_expect_eq(rt_oaep_open(ratls_env_system(), rt_bytes_of(&other.der), rt_bytes_of(&sealed),
                              &out, RATLS_E_JWE),
                 RATLS_E_JWE, "of another key");
    sealed.p[100] ^= 1;
    cr_expect_eq(rt_oaep_open(ratls_env_system(), rt_bytes_of(&p.der), rt_bytes_of(&sealed), &out,
                              RATLS_E_JWE),
                 RATLS_E_JWE, "changed");
    cr_expect_eq(rt_oaep_open(ratls_env_system(), rt_bytes_of(&p.der),
                              ratls_bytes(sealed.p, sealed.len - 1), &out, RATLS_E_JWE),
                 RATLS_E_JWE, "cut off");
    cr_expect_eq(
        rt_oaep_open(ratls_env_system(), BYTES("no key"), rt_bytes_of(&sealed), &out, RATLS_E_JWE),
        RATLS_E_CERT_FORMAT);
    cr_expect_null(out.p);
    ratls_buffer_free(&sealed);
    free_pair(&p);
    free_pair(&other);
}
