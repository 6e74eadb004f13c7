/* snp.h - the verifier of AMD SEV-SNP attestation reports. What it proves and which claims it sets:
 * README.md. */
#ifndef RT_SNP_H
#define RT_SNP_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_snp;

#endif
