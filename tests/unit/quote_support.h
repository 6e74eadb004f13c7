/* quote_support.h - the quote of a session judged; only what is said of it matters. */
#ifndef QUOTE_SUPPORT_H
#define QUOTE_SUPPORT_H

#include "appraisal.h"

static inline enum ratls_err appraise_quote(const struct ratls_trust *t, struct ratls_bytes cmw,
                                            const struct rt_quote_rules *rules, int64_t now,
                                            struct ratls_error *err)
{
    struct ratls_verdict *v = NULL;
    enum ratls_err e = rt_appraise_quote(t, cmw, rules, now, &v);

    if (e && v)
        (void)ratls_fail(err, e, "%s", ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    return e;
}

#endif
