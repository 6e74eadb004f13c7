/* nvidia_evidence.h - evidence of NVIDIA's devices as tunnels carry it: CBOR around the report and
 * the certificates below the root (verifiers/nvidia/README.md, "Evidence"). */
#ifndef RT_NVIDIA_EVIDENCE_H
#define RT_NVIDIA_EVIDENCE_H

#include "base.h"

#define RT_NVIDIA_MEDIA_TYPE "application/vnd.ratls.nvidia"

struct rt_nvidia_parts { /* borrowed; a report and its certificates, the leaf first */
    struct ratls_bytes report;
    const struct ratls_bytes *cert;
    size_t n_certs;
};

/* One device for n of 1, else a list of them. *out is new. */
RATLS_MUST_USE enum ratls_err rt_nvidia_evidence(const struct rt_nvidia_parts *device, size_t n,
                                                 struct ratls_buffer *out);

#endif
