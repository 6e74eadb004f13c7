/* SM3 and SM2 against the examples of the standards, and against the command of another build of
 * the same algorithms. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sm.h"

TestSuite(sm, .timeout = 60);

#define ID "1234567812345678"

/* GB/T 32918.5-2017, annex A.2. */
#define SCALAR "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
#define POINT                                                                                      \
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"                             \
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
#define SIGNATURE                                                                                  \
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"                             \
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
#define ORDER "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"

static void unhex(const char *text, uint8_t *out, size_t len)
{
    size_t got = len;

    cr_assert(rt_unhex(text, strlen(text), out, &got) && got == len, "%s", text);
}

/* Big endian, plus a small number. */
static void add(uint8_t number[RT_SM2_SIZE], int by)
{
    for (size_t i = RT_SM2_SIZE; i-- > 0;) {
        by += number[i];
        number[i] = (uint8_t)by;
        by >>= 8;
    }
}

static struct rt_sm2_message message(const char *id, const char *text)
{
    return (struct rt_sm2_message){ratls_bytes_str(id), ratls_bytes_str(text)};
}

/* ---- SM3 ---- */

/* GB/T 32905-2016, annex A. */
Test(sm, sm3_gives_the_digests_of_the_standard)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {"abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd",
         "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
        {"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
    };
    uint8_t due[RT_SM3_LEN], found[RT_SM3_LEN];

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        unhex(cases[i].out, due, sizeof due);
        cr_assert_eq(rt_sm3(ratls_bytes_str(cases[i].in), found), RATLS_OK);
        cr_expect_arr_eq(found, due, sizeof due, "%s", cases[i].in);
    }
    cr_assert_eq(rt_sm3(ratls_bytes(NULL, 0), found), RATLS_OK);
    cr_expect_arr_eq(found, due, sizeof due, "no bytes at all");
}

/* ---- what SM2 signs ---- */

/* GB/T 32918.5-2017, annex A.2: Z and e, out of the signer's id, the curve and its key. */
Test(sm, sm3_gives_what_a_signature_of_the_standard_is_over)
{
    static const char curve[] =
        "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" /* a */
        "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" /* b */
        "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" /* G */
        "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";
    static const char z_due[] = "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3";
    static const char e_due[] = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640";
    uint8_t params[4 * RT_SM2_SIZE], point[RT_SM2_POINT_LEN], z[RT_SM3_LEN], e[RT_SM3_LEN];
    uint8_t due[RT_SM3_LEN];
    struct rt_writer w = {0};

    unhex(curve, params, sizeof params);
    unhex(POINT, point, sizeof point);
    rt_put_u16be(&w, 8 * (sizeof ID - 1));
    rt_put(&w, ID, sizeof ID - 1);
    rt_put(&w, params, sizeof params);
    rt_put(&w, point, sizeof point);
    cr_assert_not(w.bad);
    cr_assert_eq(rt_sm3(rt_written(&w), z), RATLS_OK);
    unhex(z_due, due, sizeof due);
    cr_expect_arr_eq(z, due, sizeof due, "Z");
    rt_writer_free(&w);

    w = (struct rt_writer){0};
    rt_put(&w, z, sizeof z);
    rt_put_bytes(&w, ratls_bytes_str("message digest"));
    cr_assert_not(w.bad);
    cr_assert_eq(rt_sm3(rt_written(&w), e), RATLS_OK);
    unhex(e_due, due, sizeof due);
    cr_expect_arr_eq(e, due, sizeof due, "e");
    rt_writer_free(&w);
}

/* ---- SM2 ---- */

Test(sm, sm2_takes_the_signature_of_the_standard)
{
    uint8_t point[RT_SM2_POINT_LEN], sig[RT_SM2_SIG_LEN];
    const struct rt_sm2_message msg = message(ID, "message digest");

    unhex(POINT, point, sizeof point);
    unhex(SIGNATURE, sig, sizeof sig);
    cr_assert_eq(rt_sm2_verify(point, &msg, sig), RATLS_OK);
    for (size_t i = 0; i < sizeof sig; i++) {
        sig[i] ^= 1;
        cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_SIGNATURE, "byte %zu", i);
        sig[i] ^= 1;
    }
}

/* Who signs is part of what is signed. */
Test(sm, sm2_takes_no_signature_under_another_id_or_over_another_text)
{
    uint8_t point[RT_SM2_POINT_LEN], sig[RT_SM2_SIG_LEN];
    const struct rt_sm2_message others[] = {
        message("1234567812345679", "message digest"),
        message("123456781234567", "message digest"),
        message("HYGON-SSD-HRK", "message digest"),
        message(ID, "message digesT"),
        message(ID, ""),
    };

    unhex(POINT, point, sizeof point);
    unhex(SIGNATURE, sig, sizeof sig);
    for (size_t i = 0; i < RT_COUNT(others); i++)
        cr_expect_eq(rt_sm2_verify(point, &others[i], sig), RATLS_E_CERT_SIGNATURE, "%zu", i);
}

Test(sm, sm2_asks_for_an_id_of_its_size)
{
    static const uint8_t long_id[RT_SM2_MAX_ID + 1] = {1};
    uint8_t sig[RT_SM2_SIG_LEN];
    struct rt_sm2_key key;
    struct rt_sm2_message msg = message("", "text");

    cr_assert_eq(rt_sm2_key_new(ratls_env_system(), &key), RATLS_OK);
    cr_expect_eq(rt_sm2_sign(&key, &msg, sig), RATLS_E_USAGE);
    cr_expect_eq(rt_sm2_verify(key.point, &msg, sig), RATLS_E_USAGE);
    msg.id = ratls_bytes(long_id, sizeof long_id);
    cr_expect_eq(rt_sm2_sign(&key, &msg, sig), RATLS_E_USAGE);
    cr_expect_eq(rt_sm2_verify(key.point, &msg, sig), RATLS_E_USAGE);
    msg.id.len--;
    cr_expect_eq(rt_sm2_sign(&key, &msg, sig), RATLS_OK);
    cr_expect_eq(rt_sm2_verify(key.point, &msg, sig), RATLS_OK);
}

/* r and s in 1..n-1: n stands for 0, and r + n for r. */
Test(sm, sm2_takes_no_number_out_of_range)
{
    static const char *const numbers[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        ORDER,
        "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54124",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    const struct rt_sm2_message msg = message(ID, "message digest");
    uint8_t point[RT_SM2_POINT_LEN], sig[RT_SM2_SIG_LEN];

    unhex(POINT, point, sizeof point);
    for (size_t i = 0; i < RT_COUNT(numbers); i++)
        for (size_t half = 0; half < 2; half++) {
            unhex(SIGNATURE, sig, sizeof sig);
            unhex(numbers[i], sig + half * RT_SM2_SIZE, RT_SM2_SIZE);
            cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_SIGNATURE, "%zu %zu", i,
                         half);
        }
}

/* r + s = n makes t zero. */
Test(sm, sm2_takes_no_two_numbers_that_make_the_order)
{
    static const char one[] = "0000000000000000000000000000000000000000000000000000000000000001";
    static const char rest[] = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
    const struct rt_sm2_message msg = message(ID, "message digest");
    uint8_t point[RT_SM2_POINT_LEN], sig[RT_SM2_SIG_LEN];

    unhex(POINT, point, sizeof point);
    unhex(one, sig, RT_SM2_SIZE);
    unhex(rest, sig + RT_SM2_SIZE, RT_SM2_SIZE);
    cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_SIGNATURE);
}

Test(sm, sm2_takes_no_point_off_the_curve)
{
    const struct rt_sm2_message msg = message(ID, "message digest");
    uint8_t point[RT_SM2_POINT_LEN], sig[RT_SM2_SIG_LEN];

    unhex(SIGNATURE, sig, sizeof sig);
    unhex(POINT, point, sizeof point);
    point[RT_SM2_POINT_LEN - 1] ^= 1;
    cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_KEY);
    memset(point, 0, sizeof point);
    cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_KEY);
    memset(point, 0xff, sizeof point);
    cr_expect_eq(rt_sm2_verify(point, &msg, sig), RATLS_E_CERT_KEY);
}

Test(sm, sm2_makes_the_point_of_the_standard)
{
    uint8_t scalar[RT_SM2_SIZE], point[RT_SM2_POINT_LEN];
    struct rt_sm2_key key;

    unhex(SCALAR, scalar, sizeof scalar);
    unhex(POINT, point, sizeof point);
    cr_assert_eq(rt_sm2_key_of(scalar, &key), RATLS_OK);
    cr_expect_arr_eq(key.point, point, sizeof point);
    cr_expect_arr_eq(key.scalar, scalar, sizeof scalar);
}

Test(sm, sm2_takes_scalars_from_one_to_two_below_the_order)
{
    uint8_t scalar[RT_SM2_SIZE] = {0};
    struct rt_sm2_key key;

    cr_expect_eq(rt_sm2_key_of(scalar, &key), RATLS_E_CERT_KEY);
    add(scalar, 1);
    cr_expect_eq(rt_sm2_key_of(scalar, &key), RATLS_OK);
    unhex(ORDER, scalar, sizeof scalar);
    cr_expect_eq(rt_sm2_key_of(scalar, &key), RATLS_E_CERT_KEY);
    add(scalar, -1);
    cr_expect_eq(rt_sm2_key_of(scalar, &key), RATLS_E_CERT_KEY);
    add(scalar, -1);
    cr_expect_eq(rt_sm2_key_of(scalar, &key), RATLS_OK);
}

static int no_randomness(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    memset(out, 0xff, len);
    return 0;
}

static int failing(void *arg, uint8_t *out, size_t len)
{
    (void)arg, (void)out, (void)len;
    return -1;
}

Test(sm, sm2_makes_no_key_without_randomness)
{
    struct ratls_env env = *ratls_env_system();
    struct rt_sm2_key key;

    env.random = failing;
    cr_expect_eq(rt_sm2_key_new(&env, &key), RATLS_E_RANDOM);
    env.random = no_randomness; /* never below the order */
    cr_expect_eq(rt_sm2_key_new(&env, &key), RATLS_E_RANDOM);
}

Test(sm, sm2_verifies_what_it_signs_and_signs_never_twice_the_same)
{
    const struct rt_sm2_message msg = message("HYGON-SSD-PEK", "of a guest");
    uint8_t sig[RT_SM2_SIG_LEN], again[RT_SM2_SIG_LEN];
    struct rt_sm2_key key, other;

    cr_assert_eq(rt_sm2_key_new(ratls_env_system(), &other), RATLS_OK);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(rt_sm2_key_new(ratls_env_system(), &key), RATLS_OK);
        cr_assert_eq(rt_sm2_sign(&key, &msg, sig), RATLS_OK);
        cr_assert_eq(rt_sm2_sign(&key, &msg, again), RATLS_OK);
        cr_expect_neq(memcmp(sig, again, sizeof sig), 0);
        cr_expect_eq(rt_sm2_verify(key.point, &msg, sig), RATLS_OK);
        cr_expect_eq(rt_sm2_verify(other.point, &msg, sig), RATLS_E_CERT_SIGNATURE);
    }
}

/* ---- beside the command openssl ---- */

static char folder[] = "/tmp/ratls-sm-XXXXXX";

static void write_file(const char *name, struct ratls_bytes content)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(content.p, 1, content.len, f), content.len);
    cr_assert_eq(fclose(f), 0);
}

static size_t read_file(const char *name, uint8_t *out, size_t room)
{
    char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    size_t len = fread(out, 1, room, f);
    fclose(f);
    return len;
}

static bool openssl(const char *args)
{
    char line[600];

    snprintf(line, sizeof line, "cd %s && openssl %s >out 2>err", folder, args);
    return system(line) == 0;
}

static void put_key(const char *name, const struct rt_sm2_key *key)
{
    struct ratls_buffer pem;
    uint8_t spki[RT_SM2_SPKI_LEN];

    rt_sm2_spki(key->point, spki);
    cr_assert_eq(rt_pem_write("PUBLIC KEY", ratls_bytes(spki, sizeof spki), &pem), RATLS_OK);
    write_file(name, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

/* SEQUENCE of two INTEGERs, as the command has it. */
static size_t to_der(const uint8_t sig[RT_SM2_SIG_LEN], uint8_t *der)
{
    size_t n = 2;

    for (size_t half = 0; half < 2; half++) {
        const uint8_t *p = sig + half * RT_SM2_SIZE;
        size_t skip = 0;
        while (skip < RT_SM2_SIZE - 1 && p[skip] == 0)
            skip++;
        const bool pad = p[skip] & 0x80;
        der[n++] = 0x02;
        der[n++] = (uint8_t)(RT_SM2_SIZE - skip + pad);
        if (pad)
            der[n++] = 0;
        memcpy(der + n, p + skip, RT_SM2_SIZE - skip);
        n += RT_SM2_SIZE - skip;
    }
    der[0] = 0x30;
    der[1] = (uint8_t)(n - 2);
    return n;
}

static void of_der(const uint8_t *der, uint8_t sig[RT_SM2_SIG_LEN])
{
    size_t n = 2;

    for (size_t half = 0; half < 2; half++) {
        size_t len = der[n + 1];
        const uint8_t *p = der + n + 2;
        n += 2 + len;
        while (len > RT_SM2_SIZE) {
            p++;
            len--;
        }
        memset(sig + half * RT_SM2_SIZE, 0, RT_SM2_SIZE);
        memcpy(sig + half * RT_SM2_SIZE + RT_SM2_SIZE - len, p, len);
    }
}

static void expect_digest(const char *args, struct ratls_bytes due)
{
    uint8_t found[128];

    cr_assert(openssl(args), "%s", args);
    cr_assert_eq(read_file("out", found, sizeof found), due.len, "%s", args);
    cr_expect_arr_eq(found, due.p, due.len, "%s", args);
}

static void compare_hashes(const uint8_t *text, size_t len)
{
    static const uint8_t key[] = {0x00, 0x01, 0xfe, 0xff};
    uint8_t digest[RT_SM3_LEN];

    write_file("text", ratls_bytes(text, len));
    cr_assert_eq(rt_sm3(ratls_bytes(text, len), digest), RATLS_OK);
    expect_digest("dgst -sm3 -binary text", ratls_bytes(digest, sizeof digest));
    cr_assert_eq(rt_hmac_sm3(ratls_bytes(key, sizeof key), ratls_bytes(text, len), digest),
                 RATLS_OK);
    expect_digest("dgst -sm3 -mac HMAC -macopt hexkey:0001feff -binary text",
                  ratls_bytes(digest, sizeof digest));
}

static void compare_signatures(const uint8_t *text, size_t len)
{
    const struct rt_sm2_message msg = {ratls_bytes_str("HYGON-SSD-CEK"), ratls_bytes(text, len)};
    uint8_t sig[RT_SM2_SIG_LEN], der[128], spki[256];
    struct rt_sm2_key key;

    cr_assert_eq(rt_sm2_key_new(ratls_env_system(), &key), RATLS_OK);
    cr_assert_eq(rt_sm2_sign(&key, &msg, sig), RATLS_OK);
    put_key("key.pem", &key);
    write_file("sig", ratls_bytes(der, to_der(sig, der)));
    cr_expect(openssl("pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:HYGON-SSD-CEK"
                      " -pubin -inkey key.pem -in text -sigfile sig"));
    cr_expect_not(openssl("pkeyutl -verify -rawin -digest sm3 -pkeyopt distid:HYGON-SSD-HSK"
                          " -pubin -inkey key.pem -in text -sigfile sig"));

    cr_assert(openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out own.pem"));
    cr_assert(openssl("pkey -in own.pem -pubout -outform DER -out own.der"));
    cr_assert(openssl("pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:HYGON-SSD-CEK"
                      " -inkey own.pem -in text -out sig"));
    cr_assert_eq(read_file("own.der", spki, sizeof spki), (size_t)RT_SM2_SPKI_LEN);
    cr_assert_leq(read_file("sig", der, sizeof der), (size_t)72);
    of_der(der, sig);
    cr_expect_eq(rt_sm2_verify(spki + RT_SM2_SPKI_LEN - RT_SM2_POINT_LEN, &msg, sig), RATLS_OK);
}

Test(sm, agrees_with_the_command)
{
    uint8_t text[300];
    const struct ratls_env *env = ratls_env_system();

    cr_assert_not_null(mkdtemp(folder));
    for (size_t len = 1; len <= sizeof text; len += 149) {
        cr_assert_eq(env->random(env->arg, text, len), 0);
        compare_hashes(text, len);
        compare_signatures(text, len);
    }
    char line[64];
    snprintf(line, sizeof line, "rm -r %s", folder);
    cr_assert_eq(system(line), 0);
}
