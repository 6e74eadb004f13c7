/* plaintext-path: one request of a peer that shows nothing, for a health check. The backend gets a
 * request of ours, in which nothing but method and path is the peer's; its answer goes back as it
 * is, and the connection is over. Whatever else the peer says is thrown away. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "ingress.h"
#include "socket.h"

/* A TCP backend by its address as configured; a unix socket has no name. */
static void put_host(struct evbuffer *out, const struct px_address *a)
{
    if (a->path)
        (void)evbuffer_add_printf(out, "localhost");
    else
        (void)evbuffer_add_printf(out, strchr(a->host, ':') ? "[%s]:%s" : "%s:%s", a->host,
                                  a->port);
}

static bool write_request(struct px_session *s, const struct px_head *head)
{
    struct evbuffer *out = s->relay.in;

    (void)evbuffer_add(out, head->method.p, head->method.len);
    (void)evbuffer_add(out, " ", 1);
    (void)evbuffer_add(out, head->target.p, head->target.len);
    (void)evbuffer_add_printf(out, " HTTP/1.1\r\nHost: ");
    put_host(out, &s->gate->service->connect[0]);
    return evbuffer_add_printf(out, "\r\nConnection: close\r\n\r\n") > 0;
}

/* The head is borrowed from what was looked at; now it is taken. */
void px_plain_path_begin(struct px_session *s, const struct px_head *head)
{
    uint8_t taken[PX_HEAD_MAX_BYTES];

    if (!px_relay_start(&s->relay) || !write_request(s, head)) {
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
        return;
    }
    s->relay.bytes_in = head->len;
    if (recv(s->relay.tls.fd, taken, head->len, MSG_DONTWAIT) != (ssize_t)head->len) {
        px_session_fail(s, RATLS_E_IO, "the request vanished");
        return;
    }
    px_ingress_free(s);
    px_session_enter(s, PX_PLAIN_PATH);
    px_session_dial(s, NULL);
}

/* ---- moving ---- */

static bool would_block(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* False: the descriptor is broken. */
static bool ask(struct px_relay *r)
{
    return evbuffer_get_length(r->in) == 0 || evbuffer_write(r->in, r->plain.fd) >= 0 ||
           would_block();
}

static bool hear(struct px_relay *r)
{
    if (r->plain.ended || evbuffer_get_length(r->out) >= PX_RELAY_LOW)
        return true;
    int n = evbuffer_read(r->out, r->plain.fd, PX_RELAY_CHUNK);
    r->plain.ended = n == 0;
    return n >= 0 || would_block();
}

static bool pass_on(struct px_relay *r)
{
    if (evbuffer_get_length(r->out) == 0)
        return true;
    int n = evbuffer_write(r->out, r->tls.fd);
    if (n > 0)
        r->bytes_out += (uint64_t)n;
    return n >= 0 || would_block();
}

/* A second request, or a body. */
static bool ignore(struct px_relay *r)
{
    char waste[4096];
    ssize_t n = r->tls.ended ? 0 : recv(r->tls.fd, waste, sizeof waste, MSG_DONTWAIT);

    r->tls.ended = r->tls.ended || n == 0;
    return n >= 0 || would_block();
}

static void interest(struct event *ev, bool wanted)
{
    if (wanted)
        (void)event_add(ev, NULL);
    else
        (void)event_del(ev);
}

void px_plain_path_move(struct px_session *s)
{
    static const struct px_outcome done = {.result = PX_RESULT_ALLOW,
                                           .reason = PX_REASON_PLAINTEXT_PATH};
    struct px_relay *r = &s->relay;

    if (!ask(r) || !hear(r) || !pass_on(r) || !ignore(r)) {
        px_session_fail(s, px_socket_error(errno), strerrordesc_np(errno));
        return;
    }
    size_t waiting = evbuffer_get_length(r->out);
    if (r->plain.ended && waiting == 0) {
        px_session_answered(s, &done);
        return;
    }
    interest(r->plain.writable, evbuffer_get_length(r->in) > 0);
    interest(r->plain.readable, !r->plain.ended && waiting < PX_RELAY_LOW);
    interest(r->tls.writable, waiting > 0);
    interest(r->tls.readable, !r->tls.ended);
}
