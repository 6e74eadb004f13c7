/* Sockets of a service manager. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "activation.h"

#define FIRST_FD 3         /* SD_LISTEN_FDS_START */
#define NAMELESS "unknown" /* as systemd calls them */

int px_fd_high(int fd)
{
    if (fd < 0)
        return -1;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, PX_FD_HIGH);
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return high;
}

/* ---- the environment ---- */

/* False unless it is a decimal number of 1 to `most`. */
static bool number(const char *text, unsigned long most, unsigned long *out)
{
    char *end = NULL;

    if (!text || text[0] < '1' || text[0] > '9')
        return false;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0' && *out <= most;
}

/* The i-th name of a list with colons; new, NULL when out of memory. */
static char *name_at(const char *names, size_t i)
{
    for (; names && i > 0; i--) {
        names = strchr(names, ':');
        names = names ? names + 1 : NULL;
    }
    size_t len = names ? strcspn(names, ":") : 0;
    return len > 0 ? strndup(names, len) : strdup(NAMELESS);
}

static enum ratls_err take(struct px_activation *a, const char *names, struct ratls_error *err)
{
    const size_t i = a->n;
    int fd = px_fd_high(FIRST_FD + (int)i);

    if (fd < 0)
        return ratls_fail(err, RATLS_E_CONFIG, "LISTEN_FDS: descriptor %zu: %s", FIRST_FD + i,
                          strerrordesc_np(errno));
    a->of[i].fd = fd;
    a->of[i].name = name_at(names, i);
    a->n++;
    return a->of[i].name ? RATLS_OK : RATLS_E_NO_MEMORY;
}

static enum ratls_err take_all(struct px_activation *a, struct ratls_error *err)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    unsigned long who = 0, n = 0;
    enum ratls_err e = RATLS_OK;

    if (!pid || !fds) /* one alone says nothing, sd_listen_fds(3) */
        return RATLS_OK;
    if (!number(pid, INT32_MAX, &who))
        return ratls_fail(err, RATLS_E_CONFIG, "LISTEN_PID: not a process id");
    if (who != (unsigned long)getpid()) /* meant for one of our parents */
        return RATLS_OK;
    if (!number(fds, PX_ACTIVATION_MAX, &n))
        return ratls_fail(err, RATLS_E_CONFIG, "LISTEN_FDS: not a number of 1 to %d",
                          PX_ACTIVATION_MAX);
    while (!e && a->n < n)
        e = take(a, getenv("LISTEN_FDNAMES"), err);
    return e;
}

enum ratls_err px_activation_open(struct px_activation *a, struct ratls_error *err)
{
    *a = (struct px_activation){0};
    enum ratls_err e = take_all(a, err);

    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    if (e)
        px_activation_close(a);
    return e;
}

void px_activation_close(struct px_activation *a)
{
    for (size_t i = 0; i < a->n; i++) {
        (void)close(a->of[i].fd);
        free(a->of[i].name);
    }
    a->n = 0;
}

/* ---- one socket ---- */

static int option(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;

    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

static bool is_local(const struct sockaddr_storage *at)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)at;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)at;

    if (at->ss_family == AF_INET)
        return ntohl(four->sin_addr.s_addr) >> 24 == 127; /* RFC 1122 s.3.2.1.3 */
    if (at->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    return at->ss_family == AF_UNIX;
}

static const char *wrong_with(int fd, bool *local)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;

    if (option(fd, SO_TYPE) != SOCK_STREAM || getsockname(fd, (struct sockaddr *)&at, &len))
        return "is no stream socket";
    if (at.ss_family != AF_INET && at.ss_family != AF_INET6 && at.ss_family != AF_UNIX)
        return "is neither TCP nor unix";
    if (option(fd, SO_ACCEPTCONN) != 1)
        return "does not listen";
    if (fcntl(fd, F_SETFL, O_NONBLOCK)) /* workers share it: who comes second must not wait */
        return "cannot be made non-blocking";
    *local = is_local(&at);
    return NULL;
}

enum ratls_err px_activation_find(const struct px_activation *a, const char *name, int *fd,
                                  bool *local, struct ratls_error *err)
{
    const char *wrong = "was not handed over";

    *fd = -1;
    *local = false;
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->of[i].name, name) != 0)
            continue;
        wrong = *fd >= 0 ? "there is more than one of this name" : NULL;
        *fd = a->of[i].fd;
    }
    if (!wrong)
        wrong = wrong_with(*fd, local);
    if (!wrong)
        return RATLS_OK;
    *fd = -1;
    return ratls_fail(err, RATLS_E_CONFIG, "systemd:%s: %s", name, wrong);
}
