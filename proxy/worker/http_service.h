/* http_service.h - a session whose backend speaks HTTP, and is told in each request who the peer
 * is.
 *
 * Requests go through http_frame.h; the field's value is a token that the master signs. It is asked
 * for when a request needs it, serves all requests until half of its life is over or the peer was
 * judged again, and requests wait until it is there. Without a verdict that allows there is none.
 * A refused request that is the first of its connection is answered here. Later ones are not: the
 * answer could land within that of a request before it. The stream ends in front of them, and the
 * backend may finish what it has.
 * A service of the authority process has the peer itself in each request, subject_line.h.
 * What it does NOT do: sign, and look at answers of the backend. */
#ifndef PX_HTTP_SERVICE_H
#define PX_HTTP_SERVICE_H

#include "ipc_token.h"
#include "session.h"

struct px_http;

/* Before the relay starts; false when out of memory. A service without identity-header has none. */
RATLS_MUST_USE bool px_http_start(struct px_session *s);
void px_http_free(struct px_http *h); /* NULL is legal */
/* The answer of the master; unknown ids are those of sessions that ended. */
void px_http_token(struct px_worker *w, const struct px_token_answer *a);
/* A request was refused: how the session ends. NULL: none was. */
const struct px_outcome *px_http_refusal(const struct px_session *s);

#endif
