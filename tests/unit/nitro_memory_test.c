/* T77 for Nitro: an allocation fails while a document is verified. No crash, no leak,
 * never an allow without the whole truth, and never another reason than the true one. */
#include "nitro_support.h"
#include "ratls/appraise.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(nitro_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

TestSuite(nitro_memory, .init = setup, .fini = teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_not_null(ratls_claims_get(c, "nitro.pcr15"));
    cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, RT_SIM_NITRO_CERTS);
}

static enum ratls_err fill(struct ratls_trust *t)
{
    return ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&chain.der[RT_SIM_NITRO_ROOT]), NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {
        .subject = rt_bytes_of(&evidence), .now = input.now, .authenticity_only = true};

    return appraise_anew(fill, &what, expect_whole);
}

Test(nitro_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(nitro_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(nitro_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(nitro_memory, a_wrong_signature_stays_refused)
{
    due = RATLS_E_EVIDENCE_SIGNATURE;
    nitro_sign(NULL, RT_SIM_NITRO_INSTANCE);
    fail_each(judge, ONCE);
}

Test(nitro_memory, a_wrong_chain_stays_refused)
{
    due = RATLS_E_EVIDENCE_CHAIN;
    nitro_certify(&(const struct rt_sim_nitro_pki_knobs){.short_path = true});
    nitro_sign(NULL, RT_SIM_NITRO_ENCLAVE);
    fail_each(judge, ONCE);
}

static bool make_document(void)
{
    struct rt_sim_nitro_chain minted;
    const struct rt_sim_nitro_signer by = {keys.key[RT_SIM_NITRO_ENCLAVE], &minted};
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = rt_sim_nitro_chain_make(ratls_env_system(), &keys, NULL, &minted);
    if (e == RATLS_OK)
        e = rt_sim_nitro_document(ratls_env_system(), &by, &state, NULL, &out);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, out.p != NULL);
    rt_sim_nitro_chain_free(&minted);
    ratls_buffer_free(&out);
    return e == RATLS_OK;
}

Test(nitro_memory, the_maker_leaves_nothing_behind)
{
    fail_each(make_document, OURS_ONCE);
}

#endif
