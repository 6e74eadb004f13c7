/* dial.h - connecting to a configured address without blocking.
 *
 * Names are resolved anew for each connection; every address found is tried in turn, each with its
 * share of the time left. Literals need no resolver.
 * Thread rule: everything belongs to the thread of the event base. */
#ifndef PX_DIAL_H
#define PX_DIAL_H

#include <event2/event.h>

#include "config.h"

struct px_resolver;
/* Reads /etc/resolv.conf and /etc/hosts. NULL when out of memory. */
struct px_resolver *px_resolver_new(struct event_base *base);
void px_resolver_free(struct px_resolver *r); /* after all dials; NULL is legal */

struct px_dial;

/* Called once, from the event loop, never from px_dial_start(). fd is the caller's; -1 with a
 * reason for the log. The dial is gone afterwards. */
typedef void px_dial_fn(void *arg, int fd, const char *why);

/* NULL when out of memory. */
struct px_dial *px_dial_start(struct px_resolver *r, const struct px_address *to,
                              int64_t timeout_ms, px_dial_fn *done, void *arg);
void px_dial_cancel(struct px_dial *d); /* `done` is not called any more; NULL is legal */

/* Sends at once, and notices peers that vanished. */
void px_tune_tcp(int fd);

#endif
