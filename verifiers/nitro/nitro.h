/* nitro.h - the verifier of AWS Nitro Enclaves' attestation documents. What it proves and which
 * claims it sets: README.md. */
#ifndef RT_NITRO_H
#define RT_NITRO_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_nitro;

#endif
