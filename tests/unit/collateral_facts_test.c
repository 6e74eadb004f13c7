/* What a keeper of collateral learns of a document. What makes a document bad is the business of
 * the verifier's tests. */
#include <criterion/criterion.h>

#include "ratls/collateral.h"
#include "sim_collateral.h"
#include "sim_platform.h"

#define NOW INT64_C(1750000000)
#define DAY 86400

static struct ratls_env env;
static struct rt_sim_pki pki;

static int64_t frozen(void *arg)
{
    (void)arg;
    return NOW;
}

static void setup(void)
{
    env = *ratls_env_system();
    env.now = frozen;
    cr_assert_eq(rt_sim_pki_make(&env, NULL, &pki, NULL), RATLS_OK);
}

static void teardown(void)
{
    rt_sim_pki_free(&pki);
}

TestSuite(collateral_facts, .init = setup, .fini = teardown);

static const struct rt_sim_collateral_knobs usual = {
    .tcb_info = {.issue = NOW + 1, .next = NOW + 24 * DAY, .eval_number = 18},
    .qe_identity = {.issue = NOW + 4, .next = NOW + 23 * DAY, .eval_number = 17},
    .pck_crl = {.this_update = NOW + 3, .next_update = NOW + 22 * DAY},
    .root_crl = {.this_update = NOW + 2, .next_update = NOW + 21 * DAY},
};

static enum ratls_err facts_of(const struct rt_sim_collateral_knobs *knobs,
                               struct ratls_collateral_facts *out)
{
    struct ratls_buffer json = {0};
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pki.der[RT_SIM_ROOT]), NULL),
                 RATLS_OK);
    cr_assert_eq(rt_sim_collateral(&env, &pki, knobs, &json), RATLS_OK);
    enum ratls_err e =
        ratls_collateral_check(t, knobs->sgx ? "sgx" : "tdx", rt_bytes_of(&json), out, NULL);
    ratls_buffer_free(&json);
    ratls_trust_unref(t);
    return e;
}

Test(collateral_facts, have_the_date_and_number_of_each_part)
{
    static const int64_t issue[] = {18, 17, NOW + 1, NOW + 4, NOW + 3, NOW + 2};
    struct ratls_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_assert_eq(f.n_issue, RT_COUNT(issue));
    cr_expect_arr_eq(f.issue, issue, sizeof issue);
    cr_expect_eq(f.number, 17);
}

Test(collateral_facts, hold_while_every_part_does)
{
    struct ratls_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_expect_eq(f.begins, NOW + 4);
    cr_expect_eq(f.expires, NOW + 21 * DAY);
}

Test(collateral_facts, name_the_platform)
{
    struct rt_sim_collateral_knobs sgx = usual;
    struct ratls_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_expect_str_eq(f.name, "tdx-5241544c5300-platform");
    sgx.sgx = true;
    sgx.fmspc = "0A0b0C0d0E0f";
    cr_assert_eq(facts_of(&sgx, &f), RATLS_OK);
    cr_expect_str_eq(f.name, "sgx-0a0b0c0d0e0f-platform");
}

Test(collateral_facts, need_a_verifier_that_has_collateral)
{
    struct ratls_collateral_facts f;
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    cr_expect_eq(ratls_collateral_check(t, "none", ratls_bytes_str("{}"), &f, NULL),
                 RATLS_E_UNSUPPORTED);
    cr_expect_eq(ratls_collateral_check(t, NULL, ratls_bytes_str("{}"), &f, NULL),
                 RATLS_E_UNSUPPORTED);
    cr_expect_eq(ratls_collateral_check(t, "tdx", ratls_bytes_str("x"), &f, NULL),
                 RATLS_E_COLLATERAL_FORMAT);
    ratls_trust_unref(t);
}

/* Without them nobody learns what is revoked. */
Test(collateral_facts, need_revocation_lists)
{
    struct rt_sim_collateral_knobs without = usual;
    struct ratls_collateral_facts f;

    without.without = "pck_crl";
    cr_expect_eq(facts_of(&without, &f), RATLS_E_COLLATERAL_MISSING);
}

Test(collateral_facts, are_those_of_proven_documents_only)
{
    struct rt_sim_collateral_knobs forged = usual;
    struct ratls_collateral_facts f;

    forged.tcb_info.signer.by_stranger = true;
    cr_expect_eq(facts_of(&forged, &f), RATLS_E_COLLATERAL_SIGNATURE);
}
