/* manifest.h - what a RIM says; shared by its reader (manifest.c) and writer of a body (body.c). */
#ifndef RT_RIM_MANIFEST_H
#define RT_RIM_MANIFEST_H

#include "crypto.h"
#include "rim.h"

enum {
    RT_RIM_INDICES = 127, /* SPDM counts from 1 to 127, a RIM from 0 */
    RT_RIM_ALTERNATIVES = 64,
    RT_RIM_VERSION_MAX = 31,
};

struct rt_rim_values {
    bool listed, active;
    size_t n;
    uint8_t value[RT_RIM_ALTERNATIVES][RT_SHA384_LEN];
};

struct rt_rim {
    char version[RT_RIM_VERSION_MAX + 1]; /* lower case, as reports have it */
    const char *arch;                     /* a value of the claim nvidia.arch */
    bool of_switch;
    uint8_t sha256[RT_SHA256_LEN]; /* of the file */
    struct rt_rim_values at[RT_RIM_INDICES];
};

/* `out` is zeroed by the caller, and all but sha256 is filled in. RATLS_E_BUNDLE_FORMAT. Proves
 * nothing: the text is what rt_rim_prove() gave. */
RATLS_MUST_USE enum ratls_err rt_rim_read(struct ratls_bytes text, struct rt_rim *out,
                                          struct ratls_error *err);

#endif
