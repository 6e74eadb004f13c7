/* sim_tdx.c - TDs that do not exist, and the attester "sim-tdx". */
#include "sim_tdx.h"

#include "options.h"
#include "sim_dcap.h"

#define HEX48_LEN (2 * 48 + 1) /* with NUL */

void rt_sim_td_usual(struct rt_sim_td *td)
{
    *td = (struct rt_sim_td){
        .tee_tcb_svn = {6, 1, 3},
        .tee_tcb_svn2 = {6, 1, 3},
        .td_attributes = RT_SIM_TD_SEPT_VE_DISABLE,
        .xfam = 0x00000000000602e7ULL,
    };
    memset(td->mr_seam, 0x5e, sizeof td->mr_seam);
    memset(td->mr_td, 0x51, sizeof td->mr_td);
    for (size_t i = 0; i < RT_COUNT(td->rtmr); i++)
        memset(td->rtmr[i], (int)(0xa0 + i), sizeof td->rtmr[i]);
}

static void put_report(const struct rt_sim_td *td, bool v1_5, struct rt_writer *w)
{
    rt_put(w, td->tee_tcb_svn, sizeof td->tee_tcb_svn);
    rt_put(w, td->mr_seam, sizeof td->mr_seam);
    rt_put(w, td->mr_signer_seam, sizeof td->mr_signer_seam);
    rt_put_u64le(w, td->seam_attributes);
    rt_put_u64le(w, td->td_attributes);
    rt_put_u64le(w, td->xfam);
    rt_put(w, td->mr_td, sizeof td->mr_td);
    rt_put(w, td->mr_config_id, sizeof td->mr_config_id);
    rt_put(w, td->mr_owner, sizeof td->mr_owner);
    rt_put(w, td->mr_owner_config, sizeof td->mr_owner_config);
    rt_put(w, td->rtmr, sizeof td->rtmr);
    rt_put(w, td->report_data, sizeof td->report_data);
    if (!v1_5)
        return;
    rt_put(w, td->tee_tcb_svn2, sizeof td->tee_tcb_svn2);
    rt_put(w, td->mr_servicetd, sizeof td->mr_servicetd);
}

enum ratls_err rt_sim_tdx_quote(const struct ratls_env *env, const struct rt_sim_pki *pki,
                                const struct rt_sim_td *td, const struct rt_sim_quote_knobs *knobs,
                                struct ratls_buffer *out)
{
    const bool v1_5 = knobs && knobs->layout == 5 && knobs->td_report_1_5;
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    put_report(td, v1_5, &w);
    const struct rt_sim_body body = {v1_5 ? RT_SIM_TD_1_5 : RT_SIM_TD_1_0, rt_written(&w)};
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_sim_quote(env, pki, &body, knobs, out);
    rt_writer_free(&w);
    return e;
}

/* ---- attester ---- */

struct sim {
    struct rt_sim_dcap dcap;
    struct rt_sim_td td;
    struct rt_sim_quote_knobs knobs;
};

struct texts {
    char pki[RT_OPTION_MAX], mrtd[HEX48_LEN], rtmr[4][HEX48_LEN], debug[8], version[8];
};

static enum ratls_err parse_td(const struct texts *t, struct rt_sim_td *td, struct ratls_error *err)
{
    static const char *const rtmr[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
    bool debug = false;
    enum ratls_err e = rt_option_hex("mrtd", t->mrtd, td->mr_td, sizeof td->mr_td, err);

    for (size_t i = 0; i < RT_COUNT(rtmr) && e == RATLS_OK; i++)
        e = rt_option_hex(rtmr[i], t->rtmr[i], td->rtmr[i], sizeof td->rtmr[i], err);
    if (e == RATLS_OK)
        e = rt_option_bool("debug", t->debug, &debug, err);
    if (debug)
        td->td_attributes |= RT_SIM_TD_DEBUG;
    return e;
}

static enum ratls_err parse_version(const char *text, struct rt_sim_quote_knobs *knobs,
                                    struct ratls_error *err)
{
    uint32_t version = 4;
    enum ratls_err e = rt_option_uint("version", text, 5, &version, err);

    if (e == RATLS_OK && version < 4)
        e = ratls_fail(err, RATLS_E_USAGE, "version is neither 4 nor 5");
    knobs->layout = (uint16_t)version;
    knobs->td_report_1_5 = version == 5;
    return e;
}

static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"mrtd", t.mrtd, sizeof t.mrtd},
        {"rtmr0", t.rtmr[0], sizeof t.rtmr[0]},
        {"rtmr1", t.rtmr[1], sizeof t.rtmr[1]},
        {"rtmr2", t.rtmr[2], sizeof t.rtmr[2]},
        {"rtmr3", t.rtmr[3], sizeof t.rtmr[3]},
        {"debug", t.debug, sizeof t.debug},
        {"version", t.version, sizeof t.version},
        {"tcb_status", s->dcap.status.tcb, RT_SIM_STATUS_MAX},
        {"qe_status", s->dcap.status.qe, RT_SIM_STATUS_MAX},
        {"module_status", s->dcap.status.module, RT_SIM_STATUS_MAX},
    };
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    rt_sim_td_usual(&s->td);
    if (e == RATLS_OK)
        e = parse_td(&t, &s->td, err);
    if (e == RATLS_OK)
        e = parse_version(t.version, &s->knobs, err);
    return e ? e : rt_sim_dcap_finish(&s->dcap, t.pki, err);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-tdx", "tdx", NULL, sizeof(struct sim), configure, rt_sim_dcap_release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;

    memcpy(s->td.report_data, report_data, sizeof s->td.report_data);
    enum ratls_err e = rt_sim_tdx_quote(s->dcap.base.env, &s->dcap.pki, &s->td, &s->knobs, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-tdx: %s", ratls_err_text(e)) : RATLS_OK;
}

const struct rt_attester_type rt_attester_sim_tdx = {
    .name = "sim-tdx",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = rt_sim_dcap_root,
    .sim_collateral = rt_sim_dcap_collateral,
};
