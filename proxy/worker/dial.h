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

/* In place of a descriptor: nobody was reached there, this side could not even try, or no answer
 * came in time. */
enum { PX_DIAL_FAILED = -1, PX_DIAL_OURS = -2, PX_DIAL_LATE = -3 };

/* Called once, from the event loop, never from px_dial_start(). fd is the caller's; or one of the
 * above with a reason for the log, a constant or borrowed from the service. The dial is gone
 * afterwards. */
typedef void px_dial_fn(void *arg, int fd, const char *why);

/* Borrowed until the dial is gone. */
struct px_dial_how {
    int64_t timeout_ms;
    const struct px_service *service; /* its sockets' options; NULL: the usual ones */
    const struct px_config *config; /* that of the service: it never connects to itself; or NULL */
};

/* NULL when out of memory. `to` is borrowed for the call, *how is copied. */
struct px_dial *px_dial_start(struct px_resolver *r, const struct px_address *to,
                              const struct px_dial_how *how, px_dial_fn *done, void *arg);
void px_dial_cancel(struct px_dial *d); /* `done` is not called any more; NULL is legal */

#endif
