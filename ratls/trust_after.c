/* A trust against the one whose place it is to take: what was newer must not become older. */
#include "trust.h"

/* What came from a signed bundle goes by its revision. */
static enum ratls_err check_documents(const struct rt_stored *is, const struct rt_stored *was,
                                      struct ratls_error *err)
{
    for (size_t i = 0; i < was->n_origins; i++) {
        const struct rt_origin *before = &was->origins[i];
        const struct rt_origin *now = rt_stored_origin(is, before->issuer, before->bundle);
        if (now && now->revision < before->revision)
            return ratls_fail(err, RATLS_E_ROLLBACK, "bundle %s: revision %lld after %lld",
                              now->bundle, (long long)now->revision, (long long)before->revision);
    }
    return RATLS_OK;
}

enum ratls_err ratls_trust_check_after(const struct ratls_trust *t, const struct ratls_trust *old,
                                       struct ratls_error *err)
{
    enum ratls_err e = check_documents(rt_trust_stored(t), rt_trust_stored(old), err);

    return e ? e : rt_trust_collateral_went_back(t, old, err);
}
