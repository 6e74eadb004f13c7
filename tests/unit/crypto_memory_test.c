/* T77 for signatures: an allocation fails while one is checked. A good one is never called wrong,
 * a wrong one never good, and the key is not blamed. */
#include "crypto_rsa.h"
#include "crypto_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(crypto_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct rt_public_key key;
static struct ratls_buffer sig;
static enum rt_sig_alg alg;
static enum ratls_err due;
static uint8_t raw[132];

static bool honest(enum ratls_err e)
{
    armed = false;
    cr_expect(e == due || rt_is_own_failure(e), "algorithm %d: %s", alg, ratls_err_reason(e));
    return e == due;
}

static bool check(void)
{
    armed = true;
    return honest(rt_verify_spki(&key, alg, BYTES("message"), rt_bytes_of(&sig), NULL));
}

static bool check_raw(void)
{
    armed = true;
    return honest(rt_verify_raw(RT_P521, key.point, RT_SHA512, BYTES("message"),
                                ratls_bytes(raw, sizeof raw)));
}

static bool check_point(void)
{
    struct rt_public_key again;

    armed = true;
    return honest(rt_public_key_of_point(RT_P521, key.point, &again, NULL));
}

/* The good signature, then one with a bit changed. */
static void check_both(void)
{
    due = RATLS_OK;
    fail_each(check, ONCE);
    fail_each(check, FOR_EVER);
    sig.p[sig.len - 1] ^= 1;
    due = RATLS_E_CERT_SIGNATURE;
    fail_each(check, ONCE);
    fail_each(check, FOR_EVER);
    ratls_buffer_free(&sig);
}

Test(crypto_memory, p521, .timeout = 300)
{
    struct rt_key *pair = make_key(RT_P521);

    MUST(rt_public_key_of_point(RT_P521, rt_key_point(pair), &key, NULL));
    MUST(rt_sign_der(ratls_env_system(), pair, BYTES("message"), &sig));
    MUST(rt_sign_raw(ratls_env_system(), pair, BYTES("message"), raw, sizeof raw));
    alg = RT_SIG_ECDSA_SHA512;
    fail_each(check_raw, ONCE);
    fail_each(check_point, ONCE);
    check_both();
    rt_key_free(pair);
}

Test(crypto_memory, pss, .timeout = 300)
{
    static const struct {
        enum rt_hash hash;
        enum rt_sig_alg alg;
    } rows[] = {{RT_SHA256, RT_SIG_RSAPSS_SHA256}, {RT_SHA512, RT_SIG_RSAPSS_SHA512}};
    struct rt_rsa_key *pair = NULL;

    MUST(rt_rsa_generate(ratls_env_system(), 2048, &pair));
    MUST(rt_public_key_parse(rt_rsa_spki(pair), &key, NULL));
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        alg = rows[i].alg;
        MUST(rt_rsa_sign_pss(ratls_env_system(), pair, rows[i].hash, BYTES("message"), &sig));
        check_both();
    }
    rt_rsa_free(pair);
}

#endif
