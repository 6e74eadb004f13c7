/* T77 for SEV-SNP: an allocation fails while collateral is read, kept and used. No crash, no leak,
 * never an allow with another status than the true one, and never an allow of what is denied. */
#include "snp_judge.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(snp_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

TestSuite(snp_memory, .init = setup, .fini = teardown, .timeout = 300);

static struct ratls_trust *t;
static enum ratls_err due; /* RATLS_OK, or the true reason of a refusal */

/* Only the whole truth is an allow. */
static bool expect_honest(enum ratls_err e, struct ratls_verdict *v)
{
    armed = false;
    cr_expect(v || e == RATLS_E_NO_MEMORY);
    cr_expect_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    cr_expect(e == due || rt_is_own_failure(e), "the evidence is blamed: %s %s",
              ratls_err_reason(e), ratls_verdict_detail(v));
    if (e == RATLS_OK) {
        cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
        cr_expect(ratls_verdict_simulated(v));
        cr_expect_lt(ratls_verdict_expires(v), snp_now() + 31 * DAY_S);
        cr_expect_not_null(ratls_claims_get(ratls_verdict_claims(v), "snp.crl_number"));
    }
    ratls_verdict_unref(v);
    return e == due;
}

static enum ratls_err appraise(size_t n_collateral, struct ratls_verdict **v)
{
    const struct ratls_bytes document = rt_bytes_of(&json);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence),
                                         .now = snp_now(),
                                         .authenticity_only = true,
                                         .collateral = &document,
                                         .n_collateral = n_collateral};

    *v = NULL;
    return ratls_appraise(t, &what, v);
}

/* ---- a document for one appraisal ---- */

static bool judge_given(void)
{
    struct ratls_verdict *v;

    armed = true;
    enum ratls_err e = appraise(1, &v);
    return expect_honest(e, v);
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
    struct ratls_verdict *v = NULL;

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
    for (int i = 0; i < 2; i++) { /* the VEK is kept by the first */
        armed = true;
        e = appraise(0, &v);
        if (!expect_honest(e, v))
            return false;
    }
    return true;
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
