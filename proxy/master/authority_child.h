/* authority_child.h - the master's side of the authority process: its socket, its birth, and what
 * it is told. The master itself reads no byte of HTTP, and signs nothing for it. */
#ifndef PX_AUTHORITY_CHILD_H
#define PX_AUTHORITY_CHILD_H

#include "ratls/ratls.h"

struct px_authority_child;
struct px_board;
struct px_child;
struct px_config;
struct px_master;

/* Is there a service for it? */
bool px_authority_needed(const struct px_config *c);
/* *out is NULL where there is none. */
RATLS_MUST_USE enum ratls_err
px_authority_open(struct px_master *m, struct px_authority_child **out, struct ratls_error *err);
void px_authority_start(struct px_authority_child *a);
/* What it gives out is that of the setup in force, from now on. */
void px_authority_configure(struct px_authority_child *a);
void px_authority_logs(struct px_authority_child *a); /* they are opened anew */
/* Where it can be asked, for this worker: its next message to the worker. */
struct px_message *px_authority_desk(const struct px_authority_child *a);
int px_authority_stats(const struct px_authority_child *a); /* for readers; -1: there is none */
/* It lives, and has the setup in force; where there is none, true. */
bool px_authority_ready(const struct px_authority_child *a);
/* Likewise, or it does not live. */
bool px_authority_confirmed(const struct px_authority_child *a);
void px_authority_publish(const struct px_authority_child *a, struct px_board *b);
void px_authority_reap(struct px_authority_child *a); /* after SIGCHLD */
/* Ends the process; waits a little. All calls are legal on NULL. */
void px_authority_close(struct px_authority_child *a);

#endif
