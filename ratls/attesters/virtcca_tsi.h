/* virtcca_tsi.h - Huawei's guest device /dev/tsi ("TMM security interface"): asks for a token and
 * for the certificate of the device. Sizes are checked, and that a token is a collection of tokens
 * (CBOR tag 399); what is in it is the verifier's business. */
#ifndef RT_VIRTCCA_TSI_H
#define RT_VIRTCCA_TSI_H

#include "virtcca_guest.h"

struct rt_tsi {
    const struct rt_virtcca_guest_ops *ops;
    int fd;
    size_t form; /* of the request for a token that the kernel took last */
};

/* *out is new. RATLS_E_ATTESTER. */
RATLS_MUST_USE enum ratls_err rt_tsi_token(struct rt_tsi *t,
                                           const uint8_t challenge[RT_TSI_CHALLENGE],
                                           struct ratls_buffer *out, struct ratls_error *err);
/* *out is new: DER or PEM, as the machine has it. RATLS_E_ATTESTER. */
RATLS_MUST_USE enum ratls_err rt_tsi_cert(const struct rt_tsi *t, struct ratls_buffer *out,
                                          struct ratls_error *err);

#endif
