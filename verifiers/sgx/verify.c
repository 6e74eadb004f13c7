/* SGX: prove the quote, then say what it holds. */
#include "sgx.h"

#include "bits.h"
#include "dcap_verify.h"

static bool recognises(struct ratls_bytes evidence)
{
    return rt_quote_recognises(evidence, RT_QUOTE_TEE_SGX);
}

/* ---- claims ---- */

static void report_claims(const struct rt_sgx_report *r, struct ratls_claims *c)
{
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", ratls_bytes(r->mr_enclave, 32)},
        {"report_data", ratls_bytes(r->report_data, 64)},
        {"sgx.report_cpu_svn", ratls_bytes(r->cpu_svn, 16)},
        {"sgx.misc_select", ratls_bytes(r->misc_select, 4)},
        {"sgx.isv_ext_prod_id", ratls_bytes(r->isv_ext_prod_id, 16)},
        {"sgx.attributes_flags", ratls_bytes(r->attributes, 8)},
        {"sgx.attributes_xfrm", ratls_bytes(r->attributes + 8, 8)},
        {"sgx.mr_enclave", ratls_bytes(r->mr_enclave, 32)},
        {"sgx.mr_signer", ratls_bytes(r->mr_signer, 32)},
        {"sgx.config_id", ratls_bytes(r->config_id, 64)},
        {"sgx.isv_family_id", ratls_bytes(r->isv_family_id, 16)},
        {"sgx.report_data", ratls_bytes(r->report_data, 64)},
    };

    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
    (void)ratls_claims_set_uint(c, "sgx.isv_prod_id", r->isv_prod_id);
    (void)ratls_claims_set_uint(c, "sgx.isv_svn", r->isv_svn);
    (void)ratls_claims_set_uint(c, "sgx.config_svn", r->config_svn);
}

/* ATTRIBUTES.FLAGS, Intel SDM volume 3D, section 38.7.1. */
static const struct rt_bit flags[] = {
    {"sgx.init", 0},          {"debug", 1},
    {"sgx.debug", 1},         {"sgx.mode64", 2},
    {"sgx.provision_key", 4}, {"sgx.einittoken_key", 5},
    {"sgx.cet", 6},           {"sgx.kss", 7},
    {"sgx.aex_notify", 10},
};

static enum ratls_err parse(struct ratls_bytes evidence, struct rt_quote *q,
                            struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_sgx_report report;
    enum ratls_err e = rt_quote_parse(evidence, RT_QUOTE_TEE_SGX, q, err);

    if (e)
        return e;
    rt_sgx_report_read(q->body, &report);
    (void)ratls_claims_set_text(claims, "tee", "sgx");
    report_claims(&report, claims);
    rt_bit_claims(report.attributes, flags, RT_COUNT(flags), "sgx.attributes_flags_other", claims);
    rt_quote_claims(q, "sgx", claims);
    return RATLS_OK;
}

/* ---- the verifier ---- */

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct rt_quote q;
    enum ratls_err e = parse(evidence, &q, claims, err);

    if (e == RATLS_OK)
        e = rt_dcap_describe(&q, "sgx", claims, err);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct rt_quote q;
    enum ratls_err e = parse(input->evidence, &q, claims, err);

    if (e == RATLS_OK && (input->event_log.p || input->ima_log.p)) /* ignored would look right */
        e = ratls_fail(err, RATLS_E_EVENT_LOG, "SGX has no event log");
    if (e == RATLS_OK)
        e = rt_dcap_verify(&q, NULL, input, claims, err);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_sgx = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "sgx",
    .media_type = NULL, /* evidence travels in the CCC form, CBOR tag 60000 */
    .recognises = recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_intel_pins,
    .n_pins = RT_INTEL_PINS,
    .collateral_recognises = rt_dcap_collateral_recognises,
    .collateral_new = rt_dcap_collateral_new,
    .collateral_free = rt_dcap_collateral_free,
    .collateral_facts = rt_dcap_collateral_facts,
};
