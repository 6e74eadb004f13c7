/* token.h - the tokens of virtCCA: that of the guest (CVM), and that of the platform if it is
 * there.
 *
 * The claims are those of Arm CCA (arm_token.h) but for: the guest's payload is a byte string
 * inside of the payload, it names no profile, and its key is either an RSA key (DER
 * SubjectPublicKeyInfo) or a point on P-521; what the platform measures has 32 bytes. Algorithms:
 * ES512, and PS256, PS384, PS512. A signature in DER is refused as one of the wrong size.
 * Which keys count is asked after parsing: binding first, then signatures. */
#ifndef RT_VIRTCCA_TOKEN_H
#define RT_VIRTCCA_TOKEN_H

#include "arm_token.h"
#include "x509.h"

struct rt_virtcca_token { /* borrows from the evidence */
    struct rt_cose_sign1 cvm, platform;
    bool has_platform;
    struct rt_arm_realm guest;
    struct rt_arm_platform machine; /* has_platform */
    struct rt_public_key key;       /* the guest's, guest.rak */
    uint8_t key_sha256[RT_SHA256_LEN];
};

/* Parses; proves nothing. RATLS_E_EVIDENCE_FORMAT, _ALGORITHM, _PROFILE. */
RATLS_MUST_USE enum ratls_err rt_virtcca_token_read(struct ratls_bytes token,
                                                    struct rt_virtcca_token *out,
                                                    struct ratls_error *err);

/* What links the guest's key to the device. With a platform token: the device's key signed it
 * (RATLS_E_EVIDENCE_SIGNATURE), and it names the hash of the guest's key (RATLS_E_BINDER).
 * Without: the guest's key is the device's (RATLS_E_KEY_BINDING). Then the guest's token under the
 * guest's key. RATLS_E_EVIDENCE_ALGORITHM for a key that does not go with the algorithm. */
RATLS_MUST_USE enum ratls_err rt_virtcca_token_prove(const struct rt_virtcca_token *t,
                                                     const struct rt_public_key *device,
                                                     struct ratls_error *err);

#endif
