/* T77 for NPUs: an allocation fails while what their host sends is verified. No crash, no leak,
 * never an allow without the whole truth, and never another reason than the true one. */
#include "ratls/appraise.h"

#include "ascend_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(ascend_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

TestSuite(ascend_memory, .init = npu_setup, .fini = npu_teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect_eq(ratls_claims_get(c, "ascend_npu.ima.digests")->n_items, 6);
    cr_expect_eq(strlen(claim_text(c, "measurement")), 2 * RT_SHA384_LEN);
    cr_expect_eq(ratls_claims_get(c, "device_ids")->n_items, 1);
    cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, 1);
}

static enum ratls_err fill(struct ratls_trust *t)
{
    return ratls_trust_add_roots(t, pin.spki, NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&evidence), .now = input.now, .authenticity_only = true};

    return appraise_anew(fill, &what, expect_whole);
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
