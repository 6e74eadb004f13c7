/* A trust against the one whose place it is to take: what was newer must not become older. */
#include "trust.h"

/* ---- collateral ---- */

static bool is_older(const struct ratls_collateral_facts *a, const struct ratls_collateral_facts *b)
{
    for (size_t i = 0; i < a->n_issue && i < b->n_issue; i++)
        if (a->issue[i] < b->issue[i])
            return true;
    return false;
}

/* Is there something about the same platform, and nothing as new? The newest issue counts, so that
 * an older one beside it does no harm. */
static bool went_back(const struct ratls_trust *t, const struct ratls_verifier *v,
                      const struct ratls_collateral_facts *was)
{
    const void *kept[RT_MAX_COLLATERAL_DOCS];
    size_t n = rt_trust_collateral(t, v, kept);
    struct ratls_collateral_facts is;
    bool older = false;

    for (size_t i = 0; i < n; i++) {
        v->collateral_facts(kept[i], &is);
        if (strcmp(is.name, was->name) != 0)
            continue;
        if (!is_older(&is, was))
            return false;
        older = true;
    }
    return older;
}

static enum ratls_err check_collateral(const struct ratls_trust *t, const struct ratls_trust *old,
                                       const struct ratls_verifier *v, struct ratls_error *err)
{
    const void *kept[RT_MAX_COLLATERAL_DOCS];
    size_t n = rt_trust_collateral(old, v, kept);
    struct ratls_collateral_facts was;

    for (size_t i = 0; i < n; i++) {
        v->collateral_facts(kept[i], &was);
        if (went_back(t, v, &was))
            return ratls_fail(err, RATLS_E_COLLATERAL_ROLLBACK,
                              "collateral of %s is older than what was in use", was.name);
    }
    return RATLS_OK;
}

enum ratls_err ratls_trust_check_after(const struct ratls_trust *t, const struct ratls_trust *old,
                                       struct ratls_error *err)
{
    const struct ratls_verifier *v;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && (v = rt_registry_at(rt_trust_registry(old), i)) != NULL; i++)
        if (v->collateral_new)
            e = check_collateral(t, old, v, err);
    return e;
}
