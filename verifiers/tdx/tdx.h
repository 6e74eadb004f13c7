/* tdx.h - the verifier of Intel TDX quotes. What it proves and which claims it sets: README.md. */
#ifndef RT_TDX_H
#define RT_TDX_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_tdx;

#endif
