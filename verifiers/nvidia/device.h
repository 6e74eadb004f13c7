/* device.h - which device it is: what its certificate names, and what the report says of it. */
#ifndef RT_NVIDIA_DEVICE_H
#define RT_NVIDIA_DEVICE_H

#include "envelope.h"
#include "report.h"
#include "x509.h"

#define RT_NVIDIA_ID_MAX   64
#define RT_NVIDIA_TEXT_MAX 32 /* of one field of opaque data */

enum rt_nvidia_arch {
    RT_NVIDIA_HOPPER,
    RT_NVIDIA_BLACKWELL,
    RT_NVIDIA_LS10,
    RT_NVIDIA_ARCHES /* unknown */
};

struct rt_nvidia_device {
    struct rt_nvidia_report report; /* borrows from the evidence */
    enum rt_nvidia_arch arch;
    char id[RT_NVIDIA_ID_MAX + 1]; /* NVIDIA:GH100:48B0... */
    const char *serial;            /* its last part, within id */
    struct ratls_bytes cert_fwid;  /* of the certificate; borrowed from it */
    char driver[RT_NVIDIA_TEXT_MAX + 1], vbios[RT_NVIDIA_TEXT_MAX + 1]; /* "": absent */
};

/* "hopper" */
const char *rt_nvidia_arch_name(enum rt_nvidia_arch arch);
static inline bool rt_nvidia_is_switch(const struct rt_nvidia_device *d)
{
    return d->arch == RT_NVIDIA_LS10;
}

/* Printable ASCII with NULs behind it, or nothing but NULs; `out` has RT_NVIDIA_TEXT_MAX + 1. */
RATLS_MUST_USE bool rt_nvidia_text(struct ratls_bytes field, char *out);

/* By the leaf, of which nothing is proven here; out->report is read already. Without one (NULL),
 * which is for people only, the kind stays unknown. RATLS_E_EVIDENCE_CHAIN
 * for a certificate that names no device, RATLS_E_EVIDENCE_PROFILE for a kind that is not known,
 * RATLS_E_EVIDENCE_FORMAT for a report that lacks what its kind has. */
RATLS_MUST_USE enum ratls_err rt_nvidia_identify(const struct rt_x509 *leaf,
                                                 struct rt_nvidia_device *out,
                                                 struct ratls_error *err);
/* Of what was said beside the report, which nobody signed, everything is so.
 * RATLS_E_EVIDENCE_MISMATCH. */
RATLS_MUST_USE enum ratls_err rt_nvidia_check_said(const struct rt_nvidia_item *item,
                                                   const struct rt_nvidia_device *device,
                                                   struct ratls_error *err);
/* The firmware that the certificate was issued for is the one that reports.
 * RATLS_E_EVIDENCE_CHAIN. */
RATLS_MUST_USE enum ratls_err rt_nvidia_check_fwid(const struct rt_nvidia_device *device,
                                                   struct ratls_error *err);

#endif
