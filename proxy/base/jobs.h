/* jobs.h - work that may block, done by threads for an event loop that must not.
 *
 * A job waits in a queue, is worked on in one of the threads, and comes back to the loop.
 * Thread rule: every call is for the loop's thread; only work() happens elsewhere, and while it
 * does the job is the thread's. */
#ifndef PX_JOBS_H
#define PX_JOBS_H

#include <sys/queue.h>

#include <event2/event.h>

#include "ratls/ratls.h"

#define PX_JOBS_THREADS 4 /* at most */

/* First member of what its owner knows more of. */
struct px_job {
    TAILQ_ENTRY(px_job) next;
};

struct px_jobs_ops {
    void (*work)(void *arg, struct px_job *job); /* in a thread */
    void (*done)(void *arg, struct px_job *job); /* in the loop; the job is taken */
    void (*drop)(struct px_job *job);            /* takes one that never gets so far */
};

struct px_jobs;

/* New: px_jobs_free(). `ops` and `arg` are borrowed as long as it lives. NULL: no memory. */
struct px_jobs *px_jobs_new(const struct px_jobs_ops *ops, void *arg);
/* Start so many threads, without signals. False when out of memory. */
RATLS_MUST_USE bool px_jobs_start(struct px_jobs *j, struct event_base *base, size_t threads);

/* `job` is taken, unless `most` wait already: false. */
RATLS_MUST_USE bool px_jobs_add(struct px_jobs *j, struct px_job *job, size_t most);
/* Drop the first of those that wait for which `is` says so. */
void px_jobs_forget(struct px_jobs *j, bool (*is)(const struct px_job *job, const void *what),
                    const void *what);
bool px_jobs_idle(struct px_jobs *j); /* nothing is worked on: ending takes no time */

/* Nothing more is begun; what is worked on is waited for. False: it took longer, and goes on. */
RATLS_MUST_USE bool px_jobs_end(struct px_jobs *j, int64_t wait_ms);
/* Waits for what is worked on, and drops all jobs. NULL is legal. */
void px_jobs_free(struct px_jobs *j);

#endif
