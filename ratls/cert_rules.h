/* cert_rules.h - what a peer's certificates say by themselves, evidence or not: chain, CRLs, dates,
 * key, usage, pins, names. The one place for it; the TLS library judged none of this. Does NOT look
 * at evidence, and not whether the peer holds the key: the handshake did. */
#ifndef RT_CERT_RULES_H
#define RT_CERT_RULES_H

#include "appraisal.h"

/* certs[0], the leaf, is there as soon as *n > 0, also after an error. */
RATLS_MUST_USE enum ratls_err rt_cert_read(struct rt_der_list chain,
                                           const struct rt_cert_rules *rules,
                                           struct rt_x509 certs[RT_MAX_CHAIN], size_t *n,
                                           struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_cert_check(struct rt_x509_list certs,
                                            const struct rt_cert_rules *rules, int64_t now,
                                            struct ratls_error *err);

#endif
