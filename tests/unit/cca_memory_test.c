/* T77 for CCA: an allocation fails while keys are read and tokens verified. No crash, no leak,
 * never an allow without the whole truth, and never another reason than the true one. */
#include "cca_support.h"
#include "ratls/appraise.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(cca_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_buffer anchor;

static void setup(void)
{
    cca_setup();
    cca_sign(&r, NULL);
    MUST(rt_sim_cca_anchor(&r.keys, &r.state, &anchor));
}

static void teardown(void)
{
    cca_teardown();
    ratls_buffer_free(&anchor);
}

TestSuite(cca_memory, .init = setup, .fini = teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_not_null(ratls_claims_get(c, "cca.realm.rem3"));
    cr_expect_not_null(ratls_claims_get(c, "cca.platform.sw_components.1.signer_id"));
}

static enum ratls_err fill(struct ratls_trust *t)
{
    return ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&anchor), NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&r.evidence), .now = input.now, .authenticity_only = true};

    return appraise_anew(fill, &what, expect_whole);
}

Test(cca_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(cca_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(cca_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(cca_memory, a_wrong_binder_stays_refused)
{
    due = RATLS_E_BINDER;
    cca_sign(&r, &(const struct rt_sim_cca_knobs){.platform = {{.key = 10, .value = TAIL(B32)}}});
    fail_each(judge, ONCE);
}

Test(cca_memory, a_wrong_signature_stays_refused)
{
    due = RATLS_E_EVIDENCE_SIGNATURE;
    cca_sign(&r, &(const struct rt_sim_cca_knobs){.platform_key = r.keys.rak});
    fail_each(judge, ONCE);
}

static bool make_token(void)
{
    struct ratls_buffer token = {0};

    armed = true;
    enum ratls_err e = rt_sim_cca_token(ratls_env_system(), &r.keys, &r.state, NULL, &token);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, token.p != NULL);
    ratls_buffer_free(&token);
    return e == RATLS_OK;
}

Test(cca_memory, the_maker_leaves_nothing_behind)
{
    fail_each(make_token, OURS_ONCE);
}

#endif
