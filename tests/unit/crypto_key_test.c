/* Keys of others: private key files and SubjectPublicKeyInfo. */
#include "crypto_support.h"
#include "der.h"
#include "oid.h"

/* ---- private keys ---- */

static const struct {
    const char *command;
    enum ratls_err expected;
    const char *why;
} commands[] = {
    {"openssl ecparam -name prime256v1 -genkey", RATLS_OK, ""},
    {"openssl ecparam -name prime256v1 -genkey -noout", RATLS_OK, ""},
    {"openssl ecparam -name secp384r1 -genkey -noout -outform DER", RATLS_OK, ""},
    {"openssl ecparam -name secp521r1 -genkey -noout", RATLS_OK, ""},
    {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", RATLS_OK, ""},
    {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -outform DER", RATLS_OK, ""},
    {"openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8 -nocrypt -outform DER",
     RATLS_OK, ""},
    {"openssl ecparam -name prime256v1 -genkey -noout | openssl ec -no_public 2>/dev/null",
     RATLS_OK, ""},
    {"openssl ecparam -name prime256v1 -genkey -param_enc explicit -noout", RATLS_E_CERT_KEY,
     "named curve"},
    {"openssl ecparam -name secp256k1 -genkey -noout", RATLS_E_CERT_KEY, "only P-256"},
    {"openssl genpkey -algorithm ED25519", RATLS_E_CERT_KEY, "only EC"},
    {"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null", RATLS_E_CERT_KEY,
     "only EC"},
    {"openssl genrsa -traditional 2048 2>/dev/null | openssl rsa -traditional -outform DER "
     "2>/dev/null",
     RATLS_E_CERT_KEY, "RSA"},
    {"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:x",
     RATLS_E_CERT_FORMAT, "unencrypted"},
    {"openssl ecparam -name prime256v1 -genkey -noout; openssl ecparam -name prime256v1 -genkey "
     "-noout",
     RATLS_E_CERT_FORMAT, "not one"},
    {"echo nothing", RATLS_E_CERT_FORMAT, "not one"},
};

Test(key, imports_what_openssl_writes, .timeout = 60)
{
    for (size_t i = 0; i < RT_COUNT(commands); i++) {
        struct ratls_buffer text = shell(commands[i].command);
        struct ratls_error err = {0};
        struct rt_key *key = NULL;
        cr_expect_eq(rt_key_import(rt_bytes_of(&text), &key, &err), commands[i].expected, "%s: %s",
                     commands[i].command, err.detail);
        cr_expect_eq(key != NULL, commands[i].expected == RATLS_OK);
        cr_expect(strstr(err.detail, commands[i].why), "%s: %s", commands[i].command, err.detail);
        rt_key_free(key);
        ratls_buffer_free(&text);
    }
}

#define SCALAR   "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define ON_P256  "a00a06082a8648ce3d030107"
#define ON_P384  "a00706052b81040022"
#define ALG_P256 "301306072a8648ce3d020106082a8648ce3d030107"

/* ECPrivateKey and PrivateKeyInfo with one flaw each; the first two have none. */
static const struct {
    const char *what, *der;
    enum ratls_err expected;
} private_keys[] = {
    {"good",
     "3031020101"
     "0420" SCALAR ON_P256,
     RATLS_OK},
    {"good PKCS#8",
     "3041020100" ALG_P256 "0427"
     "3025020101"
     "0420" SCALAR,
     RATLS_OK},
    {"attributes",
     "3043020100" ALG_P256 "0427"
     "3025020101"
     "0420" SCALAR "a000",
     RATLS_OK},
    {"no curve",
     "3025020101"
     "0420" SCALAR,
     RATLS_E_CERT_KEY},
    {"scalar 0",
     "3031020101"
     "0420" ZEROS_32 ON_P256,
     RATLS_E_CERT_KEY},
    {"scalar n",
     "3031020101"
     "0420" P256_ORDER ON_P256,
     RATLS_E_CERT_KEY},
    {"scalar too long",
     "3032020101"
     "0421"
     "00" SCALAR ON_P256,
     RATLS_E_CERT_KEY},
    {"P-256 scalar on P-384",
     "302e020101"
     "0420" SCALAR ON_P384,
     RATLS_E_CERT_KEY},
    {"trailing byte",
     "3031020101"
     "0420" SCALAR ON_P256 "00",
     RATLS_E_CERT_FORMAT},
    {"trailing element",
     "3033020101"
     "0420" SCALAR ON_P256 "0500",
     RATLS_E_CERT_FORMAT},
    {"version 2",
     "3031020102"
     "0420" SCALAR ON_P256,
     RATLS_E_CERT_FORMAT},
    {"two curves",
     "304a020100" ALG_P256 "0430"
     "302e020101"
     "0420" SCALAR ON_P384,
     RATLS_E_CERT_KEY},
    {"P-384 scalar below P-256",
     "305a020100" ALG_P256 "0440"
     "303e020101"
     "0430"
     "00000000000000000000000000000000" SCALAR ON_P384,
     RATLS_E_CERT_KEY},
    {"inner version 2",
     "3041020100" ALG_P256 "0427"
     "3025020102"
     "0420" SCALAR,
     RATLS_E_CERT_FORMAT},
    {"PKCS#8 version 1",
     "3041020101" ALG_P256 "0427"
     "3025020101"
     "0420" SCALAR,
     RATLS_E_CERT_FORMAT},
    {"empty public key",
     "3036020101"
     "0420" SCALAR ON_P256 "a103030100",
     RATLS_E_CERT_FORMAT},
    {"nothing", "3000", RATLS_E_CERT_FORMAT},
    {"cut off",
     "3031020101"
     "0420" SCALAR,
     RATLS_E_CERT_FORMAT},
};

Test(key, refuses_each_flaw_of_a_private_key)
{
    for (size_t i = 0; i < RT_COUNT(private_keys); i++) {
        struct ratls_error err = {0};
        struct rt_key *key = NULL;
        cr_expect_eq(rt_key_import(unhex(private_keys[i].der), &key, &err),
                     private_keys[i].expected, "%s: %s", private_keys[i].what, err.detail);
        cr_expect_eq(key != NULL, private_keys[i].expected == RATLS_OK);
        rt_key_free(key);
    }
}

Test(key, refuses_a_private_key_with_the_public_half_of_another)
{
    struct rt_key *a = make_key(RT_P256), *b = make_key(RT_P256), *key = NULL;
    struct ratls_buffer der = {0};
    struct ratls_error err = {0};

    MUST(rt_key_export(a, &der));
    uint8_t *at = memmem(der.p, der.len, rt_key_point(a).p, 64);
    cr_assert_not_null(at);
    memcpy(at, rt_key_point(b).p, 64);
    cr_expect_eq(rt_key_import(rt_bytes_of(&der), &key, &err), RATLS_E_CERT_KEY);
    cr_expect_null(key);
    cr_expect(strstr(err.detail, "another key"), "%s", err.detail);
    ratls_buffer_free(&der);
    rt_key_free(a);
    rt_key_free(b);
}

Test(key, refuses_files_beyond_the_limit)
{
    static uint8_t big[RT_MAX_CERT + 1];
    struct rt_key *key = NULL;

    cr_expect_eq(rt_key_import(ratls_bytes(big, sizeof big), &key, NULL), RATLS_E_LIMIT);
}

/* Known scalar of RFC 6979 A.2.5: the public half is computed, not believed. */
Test(key, computes_the_public_point)
{
    static const char ec[] = "30310201010420"
                             "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
                             "a00a06082a8648ce3d030107";
    struct rt_key *key = NULL;

    MUST(rt_key_import(unhex(ec), &key, NULL));
    cr_expect(ratls_bytes_equal(rt_key_point(key), unhex(P256_POINT)));
    rt_key_free(key);
}

/* ---- public keys ---- */

#define P256_OID "06082a8648ce3d030107"
#define RSA_ALG  "300d06092a864886f70d0101010500"

static const struct {
    const char *what, *spki;
    enum ratls_err expected;
} spkis[] = {
    {"good",
     "3059" ALG_P256 "034200"
     "04" P256_POINT,
     RATLS_OK},
    {"compressed",
     "3039" ALG_P256 "032200"
     "03"
     "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
     RATLS_E_CERT_KEY},
    {"hybrid",
     "3059" ALG_P256 "034200"
     "07" P256_POINT,
     RATLS_E_CERT_KEY},
    {"infinity",
     "3019" ALG_P256 "030200"
     "00",
     RATLS_E_CERT_KEY},
    {"off the curve",
     "3059" ALG_P256 "034200"
     "04" P256_R P256_S,
     RATLS_E_CERT_KEY},
    {"unused bits",
     "3059" ALG_P256 "034201"
     "04" P256_POINT,
     RATLS_E_CERT_FORMAT},
    {"secp256k1",
     "3056"
     "301006072a8648ce3d0201"
     "06052b8104000a"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"P-384 by name",
     "3056"
     "301006072a8648ce3d0201"
     "06052b81040022"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"brainpoolP256r1",
     "305a"
     "301406072a8648ce3d0201"
     "06092b2403030208010107"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"no parameters",
     "304f"
     "300906072a8648ce3d0201"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"NULL parameters",
     "3051"
     "300b06072a8648ce3d0201"
     "0500"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"explicit parameters",
     "3051"
     "300b06072a8648ce3d0201"
     "3000"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"two parameters",
     "305b"
     "301506072a8648ce3d0201" P256_OID "0500"
     "034200"
     "04" P256_POINT,
     RATLS_E_CERT_KEY},
    {"trailing byte",
     "3059" ALG_P256 "034200"
     "04" P256_POINT "00",
     RATLS_E_CERT_FORMAT},
    {"trailing element",
     "305b" ALG_P256 "034200"
     "04" P256_POINT "0500",
     RATLS_E_CERT_FORMAT},
    {"Ed25519",
     "302a"
     "300506032b6570"
     "032100" P256_R,
     RATLS_OK},
    {"Ed25519 with parameters",
     "302c"
     "300706032b65700500"
     "032100" P256_R,
     RATLS_E_CERT_KEY},
    {"short Ed25519",
     "3029"
     "300506032b6570"
     "032000"
     "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37",
     RATLS_E_CERT_KEY},
    {"X25519",
     "302a"
     "300506032b656e"
     "032100" P256_R,
     RATLS_E_CERT_KEY},
    {"RSA",
     "301a" RSA_ALG "030900"
     "3006"
     "02010f"
     "020103",
     RATLS_OK},
    {"RSA without NULL",
     "3018"
     "300b06092a864886f70d010101"
     "030900"
     "3006"
     "02010f"
     "020103",
     RATLS_E_CERT_KEY},
    {"RSA with even modulus",
     "301a" RSA_ALG "030900"
     "3006"
     "02010e"
     "020103",
     RATLS_E_CERT_KEY},
    {"RSA with even exponent",
     "301a" RSA_ALG "030900"
     "3006"
     "02010f"
     "020104",
     RATLS_E_CERT_KEY},
    {"RSA with exponent 1",
     "301a" RSA_ALG "030900"
     "3006"
     "02010f"
     "020101",
     RATLS_E_CERT_KEY},
    {"RSA with exponent of 72 bits",
     "3022" RSA_ALG "031100"
     "300e"
     "02010f"
     "0209010000000000000001",
     RATLS_E_CERT_KEY},
    {"RSA with negative modulus",
     "301a" RSA_ALG "030900"
     "3006"
     "0201ff"
     "020103",
     RATLS_E_CERT_FORMAT},
    {"RSA with a third number",
     "301d" RSA_ALG "030c00"
     "3009"
     "02010f"
     "020103"
     "020103",
     RATLS_E_CERT_FORMAT},
    {"RSA, trailing byte",
     "301b" RSA_ALG "030a00"
     "3006"
     "02010f"
     "020103"
     "00",
     RATLS_E_CERT_FORMAT},
    {"nothing", "", RATLS_E_CERT_FORMAT},
    {"empty", "3000", RATLS_E_CERT_FORMAT},
};

/* T65 */
Test(public_key, refuses_each_flaw)
{
    for (size_t i = 0; i < RT_COUNT(spkis); i++) {
        struct rt_public_key key;
        struct ratls_error err = {0};
        cr_expect_eq(rt_public_key_parse(unhex(spkis[i].spki), &key, &err), spkis[i].expected,
                     "%s: %s", spkis[i].what, err.detail);
    }
}

Test(public_key, refuses_rsa_above_4096_bits)
{
    struct ratls_buffer spki = {0};
    uint8_t n[513];
    struct rt_public_key key;

    memset(n, 0xff, sizeof n);
    for (size_t len = 512; len <= 513; len++) {
        struct rt_writer w = {0};
        size_t all = rt_der_begin(&w, RT_DER_SEQUENCE), alg = rt_der_begin(&w, RT_DER_SEQUENCE);
        rt_der_put_oid(&w, RT_OID(RSA));
        rt_der_put(&w, RT_DER_NULL, ratls_bytes(NULL, 0));
        rt_der_end(&w, alg);
        size_t bits = rt_der_begin(&w, RT_DER_BIT_STRING);
        rt_put_u8(&w, 0);
        size_t rsa = rt_der_begin(&w, RT_DER_SEQUENCE);
        rt_der_put_positive(&w, ratls_bytes(n, len));
        rt_der_put_uint(&w, 65537);
        rt_der_end(&w, rsa);
        rt_der_end(&w, bits);
        rt_der_end(&w, all);
        MUST(rt_writer_take(&w, &spki));
        cr_expect_eq(rt_public_key_parse(rt_bytes_of(&spki), &key, NULL),
                     len == 512 ? RATLS_OK : RATLS_E_CERT_KEY);
        ratls_buffer_free(&spki);
    }
}

Test(public_key, reads_p521)
{
    struct ratls_buffer spki = {0};
    struct rt_public_key key;

    spki = shell("openssl ecparam -name secp521r1 -genkey -noout | openssl ec -pubout -outform DER "
                 "2>/dev/null");
    MUST(rt_public_key_parse(rt_bytes_of(&spki), &key, NULL));
    cr_expect_eq(key.type, RT_KEY_P521);
    cr_expect_eq(key.bits, 521);
    spki.p[spki.len - 1] ^= 1;
    cr_expect_eq(rt_public_key_parse(rt_bytes_of(&spki), &key, NULL), RATLS_E_CERT_KEY);
    ratls_buffer_free(&spki);
}
