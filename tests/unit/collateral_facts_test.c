/* What a keeper of collateral learns of a document. What makes a document bad is the business of
 * the verifier's tests. */
#include <criterion/criterion.h>

#include "collateral.h"
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
                               struct rt_collateral_facts *out)
{
    struct ratls_root root = {.simulated = true};
    const struct rt_roots roots = {&root, 1};
    struct ratls_buffer json = {0};
    struct rt_x509 cert;

    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki.der[RT_SIM_ROOT]), &cert, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&cert, root.spki_sha256), RATLS_OK);
    cr_assert_eq(rt_sim_collateral(&env, &pki, knobs, &json), RATLS_OK);
    enum ratls_err e = rt_collateral_check(rt_bytes_of(&json), roots, out, NULL);
    ratls_buffer_free(&json);
    return e;
}

Test(collateral_facts, have_the_date_and_number_of_each_part)
{
    struct rt_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_expect_eq(f.issued[0], NOW + 1);
    cr_expect_eq(f.issued[1], NOW + 4);
    cr_expect_eq(f.issued[2], NOW + 3);
    cr_expect_eq(f.issued[3], NOW + 2);
    cr_expect_eq(f.tcb_eval_num[0], 18);
    cr_expect_eq(f.tcb_eval_num[1], 17);
}

Test(collateral_facts, hold_while_every_part_does)
{
    struct rt_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_expect_eq(f.begins, NOW + 4);
    cr_expect_eq(f.expires, NOW + 21 * DAY);
}

Test(collateral_facts, name_the_platform)
{
    struct rt_sim_collateral_knobs sgx = usual;
    struct rt_collateral_facts f;

    cr_assert_eq(facts_of(&usual, &f), RATLS_OK);
    cr_expect(f.tdx);
    cr_expect(f.platform_ca);
    cr_expect(memcmp(f.fmspc, "RATLS\0", 6) == 0);
    sgx.sgx = true;
    sgx.fmspc = "0A0b0C0d0E0f";
    cr_assert_eq(facts_of(&sgx, &f), RATLS_OK);
    cr_expect_not(f.tdx);
    cr_expect(memcmp(f.fmspc, "\x0a\x0b\x0c\x0d\x0e\x0f", 6) == 0);
}

/* Without them nobody learns what is revoked. */
Test(collateral_facts, need_revocation_lists)
{
    struct rt_sim_collateral_knobs without = usual;
    struct rt_collateral_facts f;

    without.without = "pck_crl";
    cr_expect_eq(facts_of(&without, &f), RATLS_E_COLLATERAL_MISSING);
}

Test(collateral_facts, are_those_of_proven_documents_only)
{
    struct rt_sim_collateral_knobs forged = usual;
    struct rt_collateral_facts f;

    forged.tcb_info.signer.by_stranger = true;
    cr_expect_eq(facts_of(&forged, &f), RATLS_E_COLLATERAL_SIGNATURE);
}
