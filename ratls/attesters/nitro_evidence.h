/* nitro_evidence.h - evidence of AWS Nitro Enclaves: the attestation document of the Nitro Security
 * Module as it stands. */
#ifndef RT_NITRO_EVIDENCE_H
#define RT_NITRO_EVIDENCE_H

#define RT_NITRO_MEDIA_TYPE "application/vnd.ratls.nitro"

#endif
