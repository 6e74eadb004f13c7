/* Without libgcrypt (RATLS_SM4): what is missing is said, and the rest is as ever. */
#include "crypto_support.h"
#include "jwe.h"
#include "sm4.h"

static const enum ratls_jwe_enc sm4 = RATLS_JWE_SM4_GCM;

Test(sm4_none, seals_and_opens_nothing)
{
    static const uint8_t key[RT_SM4_KEY_LEN], iv[RT_GCM_IV_LEN];
    const struct rt_gcm with = {.key = key, .iv = iv};
    uint8_t out[32] = {0};

    cr_assert_not(rt_sm4_is_here());
    cr_expect_eq(rt_sm4_gcm_seal(&with, BYTES("x"), out), RATLS_E_UNSUPPORTED);
    cr_expect_eq(rt_sm4_gcm_open(&with, ratls_bytes(out, 17), out, RATLS_E_JWE),
                 RATLS_E_UNSUPPORTED);
    cr_expect(rt_all_zero(out, sizeof out));
}

Test(sm4_none, of_a_jwe_is_refused_in_words)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_jwe_key to = {.enc = sm4}, own = {.enc = sm4};
    struct ratls_buffer jwe = {0}, private_key = {0};
    struct ratls_secret_value *v = NULL;
    struct ratls_error err = {0};
    struct rt_key *key = NULL;

    MUST(rt_key_generate(env, RT_P256, &key));
    MUST(rt_key_export(key, &private_key));
    to.key = rt_key_spki(key);
    own.key = rt_bytes_of(&private_key);
    cr_expect_eq(ratls_secret_jwe(env, BYTES("x"), &to, &jwe, &err), RATLS_E_UNSUPPORTED);
    cr_expect_str_eq(err.detail, "SGD_SM4_GCM: built without libgcrypt (RATLS_SM4)");
    cr_expect_null(jwe.p);
    to.enc = RATLS_JWE_A256GCM;
    MUST(ratls_secret_jwe(env, BYTES("x"), &to, &jwe, &err));
    cr_expect_eq(ratls_secret_jwe_open(env, rt_bytes_of(&jwe), &own, &v, NULL),
                 RATLS_E_UNSUPPORTED);
    cr_expect_null(v);
    own.enc = RATLS_JWE_A256GCM;
    MUST(ratls_secret_jwe_open(env, rt_bytes_of(&jwe), &own, &v, NULL));
    ratls_secret_value_free(v);
    ratls_buffer_free(&jwe);
    ratls_buffer_free(&private_key);
    rt_key_free(key);
}
