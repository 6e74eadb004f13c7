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

static enum ratls_err verify_as(enum rt_sig_alg alg, struct ratls_bytes msg,
                                const struct ratls_buffer *sig)
{
    struct rt_public_key public;

    MUST(rt_public_key_parse(rt_rsa_spki(key), &public, NULL));
    cr_expect_eq(public.type, RT_KEY_RSA);
    cr_expect_eq(public.bits, 2048);
    return rt_verify_spki(&public, alg, msg, rt_bytes_of(sig), NULL);
}

static enum ratls_err verify(struct ratls_bytes msg, const struct ratls_buffer *sig)
{
    return verify_as(RT_SIG_RSAPSS_SHA384, msg, sig);
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

/* Each way of signing is read as itself, and as none of the others. */
Test(crypto_rsa, signs_in_four_ways)
{
    static const struct {
        enum rt_sig_alg alg;
        enum rt_hash hash; /* of RSASSA-PSS; 0: PKCS#1 v1.5 */
    } rows[] = {{RT_SIG_RSAPSS_SHA256, RT_SHA256},
                {RT_SIG_RSAPSS_SHA384, RT_SHA384},
                {RT_SIG_RSAPSS_SHA512, RT_SHA512},
                {RT_SIG_RSA_SHA256, 0}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct ratls_env *env = ratls_env_system();
        struct ratls_buffer sig;
        if (rows[i].hash)
            MUST(rt_rsa_sign_pss(env, key, rows[i].hash, BYTES("message"), &sig));
        else
            MUST(rt_rsa_sign_pkcs1(env, key, BYTES("message"), &sig));
        for (int alg = RT_SIG_RSA_SHA256; alg <= RT_SIG_RSAPSS_SHA512; alg++)
            cr_expect_eq(verify_as((enum rt_sig_alg)alg, BYTES("message"), &sig),
                         alg == (int)rows[i].alg ? RATLS_OK : RATLS_E_CERT_SIGNATURE, "%zu, %d", i,
                         alg);
        ratls_buffer_free(&sig);
    }
}

Test(crypto_rsa, knows_no_other_hash)
{
    struct ratls_buffer sig;

    cr_expect_eq(rt_rsa_sign_pss(ratls_env_system(), key, (enum rt_hash)2, BYTES("m"), &sig),
                 RATLS_E_UNSUPPORTED);
    cr_expect_null(sig.p);
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
    cr_expect_eq(rt_rsa_sign_pkcs1(&env, key, BYTES("message"), &sig), RATLS_E_RANDOM);
}
