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
    *s = (struct rt_sim_attester){env, kind};
    enum ratls_err e = kind->configure(s, options, err);
    if (e)
        rt_sim_attester_close(s);
    else
        *self = s;
    return e;
}

void rt_sim_attester_close(void *self)
{
    struct rt_sim_attester *s = self;

    s->kind->release(s);
    free(s);
}

const char *rt_sim_attester_tee(void *self)
{
    return ((const struct rt_sim_attester *)self)->kind->tee;
}

const char *rt_sim_attester_media_type(void *self)
{
    return ((const struct rt_sim_attester *)self)->kind->media_type;
}
