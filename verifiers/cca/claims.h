/* claims.h - what a CCA token says, as named claims: README.md. */
#ifndef RT_CCA_CLAIMS_H
#define RT_CCA_CLAIMS_H

#include "arm_token.h"

void rt_cca_platform_claims(const struct rt_arm_platform *p, struct ratls_claims *claims);
void rt_cca_realm_claims(const struct rt_arm_realm *r, struct ratls_claims *claims);

#endif
