/* worker.h - the process that meets the network.
 *
 * It has the leaf keys, the configuration its master handed over, and sockets; no attestation key,
 * no attester, no right to more. It runs until its master says so or is gone. */
#ifndef PX_WORKER_H
#define PX_WORKER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "config.h"
#include "dial.h"
#include "files.h"
#include "ipc.h"
#include "log.h"
#include "opa.h"

/* Descriptors a worker is born with; listeners follow in the order of the services. */
enum { PX_FD_MASTER = 3, PX_FD_LOG = 4, PX_FD_LISTENERS = 5 };

struct px_session;
TAILQ_HEAD(px_sessions, px_session);

/* One service, as a worker sees it. */
struct px_gate {
    struct px_worker *worker;
    const struct px_service *service;
    uint16_t index;
    struct ratls_ctx *ctx;
    struct ratls_trust *trust; /* that of ctx; NULL where nobody is judged */
    int fd;
    struct event *acceptable;
    bool open; /* there is an identity, or none is needed */
    unsigned n_sessions, n_handshakes;
    struct px_sessions handshakes; /* oldest first */
    struct px_opa *opa;            /* NULL: none is asked */
    struct px_sessions askers;     /* open ones whose question waits for its turn */
};

struct px_worker {
    struct event_base *base;
    struct px_channel *master;
    struct px_files files, trust_files; /* handed over, until they are used */
    struct ratls_env env, trust_env;    /* that read from them */
    uint64_t generation;                /* of the trust that the master knows */
    struct px_log log;
    bool is_first, quiet; /* quiet: another worker says the same */
    struct px_config *config;
    struct px_resolver *resolver;
    struct px_gate gates[PX_MAX_SERVICES];
    struct px_sessions sessions;
    uint64_t last_id;
    struct px_session *judge_next; /* from here on sessions may be due to be judged again */
    struct event *accept_again, *drain_over, *judge_more;
    bool failed, draining;
    int exit_code;
};

int px_worker_run(void);

/* accept.c */
RATLS_MUST_USE bool px_gate_prepare(struct px_gate *g); /* false when out of memory */
void px_gate_open(struct px_gate *g);                   /* accept from now on; again: nothing */
void px_gate_close(struct px_gate *g); /* take what waits, then no more; again: nothing */
void px_worker_accept_again(struct px_worker *w);

/* reload.c */

/* Every service's trust from w->trust_files, which are used up: the first ones, or those that take
 * the place of the present ones, all or none. */
RATLS_MUST_USE enum ratls_err px_worker_trust(struct px_worker *w, struct ratls_error *err);
RATLS_MUST_USE bool px_reload_prepare(struct px_worker *w); /* false when out of memory */

/* A session ended. */
void px_worker_session_gone(struct px_worker *w);

#endif
