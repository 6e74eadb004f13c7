/* sim_nvidia_impl.h - what certificates and reports of a simulated device agree on. */
#ifndef RT_SIM_NVIDIA_IMPL_H
#define RT_SIM_NVIDIA_IMPL_H

#include "sim_nvidia.h"

static inline void rt_sim_nvidia_fwid(enum rt_sim_nvidia_arch arch,
                                      uint8_t out[RT_SIM_NVIDIA_DIGEST])
{
    memset(out, 0x5f + (int)arch, RT_SIM_NVIDIA_DIGEST);
}

#endif
