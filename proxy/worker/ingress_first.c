/* The first bytes of whoever connected to a server. They are looked at, not taken: what is not for
 * us is left whole to the TLS library, which refuses it as it would without us. */
#include <errno.h>
#include <sys/socket.h>

#include "ingress.h"

#define TLS_HANDSHAKE 0x16 /* RFC 8446 s.5.1: a ClientHello comes in such a record */

bool px_first_wanted(const struct px_gate *g)
{
    return g->service->plaintext_path[0] != NULL || g->routes;
}

static void go_to_tls(struct px_session *s)
{
    px_ingress_free(s);
    px_session_tls_begin(s);
}

static bool look_at_hello(struct px_session *s)
{
    if (s->gate->routes)
        return px_route_look(s);
    go_to_tls(s);
    return true;
}

/* ---- without TLS ---- */

static bool is_path(const struct px_service *service, struct ratls_bytes target)
{
    for (size_t i = 0; service->plaintext_path[i]; i++)
        if (ratls_bytes_equal(target, ratls_bytes_str(service->plaintext_path[i])))
            return true;
    return false;
}

/* The target is compared as it was sent: no query, no percent signs, no dots are understood. */
static bool is_welcome(const struct px_service *service, const struct px_head *head)
{
    uint64_t length = 0;
    bool reads = ratls_bytes_equal(head->method, ratls_bytes_str("GET")) ||
                 ratls_bytes_equal(head->method, ratls_bytes_str("HEAD"));

    return reads && px_head_body(head, &length) == PX_BODY_NONE && is_path(service, head->target);
}

/* False: more is needed. */
static bool look_at_head(struct px_session *s)
{
    const struct px_ingress *in = s->ingress;
    struct px_head head;
    enum px_head_is is = px_head_parse(ratls_bytes(in->bytes, in->len), &px_head_usual, &head);

    if (is == PX_HEAD_PART)
        return false;
    if (is != PX_HEAD_WHOLE || !is_welcome(s->gate->service, &head))
        return look_at_hello(s);
    px_plain_path_begin(s, &head);
    return true;
}

/* ---- looking ---- */

static bool look(struct px_session *s)
{
    if (s->gate->service->plaintext_path[0] && s->ingress->bytes[0] != TLS_HANDSHAKE)
        return look_at_head(s);
    return look_at_hello(s);
}

/* What was looked at once makes the descriptor readable for ever: only what is new counts. */
void px_first_look(evutil_socket_t fd, short what, void *arg)
{
    struct px_session *s = arg;
    struct px_ingress *in = s->ingress;
    ssize_t n = recv(fd, in->bytes, PX_INGRESS_BYTES, MSG_PEEK);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    in->len = n > 0 ? (size_t)n : 0;
    if ((n <= 0 || !look(s)) && (n <= 0 || (what & EV_CLOSED)))
        go_to_tls(s);
}
