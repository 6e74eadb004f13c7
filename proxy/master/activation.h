/* activation.h - sockets that a service manager opened and handed over, sd_listen_fds(3).
 *
 * LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES are read once and taken out of the environment: they
 * are not for workers. The descriptors are above PX_FD_HIGH afterwards, and stay open as long as
 * the process runs, so that a configuration that comes later finds them, too. They are never
 * unlinked: their files are the manager's.
 * Thread rule: only read after px_activation_open(). */
#ifndef PX_ACTIVATION_H
#define PX_ACTIVATION_H

#include "ratls/ratls.h"

/* Two descriptors of children have fixed numbers; sources for them are kept above. */
#define PX_FD_HIGH 256

#define PX_ACTIVATION_MAX 128

struct px_activation {
    size_t n;
    struct {
        char *name;
        int fd;
    } of[PX_ACTIVATION_MAX];
};

/* Nothing when nothing was handed over. RATLS_E_CONFIG when what the variables say cannot be. */
RATLS_MUST_USE enum ratls_err px_activation_open(struct px_activation *a, struct ratls_error *err);
void px_activation_close(struct px_activation *a);
/* *fd is borrowed: a listening stream socket, non-blocking. *local: a unix socket, or a loopback
 * address. RATLS_E_CONFIG when there is none of this name, or more than one, or something else. */
RATLS_MUST_USE enum ratls_err px_activation_find(const struct px_activation *a, const char *name,
                                                 int *fd, bool *local, struct ratls_error *err);
/* The same descriptor above PX_FD_HIGH; `fd` is taken. -1 with errno. */
int px_fd_high(int fd);

#endif
