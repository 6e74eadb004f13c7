/* watch.h - trust that may change while the proxy runs: the master's watcher.
 *
 * A thread of its own looks at the files of trust and at stores (stores.h), since a slow disk or a
 * database must not hold up the master's loop, which owes workers their proofs. After a change it
 * reads all of them, has every service's trust made from them as the successor of the present one,
 * and hands what it read to the loop: workers make theirs from the same bytes. What is broken, or
 * would take back what was newer, is refused, once for each change, and the present trust stays in
 * force. A watcher belongs to one configuration; that of the next one goes on from what is in
 * force. Thread rule: the loop calls everything here, px_watch_new() and px_watch_end() of what was
 * not started may be called elsewhere; thread and loop share two pipes and nothing else, and what
 * goes through them is owned by whoever has it. */
#ifndef PX_WATCH_H
#define PX_WATCH_H

#include <stdatomic.h>

#include <event2/event.h>

#include "config.h"
#include "files.h"
#include "stores.h"

/* Trust in force. Immutable; any thread. */
struct px_standing {
    atomic_uint others; /* who holds it, besides the first */
    struct px_files *files;
    uint64_t generation;
    struct px_config *config; /* a reference: whose services these trusts are of */
    struct ratls_trust *trusts[PX_MAX_SERVICES]; /* NULL where nobody is judged */
    struct px_store_marks *marks;
};
struct px_standing *px_standing_ref(struct px_standing *s);
void px_standing_free(struct px_standing *s); /* the last one frees it; NULL is legal */

struct px_watch;

struct px_watch_ops {
    /* standing: taken. why: "file" or "store". */
    void (*taken)(void *arg, struct px_standing *standing, const char *why);
    void (*refused)(void *arg, const struct ratls_error *err, const char *why);
};

/* Reads the files for the first time, in the calling thread, however long that takes: *out is what
 * comes into force, the successor of `before` (borrowed; NULL: it is the first) by the names of
 * services. Errors say what is wrong with the files. A reference to the configuration is taken. */
RATLS_MUST_USE enum ratls_err px_watch_new(struct px_config *c, const struct px_standing *before,
                                           struct px_watch **w, struct px_standing **out,
                                           struct ratls_error *err);
/* Begins to look; `ops` is called from the loop. False when out of memory or threads. */
RATLS_MUST_USE bool px_watch_start(struct px_watch *w, struct event_base *base,
                                   const struct px_watch_ops *ops, void *arg);
/* Says no more, ends as soon as it can, and frees itself then; NULL is legal. */
void px_watch_abandon(struct px_watch *w);
/* For the end of the process; NULL is legal. A thread that hangs in a read keeps what it uses. */
void px_watch_end(struct px_watch *w);

#endif
