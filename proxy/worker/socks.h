/* socks.h - what a SOCKS 5 client says, RFC 1928. Only CONNECT; without authentication, or with
 * user and password (RFC 1929).
 *
 * Pure parsers of the bytes that came so far. What they do NOT do: allow destinations,
 * or know users. */
#ifndef PX_SOCKS_H
#define PX_SOCKS_H

#include "destination.h"

#define PX_SOCKS_MAX 513 /* longest message: user and password of 255 bytes each */

enum px_socks_is {
    PX_SOCKS_WHOLE,
    PX_SOCKS_PART, /* more is needed */
    PX_SOCKS_MALFORMED,
    PX_SOCKS_VERSION, /* not version 5 */
    PX_SOCKS_METHOD,  /* the method wanted is not offered */
    PX_SOCKS_COMMAND, /* BIND, UDP ASSOCIATE or worse */
    PX_SOCKS_ADDRESS, /* a type of address that is none */
};

enum px_socks_method { PX_SOCKS_ANYBODY = 0, PX_SOCKS_USER = 2 };

/* Borrowed; both have 1 to 255 bytes, which may be any. */
struct px_socks_login {
    struct ratls_bytes user, password;
};

/* RFC 1928 s.6 */
enum px_socks_reply {
    PX_SOCKS_OK = 0,
    PX_SOCKS_FAILED = 1,
    PX_SOCKS_FORBIDDEN = 2,
    PX_SOCKS_UNREACHABLE = 4,
    PX_SOCKS_NO_COMMAND = 7,
    PX_SOCKS_NO_ADDRESS = 8,
};

#define PX_SOCKS_REPLY_LEN 10

/* *len: bytes of the message, when it is whole. */
enum px_socks_is px_socks_greeting(struct ratls_bytes bytes, enum px_socks_method wanted,
                                   size_t *len);
enum px_socks_is px_socks_login(struct ratls_bytes bytes, size_t *len,
                                struct px_socks_login *shown);
enum px_socks_is px_socks_request(struct ratls_bytes bytes, size_t *len, struct px_destination *to);
/* The bound address of a proxy is nobody's business: 0.0.0.0:0. */
void px_socks_answer(enum px_socks_reply reply, uint8_t out[PX_SOCKS_REPLY_LEN]);

#endif
