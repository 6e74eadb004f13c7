/* Hashes, keys, signatures. */
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto_support.h"
#include "der.h"

/* ---- hashes ---- */

/* FIPS 180-4 examples: "abc" and nothing. */
static const struct {
    enum rt_hash id;
    const char *in, *out;
} digests[] = {
    {RT_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {RT_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {RT_SHA384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {RT_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

Test(hash, gives_the_known_digests)
{
    for (size_t i = 0; i < RT_COUNT(digests); i++) {
        uint8_t out[RT_SHA512_LEN];
        struct ratls_bytes want = unhex(digests[i].out);
        cr_expect_eq(rt_hash_len(digests[i].id), want.len);
        MUST(rt_hash(digests[i].id, ratls_bytes_str(digests[i].in), out));
        cr_expect_arr_eq(out, want.p, want.len);
    }
    uint8_t out[RT_SHA256_LEN];
    MUST(rt_sha256(ratls_bytes(NULL, 0), out));
    cr_expect_arr_eq(out, unhex(digests[1].out).p, sizeof out);
}

/* T89 */
Test(hash, knows_no_other_identifiers)
{
    static const int ids[] = {0, 2, 6, 9, 255, 257, -1};
    uint8_t out[RT_SHA512_LEN];

    for (size_t i = 0; i < RT_COUNT(ids); i++) {
        cr_expect_eq(rt_hash_len((enum rt_hash)ids[i]), 0);
        cr_expect_eq(rt_hash((enum rt_hash)ids[i], BYTES("x"), out), RATLS_E_UNSUPPORTED);
    }
}

/* ---- ECDSA: the signatures of RFC 6979 A.2.5 and A.2.6 over "sample" ---- */

static const struct {
    enum rt_curve curve;
    enum rt_hash hash;
    const char *point, *sig;
} known[] = {
    {RT_P256, RT_SHA256, P256_POINT, P256_R P256_S},
    {RT_P256, RT_SHA384, P256_POINT,
     "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719"
     "4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954"},
    {RT_P256, RT_SHA512, P256_POINT,
     "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00"
     "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe"},
    {RT_P384, RT_SHA384, P384_POINT,
     "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
     "81a648152e44acf96e36dd1e80fabe46"
     "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
     "a329c145786e679e7b82c71a38628ac8"},
};

static enum ratls_err verify(size_t row, const char *msg, struct ratls_bytes point,
                             struct ratls_bytes sig)
{
    return rt_verify_raw(known[row].curve, point, known[row].hash, ratls_bytes_str(msg), sig);
}

Test(verify_raw, accepts_the_signatures_of_rfc_6979)
{
    for (size_t i = 0; i < RT_COUNT(known); i++)
        cr_expect_eq(verify(i, "sample", unhex(known[i].point), unhex(known[i].sig)), RATLS_OK,
                     "row %zu", i);
}

Test(verify_raw, refuses_every_changed_byte)
{
    for (size_t i = 0; i < RT_COUNT(known); i++) {
        struct ratls_bytes sig = unhex(known[i].sig), point = unhex(known[i].point);
        uint8_t bad[2 * 48];
        cr_expect_eq(verify(i, "Sample", point, sig), RATLS_E_CERT_SIGNATURE);
        for (size_t at = 0; at < sig.len; at += 7) {
            memcpy(bad, sig.p, sig.len);
            bad[at] ^= 1;
            cr_expect_eq(verify(i, "sample", point, ratls_bytes(bad, sig.len)),
                         RATLS_E_CERT_SIGNATURE);
            memcpy(bad, point.p, point.len);
            bad[at] ^= 1;
            cr_expect_eq(verify(i, "sample", ratls_bytes(bad, point.len), sig),
                         RATLS_E_CERT_SIGNATURE);
        }
    }
}

/* T40. n - s verifies by nature; r + n would too, were r not compared with n. */
static const struct {
    const char *what, *point, *sig;
} flaws[] = {
    {"r is 0", P256_POINT, ZEROS_32 P256_S},
    {"s is 0", P256_POINT, P256_R ZEROS_32},
    {"both are 0", P256_POINT, ZEROS_32 ZEROS_32},
    {"r is n", P256_POINT, P256_ORDER P256_S},
    {"s is n", P256_POINT, P256_R P256_ORDER},
    {"r is p", P256_POINT, P256_PRIME P256_S},
    {"all ones", P256_POINT,
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
    {"one byte less", P256_POINT,
     P256_R "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acd"},
    {"one byte more", P256_POINT, P256_R P256_S "00"},
    {"no signature", P256_POINT, ""},
    {"point 0", ZEROS_32 ZEROS_32, P256_R P256_S},
    {"no point", "", P256_R P256_S},
    {"half a point", "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
     P256_R P256_S},
    {"point with form byte", "04" P256_POINT, P256_R P256_S},
    {"X is p", P256_PRIME "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
     P256_R P256_S},
    {"Y is p", "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" P256_PRIME,
     P256_R P256_S},
    {"off the curve",
     "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d446229a",
     P256_R P256_S},
    {"point of another curve", P384_POINT, P256_R P256_S},
};

Test(verify_raw, refuses_each_flaw)
{
    for (size_t i = 0; i < RT_COUNT(flaws); i++)
        cr_expect_eq(verify(0, "sample", unhex(flaws[i].point), unhex(flaws[i].sig)),
                     RATLS_E_CERT_SIGNATURE, "%s", flaws[i].what);
    cr_expect_eq(rt_verify_raw((enum rt_curve)7, unhex(P256_POINT), RT_SHA256, BYTES("sample"),
                               unhex(P256_R P256_S)),
                 RATLS_E_UNSUPPORTED);
    cr_expect_eq(rt_verify_raw(RT_P256, unhex(P256_POINT), (enum rt_hash)0, BYTES("sample"),
                               unhex(P256_R P256_S)),
                 RATLS_E_UNSUPPORTED);
}

/* ---- own keys ---- */

static const struct {
    enum rt_curve curve;
    unsigned bits;
    size_t sig_len;
    enum rt_hash hash;
    enum rt_sig_alg alg;
} own[] = {
    {RT_P256, 256, 64, RT_SHA256, RT_SIG_ECDSA_SHA256},
    {RT_P384, 384, 96, RT_SHA384, RT_SIG_ECDSA_SHA384},
    {RT_P521, 521, 132, RT_SHA512, RT_SIG_ECDSA_SHA512},
};

Test(key, signs_what_verifies_raw_and_der)
{
    for (size_t i = 0; i < RT_COUNT(own); i++) {
        struct rt_key *key = make_key(own[i].curve);
        const size_t len = own[i].sig_len;
        struct rt_public_key pub;
        struct ratls_buffer der = {0};
        uint8_t sig[132];

        cr_expect_eq(rt_key_curve(key), own[i].curve);
        cr_expect_eq(rt_key_point(key).len, len);
        MUST(rt_sign_raw(ratls_env_system(), key, BYTES("message"), sig, len));
        MUST(rt_verify_raw(own[i].curve, rt_key_point(key), own[i].hash, BYTES("message"),
                           ratls_bytes(sig, len)));
        MUST(rt_public_key_parse(rt_key_spki(key), &pub, NULL));
        cr_expect(ratls_bytes_equal(pub.point, rt_key_point(key)));
        cr_expect_eq(pub.bits, own[i].bits);
        MUST(rt_sign_der(ratls_env_system(), key, BYTES("message"), &der));
        MUST(rt_verify_spki(&pub, own[i].alg, BYTES("message"), rt_bytes_of(&der), NULL));
        cr_expect_eq(rt_sign_raw(ratls_env_system(), key, BYTES("m"), sig, len - 1), RATLS_E_USAGE);
        ratls_buffer_free(&der);
        rt_key_free(key);
    }
    rt_key_free(NULL);
}

Test(key, comes_back_from_its_own_export)
{
    for (size_t i = 0; i < RT_COUNT(own); i++) {
        struct rt_key *key = make_key(own[i].curve), *again = NULL;
        struct ratls_buffer der = {0}, pem = {0}, der_again = {0};

        MUST(rt_key_export(key, &der));
        MUST(rt_key_import(rt_bytes_of(&der), &again, NULL));
        cr_expect(ratls_bytes_equal(rt_key_spki(again), rt_key_spki(key)));
        rt_key_free(again);
        MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &pem));
        MUST(rt_key_import(rt_bytes_of(&pem), &again, NULL));
        MUST(rt_key_export(again, &der_again));
        cr_expect(ratls_bytes_equal(rt_bytes_of(&der_again), rt_bytes_of(&der)));
        rt_key_free(again);
        ratls_buffer_free(&der);
        ratls_buffer_free(&pem);
        ratls_buffer_free(&der_again);
        rt_key_free(key);
    }
}

/* ---- randomness ---- */

struct tape {
    const struct ratls_env *env;
    uint8_t fill;
    int calls, fail_at, real_at; /* 1-based; 0: never */
};

static int play(void *arg, uint8_t *out, size_t len)
{
    struct tape *t = arg;

    t->calls++;
    if (t->calls == t->fail_at)
        return -1;
    if (t->real_at && t->calls >= t->real_at)
        return t->env->random(t->env->arg, out, len);
    memset(out, t->fill, len);
    return 0;
}

static struct ratls_env env_of(struct tape *t)
{
    struct ratls_env env = *ratls_env_system();

    t->env = ratls_env_system();
    env.arg = t;
    env.random = play;
    return env;
}

Test(key, throws_away_scalars_outside_the_group)
{
    static const uint8_t fills[] = {0x00, 0xff};

    for (size_t i = 0; i < RT_COUNT(fills); i++) {
        struct tape endless = {.fill = fills[i]}, ending = {.fill = fills[i], .real_at = 4};
        struct ratls_env env = env_of(&endless);
        struct rt_key *key = NULL;
        cr_expect_eq(rt_key_generate(&env, RT_P256, &key), RATLS_E_RANDOM);
        cr_expect_null(key);
        env = env_of(&ending);
        MUST(rt_key_generate(&env, RT_P256, &key));
        rt_key_free(key);
    }
}

Test(key, is_not_made_or_used_without_randomness)
{
    struct tape t = {.fail_at = 1};
    struct ratls_env env = env_of(&t);
    struct rt_key *key = NULL;
    uint8_t sig[64];

    rt_offload_switch(false); /* libcrypto has a generator of its own */
    cr_expect_eq(rt_key_generate(&env, RT_P256, &key), RATLS_E_RANDOM);
    cr_expect_null(key);
    t = (struct tape){.fill = 1, .fail_at = 2};
    env = env_of(&t);
    cr_expect_eq(rt_key_generate(&env, RT_P256, &key), RATLS_E_RANDOM);
    key = make_key(RT_P256);
    t = (struct tape){.fail_at = 1};
    env = env_of(&t);
    cr_expect_eq(rt_sign_raw(&env, key, BYTES("m"), sig, sizeof sig), RATLS_E_RANDOM);
    rt_key_free(key);
    cr_expect_eq(rt_key_generate(ratls_env_system(), (enum rt_curve)3, &key), RATLS_E_UNSUPPORTED);
    cr_expect_null(key);
}

Test(key, never_signs_twice_with_one_nonce)
{
    struct rt_key *key = make_key(RT_P256);
    uint8_t a[64], b[64];

    MUST(rt_sign_raw(ratls_env_system(), key, BYTES("m"), a, sizeof a));
    MUST(rt_sign_raw(ratls_env_system(), key, BYTES("m"), b, sizeof b));
    cr_expect_neq(memcmp(a, b, 32), 0);
    rt_key_free(key);
}

/* ---- threads ---- */

static void *sign_often(void *result)
{
    struct rt_key *key = make_key(RT_P256);
    uint8_t sig[64];
    enum ratls_err e = RATLS_OK;

    for (int i = 0; i < 4 && e == RATLS_OK; i++)
        e = rt_sign_raw(ratls_env_system(), key, BYTES("m"), sig, sizeof sig);
    for (int i = 0; i < 4 && e == RATLS_OK; i++)
        e = rt_verify_raw(RT_P256, rt_key_point(key), RT_SHA256, BYTES("m"),
                          ratls_bytes(sig, sizeof sig));
    *(enum ratls_err *)result = e;
    rt_key_free(key);
    return NULL;
}

/* wolfCrypt's tables of points would stay: half a megabyte and more per thread. */
Test(thread, leaves_nothing_behind)
{
    size_t before = 0;

    for (int i = 0; i < 21; i++) {
        pthread_t thread;
        enum ratls_err e = RATLS_E_INTERNAL;
        cr_assert_eq(pthread_create(&thread, NULL, sign_often, &e), 0);
        cr_assert_eq(pthread_join(thread, NULL), 0);
        cr_assert_eq(e, RATLS_OK);
        if (i == 0)
            before = mallinfo2().uordblks;
    }
    cr_expect_lt(mallinfo2().uordblks, before + 1024 * 1024);
}

/* ---- fork (T70) ---- */

enum { DRAWS = 100 };

/* The r of a signature by a fresh key, and its point: what would repeat if state were shared. */
static void draw(int fd)
{
    struct rt_key *key = NULL;
    uint8_t out[64 + 64];

    for (int i = 0; i < DRAWS; i++) {
        if (rt_key_generate(ratls_env_system(), RT_P256, &key) != RATLS_OK ||
            rt_sign_raw(ratls_env_system(), key, BYTES("m"), out, 64) != RATLS_OK)
            _exit(1);
        memcpy(out + 64, rt_key_point(key).p, 64);
        if (write(fd, out, sizeof out) != (ssize_t)sizeof out)
            _exit(1);
        rt_key_free(key);
    }
    _exit(0);
}

static int in_order(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

Test(fork, children_draw_different_keys_and_nonces, .timeout = 60)
{
    static uint8_t seen[2 * 2 * DRAWS][32];
    struct rt_key *before = make_key(RT_P256); /* whatever state there is, exists now */
    size_t n = 0;
    int pipes[2][2];

    for (int child = 0; child < 2; child++) {
        cr_assert_eq(pipe(pipes[child]), 0);
        if (fork() == 0)
            draw(pipes[child][1]);
        close(pipes[child][1]);
    }
    for (int child = 0; child < 2; child++) {
        uint8_t got[128];
        FILE *f = fdopen(pipes[child][0], "rb");
        for (int i = 0; i < DRAWS; i++) {
            cr_assert_eq(fread(got, 1, sizeof got, f), sizeof got);
            memcpy(seen[n++], got, 32);
            memcpy(seen[n++], got + 64, 32);
        }
        fclose(f);
    }
    while (wait(NULL) > 0)
        continue;
    qsort(seen, n, sizeof seen[0], in_order);
    for (size_t i = 1; i < n; i++)
        cr_assert_neq(memcmp(seen[i - 1], seen[i], 32), 0);
    rt_key_free(before);
}

Test(fork, leaves_secrets_with_the_parent)
{
    struct rt_key *key = make_key(RT_P256);
    struct ratls_buffer der = {0};
    uint8_t sig[64];
    int status = 0;

    pid_t child = fork();
    if (child == 0) {
        bool lost = rt_sign_raw(ratls_env_system(), key, BYTES("m"), sig, 64) == RATLS_E_STATE &&
                    rt_key_export(key, &der) == RATLS_E_STATE &&
                    !rt_all_zero(rt_key_spki(key).p, rt_key_spki(key).len);
        rt_key_free(key);
        _exit(lost ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    MUST(rt_sign_raw(ratls_env_system(), key, BYTES("m"), sig, 64));
    rt_key_free(key);
}

/* ---- signatures of certificates ---- */

#define R_DER "022100" P256_R
#define S_DER "022100" P256_S

/* T40: one encoding only. */
static const struct {
    const char *what, *sig;
    enum ratls_err expected;
} encodings[] = {
    {"good", "3046" R_DER S_DER, RATLS_OK},
    {"raw", P256_R P256_S, RATLS_E_CERT_SIGNATURE},
    {"trailing byte", "3046" R_DER S_DER "00", RATLS_E_CERT_SIGNATURE},
    {"trailing element", "3048" R_DER S_DER "0500", RATLS_E_CERT_SIGNATURE},
    {"long length", "308146" R_DER S_DER, RATLS_E_CERT_SIGNATURE},
    {"indefinite length", "3080" R_DER S_DER "0000", RATLS_E_CERT_SIGNATURE},
    {"r negative",
     "3045"
     "0220" P256_R S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"r padded",
     "3047"
     "02220000" P256_R S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"r is 0",
     "3026"
     "020100" S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"s is 0", "3026" R_DER "020100", RATLS_E_CERT_SIGNATURE},
    {"r is n",
     "3046"
     "022100" P256_ORDER S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"r has a byte in front",
     "3046"
     "022101" P256_R S_DER,
     RATLS_E_CERT_SIGNATURE},
    {"r alone", "3023" R_DER, RATLS_E_CERT_SIGNATURE},
    {"SET", "3146" R_DER S_DER, RATLS_E_CERT_SIGNATURE},
    {"empty", "", RATLS_E_CERT_SIGNATURE},
};

Test(verify_spki, takes_one_encoding_of_an_ecdsa_signature)
{
    struct rt_public_key key = {.type = RT_KEY_P256, .bits = 256, .point = unhex(P256_POINT)};

    for (size_t i = 0; i < RT_COUNT(encodings); i++)
        cr_expect_eq(rt_verify_spki(&key, RT_SIG_ECDSA_SHA256, BYTES("sample"),
                                    unhex(encodings[i].sig), NULL),
                     encodings[i].expected, "%s", encodings[i].what);
    cr_expect_eq(
        rt_verify_spki(&key, RT_SIG_ECDSA_SHA384, BYTES("sample"), unhex(encodings[0].sig), NULL),
        RATLS_E_CERT_SIGNATURE);
}

/* The algorithm belongs to the key's family, or nothing is computed. */
Test(verify_spki, refuses_an_algorithm_of_another_family)
{
    struct rt_public_key ec = {.type = RT_KEY_P256, .bits = 256, .point = unhex(P256_POINT)};
    struct rt_public_key rsa = {.type = RT_KEY_RSA, .bits = 2048, .rsa_n = unhex(P256_R)};
    struct rt_public_key ed = {.type = RT_KEY_ED25519, .bits = 256};
    struct rt_public_key odd = {.type = RT_KEY_ED25519, .bits = 256, .point = unhex(P256_POINT)};

    for (int alg = RT_SIG_ECDSA_SHA256; alg <= RT_SIG_RSAPSS_SHA512 + 1; alg++) {
        enum rt_sig_alg a = (enum rt_sig_alg)alg;
        bool is_ec = alg <= RT_SIG_ECDSA_SHA512;
        struct ratls_bytes sig = unhex(encodings[0].sig);
        if (!is_ec)
            cr_expect_eq(rt_verify_spki(&ec, a, BYTES("sample"), sig, NULL), RATLS_E_CERT_KEY);
        if (is_ec)
            cr_expect_eq(rt_verify_spki(&rsa, a, BYTES("sample"), sig, NULL), RATLS_E_CERT_KEY);
        cr_expect_eq(rt_verify_spki(&ed, a, BYTES("sample"), sig, NULL), RATLS_E_CERT_KEY);
        cr_expect_eq(rt_verify_spki(&odd, a, BYTES("sample"), sig, NULL), RATLS_E_CERT_KEY);
    }
}

/* ---- RSA, against openssl ---- */

struct rsa_case {
    struct ratls_buffer spki, sig;
    struct rt_public_key key;
};

/* openssl writes SPKI and signature, one behind the other. One key for each size, as large ones
 * take seconds to make. */
static void rsa_make(const char *bits, const char *sign, struct rsa_case *c)
{
    char command[512];
    struct ratls_bytes whole;

    snprintf(command, sizeof command,
             "{ [ -e 'k %s' ] || openssl genrsa -out 'k %s' %s 2>/dev/null; } && cp 'k %s' k && "
             "printf message > m && openssl rsa -in k -pubout -outform DER 2>/dev/null && "
             "openssl %s",
             bits, bits, bits, bits, sign);
    struct ratls_buffer both_parts = shell(command);
    struct rt_reader r = rt_reader(rt_bytes_of(&both_parts));
    (void)rt_der_get(&r, RT_DER_SEQUENCE, &whole);
    MUST(rt_dup(whole, &c->spki));
    MUST(rt_dup(rt_rest(&r), &c->sig));
    MUST(rt_public_key_parse(rt_bytes_of(&c->spki), &c->key, NULL));
    ratls_buffer_free(&both_parts);
}

static void rsa_free(struct rsa_case *c)
{
    ratls_buffer_free(&c->spki);
    ratls_buffer_free(&c->sig);
}

static enum ratls_err rsa_verify(const struct rsa_case *c, enum rt_sig_alg alg, const char *msg)
{
    return rt_verify_spki(&c->key, alg, ratls_bytes_str(msg), rt_bytes_of(&c->sig), NULL);
}

#define PSS(hash, mgf, salt)                                                                       \
    "dgst -" hash " -sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:" mgf                         \
    " -sigopt rsa_pss_saltlen:" salt " -sign k m"

Test(rsa, verifies_what_openssl_signs, .timeout = 120)
{
    static const struct {
        const char *bits, *digest;
        enum rt_sig_alg alg;
    } rows[] = {{"2048", "dgst -sha256 -sign k m", RT_SIG_RSA_SHA256},
                {"3072", "dgst -sha384 -sign k m", RT_SIG_RSA_SHA384},
                {"-3 2048", "dgst -sha512 -sign k m", RT_SIG_RSA_SHA512},
                {"4096", "dgst -sha256 -sign k m", RT_SIG_RSA_SHA256},
                {"4096", PSS("sha384", "sha384", "48"), RT_SIG_RSAPSS_SHA384},
                {"2048", PSS("sha384", "sha384", "48"), RT_SIG_RSAPSS_SHA384},
                {"2048", PSS("sha256", "sha256", "32"), RT_SIG_RSAPSS_SHA256},
                {"2048", PSS("sha512", "sha512", "64"), RT_SIG_RSAPSS_SHA512},
                {"4096", PSS("sha512", "sha512", "64"), RT_SIG_RSAPSS_SHA512}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rsa_case c = {0};
        rsa_make(rows[i].bits, rows[i].digest, &c);
        cr_expect_eq(rsa_verify(&c, rows[i].alg, "message"), RATLS_OK, "row %zu", i);
        cr_expect_eq(rsa_verify(&c, rows[i].alg, "Message"), RATLS_E_CERT_SIGNATURE);
        for (int alg = RT_SIG_RSA_SHA256; alg <= RT_SIG_RSAPSS_SHA512; alg++)
            if (alg != (int)rows[i].alg)
                cr_expect_eq(rsa_verify(&c, (enum rt_sig_alg)alg, "message"),
                             RATLS_E_CERT_SIGNATURE);
        c.sig.p[c.sig.len / 2] ^= 1;
        cr_expect_eq(rsa_verify(&c, rows[i].alg, "message"), RATLS_E_CERT_SIGNATURE);
        rsa_free(&c);
    }
}

/* Each signature is over the right digest, but in another dress. */
Test(rsa, refuses_other_paddings_and_weak_keys, .timeout = 120)
{
    static const struct {
        const char *bits, *sign;
        enum ratls_err expected;
    } rows[] = {
        {"2048", "dgst -sha256 -sigopt rsa_padding_mode:pss -sign k m", RATLS_E_CERT_SIGNATURE},
        /* the bare digest without DigestInfo */
        {"2048", "dgst -sha256 -binary m | openssl pkeyutl -sign -inkey k", RATLS_E_CERT_SIGNATURE},
        {"2048", "dgst -sha1 -sign k m", RATLS_E_CERT_SIGNATURE},
        {"1024", "dgst -sha256 -sign k m", RATLS_E_CERT_KEY},
        {"2047", "dgst -sha256 -sign k m", RATLS_E_CERT_KEY},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rsa_case c = {0};
        rsa_make(rows[i].bits, rows[i].sign, &c);
        cr_expect_eq(rsa_verify(&c, RT_SIG_RSA_SHA256, "message"), rows[i].expected, "row %zu", i);
        rsa_free(&c);
    }
}

/* RFC 8017 s.8.1.2: hash, mask generation and length of the salt are those that were agreed. */
Test(rsa, refuses_pss_with_other_parameters, .timeout = 120)
{
    static const struct {
        const char *sign;
        enum rt_sig_alg alg;
    } rows[] = {
        {PSS("sha384", "sha384", "47"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha384", "sha384", "49"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha384", "sha384", "0"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha384", "sha256", "48"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha256", "sha384", "48"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha512", "sha512", "64"), RT_SIG_RSAPSS_SHA384},
        {PSS("sha256", "sha256", "31"), RT_SIG_RSAPSS_SHA256},
        {PSS("sha256", "sha256", "33"), RT_SIG_RSAPSS_SHA256},
        {PSS("sha256", "sha256", "0"), RT_SIG_RSAPSS_SHA256},
        {PSS("sha256", "sha1", "32"), RT_SIG_RSAPSS_SHA256},
        {PSS("sha256", "sha512", "32"), RT_SIG_RSAPSS_SHA256},
        {PSS("sha512", "sha512", "63"), RT_SIG_RSAPSS_SHA512},
        {PSS("sha512", "sha512", "max"), RT_SIG_RSAPSS_SHA512},
        {PSS("sha512", "sha512", "0"), RT_SIG_RSAPSS_SHA512},
        {PSS("sha512", "sha256", "64"), RT_SIG_RSAPSS_SHA512},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rsa_case c = {0};
        rsa_make("2048", rows[i].sign, &c);
        cr_expect_eq(rsa_verify(&c, rows[i].alg, "message"), RATLS_E_CERT_SIGNATURE, "%s",
                     rows[i].sign);
        rsa_free(&c);
    }
}

/* The block may hold the right bytes, and more: Bleichenbacher's forgery of 2006. */
Test(rsa, refuses_signatures_of_a_wrong_size)
{
    struct rsa_case c = {0};

    rsa_make("2048", "dgst -sha256 -sign k m", &c);
    struct ratls_bytes sig = rt_bytes_of(&c.sig);
    uint8_t longer[257] = {0};

    memcpy(longer + 1, sig.p, sig.len);
    cr_expect_eq(rt_verify_spki(&c.key, RT_SIG_RSA_SHA256, BYTES("message"),
                                ratls_bytes(longer, sizeof longer), NULL),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_verify_spki(&c.key, RT_SIG_RSA_SHA256, BYTES("message"),
                                ratls_bytes(sig.p, sig.len - 1), NULL),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(rt_verify_spki(&c.key, RT_SIG_RSA_SHA256, BYTES("message"), c.key.rsa_n, NULL),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(
        rt_verify_spki(&c.key, RT_SIG_RSA_SHA256, BYTES("message"), ratls_bytes(NULL, 0), NULL),
        RATLS_E_CERT_SIGNATURE);
    rsa_free(&c);
}
