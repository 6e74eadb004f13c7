/* What a document of collateral is, under the roots of a trust, and whether a trust has older ones
 * than another. */
#include "ratls/collateral.h"

#include <stdlib.h>

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

/* ---- rollback ---- */

struct facts_list {
    struct ratls_collateral_facts *p; /* owned */
    size_t n;
};

static bool read_all(const struct ratls_trust *t, struct facts_list *out)
{
    out->n = 0;
    out->p = calloc(RT_MAX_COLLATERAL_DOCS + 1, sizeof *out->p);
    while (out->p && rt_trust_collateral_facts(t, out->n, &out->p[out->n]) == RATLS_OK)
        out->n++;
    return out->p != NULL;
}

static size_t n_issue(const struct ratls_collateral_facts *a,
                      const struct ratls_collateral_facts *b)
{
    const size_t n = a->n_issue < b->n_issue ? a->n_issue : b->n_issue;

    return n < RATLS_COLLATERAL_ISSUES ? n : RATLS_COLLATERAL_ISSUES;
}

/* As verifiers choose among several. */
static bool is_newer(const struct ratls_collateral_facts *a, const struct ratls_collateral_facts *b)
{
    if (a->number != b->number)
        return a->number > b->number;
    for (size_t i = 0; i < n_issue(a, b); i++)
        if (a->issue[i] != b->issue[i])
            return a->issue[i] > b->issue[i];
    return false;
}

static bool is_older_somewhere(const struct ratls_collateral_facts *a,
                               const struct ratls_collateral_facts *b)
{
    for (size_t i = 0; i < n_issue(a, b); i++)
        if (a->issue[i] < b->issue[i])
            return true;
    return false;
}

/* NULL: there is none of this name. */
static const struct ratls_collateral_facts *newest_of(const struct facts_list *list,
                                                      const char *name)
{
    const struct ratls_collateral_facts *best = NULL;

    for (size_t i = 0; i < list->n; i++)
        if (strncmp(list->p[i].name, name, RATLS_COLLATERAL_NAME_LEN) == 0 &&
            (!best || is_newer(&list->p[i], best)))
            best = &list->p[i];
    return best;
}

static enum ratls_err compare(const struct facts_list *is, const struct facts_list *was,
                              struct ratls_error *err)
{
    for (size_t i = 0; i < was->n; i++) {
        const struct ratls_collateral_facts *before = newest_of(was, was->p[i].name);
        const struct ratls_collateral_facts *now = newest_of(is, was->p[i].name);
        if (now && is_older_somewhere(now, before))
            return ratls_fail(err, RATLS_E_COLLATERAL_ROLLBACK,
                              "%.*s: collateral of issue %llu after that of issue %llu",
                              RATLS_COLLATERAL_NAME_LEN - 1, now->name,
                              (unsigned long long)now->number, (unsigned long long)before->number);
    }
    return RATLS_OK;
}

enum ratls_err rt_trust_collateral_went_back(const struct ratls_trust *newer,
                                             const struct ratls_trust *older,
                                             struct ratls_error *err)
{
    struct facts_list is = {0}, was = {0};
    enum ratls_err e = read_all(newer, &is) && read_all(older, &was)
                           ? compare(&is, &was, err)
                           : ratls_fail(err, RATLS_E_NO_MEMORY, "facts of collateral");

    free(is.p);
    free(was.p);
    return e;
}
