/* Which service has a connection, by the server name of its ClientHello. Whoever judges the peer is
 * chosen here, so in doubt nobody has it: no other service takes what was meant for one that
 * cannot. The bytes stay where they are: TLS reads the same ones. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hello.h"
#include "ingress.h"

/* RFC 8446 s.6, RFC 6066 s.3 */
enum alert { DECODE_ERROR = 50, INTERNAL_ERROR = 80, UNRECOGNIZED_NAME = 112 };

static const struct px_outcome malformed = {.reason = PX_REASON_HELLO_MALFORMED,
                                            .detail = "no ClientHello"};
static const struct px_outcome too_long = {.reason = PX_REASON_HELLO_MALFORMED,
                                           .detail = "a ClientHello of more than 16 KiB"};
static const struct px_outcome removed = {.reason = PX_REASON_SERVICE_REMOVED,
                                          .detail =
                                              "the service for this name is not there any more"};
static const struct px_outcome closed = {.reason = PX_REASON_SERVICE_CLOSED,
                                         .detail = "the service for this name takes nobody now"};

static void refuse(struct px_session *s, enum alert alert, const struct px_outcome *how)
{
    const uint8_t record[] = {21, 3, 3, 0, 2, 2, (uint8_t)alert}; /* RFC 8446 s.5.1, fatal */

    (void)send(s->relay.tls.fd, record, sizeof record, MSG_NOSIGNAL | MSG_DONTWAIT);
    px_session_answered(s, how);
}

/* The configuration by which it was accepted says which service; one that came since may have taken
 * that service away, or its name. */
static void route(struct px_session *s, const char *name)
{
    const struct px_service *own = s->gate->service;
    const struct px_service *service = px_sni_choose(s->gate->config, own, name);
    struct px_gate *to = service == own ? s->gate : px_gate_named(s->gate->worker, service->name);

    if (!to || (to != s->gate && px_sni_choose(to->config, own, name) != to->service))
        refuse(s, UNRECOGNIZED_NAME, &removed);
    else if (to != s->gate && !to->open)
        refuse(s, INTERNAL_ERROR, &closed);
    else if (to == s->gate || px_session_move(s, to))
        px_session_tls_begin(s);
}

static void named(struct px_session *s, const char *name)
{
    s->server_name = strdup(name);
    if (s->server_name)
        route(s, name);
    else
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
}

bool px_route_look(struct px_session *s)
{
    uint8_t bytes[PX_HELLO_MAX];
    char name[PX_MAX_HOST + 1];
    ssize_t n = recv(s->relay.tls.fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    enum px_hello_is is = px_hello_parse(bytes, n > 0 ? (size_t)n : 0, name);

    if (is == PX_HELLO_PART)
        return false;
    px_ingress_free(s);
    if (is == PX_HELLO_NAMED)
        named(s, name);
    else if (is == PX_HELLO_NAMELESS)
        px_session_tls_begin(s);
    else
        refuse(s, DECODE_ERROR, is == PX_HELLO_LONG ? &too_long : &malformed);
    return true;
}
