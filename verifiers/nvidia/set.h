/* set.h - several devices in one evidence: what must hold between them. */
#ifndef RT_NVIDIA_SET_H
#define RT_NVIDIA_SET_H

#include "claims.h"

/* One nonce, no device twice; of protected PCIe, links that fit each other.
 * RATLS_E_BINDING_MISMATCH for another nonce, RATLS_E_DEVICE_DUPLICATE, RATLS_E_DEVICE_SET. */
RATLS_MUST_USE enum ratls_err rt_nvidia_set_check(struct rt_nvidia_devices devices,
                                                  struct ratls_error *err);

#endif
