/* items_transfer.h - what import and export ask of an item of a trust document. */
#ifndef RATLS_TOOL_ITEMS_TRANSFER_H
#define RATLS_TOOL_ITEMS_TRANSFER_H

#include "items.h"

/* NULL when it is no text. */
const char *items_text_member(const struct cJSON *item, const char *name);
/* Of the noun's kind (NULL: any), or a revocation that goes with it. */
bool items_is_of_kind(const struct cJSON *item, const char *kind);

#endif
