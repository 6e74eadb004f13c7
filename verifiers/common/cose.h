/* cose.h - COSE_Sign1 (RFC 9052 s.4.2) as tokens of Arm CCA, Huawei virtCCA and AWS Nitro use it.
 *
 * One form only: tag 18, but for Nitro; protected header with the algorithm and nothing else; no
 * unprotected header; payload within the message. Algorithms: ECDSA (RFC 9053 s.2.1) and RSASSA-PSS
 * (RFC 8230 s.2), each with its own hash; an ECDSA algorithm goes with one curve here. Does NOT
 * look into the payload, does NOT say which key is to be trusted or which algorithms an issuer may
 * use. */
#ifndef RT_COSE_H
#define RT_COSE_H

#include "base.h"
#include "crypto.h"

#define RT_COSE_TAG_SIGN1 18

/* IANA "COSE Algorithms" */
enum {
    RT_COSE_ES256 = -7,
    RT_COSE_ES384 = -35,
    RT_COSE_ES512 = -36,
    RT_COSE_PS256 = -37,
    RT_COSE_PS384 = -38,
    RT_COSE_PS512 = -39,
};

struct rt_cose_sign1 { /* slices of the message, borrowed */
    int64_t alg;       /* of the protected header: whatever integer it says */
    struct ratls_bytes protected_header, payload, signature;
};

/* RATLS_E_EVIDENCE_FORMAT; *out is then all zero. Does NOT check the signature. */
RATLS_MUST_USE enum ratls_err rt_cose_read(struct ratls_bytes in, struct rt_cose_sign1 *out,
                                           struct ratls_error *err);
/* The same; the tag may be missing, for whom the context says what it is (RFC 9052 s.2). */
RATLS_MUST_USE enum ratls_err
rt_cose_read_untagged(struct ratls_bytes in, struct rt_cose_sign1 *out, struct ratls_error *err);
/* RATLS_E_EVIDENCE_ALGORITHM: the algorithm is none of the above, or not one of this key (type,
 * curve, RSA of less than 2048 or more than 4096 bits). RATLS_E_EVIDENCE_SIGNATURE: it does not
 * verify, also for a wrong length. Own failures are told as such. */
RATLS_MUST_USE enum ratls_err rt_cose_verify(const struct rt_cose_sign1 *m,
                                             const struct rt_public_key *key,
                                             struct ratls_error *err);

#endif
