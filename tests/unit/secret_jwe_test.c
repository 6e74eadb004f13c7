/* JWE: published numbers, our own both ways, and whatever else is refused. */
#include "crypto_rsa.h"
#include "crypto_support.h"
#include "jwe.h"
#include "ratls/secrets.h"

#define CANARY "canary-7f3a-never-in-clear"

/* RFC 7518 appendix C: Alice's ephemeral key and Bob's; what they agree on. */
#define ALICE_D "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"
#define BOB_X   "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"
#define BOB_Y   "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"
#define BOB_D   "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"
#define ALICE_X "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"
#define ALICE_Y "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"
#define Z       "9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4"
#define DERIVED "VqqN6vgjbSBcIijNcacQGg"

static struct ratls_bytes unbase64url(const char *text, uint8_t *out, size_t len)
{
    cr_assert(rt_unbase64url(text, strlen(text), out, &len), "%s", text);
    return ratls_bytes(out, len);
}

/* RFC 5915, without the public half. */
static struct rt_key *key_of_scalar(const char *d)
{
    static const char head[] = "303102010104200000000000000000000000000000000000000000000000000000"
                               "000000000000a00a06082a8648ce3d030107";
    uint8_t *der = (uint8_t *)unhex(head).p;
    struct rt_key *key = NULL;

    (void)unbase64url(d, der + 7, 32);
    MUST(rt_key_import(ratls_bytes(der, 51), &key, NULL));
    return key;
}

static void agree(const char *d, const char *x, const char *y)
{
    uint8_t point[64], shared[32];
    struct rt_key *key = key_of_scalar(d);

    (void)unbase64url(x, point, 32);
    (void)unbase64url(y, point + 32, 32);
    MUST(rt_key_agree(ratls_env_system(), key, ratls_bytes(point, 64), shared));
    cr_expect(ratls_bytes_equal(ratls_bytes(shared, 32), unhex(Z)));
    rt_key_free(key);
}

Test(jwe, agrees_on_what_rfc_7518_says)
{
    agree(ALICE_D, BOB_X, BOB_Y);
    agree(BOB_D, ALICE_X, ALICE_Y);
}

Test(jwe, derives_what_rfc_7518_says)
{
    const struct rt_kdf kdf = {
        .secret = unhex(Z), .alg = "A128GCM", .apu = BYTES("Alice"), .apv = BYTES("Bob")};
    uint8_t out[33];
    char text[64];

    MUST(rt_concat_kdf(&kdf, out, 16));
    rt_base64url(ratls_bytes(out, 16), text);
    cr_expect_str_eq(text, DERIVED);
    cr_expect_eq(rt_concat_kdf(&kdf, out, 33), RATLS_E_LIMIT, "there is one round");
}

/* ---- our own, both ways ---- */

struct pair {
    struct ratls_buffer private_key, spki;
};

static struct pair ec_pair(enum rt_curve curve)
{
    struct rt_key *key = NULL;
    struct pair p;

    MUST(rt_key_generate(ratls_env_system(), curve, &key));
    MUST(rt_key_export(key, &p.private_key));
    MUST(rt_dup(rt_key_spki(key), &p.spki));
    rt_key_free(key);
    return p;
}

static struct pair rsa_pair(unsigned bits)
{
    struct rt_rsa_key *key = NULL;
    struct pair p;

    MUST(rt_rsa_generate(ratls_env_system(), bits, &key));
    MUST(rt_rsa_export(key, &p.private_key));
    MUST(rt_dup(rt_rsa_spki(key), &p.spki));
    rt_rsa_free(key);
    return p;
}

static void free_pair(struct pair *p)
{
    ratls_buffer_free(&p->private_key);
    ratls_buffer_free(&p->spki);
}

static enum ratls_err make(struct ratls_bytes value, struct ratls_bytes recipient,
                           struct ratls_buffer *jwe)
{
    const struct ratls_jwe_key to = {.key = recipient};

    return ratls_secret_jwe(ratls_env_system(), value, &to, jwe, NULL);
}

static struct ratls_buffer made(struct ratls_bytes value, struct ratls_bytes recipient)
{
    struct ratls_buffer jwe;

    MUST(make(value, recipient, &jwe));
    cr_expect_eq(strlen((char *)jwe.p), jwe.len, "NUL behind it");
    return jwe;
}

static enum ratls_err open_with(struct ratls_bytes jwe, const struct pair *p,
                                struct ratls_bytes value)
{
    const struct ratls_jwe_key own = {.key = rt_bytes_of(&p->private_key)};
    struct ratls_secret_value *v = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_secret_jwe_open(ratls_env_system(), jwe, &own, &v, &err);

    cr_expect_eq(e == RATLS_OK, v != NULL);
    cr_expect_eq(err.code, e);
    if (v)
        cr_expect(ratls_bytes_equal(ratls_secret_value_bytes(v), value));
    ratls_secret_value_free(v);
    return e;
}

static void both_ways(struct pair p, struct ratls_bytes value)
{
    struct ratls_buffer a = made(value, rt_bytes_of(&p.spki)),
                        b = made(value, rt_bytes_of(&p.spki));

    cr_expect_eq(open_with(rt_bytes_of(&a), &p, value), RATLS_OK);
    cr_expect_str_neq((char *)a.p, (char *)b.p);
    cr_expect_null(strstr((char *)a.p, "canary"));
    ratls_buffer_free(&a);
    ratls_buffer_free(&b);
    free_pair(&p);
}

Test(jwe, opens_for_every_kind_of_key)
{
    both_ways(ec_pair(RT_P256), BYTES(CANARY));
    both_ways(ec_pair(RT_P384), BYTES(CANARY));
    both_ways(ec_pair(RT_P521), BYTES("x"));
    both_ways(rsa_pair(2048), BYTES(CANARY));
}

Test(jwe, holds_the_largest_value)
{
    static uint8_t value[RATLS_SECRET_VALUE_MAX + 1];
    struct pair p = ec_pair(RT_P256);
    struct ratls_buffer jwe;

    cr_expect_eq(make(ratls_bytes(value, sizeof value), rt_bytes_of(&p.spki), &jwe), RATLS_E_USAGE);
    cr_expect_eq(make(ratls_bytes(value, 0), rt_bytes_of(&p.spki), &jwe), RATLS_E_USAGE);
    free_pair(&p);
    both_ways(ec_pair(RT_P256), ratls_bytes(value, RATLS_SECRET_VALUE_MAX));
}

Test(jwe, is_for_one_key_alone)
{
    struct pair p = ec_pair(RT_P256), q = ec_pair(RT_P256), r = ec_pair(RT_P384);
    struct pair rsa = rsa_pair(2048), other = rsa_pair(2048);
    struct ratls_buffer jwe = made(BYTES(CANARY), rt_bytes_of(&p.spki));

    cr_expect_eq(open_with(rt_bytes_of(&jwe), &q, BYTES(CANARY)), RATLS_E_JWE);
    cr_expect_eq(open_with(rt_bytes_of(&jwe), &r, BYTES(CANARY)), RATLS_E_JWE, "another curve");
    cr_expect_eq(open_with(rt_bytes_of(&jwe), &rsa, BYTES(CANARY)), RATLS_E_CERT_KEY);
    ratls_buffer_free(&jwe);
    jwe = made(BYTES(CANARY), rt_bytes_of(&rsa.spki));
    cr_expect_eq(open_with(rt_bytes_of(&jwe), &other, BYTES(CANARY)), RATLS_E_JWE);
    cr_expect_eq(open_with(rt_bytes_of(&jwe), &p, BYTES(CANARY)), RATLS_E_CERT_FORMAT);
    ratls_buffer_free(&jwe);
    free_pair(&p);
    free_pair(&q);
    free_pair(&r);
    free_pair(&rsa);
    free_pair(&other);
}

/* No change of any character of any part goes unnoticed. */
Test(jwe, does_not_open_when_any_character_was_changed)
{
    struct pair p = ec_pair(RT_P256);
    struct ratls_buffer jwe = made(BYTES(CANARY), rt_bytes_of(&p.spki));

    for (size_t i = 0; i < jwe.len; i++) {
        const uint8_t was = jwe.p[i];
        jwe.p[i] = was == 'A' ? 'B' : 'A';
        enum ratls_err e = open_with(rt_bytes_of(&jwe), &p, BYTES(CANARY));
        cr_expect(e == RATLS_E_JWE || e == RATLS_E_JWE_FORMAT, "%zu: %s", i, ratls_err_reason(e));
        jwe.p[i] = was;
        e = open_with(ratls_bytes(jwe.p, i), &p, BYTES(CANARY));
        cr_expect(e == RATLS_E_JWE || e == RATLS_E_JWE_FORMAT, "cut off at %zu", i);
    }
    ratls_buffer_free(&jwe);
    free_pair(&p);
}

/* ---- recipients ---- */

#define JWK(kty, crv, x, y)                                                                        \
    "{\"kty\":\"" kty "\",\"crv\":\"" crv "\",\"x\":\"" x "\",\"y\":\"" y "\"}"

static enum ratls_err make_for(const char *recipient)
{
    const struct ratls_jwe_key to = {.key = ratls_bytes_str(recipient)};
    struct ratls_error err = {0};
    struct ratls_buffer jwe;
    enum ratls_err e = ratls_secret_jwe(ratls_env_system(), BYTES("x"), &to, &jwe, &err);

    cr_expect_eq(e == RATLS_OK, jwe.p != NULL);
    cr_expect_eq(err.code, e);
    ratls_buffer_free(&jwe);
    return e;
}

Test(jwe, is_made_for_a_jwk_or_pem_text)
{
    struct pair p = ec_pair(RT_P256), rsa = rsa_pair(2048);
    struct ratls_buffer pem;

    cr_expect_eq(make_for(JWK("EC", "P-256", BOB_X, BOB_Y)), RATLS_OK);
    MUST(rt_pem_write("PUBLIC KEY", rt_bytes_of(&p.spki), &pem));
    cr_expect_eq(make_for((char *)pem.p), RATLS_OK);
    ratls_buffer_free(&pem);
    MUST(rt_pem_write("PUBLIC KEY", rt_bytes_of(&rsa.spki), &pem));
    cr_expect_eq(make_for((char *)pem.p), RATLS_OK);
    ratls_buffer_free(&pem);
    free_pair(&p);
    free_pair(&rsa);
}

#define RSA_1023                                                                                   \
    "_____________________________________________________________________________________"        \
    "_____________________________________________________________________________________8"

Test(jwe, is_made_for_no_other_key)
{
    static const char *const bad[] = {
        "",
        "x",
        "{}",
        "[]",
        "{\"kty\":\"EC\"}",
        JWK("EC", "P-256", BOB_X, ALICE_Y),
        JWK("EC", "P-256", BOB_X, ""),
        JWK("EC", "P-256", BOB_X, "AA"),
        JWK("EC", "P-256", BOB_X "AA", BOB_Y),
        JWK("EC", "P-384", BOB_X, BOB_Y),
        JWK("EC", "secp256k1", BOB_X, BOB_Y),
        JWK("OKP", "Ed25519", BOB_X, BOB_Y),
        JWK("oct", "P-256", BOB_X, BOB_Y),
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" BOB_X "\",\"y\":\"" BOB_Y "\",\"d\":\"" BOB_D
        "\"}",
        "{\"kty\":\"EC\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" BOB_X "\",\"y\":\"" BOB_Y "\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"" RSA_1023 "\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"" RSA_1023 "\"}",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(make_for(bad[i]), RATLS_E_CERT_KEY, "%s", bad[i]);
}

Test(jwe, is_made_for_no_short_rsa_key)
{
    struct pair rsa = rsa_pair(1024);
    struct ratls_buffer jwe;

    cr_expect_eq(make(BYTES("x"), rt_bytes_of(&rsa.spki), &jwe), RATLS_E_CERT_KEY);
    free_pair(&rsa);
}

/* ---- headers and forms ---- */

#define EPK  "\"epk\":" JWK("EC", "P-256", ALICE_X, ALICE_Y)
#define ECDH "\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\","
#define REST ".AAAA.AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"

static enum ratls_err parse_text(const char *text)
{
    struct rt_jwe j;
    enum ratls_err e =
        rt_jwe_parse(ratls_bytes_str(text), rt_jwe_enc_of(RATLS_JWE_A256GCM), &j, NULL);

    rt_jwe_free(&j);
    return e;
}

static enum ratls_err parse_header(const char *header)
{
    char text[8192] = "";

    rt_base64url(ratls_bytes_str(header), text);
    (void)strncat(text, REST, sizeof text - strlen(text) - 1);
    return parse_text(text);
}

Test(jwe, has_a_header_that_names_what_is_known)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "7",
        "{" EPK "}",
        "{\"alg\":\"ECDH-ES+A128KW\",\"enc\":\"A256GCM\"," EPK "}",
        "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\"," EPK "}",
        "{\"alg\":\"RSA1_5\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"none\",\"enc\":\"A256GCM\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A128GCM\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"SGD_SM4_GCM\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256CBC-HS512\"}",
        "{\"alg\":\"RSA-OAEP-256\"}",
        "{\"enc\":\"A256GCM\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"crit\":[\"x\"]}",
        "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"crit\":null}",
        "{\"alg\":\"RSA-OAEP-256\",\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\"}",
        "{" ECDH "\"epk\":7}",
        "{" ECDH "\"epk\":" JWK("EC", "P-256", ALICE_X, BOB_Y) "}",
        "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\"}",
        "{" ECDH EPK ",\"apu\":7}",
        "{" ECDH EPK ",\"apv\":\"=\"}",
    };

    cr_assert_eq(parse_header("{" ECDH EPK "}"), RATLS_OK);
    cr_assert_eq(parse_header("{" ECDH EPK ",\"apu\":\"QWxpY2U\",\"apv\":\"Qm9i\",\"kid\":\"1\"}"),
                 RATLS_OK);
    cr_assert_eq(parse_header("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\"}"), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(parse_header(bad[i]), RATLS_E_JWE_FORMAT, "%s", bad[i]);
}

#define LONG_HEADER "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"x\":\"%0*d\"}"

Test(jwe, has_no_header_of_any_length)
{
    const int room = RT_JWE_HEADER_MAX - (int)strlen(LONG_HEADER) + (int)strlen("%0*d");
    char header[6000];

    (void)snprintf(header, sizeof header, LONG_HEADER, room, 0);
    cr_assert_eq(strlen(header), RT_JWE_HEADER_MAX);
    cr_expect_eq(parse_header(header), RATLS_OK);
    (void)snprintf(header, sizeof header, LONG_HEADER, room + 1, 0);
    cr_expect_eq(parse_header(header), RATLS_E_JWE_FORMAT);
}

#define HEADER "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIn0"
#define IV     "AAAAAAAAAAAAAAAA"
#define TAG    "AAAAAAAAAAAAAAAAAAAAAA"

Test(jwe, has_five_parts_of_their_lengths)
{
    static const char *const bad[] = {
        HEADER,
        HEADER ".AAAA",
        HEADER ".AAAA." IV ".AA",
        HEADER ".AAAA." IV ".AA." TAG ".",
        HEADER ".AAAA." IV ".AA." TAG ".AA",
        "." HEADER ".AAAA." IV ".AA." TAG,
        HEADER ".AAAA." IV "AA.AA." TAG,
        HEADER ".AAAA..AA." TAG,
        HEADER ".AAAA." IV ".AA." TAG "AA",
        HEADER ".AAAA." IV ".AA.",
        HEADER ".AAAA." IV ".." TAG,
        HEADER ".A." IV ".AA." TAG,
        HEADER ".AA==." IV ".AA." TAG,
        HEADER ".AAAA." IV ".A+." TAG,
        HEADER ".AAAA." IV ".AA." TAG "\n",
        " " HEADER ".AAAA." IV ".AA." TAG,
        HEADER ".AAAA." IV ".AB." TAG,
    };

    cr_assert_eq(parse_text(HEADER ".AAAA." IV ".AA." TAG), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(parse_text(bad[i]), RATLS_E_JWE_FORMAT, "%s", bad[i]);
}

static void append(char *text, struct ratls_bytes part)
{
    strcat(text, ".");
    rt_base64url(part, &text[strlen(text)]);
}

/* RSA-OAEP-256, as somebody else makes it: with so many bytes of `key` for the content key. */
static enum ratls_err open_sealed(const struct pair *p, const uint8_t key[33], size_t len)
{
    static const uint8_t iv[RT_GCM_IV_LEN];
    const struct rt_gcm with = {.key = key, .iv = iv, .aad = BYTES(HEADER)};
    struct rt_public_key to;
    struct ratls_buffer sealed = {0};
    uint8_t value[1 + RT_GCM_TAG_LEN];
    char text[1024] = HEADER;

    MUST(rt_public_key_parse(rt_bytes_of(&p->spki), &to, NULL));
    MUST(rt_oaep_seal(ratls_env_system(), &to, ratls_bytes(key, len), &sealed));
    MUST(rt_gcm_seal(&with, BYTES("x"), value));
    append(text, rt_bytes_of(&sealed));
    append(text, ratls_bytes(iv, sizeof iv));
    append(text, ratls_bytes(value, 1));
    append(text, ratls_bytes(&value[1], RT_GCM_TAG_LEN));
    ratls_buffer_free(&sealed);
    return open_with(ratls_bytes_str(text), p, BYTES("x"));
}

/* 31 bytes are no key that ends in zero, and of 33 none is left out. */
Test(jwe, has_a_content_key_of_its_length)
{
    static const uint8_t key[33] = {1, 2, 3};
    struct pair p = rsa_pair(2048);

    cr_expect_eq(open_sealed(&p, key, 32), RATLS_OK);
    cr_expect_eq(open_sealed(&p, key, 31), RATLS_E_JWE);
    cr_expect_eq(open_sealed(&p, key, 33), RATLS_E_JWE);
    free_pair(&p);
}

Test(jwe, has_a_length_that_is_looked_at_first)
{
    static char text[RATLS_JWE_MAX + 2];

    memset(text, 'A', RATLS_JWE_MAX + 1);
    cr_expect_eq(parse_text(text), RATLS_E_JWE_FORMAT);
}
