/* document.h - a snapshot as trust document. */
#ifndef RT_DOCUMENT_H
#define RT_DOCUMENT_H

#include "snapshot.h"

#define RT_DOCUMENT_FORMAT "ratls-trust/1"

/* *out is new. RATLS_E_LIMIT: what is active does not fit. */
RATLS_MUST_USE enum ratls_err rt_document_write(const struct rt_snapshot *now,
                                                struct ratls_buffer *out, struct ratls_error *err);
/* A document with nothing but this item. *out is new. */
RATLS_MUST_USE enum ratls_err rt_document_of_item(const struct ratls_store_item *item,
                                                  struct ratls_buffer *out);

#endif
