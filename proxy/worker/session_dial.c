/* Sessions: connecting, and what a backend is told first. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "proxy_header.h"
#include "session.h"

/* ---- connecting ---- */

/* Of a unix socket, the path says more than its peer's name. */
static void name_backend(struct px_session *s, int fd, const char *configured)
{
    s->backend[0] = 0;
    if (fd >= 0)
        px_session_name_peer(fd, s->backend, sizeof s->backend);
    if (!s->backend[0] || strcmp(s->backend, "unix") == 0)
        (void)snprintf(s->backend, sizeof s->backend, "%s", configured);
}

static void on_connected(void *arg, int fd, const char *backend, const char *why)
{
    struct px_session *s = arg;

    s->dial = NULL;
    name_backend(s, fd, backend);
    if (fd < 0) {
        px_session_unreachable(s, fd == PX_DIAL_LATE ? RATLS_E_TIMEOUT : RATLS_E_IO, why);
        return;
    }
    if (s->gate->service->client) {
        s->relay.tls.fd = fd;
        px_session_name_peer(fd, s->peer, sizeof s->peer);
        px_session_tls_begin(s);
        return;
    }
    s->relay.plain.fd = fd;
    if (px_session_catch_up(s))
        px_session_relay_begin(s);
}

void px_session_dial(struct px_session *s, const struct px_address *only)
{
    s->dial = px_reach_start(s->gate->backends, only, on_connected, s);
    if (!s->dial || !s->timer)
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
}

/* ---- PROXY protocol ---- */

static size_t write_header(struct px_session *s, uint8_t out[PX_HEADER_MAX])
{
    const struct px_service *service = s->gate->service;
    struct px_header h = {.service = service->name, .authority = s->server_name};
    struct px_facts facts;
    char unique[PX_UNIQUE_MAX + 1];

    if (!px_header_ends(&h, s->relay.tls.fd)) /* it is gone */
        return 0;
    if (service->protocol == PX_PROTOCOL_PROXY1)
        return px_header_v1(&h, out);
    if (!service->proxy_tlv)
        return px_header_v2(&h, out);
    px_facts_of(s->relay.conn, service, &facts);
    (void)snprintf(unique, sizeof unique, "%x-%" PRIx64 "-%" PRIx64, (unsigned)getpid(),
                   (uint64_t)s->started_ms, s->id);
    h.facts = &facts;
    h.unique_id = unique;
    return px_header_v2(&h, out);
}

bool px_session_greet(struct px_session *s)
{
    enum px_protocol protocol = s->gate->service->protocol;
    uint8_t header[PX_HEADER_MAX];

    if (s->gate->service->client ||
        (protocol != PX_PROTOCOL_PROXY && protocol != PX_PROTOCOL_PROXY1))
        return true;
    size_t len = write_header(s, header);
    return len > 0 && evbuffer_add(s->relay.in, header, len) == 0;
}
