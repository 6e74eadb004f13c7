#include "pump.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 16384 /* one TLS record */

/* One direction: what was read and not written yet. */
struct flow {
    uint8_t bytes[CHUNK];
    size_t at, end;
    bool over; /* nothing more is read */
};

struct rt_pump {
    struct rt_pump_ends ends;
    int listener, local; /* the name for libcurl, and its connection; -1: none yet */
    pthread_t thread;
    struct flow up, down;
    short wire_wants; /* POLLIN, POLLOUT, as TLS said */
    bool finished;
    enum ratls_err how;
};

static bool is_empty(const struct flow *f)
{
    return f->at == f->end;
}

static void end_with(struct rt_pump *p, enum ratls_err e)
{
    p->how = e;
    p->finished = true;
}

static int left_ms(const struct rt_pump *p)
{
    const struct ratls_env *env = p->ends.env;
    const int64_t left = p->ends.deadline_ms - env->monotonic_ms(env->arg);

    return left > 0 ? (int)left : 0;
}

/* ---- libcurl comes ---- */

/* The name can be seen and used by all of the machine. */
static bool is_own_process(int fd)
{
    struct ucred who;
    socklen_t len = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.pid == getpid();
}

static void accept_one(struct rt_pump *p)
{
    struct pollfd wait = {.fd = p->listener, .events = POLLIN};
    const int n = poll(&wait, 1, left_ms(p));

    if (n == 0)
        end_with(p, RATLS_E_TIMEOUT);
    else if (wait.revents & POLLHUP) /* rt_pump_stop(): it came to nothing */
        p->finished = true;
    if (n <= 0 || p->finished)
        return;
    const int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0 && is_own_process(fd))
        p->local = fd;
    else if (fd >= 0)
        (void)close(fd);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        end_with(p, RATLS_E_IO);
}

/* ---- from the peer ---- */

static bool read_peer(struct rt_pump *p)
{
    size_t n = 0;
    enum ratls_err e = ratls_conn_read(p->ends.conn, p->down.bytes, CHUNK, &n);

    if (e == RATLS_OK) {
        p->down.at = 0;
        p->down.end = n;
    } else if (e == RATLS_E_CLOSED) {
        p->how = e;
        p->down.over = true;
        (void)shutdown(p->local, SHUT_WR);
    } else if (ratls_err_is_want(e)) {
        p->wire_wants |= e == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN;
        return false;
    } else {
        end_with(p, e);
    }
    return true;
}

static bool write_local(struct rt_pump *p)
{
    struct flow *f = &p->down;
    ssize_t n = send(p->local, f->bytes + f->at, f->end - f->at, MSG_NOSIGNAL);

    if (n > 0)
        f->at += (size_t)n;
    else if (errno == EAGAIN)
        return false;
    else if (errno != EINTR)
        p->finished = true; /* libcurl has enough */
    return true;
}

/* ---- to the peer ---- */

static bool read_local(struct rt_pump *p)
{
    ssize_t n = recv(p->local, p->up.bytes, CHUNK, 0);

    if (n > 0) {
        p->up.at = 0;
        p->up.end = (size_t)n;
    } else if (n < 0 && errno == EAGAIN) {
        return false;
    } else if (n == 0 || errno != EINTR) {
        p->finished = true; /* libcurl closes both directions, and at the end only */
    }
    return true;
}

static bool write_peer(struct rt_pump *p)
{
    struct flow *f = &p->up;
    size_t n = 0;
    enum ratls_err e = ratls_conn_write(p->ends.conn, f->bytes + f->at, f->end - f->at, &n);

    if (e == RATLS_OK) {
        f->at += n;
        return true;
    }
    if (!ratls_err_is_want(e)) {
        end_with(p, e);
        return true;
    }
    p->wire_wants |= e == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN;
    return false;
}

/* ---- both ---- */

static bool step(struct rt_pump *p)
{
    bool moved = is_empty(&p->up) ? read_local(p) : write_peer(p);

    if (!p->finished && !is_empty(&p->down))
        moved = write_local(p) || moved;
    else if (!p->finished && !p->down.over)
        moved = read_peer(p) || moved;
    return moved;
}

/* Sockets of which nothing is wanted are left out: their errors would wake for nothing. That
 * libcurl is gone (POLLHUP) is always of interest. */
static void wait_for_more(struct rt_pump *p)
{
    struct pollfd fds[] = {
        {.fd = p->wire_wants ? p->ends.wire : -1, .events = p->wire_wants},
        {.fd = p->local},
    };

    fds[1].events = (short)((is_empty(&p->up) ? POLLIN : 0) | (is_empty(&p->down) ? 0 : POLLOUT));
    const int n = poll(fds, RT_COUNT(fds), left_ms(p));
    if (n == 0)
        end_with(p, RATLS_E_TIMEOUT);
    else if (n < 0 && errno != EINTR)
        end_with(p, RATLS_E_IO);
    else if (fds[1].revents & POLLHUP)
        p->finished = true;
}

static void *run(void *arg)
{
    struct rt_pump *p = arg;

    while (!p->finished && p->local < 0)
        accept_one(p);
    while (!p->finished) {
        p->wire_wants = 0;
        if (!step(p) && !p->finished)
            wait_for_more(p);
    }
    const enum ratls_err e = ratls_conn_close_write(p->ends.conn);
    (void)e; /* whether the peer takes it or not, this is the end */
    if (p->local >= 0)
        (void)shutdown(p->local, SHUT_RDWR);
    return NULL;
}

/* Signals are for the threads of the caller. */
static bool start_thread(struct rt_pump *p)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    const bool ok = pthread_create(&p->thread, NULL, run, p) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ok;
}

/* A name by the kernel's choice ("autobind", unix(7)): five digits, of a socket that is no other's
 * as long as this one is open. */
static bool listen_at(struct rt_pump *p, char name[RT_PUMP_NAME])
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    socklen_t len = sizeof at;

    p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->listener < 0 ||
        bind(p->listener, (const struct sockaddr *)&at, sizeof at.sun_family) != 0 ||
        listen(p->listener, 16) != 0 ||
        getsockname(p->listener, (struct sockaddr *)&at, &len) != 0 ||
        len <= offsetof(struct sockaddr_un, sun_path) + 1)
        return false;
    const size_t n = len - offsetof(struct sockaddr_un, sun_path) - 1;
    return snprintf(name, RT_PUMP_NAME, "%.*s", (int)n, at.sun_path + 1) == (int)n;
}

static void free_pump(struct rt_pump *p)
{
    if (p->local >= 0)
        (void)close(p->local);
    if (p->listener >= 0)
        (void)close(p->listener);
    rt_secret_free(p, sizeof *p);
}

enum ratls_err rt_pump_start(const struct rt_pump_ends *ends, struct rt_pump **out,
                             char name[RT_PUMP_NAME])
{
    struct rt_pump *p = rt_secret_alloc(sizeof *p);
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    if (!p)
        return RATLS_E_NO_MEMORY;
    p->ends = *ends;
    p->local = -1;
    if (!listen_at(p, name))
        e = RATLS_E_IO;
    else if (!start_thread(p))
        e = RATLS_E_NO_MEMORY;
    if (e)
        free_pump(p);
    else
        *out = p;
    return e;
}

enum ratls_err rt_pump_stop(struct rt_pump *p)
{
    (void)shutdown(p->listener, SHUT_RDWR); /* in case nobody came */
    (void)pthread_join(p->thread, NULL);
    const enum ratls_err how = p->how;
    free_pump(p);
    return how;
}
