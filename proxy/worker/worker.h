/* worker.h - the process that meets the network.
 *
 * It has the leaf keys, the configuration its master handed over, and sockets; no attestation key,
 * no attester, no right to more. It runs until its master says so or is gone.
 * A configuration that takes the place of another brings new gates; the old ones accept nobody any
 * more and live until their last session ends. */
#ifndef PX_WORKER_H
#define PX_WORKER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "backends.h"
#include "config.h"
#include "credential.h"
#include "dial.h"
#include "files.h"
#include "ipc.h"
#include "log.h"
#include "opa.h"
#include "stats.h"
#include "subject_line.h"
#include "users.h"

/* Descriptors a worker is born with; listeners come by message. */
enum { PX_FD_MASTER = 3, PX_FD_LOG = 4, PX_FD_STATS = 5, PX_FD_FREE = 6 };

struct px_session;
struct px_sources;
struct px_evidence_desk;
TAILQ_HEAD(px_sessions, px_session);

/* One service of one configuration, as a worker sees it. On the heap: sessions hold it. */
struct px_gate {
    TAILQ_ENTRY(px_gate) all; /* in worker->retired */
    struct px_worker *worker;
    struct px_config *config; /* a reference */
    const struct px_service *service;
    uint32_t issuer; /* of the master; 0: no evidence is shown */
    struct ratls_ctx *ctx;
    struct ratls_trust *trust; /* that of ctx, and of evidence in requests; NULL: none is judged */
    uint32_t listener;         /* of the master */
    int fd;                    /* -1: closed, or it has what another one accepts */
    struct event *acceptable;
    bool open;   /* there is an identity, or none is needed */
    bool routes; /* other services have some of what it accepts, by server name */
    bool retired;
    struct event *orphaned; /* nobody can judge its sessions any more: they have until then */
    unsigned n_sessions, n_handshakes;
    struct px_sessions handshakes;  /* oldest first */
    struct px_users *users;         /* NULL: clients are not asked who they are */
    struct px_tries tries;          /* of their passwords */
    struct px_opa *opa;             /* NULL: none is asked */
    struct px_backends *backends;   /* from the loop on */
    struct px_sessions askers;      /* open ones whose question waits for its turn */
    struct px_service_stats *stats; /* NULL: not counted */
};
TAILQ_HEAD(px_gates, px_gate);

/* What the master handed over for a service, until it is used. */
struct px_handed {
    int fd; /* -1: nothing */
    uint32_t listener;
};

/* Where the authority process is asked: a socket that has no name, but a descriptor. */
struct px_desk {
    bool open;
    int fd;
    uint8_t secret[PX_SUBJECT_SECRET];
    char path[32]; /* to connect to */
    struct px_address at;
};

struct px_worker {
    struct event_base *base;
    struct px_channel *master;
    struct px_handed handed[PX_MAX_SERVICES];
    struct px_files files, trust_files; /* handed over, until they are used */
    struct ratls_env env, trust_env;    /* that read from them */
    uint64_t generation;                /* of the trust that the master knows */
    uint64_t configuration;             /* likewise */
    struct px_log syslog, log, access;  /* as the master says; each may pass on to the former */
    uint64_t n_allowed;                 /* for access-log-sample */
    struct px_stats *stats;
    bool is_first, quiet; /* quiet: another worker says the same */
    struct px_config *config;
    struct px_resolver *resolver;
    struct px_sources *sources; /* of all services */
    struct px_desk desk;
    struct px_evidence_desk *evidence; /* what requests bring, evidence.h */
    size_t n_gates;
    struct px_gate *gates[PX_MAX_SERVICES]; /* of the configuration in force, in its order */
    struct px_gates retired;                /* of former ones */
    struct px_sessions sessions;
    size_t n_sessions, most_sessions; /* most: since memory was given back */
    uint64_t last_id;
    struct px_session *judge_next; /* from here on sessions may be due to be judged again */
    struct event *accept_again, *drain_over, *judge_more, *bury;
    size_t files_wanted;
    int64_t pause_ms; /* the last one of accepting, 0: it went well since */
    bool failed, draining;
    int exit_code;
};

int px_worker_run(void);

/* accept.c */
RATLS_MUST_USE bool px_gate_prepare(struct px_gate *g); /* false when out of memory */
void px_gate_open(struct px_gate *g);                   /* accept from now on; again: nothing */
void px_gate_close(struct px_gate *g); /* no more; what waits there is another's, or lost */
void px_gate_take_waiting(struct px_gate *g, int fd); /* all that waits at this listener */
void px_worker_accept_again(struct px_worker *w);

/* gate.c */

struct px_gate_plan {
    struct px_config *config;
    size_t index;              /* of the service in it */
    struct ratls_trust *trust; /* NULL where nobody is judged */
};
/* *out is new, with references to configuration and trust; what was handed over for it is used
 * up. */
RATLS_MUST_USE enum ratls_err px_gate_new(struct px_worker *w, const struct px_gate_plan *p,
                                          struct px_gate **out, struct ratls_error *err);
RATLS_MUST_USE bool px_gate_find_backends(struct px_gate *g); /* false when out of memory */
void px_gate_free(struct px_gate *g);                         /* without sessions; NULL is legal */
/* The gates in force that have this name, listener, issuer; or NULL. */
struct px_gate *px_gate_named(const struct px_worker *w, const char *name);
struct px_gate *px_gate_at(const struct px_worker *w, uint32_t listener);
struct px_gate *px_gate_of(const struct px_worker *w, uint32_t issuer);
/* Accepts nobody any more; freed after its last session. */
void px_gate_retire(struct px_gate *g);
/* Retired ones: the trust in force is that of the service of their name. Who has none there is
 * given drain-timeout. */
void px_gates_follow(struct px_worker *w);
void px_gate_session_gone(struct px_gate *g);
void px_gates_end(struct px_worker *w);                    /* all of them; sessions are gone */
RATLS_MUST_USE bool px_gates_prepare(struct px_worker *w); /* false when out of memory */

/* configure.c */

/* The configuration at `path` of w->files comes into force, in the place of the present one if
 * there is any. On failure the worker is of no use any more. */
RATLS_MUST_USE enum ratls_err px_worker_configure(struct px_worker *w, const char *path,
                                                  struct ratls_error *err);
/* What was handed over and is not used. */
void px_worker_drop_handed(struct px_worker *w);

/* reload.c */

/* Every service's trust from w->trust_files, which are used up, takes the place of the present
 * ones, all or none. */
RATLS_MUST_USE enum ratls_err px_worker_trust(struct px_worker *w, struct ratls_error *err);
/* Peers whose trust is another one now are judged by it. */
void px_worker_judge(struct px_worker *w);
RATLS_MUST_USE bool px_reload_prepare(struct px_worker *w); /* false when out of memory */

/* worker.c: a session ended. */
void px_worker_session_gone(struct px_worker *w);

#endif
