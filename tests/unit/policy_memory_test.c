/* T77 for policies: an allocation fails while one is read, asked, told or put in words. No crash,
 * no leak, no policy with half of its rules, and never another decision: words are all that is
 * lost. */
#include <stdio.h>

#include "base.h"
#include "ratls/appraise.h"

#define RUNS 4000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(policy_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

#define M "00112233445566778899aabbccddeeff"

/* Every member that takes memory. */
static const char policy[] =
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" M "\"],\"registers\":{\"r\":[\"00\",\"01\"]},"
    "\"lists\":{\"l\":[\"aa\"]},\"platform_ids\":[\"" M "\"],\"denied_platform_ids\":[\"" M "00\"],"
    "\"advisory_ids\":{\"accepted\":[\"A\",\"B\"],\"rejected\":[\"C\"]},\"rules\":["
    "{\"name\":\"n\",\"claim\":\"r\",\"in\":[\"00\",\"01\"]},"
    "{\"claim\":\"r\",\"equals\":\"01\",\"mask\":\"0f\"},"
    "{\"any\":[{\"claim\":\"x\",\"equals\":true},{\"not\":{\"claim\":\"l\",\"contains\":\"b\"}}]},"
    "{\"claim\":\"debug\",\"equals\":false}]},"
    "\"snp\":{\"chip_ids\":[\"59790fb1c39f35c1\"],\"denied_chip_ids\":[\"59790fb1c39f35c2\"]}},"
    "\"peer_names\":[\"a.example\"],\"services\":{\"web\":{\"binding\":\"quote\"},"
    "\"mail\":{\"tees\":{\"tdx\":{\"measurements\":[\"" M "\"],\"rules\":["
    "{\"claim\":\"a\",\"in\":[\"b\",\"c\"]}]}}}}}";

static struct ratls_claims *claims;
static struct ratls_env env;
static enum ratls_err due;

static void setup(void)
{
    env = *ratls_env_system();
    env.log = NULL;
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M);
    (void)ratls_claims_set_text(claims, "platform_id", M);
    (void)ratls_claims_set_text(claims, "r", "01");
    (void)ratls_claims_add_item(claims, "l", "aa");
    (void)ratls_claims_add_item(claims, "advisory_ids", "A");
    (void)ratls_claims_add_item(claims, "peer.names", "a.example");
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_memory, .init = setup, .fini = teardown, .timeout = 300);

static bool make_trust(struct ratls_trust **out)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_new(&env, out);

    if (e == RATLS_OK)
        e = ratls_trust_set_policy_for(*out, ratls_bytes_str(policy), "web", &err);
    cr_expect(e == RATLS_OK || e == RATLS_E_NO_MEMORY, "%s: %s", ratls_err_reason(e), err.detail);
    if (e == RATLS_OK)
        cr_expect_eq(ratls_trust_required_level(*out), RATLS_LEVEL_QUOTE);
    return e == RATLS_OK;
}

static void hear(void *arg, const struct ratls_finding *f)
{
    size_t *told = arg;

    (*told)++;
    cr_expect(f->rule && f->detail);
}

static void expect_answers(const struct ratls_trust *trust)
{
    size_t told = 0;
    struct ratls_policy_question q = {.tee = "tdx", .claims = claims, .now = 1750000000};
    struct ratls_error err = {0};

    cr_expect_eq(ratls_policy_try(trust, &q, &err), due, "%s", err.detail);
    q.on_finding = hear;
    q.finding_arg = &told;
    cr_expect_eq(ratls_policy_try(trust, &q, NULL), due);
    cr_expect_gt(told, 15);
    cr_expect_eq(ratls_policy_words(trust, "tdx", hear, &told), RATLS_OK);
}

static bool ask(void)
{
    struct ratls_trust *trust = NULL;

    armed = true;
    const bool ready = make_trust(&trust);
    if (ready)
        expect_answers(trust);
    ratls_trust_unref(trust);
    armed = false;
    return ready;
}

Test(policy_memory, survives_one_failure)
{
    due = RATLS_OK;
    fail_each(ask, OURS_ONCE);
}

Test(policy_memory, survives_every_failure_from_some_point_on)
{
    due = RATLS_OK;
    fail_each(ask, FOR_EVER);
}

/* The words of a refusal need memory; the refusal does not. */
Test(policy_memory, refuses_without_memory_as_with_it)
{
    (void)ratls_claims_set_text(claims, "r", "00");
    due = RATLS_E_RULE;
    fail_each(ask, OURS_ONCE);
    fail_each(ask, FOR_EVER);
}

#endif
