/* web.h - libevent's evhttp on one listener, with limits that it does not have itself: connections
 * at once, and the life of each.
 *
 * What it does NOT do: look at requests. Every method and path comes to the one callback. */
#ifndef PX_WEB_H
#define PX_WEB_H

#include <event2/event.h>
#include <event2/http.h>

#include "ratls/ratls.h"

/* For a process that does nothing else, first of all: its name, of at most 15 characters; no
 * signals, its master says when it ends; no core; libevent says nothing. */
void px_web_process(const char *name);

struct px_web_limits {
    unsigned connections;
    int idle_s, life_s;   /* life: of a connection, whatever it says */
    size_t headers, body; /* bytes of a request */
};

typedef void px_web_answer_fn(struct evhttp_request *req, void *arg);

struct px_web;

/* `fd` listens and is taken. NULL when out of memory. */
struct px_web *px_web_new(struct event_base *base, int fd, const struct px_web_limits *limits,
                          px_web_answer_fn *answer, void *arg);
void px_web_free(struct px_web *w); /* runs the loop once, without waiting; NULL is legal */

#endif
