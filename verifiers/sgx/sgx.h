/* sgx.h - the verifier of Intel SGX DCAP quotes. What it proves and which claims it sets:
 * README.md. */
#ifndef RT_SGX_H
#define RT_SGX_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_sgx;

#endif
