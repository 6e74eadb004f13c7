/* SM4-GCM against the example of RFC 8998, and its cipher against the command of another library.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "sm4.h"

TestSuite(sm4, .timeout = 60);

/* RFC 8998 appendix A.1; the key is that of GB/T 32907-2016, annex A.1. */
#define KEY "0123456789abcdeffedcba9876543210"
#define IV  "00001234567800000000abcd"
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define PLAIN                                                                                      \
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"                             \
    "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
#define SEALED                                                                                     \
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"                             \
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"                             \
    "83de3541e4c2b58177e065a9bf7b62ec"

enum { LEN = 64, SEALED_LEN = LEN + RT_GCM_TAG_LEN };

static uint8_t key[RT_SM4_KEY_LEN], iv[RT_GCM_IV_LEN], aad[20];
static uint8_t due_plain[LEN], due_sealed[SEALED_LEN];
static struct rt_gcm with;

static void unhex(const char *text, uint8_t *out, size_t len)
{
    size_t got = len;

    cr_assert(rt_unhex(text, strlen(text), out, &got) && got == len, "%s", text);
}

static void take_example(void)
{
    unhex(KEY, key, sizeof key);
    unhex(IV, iv, sizeof iv);
    unhex(AAD, aad, sizeof aad);
    unhex(PLAIN, due_plain, LEN);
    unhex(SEALED, due_sealed, SEALED_LEN);
    with = (struct rt_gcm){.key = key, .iv = iv, .aad = ratls_bytes(aad, sizeof aad)};
}

Test(sm4, gcm_gives_the_bytes_of_the_rfc, .init = take_example)
{
    uint8_t sealed[SEALED_LEN], plain[LEN];

    cr_assert(rt_sm4_is_here());
    cr_assert_eq(rt_sm4_gcm_seal(&with, ratls_bytes(due_plain, LEN), sealed), RATLS_OK);
    cr_expect_arr_eq(sealed, due_sealed, SEALED_LEN);
    cr_assert_eq(rt_sm4_gcm_open(&with, ratls_bytes(due_sealed, SEALED_LEN), plain, RATLS_E_JWE),
                 RATLS_OK);
    cr_expect_arr_eq(plain, due_plain, LEN);
}

static void expect_forged(size_t len, const char *what)
{
    uint8_t plain[LEN];
    const size_t room = len > RT_GCM_TAG_LEN ? len - RT_GCM_TAG_LEN : 0;

    memset(plain, 0x5a, sizeof plain);
    cr_expect_eq(rt_sm4_gcm_open(&with, ratls_bytes(due_sealed, len), plain, RATLS_E_JWE),
                 RATLS_E_JWE, "%s, %zu bytes", what, len);
    cr_expect(rt_all_zero(plain, room), "%s: nothing comes out", what);
}

static void expect_each_bit(uint8_t *bytes, size_t len, const char *what)
{
    for (size_t i = 0; i < 8 * len; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        expect_forged(SEALED_LEN, what);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

Test(sm4, gcm_opens_nothing_that_was_changed, .init = take_example)
{
    expect_each_bit(due_sealed, SEALED_LEN, "sealed");
    expect_each_bit(aad, sizeof aad, "AAD");
    expect_each_bit(iv, sizeof iv, "nonce");
    expect_each_bit(key, sizeof key, "key");
    for (size_t len = 0; len < SEALED_LEN; len++)
        expect_forged(len, "cut");
    with.aad.len--;
    expect_forged(SEALED_LEN, "shorter AAD");
    with.aad.len = 0;
    expect_forged(SEALED_LEN, "no AAD");
}

/* ---- beside the command openssl, whose SM4 is not libgcrypt's ---- */

static void put_hex(char *line, const char *option, struct ratls_bytes bytes)
{
    char hex[65];

    rt_hex(bytes, hex);
    (void)sprintf(line + strlen(line), " %s %s", option, hex);
}

/* `in` through `openssl enc`. */
static void command(const char *mode, struct ratls_bytes counter, struct ratls_bytes in,
                    uint8_t *out)
{
    char folder[] = "/tmp/ratls-sm4-XXXXXX", line[300] = "", path[64];

    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/in", folder);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(in.p, 1, in.len, f) == in.len && fclose(f) == 0);
    (void)snprintf(line, sizeof line, "openssl enc -%s -nopad -in %s", mode, path);
    put_hex(line, "-K", ratls_bytes(key, sizeof key));
    if (counter.len)
        put_hex(line, "-iv", counter);
    f = popen(line, "r");
    cr_assert(f && fread(out, 1, in.len, f) == in.len && pclose(f) == 0, "%s", line);
    (void)snprintf(line, sizeof line, "rm -r %s", folder);
    cr_assert_eq(system(line), 0);
}

/* GB/T 32907-2016, annex A.1: the command's cipher is SM4, and so is that below the mode. */
Test(sm4, is_the_cipher_of_the_standard, .init = take_example)
{
    uint8_t block[16], due[16], counter[16] = {0}, plain[333], sealed[349], found[333];
    const struct ratls_env *env = ratls_env_system();

    unhex("681edf34d206965e86b3e94f536e4246", due, sizeof due);
    command("sm4-ecb", ratls_bytes(NULL, 0), ratls_bytes(key, sizeof key), block);
    cr_expect_arr_eq(block, due, sizeof due);

    for (size_t len = 1; len <= sizeof plain; len += 83) {
        cr_assert_eq(env->random(env->arg, plain, len), 0);
        cr_assert_eq(env->random(env->arg, iv, sizeof iv), 0);
        memcpy(counter, iv, sizeof iv);
        counter[15] = 2; /* SP 800-38D s.7.1: 1 is for the tag */
        command("sm4-ctr", ratls_bytes(counter, sizeof counter), ratls_bytes(plain, len), found);
        cr_assert_eq(rt_sm4_gcm_seal(&with, ratls_bytes(plain, len), sealed), RATLS_OK);
        cr_expect_arr_eq(sealed, found, len, "%zu bytes", len);
    }
}

Test(sm4, gcm_takes_no_bytes_at_all, .init = take_example)
{
    uint8_t sealed[RT_GCM_TAG_LEN], none[1];

    with.aad.len = 0;
    cr_assert_eq(rt_sm4_gcm_seal(&with, ratls_bytes(NULL, 0), sealed), RATLS_OK);
    cr_expect_eq(rt_sm4_gcm_open(&with, ratls_bytes(sealed, sizeof sealed), none, RATLS_E_JWE),
                 RATLS_OK);
    sealed[0] ^= 1;
    cr_expect_eq(rt_sm4_gcm_open(&with, ratls_bytes(sealed, sizeof sealed), none, RATLS_E_JWE),
                 RATLS_E_JWE);
}
