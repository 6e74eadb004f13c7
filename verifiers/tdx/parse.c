#include "quote.h"

bool rt_tdx_recognises(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);
    struct rt_quote_header h;

    rt_quote_header_read(&r, &h);
    return !r.bad && (h.version == 4 || h.version == 5) && h.key_type == RT_QUOTE_KEY_P256 &&
           h.tee_type == RT_QUOTE_TEE_TDX;
}

static enum ratls_err check_version(const struct rt_quote_header *h, struct ratls_error *err)
{
    if (h->version == 5)
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION,
                          "TDX quotes of version 5 are not supported yet, only version 4");
    if (h->version != 4)
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "quote version %u", h->version);
    if (h->tee_type != RT_QUOTE_TEE_TDX)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "TEE type 0x%08x is not TDX",
                          (unsigned)h->tee_type);
    return rt_quote_header_check(h, err);
}

static void read_report(struct rt_reader *r, struct rt_td_report *out)
{
    rt_copy(r, out->tee_tcb_svn, sizeof out->tee_tcb_svn);
    rt_copy(r, out->mr_seam, sizeof out->mr_seam);
    rt_copy(r, out->mr_signer_seam, sizeof out->mr_signer_seam);
    rt_copy(r, out->seam_attributes, sizeof out->seam_attributes);
    rt_copy(r, out->td_attributes, sizeof out->td_attributes);
    rt_copy(r, out->xfam, sizeof out->xfam);
    rt_copy(r, out->mr_td, sizeof out->mr_td);
    rt_copy(r, out->mr_config_id, sizeof out->mr_config_id);
    rt_copy(r, out->mr_owner, sizeof out->mr_owner);
    rt_copy(r, out->mr_owner_config, sizeof out->mr_owner_config);
    for (size_t i = 0; i < RT_COUNT(out->rtmr); i++)
        rt_copy(r, out->rtmr[i], sizeof out->rtmr[i]);
    rt_copy(r, out->report_data, sizeof out->report_data);
}

enum ratls_err rt_tdx_quote_parse(struct ratls_bytes evidence, struct rt_tdx_quote *out,
                                  struct ratls_error *err)
{
    struct rt_reader r = rt_reader(evidence);
    enum ratls_err e;

    *out = (struct rt_tdx_quote){0};
    rt_quote_header_read(&r, &out->header);
    if (r.bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the quote header is cut off");
    if ((e = check_version(&out->header, err)) != RATLS_OK)
        return e;
    read_report(&r, &out->report);
    if (r.bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the TD report is cut off");
    if ((e = rt_quote_signature_read(&r, &out->sig, err)) != RATLS_OK)
        return e;
    struct rt_reader start = rt_reader(evidence);
    out->signed_part = rt_take_bytes(&start, RT_TDX_SIGNED_LEN);
    out->trailing_len = r.left;
    return RATLS_OK;
}

uint64_t rt_td_attributes(const struct rt_td_report *report)
{
    struct rt_reader r = rt_reader(ratls_bytes(report->td_attributes, 8));

    return rt_u64le(&r);
}
