/* notify.h - what a service manager is told, sd_notify(3): datagrams to NOTIFY_SOCKET.
 *
 * NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read once and taken out of the environment.
 * Nothing waits for the manager: what it does not take at once is lost. */
#ifndef PX_NOTIFY_H
#define PX_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include "ratls/ratls.h"

struct px_notify {
    int fd; /* -1: nobody wants to know */
    struct sockaddr_un to;
    socklen_t to_len;
    int64_t watchdog_ms; /* how often to say WATCHDOG=1: half of what is allowed; 0: never */
};

/* Without NOTIFY_SOCKET: nothing. RATLS_E_CONFIG: it cannot be an address of a unix socket. */
RATLS_MUST_USE enum ratls_err px_notify_open(struct px_notify *n, struct ratls_error *err);
void px_notify_close(struct px_notify *n);
/* Lines of "NAME=value", printf-like. */
void px_notify_say(const struct px_notify *n, const char *fmt, ...) RATLS_PRINTF(2, 3);

#endif
