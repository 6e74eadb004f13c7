/* master.h - the process that holds the attestation keys.
 *
 * It reads the configuration, opens listeners and attesters, issues identities, keeps workers
 * running and answers their requests for proofs. It accepts no connection and parses no byte of a
 * peer, but the passport that a process fetched: what a worker says is bounded and typed (ipc.h).
 */
#ifndef PX_MASTER_H
#define PX_MASTER_H

#include <sys/queue.h>

#include "admin_child.h"
#include "authority_child.h"
#include "ipc_log.h"
#include "lifecycle.h"
#include "retired.h"
#include "setup.h"
#include "worker.h"

struct px_child {
    struct px_master *master;
    unsigned index;
    uint64_t serial; /* of this process: answers for an earlier one are dropped */
    pid_t pid;       /* 0: none */
    struct px_channel *channel;
    uint64_t told, confirmed; /* generations of the configuration; confirmed 0: not ready yet */
    int64_t born_ms;
    unsigned crashes; /* in a row */
    int stats_fd;     /* of every worker in this place */
    int stats_reader; /* the same, for the admin process */
    struct px_stats *stats;
    struct event *timer; /* start again; or, with a dead channel, end it */
    struct event *sweep; /* while there is none, others take what waits for it */
};

struct px_reading;

/* One reload at a time; more of them become one more. */
struct px_reload {
    bool busy, again;
    const char *why, *why_again; /* static */
    unsigned attempts;
    int64_t within_ms;          /* its limit */
    struct px_reading *reading; /* a thread is at it */
    struct px_setup *candidate; /* read; its issuers are at work */
    bool adopted;               /* workers have not confirmed it yet */
    bool failed;                /* one of them */
    struct event *limit, *step;
    struct px_retirees retired; /* issuers that handshakes may still need */
};

struct px_master {
    const char *path;
    struct px_activation sockets;
    struct px_lifecycle life;
    struct px_setup *setup; /* in force */
    struct px_reload reload;
    struct ratls_env env;
    struct px_log syslog, log, access; /* for workers; log passes on to syslog */
    struct event_base *base;
    struct px_child children[PX_MAX_WORKERS];
    unsigned n_children;
    uint64_t last_serial, last_generation;
    uint32_t last_id; /* of listeners and issuers */
    struct event *signals[5], *drain_over, *watchdog;
    struct px_admin_child *admin;         /* NULL: there is none */
    struct px_authority_child *authority; /* likewise */
    struct px_tally tally;
    bool loaded, pid_written, stopped;
    bool offload; /* libcrypto is used */
    int exit_code;
};

/* 0 ended in order, 1 failed, 2 the configuration is wrong. */
int px_master_run(const char *path);
/* check.c: read, open nothing but attesters, print. 0 or 2. */
int px_master_check(const char *path);

/* children.c */
RATLS_MUST_USE bool px_child_prepare(struct px_child *c);
void px_child_start(struct px_child *c);
/* Hand over the current one. */
void px_child_identity(struct px_child *c, const struct px_issuer *i);
void px_child_answer(struct px_child *c, const struct px_answer *a);
void px_child_trust(struct px_child *c);     /* hand over that in force */
void px_child_configure(struct px_child *c); /* likewise the whole setup */
void px_child_logs(struct px_child *c);      /* likewise */
void px_child_drain(struct px_child *c);
bool px_children_confirmed(const struct px_master *m); /* every one that lives has the setup */
bool px_children_ready(const struct px_master *m);     /* every one lives, and has it */
void px_children_reap(struct px_master *m);            /* after SIGCHLD */
void px_children_end(struct px_master *m);             /* at once; waits a little */

/* master.c */
void px_master_stop(struct px_master *m, int exit_code);
void px_master_child_ready(struct px_master *m);
void px_master_child_gone(struct px_master *m);
struct px_issuer *px_master_issuer(const struct px_master *m, uint32_t id); /* or NULL */
RATLS_MUST_USE enum ratls_err px_master_issuer_new(struct px_master *m, struct px_setup *s,
                                                   size_t i, struct ratls_error *err);
void px_master_warn_insecure(const struct px_master *m, const struct px_config *c);
void px_master_log_trust(const struct px_master *m, const char *why);
RATLS_MUST_USE bool px_master_watch(struct px_master *m, struct px_setup *s);

/* logs.c */

/* Those of the configuration take the place of those that are open, all or none. */
RATLS_MUST_USE enum ratls_err px_logs_open(struct px_master *m, const struct px_config *c,
                                           struct ratls_error *err);
void px_logs_reopen(struct px_master *m); /* all of them, here and in the children */
struct px_message *px_logs_message(const struct px_master *m, enum px_log_id id);
void px_logs_close(struct px_master *m);

/* reload.c */

/* Reads the configuration anew, and takes it or not; the log says which. `why` is static. While
 * one is under way, one more follows; once the end has begun, nothing. */
void px_master_reload(struct px_master *m, const char *why);
RATLS_MUST_USE bool px_reload_init(struct px_master *m); /* false when out of memory */
void px_reload_cancel(struct px_master *m);              /* the end has begun */
void px_reload_end(struct px_master *m);
void px_reload_issued(struct px_master *m);    /* an issuer of the candidate has its identity */
void px_reload_failed(struct px_master *m);    /* or will have none */
void px_reload_confirmed(struct px_master *m); /* by one more worker; or it is gone */

#endif
