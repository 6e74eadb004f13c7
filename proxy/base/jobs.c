#include "jobs.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define NAP_NS 5000000

TAILQ_HEAD(queue, px_job);

struct px_jobs {
    const struct px_jobs_ops *ops;
    void *arg;
    pthread_mutex_t lock; /* of what follows, up to the threads */
    pthread_cond_t work;
    struct queue queued, done;
    size_t n_queued, n_working;
    bool stopping;

    pthread_t threads[PX_JOBS_THREADS];
    size_t n_threads;
    int wake; /* eventfd: something is done */
    struct event *readable;
};

struct px_jobs *px_jobs_new(const struct px_jobs_ops *ops, void *arg)
{
    struct px_jobs *j = calloc(1, sizeof *j);

    if (!j)
        return NULL;
    j->ops = ops;
    j->arg = arg;
    j->wake = -1;
    TAILQ_INIT(&j->queued);
    TAILQ_INIT(&j->done);
    (void)pthread_mutex_init(&j->lock, NULL); /* with default attributes it cannot fail */
    (void)pthread_cond_init(&j->work, NULL);
    return j;
}

/* ---- threads ---- */

/* The next job; NULL when it is time to end. */
static struct px_job *take(struct px_jobs *j)
{
    struct px_job *job = NULL;

    (void)pthread_mutex_lock(&j->lock);
    while (!j->stopping && TAILQ_EMPTY(&j->queued))
        (void)pthread_cond_wait(&j->work, &j->lock);
    if (!j->stopping) {
        job = TAILQ_FIRST(&j->queued);
        TAILQ_REMOVE(&j->queued, job, next);
        j->n_queued--;
        j->n_working++;
    }
    (void)pthread_mutex_unlock(&j->lock);
    return job;
}

static void deliver(struct px_jobs *j, struct px_job *job)
{
    (void)pthread_mutex_lock(&j->lock);
    TAILQ_INSERT_TAIL(&j->done, job, next);
    j->n_working--;
    (void)pthread_mutex_unlock(&j->lock);
    (void)eventfd_write(j->wake, 1);
}

static void *work_on_all(void *arg)
{
    struct px_jobs *j = arg;
    struct px_job *job = NULL;

    while ((job = take(j)) != NULL) {
        j->ops->work(j->arg, job);
        deliver(j, job);
    }
    return NULL;
}

/* Signals are the loop's. */
static bool start_thread(struct px_jobs *j)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    bool good = pthread_create(&j->threads[j->n_threads], NULL, work_on_all, j) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (good)
        j->n_threads++;
    return good;
}

/* ---- the loop ---- */

static void on_done(evutil_socket_t fd, short what, void *arg)
{
    struct px_jobs *j = arg;
    struct queue done = TAILQ_HEAD_INITIALIZER(done);
    struct px_job *job = NULL;
    eventfd_t n;

    (void)what;
    (void)eventfd_read(fd, &n);
    (void)pthread_mutex_lock(&j->lock);
    TAILQ_CONCAT(&done, &j->done, next);
    (void)pthread_mutex_unlock(&j->lock);
    while ((job = TAILQ_FIRST(&done)) != NULL) {
        TAILQ_REMOVE(&done, job, next);
        j->ops->done(j->arg, job);
    }
}

bool px_jobs_start(struct px_jobs *j, struct event_base *base, size_t threads)
{
    j->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (j->wake < 0)
        return false;
    j->readable = event_new(base, j->wake, EV_READ | EV_PERSIST, on_done, j);
    if (!j->readable || event_add(j->readable, NULL))
        return false;
    for (size_t i = 0; i < threads && i < PX_JOBS_THREADS; i++)
        if (!start_thread(j))
            return false;
    return true;
}

bool px_jobs_add(struct px_jobs *j, struct px_job *job, size_t most)
{
    (void)pthread_mutex_lock(&j->lock);
    bool good = j->n_queued < most;
    if (good) {
        TAILQ_INSERT_TAIL(&j->queued, job, next);
        j->n_queued++;
        (void)pthread_cond_signal(&j->work);
    }
    (void)pthread_mutex_unlock(&j->lock);
    return good;
}

void px_jobs_forget(struct px_jobs *j, bool (*is)(const struct px_job *job, const void *what),
                    const void *what)
{
    struct px_job *job = NULL;

    (void)pthread_mutex_lock(&j->lock);
    TAILQ_FOREACH (job, &j->queued, next)
        if (is(job, what))
            break;
    if (job) {
        TAILQ_REMOVE(&j->queued, job, next);
        j->n_queued--;
    }
    (void)pthread_mutex_unlock(&j->lock);
    if (job)
        j->ops->drop(job);
}

bool px_jobs_idle(struct px_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    bool idle = j->n_working == 0;
    (void)pthread_mutex_unlock(&j->lock);
    return idle;
}

/* ---- end ---- */

static void stop(struct px_jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    j->stopping = true;
    (void)pthread_cond_broadcast(&j->work);
    (void)pthread_mutex_unlock(&j->lock);
}

static void join(struct px_jobs *j)
{
    while (j->n_threads > 0)
        (void)pthread_join(j->threads[--j->n_threads], NULL);
}

bool px_jobs_end(struct px_jobs *j, int64_t wait_ms)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    const int64_t until_ms = px_now_ms() + wait_ms;

    stop(j);
    while (!px_jobs_idle(j)) {
        if (px_now_ms() > until_ms)
            return false;
        (void)nanosleep(&nap, NULL);
    }
    join(j);
    return true;
}

static void drop_all(const struct px_jobs *j, struct queue *q)
{
    struct px_job *job = NULL;

    while ((job = TAILQ_FIRST(q)) != NULL) {
        TAILQ_REMOVE(q, job, next);
        j->ops->drop(job);
    }
}

void px_jobs_free(struct px_jobs *j)
{
    if (!j)
        return;
    stop(j);
    join(j);
    drop_all(j, &j->queued);
    drop_all(j, &j->done);
    if (j->readable)
        event_free(j->readable);
    if (j->wake >= 0)
        (void)close(j->wake);
    (void)pthread_cond_destroy(&j->work);
    (void)pthread_mutex_destroy(&j->lock);
    free(j);
}
