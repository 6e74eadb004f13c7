/* T77 for virtCCA: an allocation fails while evidence is judged. No crash, no leak, never an allow
 * of what is denied, and never a reason that blames the evidence. */
#include "mint_crl.h"
#include "ratls/appraise.h"
#include "sim_eventlog.h"
#include "sim_ima.h"
#include "virtcca_support.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(virtcca_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_trust *t;
static struct ratls_buffer root_pem, ccel, ima_log, crl;
static uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN];

static void make_crl(void)
{
    struct rt_x509 ca;
    const struct ratls_bytes none = ratls_bytes("\x01", 1);

    MUST(rt_x509_parse(rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_CA]), &ca, NULL));
    MUST(rt_mint_crl(ratls_env_system(),
                     &(const struct rt_mint_crl){.issuer_key = ec_keys.key[RT_SIM_VIRTCCA_CA].ec,
                                                 .issuer_name = ca.subject,
                                                 .this_update = virtcca_now() - 60,
                                                 .next_update = virtcca_now() + 60,
                                                 .number = 1,
                                                 .serials = &none,
                                                 .n = 1},
                     &crl, NULL));
}

static void setup(void)
{
    make_usual();
    MUST(rt_sim_eventlog_virtcca(&ccel, rem));
    MUST(rt_sim_ima_usual(4, RT_SIM_IMA_BINARY, &ima_log, rem[3]));
    for (size_t i = 0; i < RT_SIM_RTMRS; i++)
        g.plan.cvm.rem[i] = ratls_bytes(rem[i], sizeof rem[i]);
    g.logs = (struct rt_sim_virtcca_logs){rt_bytes_of(&ccel), rt_bytes_of(&ima_log)};
    make_again();
    make_crl();
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_VIRTCCA_ROOT]), &root_pem));
    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root_pem), &err));
}

static void end(void)
{
    ratls_trust_unref(t);
    ratls_buffer_free(&root_pem);
    ratls_buffer_free(&ccel);
    ratls_buffer_free(&ima_log);
    ratls_buffer_free(&crl);
    teardown();
}

TestSuite(virtcca_memory, .init = setup, .fini = end, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);
    const struct ratls_claim *boot = ratls_claims_get(c, "virtcca.eventlog.boot_digests");
    const struct ratls_claim *files = ratls_claims_get(c, "virtcca.ima.digests");

    cr_expect(boot && boot->n_items > 3);
    cr_expect(files && files->n_items > 1);
    cr_expect_eq(claim_number(c, "virtcca.platform_token_present"), 1);
    cr_expect_eq(claim_number(c, "virtcca.eventlog.rem_match"), 1);
    cr_expect_eq(claim_number(c, "virtcca.ima.rem_match"), 1);
}

static bool judge(void)
{
    const struct ratls_bytes list = rt_bytes_of(&crl);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence),
                                         .now = virtcca_now(),
                                         .authenticity_only = true,
                                         .crls = &list,
                                         .n_crls = 1};

    return appraise_by(t, &what, expect_whole);
}

Test(virtcca_memory, evidence_survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(virtcca_memory, evidence_leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(virtcca_memory, evidence_survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(virtcca_memory, a_key_that_is_not_the_devices_stays_refused)
{
    due = RATLS_E_KEY_BINDING;
    g.plan.with_platform = false;
    virtcca_own_key(&g.plan);
    make_again();
    fail_each(judge, ONCE);
}

Test(virtcca_memory, a_log_that_does_not_match_stays_refused)
{
    due = RATLS_E_EVENT_LOG_MISMATCH;
    rem[2][0] ^= 1;
    make_again();
    fail_each(judge, ONCE);
}

#endif
