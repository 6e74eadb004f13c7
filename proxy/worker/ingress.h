/* ingress.h - what is said before an attested tunnel begins.
 *
 * A plain client names its destination: HTTP CONNECT (RFC 9110 s.9.3.6) or SOCKS 5 (RFC 1928). It
 * hears that the tunnel is open when both ends of it allowed each other, and otherwise one word
 * that says nothing of this side. With `users` he shows user and password first (RFC 7617, RFC
 * 1929). All of it must come within handshake-timeout, whatever its pace.
 * At a server with plaintext-path the first bytes tell whether TLS begins, and where other services
 * have what it accepts, the ClientHello tells which one.
 * Sessions of services that need none of this have no ingress: nobody waits for them to speak. */
#ifndef PX_INGRESS_H
#define PX_INGRESS_H

#include "destination.h"
#include "http_head.h"
#include "session.h"
#include "socks.h"

#define PX_INGRESS_BYTES (PX_HEAD_MAX_BYTES + 1) /* one more than a head may have */

/* What a plain client is told. */
enum px_answer {
    PX_ANSWER_BY_OUTCOME, /* nothing particular: see how the session ends */
    PX_ANSWER_MALFORMED,
    PX_ANSWER_DESTINATION, /* no filter allows it */
    PX_ANSWER_METHOD,      /* not CONNECT */
    PX_ANSWER_CREDENTIALS, /* none, or wrong ones */
    PX_ANSWER_TRIES,       /* too many wrong ones */
    PX_ANSWER_SLOW,
    PX_ANSWER_TOO_LARGE,
    PX_ANSWER_TYPE, /* of address, which is none */
    PX_ANSWER_DENIED,
    PX_ANSWER_UNREACHABLE,
    PX_ANSWER_BUSY,
    PX_ANSWER_TIMEOUT,
    PX_ANSWER_FAILED,
    PX_ANSWERS
};

struct px_ingress {
    struct event *readable; /* until enough was said */
    uint8_t *bytes;         /* what was said, from `used` on not yet understood */
    size_t len, used;
    bool greeted, answered;
    const char *user; /* who was admitted; borrowed from the gate. NULL: nobody, or nobody asked */
    enum px_answer answer;
    struct px_destination destination;
    struct px_address to; /* it, for a dial; borrows from it */
    char target[PX_MAX_TARGET];
};

/* A new session of a service whose peers speak first, instead of what comes next otherwise. It may
 * end here. */
void px_ingress_begin(struct px_session *s);
bool px_ingress_wanted(const struct px_gate *g);
void px_ingress_free(struct px_session *s); /* also without one */
void px_ingress_late(struct px_session *s); /* time is over */

/* The destination a client asked for, as it is logged; "" where none was. */
const char *px_ingress_target(const struct px_session *s);
/* Who the client showed to be, likewise. */
const char *px_ingress_user(const struct px_session *s);
/* The tunnel is open: the client is told, and what it said already goes into the tunnel. False when
 * that is not possible. */
RATLS_MUST_USE bool px_ingress_open(struct px_session *s);
/* The session ends without one. False when there is nobody to tell. */
bool px_ingress_refuse(struct px_session *s, const struct px_outcome *how);

/* ingress_connect.c, ingress_socks.c: what came is whole, a part or wrong. Each may end the
 * session. */
void px_connect_said(struct px_session *s);
void px_socks_said(struct px_session *s);
void px_connect_tell(struct px_session *s, enum px_answer answer);
void px_socks_tell(struct px_session *s, enum px_answer answer);
bool px_connect_opened(struct px_session *s);
bool px_socks_opened(struct px_session *s);
/* ingress_admit.c, for them: user and password of a client who must show some, as RFC 7617 has them
 * or as a pair. False: the session has ended. */
RATLS_MUST_USE bool px_ingress_admit_basic(struct px_session *s, struct ratls_bytes basic);
RATLS_MUST_USE bool px_ingress_admit_pair(struct px_session *s, const struct px_socks_login *shown);
/* For them: a destination was asked for; it is the client's fault; bytes to the client. */
void px_ingress_asked(struct px_session *s);
void px_ingress_fail(struct px_session *s, enum px_answer answer, const char *detail);
bool px_ingress_say(struct px_session *s, const void *bytes, size_t len);

/* ingress_first.c: the first bytes at a server, when they decide something. */
bool px_first_wanted(const struct px_gate *g);
void px_first_look(evutil_socket_t fd, short what, void *arg);
/* route.c: what begins is TLS, or nothing. False: more is needed. Else the service that the
 * ClientHello asks for has it, and TLS begins; or it is refused. */
RATLS_MUST_USE bool px_route_look(struct px_session *s);
/* plain_path.c: then the backend is asked; the session may end. */
void px_plain_path_begin(struct px_session *s, const struct px_head *head);
void px_plain_path_move(struct px_session *s); /* both ends are there */

#endif
