/* T77 for devices of NVIDIA: an allocation fails while a report is verified. No crash, no leak,
 * never an allow without the whole truth, and never another reason than the true one. */
#include "carrier.h"
#include "mint_crl.h"
#include "nvidia_support.h"
#include "ratls/appraise.h"

#define RUNS 4000 /* more than there are allocations: each n */
#include "appraise_memory.h"

#ifdef WITHOUT_ALLOC

Test(nvidia_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

static struct ratls_bytes beside[2]; /* certificates, a CRL */

TestSuite(nvidia_memory, .init = setup, .fini = teardown, .timeout = 300);

/* Only the whole truth is an allow. */
static void expect_whole(const struct ratls_verdict *v)
{
    const struct ratls_claims *c = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tcb_status(v), "unrated");
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_not_null(ratls_claims_get(c, "nvidia.measurements.64"));
    cr_expect_eq(ratls_claims_get(c, "nvidia.measurement_counts")->n_items, 64);
    cr_expect_eq(ratls_claims_get(c, "evidence_keys")->n_items, RT_SIM_NVIDIA_CERTS);
}

static enum ratls_err fill(struct ratls_trust *t)
{
    return ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&sim[0].chain.der[RT_SIM_NVIDIA_ROOT]),
                                              NULL);
}

static bool judge(void)
{
    const struct ratls_appraisal what = {.subject = input.evidence,
                                         .now = input.now,
                                         .authenticity_only = true,
                                         .certs = beside[0],
                                         .crls = &beside[1],
                                         .n_crls = beside[1].len > 0};

    return appraise_anew(fill, &what, expect_whole);
}

Test(nvidia_memory, survives_one_failure)
{
    fail_each(judge, ONCE);
}

Test(nvidia_memory, leaves_nothing_behind)
{
    fail_each(judge, OURS_ONCE);
}

Test(nvidia_memory, survives_the_end_of_all_memory)
{
    fail_each(judge, FOR_EVER);
}

Test(nvidia_memory, a_wrong_signature_stays_refused)
{
    due = RATLS_E_EVIDENCE_SIGNATURE;
    make_device(0, NULL, &(const struct rt_sim_nvidia_knobs){.wrong_key = true});
    present_with_root();
    fail_each(judge, ONCE);
}

Test(nvidia_memory, a_wrong_chain_stays_refused)
{
    due = RATLS_E_EVIDENCE_CHAIN;
    make_device(0, &(const struct rt_sim_nvidia_pki_knobs){.short_path = true}, NULL);
    present_with_root();
    fail_each(judge, ONCE);
}

/* A bare report, its certificates beside it, and a list that says something of them. */
static void lay_beside(bool revoked, struct rt_writer *pem, struct ratls_buffer *crl)
{
    struct rt_x509 root_cert, identity;
    struct ratls_buffer one;

    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS; i++) {
        MUST(rt_pem_write("CERTIFICATE", sim[0].cert[i], &one));
        rt_put_bytes(pem, rt_bytes_of(&one));
        ratls_buffer_free(&one);
    }
    MUST(rt_x509_parse(sim[0].cert[4], &root_cert, NULL));
    MUST(rt_x509_parse(sim[0].cert[3], &identity, NULL));
    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = keys.key[RT_SIM_NVIDIA_ROOT],
                                           .issuer_name = root_cert.subject,
                                           .this_update = input.now - 500,
                                           .next_update = input.now + 500,
                                           .number = 1,
                                           .serials = &identity.serial,
                                           .n = revoked},
                     crl, NULL));
    beside[0] = rt_written(pem);
    beside[1] = rt_bytes_of(crl);
    input.evidence = rt_bytes_of(&sim[0].report);
}

Test(nvidia_memory, a_bare_report_with_all_beside_it_is_no_exception)
{
    for (size_t revoked = 0; revoked < 2; revoked++) {
        struct rt_writer pem = {0};
        struct ratls_buffer crl = {0};
        due = revoked ? RATLS_E_REVOKED : RATLS_OK;
        lay_beside(revoked, &pem, &crl);
        fail_each(judge, revoked ? ONCE : OURS_ONCE);
        rt_writer_free(&pem);
        ratls_buffer_free(&crl);
    }
}

static bool open_json(void)
{
    static const char json[] =
        "[{\"evidence\":\"EeAB\",\"certificate\":\"MAA=\",\"arch\":\"HOPPER\"},"
        "{\"evidence\":\"11e001\",\"certificate\":\"MAA=\"}]";
    struct rt_carrier c;

    armed = true;
    enum ratls_err e = rt_carrier_open(ratls_bytes_str(json), &c, NULL);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    rt_carrier_free(&c);
    return e == RATLS_OK;
}

Test(nvidia_memory, json_of_collectors_is_no_exception)
{
    fail_each(open_json, OURS_ONCE);
}

static bool make_evidence(void)
{
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = rt_sim_nvidia_evidence(ratls_env_system(), &keys, &sim[0].state, &out);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, out.p != NULL);
    ratls_buffer_free(&out);
    return e == RATLS_OK;
}

Test(nvidia_memory, the_maker_leaves_nothing_behind)
{
    fail_each(make_evidence, OURS_ONCE);
}

#endif
