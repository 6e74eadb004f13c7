/* trustee.h - what the attestation service of Confidential Containers is asked over REST
 * (confidential-containers/trustee 0569726, attestation-service/src/bin/restful). A pure function.
 * What it does NOT do: look into the evidence. */
#ifndef RT_TRUSTEE_H
#define RT_TRUSTEE_H

#include "base.h"

struct rt_trustee_request {
    const char *tee;           /* as ratls_attester_tee() has it */
    struct ratls_bytes quote;  /* bare evidence */
    struct ratls_bytes report; /* the report data that it has to have; shorter is padded */
    const char *policy;        /* NULL: "default" */
};

/* *out is new: JSON. RATLS_E_UNSUPPORTED: a TEE whose evidence has another form there, which the
 * detail names. */
RATLS_MUST_USE enum ratls_err rt_trustee_write(const struct rt_trustee_request *request,
                                               struct ratls_buffer *out, struct ratls_error *err);

#endif
