/* Active checks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "health.h"
#include "proxy_header.h"

#define FIRST_MS    100
#define STATUS_LINE "HTTP/1.x NNN_" /* what is looked at */
#define REQUEST_MAX 2048

struct probe {
    struct px_health_checks *h;
    size_t backend;
    struct px_dial *dial;
    struct event *readable; /* owns no descriptor */
    int fd;
    uint8_t answer[PX_STATUS_LINE_LEN];
    size_t len;
};

struct px_health_checks {
    struct px_backends *b;
    struct event *timer;
    struct probe probes[PX_MAX_CONNECT];
};

/* ---- the answer ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

_Static_assert(sizeof STATUS_LINE - 1 == PX_STATUS_LINE_LEN, "what is looked at");

/* Some leave out the text behind the status, and the space with it. */
static bool fits(size_t i, uint8_t c)
{
    static const char form[] = STATUS_LINE;

    switch (form[i]) {
    case 'x':
    case 'N':
        return is_digit(c);
    case '_':
        return c == ' ' || c == '\r' || c == '\n';
    default:
        return c == (uint8_t)form[i];
    }
}

int px_http_status(struct ratls_bytes in)
{
    for (size_t i = 0; i < in.len && i < PX_STATUS_LINE_LEN; i++)
        if (!fits(i, in.p[i]))
            return -1;
    if (in.len < PX_STATUS_LINE_LEN)
        return 0;
    const uint8_t *digit = &in.p[PX_STATUS_LINE_LEN - 4];
    int status = (digit[0] - '0') * 100 + (digit[1] - '0') * 10 + digit[2] - '0';
    return status >= 100 && status <= 599 ? status : -1;
}

/* ---- one backend ---- */

static void probe_end(struct probe *p)
{
    px_dial_cancel(p->dial);
    p->dial = NULL;
    if (p->readable)
        event_free(p->readable);
    p->readable = NULL;
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
    p->len = 0;
}

static void conclude(struct probe *p, const char *why)
{
    struct px_backends *b = p->h->b;
    size_t backend = p->backend;

    probe_end(p);
    if (why)
        px_backend_failed(b, backend, why);
    else
        px_backend_worked(b, backend);
}

static int64_t patience_ms(const struct px_service *s)
{
    return s->connect_timeout_ms < s->health_interval_ms ? s->connect_timeout_ms
                                                         : s->health_interval_ms;
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
    struct probe *p = arg;
    char text[32];

    if (what & EV_TIMEOUT) {
        conclude(p, "no answer in time");
        return;
    }
    ssize_t n = recv(fd, &p->answer[p->len], sizeof p->answer - p->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conclude(p, "closed without an answer");
        return;
    }
    p->len += (size_t)n;
    int status = px_http_status(ratls_bytes(p->answer, p->len));
    if (status == 0)
        return;
    (void)snprintf(text, sizeof text, "HTTP status %d", status);
    if (status < 0)
        (void)snprintf(text, sizeof text, "no HTTP");
    conclude(p, status >= 200 && status <= 399 ? NULL : text);
}

/* An unknown peer's, for there is none: the own connection. */
static size_t put_header(const struct px_service *s, uint8_t out[PX_HEADER_MAX])
{
    static const struct px_header nobody;

    if (s->protocol == PX_PROTOCOL_PROXY)
        return px_header_v2(&nobody, out);
    return s->protocol == PX_PROTOCOL_PROXY1 ? px_header_v1(&nobody, out) : 0;
}

/* A new connection takes this much at once. */
static bool ask(const struct probe *p)
{
    const struct px_service *s = p->h->b->service;
    const struct px_address *at = p->h->b->backends[p->backend].at;
    uint8_t request[PX_HEADER_MAX + REQUEST_MAX];
    size_t len = put_header(s, request);

    int n = snprintf((char *)&request[len], REQUEST_MAX,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: ratls-proxy\r\n"
                     "Connection: close\r\n\r\n",
                     s->health.path, at->host && strchr(at->text, ':') ? at->text : "localhost");
    if (n < 0 || n >= REQUEST_MAX)
        return false;
    len += (size_t)n;
    return send(p->fd, request, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void on_connected(void *arg, int fd, const char *why)
{
    struct probe *p = arg;
    const struct px_service *s = p->h->b->service;
    const struct timeval wait = px_timeval(patience_ms(s));

    p->dial = NULL;
    if (fd == PX_DIAL_OURS) /* says nothing about the backend */
        return;
    if (fd < 0) {
        conclude(p, why);
        return;
    }
    p->fd = fd;
    if (s->health.kind == PX_HEALTH_TCP) {
        conclude(p, NULL);
        return;
    }
    p->readable = event_new(p->h->b->home.base, fd, EV_READ | EV_PERSIST, on_answer, p);
    if (!p->readable || event_add(p->readable, &wait)) {
        probe_end(p);
        return;
    }
    if (!ask(p))
        conclude(p, "the question was not taken");
}

static void probe_begin(struct probe *p)
{
    const struct px_backends *b = p->h->b;
    const struct px_dial_how how = {
        .timeout_ms = patience_ms(b->service), .service = b->service, .config = b->home.config};

    if (p->dial || p->fd >= 0) /* the last one goes on */
        return;
    p->dial = px_dial_start(b->home.resolver, b->backends[p->backend].at, &how, on_connected, p);
}

/* ---- all of them ---- */

static void on_time(evutil_socket_t fd, short what, void *arg)
{
    struct px_health_checks *h = arg;
    const struct timeval interval = px_timeval(h->b->service->health_interval_ms);

    (void)fd;
    (void)what;
    for (size_t i = 0; i < h->b->n; i++)
        probe_begin(&h->probes[i]);
    (void)evtimer_add(h->timer, &interval);
}

struct px_health_checks *px_health_start(struct px_backends *b)
{
    struct px_health_checks *h = calloc(1, sizeof *h);
    const struct timeval soon = px_timeval(b->home.seed % FIRST_MS);

    if (!h)
        return NULL;
    h->b = b;
    for (size_t i = 0; i < b->n; i++)
        h->probes[i] = (struct probe){.h = h, .backend = i, .fd = -1};
    h->timer = evtimer_new(b->home.base, on_time, h);
    if (!h->timer || evtimer_add(h->timer, &soon)) {
        px_health_stop(h);
        return NULL;
    }
    return h;
}

void px_health_stop(struct px_health_checks *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->b->n; i++)
        probe_end(&h->probes[i]);
    if (h->timer)
        event_free(h->timer);
    free(h);
}
