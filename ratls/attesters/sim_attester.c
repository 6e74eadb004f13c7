#include "sim_attester.h"

#include <stdlib.h>

enum ratls_err rt_sim_attester_open(const struct ratls_env *env,
                                    const struct rt_sim_attester_kind *kind, const char *options,
                                    void **self, struct ratls_error *err)
{
    struct rt_sim_attester *s = calloc(1, kind->size);

    *self = NULL;
    if (!s)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "%s", kind->name);
    s->env = env;
    s->sgx = kind->sgx;
    enum ratls_err e = kind->configure(s, options, err);
    if (e)
        rt_sim_attester_close(s);
    else
        *self = s;
    return e;
}

enum ratls_err rt_sim_attester_finish(struct rt_sim_attester *s, const char *directory,
                                      struct ratls_error *err)
{
    enum ratls_err e = rt_sim_status_check(&s->status, err);

    if (e)
        return e;
    return directory[0] ? rt_sim_pki_open(s->env, directory, &s->pki, err)
                        : rt_sim_pki_make(s->env, NULL, &s->pki, err);
}

void rt_sim_attester_close(void *self)
{
    struct rt_sim_attester *s = self;

    rt_sim_pki_free(&s->pki);
    free(s);
}

const char *rt_sim_attester_media_type(void *self)
{
    (void)self;
    return NULL; /* Intel's quotes travel in the CCC form */
}

struct ratls_bytes rt_sim_attester_root(void *self)
{
    return rt_bytes_of(&((const struct rt_sim_attester *)self)->pki.der[RT_SIM_ROOT]);
}

enum ratls_err rt_sim_attester_collateral(void *self, struct ratls_buffer *out,
                                          struct ratls_error *err)
{
    const struct rt_sim_attester *s = self;
    const struct rt_sim_certified c = {
        .env = s->env, .pki = &s->pki, .status = &s->status, .sgx = s->sgx};

    return rt_sim_status_collateral(&c, out, err);
}
