/* cert_text.h - a file of certificates or of CRLs: PEM text with any number of them, or one in DER.
 */
#ifndef RT_CERT_TEXT_H
#define RT_CERT_TEXT_H

#include "base.h"

typedef enum ratls_err rt_cert_fn(void *arg, struct ratls_bytes der, struct ratls_error *err);

/* `take` gets each (borrowed); its first error ends the walk. RATLS_E_CONFIG for malformed PEM and
 * for a text without any. */
RATLS_MUST_USE enum ratls_err rt_each_cert(struct ratls_bytes file, rt_cert_fn *take, void *arg,
                                           struct ratls_error *err);
/* Likewise. Other PEM blocks are passed over by both. */
RATLS_MUST_USE enum ratls_err rt_each_crl(struct ratls_bytes file, rt_cert_fn *take, void *arg,
                                          struct ratls_error *err);

#endif
