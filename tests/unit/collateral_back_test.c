/* T26: collateral of one trust against that of the trust before it. */
#include "dcap_support.h"
#include "trust.h"

static struct platform p;
static struct ratls_trust *older, *newer;
static struct ratls_error err;

static void setup(void)
{
    p = (struct platform){0};
    platform_make(&(const struct dcap_plan){0}, &p);
    older = dcap_trust(&p);
    newer = dcap_trust(&p);
}

static void teardown(void)
{
    platform_free(&p);
    ratls_trust_unref(older);
    ratls_trust_unref(newer);
}

TestSuite(collateral_back, .init = setup, .fini = teardown, .timeout = 60);

#define USUAL(num, moment)                                                                         \
    {                                                                                              \
        .tcb_info = {.eval_number = (num), .issue = (moment)},                                     \
        .qe_identity = {.eval_number = (num), .issue = (moment)}, .pck_crl.this_update = (moment), \
        .root_crl.this_update = (moment),                                                          \
    }

static const struct rt_sim_collateral_knobs usual = USUAL(18, NOW - 100);

static void add(struct ratls_trust *t, const struct rt_sim_collateral_knobs *knobs)
{
    struct ratls_buffer document;

    MUST(platform_collateral(&p, *knobs, &document));
    cr_assert_eq(ratls_trust_add_collateral(t, rt_bytes_of(&document), &err), RATLS_OK, "%s",
                 err.detail);
    ratls_buffer_free(&document);
}

static enum ratls_err compare(void)
{
    err = (struct ratls_error){0};
    return rt_trust_collateral_went_back(newer, older, &err);
}

static void renew(void)
{
    ratls_trust_unref(newer);
    newer = dcap_trust(&p);
}

Test(collateral_back, facts_are_those_of_each_document)
{
    const struct rt_sim_collateral_knobs second = USUAL(19, NOW - 50);
    struct ratls_collateral_facts facts;

    cr_expect_eq(rt_trust_collateral_facts(older, 0, &facts), RATLS_E_NOT_FOUND);
    add(older, &usual);
    add(older, &second);
    MUST(rt_trust_collateral_facts(older, 0, &facts));
    cr_expect_eq(facts.number, 18);
    cr_expect_eq(facts.n_issue, 6);
    MUST(rt_trust_collateral_facts(older, 1, &facts));
    cr_expect_eq(facts.number, 19);
    cr_expect_str_eq(facts.name, "tdx-5241544c5300-platform");
    cr_expect_eq(rt_trust_collateral_facts(older, 2, &facts), RATLS_E_NOT_FOUND);
    cr_expect_eq(facts.n_issue, 0);
}

/* Each number and date by itself, one lower and one higher. */
Test(collateral_back, no_part_may_be_older)
{
    add(older, &usual);
    for (size_t i = 0; i < 6; i++) {
        for (int step = -1; step <= 1; step++) {
            struct rt_sim_collateral_knobs k = usual;
            int64_t *const dates[] = {&k.tcb_info.issue, &k.qe_identity.issue,
                                      &k.pck_crl.this_update, &k.root_crl.this_update};
            unsigned *const numbers[] = {&k.tcb_info.eval_number, &k.qe_identity.eval_number};
            if (i < 2)
                *numbers[i] += (unsigned)step;
            else
                *dates[i - 2] += step;
            renew();
            add(newer, &k);
            cr_expect_eq(compare(), step < 0 ? RATLS_E_COLLATERAL_ROLLBACK : RATLS_OK,
                         "part %zu, %d: %s", i, step, err.detail);
        }
    }
    cr_expect_eq(compare(), RATLS_OK);
}

Test(collateral_back, one_newer_part_makes_up_for_no_older_one)
{
    const struct rt_sim_collateral_knobs mixed = {
        .tcb_info = {.eval_number = 19, .issue = NOW - 50},
        .qe_identity = {.eval_number = 19, .issue = NOW - 50},
        .pck_crl.this_update = NOW - 101,
        .root_crl.this_update = NOW - 50};

    add(older, &usual);
    add(newer, &mixed);
    cr_expect_eq(compare(), RATLS_E_COLLATERAL_ROLLBACK);
    cr_expect(strstr(err.detail, "tdx-5241544c5300-platform: "), "%s", err.detail);
}

/* An older document beside the newest does no harm, and does not hide that the newest went. */
Test(collateral_back, the_newest_of_each_side_counts)
{
    const struct rt_sim_collateral_knobs old = USUAL(17, NOW - 200), new_ = USUAL(19, NOW - 50);

    add(older, &usual);
    add(older, &old);
    add(newer, &old);
    cr_expect_eq(compare(), RATLS_E_COLLATERAL_ROLLBACK);
    add(newer, &usual);
    cr_expect_eq(compare(), RATLS_OK, "%s", err.detail);
    add(older, &new_);
    cr_expect_eq(compare(), RATLS_E_COLLATERAL_ROLLBACK);
    add(newer, &new_);
    cr_expect_eq(compare(), RATLS_OK, "%s", err.detail);
}

/* The number of an issue is the smaller one of its two documents. */
Test(collateral_back, the_newest_is_the_one_that_a_verifier_takes)
{
    struct rt_sim_collateral_knobs ahead = USUAL(18, NOW - 100);

    ahead.tcb_info.eval_number = 19;
    ahead.qe_identity.eval_number = 17;
    add(older, &usual);
    add(newer, &usual);
    add(newer, &ahead);
    cr_expect_eq(compare(), RATLS_OK, "%s", err.detail);
}

Test(collateral_back, platforms_are_compared_by_themselves)
{
    struct rt_sim_collateral_knobs other = USUAL(3, NOW - 9999);

    other.fmspc = "00906EA10000";
    add(older, &usual);
    add(newer, &other);
    cr_expect_eq(compare(), RATLS_OK, "what is missing went nowhere: %s", err.detail);
    add(newer, &usual);
    cr_expect_eq(compare(), RATLS_OK, "%s", err.detail);
    cr_expect_eq(rt_trust_collateral_went_back(older, newer, &err), RATLS_OK);
    cr_expect_eq(rt_trust_collateral_went_back(older, older, &err), RATLS_OK);
}
