/* ascend.h - the verifier of Ascend NPUs: what their host measured of them. What it proves, what it
 * cannot, and which claims it sets: README.md. */
#ifndef RT_ASCEND_H
#define RT_ASCEND_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_ascend_npu;

#endif
