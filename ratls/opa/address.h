/* address.h - where an OPA may be: on this machine. */
#ifndef RT_OPA_ADDRESS_H
#define RT_OPA_ADDRESS_H

#include "base.h"

#define RT_MAX_OPA_PATH 256

struct rt_opa_address {
    char *url;         /* of the rule, for libcurl */
    char *unix_socket; /* NULL: TCP */
};

/* As ratls_opa_new() (ratls/opa.h). *out is new: rt_opa_address_free(). */
RATLS_MUST_USE enum ratls_err rt_opa_address(const char *url, const char *path,
                                             struct rt_opa_address *out, struct ratls_error *err);
void rt_opa_address_free(struct rt_opa_address *a);

#endif
