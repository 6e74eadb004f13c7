/* device_chain.h - from the certificate of a device to a trusted root.
 *
 * Huawei's profile is looser than others: basicConstraints is not critical, the device's
 * certificate has none at all, and revocation points to the machine itself. Nothing is fetched from
 * where a certificate says. A root counts by its key alone: SHA-256 of its SubjectPublicKeyInfo. */
#ifndef RT_HUAWEI_DEVICE_CHAIN_H
#define RT_HUAWEI_DEVICE_CHAIN_H

#include "device_certs.h"
#include "ratls/verifier.h"

struct rt_huawei_chain {
    const struct rt_x509 *cert[RT_MAX_CHAIN]; /* the device's first, the root last */
    size_t n;
    struct rt_x509 given; /* the root, where its certificate is one of the configuration */
    bool simulated;
    int64_t expires; /* the first that ends; also with CRLs once they are judged */
};

extern const uint8_t rt_huawei_pins[2][RT_SHA256_LEN];

/* `device` is one of `certs`. At least one CA between it and the root. RATLS_E_EVIDENCE_CHAIN,
 * RATLS_E_EVIDENCE_ROOT, RATLS_E_EVIDENCE_TIME. */
RATLS_MUST_USE enum ratls_err rt_huawei_chain_prove(const struct rt_huawei_certs *certs,
                                                    const struct rt_x509 *device,
                                                    const struct ratls_verify_input *input,
                                                    struct rt_huawei_chain *out,
                                                    struct ratls_error *err);

/* By input->crls: those issued by CAs of this chain, at least one where there are any. Sets
 * tcb_status and the claim `name` ("good", "not_checked"). RATLS_E_COLLATERAL_FORMAT, _MISMATCH,
 * _SIGNATURE, _TIME, RATLS_E_REVOKED. */
RATLS_MUST_USE enum ratls_err rt_huawei_judge_revocation(struct rt_huawei_chain *chain,
                                                         const struct ratls_verify_input *input,
                                                         struct ratls_claims *claims,
                                                         const char *name, struct ratls_error *err);

#endif
