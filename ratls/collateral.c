/* Collateral on demand, judged by the roots of a trust. */
#include "ratls/collateral.h"

#include <stdlib.h>

#include "fetch.h"
#include "trust.h"

enum ratls_err ratls_collateral_get(const struct ratls_trust *t,
                                    const struct ratls_collateral_request *request,
                                    struct ratls_collateral *out, struct ratls_error *err)
{
    const char *tee = request->query.tee;
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(t), tee);
    struct rt_fetch f = {.env = rt_trust_env(t), .request = request};
    struct ratls_root *roots = NULL;

    *out = (struct ratls_collateral){0};
    if (!v)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "no verifier is called '%s'", tee ? tee : "");
    enum ratls_err e = rt_trust_roots(t, v, &roots, &f.n_roots);
    f.roots = roots;
    if (!e)
        e = rt_fetch(&f, out, err);
    free(roots);
    return e;
}

void ratls_collateral_free(struct ratls_collateral *c)
{
    ratls_buffer_free(&c->json);
}
