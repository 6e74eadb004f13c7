/* signature.h - who signed a RIM, and what exactly: XML Signature (W3C xmldsig-core1), one form of
 * it.
 *
 * The form is a table in signature.c: the elements of a signature in their order, each with the one
 * value that its attribute may have. So algorithms and transforms are chosen by no file, one
 * reference covers the whole document, and there is nothing to wrap: readers get the very bytes
 * that were hashed, in which no signature is left, and never the file. */
#ifndef RT_RIM_SIGNATURE_H
#define RT_RIM_SIGNATURE_H

#include "base.h"

struct rt_rim_trust {
    struct ratls_bytes roots; /* certificates, PEM or one in DER; each is trusted as it is */
    int64_t now;              /* seconds since 1970: when the signer's certificates must be valid */
};

/* *signed_text is new: canonical XML. In this order: RATLS_E_BUNDLE_FORMAT for any other form;
 * RATLS_E_BUNDLE_SIGNATURE where the hash differs; RATLS_E_CERT_ for the certificates, which are in
 * the signature, the signer's first, up to a root; RATLS_E_BUNDLE_SIGNATURE where the signer's key
 * did not sign. RATLS_E_CONFIG for roots that cannot be read. */
RATLS_MUST_USE enum ratls_err rt_rim_prove(struct ratls_bytes file,
                                           const struct rt_rim_trust *trust,
                                           struct ratls_buffer *signed_text,
                                           struct ratls_error *err);

#endif
