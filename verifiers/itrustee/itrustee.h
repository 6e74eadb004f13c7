/* itrustee.h - the verifier of Huawei iTrustee (TrustZone of Kunpeng). What it proves and which
 * claims it sets: README.md. */
#ifndef RT_ITRUSTEE_H
#define RT_ITRUSTEE_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_itrustee;

#endif
