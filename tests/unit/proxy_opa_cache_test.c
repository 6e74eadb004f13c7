/* What is remembered of an OPA's word, and for how long. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include "opa_cache.h"

#define NOW INT64_C(1750000000)

static struct px_opa_cache *cache;

static void setup(void)
{
    cache = calloc(1, sizeof *cache);
    cr_assert_not_null(cache);
}

static void teardown(void)
{
    free(cache);
}

TestSuite(opa_cache, .init = setup, .fini = teardown);

static struct ratls_policy_key key(uint8_t row, uint8_t rest)
{
    struct ratls_policy_key k = {.expires = INT64_MAX};

    memset(k.sha256, rest, sizeof k.sha256);
    k.sha256[0] = row;
    return k;
}

static struct px_moment after(int64_t wall_s, int64_t monotonic_s)
{
    return (struct px_moment){NOW + wall_s, 1000000 + monotonic_s * 1000};
}

static bool has(const struct ratls_policy_key *k, struct px_moment at)
{
    return px_opa_cache_has(cache, k, &at);
}

static void add(const struct ratls_policy_key *k)
{
    const struct px_moment at = after(0, 0);

    px_opa_cache_add(cache, k, &at);
}

Test(opa_cache, knows_what_it_was_told)
{
    const struct ratls_policy_key k = key(1, 2);

    cr_expect_not(has(&k, after(0, 0)));
    add(&k);
    cr_expect(has(&k, after(0, 0)));
    cr_expect(has(&k, after(59, 59)));
}

/* An empty place is not the question whose digest is zero. */
Test(opa_cache, knows_nothing_at_first)
{
    const struct ratls_policy_key zero = {.expires = INT64_MAX};

    cr_expect_not(has(&zero, after(0, 0)));
}

/* T54: every bit of the digest counts. */
Test(opa_cache, knows_no_other_question)
{
    const struct ratls_policy_key k = key(1, 2);

    add(&k);
    for (size_t i = 0; i < 8 * sizeof k.sha256; i++) {
        struct ratls_policy_key other = k;
        other.sha256[i / 8] ^= (uint8_t)(1 << i % 8);
        cr_expect_not(has(&other, after(0, 0)), "bit %zu", i);
    }
}

Test(opa_cache, forgets_after_a_minute_of_either_clock)
{
    const struct ratls_policy_key k = key(1, 2);

    add(&k);
    cr_expect_not(has(&k, after(60, 60)));
    cr_expect_not(has(&k, after(60, 1)));
    cr_expect_not(has(&k, after(1, 60)));
}

/* A clock that is set back does not prolong anything. */
Test(opa_cache, does_not_trust_a_clock_that_was_set_back)
{
    const struct ratls_policy_key k = key(1, 2);

    add(&k);
    cr_expect_not(has(&k, after(-1, 1)));
    cr_expect_not(has(&k, after(-86400, 1)));
}

/* T54: never beyond what the peer showed. */
Test(opa_cache, forgets_at_the_end_of_the_verdict)
{
    struct ratls_policy_key k = key(1, 2);

    k.expires = NOW + 10;
    add(&k);
    cr_expect(has(&k, after(9, 9)));
    cr_expect_not(has(&k, after(10, 10)));
    k.expires = INT64_MAX; /* that of another peer with the same question */
    cr_expect_not(has(&k, after(10, 10)));
    k = key(3, 4);
    add(&k);
    k.expires = NOW + 1;
    cr_expect_not(has(&k, after(1, 1)));
}

Test(opa_cache, is_bounded_and_keeps_the_latest)
{
    for (uint8_t i = 1; i <= PX_OPA_CACHE_WAYS + 1; i++) {
        const struct ratls_policy_key k = key(7, i);
        const struct px_moment at = after(i, i);
        px_opa_cache_add(cache, &k, &at);
    }
    for (uint8_t i = 1; i <= PX_OPA_CACHE_WAYS + 1; i++) {
        const struct ratls_policy_key k = key(7, i);
        cr_expect_eq(has(&k, after(6, 6)), i > 1, "%u", i);
    }
}

Test(opa_cache, told_again_it_begins_anew)
{
    const struct ratls_policy_key k = key(1, 2);
    const struct px_moment later = after(50, 50);

    add(&k);
    px_opa_cache_add(cache, &k, &later);
    cr_expect(has(&k, after(100, 100)));
    cr_expect_not(has(&k, after(110, 110)));
}
