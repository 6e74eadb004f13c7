/* sim_sgx.c - enclaves that do not exist, and the attester "sim-sgx". */
#include "sim_sgx.h"

#include "options.h"
#include "sim_dcap.h"

#define HEX32_LEN (2 * 32 + 1) /* with NUL */

static void put_reserved(struct rt_writer *w, size_t n)
{
    while (n-- > 0)
        rt_put_u8(w, 0);
}

void rt_sim_enclave_usual(struct rt_sim_enclave *enclave)
{
    struct rt_sim_platform platform;

    *enclave = (struct rt_sim_enclave){
        .flags = RT_SIM_SGX_INIT | RT_SIM_SGX_MODE64,
        .xfrm = 0xe7,
        .isv_prod_id = 1,
        .isv_svn = 1,
    };
    rt_sim_platform_usual(&platform);
    memcpy(enclave->cpu_svn, platform.cpu_svn, sizeof enclave->cpu_svn);
    memset(enclave->mr_enclave, 0x52, sizeof enclave->mr_enclave);
    memset(enclave->mr_signer, 0x53, sizeof enclave->mr_signer);
}

void rt_sim_enclave_put(const struct rt_sim_enclave *enclave, struct rt_writer *w)
{
    rt_put(w, enclave->cpu_svn, sizeof enclave->cpu_svn);
    rt_put_u32le(w, enclave->misc_select);
    put_reserved(w, 12);
    rt_put(w, enclave->isv_ext_prod_id, sizeof enclave->isv_ext_prod_id);
    rt_put_u64le(w, enclave->flags);
    rt_put_u64le(w, enclave->xfrm);
    rt_put(w, enclave->mr_enclave, sizeof enclave->mr_enclave);
    put_reserved(w, 32);
    rt_put(w, enclave->mr_signer, sizeof enclave->mr_signer);
    put_reserved(w, 32);
    rt_put(w, enclave->config_id, sizeof enclave->config_id);
    rt_put_u16le(w, enclave->isv_prod_id);
    rt_put_u16le(w, enclave->isv_svn);
    rt_put_u16le(w, enclave->config_svn);
    put_reserved(w, 42);
    rt_put(w, enclave->isv_family_id, sizeof enclave->isv_family_id);
    rt_put(w, enclave->report_data, sizeof enclave->report_data);
}

enum ratls_err rt_sim_sgx_quote(const struct ratls_env *env, const struct rt_sim_pki *pki,
                                const struct rt_sim_enclave *enclave,
                                const struct rt_sim_quote_knobs *knobs, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    rt_sim_enclave_put(enclave, &w);
    const struct rt_sim_body body = {RT_SIM_ENCLAVE, rt_written(&w)};
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_sim_quote(env, pki, &body, knobs, out);
    rt_writer_free(&w);
    return e;
}

/* ---- attester ---- */

struct sim {
    struct rt_sim_dcap dcap;
    struct rt_sim_enclave enclave;
};

struct texts {
    char pki[RT_OPTION_MAX], mrenclave[HEX32_LEN], mrsigner[HEX32_LEN];
    char isvprodid[8], isvsvn[8], debug[8];
};

static enum ratls_err parse_u16(const char *key, const char *text, uint16_t *out,
                                struct ratls_error *err)
{
    uint32_t value = *out;
    enum ratls_err e = rt_option_uint(key, text, UINT16_MAX, &value, err);

    *out = (uint16_t)value;
    return e;
}

static enum ratls_err parse_enclave(const struct texts *t, struct rt_sim_enclave *c,
                                    struct ratls_error *err)
{
    bool debug = false;
    enum ratls_err e;

    if ((e = rt_option_hex("mrenclave", t->mrenclave, c->mr_enclave, sizeof c->mr_enclave, err)) !=
            RATLS_OK ||
        (e = rt_option_hex("mrsigner", t->mrsigner, c->mr_signer, sizeof c->mr_signer, err)) !=
            RATLS_OK ||
        (e = parse_u16("isvprodid", t->isvprodid, &c->isv_prod_id, err)) != RATLS_OK ||
        (e = parse_u16("isvsvn", t->isvsvn, &c->isv_svn, err)) != RATLS_OK ||
        (e = rt_option_bool("debug", t->debug, &debug, err)) != RATLS_OK)
        return e;
    if (debug)
        c->flags |= RT_SIM_SGX_DEBUG;
    return RATLS_OK;
}

static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"mrenclave", t.mrenclave, sizeof t.mrenclave},
        {"mrsigner", t.mrsigner, sizeof t.mrsigner},
        {"isvprodid", t.isvprodid, sizeof t.isvprodid},
        {"isvsvn", t.isvsvn, sizeof t.isvsvn},
        {"debug", t.debug, sizeof t.debug},
        {"tcb_status", s->dcap.status.tcb, RT_SIM_STATUS_MAX},
        {"qe_status", s->dcap.status.qe, RT_SIM_STATUS_MAX},
    };
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    s->dcap.sgx = true;
    rt_sim_enclave_usual(&s->enclave);
    if (e == RATLS_OK)
        e = parse_enclave(&t, &s->enclave, err);
    return e ? e : rt_sim_dcap_finish(&s->dcap, t.pki, err);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-sgx", "sgx", NULL, sizeof(struct sim), configure, rt_sim_dcap_release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;

    memcpy(s->enclave.report_data, report_data, sizeof s->enclave.report_data);
    enum ratls_err e = rt_sim_sgx_quote(s->dcap.base.env, &s->dcap.pki, &s->enclave, NULL, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-sgx: %s", ratls_err_text(e)) : RATLS_OK;
}

const struct rt_attester_type rt_attester_sim_sgx = {
    .name = "sim-sgx",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = rt_sim_dcap_root,
    .sim_collateral = rt_sim_dcap_collateral,
};
