/* T77 for SEV-SNP: an allocation fails while collateral is read, kept and used. No crash, no leak,
 * never an allow with another status than the true one, and never an allow of what is denied. */
#include "snp_judge.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(snp_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

TestSuite(snp_memory, .init = setup, .fini = teardown, .timeout = 300);

static struct ratls_trust *t;

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_lt(ratls_verdict_expires(v), snp_now() + 31 * DAY_S);
    cr_expect_not_null(ratls_claims_get(ratls_verdict_claims(v), "snp.crl_number"));
}

static bool judge_with(size_t n_collateral)
{
    const struct ratls_bytes document = rt_bytes_of(&json);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence),
                                         .now = snp_now(),
                                         .authenticity_only = true,
                                         .collateral = &document,
                                         .n_collateral = n_collateral};

    return appraise_by(t, &what, expect_whole);
}

/* ---- a document for one appraisal ---- */

static bool judge_given(void)
{
    return judge_with(1);
}

static void make_plan(const struct rt_sim_snp_collateral_knobs *knobs)
{
    make_json(knobs);
    t = trust();
}

Test(snp_memory, given_collateral_survives_one_failure)
{
    make_plan(NULL);
    fail_each(judge_given, ONCE);
    ratls_trust_unref(t);
}

Test(snp_memory, given_collateral_leaves_nothing_behind)
{
    make_plan(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
    fail_each(judge_given, OURS_ONCE);
    ratls_trust_unref(t);
}

Test(snp_memory, given_collateral_survives_the_end_of_all_memory)
{
    make_plan(NULL);
    fail_each(judge_given, FOR_EVER);
    ratls_trust_unref(t);
}

Test(snp_memory, a_revoked_issuer_stays_refused)
{
    due = RATLS_E_REVOKED;
    make_plan(&(const struct rt_sim_snp_collateral_knobs){.revoke = true});
    fail_each(judge_given, ONCE);
    ratls_trust_unref(t);
}

/* ---- kept in a trust ---- */

static bool judge_kept(void)
{
    ratls_trust_unref(t);
    t = NULL;
    armed = true;
    enum ratls_err e = ratls_trust_new(ratls_env_system(), &t);
    if (e == RATLS_OK)
        e = ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root_pem), NULL);
    if (e == RATLS_OK)
        e = ratls_trust_add_collateral(t, rt_bytes_of(&json), NULL);
    armed = false;
    if (e) {
        cr_expect(rt_is_own_failure(e), "%s", ratls_err_reason(e));
        return false;
    }
    return judge_with(0) && judge_with(0); /* the VEK is kept by the first */
}

Test(snp_memory, kept_collateral_survives_one_failure)
{
    make_plan(NULL);
    fail_each(judge_kept, ONCE);
    ratls_trust_unref(t);
}

Test(snp_memory, kept_collateral_leaves_nothing_behind)
{
    make_plan(NULL);
    fail_each(judge_kept, OURS_ONCE);
    ratls_trust_unref(t);
}

#endif
