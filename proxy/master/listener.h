/* listener.h - listening sockets, opened by the master.
 *
 * TCP: each worker has its own socket (SO_REUSEPORT), so that the kernel spreads connections and a
 * crashed worker's queue waits for its successor. Unix: one socket, shared.
 * Does NOT accept. */
#ifndef PX_LISTENER_H
#define PX_LISTENER_H

#include <sys/types.h>

#include "config.h"

/* Descriptors of children begin at fixed numbers; sources for them are kept above. */
#define PX_FD_HIGH 256

struct px_listener {
    const struct px_address *at; /* borrowed */
    size_t n;                    /* sockets: one per worker, or one */
    int fd[PX_MAX_WORKERS];
    dev_t dev; /* of the unix socket's file: only that one is removed again */
    ino_t ino;
};

/* RATLS_E_IO with text when the address is taken or not to be had. On failure nothing is open. */
RATLS_MUST_USE enum ratls_err px_listener_open(struct px_listener *l, const struct px_address *at,
                                               unsigned workers, struct ratls_error *err);
int px_listener_fd(const struct px_listener *l, size_t worker);
void px_listener_close(struct px_listener *l); /* legal on a zeroed one */
/* The same descriptor above PX_FD_HIGH; `fd` is taken. -1 with errno. */
int px_fd_high(int fd);

#endif
