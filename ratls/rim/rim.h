/* rim.h - NVIDIA's reference integrity manifests (RIM) become a version of reference values.
 *
 * A RIM is a SWID tag (ISO/IEC 19770-2:2015, TCG RIM Information Model 1.01) with the good
 * measurements of a driver or a VBIOS, under an XML Signature. Both RIMs of a GPU together are one
 * body of a `refval` (baseline.h). Does NOT fetch anything, and asks nobody whether the signer's
 * certificates are revoked. Thread rule: pure functions. */
#ifndef RT_RIM_H
#define RT_RIM_H

#include "signature.h"

struct rt_rim;

/* *out is new. The codes of rt_rim_prove(), and RATLS_E_BUNDLE_FORMAT for a manifest that is none,
 * or is a patch of another one, or says anything twice. */
RATLS_MUST_USE enum ratls_err rt_rim_open(struct ratls_bytes file, const struct rt_rim_trust *trust,
                                          struct rt_rim **out, struct ratls_error *err);
void rt_rim_free(struct rt_rim *rim); /* NULL is legal */

struct rt_rim_set {
    const struct rt_rim *driver; /* NULL: of an NVSwitch, which has none */
    const struct rt_rim *vbios;
    bool nvdec0_on; /* of devices whose video decoder is on; it has a measurement only then */
};
/* *json is new, the body. RATLS_E_USAGE: a GPU without a RIM of its driver, an NVSwitch with one.
 * RATLS_E_BUNDLE_FORMAT: RIMs of different kinds of product, an index that is active in both, or
 * none that is. */
RATLS_MUST_USE enum ratls_err rt_rim_body(const struct rt_rim_set *set, struct ratls_buffer *json,
                                          struct ratls_error *err);

#endif
