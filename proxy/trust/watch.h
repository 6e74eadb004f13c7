/* watch.h - trust that may change while the proxy runs: the master's watcher.
 *
 * A thread of its own looks at the files of trust and at stores (stores.h), since a slow disk or a
 * database must not hold up the master's loop, which owes workers their proofs. After a change it
 * reads all of them, has every service's trust made from them as the successor of the present one,
 * and hands what it read to the loop: workers make theirs from the same bytes. What is broken, or
 * would take back what was newer, is refused, once for each change, and the present trust stays in
 * force. Thread rule: the loop calls everything here; thread and loop share two pipes and nothing
 * else, and what goes through them is owned by whoever has it. */
#ifndef PX_WATCH_H
#define PX_WATCH_H

#include <event2/event.h>

#include "config.h"
#include "files.h"

struct px_watch;

struct px_watch_ops {
    /* files: taken. why: "file", "store" or "signal". */
    void (*taken)(void *arg, struct px_files *files, uint64_t generation, const char *why);
    void (*refused)(void *arg, const struct ratls_error *err, const char *why);
};

/* Reads the files for the first time, in the calling thread: *files is new (px_files_free). Errors
 * say what is wrong with them. The configuration is borrowed for the watcher's life. */
RATLS_MUST_USE enum ratls_err px_watch_new(const struct px_config *c, struct px_watch **out,
                                           struct px_files **files, struct ratls_error *err);
/* Begins to look; `ops` is called from the loop. False when out of memory or threads. */
RATLS_MUST_USE bool px_watch_start(struct px_watch *w, struct event_base *base,
                                   const struct px_watch_ops *ops, void *arg);
/* Read everything again now, changed or not. */
void px_watch_reload(struct px_watch *w);
/* Frees it; NULL is legal. False: the thread hangs in a read, and keeps what it uses, the
 * configuration too. */
bool px_watch_end(struct px_watch *w);

#endif
