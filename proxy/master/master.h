/* master.h - the process that holds the attestation keys.
 *
 * It reads the configuration, opens listeners and attesters, issues identities, keeps workers
 * running and answers their requests for proofs. It accepts no connection and parses no byte of a
 * peer: what a worker says is bounded and typed (ipc.h). */
#ifndef PX_MASTER_H
#define PX_MASTER_H

#include "files.h"
#include "issuer.h"
#include "listener.h"
#include "watch.h"
#include "worker.h"

struct px_bucket {
    int64_t tokens_milli, at_ms;
};

struct px_child {
    struct px_master *master;
    unsigned index;
    uint64_t serial; /* of this process: answers for an earlier one are dropped */
    pid_t pid;       /* 0: none */
    struct px_channel *channel;
    bool ready;
    int64_t born_ms;
    unsigned crashes;    /* in a row */
    struct event *timer; /* start again; or, with a dead channel, end it */
    struct px_bucket proofs[PX_MAX_SERVICES];
};

struct px_master {
    const char *path;
    struct px_files files;  /* those that stay */
    struct px_files *trust; /* those of trust, as they are in force */
    uint64_t generation;    /* of that */
    struct px_watch *watch;
    struct ratls_env env;
    struct px_config *config;
    struct px_log log;
    struct event_base *base;
    struct px_listener listeners[PX_MAX_SERVICES];
    struct px_issuer *issuers[PX_MAX_SERVICES]; /* NULL: the service shows no evidence */
    struct px_child children[PX_MAX_WORKERS];
    uint64_t last_serial;
    struct event *signals[4], *drain_over;
    bool running, draining; /* running: every worker was ready once */
    bool loaded, pid_written, stopped;
    int exit_code;
};

/* 0 ended in order, 1 failed, 2 the configuration is wrong. */
int px_master_run(const char *path);
/* Read, open nothing but attesters, print. 0 or 2. */
int px_master_check(const char *path);

/* children.c */
RATLS_MUST_USE bool px_child_prepare(struct px_child *c);
void px_child_start(struct px_child *c);
void px_child_identity(struct px_child *c, size_t service); /* hand over the current one */
void px_child_answer(struct px_child *c, const struct px_answer *a);
void px_child_trust(struct px_child *c); /* hand over that in force */
void px_child_drain(struct px_child *c);
void px_children_reap(struct px_master *m); /* after SIGCHLD */
void px_children_end(struct px_master *m);  /* at once; waits a little */

/* master.c */
void px_master_stop(struct px_master *m, int exit_code);
void px_master_child_ready(struct px_master *m);
void px_master_child_gone(struct px_master *m);

#endif
