/* envelope.h - evidence of virtCCA as it travels: the bare collection of tokens (CBOR tag 399), or
 * a CBOR map with text keys in which certificates and logs come along:
 *     {"vcca_token": bstr, "dev_cert": bstr, "certs": [bstr, ...], "ccel": bstr, "ima_log": bstr}
 * All but the token may be absent; other keys are refused. Nobody signs the envelope: what is in it
 * counts only as far as it is proven by itself. */
#ifndef RT_VIRTCCA_ENVELOPE_H
#define RT_VIRTCCA_ENVELOPE_H

#include "device_certs.h"

struct rt_virtcca_evidence { /* borrowed; p NULL: absent */
    struct ratls_bytes token, dev_cert, ccel, ima_log;
    struct ratls_bytes cert[RT_HUAWEI_MAX_CERTS];
    size_t n_certs;
};

/* By the first bytes. A collection that begins with the platform's token is one of Arm CCA. */
bool rt_virtcca_recognises(struct ratls_bytes evidence);
/* RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_CHAIN for too many certificates. */
RATLS_MUST_USE enum ratls_err rt_virtcca_evidence_read(struct ratls_bytes evidence,
                                                       struct rt_virtcca_evidence *out,
                                                       struct ratls_error *err);

/* Those of the envelope and of `pem`, as rt_huawei_certs_open(). */
RATLS_MUST_USE enum ratls_err rt_virtcca_certs_open(struct rt_huawei_certs *c,
                                                    const struct rt_virtcca_evidence *evidence,
                                                    struct ratls_bytes pem,
                                                    struct ratls_error *err);

#endif
