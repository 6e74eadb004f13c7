/* baseline_impl.h - shared by the reader of a version (baseline_read.c), what fits one
 * (baseline_fit.c) and the search among all of them (baseline.c). */
#ifndef RT_BASELINE_IMPL_H
#define RT_BASELINE_IMPL_H

#include "baseline.h"

enum { RT_BASELINE_WHY_MAX = 200 };

/* What the members of a body say, but for `measurements`. `why`: what does not fit. */
bool rt_baseline_fits(const struct rt_baseline *b, const struct ratls_claims *claims,
                      char why[RT_BASELINE_WHY_MAX]);
/* Is one of its `claims` such a one? NULL: nobody asks. */
bool rt_baseline_names(const struct rt_baseline *b, bool (*such)(const char *claim),
                       char why[RT_BASELINE_WHY_MAX]);

#endif
