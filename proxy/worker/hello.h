/* hello.h - the server name in a ClientHello, read before TLS begins.
 *
 * For the choice of a service and nothing else: of the rest, the TLS library says what is wrong
 * with it. The inner name of an encrypted ClientHello is not seen, the outer one is. A second
 * ClientHello (RFC 8446 s.4.1.4) is not looked at: the first one chose, and is in the transcript.
 * Thread rule: pure. */
#ifndef PX_HELLO_H
#define PX_HELLO_H

#include "destination.h"

#define PX_HELLO_MAX (16 * 1024) /* bytes looked at */

enum px_hello_is {
    PX_HELLO_NAMED, /* *name: small letters */
    PX_HELLO_NAMELESS,
    PX_HELLO_PART,      /* more is needed to know */
    PX_HELLO_MALFORMED, /* also a name that is none, or two of them */
    PX_HELLO_LONG,      /* it does not end within PX_HELLO_MAX */
};

/* The first bytes of a connection; TLS records are joined in place. */
enum px_hello_is px_hello_parse(uint8_t *bytes, size_t len, char name[PX_MAX_HOST + 1]);

#endif
