#include "sim_dcap.h"

enum ratls_err rt_sim_dcap_finish(struct rt_sim_dcap *s, const char *directory,
                                  struct ratls_error *err)
{
    enum ratls_err e = rt_sim_status_check(&s->status, err);

    if (e)
        return e;
    return directory[0] ? rt_sim_pki_open(s->base.env, directory, &s->pki, err)
                        : rt_sim_pki_make(s->base.env, NULL, &s->pki, err);
}

void rt_sim_dcap_release(void *self)
{
    rt_sim_pki_free(&((struct rt_sim_dcap *)self)->pki);
}

struct ratls_bytes rt_sim_dcap_root(void *self)
{
    return rt_bytes_of(&((const struct rt_sim_dcap *)self)->pki.der[RT_SIM_ROOT]);
}

enum ratls_err rt_sim_dcap_collateral(void *self, struct ratls_buffer *out, struct ratls_error *err)
{
    const struct rt_sim_dcap *s = self;
    const struct rt_sim_certified c = {
        .env = s->base.env, .pki = &s->pki, .status = &s->status, .sgx = s->sgx};

    return rt_sim_status_collateral(&c, out, err);
}
