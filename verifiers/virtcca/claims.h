/* claims.h - everything that tokens and certificate say, as named claims: see README.md. */
#ifndef RT_VIRTCCA_CLAIMS_H
#define RT_VIRTCCA_CLAIMS_H

#include "ratls/evidence.h"
#include "token.h"

void rt_virtcca_token_claims(const struct rt_virtcca_token *t, struct ratls_claims *claims);
/* Also platform_id, for which there is a failure of our own. */
RATLS_MUST_USE enum ratls_err rt_virtcca_device_claims(const struct rt_x509 *device,
                                                       struct ratls_claims *claims,
                                                       struct ratls_error *err);

#endif
