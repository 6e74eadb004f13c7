/* envelope.h - which reports and certificates a piece of evidence holds: README.md, "Evidence". */
#ifndef RT_NVIDIA_ENVELOPE_H
#define RT_NVIDIA_ENVELOPE_H

#include "base.h"

#define RT_NVIDIA_MAX_DEVICES 12 /* eight GPUs and four NVSwitches are the largest machine */
#define RT_NVIDIA_MAX_CERTS   8  /* of one chain */

/* What a collector wrote beside a report; nobody signed it. len 0: absent. */
enum rt_nvidia_said {
    RT_NVIDIA_SAID_ARCH,
    RT_NVIDIA_SAID_NONCE, /* 32 bytes */
    RT_NVIDIA_SAID_DRIVER,
    RT_NVIDIA_SAID_VBIOS,
    RT_NVIDIA_SAYINGS
};

struct rt_nvidia_item { /* slices of the evidence, borrowed */
    struct ratls_bytes report;
    struct ratls_bytes cert[RT_NVIDIA_MAX_CERTS]; /* DER, the leaf first */
    size_t n_certs;                               /* 0: a report by itself */
    struct ratls_bytes said[RT_NVIDIA_SAYINGS];
};

struct rt_nvidia_items {
    struct rt_nvidia_item p[RT_NVIDIA_MAX_DEVICES];
    size_t n;
};

/* Cheap: one of the forms, by its first bytes. */
bool rt_nvidia_recognises(struct ratls_bytes evidence);
/* RATLS_E_EVIDENCE_FORMAT. Does NOT look into reports or certificates. */
RATLS_MUST_USE enum ratls_err rt_nvidia_envelope_read(struct ratls_bytes evidence,
                                                      struct rt_nvidia_items *out,
                                                      struct ratls_error *err);

#endif
