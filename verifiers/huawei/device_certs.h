/* device_certs.h - the certificates at hand for one device: out of its evidence and from beside it.
 * Which of them is the device's is decided here, by what they are; that it is genuine is proven by
 * device_chain.h. */
#ifndef RT_HUAWEI_DEVICE_CERTS_H
#define RT_HUAWEI_DEVICE_CERTS_H

#include "x509.h"

#define RT_HUAWEI_MAX_CERTS 32 /* at hand for one device; those configured for other TEEs too */

struct rt_huawei_certs {
    struct rt_x509 cert[RT_HUAWEI_MAX_CERTS]; /* no two alike */
    size_t n;
    struct ratls_buffer owned[RT_HUAWEI_MAX_CERTS]; /* decoded from PEM */
    size_t n_owned;
};

/* The `n` of the evidence are DER or PEM each, `pem` is the text of more. Free with
 * rt_huawei_certs_free(), also after an error. RATLS_E_EVIDENCE_CHAIN for one that is malformed,
 * or too many. */
RATLS_MUST_USE enum ratls_err rt_huawei_certs_open(struct rt_huawei_certs *c,
                                                   const struct ratls_bytes *given, size_t n,
                                                   struct ratls_bytes pem, struct ratls_error *err);
void rt_huawei_certs_free(struct rt_huawei_certs *c);

/* The only one that is no CA. RATLS_E_COLLATERAL_MISSING: there is none; RATLS_E_EVIDENCE_CHAIN:
 * there are several. */
RATLS_MUST_USE enum ratls_err rt_huawei_device(const struct rt_huawei_certs *c,
                                               const struct rt_x509 **out, struct ratls_error *err);

#endif
