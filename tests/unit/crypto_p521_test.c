/* P-521: what differs from the other curves is that 7 bits of each number's first byte are free, so
 * that n and p can be added without leaving the 66 bytes. */
#include "crypto_support.h"
#include "der.h"

/* RFC 6979 A.2.7: scalar, point, and the signature over "sample" with SHA-512. */
#define SCALAR                                                                                     \
    "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75"                             \
    "caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b8"                             \
    "3538"
#define X                                                                                          \
    "01894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd"                             \
    "371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f50"                             \
    "23a4"
#define Y                                                                                          \
    "00493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a"                             \
    "28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfd"                             \
    "fcf5"
#define R_BODY                                                                                     \
    "c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f17"                             \
    "4e25a1ee9017b5d450606add152b534931d7d4e8455cc91f9b15bf05ec36e377"                             \
    "fa"
#define S_BODY                                                                                     \
    "617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af28"                             \
    "2623eaa63e5b5c0723d8b8c37ff0777b1a20f8ccb1dccc43997f1ee0e44da4a6"                             \
    "7a"
#define R "00" R_BODY
#define S "00" S_BODY
/* n - s, r + n, s + n, X + p, Y + p */
#define S_NEGATED                                                                                  \
    "019e8331830af9b7f93b9809872c4bf7f290e33af50d935df6be8cf7d7e49750"                             \
    "d7d42d9be14563d38f47a7133dc906922ab61abcfd06acd004153c50d63a4393"                             \
    "bd8f"
#define R_AND_N                                                                                    \
    "02c328fafcbd79dd77850370c46325d987cb525569fb63c5d3bc53950e6d4c5f"                             \
    "174877287613d6e56abbe036de5e225cef02138ab1fde6656749d12ebd0ac81b"                             \
    "dc03"
#define S_AND_N                                                                                    \
    "02617cce7cf5064806c467f678d3b4080d6f1cc50af26ca209417308281b68af"                             \
    "282075712dc21a8b9d8f5884c4c8e78120ea5cae966a66688b483a8e9802dedd"                             \
    "0a83"
#define X_AND_P                                                                                    \
    "03894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd"                             \
    "371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f50"                             \
    "23a3"
#define Y_AND_P                                                                                    \
    "02493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a"                             \
    "28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfd"                             \
    "fcf4"
#define ORDER                                                                                      \
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"                             \
    "fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e9138"                             \
    "6409"
#define FF_32 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define PRIME "01ff" FF_32 FF_32
#define ZERO  "0000" ZEROS_32 ZEROS_32

/* ---- signatures of tokens: r || s ---- */

/* T40. r + n and s + n leave the same number behind after reduction, and fit into the bytes. */
static const struct {
    const char *what, *point, *sig;
    enum ratls_err expected;
} raw[] = {
    {"good", X Y, R S, RATLS_OK},
    {"n - s, which verifies by nature", X Y, R S_NEGATED, RATLS_OK},
    {"r is 0", X Y, ZERO S, RATLS_E_CERT_SIGNATURE},
    {"s is 0", X Y, R ZERO, RATLS_E_CERT_SIGNATURE},
    {"both are 0", X Y, ZERO ZERO, RATLS_E_CERT_SIGNATURE},
    {"r is n", X Y, ORDER S, RATLS_E_CERT_SIGNATURE},
    {"s is n", X Y, R ORDER, RATLS_E_CERT_SIGNATURE},
    {"r is p", X Y, PRIME S, RATLS_E_CERT_SIGNATURE},
    {"r + n", X Y, R_AND_N S, RATLS_E_CERT_SIGNATURE},
    {"s + n", X Y, R S_AND_N, RATLS_E_CERT_SIGNATURE},
    {"r with a free bit set", X Y, "80" R_BODY S, RATLS_E_CERT_SIGNATURE},
    {"s with a free bit set", X Y, R "02" S_BODY, RATLS_E_CERT_SIGNATURE},
    {"all ones", X Y, "ffff" FF_32 FF_32 "ffff" FF_32 FF_32, RATLS_E_CERT_SIGNATURE},
    {"65 bytes each", X Y, R_BODY S_BODY, RATLS_E_CERT_SIGNATURE},
    {"one byte less", X Y, R S_BODY, RATLS_E_CERT_SIGNATURE},
    {"one byte more", X Y, R S "00", RATLS_E_CERT_SIGNATURE},
    {"64 bytes each, as on P-256 with SHA-512", X Y, ZEROS_32 ZEROS_32 ZEROS_32 ZEROS_32,
     RATLS_E_CERT_SIGNATURE},
    {"DER", X Y, "308187024200" R_BODY "0241" S_BODY, RATLS_E_CERT_SIGNATURE},
    {"nothing", X Y, "", RATLS_E_CERT_SIGNATURE},
    {"point 0", ZERO ZERO, R S, RATLS_E_CERT_SIGNATURE},
    {"no point", "", R S, RATLS_E_CERT_SIGNATURE},
    {"half a point", X, R S, RATLS_E_CERT_SIGNATURE},
    {"point with form byte", "04" X Y, R S, RATLS_E_CERT_SIGNATURE},
    {"coordinates exchanged", Y X, R S, RATLS_E_CERT_SIGNATURE},
    {"X + p", X_AND_P Y, R S, RATLS_E_CERT_SIGNATURE},
    {"Y + p", X Y_AND_P, R S, RATLS_E_CERT_SIGNATURE},
    {"X is p", PRIME Y, R S, RATLS_E_CERT_SIGNATURE},
    {"point of P-384", P384_POINT, R S, RATLS_E_CERT_SIGNATURE},
};

static struct ratls_bytes good_sig(void)
{
    return unhex(R S);
}

Test(p521_raw, accepts_rfc_6979_and_refuses_each_flaw)
{
    for (size_t i = 0; i < RT_COUNT(raw); i++)
        cr_expect_eq(rt_verify_raw(RT_P521, unhex(raw[i].point), RT_SHA512, BYTES("sample"),
                                   unhex(raw[i].sig)),
                     raw[i].expected, "%s", raw[i].what);
    cr_expect_eq(rt_verify_raw(RT_P521, unhex(X Y), RT_SHA512, BYTES("Sample"), good_sig()),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_verify_raw(RT_P521, unhex(X Y), RT_SHA384, BYTES("sample"), good_sig()),
                 RATLS_E_CERT_SIGNATURE);
}

Test(p521_raw, refuses_every_changed_byte)
{
    struct ratls_bytes sig = good_sig(), point = unhex(X Y);
    uint8_t bad[132];

    for (size_t at = 0; at < sizeof bad; at += 5) {
        memcpy(bad, sig.p, sizeof bad);
        bad[at] ^= 1;
        cr_expect_eq(
            rt_verify_raw(RT_P521, point, RT_SHA512, BYTES("sample"), ratls_bytes(bad, sizeof bad)),
            RATLS_E_CERT_SIGNATURE);
        memcpy(bad, point.p, sizeof bad);
        bad[at] ^= 1;
        cr_expect_eq(
            rt_verify_raw(RT_P521, ratls_bytes(bad, sizeof bad), RT_SHA512, BYTES("sample"), sig),
            RATLS_E_CERT_SIGNATURE);
    }
}

/* Neither curve takes the other's signature for its own. */
Test(p521_raw, is_no_curve_but_itself)
{
    struct rt_key *p521 = make_key(RT_P521), *p384 = make_key(RT_P384);
    uint8_t big[132], small[96];

    MUST(rt_sign_raw(ratls_env_system(), p521, BYTES("m"), big, sizeof big));
    MUST(rt_sign_raw(ratls_env_system(), p384, BYTES("m"), small, sizeof small));
    cr_expect_eq(rt_verify_raw(RT_P384, rt_key_point(p384), RT_SHA512, BYTES("m"),
                               ratls_bytes(big, sizeof big)),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_verify_raw(RT_P521, rt_key_point(p521), RT_SHA384, BYTES("m"),
                               ratls_bytes(small, sizeof small)),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_sign_raw(ratls_env_system(), p521, BYTES("m"), small, sizeof small),
                 RATLS_E_USAGE);
    rt_key_free(p521);
    rt_key_free(p384);
}

/* ---- signatures of certificates: DER ---- */

#define R_DER "024200" R_BODY
#define S_DER "0241" S_BODY

static const struct {
    const char *what, *sig;
    enum ratls_err expected;
} encodings[] = {
    {"good", "308187" R_DER S_DER, RATLS_OK},
    {"raw", R S, RATLS_E_CERT_SIGNATURE},
    {"length in two bytes", "30820087" R_DER S_DER, RATLS_E_CERT_SIGNATURE},
    {"trailing byte", "308187" R_DER S_DER "00", RATLS_E_CERT_SIGNATURE},
    {"trailing element", "308189" R_DER S_DER "0500", RATLS_E_CERT_SIGNATURE},
    {"r negative",
     "308186"
     "0241" R_BODY S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"s padded", "308188" R_DER "024200" S_BODY, RATLS_E_CERT_SIGNATURE},
    {"r is 0",
     "3046"
     "020100" S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"s is 0", "3047" R_DER "020100", RATLS_E_CERT_SIGNATURE},
    {"r is n",
     "308187"
     "0242" ORDER S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"s is n", "308188" R_DER "0242" ORDER, RATLS_E_CERT_SIGNATURE},
    {"r + n",
     "308187"
     "0242" R_AND_N S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"s + n", "308188" R_DER "0242" S_AND_N, RATLS_E_CERT_SIGNATURE},
    {"r of 67 bytes",
     "308188"
     "024301"
     "00" R_BODY S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"no s", "3044" R_DER, RATLS_E_CERT_SIGNATURE},
    {"nothing", "", RATLS_E_CERT_SIGNATURE},
};

static struct rt_public_key public_key(void)
{
    struct rt_public_key key;

    MUST(rt_public_key_of_point(RT_P521, unhex(X Y), &key, NULL));
    return key;
}

Test(p521_der, has_one_encoding)
{
    const struct rt_public_key key = public_key();

    for (size_t i = 0; i < RT_COUNT(encodings); i++)
        cr_expect_eq(rt_verify_spki(&key, RT_SIG_ECDSA_SHA512, BYTES("sample"),
                                    unhex(encodings[i].sig), NULL),
                     encodings[i].expected, "%s", encodings[i].what);
}

/* Other hashes go with the curve as with others, but not with this signature. */
Test(p521_der, belongs_to_its_algorithm)
{
    const struct rt_public_key key = public_key();

    for (int alg = RT_SIG_ECDSA_SHA256; alg <= RT_SIG_RSAPSS_SHA512 + 1; alg++)
        if (alg != RT_SIG_ECDSA_SHA512)
            cr_expect_eq(rt_verify_spki(&key, (enum rt_sig_alg)alg, BYTES("sample"),
                                        unhex(encodings[0].sig), NULL),
                         alg < RT_SIG_ECDSA_SHA512 ? RATLS_E_CERT_SIGNATURE : RATLS_E_CERT_KEY,
                         "%d", alg);
}

/* ---- against openssl ---- */

/* openssl writes SPKI and signature, one behind the other. */
Test(p521_openssl, signs_what_verifies, .timeout = 60)
{
    static const struct {
        const char *hash;
        enum rt_sig_alg alg;
    } rows[] = {{"sha256", RT_SIG_ECDSA_SHA256},
                {"sha384", RT_SIG_ECDSA_SHA384},
                {"sha512", RT_SIG_ECDSA_SHA512}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_public_key key;
        struct ratls_bytes spki;
        char command[256];
        snprintf(command, sizeof command,
                 "openssl ecparam -name secp521r1 -genkey -noout -out k && printf message > m && "
                 "openssl ec -in k -pubout -outform DER 2>/dev/null && openssl dgst -%s -sign k m",
                 rows[i].hash);
        struct ratls_buffer parts = shell(command);
        struct rt_reader r = rt_reader(rt_bytes_of(&parts));
        (void)rt_der_get(&r, RT_DER_SEQUENCE, &spki);
        MUST(rt_public_key_parse(spki, &key, NULL));
        const struct ratls_bytes sig = rt_rest(&r);
        cr_expect_eq(rt_verify_spki(&key, rows[i].alg, BYTES("message"), sig, NULL), RATLS_OK);
        cr_expect_eq(rt_verify_spki(&key, rows[i].alg, BYTES("Message"), sig, NULL),
                     RATLS_E_CERT_SIGNATURE);
        ratls_buffer_free(&parts);
    }
}

/* For printf(1). */
static const char *octal(struct ratls_bytes bytes)
{
    static char text[4 * 256 + 1];

    cr_assert_leq(bytes.len, 256);
    for (size_t i = 0; i < bytes.len; i++)
        snprintf(text + 4 * i, 5, "\\%03o", bytes.p[i]);
    return text;
}

Test(p521_openssl, verifies_what_is_signed, .timeout = 60)
{
    struct rt_key *key = make_key(RT_P521);
    struct ratls_buffer der = {0}, pem = {0}, said;
    char command[4096];

    MUST(rt_key_export(key, &der));
    MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &pem));
    ratls_buffer_free(&der);
    MUST(rt_sign_der(ratls_env_system(), key, BYTES("message"), &der));
    snprintf(command, sizeof command,
             "echo '%.*s' | openssl ec -pubout -out p 2>/dev/null && printf '%s' > s && printf "
             "message > m && openssl dgst -sha512 -verify p -signature s m",
             (int)pem.len, (const char *)pem.p, octal(rt_bytes_of(&der)));
    said = shell(command);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&said), BYTES("Verified OK\n")));
    ratls_buffer_free(&said);
    ratls_buffer_free(&der);
    ratls_buffer_free(&pem);
    rt_key_free(key);
}

/* ---- private keys ---- */

#define ON_P521   "a00706052b81040023"
#define ON_P384   "a00706052b81040022"
#define KEY(rest) "3050020101" rest
#define FREE_BITS                                                                                  \
    "80fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75"                             \
    "caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b8"                             \
    "3538"

static const struct {
    const char *what, *der;
    enum ratls_err expected;
} private_keys[] = {
    {"good", KEY("0442" SCALAR ON_P521), RATLS_OK},
    {"scalar 0", KEY("0442" ZERO ON_P521), RATLS_E_CERT_KEY},
    {"scalar n", KEY("0442" ORDER ON_P521), RATLS_E_CERT_KEY},
    {"scalar with a free bit set", KEY("0442" FREE_BITS ON_P521), RATLS_E_CERT_KEY},
    {"all ones", KEY("0442ffff" FF_32 FF_32 ON_P521), RATLS_E_CERT_KEY},
    {"scalar on P-384", KEY("0442" SCALAR ON_P384), RATLS_E_CERT_KEY},
    {"scalar too long",
     "3051020101"
     "044300" SCALAR ON_P521,
     RATLS_E_CERT_KEY},
    {"scalar of 65 bytes",
     "304f020101"
     "0441" R_BODY ON_P521,
     RATLS_E_CERT_KEY},
};

/* The public half is computed, not believed. */
Test(p521_key, is_imported_with_a_scalar_in_range)
{
    for (size_t i = 0; i < RT_COUNT(private_keys); i++) {
        struct rt_key *key = NULL;
        cr_expect_eq(rt_key_import(unhex(private_keys[i].der), &key, NULL),
                     private_keys[i].expected, "%s", private_keys[i].what);
        cr_expect_eq(key != NULL, private_keys[i].expected == RATLS_OK);
        cr_expect(!key || ratls_bytes_equal(rt_key_point(key), unhex(X Y)));
        rt_key_free(key);
    }
}

static int draws;

static int play(void *arg, uint8_t *out, size_t len)
{
    draws++;
    memset(out, *(const uint8_t *)arg, len);
    return 0;
}

/* The scalar and the generator's nonce: nearly every draw of 521 bits is in range, and of 528 bits
 * only each 128th would be. */
Test(p521_key, is_drawn_with_as_many_bits_as_the_order_has)
{
    uint8_t fill = 0xa5;
    struct ratls_env env = *ratls_env_system();
    struct ratls_buffer der = {0};
    struct rt_key *key = NULL;

    env.arg = &fill;
    env.random = play;
    rt_offload_switch(false);
    MUST(rt_key_generate(&env, RT_P521, &key));
    cr_expect_eq(draws, 2);
    MUST(rt_key_export(key, &der));
    cr_expect(memmem(der.p, der.len, "\x04\x42\x01\xa5\xa5", 5));
    rt_key_free(key);
    ratls_buffer_free(&der);
    fill = 0xff;
    cr_expect_eq(rt_key_generate(&env, RT_P521, &key), RATLS_E_RANDOM);
    cr_expect_null(key);
    for (int i = 0; i < 8; i++)
        rt_key_free(make_key(RT_P521));
}

/* ---- bare points ---- */

#define P384_HALF                                                                                  \
    "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480" \
    "bc13"

static const struct {
    const char *what;
    enum rt_curve curve;
    const char *point;
    enum ratls_err expected;
    enum rt_key_type type;
    unsigned bits;
} points[] = {
    {"P-256", RT_P256, P256_POINT, RATLS_OK, RT_KEY_P256, 256},
    {"P-384", RT_P384, P384_POINT, RATLS_OK, RT_KEY_P384, 384},
    {"P-521", RT_P521, X Y, RATLS_OK, RT_KEY_P521, 521},
    {"P-256 as P-384", RT_P384, P256_POINT, RATLS_E_CERT_KEY, 0, 0},
    {"P-384 as P-256", RT_P256, P384_POINT, RATLS_E_CERT_KEY, 0, 0},
    {"P-384 as P-521", RT_P521, P384_POINT, RATLS_E_CERT_KEY, 0, 0},
    {"form byte", RT_P256, "04" P256_POINT, RATLS_E_CERT_KEY, 0, 0},
    {"half a point", RT_P384, P384_HALF, RATLS_E_CERT_KEY, 0, 0},
    {"nothing", RT_P256, "", RATLS_E_CERT_KEY, 0, 0},
    {"zeros", RT_P256, ZEROS_32 ZEROS_32, RATLS_E_CERT_KEY, 0, 0},
    {"off the curve", RT_P256, P256_R P256_S, RATLS_E_CERT_KEY, 0, 0},
    {"coordinates exchanged", RT_P521, Y X, RATLS_E_CERT_KEY, 0, 0},
    {"X + p", RT_P521, X_AND_P Y, RATLS_E_CERT_KEY, 0, 0},
    {"another curve", (enum rt_curve)3, X Y, RATLS_E_UNSUPPORTED, 0, 0},
};

Test(public_key, is_made_of_a_point_on_the_curve)
{
    for (size_t i = 0; i < RT_COUNT(points); i++) {
        struct ratls_bytes point = unhex(points[i].point);
        struct rt_public_key key;
        struct ratls_error err = {0};
        cr_expect_eq(rt_public_key_of_point(points[i].curve, point, &key, &err), points[i].expected,
                     "%s: %s", points[i].what, err.detail);
        cr_expect_eq(key.type, points[i].type, "%s", points[i].what);
        cr_expect_eq(key.bits, points[i].bits, "%s", points[i].what);
        cr_expect_eq(key.point.p, points[i].expected ? NULL : point.p, "%s", points[i].what);
        cr_expect_eq(key.rsa_n.len, 0);
    }
}

/* ---- SubjectPublicKeyInfo of a bare point ---- */

Test(crypto_p521, a_bare_point_is_written_as_the_spki_of_its_key)
{
    static const enum rt_curve curves[] = {RT_P256, RT_P384, RT_P521};

    for (size_t i = 0; i < RT_COUNT(curves); i++) {
        struct rt_key *key = NULL;
        struct rt_writer w = {0}, cut = {0};
        cr_assert_eq(rt_key_generate(ratls_env_system(), curves[i], &key), RATLS_OK);
        const struct ratls_bytes point = rt_key_point(key);
        rt_put_spki(&w, curves[i], point);
        cr_expect(ratls_bytes_equal(rt_written(&w), rt_key_spki(key)), "curve %zu", i);
        rt_put_spki(&cut, curves[i], ratls_bytes(point.p, point.len - 1));
        cr_expect(cut.bad, "curve %zu", i);
        rt_writer_free(&w);
        rt_writer_free(&cut);
        rt_key_free(key);
    }
}
