/* sim_sgx.c - enclaves that do not exist. */
#include "sim_sgx.h"

static void put_reserved(struct rt_writer *w, size_t n)
{
    while (n-- > 0)
        rt_put_u8(w, 0);
}

void rt_sim_enclave_usual(struct rt_sim_enclave *enclave)
{
    *enclave = (struct rt_sim_enclave){
        .cpu_svn = {7, 9, 3, 3, 255, 255, 1},
        .flags = RT_SIM_SGX_INIT | RT_SIM_SGX_MODE64,
        .xfrm = 0xe7,
        .isv_prod_id = 1,
        .isv_svn = 1,
    };
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
