/* items_body.h - the JSON body of an item, from what an operator has: a file in one of the forms
 * that ratls verify takes as well, or values. */
#ifndef RATLS_TOOL_ITEMS_BODY_H
#define RATLS_TOOL_ITEMS_BODY_H

#include "items.h"

/* New JSON text in *out (free with cJSON_free()); false: said on stderr.
 * refval: a JSON body, or --measurement. anchor: a JSON body; certificates or revocation lists, PEM
 * or DER; keys of CCA platforms, a JSON list. policy: the policy. */
bool items_read_body(const struct tool_args *args, const char *kind, char **out);
/* {"what": ..., "value": ..., "comment": ...} */
bool items_revocation_body(const char *what, const char *value, const char *comment, char **out);

#endif
