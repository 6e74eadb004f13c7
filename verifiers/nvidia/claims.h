/* claims.h - what devices say, as named claims: README.md. */
#ifndef RT_NVIDIA_CLAIMS_H
#define RT_NVIDIA_CLAIMS_H

#include "device.h"
#include "ratls/evidence.h"

struct rt_nvidia_devices {
    const struct rt_nvidia_device *p;
    size_t n;
};

/* All but what the chains say. Failures stick in the claims; RATLS_E_CRYPTO and the like. */
RATLS_MUST_USE enum ratls_err rt_nvidia_claims(struct rt_nvidia_devices devices,
                                               struct ratls_claims *claims,
                                               struct ratls_error *err);
/* Who they are, once that is proven. */
void rt_nvidia_id_claims(struct rt_nvidia_devices devices, struct ratls_claims *claims);

#endif
