/* virtcca.h - the verifier of Huawei virtCCA (Kunpeng). What it proves: README.md. */
#ifndef RT_VIRTCCA_H
#define RT_VIRTCCA_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_virtcca;

#endif
