/* cca_evidence.h - evidence of Arm CCA: the attestation token of the RMM as it stands, under CBOR
 * tag 399 or 907. */
#ifndef RT_CCA_EVIDENCE_H
#define RT_CCA_EVIDENCE_H

#define RT_CCA_MEDIA_TYPE "application/vnd.ratls.cca"

#endif
