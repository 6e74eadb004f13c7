/* health.h - health-check: asking the backends of a service whether they work, from time to time.
 *
 * Every worker asks for itself. tcp: a connection is accepted. http: the answer to one GET has a
 * status from 200 to 399; with protocol = proxy the header of an unknown peer goes before it.
 * Results go to px_backend_worked() and px_backend_failed(). */
#ifndef PX_HEALTH_H
#define PX_HEALTH_H

#include "backends.h"

struct px_health_checks;
/* NULL when out of memory. The first round comes soon, but never from here. */
struct px_health_checks *px_health_start(struct px_backends *b);
void px_health_stop(struct px_health_checks *h); /* NULL is legal */

/* The status of an HTTP answer that begins with these bytes: 100 to 599; 0: more are needed; -1: it
 * is no such answer. RFC 9112 s.4. More than the first PX_STATUS_LINE_LEN are not looked at. */
#define PX_STATUS_LINE_LEN 13
int px_http_status(struct ratls_bytes in);

#endif
