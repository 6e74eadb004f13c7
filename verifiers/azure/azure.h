/* azure.h - the verifiers of confidential guests on Azure, whose TPM is one of the paravisor under
 * SEV-SNP or TDX. What they prove and which claims they set: README.md. */
#ifndef RT_AZURE_H
#define RT_AZURE_H

#include "ratls/verifier.h"

extern const struct ratls_verifier rt_verifier_az_snp_vtpm, rt_verifier_az_tdx_vtpm;

#endif
