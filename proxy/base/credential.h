/* credential.h - secrets that somebody shows: compared, and tried few times.
 *
 * What it does NOT do: keep secrets, or tell whose they are. */
#ifndef PX_CREDENTIAL_H
#define PX_CREDENTIAL_H

#include <stdint.h>

#include "ratls/ratls.h"

#define PX_CREDENTIAL_MAX 768 /* longest text that can be compared */

#define PX_TRIES_SOURCES 64 /* places of a hash table; those of one place share a bucket */
#define PX_TRIES         10 /* wrong ones at once, and then one a second */

/* Equality in a time that depends on neither; what is longer than PX_CREDENTIAL_MAX is another. */
bool px_credential_equal(struct ratls_bytes shown, const char *expected);
/* RFC 4648 s.4; what does not fit into `cap` bytes with its end is cut. */
void px_base64(struct ratls_bytes from, char *to, size_t cap);

/* Each source has a bucket of wrong ones: once it is empty, nothing that the source shows is to be
 * looked at. Begins as zeros. */
struct px_tries {
    struct {
        int64_t tokens_milli, at_ms;
    } bucket[PX_TRIES_SOURCES];
};

/* May what this source shows be looked at? `source` is an address, now_ms above 0. */
RATLS_MUST_USE bool px_tries_left(struct px_tries *t, const char *source, int64_t now_ms);
void px_tries_failed(struct px_tries *t, const char *source); /* it was wrong */

#endif
