/* T77 for DCAP: an allocation fails while collateral is read, kept and used. No crash, no leak,
 * never an allow with another status than the true one, and never an allow of what is denied. */
#include "dcap_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(dcap_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct platform p;
static struct ratls_trust *t; /* with the document of p */
static struct ratls_bytes certs;

static void teardown(void)
{
    ratls_trust_unref(t);
    platform_free(&p);
}

TestSuite(dcap_memory, .fini = teardown, .timeout = 300);

#define STATUS     "OutOfDateConfigurationNeeded"
#define ADVISORIES "INTEL-SA-00615 INTEL-SA-00837 INTEL-SA-01036 INTEL-SA-01099"

/* Its status comes from three documents, each of which could be missed. */
static void make(struct rt_sim_collateral_knobs knobs)
{
    knobs.tcb_status = "ConfigurationNeeded";
    knobs.qe_status = knobs.module_status = "OutOfDate";
    platform_make(&(const struct dcap_plan){.collateral = knobs}, &p);
    t = dcap_trust(&p);
}

/* Only the whole truth is an allow. */
static bool expect_honest(enum ratls_err e, struct ratls_verdict *v)
{
    char advisories[512];

    armed = false;
    cr_expect(v || e == RATLS_E_NO_MEMORY);
    cr_expect_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "the evidence is blamed: %s %s",
              ratls_err_reason(e), ratls_verdict_detail(v));
    if (e == RATLS_OK) {
        advisories_of(v, advisories, sizeof advisories);
        cr_expect_str_eq(ratls_verdict_tcb_status(v), STATUS);
        cr_expect_str_eq(advisories, ADVISORIES);
        cr_expect(ratls_verdict_simulated(v));
        cr_expect_lt(ratls_verdict_expires(v), NOW + 31 * DAY);
        cr_expect_not_null(claim_of(v, "tdx.tcb_eval_num"));
    }
    ratls_verdict_unref(v);
    return e == RATLS_OK;
}

/* ---- a document for one appraisal ---- */

static enum ratls_err appraise(size_t n_collateral, struct ratls_verdict **v)
{
    const struct ratls_bytes document = rt_bytes_of(&p.collateral);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&p.quote),
                                         .now = NOW,
                                         .authenticity_only = true,
                                         .collateral = &document,
                                         .n_collateral = n_collateral,
                                         .certs = certs};

    *v = NULL;
    return ratls_appraise(t, &what, v);
}

static bool judge_given(void)
{
    struct ratls_verdict *v;

    armed = true;
    enum ratls_err e = appraise(1, &v);
    return expect_honest(e, v);
}

Test(dcap_memory, given_collateral_survives_one_failure)
{
    make((struct rt_sim_collateral_knobs){0});
    fail_each(judge_given, ONCE);
}

Test(dcap_memory, given_collateral_leaves_nothing_behind)
{
    make((struct rt_sim_collateral_knobs){0});
    fail_each(judge_given, OURS_ONCE);
}

Test(dcap_memory, given_collateral_survives_the_end_of_all_memory)
{
    make((struct rt_sim_collateral_knobs){0});
    fail_each(judge_given, FOR_EVER);
}

/* ---- kept in a trust ---- */

static bool judge_kept(void)
{
    struct ratls_verdict *v = NULL;
    struct ratls_error err = {0};

    ratls_trust_unref(t);
    t = NULL;
    armed = true;
    enum ratls_err e = ratls_trust_new(dcap_env(), &t);
    if (e == RATLS_OK)
        e = ratls_trust_insecure_add_sim_roots(t, platform_root(&p), &err);
    if (e == RATLS_OK)
        e = ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err);
    if (e) {
        armed = false;
        return false;
    }
    for (int i = 0; i < 2; i++) { /* the second time with a kept chain */
        armed = true;
        e = appraise(0, &v);
        (void)expect_honest(e, v);
    }
    ratls_trust_unref(t);
    t = NULL;
    return e == RATLS_OK;
}

Test(dcap_memory, kept_collateral_survives_one_failure)
{
    make((struct rt_sim_collateral_knobs){0});
    fail_each(judge_kept, ONCE);
}

Test(dcap_memory, kept_collateral_leaves_nothing_behind)
{
    make((struct rt_sim_collateral_knobs){0});
    fail_each(judge_kept, OURS_ONCE);
}

/* ---- a chain from outside ---- */

static void use_outside_chain(struct ratls_buffer *chain)
{
    const struct rt_sim_quote_knobs knobs = {.cert_type = 3};
    struct rt_writer w = {0};
    struct ratls_buffer pem;

    for (int i = RT_SIM_PCK; i >= RT_SIM_ROOT; i--) {
        MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&p.pki.der[i]), &pem));
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    MUST(rt_writer_take(&w, chain));
    certs = rt_bytes_of(chain);
    ratls_buffer_free(&p.quote);
    platform_quote(&p, &(const struct dcap_plan){.quote = &knobs}, &p.quote);
}

Test(dcap_memory, a_chain_from_outside_leaves_nothing_behind)
{
    struct ratls_buffer chain;

    make((struct rt_sim_collateral_knobs){0});
    use_outside_chain(&chain);
    fail_each(judge_given, OURS_ONCE);
    ratls_buffer_free(&chain);
}

/* ---- what is denied stays denied ---- */

static enum ratls_err due;

static bool stays_denied(void)
{
    struct ratls_verdict *v;

    armed = true;
    enum ratls_err e = appraise(1, &v);
    armed = false;
    cr_expect_neq(e, RATLS_OK);
    cr_expect_not(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    return e == due;
}

static void expect_denied(struct rt_sim_collateral_knobs knobs, enum ratls_err e)
{
    make(knobs);
    due = e;
    fail_each(stays_denied, ONCE);
    fail_each(stays_denied, OURS_ONCE);
}

Test(dcap_memory, what_is_revoked_is_never_allowed)
{
    expect_denied((struct rt_sim_collateral_knobs){.revoke_pck = true}, RATLS_E_REVOKED);
}

Test(dcap_memory, what_a_stranger_signed_is_never_allowed)
{
    expect_denied((struct rt_sim_collateral_knobs){.qe_identity.signer.by_stranger = true},
                  RATLS_E_COLLATERAL_SIGNATURE);
}

Test(dcap_memory, another_quoting_enclave_is_never_allowed)
{
    expect_denied((struct rt_sim_collateral_knobs){.qe_prod_id = 9}, RATLS_E_QE_IDENTITY);
}

#endif
