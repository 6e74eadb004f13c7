/* Connecting. */
#include <errno.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "dial.h"
#include "loop.h"
#include "socket.h"

#define MAX_ADDRESSES 16

struct px_resolver {
    struct event_base *base;
    struct evdns_base *dns;
};

struct px_dial {
    struct px_resolver *resolver;
    px_dial_fn *done; /* NULL: cancelled */
    void *arg;
    struct px_dial_how how;
    int64_t deadline_ms;
    struct evdns_getaddrinfo_request *query;
    bool resolving;
    size_t n, next;
    struct {
        struct sockaddr_storage addr;
        socklen_t len;
    } to[MAX_ADDRESSES];
    int fd;
    struct event *connected, *timer;
    const char *why;
    bool tried; /* at least one address was: the failure is not ours alone */
    bool late;  /* the last one did not answer in time */
};

struct px_resolver *px_resolver_new(struct event_base *base)
{
    struct px_resolver *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->base = base;
    r->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    if (!r->dns) {
        free(r);
        return NULL;
    }
    /* Without these files literals still work, and names fail one by one. */
    (void)evdns_base_resolv_conf_parse(r->dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
    (void)evdns_base_load_hosts(r->dns, "/etc/hosts");
    return r;
}

void px_resolver_free(struct px_resolver *r)
{
    if (!r)
        return;
    evdns_base_free(r->dns, 1);
    free(r);
}

/* ---- one attempt after the other ---- */

static void dial_free(struct px_dial *d)
{
    if (d->connected)
        event_free(d->connected);
    if (d->timer)
        event_free(d->timer);
    if (d->fd >= 0)
        (void)close(d->fd);
    free(d);
}

static void finish(struct px_dial *d, int fd)
{
    px_dial_fn *done = d->done;
    void *arg = d->arg;
    const char *why = d->why;

    dial_free(d);
    if (done)
        done(arg, fd, why);
    else if (fd >= 0)
        (void)close(fd);
}

static void finish_without(struct px_dial *d)
{
    if (d->late)
        finish(d, PX_DIAL_LATE);
    else
        finish(d, d->tried || d->n == 0 ? PX_DIAL_FAILED : PX_DIAL_OURS);
}

static void arm(struct px_dial *d, int64_t ms)
{
    const struct timeval tv = px_timeval(ms);

    (void)event_add(d->timer, &tv);
}

static void end_attempt(struct px_dial *d)
{
    if (d->connected)
        event_free(d->connected);
    d->connected = NULL;
    if (d->fd >= 0)
        (void)close(d->fd);
    d->fd = -1;
}

static void on_connected(evutil_socket_t fd, short what, void *arg);

static bool fail_errno(struct px_dial *d)
{
    d->why = strerrordesc_np(errno);
    return false;
}

/* A socket that may connect there, or not. */
static bool prepare(struct px_dial *d, const struct sockaddr *to)
{
    const struct px_service *service = d->how.service;

    if (service && d->how.config && px_loop_leads_home(d->how.config, service, to)) {
        d->why = "it leads back to this service";
        return false;
    }
    d->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0)
        return fail_errno(d);
    const char *refused = px_socket_tune(d->fd, service, 'r');
    if (refused) {
        d->why = refused;
        return false;
    }
    return px_socket_bind_local(d->fd, service, to) || fail_errno(d);
}

/* False when this address is out of the question. */
static bool attempt(struct px_dial *d)
{
    const struct sockaddr *addr = (const struct sockaddr *)&d->to[d->next].addr;
    socklen_t len = d->to[d->next].len;

    d->next++;
    d->late = false;
    if (!prepare(d, addr))
        return false;
    d->tried = true;
    if (connect(d->fd, addr, len) && errno != EINPROGRESS)
        return fail_errno(d);
    d->connected = event_new(d->resolver->base, d->fd, EV_WRITE, on_connected, d);
    return d->connected && event_add(d->connected, NULL) == 0;
}

/* Begin the next attempt; when none is left, report from the timer: never from inside the start. */
static void next_attempt(struct px_dial *d)
{
    for (;;) {
        size_t left = d->n - d->next;
        int64_t time_left = d->deadline_ms - px_now_ms();

        end_attempt(d);
        if (left == 0 || time_left <= 0) {
            arm(d, 0);
            return;
        }
        arm(d, time_left / (int64_t)left + 1);
        if (attempt(d))
            return;
    }
}

static void on_connected(evutil_socket_t fd, short what, void *arg)
{
    struct px_dial *d = arg;
    int failed = 0;
    socklen_t len = sizeof failed;

    (void)what;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &len) == 0 && failed == 0) {
        d->fd = -1;
        d->why = NULL;
        finish(d, fd);
        return;
    }
    d->why = strerrordesc_np(failed);
    d->late = px_socket_error(failed) == RATLS_E_TIMEOUT;
    next_attempt(d);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_dial *d = arg;

    (void)fd;
    (void)what;
    if (d->resolving) {
        px_dial_fn *done = d->done;
        void *whose = d->arg;
        px_dial_cancel(d);
        done(whose, PX_DIAL_LATE, "no answer from the resolver");
        return;
    }
    if (d->connected) {
        d->why = "connection timed out";
        d->late = true;
    }
    if (d->next < d->n && d->deadline_ms > px_now_ms())
        next_attempt(d);
    else
        finish_without(d);
}

/* ---- addresses ---- */

static void add_address(struct px_dial *d, const struct sockaddr *addr, size_t len)
{
    if (d->n == MAX_ADDRESSES || len > sizeof d->to[0].addr)
        return;
    memcpy(&d->to[d->n].addr, addr, len);
    d->to[d->n++].len = (socklen_t)len;
}

static void on_resolved(int failed, struct evutil_addrinfo *found, void *arg)
{
    struct px_dial *d = arg;

    d->resolving = false;
    for (const struct evutil_addrinfo *a = found; a; a = a->ai_next)
        add_address(d, a->ai_addr, a->ai_addrlen);
    if (found)
        evutil_freeaddrinfo(found);
    if (!d->done) {
        dial_free(d);
        return;
    }
    if (failed)
        d->why = evutil_gai_strerror(failed);
    next_attempt(d);
}

static void resolve(struct px_dial *d, const struct px_address *to)
{
    const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC,
                                          .ai_flags = EVUTIL_AI_NUMERICSERV,
                                          .ai_socktype = SOCK_STREAM,
                                          .ai_protocol = IPPROTO_TCP};
    const char *host = to->host[0] ? to->host : "127.0.0.1";

    d->resolving = true;
    arm(d, d->deadline_ms - px_now_ms());
    struct evdns_getaddrinfo_request *query =
        evdns_getaddrinfo(d->resolver->dns, host, to->port, &hints, on_resolved, d);
    if (query) /* else on_resolved() was called already */
        d->query = query;
}

struct px_dial *px_dial_start(struct px_resolver *r, const struct px_address *to,
                              const struct px_dial_how *how, px_dial_fn *done, void *arg)
{
    struct px_dial *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    *d = (struct px_dial){.resolver = r, .done = done, .arg = arg, .how = *how, .fd = -1};
    d->deadline_ms = px_now_ms() + how->timeout_ms;
    d->why = "no address";
    d->timer = evtimer_new(r->base, on_timer, d);
    if (!d->timer) {
        dial_free(d);
        return NULL;
    }
    if (to->path) {
        struct sockaddr_un un = {.sun_family = AF_UNIX};
        (void)strncpy(un.sun_path, to->path, sizeof un.sun_path - 1);
        add_address(d, (const struct sockaddr *)&un, sizeof un);
        next_attempt(d);
    } else {
        resolve(d, to);
    }
    return d;
}

void px_dial_cancel(struct px_dial *d)
{
    if (!d)
        return;
    d->done = NULL;
    if (!d->resolving) {
        dial_free(d);
        return;
    }
    (void)event_del(d->timer); /* the answer, be it that of a cancelled query, frees it */
    if (d->query)
        evdns_getaddrinfo_cancel(d->query);
}
