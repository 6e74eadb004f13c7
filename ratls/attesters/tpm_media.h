/* tpm_media.h - evidence with the quote of a TPM: JSON. Of a plain one that of the verifier in
 * verifiers/tpm, of Azure's guests that in verifiers/azure, of hosts of NPUs that in
 * verifiers/ascend. */
#ifndef RT_TPM_MEDIA_H
#define RT_TPM_MEDIA_H

#define RT_TPM_MEDIA_TYPE         "application/vnd.ratls.tpm"
#define RT_AZ_SNP_VTPM_MEDIA_TYPE "application/vnd.ratls.az-snp-vtpm"
#define RT_AZ_TDX_VTPM_MEDIA_TYPE "application/vnd.ratls.az-tdx-vtpm"
#define RT_ASCEND_MEDIA_TYPE      "application/vnd.ratls.ascend-npu"

#endif
