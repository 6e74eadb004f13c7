/* admin_child.h - the master's side of the admin process: its listener, its birth, what it is shown
 * and what it may order. The master itself reads no byte of HTTP. */
#ifndef PX_ADMIN_CHILD_H
#define PX_ADMIN_CHILD_H

#include "ratls/ratls.h"

struct px_master;
struct px_admin_child;

/* What the master counts for the board. */
struct px_tally {
    int64_t started; /* seconds since 1970 */
    uint64_t worker_exits, trust_refusals, reloads, reload_refusals;
};

/* Listener and token, as the configuration says; *out is NULL where there is no `admin`. */
RATLS_MUST_USE enum ratls_err px_admin_open(struct px_master *m, struct px_admin_child **out,
                                            struct ratls_error *err);
/* After px_child_prepare() of all workers. */
void px_admin_start(struct px_admin_child *a);
/* Hand over where it logs. */
void px_admin_logs(struct px_admin_child *a);
/* The board tells what is so now: at once where it matters, by itself twice a second. */
void px_admin_publish(struct px_admin_child *a);
void px_admin_reap(struct px_admin_child *a); /* after SIGCHLD */
/* Ends the process; at once, waits a little. All calls are legal on NULL. */
void px_admin_close(struct px_admin_child *a);

#endif
