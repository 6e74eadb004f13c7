/* chain.h - from the certificate of a device's attestation key to a trusted root.
 *
 * NVIDIA's profile: P-384 with SHA-384 throughout, the leaf without basicConstraints, ends in the
 * year 9999. A root counts by its key alone: SHA-256 of its SubjectPublicKeyInfo. Nothing is
 * fetched from where a certificate says. */
#ifndef RT_NVIDIA_CHAIN_H
#define RT_NVIDIA_CHAIN_H

#include "envelope.h"
#include "ratls/verifier.h"
#include "x509.h"

#define RT_NVIDIA_POOL 32 /* certificates beside the evidence, those of other TEEs too */

struct rt_nvidia_pool {
    struct ratls_buffer der[RT_NVIDIA_POOL]; /* owned */
    size_t n;
};

/* The certificates at hand for one device, borrowed. */
struct rt_nvidia_certs {
    const struct rt_nvidia_items *items; /* CAs may stand at any device */
    size_t of;                           /* items->p[of] is the one */
    const struct rt_nvidia_pool *pool;
};

struct rt_nvidia_chain {
    struct rt_x509 cert[RT_NVIDIA_MAX_CERTS + 1]; /* the device's first */
    size_t n;
    size_t n_with_root; /* n, or one more: the root that is known by its key alone, name and key */
    bool simulated;
    int64_t expires; /* the first that ends */
};

extern const uint8_t rt_nvidia_pins[1][RT_SHA256_LEN];

/* RATLS_E_EVIDENCE_CHAIN: malformed, or too many. Free also after an error. */
RATLS_MUST_USE enum ratls_err rt_nvidia_pool_open(struct rt_nvidia_pool *pool,
                                                  struct ratls_bytes pem, struct ratls_error *err);
void rt_nvidia_pool_free(struct rt_nvidia_pool *pool);

/* The leaf: the first certificate of the device, or, where it has none, the only one of the pool
 * that names firmware. Proves nothing. RATLS_E_EVIDENCE_CHAIN. */
RATLS_MUST_USE enum ratls_err rt_nvidia_leaf_find(const struct rt_nvidia_certs *certs,
                                                  struct rt_x509 *out, struct ratls_error *err);
/* out->cert[0] is the leaf already. Borrows from certs and input. RATLS_E_EVIDENCE_CHAIN,
 * RATLS_E_EVIDENCE_ROOT, RATLS_E_EVIDENCE_TIME, RATLS_E_EVIDENCE_ALGORITHM. */
RATLS_MUST_USE enum ratls_err rt_nvidia_chain_prove(const struct rt_nvidia_certs *certs,
                                                    const struct ratls_verify_input *input,
                                                    struct rt_nvidia_chain *out,
                                                    struct ratls_error *err);

#endif
