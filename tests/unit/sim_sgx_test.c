/* The attester "sim-sgx". That its quotes are sound is shown in sim_quote_test.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ratls/evidence.h"
#include "sim_sgx.h"

static struct ratls_error err;
static struct ratls_attester *a;
static struct ratls_buffer quote;

static enum ratls_err open_sim(const char *options)
{
    err = (struct ratls_error){0};
    return ratls_attester_open(ratls_env_system(), "sim-sgx", options, &a, &err);
}

/* The report body that `options` give, over report data 42.. */
static void get_body(const char *options, uint8_t body[RT_SIM_SGX_REPORT_LEN])
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];

    memset(report_data, 0x42, sizeof report_data);
    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_attester_evidence(a, report_data, &quote, &err), RATLS_OK, "%s", err.detail);
    cr_assert_gt(quote.len, 48 + RT_SIM_SGX_REPORT_LEN);
    cr_assert_eq(quote.p[0], 3);
    cr_assert_eq(quote.p[1], 0);
    memcpy(body, quote.p + 48, RT_SIM_SGX_REPORT_LEN);
    ratls_buffer_free(&quote);
    ratls_attester_close(a);
}

static void expect_body(const char *options, const struct rt_sim_enclave *expected)
{
    uint8_t body[RT_SIM_SGX_REPORT_LEN];
    struct rt_writer w = {0};

    get_body(options, body);
    rt_sim_enclave_put(expected, &w);
    cr_assert_eq(w.len, sizeof body);
    cr_expect_arr_eq(body, w.p, sizeof body, "%s", options);
    rt_writer_free(&w);
}

Test(sim_sgx, is_a_simulated_attester_of_sgx_in_the_ccc_form)
{
    cr_assert_eq(open_sim(NULL), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(ratls_attester_name(a), "sim-sgx");
    cr_expect_str_eq(ratls_attester_tee(a), "sgx");
    cr_expect_null(ratls_attester_media_type(a));
    cr_expect(ratls_attester_simulated(a));
    cr_expect_gt(ratls_attester_sim_root(a).len, 0);
    ratls_attester_close(a);
}

Test(sim_sgx, attests_the_usual_enclave_over_the_report_data)
{
    struct rt_sim_enclave expected;

    rt_sim_enclave_usual(&expected);
    memset(expected.report_data, 0x42, sizeof expected.report_data);
    expect_body(NULL, &expected);
    expect_body("debug=no", &expected);
}

#define HEX32(two)                                                                                 \
    two two two two two two two two two two two two two two two two two two two two two two two    \
        two two two two two two two two two

Test(sim_sgx, options_set_identity_and_debug)
{
    struct rt_sim_enclave expected;

    rt_sim_enclave_usual(&expected);
    memset(expected.report_data, 0x42, sizeof expected.report_data);
    memset(expected.mr_enclave, 0x11, sizeof expected.mr_enclave);
    memset(expected.mr_signer, 0xaf, sizeof expected.mr_signer);
    expected.isv_prod_id = 65535;
    expected.isv_svn = 0;
    expected.flags = 0x07;
    expect_body(
        "mrenclave=" HEX32("11") ",mrsigner=" HEX32("aF") ",isvprodid=65535,isvsvn=0,debug=yes",
        &expected);
}

Test(sim_sgx, shares_the_pki_of_its_folder)
{
    char parent[] = "/tmp/sim_sgx_test.XXXXXX", options[64], command[64];
    struct ratls_buffer first;

    cr_assert(mkdtemp(parent));
    (void)snprintf(options, sizeof options, "pki=%s/pki", parent);
    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_dup(ratls_attester_sim_root(a), &first), RATLS_OK);
    ratls_attester_close(a);
    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    cr_expect(ratls_bytes_equal(ratls_attester_sim_root(a), rt_bytes_of(&first)));
    ratls_attester_close(a);
    ratls_buffer_free(&first);
    (void)snprintf(command, sizeof command, "rm -rf %s", parent);
    cr_assert_eq(system(command), 0);
}

static bool collateral_says(const char *options, const char *text)
{
    struct ratls_buffer json;

    cr_assert_eq(open_sim(options), RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_attester_sim_collateral(a, &json, &err), RATLS_OK, "%s", err.detail);
    bool found = memmem(json.p, json.len, text, strlen(text)) != NULL;
    ratls_buffer_free(&json);
    ratls_attester_close(a);
    return found;
}

#define ID(text)     "\\\"id\\\":\\\"" text "\\\""
#define SVN_8        "\\\"isvsvn\\\":8},\\\"tcbDate\\\":\\\"2024-11-13T00:00:00Z\\\","
#define STATUS(text) "\\\"tcbStatus\\\":\\\"" text "\\\""

Test(sim_sgx, its_collateral_is_that_of_an_enclave)
{
    cr_expect(collateral_says(NULL, ID("SGX")));
    cr_expect(collateral_says(NULL, ID("QE")));
    cr_expect_not(collateral_says(NULL, "TDX"));
}

Test(sim_sgx, options_set_both_statuses_of_the_collateral)
{
    cr_expect(collateral_says(NULL, SVN_8 STATUS("UpToDate")));
    cr_expect_not(collateral_says(NULL, STATUS("ConfigurationNeeded")));
    cr_expect(collateral_says("tcb_status=ConfigurationNeeded", STATUS("ConfigurationNeeded")));
    cr_expect(collateral_says("qe_status=Revoked", SVN_8 STATUS("Revoked")));
}

Test(sim_sgx, wrong_options_are_refused)
{
    static const char *const bad[] = {"mrenclave=11",
                                      "mrenclave=" HEX32("11") "11",
                                      "mrenclave=" HEX32("1g"),
                                      "mrsigner=5353",
                                      "isvprodid=65536",
                                      "isvsvn=65536",
                                      "isvsvn=-1",
                                      "isvsvn=1x",
                                      "debug=maybe",
                                      "mrtd=" HEX32("1"),
                                      "version=3",
                                      "tcb_status=Fine",
                                      "qe_status=ConfigurationNeeded",
                                      "module_status=UpToDate"};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(open_sim(bad[i]), RATLS_E_USAGE, "%s", bad[i]);
        cr_expect_null(a);
    }
}
