/* Accepting connections. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

#define ACCEPTS_PER_WAKE 32
#define PAUSE_US         100000

/* Out of descriptors or memory: everybody waits, for the queue would wake us without end. */
static void pause_all(struct px_worker *w)
{
    const struct timeval pause = {.tv_usec = PAUSE_US};

    for (size_t i = 0; i < w->config->n_services; i++)
        if (w->gates[i].acceptable)
            (void)event_del(w->gates[i].acceptable);
    (void)evtimer_add(w->accept_again, &pause);
}

void px_worker_accept_again(struct px_worker *w)
{
    for (size_t i = 0; i < w->config->n_services; i++)
        if (w->gates[i].acceptable && w->gates[i].open)
            (void)event_add(w->gates[i].acceptable, NULL);
}

/* False when nothing more is to be had now. */
static bool accept_one(struct px_gate *g)
{
    int fd = accept4(g->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        px_session_accept(g, fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        px_log_printf(&g->worker->log, RATLS_LOG_WARNING, "service %s: accept: %s",
                      g->service->name, strerrordesc_np(errno));
        pause_all(g->worker);
        return false;
    }
    /* Errors of the connection that was to be accepted, accept(2), are no reason to stop. */
    return errno != EAGAIN && errno != EBADF && errno != EINVAL;
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    for (int i = 0; i < ACCEPTS_PER_WAKE && accept_one(arg); i++)
        ;
}

bool px_gate_prepare(struct px_gate *g)
{
    g->acceptable = event_new(g->worker->base, g->fd, EV_READ | EV_PERSIST, on_acceptable, g);
    return g->acceptable != NULL;
}

void px_gate_open(struct px_gate *g)
{
    if (g->open || !g->acceptable)
        return;
    g->open = true;
    (void)event_add(g->acceptable, NULL);
}

void px_gate_close(struct px_gate *g)
{
    if (!g->acceptable)
        return;
    if (g->open)
        on_acceptable(g->fd, EV_READ, g);
    event_free(g->acceptable);
    g->acceptable = NULL;
    (void)close(g->fd);
}
