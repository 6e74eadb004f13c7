/* chain.h - from the certificate of an enclave to the trusted root.
 *
 * The document brings the whole chain in its order: nothing is searched, nothing fetched. A root
 * counts by its key alone: SHA-256 of its SubjectPublicKeyInfo. */
#ifndef RT_NITRO_CHAIN_H
#define RT_NITRO_CHAIN_H

#include "document.h"
#include "ratls/verifier.h"
#include "x509.h"

struct rt_nitro_chain {
    struct rt_x509 cert[RT_NITRO_MAX_CAS + 1]; /* the enclave's first, the root last */
    size_t n;
    bool simulated;
    int64_t expires; /* the first that ends */
};

extern const uint8_t rt_nitro_pins[1][RT_SHA256_LEN];

/* Parse only. RATLS_E_EVIDENCE_CHAIN. */
RATLS_MUST_USE enum ratls_err rt_nitro_chain_read(const struct rt_nitro_document *doc,
                                                  struct rt_nitro_chain *out,
                                                  struct ratls_error *err);
/* RATLS_E_EVIDENCE_ROOT, RATLS_E_EVIDENCE_CHAIN, RATLS_E_EVIDENCE_TIME. */
RATLS_MUST_USE enum ratls_err rt_nitro_chain_prove(struct rt_nitro_chain *chain,
                                                   const struct ratls_verify_input *input,
                                                   struct ratls_error *err);

#endif
