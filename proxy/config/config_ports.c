/* Where a configuration connects to. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

#define DNS_PORT 53 /* answers that do not fit a datagram: RFC 7766 */

static uint16_t number(const char *port)
{
    return (uint16_t)strtoul(port, NULL, 10);
}

/* Of http://ADDRESS:PORT; 0: a unix socket. */
static uint16_t opa_port(const struct px_service *s)
{
    const char *port = s->opa && strncmp(s->opa, "http://", 7) == 0 ? strrchr(s->opa, ':') : NULL;

    return port ? number(port + 1) : 0;
}

void px_config_ports(const struct px_config *c, uint16_t ports[PX_MAX_PORTS])
{
    size_t n = 0;

    ports[n++] = DNS_PORT;
    for (size_t i = 0; i < c->n_services; i++) {
        const struct px_service *s = &c->services[i];
        for (size_t k = 0; k < s->n_connect; k++)
            if (s->connect[k].host)
                ports[n++] = number(s->connect[k].port);
        if (opa_port(s))
            ports[n++] = opa_port(s);
    }
    ports[n] = 0;
}
