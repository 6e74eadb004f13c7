/* T77 for iTrustee: an allocation fails while a report is verified. No crash, no leak, never an
 * allow without the whole truth, and never another reason than the true one. */
#include "itrustee_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(itrustee_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static const uint8_t ima_log[] = "what the host says";
static struct ratls_bytes log_given;

TestSuite(itrustee_memory, .init = setup, .fini = teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "not_evaluated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_not_null(ratls_claims_get(c, "itrustee.key"));
    cr_expect_not_null(ratls_claims_get(c, "itrustee.drk.revocation"));
    cr_expect_eq(ratls_claims_get(c, "itrustee.ima.source") != NULL, log_given.len > 0);
    cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, 4);
}

static enum ratls_err fill(struct ratls_trust *t)
{
    enum ratls_err e =
        ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&chain.der[RT_SIM_VIRTCCA_ROOT]), NULL);

    return e ? e : ratls_trust_add_roots(t, rt_bytes_of(&chain.der[RT_SIM_VIRTCCA_CA]), NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {.subject = input.evidence,
                                         .now = input.now,
                                         .ima_log = log_given,
                                         .authenticity_only = true};

    return appraise_anew(fill, &what, expect_whole);
}

Test(itrustee_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(itrustee_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(itrustee_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(itrustee_memory, a_log_is_its_own_or_none)
{
    uint8_t both[RATLS_REPORT_DATA_LEN] = {0x11};

    log_given = ratls_bytes(ima_log, sizeof ima_log);
    MUST(rt_sha256(log_given, both + RT_SHA256_LEN));
    state.nonce = ratls_bytes(both, sizeof both);
    sign(NULL);
    fail_each(judge, ONCE);
}

Test(itrustee_memory, a_wrong_log_stays_refused)
{
    due = RATLS_E_EVENT_LOG_MISMATCH;
    log_given = ratls_bytes(ima_log, sizeof ima_log);
    fail_each(judge, ONCE);
}

Test(itrustee_memory, a_wrong_signature_stays_refused)
{
    due = RATLS_E_EVIDENCE_SIGNATURE;
    sign(&(const struct rt_sim_itrustee_knobs){.report_by_drk = true});
    fail_each(judge, ONCE);
}

#endif
