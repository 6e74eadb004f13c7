/* rak.h - the realm attestation key, out of the realm token that it signs. */
#ifndef RT_CCA_RAK_H
#define RT_CCA_RAK_H

#include "arm_token.h"

#define RT_CCA_COORDINATE_LEN 48
#define RT_CCA_POINT_LEN      (2 * RT_CCA_COORDINATE_LEN)

/* P-384. The profile says in which of two encodings it comes, and only that one is read: 04 || X ||
 * Y in a token without profile, a COSE_Key in one with. out->point borrows from `point`.
 * RATLS_E_EVIDENCE_FORMAT, also for a point that is not on the curve. */
RATLS_MUST_USE enum ratls_err rt_cca_rak_read(const struct rt_arm_realm *realm,
                                              uint8_t point[RT_CCA_POINT_LEN],
                                              struct rt_public_key *out, struct ratls_error *err);

#endif
