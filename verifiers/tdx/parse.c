#include "quote.h"

bool rt_tdx_recognises(struct ratls_bytes evidence)
{
    return rt_quote_recognises(evidence, RT_QUOTE_TEE_TDX);
}

/* The body has the length of its type. */
static void read_report(const struct rt_quote *q, struct rt_td_report *out)
{
    struct rt_reader r = rt_reader(q->body);

    rt_copy(&r, out->tee_tcb_svn, sizeof out->tee_tcb_svn);
    rt_copy(&r, out->mr_seam, sizeof out->mr_seam);
    rt_copy(&r, out->mr_signer_seam, sizeof out->mr_signer_seam);
    rt_copy(&r, out->seam_attributes, sizeof out->seam_attributes);
    rt_copy(&r, out->td_attributes, sizeof out->td_attributes);
    rt_copy(&r, out->xfam, sizeof out->xfam);
    rt_copy(&r, out->mr_td, sizeof out->mr_td);
    rt_copy(&r, out->mr_config_id, sizeof out->mr_config_id);
    rt_copy(&r, out->mr_owner, sizeof out->mr_owner);
    rt_copy(&r, out->mr_owner_config, sizeof out->mr_owner_config);
    for (size_t i = 0; i < RT_COUNT(out->rtmr); i++)
        rt_copy(&r, out->rtmr[i], sizeof out->rtmr[i]);
    rt_copy(&r, out->report_data, sizeof out->report_data);
    out->is_15 = q->body_type == RT_BODY_TD_REPORT15;
    if (!out->is_15)
        return;
    rt_copy(&r, out->tee_tcb_svn2, sizeof out->tee_tcb_svn2);
    rt_copy(&r, out->mr_service_td, sizeof out->mr_service_td);
}

enum ratls_err rt_tdx_quote_parse(struct ratls_bytes evidence, struct rt_tdx_quote *out,
                                  struct ratls_error *err)
{
    *out = (struct rt_tdx_quote){0};
    enum ratls_err e = rt_quote_parse(evidence, RT_QUOTE_TEE_TDX, &out->quote, err);
    if (e == RATLS_OK)
        read_report(&out->quote, &out->report);
    return e;
}
