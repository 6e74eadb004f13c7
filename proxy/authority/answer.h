/* answer.h - what answers to requests share. */
#ifndef PX_ANSWER_H
#define PX_ANSWER_H

#include "authority.h"
#include "reply.h"

/* One request of somebody who may ask; everything is borrowed. */
struct px_visit {
    struct px_authority *authority;
    struct evhttp_request *req;
    struct px_subject *subject;       /* a release takes it, and leaves a zeroed one */
    const struct px_grant *grant;     /* of a service with mode = token; else NULL */
    const struct px_custody *custody; /* of one with mode = secrets */
};

/* The nonces that requests of this kind have, and whose they are. */
struct px_nonces *px_visit_nonces(const struct px_visit *v);
struct px_nonce_owner px_visit_owner(const struct px_visit *v);

/* secret.c: GET of `name`; `query` NULL: none. */
void px_answer_secret(const struct px_visit *v, const char *name, const char *query);

#endif
