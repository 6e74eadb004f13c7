/* listener.h - listening sockets, opened by the master.
 *
 * TCP: each worker has its own socket (SO_REUSEPORT), so that the kernel spreads connections and a
 * crashed worker's queue waits for its successor, or for somebody who is told to sweep it. Unix and
 * what a service manager handed over (activation.h): one socket, shared.
 * Does NOT accept. */
#ifndef PX_LISTENER_H
#define PX_LISTENER_H

#include <sys/types.h>

#include "activation.h"
#include "config.h"

struct px_listener {
    const struct px_address *at; /* borrowed; another one of the same text when it is taken over */
    uint32_t id;                 /* workers know it by this */
    size_t n;                    /* sockets: one per worker, or one */
    int fd[PX_MAX_WORKERS];
    dev_t dev; /* of the unix socket's file: only that one is removed again */
    ino_t ino;
};

/* RATLS_E_IO with text when the address is taken or not to be had. On failure nothing is open. */
RATLS_MUST_USE enum ratls_err px_listener_open(struct px_listener *l, const struct px_address *at,
                                               unsigned workers, struct ratls_error *err);
/* What was handed over for at->activation; RATLS_E_CONFIG when there is no such thing, or a socket
 * that takes plain connections of other machines and must not. */
RATLS_MUST_USE enum ratls_err px_listener_take(struct px_listener *l, const struct px_service *s,
                                               const struct px_activation *from,
                                               struct ratls_error *err);
/* socket = a:...; RATLS_E_CONFIG names what the kernel refused, and the listener stays open. */
RATLS_MUST_USE enum ratls_err px_listener_tune(const struct px_listener *l,
                                               const struct px_service *s, struct ratls_error *err);
int px_listener_fd(const struct px_listener *l, size_t worker);
void px_listener_close(struct px_listener *l); /* legal on a zeroed one */

#endif
