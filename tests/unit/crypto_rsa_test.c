/* RSA private keys of test PKIs. */
#include "crypto_rsa.h"
#include "crypto_support.h"

static struct rt_rsa_key *key;

static void setup(void)
{
    MUST(rt_rsa_generate(ratls_env_system(), 2048, &key));
}

static void teardown(void)
{
    rt_rsa_free(key);
}

TestSuite(crypto_rsa, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err verify(struct ratls_bytes msg, const struct ratls_buffer *sig)
{
    struct rt_public_key public;

    MUST(rt_public_key_parse(rt_rsa_spki(key), &public, NULL));
    cr_expect_eq(public.type, RT_KEY_RSA);
    cr_expect_eq(public.bits, 2048);
    return rt_verify_spki(&public, RT_SIG_RSAPSS_SHA384, msg, rt_bytes_of(sig), NULL);
}

Test(crypto_rsa, what_it_signs_verifies)
{
    struct ratls_buffer sig, again;

    MUST(rt_rsa_sign_pss(ratls_env_system(), key, RT_SHA384, BYTES("message"), &sig));
    cr_expect_eq(sig.len, 256);
    cr_expect_eq(verify(BYTES("message"), &sig), RATLS_OK);
    cr_expect_eq(verify(BYTES("Message"), &sig), RATLS_E_CERT_SIGNATURE);
    MUST(rt_rsa_sign_pss(ratls_env_system(), key, RT_SHA384, BYTES("message"), &again));
    cr_expect(memcmp(sig.p, again.p, sig.len) != 0, "the salt is fresh");
    ratls_buffer_free(&sig);
    ratls_buffer_free(&again);
}

Test(crypto_rsa, comes_back_from_its_file)
{
    struct ratls_buffer der, sig;
    struct rt_rsa_key *back = NULL;

    MUST(rt_rsa_export(key, &der));
    MUST(rt_rsa_import(rt_bytes_of(&der), &back));
    cr_expect(ratls_bytes_equal(rt_rsa_spki(key), rt_rsa_spki(back)));
    MUST(rt_rsa_sign_pss(ratls_env_system(), back, RT_SHA384, BYTES("message"), &sig));
    cr_expect_eq(verify(BYTES("message"), &sig), RATLS_OK);
    rt_rsa_free(back);
    ratls_buffer_free(&sig);
    cr_expect_eq(rt_rsa_import(ratls_bytes(der.p, der.len - 1), &back), RATLS_E_CERT_FORMAT);
    cr_expect_null(back);
    cr_expect_eq(rt_rsa_import(BYTES("no key"), &back), RATLS_E_CERT_FORMAT);
    ratls_buffer_free(&der);
    rt_rsa_free(NULL);
}

static int no_random(void *arg, uint8_t *out, size_t n)
{
    (void)arg;
    (void)out;
    (void)n;
    return -1;
}

Test(crypto_rsa, needs_randomness)
{
    struct ratls_env env = *ratls_env_system();
    struct rt_rsa_key *none;
    struct ratls_buffer sig;

    env.random = no_random;
    cr_expect_eq(rt_rsa_generate(&env, 2048, &none), RATLS_E_RANDOM);
    cr_expect_null(none);
    cr_expect_eq(rt_rsa_sign_pss(&env, key, RT_SHA384, BYTES("message"), &sig), RATLS_E_RANDOM);
}
