/* T77 for TPMs: an allocation fails while a quote is verified. No crash, no leak, never an allow
 * without the whole truth, and never another reason than the true one. */
#include "ratls/appraise.h"

#include "tpm_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(tpm_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

TestSuite(tpm_memory, .init = tpm_setup, .fini = tpm_teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect_not_null(ratls_claims_get(c, "tpm.pcr23"));
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

Test(tpm_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(tpm_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(tpm_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(tpm_memory, never_blames_the_evidence_for_it)
{
    message.p[message.len - 1] ^= 1;
    tpm_wrap();
    due = RATLS_E_EVIDENCE_SIGNATURE;
    fail_each(judge, ONCE);
}

#endif
