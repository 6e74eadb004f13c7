/* x509_name.h - distinguished names (RFC 5280 s.4.1.2.4), for the readers of certificates and CRLs
 * only. */
#ifndef RT_X509_NAME_H
#define RT_X509_NAME_H

#include "x509.h"

/* `name` is one whole Name element: SEQUENCE OF SET OF SEQUENCE { type, value }, no SET empty. */
bool rt_name_is_wellformed(struct ratls_bytes name);

#endif
