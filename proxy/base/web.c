/* HTTP servers: their limits. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "clock.h"
#include "privileges.h"
#include "web.h"

#define PAUSE_US 100000

/* What libevent says of requests is of no use to operators. */
static void say_nothing(int severity, const char *text)
{
    (void)severity;
    (void)text;
}

void px_web_process(const char *name)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)signal(signals[i], SIG_IGN);
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
    px_privileges_protect_memory();
    event_set_log_callback(say_nothing);
}

/* ---- connections that outstay their welcome ----
 *
 * evhttp ends those that say nothing for a while; one that says a byte now and then it would keep.
 * It does not tell when one ended either: a descriptor is ours as long as its inode is. */

struct visit {
    evutil_socket_t fd;
    uint64_t ino;
    int64_t until_ms;
};

struct px_web {
    struct event_base *base;
    struct px_web_limits limits;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    struct event *sweep, *resume;
    size_t n_fresh; /* connections not among the visits yet */
    struct visit *visits;
    size_t n_visits; /* places */
};

static bool inode_of(evutil_socket_t fd, uint64_t *ino)
{
    struct stat st;

    if (fstat(fd, &st))
        return false;
    *ino = st.st_ino;
    return true;
}

static bool is_over(const struct visit *v)
{
    uint64_t ino = 0;

    return v->until_ms == 0 || !inode_of(v->fd, &ino) || ino != v->ino;
}

static void note_visit(struct px_web *w, evutil_socket_t fd)
{
    struct visit v = {.fd = fd, .until_ms = px_now_ms() + w->limits.life_s * INT64_C(1000)};

    if (!inode_of(fd, &v.ino))
        return;
    for (size_t i = 0; i < w->n_visits; i++)
        if (is_over(&w->visits[i])) {
            w->visits[i] = v;
            return;
        }
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    struct px_web *w = arg;
    int64_t now = px_now_ms();

    (void)fd;
    (void)what;
    for (size_t i = 0; i < w->n_visits; i++) {
        struct visit *v = &w->visits[i];
        if (v->until_ms != 0 && v->until_ms <= now && !is_over(v))
            (void)shutdown(v->fd, SHUT_RDWR);
    }
}

static size_t visitors(const struct px_web *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_visits; i++)
        n += !is_over(&w->visits[i]);
    return n;
}

/* ---- accepting ---- */

static struct evconnlistener *listener(const struct px_web *w)
{
    return evhttp_bound_socket_get_listener(w->bound);
}

static void pause_listening(struct px_web *w)
{
    const struct timeval pause = {.tv_usec = PAUSE_US};

    (void)evconnlistener_disable(listener(w));
    (void)evtimer_add(w->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct px_web *w = arg;

    (void)fd;
    (void)what;
    if (visitors(w) < w->limits.connections)
        (void)evconnlistener_enable(listener(w));
    else
        pause_listening(w);
}

/* Out of descriptors or memory: the queue would wake us without end. */
static void on_accept_error(struct evconnlistener *l, void *arg)
{
    (void)l;
    pause_listening(arg);
}

struct fresh {
    struct px_web *web;
    struct bufferevent *bev;
};

static void on_fresh(evutil_socket_t fd, short what, void *arg)
{
    struct fresh *f = arg;

    (void)fd;
    (void)what;
    f->web->n_fresh--;
    note_visit(f->web, bufferevent_getfd(f->bev));
    (void)bufferevent_decref(f->bev);
    free(f);
}

/* evhttp puts the descriptor into the bufferevent only after this. */
static struct bufferevent *on_connection(struct event_base *base, void *arg)
{
    const struct timeval now = {0};
    struct px_web *w = arg;
    struct fresh *f = calloc(1, sizeof *f);
    struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

    if (!f || !bev || event_base_once(base, -1, EV_TIMEOUT, on_fresh, f, &now)) {
        free(f);
        return bev; /* it lives as long as it speaks */
    }
    *f = (struct fresh){w, bev};
    bufferevent_incref(bev);
    w->n_fresh++;
    if (visitors(w) + w->n_fresh >= w->limits.connections)
        pause_listening(w);
    return bev;
}

/* ---- life ---- */

static bool limit(struct px_web *w, int fd)
{
    evhttp_set_max_headers_size(w->http, (ev_ssize_t)w->limits.headers);
    evhttp_set_max_body_size(w->http, (ev_ssize_t)w->limits.body);
    evhttp_set_timeout(w->http, w->limits.idle_s);
    evhttp_set_allowed_methods(w->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                                            EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
                                            EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE |
                                            EVHTTP_REQ_CONNECT | EVHTTP_REQ_PATCH);
    evhttp_set_bevcb(w->http, on_connection, w);
    w->bound = evhttp_accept_socket_with_handle(w->http, fd);
    if (w->bound)
        evconnlistener_set_error_cb(listener(w), on_accept_error);
    return w->bound != NULL;
}

struct px_web *px_web_new(struct event_base *base, int fd, const struct px_web_limits *limits,
                          px_web_answer_fn *answer, void *arg)
{
    const struct timeval second = {.tv_sec = 1};
    struct px_web *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    *w = (struct px_web){.base = base, .limits = *limits, .n_visits = 2 * limits->connections};
    w->visits = calloc(w->n_visits, sizeof *w->visits);
    w->http = evhttp_new(base);
    w->sweep = event_new(base, -1, EV_PERSIST, on_sweep, w);
    w->resume = evtimer_new(base, on_resume, w);
    if (w->visits && w->http && w->sweep && w->resume && event_add(w->sweep, &second) == 0 &&
        limit(w, fd)) {
        evhttp_set_gencb(w->http, answer, arg);
        return w;
    }
    px_web_free(w);
    return NULL;
}

void px_web_free(struct px_web *w)
{
    if (!w)
        return;
    if (w->http)
        evhttp_free(w->http); /* and the listener */
    if (w->sweep)
        event_free(w->sweep);
    if (w->resume)
        event_free(w->resume);
    (void)event_base_loop(w->base, EVLOOP_NONBLOCK); /* connections just begun */
    free(w->visits);
    free(w);
}
