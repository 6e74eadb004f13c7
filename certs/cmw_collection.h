/* cmw_collection.h - CMW collections in CBOR (RFC 9999): evidence of one machine in several parts,
 *     {"__cmwc_t": RT_CMW_COMPOSITE, label: [media type, evidence, 4], ...}
 * The type comes first, so that the first bytes tell a collection from any single evidence; labels
 * are names of submodules, each once. A collection within a collection is refused. Proves nothing.
 */
#ifndef RT_CMW_COLLECTION_H
#define RT_CMW_COLLECTION_H

#include "base.h"

#define RT_CMW_COMPOSITE "tag:ratls.invalid,2026:cmwc:composite"
#define RT_MAX_CMW_ITEMS 17 /* a CPU and sixteen devices */
#define RT_MAX_CMW_LABEL 16

struct rt_cmw_item { /* borrowed */
    char label[RT_MAX_CMW_LABEL + 1];
    struct ratls_bytes media_type, evidence;
};

struct rt_cmw_collection {
    struct rt_cmw_item item[RT_MAX_CMW_ITEMS];
    size_t n; /* from 1 */
};

bool rt_cmw_is_collection(struct ratls_bytes in);
/* Whole input, at most RT_MAX_COMPOSITE bytes. RATLS_E_EVIDENCE_FORMAT, RATLS_E_EVIDENCE_UNKNOWN
 * for a collection of another type. */
RATLS_MUST_USE enum ratls_err rt_cmw_collection_read(struct ratls_bytes in,
                                                     struct rt_cmw_collection *out,
                                                     struct ratls_error *err);
/* *out is new. What could not be read is not written: RATLS_E_USAGE. */
RATLS_MUST_USE enum ratls_err rt_cmw_collection_write(const struct rt_cmw_collection *what,
                                                      struct ratls_buffer *out);

#endif
