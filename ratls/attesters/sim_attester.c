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
    enum ratls_err e = kind->configure(s, options, err);
    if (e)
        rt_sim_attester_close(s);
    else
        *self = s;
    return e;
}

enum ratls_err rt_sim_attester_pki(struct rt_sim_attester *s, const char *directory,
                                   struct ratls_error *err)
{
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
