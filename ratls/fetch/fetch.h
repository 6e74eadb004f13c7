/* fetch.h - collateral of one platform, from the network or a folder, proven under given roots. */
#ifndef RT_FETCH_H
#define RT_FETCH_H

#include "ratls/collateral.h"
#include "ratls/verifier.h"

struct rt_fetch {
    const struct ratls_env *env;
    const struct ratls_root *roots;
    size_t n_roots;
    const struct ratls_collateral_request *request;
};

/* Everything is borrowed. As ratls_collateral_get(). */
RATLS_MUST_USE enum ratls_err rt_fetch(const struct rt_fetch *f, struct ratls_collateral *out,
                                       struct ratls_error *err);

#endif
