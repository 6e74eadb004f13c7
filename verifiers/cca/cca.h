/* cca.h - the verifier of Arm CCA attestation tokens. What it proves and which claims it sets:
 * README.md. */
#ifndef RT_CCA_H
#define RT_CCA_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_cca;

#endif
