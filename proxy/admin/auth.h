/* auth.h - who may ask over TCP: whoever shows the token.
 *
 * As `Authorization: Bearer TOKEN`, or, for people with a browser, as the password of user "admin"
 * (RFC 7617). Wrong ones are compared in the time of right ones, and each source may show few of
 * them (credential.h). */
#ifndef PX_AUTH_H
#define PX_AUTH_H

#include <stdint.h>

#include "credential.h"

#define PX_TOKEN_MIN 16
#define PX_TOKEN_MAX 256

struct px_auth {
    char bearer[PX_TOKEN_MAX + 16];    /* "Bearer TOKEN" */
    char basic[2 * PX_TOKEN_MAX + 32]; /* "Basic base64(admin:TOKEN)" */
    struct px_tries tries;
};

enum px_answer_to { PX_AUTH_NONE, PX_AUTH_WRONG, PX_AUTH_BEARER, PX_AUTH_BASIC, PX_AUTH_LIMITED };

/* False unless the token has 16 to 256 printable characters without blanks. */
RATLS_MUST_USE bool px_auth_init(struct px_auth *a, const char *token);
/* `shown` is the value of the header; NULL: there is none. `source` is an address. */
enum px_answer_to px_auth_ask(struct px_auth *a, const char *source, const char *shown,
                              int64_t now_ms);
/* Is this what a program on this machine calls this machine? "localhost", "127.0.0.1" or "[::1]",
 * perhaps with a port: another name here is one that somebody else chose (DNS rebinding). */
bool px_auth_host(const char *host);

#endif
