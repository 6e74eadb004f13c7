/* JWE whose value is sealed by SM4-GCM: who asks for it gets it, and nobody else. */
#include "crypto_rsa.h"
#include "crypto_support.h"
#include "jwe.h"
#include "sm4.h"

TestSuite(secret_sm4, .timeout = 60);

static const enum ratls_jwe_enc sm4 = RATLS_JWE_SM4_GCM, aes = RATLS_JWE_A256GCM;
static struct ratls_buffer spki, private_key;

static void ec_pair(void)
{
    struct rt_key *key = NULL;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_key_export(key, &private_key));
    MUST(rt_dup(rt_key_spki(key), &spki));
    rt_key_free(key);
}

static void rsa_pair(void)
{
    struct rt_rsa_key *key = NULL;

    MUST(rt_rsa_generate(ratls_env_system(), 2048, &key));
    MUST(rt_rsa_export(key, &private_key));
    MUST(rt_dup(rt_rsa_spki(key), &spki));
    rt_rsa_free(key);
}

static void free_pair(void)
{
    ratls_buffer_free(&spki);
    ratls_buffer_free(&private_key);
}

/* New. */
static struct ratls_buffer made(enum ratls_jwe_enc enc)
{
    const struct ratls_jwe_key to = {rt_bytes_of(&spki), enc};
    struct ratls_buffer jwe;

    MUST(ratls_secret_jwe(ratls_env_system(), BYTES("canary"), &to, &jwe, NULL));
    return jwe;
}

/* `detail` is part of the text. */
static void expect_open(struct ratls_bytes jwe, enum ratls_jwe_enc enc, enum ratls_err due,
                        const char *detail)
{
    const struct ratls_jwe_key own = {rt_bytes_of(&private_key), enc};
    struct ratls_secret_value *v = NULL;
    struct ratls_error err = {0};

    cr_expect_eq(ratls_secret_jwe_open(ratls_env_system(), jwe, &own, &v, &err), due, "%s",
                 err.detail);
    cr_expect(strstr(err.detail, detail), "'%s', not '%s'", err.detail, detail);
    cr_expect_eq(due == RATLS_OK, v != NULL);
    if (v)
        cr_expect(ratls_bytes_equal(ratls_secret_value_bytes(v), BYTES("canary")));
    ratls_secret_value_free(v);
}

static void expect_header(const struct ratls_buffer *jwe, const char *due)
{
    const char *text = (const char *)jwe->p;
    char header[1024] = "";
    size_t len = sizeof header - 1;

    cr_assert(rt_unbase64url(text, strcspn(text, "."), (uint8_t *)header, &len));
    cr_expect(strstr(header, due), "%s", header);
}

static void both_ways(void)
{
    struct ratls_buffer jwe = made(sm4);

    expect_header(&jwe, "\"enc\":\"SGD_SM4_GCM\"");
    expect_open(rt_bytes_of(&jwe), sm4, RATLS_OK, "");
    ratls_buffer_free(&jwe);
}

Test(secret_sm4, opens_for_an_ec_key, .init = ec_pair, .fini = free_pair)
{
    both_ways();
}

Test(secret_sm4, opens_for_an_rsa_key, .init = rsa_pair, .fini = free_pair)
{
    both_ways();
}

/* Whoever opens it chooses, not the header. */
Test(secret_sm4, is_opened_only_by_who_asks_for_it, .init = ec_pair, .fini = free_pair)
{
    struct ratls_buffer by_sm4 = made(sm4), by_aes = made(aes);

    expect_header(&by_aes, "\"enc\":\"A256GCM\"");
    expect_open(rt_bytes_of(&by_sm4), aes, RATLS_E_JWE_FORMAT, "'enc' is not A256GCM");
    expect_open(rt_bytes_of(&by_aes), sm4, RATLS_E_JWE_FORMAT, "'enc' is not SGD_SM4_GCM");
    expect_open(rt_bytes_of(&by_aes), aes, RATLS_OK, "");
    ratls_buffer_free(&by_sm4);
    ratls_buffer_free(&by_aes);
}

Test(secret_sm4, does_not_open_when_any_character_was_changed, .init = ec_pair, .fini = free_pair)
{
    const struct ratls_jwe_key own = {rt_bytes_of(&private_key), sm4};
    struct ratls_buffer jwe = made(sm4);
    struct ratls_secret_value *v = NULL;

    for (size_t i = 0; i < jwe.len; i++) {
        const uint8_t was = jwe.p[i];
        jwe.p[i] = was == 'A' ? 'B' : 'A';
        enum ratls_err e =
            ratls_secret_jwe_open(ratls_env_system(), rt_bytes_of(&jwe), &own, &v, NULL);
        cr_expect(e == RATLS_E_JWE || e == RATLS_E_JWE_FORMAT, "%zu: %s", i, ratls_err_reason(e));
        cr_expect_null(v);
        jwe.p[i] = was;
    }
    ratls_buffer_free(&jwe);
}

static void append(char *text, struct ratls_bytes part)
{
    strcat(text, ".");
    rt_base64url(part, &text[strlen(text)]);
}

/* As somebody else makes it: with so many bytes of `key` for the content key. */
static void expect_content_key(const uint8_t key[32], size_t len, enum ratls_err due)
{
    static const char header[] = "{\"alg\":\"RSA-OAEP-256\",\"enc\":\"SGD_SM4_GCM\"}";
    static const uint8_t iv[RT_GCM_IV_LEN];
    char text[1024] = "";
    uint8_t value[6 + RT_GCM_TAG_LEN];
    struct rt_public_key to;
    struct ratls_buffer sealed = {0};

    rt_base64url(ratls_bytes_str(header), text);
    const struct rt_gcm with = {.key = key, .iv = iv, .aad = ratls_bytes(text, strlen(text))};
    MUST(rt_sm4_gcm_seal(&with, BYTES("canary"), value));
    MUST(rt_public_key_parse(rt_bytes_of(&spki), &to, NULL));
    MUST(rt_oaep_seal(ratls_env_system(), &to, ratls_bytes(key, len), &sealed));
    append(text, rt_bytes_of(&sealed));
    append(text, ratls_bytes(iv, sizeof iv));
    append(text, ratls_bytes(value, 6));
    append(text, ratls_bytes(&value[6], RT_GCM_TAG_LEN));
    ratls_buffer_free(&sealed);
    expect_open(ratls_bytes_str(text), sm4, due, "");
}

Test(secret_sm4, has_a_content_key_of_its_length, .init = rsa_pair, .fini = free_pair)
{
    static const uint8_t key[32] = {1, 2, 3};

    expect_content_key(key, 16, RATLS_OK);
    expect_content_key(key, 15, RATLS_E_JWE);
    expect_content_key(key, 17, RATLS_E_JWE);
    expect_content_key(key, 32, RATLS_E_JWE);
}

Test(secret_sm4, is_called_by_one_name)
{
    enum ratls_jwe_enc enc = aes;

    cr_expect(ratls_jwe_enc_find("SGD_SM4_GCM", &enc) && enc == sm4);
    cr_expect(ratls_jwe_enc_find("A256GCM", &enc) && enc == aes);
    cr_expect_not(ratls_jwe_enc_find("SM4-GCM", &enc));
    cr_expect_not(ratls_jwe_enc_find("sgd_sm4_gcm", &enc));
    cr_expect_not(ratls_jwe_enc_find("", &enc));
    cr_expect_eq(ratls_jwe_enc_check(sm4, NULL), RATLS_OK);
    cr_expect_eq(ratls_jwe_enc_check((enum ratls_jwe_enc)2, NULL), RATLS_E_USAGE);
}
