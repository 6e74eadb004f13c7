/* nvidia.h - the verifier of NVIDIA's attestation reports: GPUs and NVSwitches. What it proves and
 * which claims it sets: README.md. */
#ifndef RT_NVIDIA_H
#define RT_NVIDIA_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_nvidia;

#endif
