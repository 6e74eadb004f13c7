/* What a document of collateral is, under the roots of a trust. */
#include "ratls/collateral.h"

#include "trust.h"

enum ratls_err ratls_collateral_check(const struct ratls_trust *t, const char *tee,
                                      struct ratls_bytes document,
                                      struct ratls_collateral_facts *out, struct ratls_error *err)
{
    const struct ratls_verifier *v = rt_registry_by_name(rt_trust_registry(t), tee);
    void *proven = NULL;

    *out = (struct ratls_collateral_facts){0};
    if (!v || !v->collateral_new)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "no verifier with collateral is called '%s'",
                          tee ? tee : "");
    if (!v->collateral_recognises(document))
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "no collateral of %s", v->name);
    enum ratls_err e = rt_trust_prove_collateral(t, v, document, &proven, err);
    if (e)
        return e;
    v->collateral_facts(proven, out);
    v->collateral_free(proven);
    return RATLS_OK;
}
