/* base64url.h - RFC 4648 s.5 without padding, as JOSE and forms have it. */
#ifndef PX_BASE64URL_H
#define PX_BASE64URL_H

#include "ratls/ratls.h"

#define PX_BASE64URL_TEXT(n) (((n)*8 + 5) / 6)
#define PX_BASE64URL_MAX(n)  ((n) / 4 * 3 + 2) /* bytes that so many characters can be */

/* `out` has PX_BASE64URL_TEXT(bytes.len) + 1 characters. */
void px_base64url_put(struct ratls_bytes bytes, char *out);
/* Strict: one text for the same bytes. `out` has PX_BASE64URL_MAX(strlen(text)) bytes. */
RATLS_MUST_USE bool px_base64url_get(const char *text, uint8_t *out, size_t *len);

#endif
