/* appraise_memory.h - evidence is appraised while allocations fail (T77): no crash, no leak, never
 * an allow without the whole truth, and never another reason than the true one. */
#ifndef APPRAISE_MEMORY_H
#define APPRAISE_MEMORY_H

#include "alloc_support.h"

#ifndef WITHOUT_ALLOC

#include "ratls/appraise.h"

static enum ratls_err due; /* RATLS_OK, or the true reason of a refusal */

typedef enum ratls_err fill_trust_fn(struct ratls_trust *t); /* while allocations fail */
typedef void expect_whole_fn(const struct ratls_verdict *v); /* of what is allowed */

static inline bool appraise_by(const struct ratls_trust *t, const struct ratls_appraisal *what,
                               expect_whole_fn *expect_whole)
{
    struct ratls_verdict *v = NULL;

    armed = true;
    const enum ratls_err e = ratls_appraise(t, what, &v);
    armed = false;
    cr_expect(v || e == RATLS_E_NO_MEMORY);
    cr_expect_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    cr_expect(e == due || rt_is_own_failure(e), "the evidence is blamed: %s %s",
              ratls_err_reason(e), ratls_verdict_detail(v));
    if (e == RATLS_OK)
        expect_whole(v);
    ratls_verdict_unref(v);
    return e == due;
}

static inline bool appraise_anew(fill_trust_fn *fill, const struct ratls_appraisal *what,
                                 expect_whole_fn *expect_whole)
{
    struct ratls_trust *t = NULL;

    armed = true;
    enum ratls_err e = ratls_trust_new(ratls_env_system(), &t);
    if (e == RATLS_OK)
        e = fill(t);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    const bool honest = e == RATLS_OK && appraise_by(t, what, expect_whole);
    ratls_trust_unref(t);
    return honest;
}

#endif
#endif
