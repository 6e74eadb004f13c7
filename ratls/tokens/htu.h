/* htu.h - the URI of an HTTP request in one form, as proofs name it (RFC 9449 s.4.3). */
#ifndef RT_HTU_H
#define RT_HTU_H

#include "base.h"
#include "ratls/dpop.h"

struct rt_htu {
    char text[RATLS_DPOP_URL_MAX + 2]; /* an empty path becomes "/" */
    size_t len;
};

/* Without query and fragment; scheme and host in lower case, no port where it is the usual one,
 * percent-encoding and dot segments as RFC 3986 s.6.2.2 and s.6.2.3 have them. False for what is no
 * http or https URI, is too long, has a user, or a host in percent-encoding. */
RATLS_MUST_USE bool rt_htu_normal(const char *url, struct rt_htu *out);

#endif
