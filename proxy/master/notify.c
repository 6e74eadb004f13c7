/* Words to a service manager. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "activation.h"
#include "notify.h"

/* A path, or "@" and a name in the abstract namespace, unix(7). */
static bool set_address(struct px_notify *n, const char *text)
{
    const size_t len = strlen(text);

    if ((text[0] != '/' && text[0] != '@') || len < 2 || len >= sizeof n->to.sun_path)
        return false;
    n->to.sun_family = AF_UNIX;
    memcpy(n->to.sun_path, text, len);
    if (text[0] == '@')
        n->to.sun_path[0] = '\0';
    n->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (text[0] == '/'));
    return true;
}

static int64_t watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    char *end = NULL;

    if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
        return 0;
    errno = 0;
    long long allowed = strtoll(usec, &end, 10);
    if (errno || *end || allowed <= 0)
        return 0;
    return allowed / 2000 > 0 ? allowed / 2000 : 1;
}

enum ratls_err px_notify_open(struct px_notify *n, struct ratls_error *err)
{
    const char *to = getenv("NOTIFY_SOCKET");
    enum ratls_err e = RATLS_OK;

    *n = (struct px_notify){.fd = -1};
    if (to && !set_address(n, to)) {
        e = ratls_fail(err, RATLS_E_CONFIG, "NOTIFY_SOCKET: not the address of a unix socket");
    } else if (to) {
        n->fd = px_fd_high(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        n->watchdog_ms = watchdog_ms();
        if (n->fd < 0)
            e = ratls_fail(err, RATLS_E_IO, "NOTIFY_SOCKET: %s", strerrordesc_np(errno));
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    return e;
}

void px_notify_close(struct px_notify *n)
{
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = -1;
}

void px_notify_say(const struct px_notify *n, const char *fmt, ...)
{
    char text[512];
    va_list args;

    if (n->fd < 0)
        return;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (len > 0 && (size_t)len < sizeof text)
        (void)sendto(n->fd, text, (size_t)len, MSG_NOSIGNAL, (const struct sockaddr *)&n->to,
                     n->to_len);
}
