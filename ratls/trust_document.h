/* trust_document.h - a trust document (TRUST.md) into what a trust holds.
 *
 * Read strictly: a member that is not known, a name that is malformed, an item that is there twice
 * and whatever else is not as TRUST.md says refuses the whole document. That it comes from whoever
 * may write it is not looked at here: that is for the store, or for who opened the signed bundle.
 */
#ifndef RT_TRUST_DOCUMENT_H
#define RT_TRUST_DOCUMENT_H

#include "anchors.h"
#include "trust_stored.h"

/* All of the document or nothing. RATLS_E_TRUST_FORMAT names item and member; and what
 * rt_anchors_add_item() says. `anchors` NULL: a document with anchors is RATLS_E_STATE. */
RATLS_MUST_USE enum ratls_err rt_document_add(struct rt_stored *s, struct rt_anchors *anchors,
                                              struct ratls_bytes json, struct ratls_error *err);

#endif
