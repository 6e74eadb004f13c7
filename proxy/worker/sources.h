/* sources.h - how many connections come from where, per service: max-connections-per-source.
 *
 * A source is an IPv4 address or an IPv6 /64, which is what one customer gets. Only sources with
 * open connections are remembered, so the limits of connections bound the memory; entering and
 * leaving take constant time, whoever chose the addresses: the hash is keyed.
 * Thread rule: one table belongs to one worker. */
#ifndef PX_SOURCES_H
#define PX_SOURCES_H

#include <sys/socket.h>

#include "ratls/ratls.h"

struct px_sources;
struct px_source;

struct px_sources *px_sources_new(const struct ratls_env *env); /* NULL: no memory or randomness */
void px_sources_free(struct px_sources *t); /* after all have left; NULL is legal */

/* One connection more from `peer` to the service. False: there are `limit` already, or memory is
 * short. *out (to leave later) is NULL where nothing is counted: unix sockets. */
RATLS_MUST_USE bool px_sources_enter(struct px_sources *t, const char *service,
                                     const struct sockaddr_storage *peer, unsigned limit,
                                     struct px_source **out);
/* The same sources, as 32 bytes; all zeros where there is no address. */
void px_sources_name(const struct sockaddr_storage *peer, uint8_t out[32]);
void px_sources_leave(struct px_sources *t, struct px_source *s); /* NULL is legal */

#endif
