/* device_certs.h - the certificates at hand for one token: out of its envelope and from beside it.
 * Which of them is the device's is decided here, by what they are; that it is genuine is proven by
 * device_chain.h. */
#ifndef RT_VIRTCCA_DEVICE_CERTS_H
#define RT_VIRTCCA_DEVICE_CERTS_H

#include "envelope.h"
#include "x509.h"

struct rt_virtcca_certs {
    struct rt_x509 cert[RT_VIRTCCA_MAX_CERTS]; /* no two alike */
    size_t n;
    struct ratls_buffer owned[RT_VIRTCCA_MAX_CERTS]; /* decoded from PEM */
    size_t n_owned;
};

/* Those of the envelope are DER or PEM each, `pem` is the text of more. Free with
 * rt_virtcca_certs_free(), also after an error. RATLS_E_EVIDENCE_CHAIN for one that is malformed,
 * or too many. */
RATLS_MUST_USE enum ratls_err rt_virtcca_certs_open(struct rt_virtcca_certs *c,
                                                    const struct rt_virtcca_evidence *evidence,
                                                    struct ratls_bytes pem,
                                                    struct ratls_error *err);
void rt_virtcca_certs_free(struct rt_virtcca_certs *c);

/* The only one that is no CA. RATLS_E_COLLATERAL_MISSING: there is none; RATLS_E_EVIDENCE_CHAIN:
 * there are several. */
RATLS_MUST_USE enum ratls_err rt_virtcca_device(const struct rt_virtcca_certs *c,
                                                const struct rt_x509 **out,
                                                struct ratls_error *err);

#endif
