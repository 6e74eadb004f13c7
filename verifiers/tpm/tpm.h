/* tpm.h - the verifier of plain TPM 2.0 quotes. What it proves and which claims it sets: README.md.
 */
#ifndef RT_TPM_H
#define RT_TPM_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_tpm;

#endif
