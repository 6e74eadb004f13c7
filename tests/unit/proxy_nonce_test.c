/* Nonces of the token endpoint (T49). */
#include <criterion/criterion.h>

#include "nonce.h"
#include "siphash.h"

static struct ratls_env env;
static int64_t now_ms;
static struct px_nonces *nonces;
static char text[PX_NONCE_TEXT + 1];
static uint8_t bytes[PX_NONCE_LEN];
static const uint8_t key_bytes[32] = {1}, other_bytes[32] = {1, [31] = 1};
static const struct px_nonce_owner owner = {"s", key_bytes}, anybody = {"s", NULL};

static int64_t monotonic(void *arg)
{
    (void)arg;
    return now_ms;
}

static void setup(void)
{
    env = *ratls_env_system();
    env.monotonic_ms = monotonic;
    now_ms = 1000;
    nonces = px_nonces_new(&env);
    cr_assert_not_null(nonces);
    cr_assert(px_nonce_make(nonces, &owner, text));
}

static void teardown(void)
{
    px_nonces_free(nonces);
}

TestSuite(proxy_nonce, .init = setup, .fini = teardown, .timeout = 60);

static enum px_nonce_is spend(const char *nonce)
{
    return px_nonce_spend(nonces, &owner, nonce, bytes);
}

/* Aumasson and Bernstein, reference vectors of SipHash-2-4: messages 00 01 ... of 8 and 16 bytes.
 */
Test(proxy_nonce, siphash_is_siphash)
{
    const uint64_t k[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

    cr_expect_eq(px_siphash(k, k, 0), UINT64_C(0x726fdb47dd0e0e31));
    cr_expect_eq(px_siphash(k, k, 1), UINT64_C(0x93f5f5799a932462));
    cr_expect_eq(px_siphash(k, k, 2), UINT64_C(0x3f2acc7f57c29bdb));
}

Test(proxy_nonce, a_nonce_is_good_once)
{
    cr_expect_eq(strlen(text), PX_NONCE_TEXT);
    cr_expect_eq(spend(text), PX_NONCE_GOOD);
    cr_expect_eq(spend(text), PX_NONCE_USED);
    cr_expect_eq(spend(text), PX_NONCE_USED);
    cr_assert(px_nonce_make(nonces, &owner, text));
    cr_expect_eq(spend(text), PX_NONCE_GOOD);
}

Test(proxy_nonce, no_two_are_the_same)
{
    char second[PX_NONCE_TEXT + 1];

    cr_assert(px_nonce_make(nonces, &owner, second));
    cr_expect_str_neq(text, second);
}

Test(proxy_nonce, it_lives_for_its_time_and_is_remembered_for_as_long)
{
    now_ms += 1000 * PX_NONCE_LIFE_S;
    cr_expect_eq(spend(text), PX_NONCE_GOOD);
    cr_expect_eq(spend(text), PX_NONCE_USED);
    now_ms += 1;
    cr_expect_eq(spend(text), PX_NONCE_OVER);
    now_ms = 999;
    cr_expect_eq(spend(text), PX_NONCE_OVER, "made later than now");
}

Test(proxy_nonce, it_is_for_the_key_it_was_made_for)
{
    const struct px_nonce_owner others[] = {
        {"s", other_bytes}, {"t", key_bytes}, {"", key_bytes}, anybody};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_eq(px_nonce_spend(nonces, &others[i], text, bytes), PX_NONCE_UNKNOWN, "%zu", i);
    cr_expect_eq(spend(text), PX_NONCE_GOOD, "and not used up by others");
}

Test(proxy_nonce, of_nobody_it_is_for_the_service_it_was_made_for)
{
    const struct px_nonce_owner elsewhere = {"t", NULL};

    cr_assert(px_nonce_make(nonces, &anybody, text));
    cr_expect_eq(spend(text), PX_NONCE_UNKNOWN);
    cr_expect_eq(px_nonce_spend(nonces, &elsewhere, text, bytes), PX_NONCE_UNKNOWN);
    cr_expect_eq(px_nonce_spend(nonces, &anybody, text, bytes), PX_NONCE_GOOD);
    cr_expect_eq(px_nonce_spend(nonces, &anybody, text, bytes), PX_NONCE_USED);
}

Test(proxy_nonce, every_character_counts)
{
    for (size_t i = 0; i < PX_NONCE_TEXT; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'B' : 'A';
        cr_expect_eq(spend(text), PX_NONCE_UNKNOWN, "%zu", i);
        text[i] = '+';
        cr_expect_eq(spend(text), PX_NONCE_UNKNOWN, "%zu", i);
        text[i] = was;
    }
    cr_expect_eq(spend(""), PX_NONCE_UNKNOWN);
    text[PX_NONCE_TEXT - 1] = 0;
    cr_expect_eq(spend(text), PX_NONCE_UNKNOWN);
}

/* The last character has two bits of nothing. */
Test(proxy_nonce, a_nonce_has_one_spelling)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *last = &text[PX_NONCE_TEXT - 1];
    const ptrdiff_t at = strchr(alphabet, *last) - alphabet;

    cr_assert_eq(at % 4, 0);
    for (ptrdiff_t i = 1; i < 4; i++) {
        *last = alphabet[at + i];
        cr_expect_eq(spend(text), PX_NONCE_UNKNOWN);
    }
}

Test(proxy_nonce, another_process_takes_none_of_it)
{
    px_nonces_free(nonces);
    nonces = px_nonces_new(&env);
    cr_expect_eq(spend(text), PX_NONCE_UNKNOWN);
}

Test(proxy_nonce, what_is_remembered_has_a_limit)
{
    for (size_t i = 0; i < PX_NONCE_SPENT; i++) {
        cr_assert(px_nonce_make(nonces, &owner, text));
        cr_assert_eq(spend(text), PX_NONCE_GOOD);
    }
    cr_assert(px_nonce_make(nonces, &owner, text));
    cr_expect_eq(spend(text), PX_NONCE_FULL);
    cr_expect_eq(spend(text), PX_NONCE_FULL);
    now_ms += 1000 * PX_NONCE_LIFE_S + 1;
    cr_assert(px_nonce_make(nonces, &owner, text));
    cr_expect_eq(spend(text), PX_NONCE_GOOD);
}
