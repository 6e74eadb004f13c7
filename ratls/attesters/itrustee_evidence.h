/* itrustee_evidence.h - evidence of Huawei iTrustee: the JSON report as it stands. */
#ifndef RT_ITRUSTEE_EVIDENCE_H
#define RT_ITRUSTEE_EVIDENCE_H

#define RT_ITRUSTEE_MEDIA_TYPE "application/vnd.ratls.itrustee"

#endif
