/* Opening listening sockets. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"
#include "socket.h"

#define BACKLOG 1024

/* ---- TCP ---- */

struct tcp_place {
    struct sockaddr_storage addr;
    socklen_t len;
    int family;
};

static void take_address(const struct addrinfo *from, struct tcp_place *out)
{
    memcpy(&out->addr, from->ai_addr, from->ai_addrlen);
    out->len = from->ai_addrlen;
    out->family = from->ai_family;
}

/* A name stands for its first IPv4 address, or else its first one. */
static enum ratls_err resolve(const struct px_address *at, struct tcp_place *out,
                              struct ratls_error *err)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(at->host, at->port, &hints, &found);

    if (failed)
        return ratls_fail(err, RATLS_E_IO, "accept %s: %s", at->text, gai_strerror(failed));
    const struct addrinfo *best = found;
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        if (best->ai_family != AF_INET && a->ai_family == AF_INET)
            best = a;
    take_address(best, out);
    freeaddrinfo(found);
    return RATLS_OK;
}

/* All interfaces: one IPv6 socket that takes IPv4, too, where there is IPv6. */
static void all_interfaces(const struct px_address *at, struct tcp_place *out)
{
    in_port_t port = htons((in_port_t)strtoul(at->port, NULL, 10));
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *out = (struct tcp_place){.family = probe < 0 ? AF_INET : AF_INET6};
    if (probe >= 0) {
        (void)close(probe);
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->addr;
        *in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        out->len = sizeof *in6;
        return;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)&out->addr;
    *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    out->len = sizeof *in;
}

static int open_tcp(const struct tcp_place *at, bool dual, bool share)
{
    const int on = 1, off = 0;
    int fd = socket(at->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    bool good = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (share)
        good = good && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    if (at->family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? &off : &on, sizeof on);
    good = good && bind(fd, (const struct sockaddr *)&at->addr, at->len) == 0 &&
           listen(fd, BACKLOG) == 0;
    if (good)
        return px_fd_high(fd);
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return -1;
}

/* The first socket is opened without SO_REUSEPORT: it fails where a second proxy, under the same
 * user, would otherwise share our connections without a word. */
static enum ratls_err open_all_tcp(struct px_listener *l, unsigned workers, struct ratls_error *err)
{
    struct tcp_place place;
    bool dual = l->at->host[0] == '\0';
    enum ratls_err e = RATLS_OK;

    if (dual)
        all_interfaces(l->at, &place);
    else if ((e = resolve(l->at, &place, err)) != RATLS_OK)
        return e;
    int probe = open_tcp(&place, dual, false);
    if (probe < 0)
        return ratls_fail(err, RATLS_E_IO, "accept %s: %s", l->at->text, strerror(errno));
    (void)close(probe);
    for (unsigned i = 0; i < workers; i++) {
        int fd = open_tcp(&place, dual, true);
        if (fd < 0)
            return ratls_fail(err, RATLS_E_IO, "accept %s: %s", l->at->text, strerror(errno));
        l->fd[l->n++] = fd;
    }
    return RATLS_OK;
}

/* ---- unix ---- */

/* A socket file nobody listens on is left from a crash and may go; anything else stays. */
static enum ratls_err remove_stale(const char *path, const struct sockaddr_un *addr,
                                   struct ratls_error *err)
{
    struct stat st;

    if (lstat(path, &st))
        return RATLS_OK;
    if (!S_ISSOCK(st.st_mode))
        return ratls_fail(err, RATLS_E_IO, "accept %s: is no socket", path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return ratls_fail(err, RATLS_E_IO, "accept %s: %s", path, strerror(errno));
    bool refused =
        connect(probe, (const struct sockaddr *)addr, sizeof *addr) != 0 && errno == ECONNREFUSED;
    (void)close(probe);
    if (!refused)
        return ratls_fail(err, RATLS_E_IO, "accept %s: somebody listens there", path);
    return unlink(path) ? ratls_fail(err, RATLS_E_IO, "accept %s: %s", path, strerror(errno))
                        : RATLS_OK;
}

static enum ratls_err open_unix(struct px_listener *l, struct ratls_error *err)
{
    const char *path = l->at->path;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st = {0};

    if (strlen(path) >= sizeof addr.sun_path)
        return ratls_fail(err, RATLS_E_CONFIG, "accept %s: path too long", path);
    memcpy(addr.sun_path, path, strlen(path));
    enum ratls_err e = remove_stale(path, &addr, err);
    if (e)
        return e;
    int fd = px_fd_high(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (fd >= 0)
        l->fd[l->n++] = fd;
    mode_t before = umask(0117); /* 0660 from the first moment */
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&addr, sizeof addr) == 0;
    (void)umask(before);
    if (!bound || lstat(path, &st) || listen(fd, BACKLOG))
        return ratls_fail(err, RATLS_E_IO, "accept %s: %s", path, strerror(errno));
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return RATLS_OK;
}

/* ---- both ---- */

enum ratls_err px_listener_open(struct px_listener *l, const struct px_address *at,
                                unsigned workers, struct ratls_error *err)
{
    *l = (struct px_listener){.at = at};
    enum ratls_err e = at->path ? open_unix(l, err) : open_all_tcp(l, workers, err);
    if (e)
        px_listener_close(l);
    return e;
}

/* The manager's own descriptor stays where it is, for the next configuration. */
enum ratls_err px_listener_take(struct px_listener *l, const struct px_service *s,
                                const struct px_activation *from, struct ratls_error *err)
{
    bool local = false;
    int fd = -1;

    *l = (struct px_listener){.at = &s->accept};
    enum ratls_err e = px_activation_find(from, s->accept.activation, &fd, &local, err);
    if (e)
        return e;
    if (s->client && !local && !s->insecure_plain_listen)
        return ratls_fail(err, RATLS_E_CONFIG,
                          "%s:%u: [%s] accept: plain connections from other machines need "
                          "insecure-plain-listen = yes",
                          s->file, s->line, s->name);
    fd = fcntl(fd, F_DUPFD_CLOEXEC, PX_FD_HIGH);
    if (fd < 0)
        return ratls_fail(err, RATLS_E_IO, "accept %s: %s", s->accept.text, strerror(errno));
    l->fd[l->n++] = fd;
    return RATLS_OK;
}

enum ratls_err px_listener_tune(const struct px_listener *l, const struct px_service *s,
                                struct ratls_error *err)
{
    const char *refused = NULL;

    for (size_t i = 0; !refused && i < l->n; i++)
        refused = px_socket_tune(l->fd[i], s, 'a');
    if (!refused)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_CONFIG, "service %s: %s: %s", s->name, refused, strerror(errno));
}

int px_listener_fd(const struct px_listener *l, size_t worker)
{
    return l->fd[worker < l->n ? worker : 0];
}

void px_listener_close(struct px_listener *l)
{
    struct stat st;

    for (size_t i = 0; i < l->n; i++)
        (void)close(l->fd[i]);
    l->n = 0;
    if (l->ino && lstat(l->at->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        (void)unlink(l->at->path);
    l->ino = 0;
}
