/* virtcca_evidence.h - evidence of Huawei virtCCA as it travels in certificates: the token of the
 * machine, wrapped together with what its verifier needs and cannot get elsewhere.
 *
 * The envelope is a CBOR map with text keys, in this order and those only that are there:
 *
 *     {"vcca_token": bstr,           the collection of tokens, tag 399
 *      "dev_cert": bstr,             certificate of the device, DER
 *      "certs": [bstr, ...],         those above it, DER: intermediates, root
 *      "ccel": bstr,                 measured-boot log (TCG crypto agile)
 *      "ima_log": bstr}              runtime log of Linux's IMA, binary or ASCII
 *
 * A bare collection is evidence as well, where the certificates are known to the verifier. Nothing
 * that is written here is trusted or looked into: that is the verifier's. */
#ifndef RT_VIRTCCA_EVIDENCE_H
#define RT_VIRTCCA_EVIDENCE_H

#include "base.h"

#define RT_VIRTCCA_MEDIA_TYPE "application/vnd.ratls.virtcca"
#define RT_CCA_MEDIA_TYPE     "application/vnd.ratls.cca"

struct rt_virtcca_parts { /* borrowed; p NULL: absent */
    struct ratls_bytes token, dev_cert;
    const struct ratls_bytes *certs;
    size_t n_certs; /* 0: absent */
    struct ratls_bytes ccel, ima_log;
};

/* Written as given: sizes are looked at by the callers. *out is new. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_virtcca_envelope(const struct rt_virtcca_parts *parts,
                                                  struct ratls_buffer *out);

#endif
