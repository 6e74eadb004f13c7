/* NPUs beside a simulated TD, and alone: what a policy asks of them. */
#include <stdio.h>

#include "ascend_support.h"

#include "composite.h"
#include "ratls/ratls.h"

static struct ratls_attester *td;
static struct ratls_buffer collateral, td_evidence, subject;
static const uint8_t own[RATLS_REPORT_DATA_LEN] = {1, 2, 3};

static void start(void)
{
    npu_setup();
    MUST(ratls_attester_open(ratls_env_system(), "sim-tdx", NULL, &td, &err));
    MUST(ratls_attester_sim_collateral(td, &collateral, &err));
    MUST(ratls_attester_evidence(td, own, &td_evidence, &err));
}

static void stop(void)
{
    ratls_attester_close(td);
    ratls_buffer_free(&collateral);
    ratls_buffer_free(&td_evidence);
    ratls_buffer_free(&subject);
    npu_teardown();
}

TestSuite(ascend_device, .init = start, .fini = stop, .timeout = 60);

/* A quote over the nonce that names the evidence over `host`, beside that of the TD. */
static void make(const uint8_t host[RATLS_REPORT_DATA_LEN])
{
    static uint8_t nonce[RATLS_REPORT_DATA_LEN];
    struct rt_cmw_collection c = {.n = 2};

    MUST(ratls_device_report_data(host, nonce));
    tpm.extra_data = ratls_bytes(nonce, sizeof npu_nonce);
    npu_make();
    c.item[0].media_type = ratls_bytes_str("application/vnd.ratls.tdx");
    c.item[0].evidence = rt_bytes_of(&td_evidence);
    (void)snprintf(c.item[0].label, sizeof c.item[0].label, "cpu0");
    c.item[1].media_type = ratls_bytes_str("application/vnd.ratls.ascend-npu");
    c.item[1].evidence = input.evidence;
    ratls_device_label("ascend_npu", 0, c.item[1].label);
    ratls_buffer_free(&subject);
    MUST(rt_cmw_collection_write(&c, &subject));
}

#define TD "\"tdx\":{\"insecure_any_measurement\":true,\"insecure_simulated\":true}"
#define NPU(more)                                                                                  \
    "{\"tees\":{" TD ",\"ascend_npu\":{\"tcb_status\":[\"unrated\"]," more                         \
    "}},\"devices\":{\"ascend_npu\":1}}"

#define OTHER "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899"

static enum ratls_err judge(const char *policy, struct ratls_bytes what, const uint8_t *over)
{
    const struct ratls_appraisal a = {.subject = what,
                                      .report_data = ratls_bytes(over, RATLS_REPORT_DATA_LEN),
                                      .now = ratls_env_system()->now(NULL)};
    struct ratls_verdict *v = NULL;
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(td), &err));
    MUST(ratls_trust_add_roots(t, pin.spki, &err));
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&collateral), &err));
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    enum ratls_err e = ratls_appraise(t, &a, &v);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    return e;
}

static enum ratls_err judge_subject(const char *policy)
{
    return judge(policy, rt_bytes_of(&subject), own);
}

/* A policy whose list is that of the files measured, but the last `less` of them. */
static enum ratls_err judge_by_list(size_t less)
{
    char policy[4096] = "", list[2048] = "";

    MUST(verify());
    const struct ratls_claim *c = ratls_claims_get(claims, "ascend_npu.ima.digests");
    for (size_t i = 0; i + less < c->n_items; i++)
        (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"", i ? "," : "",
                       c->items[i]);
    (void)snprintf(policy, sizeof policy,
                   NPU("\"insecure_any_measurement\":true,\"lists\":"
                       "{\"ascend_npu.ima.digests\":[%s]}"),
                   list);
    return judge_subject(policy);
}

Test(ascend_device, counts_beside_a_td_by_a_list_of_its_files)
{
    make(own);
    cr_expect_eq(judge_by_list(0), RATLS_OK);
    cr_expect_eq(judge_by_list(1), RATLS_E_MEASUREMENT, "a file that is not listed");
}

/* The violation's digest is in no list that an operator writes. */
Test(ascend_device, a_file_that_changed_while_it_was_measured_fits_no_list)
{
    static const struct rt_sim_ima_entry files[] = {
        {.path = "/a", .content = {(const uint8_t *)"a", 1}},
        {.path = "/b", .content = {(const uint8_t *)"b", 1}, .violation = true},
    };

    npu_measure(files, RT_COUNT(files), RT_SIM_IMA_BINARY);
    make(own);
    cr_expect_eq(judge_by_list(1), RATLS_E_MEASUREMENT);
}

Test(ascend_device, counts_by_its_measurement)
{
    char policy[1024];

    make(own);
    MUST(verify());
    (void)snprintf(policy, sizeof policy, NPU("\"measurements\":[\"%s\"]"), text("measurement"));
    cr_expect_eq(judge_subject(policy), RATLS_OK);
    cr_expect_eq(judge_subject(NPU("\"measurements\":[\"" OTHER "\"]")), RATLS_E_MEASUREMENT);
}

Test(ascend_device, of_another_host_it_is_refused)
{
    static const uint8_t others[RATLS_REPORT_DATA_LEN] = {4};

    make(others);
    cr_expect_eq(judge_subject(NPU("\"insecure_any_measurement\":true")), RATLS_E_BINDING_MISMATCH);
}

Test(ascend_device, alone_it_is_refused_by_every_policy)
{
    uint8_t nonce[RATLS_REPORT_DATA_LEN];

    make(own);
    MUST(ratls_device_report_data(own, nonce));
    cr_expect_eq(judge(NPU("\"insecure_any_measurement\":true"), input.evidence, nonce),
                 RATLS_E_DEVICE_ALONE);
}
