/* socket.h - what a service says about its sockets: tcp-user-timeout, socket, local; and what their
 * errors mean. */
#ifndef PX_SOCKET_H
#define PX_SOCKET_H

#include <sys/socket.h>

#include "config.h"

/* Sends at once, notices peers that vanished, and what the service says of sockets of this kind
 * (`where` is that of px_socket_option). NULL when all of it is in force; else the option, borrowed
 * from the service, that the kernel refused with errno. */
RATLS_MUST_USE const char *px_socket_tune(int fd, const struct px_service *s, char where);
/* What the errno of a stream says of its other end: RATLS_E_RESET, RATLS_E_TIMEOUT when it is lost,
 * RATLS_E_IO. */
enum ratls_err px_socket_error(int reason);
/* Bind a socket that connects to `to` to `local`; false with errno. */
RATLS_MUST_USE bool px_socket_bind_local(int fd, const struct px_service *s,
                                         const struct sockaddr *to);

#endif
