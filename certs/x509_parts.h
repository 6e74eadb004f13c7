/* x509_parts.h - what certificates and CRLs have in common, for their readers only. */
#ifndef RT_X509_PARTS_H
#define RT_X509_PARTS_H

#include "x509.h"

/* `alg` is the content of an AlgorithmIdentifier. RATLS_E_CERT_FORMAT, RATLS_E_CERT_KEY when it is
 * not known. */
RATLS_MUST_USE enum ratls_err rt_x509_read_sig_alg(struct ratls_bytes alg, enum rt_sig_alg *out,
                                                   struct ratls_error *err);
/* The next Extension of a list; false when it is malformed. */
RATLS_MUST_USE bool rt_x509_read_ext(struct rt_reader *list, struct rt_ext *ext);

#endif
