/* T77 for NPUs: an allocation fails while what their host sends is verified. No crash, no leak,
 * never an allow without the whole truth, and never another reason than the true one. */
#include "ratls/appraise.h"

#include "ascend_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(ascend_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static enum ratls_err due; /* RATLS_OK, or the true reason of a refusal */

TestSuite(ascend_memory, .init = npu_setup, .fini = npu_teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static bool expect_honest(enum ratls_err e, struct ratls_verdict *v)
{
    armed = false;
    cr_expect(v || e == RATLS_E_NO_MEMORY);
    cr_expect_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    cr_expect(e == due || rt_is_own_failure(e), "the evidence is blamed: %s %s",
              ratls_err_reason(e), ratls_verdict_detail(v));
    if (e == RATLS_OK) {
        const struct ratls_claims *c = ratls_verdict_claims(v);
        cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
        cr_expect_eq(ratls_claims_get(c, "ascend_npu.ima.digests")->n_items, 6);
        cr_expect_eq(strlen(claim_text(c, "measurement")), 2 * RT_SHA384_LEN);
        cr_expect_eq(ratls_claims_get(c, "device_ids")->n_items, 1);
        cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, 1);
    }
    ratls_verdict_unref(v);
    return e == due;
}

static bool judge(void)
{
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&evidence), .now = input.now, .authenticity_only = true};
    struct ratls_trust *t = NULL;
    struct ratls_verdict *v = NULL;

    armed = true;
    enum ratls_err e = ratls_trust_new(ratls_env_system(), &t);
    if (e == RATLS_OK)
        e = ratls_trust_add_roots(t, pin.spki, NULL);
    armed = false;
    if (e) {
        ratls_trust_unref(t);
        cr_expect(rt_is_own_failure(e), "%s", ratls_err_reason(e));
        return false;
    }
    armed = true;
    e = ratls_appraise(t, &what, &v);
    const bool honest = expect_honest(e, v);
    ratls_trust_unref(t);
    return honest;
}

Test(ascend_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(ascend_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(ascend_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(ascend_memory, never_blames_the_evidence_for_it)
{
    ima.p[ima.len - 1] ^= 1;
    npu_wrap();
    due = RATLS_E_EVENT_LOG;
    fail_each(judge, ONCE);
}

#endif
