/* loop.h - connections of the proxy to itself.
 *
 * A service that connects to where it accepts, directly or through other services, would go on
 * until descriptors run out (threat T180). One service may well connect to another one.
 * What it does NOT see: listeners named by a host name other than localhost or opened by somebody
 * else (systemd:NAME), and ways round other machines. */
#ifndef PX_LOOP_H
#define PX_LOOP_H

#include <sys/socket.h>

#include "config.h"

/* Would connecting to `to` come back to what `from`, a service of `c`, accepts? */
bool px_loop_leads_home(const struct px_config *c, const struct px_service *from,
                        const struct sockaddr *to);

#endif
