/* Options of sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "socket.h"

static bool set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

enum ratls_err px_socket_error(int reason)
{
    switch (reason) {
    case ECONNRESET:
    case EPIPE:
        return RATLS_E_RESET;
    case ETIMEDOUT:
    case EHOSTUNREACH: /* the last that was heard before the time was over, tcp(7) */
        return RATLS_E_TIMEOUT;
    }
    return RATLS_E_IO;
}

static bool is_ip(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t len = sizeof domain;

    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
           (domain == AF_INET || domain == AF_INET6);
}

static void tune_tcp(int fd)
{
    (void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    (void)set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    (void)set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    (void)set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    (void)set(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
}

static bool apply(int fd, const struct px_socket_option *o)
{
    const struct linger linger = {.l_onoff = o->value, .l_linger = o->linger_s};

    if (o->name == SO_LINGER && o->level == SOL_SOCKET)
        return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0;
    if (o->name == SO_BINDTODEVICE && o->level == SOL_SOCKET)
        return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->device,
                          (socklen_t)strlen(o->device)) == 0;
    return set(fd, o->level, o->name, o->value);
}

/* Of a unix socket, only the time to linger means anything. */
static bool applies(const struct px_socket_option *o, char where, bool ip)
{
    return o->where == where && (ip || (o->level == SOL_SOCKET && o->name == SO_LINGER));
}

const char *px_socket_tune(int fd, const struct px_service *s, char where)
{
    bool ip = is_ip(fd);

    if (ip && where != 'a')
        tune_tcp(fd);
    if (!s)
        return NULL;
    if (ip && s->tcp_user_timeout_ms > 0 &&
        !set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)s->tcp_user_timeout_ms))
        return "tcp-user-timeout";
    for (const struct px_socket_option *o = s->socket; o->text; o++)
        if (applies(o, where, ip) && !apply(fd, o))
            return o->text;
    return NULL;
}

bool px_socket_bind_local(int fd, const struct px_service *s, const struct sockaddr *to)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};

    if (!s || !s->local || to->sa_family == AF_UNIX)
        return true;
    /* The port is chosen at connect(2), by the whole pair: many connections share one. */
    (void)set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    if (to->sa_family == AF_INET && inet_pton(AF_INET, s->local, &four.sin_addr) == 1)
        return bind(fd, (const struct sockaddr *)&four, sizeof four) == 0;
    if (to->sa_family == AF_INET6 && inet_pton(AF_INET6, s->local, &six.sin6_addr) == 1)
        return bind(fd, (const struct sockaddr *)&six, sizeof six) == 0;
    errno = EAFNOSUPPORT;
    return false;
}
