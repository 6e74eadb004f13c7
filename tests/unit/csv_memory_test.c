/* T77 for CSV: an allocation fails while a report is verified. No crash, no leak, never an allow
 * without the whole truth, and never another reason than the true one. */
#include "csv_support.h"
#include "ratls/appraise.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(csv_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_buffer pem;
static struct ratls_buffer beside; /* HSK and CEK, where the evidence has none */

static void memory_setup(void)
{
    csv_setup();
    MUST(rt_sim_csv_root(&chain, &pem));
}

static void memory_teardown(void)
{
    ratls_buffer_free(&pem);
    ratls_buffer_free(&beside);
    csv_teardown();
}

TestSuite(csv_memory, .init = memory_setup, .fini = memory_teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_not_null(ratls_claims_get(c, "csv.serial_number"));
    cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, RT_SIM_CSV_CERTS);
}

static enum ratls_err fill(struct ratls_trust *t)
{
    return ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&evidence),
                                         .now = input.now,
                                         .authenticity_only = true,
                                         .certs = rt_bytes_of(&beside)};

    return appraise_anew(fill, &what, expect_whole);
}

Test(csv_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(csv_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(csv_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(csv_memory, survives_it_with_certificates_beside_the_report)
{
    uint8_t pair[RT_HYGON_PAIR_LEN];

    memcpy(pair, chain.hsk, sizeof chain.hsk);
    memcpy(pair + sizeof chain.hsk, chain.cek, sizeof chain.cek);
    MUST(rt_pem_write(RT_HYGON_LABEL, ratls_bytes(pair, sizeof pair), &beside));
    csv_sign(&(const struct rt_sim_csv_knobs){.no_pair = true});
    fail_each(judge, ONCE);
}

Test(csv_memory, a_wrong_signature_stays_refused)
{
    due = RATLS_E_EVIDENCE_SIGNATURE;
    csv_sign(&(const struct rt_sim_csv_knobs){.own_key[RT_SIM_CSV_REPORT] = true});
    fail_each(judge, ONCE);
}

Test(csv_memory, a_wrong_chain_stays_refused)
{
    due = RATLS_E_EVIDENCE_CHAIN;
    csv_make(&(const struct rt_sim_csv_knobs){.own_key[RT_SIM_CSV_CEK] = true});
    fail_each(judge, ONCE);
}

Test(csv_memory, another_root_stays_refused)
{
    due = RATLS_E_EVIDENCE_ROOT;
    csv_teardown();
    claims = NULL;
    csv_setup();
    fail_each(judge, ONCE);
}

static bool make_report(void)
{
    const struct rt_sim_csv_signer by = {&keys, &chain};
    struct ratls_buffer out = {0};
    struct rt_sim_csv_chain made_chain;

    armed = true;
    enum ratls_err e = rt_sim_csv_chain_make(&keys, NULL, &made_chain);
    if (e == RATLS_OK)
        e = rt_sim_csv_report(&by, &state, NULL, &out);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, out.p != NULL);
    ratls_buffer_free(&out);
    return e == RATLS_OK;
}

Test(csv_memory, the_maker_leaves_nothing_behind)
{
    fail_each(make_report, OURS_ONCE);
}

#endif
