/* Accepting connections. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

#define ACCEPTS_PER_WAKE 32
#define ACCEPTS_AT_LAST  4096 /* more than a backlog holds, listener.c */
#define PAUSE_FIRST_MS   5
#define PAUSE_MOST_MS    1000

/* Out of descriptors or memory: everybody waits, for the queue would wake us without end; longer
 * each time, until one was accepted. */
static void pause_all(struct px_worker *w)
{
    int64_t ms = w->pause_ms ? 2 * w->pause_ms : PAUSE_FIRST_MS;

    w->pause_ms = ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
    const struct timeval pause = px_timeval(w->pause_ms);
    for (size_t i = 0; i < w->n_gates; i++)
        if (w->gates[i]->acceptable)
            (void)event_del(w->gates[i]->acceptable);
    (void)evtimer_add(w->accept_again, &pause);
}

void px_worker_accept_again(struct px_worker *w)
{
    for (size_t i = 0; i < w->n_gates; i++)
        if (w->gates[i]->acceptable && w->gates[i]->open)
            (void)event_add(w->gates[i]->acceptable, NULL);
}

static bool is_exhausted(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM;
}

/* False when nothing more is to be had now. */
static bool accept_one(struct px_gate *g, int listener)
{
    struct px_worker *w = g->worker;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        w->pause_ms = 0;
        px_session_accept(g, fd);
        return true;
    }
    if (is_exhausted(errno)) {
        if (w->pause_ms == 0)
            px_log_printf(&w->log, RATLS_LOG_WARNING, "service %s: accept: %s", g->service->name,
                          strerrordesc_np(errno));
        pause_all(w);
        return false;
    }
    /* Errors of the connection that was to be accepted, accept(2), are no reason to stop. */
    return errno != EAGAIN && errno != EBADF && errno != EINVAL;
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    for (int i = 0; i < ACCEPTS_PER_WAKE && accept_one(arg, fd); i++)
        ;
}

void px_gate_take_waiting(struct px_gate *g, int fd)
{
    for (int i = 0; i < ACCEPTS_AT_LAST && accept_one(g, fd); i++)
        ;
}

bool px_gate_prepare(struct px_gate *g)
{
    if (g->fd < 0) /* it has what another one accepts */
        return true;
    g->acceptable = event_new(g->worker->base, g->fd, EV_READ | EV_PERSIST, on_acceptable, g);
    return g->acceptable != NULL;
}

void px_gate_open(struct px_gate *g)
{
    if (g->open || g->retired)
        return;
    g->open = true;
    if (g->acceptable)
        (void)event_add(g->acceptable, NULL);
}

void px_gate_close(struct px_gate *g)
{
    if (g->acceptable)
        event_free(g->acceptable);
    g->acceptable = NULL;
    if (g->fd >= 0)
        (void)close(g->fd);
    g->fd = -1;
    g->open = false;
}
