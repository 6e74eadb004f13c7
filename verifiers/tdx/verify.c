/* TDX: prove the quote, then say what it holds. */
#include "tdx.h"

#include "bits.h"
#include "dcap_verify.h"
#include "event_log.h"
#include "quote.h"

/* ---- claims ---- */

static void report_claims(const struct rt_td_report *t, struct ratls_claims *c)
{
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", ratls_bytes(t->mr_td, 48)},
        {"report_data", ratls_bytes(t->report_data, 64)},
        {"tdx.tee_tcb_svn", ratls_bytes(t->tee_tcb_svn, 16)},
        {"tdx.mr_seam", ratls_bytes(t->mr_seam, 48)},
        {"tdx.mr_signer_seam", ratls_bytes(t->mr_signer_seam, 48)},
        {"tdx.seam_attributes", ratls_bytes(t->seam_attributes, 8)},
        {"tdx.td_attributes", ratls_bytes(t->td_attributes, 8)},
        {"tdx.xfam", ratls_bytes(t->xfam, 8)},
        {"tdx.mr_td", ratls_bytes(t->mr_td, 48)},
        {"tdx.mr_config_id", ratls_bytes(t->mr_config_id, 48)},
        {"tdx.mr_owner", ratls_bytes(t->mr_owner, 48)},
        {"tdx.mr_owner_config", ratls_bytes(t->mr_owner_config, 48)},
        {"tdx.rtmr_0", ratls_bytes(t->rtmr[0], 48)},
        {"tdx.rtmr_1", ratls_bytes(t->rtmr[1], 48)},
        {"tdx.rtmr_2", ratls_bytes(t->rtmr[2], 48)},
        {"tdx.rtmr_3", ratls_bytes(t->rtmr[3], 48)},
        {"tdx.report_data", ratls_bytes(t->report_data, 64)},
        {"tdx.tee_tcb_svn2", ratls_bytes(t->tee_tcb_svn2, 16)},
        {"tdx.mr_servicetd", ratls_bytes(t->mr_service_td, 48)},
    };

    for (size_t i = 0; i < RT_COUNT(list) - (t->is_15 ? 0 : 2); i++)
        (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
}

/* TDATTRIBUTES, Intel TDX module base architecture specification, "ATTRIBUTES". */
static const struct rt_bit attributes[] = {
    {"tdx.debug", 0}, {"tdx.lass", 27}, {"tdx.sept_ve_disable", 28}, {"tdx.migratable", 29},
    {"tdx.pks", 30},  {"tdx.kl", 31},   {"tdx.perfmon", 63},
};

/* XFAM has the bits of XCR0 | IA32_XSS (Intel SDM volume 1, section 13.1). */
static const struct rt_bit xfam[] = {
    {"tdx.xfam_x87", 0},
    {"tdx.xfam_sse", 1},
    {"tdx.xfam_avx", 2},
    {"tdx.xfam_mpx_bndregs", 3},
    {"tdx.xfam_mpx_bndcsr", 4},
    {"tdx.xfam_avx512_opmask", 5},
    {"tdx.xfam_avx512_zmm_hi256", 6},
    {"tdx.xfam_avx512_hi16_zmm", 7},
    {"tdx.xfam_pt", 8},
    {"tdx.xfam_pkru", 9},
    {"tdx.xfam_pasid", 10},
    {"tdx.xfam_cet_u", 11},
    {"tdx.xfam_cet_s", 12},
    {"tdx.xfam_hdc", 13},
    {"tdx.xfam_uintr", 14},
    {"tdx.xfam_lbr", 15},
    {"tdx.xfam_hwp", 16},
    {"tdx.xfam_amx_tilecfg", 17},
    {"tdx.xfam_amx_tiledata", 18},
    {"tdx.xfam_apx", 19},
};

static void quote_claims(const struct rt_tdx_quote *q, struct ratls_claims *c)
{
    (void)ratls_claims_set_text(c, "tee", "tdx");
    report_claims(&q->report, c);
    /* Bits 7:0 are the group TUD, "TD under debug": any of them makes a TD untrusted. */
    (void)ratls_claims_set_bool(c, "debug", q->report.td_attributes[0] != 0);
    rt_bit_claims(q->report.td_attributes, attributes, RT_COUNT(attributes),
                  "tdx.td_attributes_other", c);
    rt_bit_claims(q->report.xfam, xfam, RT_COUNT(xfam), "tdx.xfam_other", c);
    rt_quote_claims(&q->quote, "tdx", c);
}

/* ---- the verifier ---- */

/* Without a readable chain there is nothing to say about platform and simulation. */
static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct rt_tdx_quote q;
    enum ratls_err e = rt_tdx_quote_parse(evidence, &q, err);

    if (e)
        return e;
    quote_claims(&q, claims);
    if ((e = rt_tdx_check_event_log(&q.report, ratls_bytes(NULL, 0), claims, err)) != RATLS_OK)
        return e;
    e = rt_dcap_describe(&q.quote, "tdx", claims, err);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct rt_tdx_quote q;
    enum ratls_err e = rt_tdx_quote_parse(input->evidence, &q, err);

    if (e == RATLS_OK && input->ima_log.p) /* ignored would look right */
        e = ratls_fail(err, RATLS_E_EVENT_LOG, "no register of TDX is explained by an IMA log");
    if (e)
        return e;
    const struct rt_td_tcb td = {
        .svn = q.report.tee_tcb_svn,
        .svn2 = q.report.is_15 ? q.report.tee_tcb_svn2 : NULL,
        .mr_signer_seam = q.report.mr_signer_seam,
        .seam_attributes = q.report.seam_attributes,
    };
    quote_claims(&q, claims);
    e = rt_dcap_verify(&q.quote, &td, input, claims, err);
    if (e == RATLS_OK)
        e = rt_tdx_check_event_log(&q.report, input->event_log, claims, err);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_tdx = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "tdx",
    .media_type = NULL, /* evidence travels in the CCC form, CBOR tag 60000 */
    .recognises = rt_tdx_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_intel_pins,
    .n_pins = RT_INTEL_PINS,
    .collateral_recognises = rt_dcap_collateral_recognises,
    .collateral_new = rt_dcap_collateral_new,
    .collateral_free = rt_dcap_collateral_free,
    .collateral_facts = rt_dcap_collateral_facts,
};
