/* What the SGX verifier says of an enclave. That it refuses what it must: dcap_*_test.c. */
#include "dcap_support.h"

static struct platform p;
static struct rt_sim_enclave enclave;
static struct ratls_verdict *v;
static struct ratls_trust *t;

static void setup(void)
{
    platform_make(&(const struct dcap_plan){.sgx = true}, &p);
    t = dcap_trust(&p);
    rt_sim_enclave_usual(&enclave);
    v = NULL;
}

static void teardown(void)
{
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    platform_free(&p);
}

TestSuite(sgx_verify, .init = setup, .fini = teardown, .timeout = 60);

static void quote_with(const struct rt_sim_quote_knobs *knobs)
{
    ratls_buffer_free(&p.quote);
    ratls_verdict_unref(v);
    MUST(rt_sim_sgx_quote(dcap_env(), &p.pki, &enclave, knobs, &p.quote));
    v = platform_judge(&p, t, NOW);
    cr_assert(ratls_verdict_allowed(v), "%s", ratls_verdict_detail(v));
}

static const struct ratls_claim *claim(const char *name)
{
    const struct ratls_claim *c = claim_of(v, name);

    cr_assert(c, "claim %s", name);
    return c;
}

static void expect_fill(const char *name, uint8_t value, size_t len)
{
    uint8_t bytes[64];
    char hex[2 * 64 + 1];

    memset(bytes, value, len);
    rt_hex(ratls_bytes(bytes, len), hex);
    cr_expect_str_eq(claim(name)->text, hex, "%s", name);
}

Test(sgx_verify, shows_every_field_of_the_report)
{
    memset(enclave.cpu_svn, 1, 16);
    enclave.misc_select = 0x02020202;
    memset(enclave.isv_ext_prod_id, 3, 16);
    enclave.xfrm = 0x0404040404040404;
    memset(enclave.mr_enclave, 5, 32);
    memset(enclave.mr_signer, 6, 32);
    memset(enclave.config_id, 7, 64);
    memset(enclave.isv_family_id, 8, 16);
    memset(enclave.report_data, 9, 64);
    enclave.isv_prod_id = 0x1234;
    enclave.isv_svn = 0x5678;
    enclave.config_svn = 0x9abc;
    enclave.flags = 0x0a0a0a0a0a0a0a0a;
    quote_with(NULL);
    expect_fill("sgx.attributes_flags", 10, 8);
    expect_fill("sgx.report_cpu_svn", 1, 16);
    expect_fill("sgx.misc_select", 2, 4);
    expect_fill("sgx.isv_ext_prod_id", 3, 16);
    expect_fill("sgx.attributes_xfrm", 4, 8);
    expect_fill("sgx.mr_enclave", 5, 32);
    expect_fill("measurement", 5, 32);
    expect_fill("sgx.mr_signer", 6, 32);
    expect_fill("sgx.config_id", 7, 64);
    expect_fill("sgx.isv_family_id", 8, 16);
    expect_fill("sgx.report_data", 9, 64);
    expect_fill("report_data", 9, 64);
    cr_expect_eq(claim("sgx.isv_prod_id")->number, 0x1234);
    cr_expect_eq(claim("sgx.isv_svn")->number, 0x5678);
    cr_expect_eq(claim("sgx.config_svn")->number, 0x9abc);
    cr_expect_str_eq(claim("tee")->text, "sgx");
    cr_expect_str_eq(claim("platform_id")->text, claim("sgx.ppid")->text);
}

Test(sgx_verify, shows_header_and_quoting_enclave)
{
    const struct rt_sim_quote_knobs version_5 = {.layout = 5};

    quote_with(NULL);
    cr_expect_eq(claim("sgx.quote_version")->number, 3);
    cr_expect_eq(claim("sgx.header_qe_svn")->number, 8);
    cr_expect_eq(claim("sgx.header_pce_svn")->number, 13);
    cr_expect_eq(claim("sgx.qe_isv_prod_id")->number, 1);
    cr_expect_eq(claim("sgx.cert_data_type")->number, 5);
    cr_expect_null(claim_of(v, "sgx.body_type"));
    quote_with(&version_5);
    cr_expect_eq(claim("sgx.quote_version")->number, 5);
    cr_expect_eq(claim("sgx.body_type")->number, 1);
    cr_expect_null(claim_of(v, "sgx.header_qe_svn"));
}

/* T27: bit by bit, and every bit that has no name in one claim. */
Test(sgx_verify, shows_the_flags_bit_by_bit)
{
    static const struct {
        int bit;
        const char *name;
    } named[] = {{0, "sgx.init"},          {1, "debug"},
                 {1, "sgx.debug"},         {2, "sgx.mode64"},
                 {4, "sgx.provision_key"}, {5, "sgx.einittoken_key"},
                 {6, "sgx.cet"},           {7, "sgx.kss"},
                 {10, "sgx.aex_notify"}};

    for (int bit = 0; bit < 64; bit++) {
        bool other = true;
        enclave.flags = UINT64_C(1) << bit;
        quote_with(NULL);
        for (size_t i = 0; i < RT_COUNT(named); i++) {
            cr_expect_eq(claim(named[i].name)->number, named[i].bit == bit, "%s, bit %d",
                         named[i].name, bit);
            other = other && named[i].bit != bit;
        }
        cr_expect_eq(claim("sgx.attributes_flags_other")->number, other, "bit %d", bit);
    }
}

/* An enclave has none: one that is taken and ignored would look like a match. */
Test(sgx_verify, refuses_an_event_log)
{
    expect_verdict(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                          .event_log = ratls_bytes_str("x")}),
                   RATLS_E_EVENT_LOG, "SGX has no event log");
    expect_verdict(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                          .ima_log = ratls_bytes_str("x")}),
                   RATLS_E_EVENT_LOG, "SGX has no event log");
}

/* Revocation lists of Intel come with the collateral; one beside it would be taken and ignored. */
Test(sgx_verify, refuses_a_revocation_list_beside_the_collateral)
{
    const struct ratls_bytes crl = ratls_bytes_str("x");

    expect_verdict(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                          .crls = &crl,
                                                          .n_crls = 1}),
                   RATLS_E_COLLATERAL_FORMAT, "CRLs of Intel are part of the collateral");
}

Test(sgx_verify, inspection_shows_the_same_without_a_verdict)
{
    static const char *const of_both[] = {"tee",       "measurement", "report_data", "debug",
                                          "sgx.fmspc", "sgx.ppid",    "simulated"};
    struct ratls_claims *shown = NULL;

    quote_with(NULL);
    MUST(ratls_inspect(t, rt_bytes_of(&p.quote), &shown, NULL));
    for (size_t i = 0; i < RT_COUNT(of_both); i++) {
        const struct ratls_claim *c = ratls_claims_get(shown, of_both[i]);
        cr_assert(c, "%s", of_both[i]);
        cr_expect_eq(c->number, claim(of_both[i])->number);
        cr_expect(!c->text || strcmp(c->text, claim(of_both[i])->text) == 0, "%s", of_both[i]);
    }
    cr_expect_str_eq(ratls_claims_get(shown, "tcb_status")->text, "not_evaluated");
    cr_expect_null(ratls_claims_get(shown, "sgx.tcb_eval_num"));
    ratls_claims_free(shown);
}
