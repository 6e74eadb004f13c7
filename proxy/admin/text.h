/* text.h - text of others, on its way into HTML, JSON and labels of metrics.
 *
 * Every text goes through one of these, whoever wrote it. Bytes that are not printable ASCII come
 * out visible and harmless: as \xNN in HTML and labels, as the log writes them in JSON. */
#ifndef PX_TEXT_H
#define PX_TEXT_H

#include <event2/buffer.h>

#include "ratls/ratls.h"

void px_text_html(struct evbuffer *to, const char *text);  /* for elements and quoted attributes */
void px_text_json(struct evbuffer *to, const char *text);  /* with its quotes */
void px_text_label(struct evbuffer *to, const char *text); /* with its quotes */
void px_text_add(struct evbuffer *to, const char *ours);   /* as it is */
void px_text_printf(struct evbuffer *to, const char *fmt, ...) RATLS_PRINTF(2, 3);

#endif
