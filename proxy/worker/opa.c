#include "opa.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "clock.h"
#include "opa_cache.h"

#define LIBRARY      "libratls-opa.so.0"
#define DEFAULT_PATH "ratls/allow"

struct job {
    TAILQ_ENTRY(job) next;
    struct px_opa_question q;
    enum ratls_err e;
    struct ratls_error err;
};
TAILQ_HEAD(jobs, job);

struct px_opa {
    struct px_opa_calls calls;
    void *library;
    struct ratls_opa *opa;
    struct px_opa_cache *cache; /* the loop's */

    pthread_mutex_t lock; /* of what follows, up to the threads */
    pthread_cond_t work;
    struct jobs queued, done;
    size_t n_queued;
    bool stopping;

    pthread_t threads[PX_OPA_THREADS];
    size_t n_threads;
    int wake; /* eventfd: something is done */
    struct event *readable;
    px_opa_fn *answered;
    void *arg;
};

/* ---- the library ---- */

/* POSIX dlsym: ISO C has no such cast. */
static bool look_up(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);

    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static enum ratls_err fail_for(const struct px_service *s, const char *why, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_CONFIG, "%s:%u: [%s] opa: %s", s->file, s->line, s->name, why);
}

enum ratls_err px_opa_open(const struct px_service *s, struct px_opa **out, struct ratls_error *err)
{
    struct px_opa_calls calls;
    void *library = NULL;

    *out = NULL;
    if (!s->opa)
        return RATLS_OK;
    library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return fail_for(s, dlerror(), err);
    enum ratls_err e = RATLS_E_CONFIG;
    if (!look_up(library, "ratls_opa_new", &calls.open) ||
        !look_up(library, "ratls_opa_free", &calls.close) ||
        !look_up(library, "ratls_opa_ask", &calls.ask))
        (void)fail_for(s, LIBRARY " is another library", err);
    else
        e = px_opa_open_with(&calls, s, out, err);
    if (e)
        (void)dlclose(library);
    else
        (*out)->library = library;
    return e;
}

/* ---- life ---- */

enum ratls_err px_opa_open_with(const struct px_opa_calls *calls, const struct px_service *s,
                                struct px_opa **out, struct ratls_error *err)
{
    const char *path = s->opa_path ? s->opa_path : DEFAULT_PATH;
    struct ratls_error why = {0};
    struct px_opa *o = *out = calloc(1, sizeof *o);
    enum ratls_err e;

    if (!o)
        return RATLS_E_NO_MEMORY;
    o->calls = *calls;
    o->wake = -1;
    TAILQ_INIT(&o->queued);
    TAILQ_INIT(&o->done);
    (void)pthread_mutex_init(&o->lock, NULL); /* with default attributes it cannot fail */
    (void)pthread_cond_init(&o->work, NULL);
    if (!(o->cache = calloc(1, sizeof *o->cache)))
        e = RATLS_E_NO_MEMORY;
    else if ((e = calls->open(s->opa, path, s->opa_timeout_ms, &o->opa, &why)) != RATLS_OK)
        e = fail_for(s, why.detail[0] ? why.detail : ratls_err_text(e), err);
    if (e) {
        px_opa_close(o);
        *out = NULL;
    }
    return e;
}

static void job_free(struct job *j)
{
    ratls_buffer_free(&j->q.input);
    free(j);
}

static void clear(struct jobs *jobs)
{
    struct job *j = NULL;

    while ((j = TAILQ_FIRST(jobs)) != NULL) {
        TAILQ_REMOVE(jobs, j, next);
        job_free(j);
    }
}

static void stop_threads(struct px_opa *o)
{
    (void)pthread_mutex_lock(&o->lock);
    o->stopping = true;
    (void)pthread_cond_broadcast(&o->work);
    (void)pthread_mutex_unlock(&o->lock);
    while (o->n_threads > 0)
        (void)pthread_join(o->threads[--o->n_threads], NULL);
}

void px_opa_close(struct px_opa *o)
{
    if (!o)
        return;
    stop_threads(o);
    clear(&o->queued);
    clear(&o->done);
    if (o->readable)
        event_free(o->readable);
    if (o->wake >= 0)
        (void)close(o->wake);
    if (o->opa)
        o->calls.close(o->opa);
    (void)pthread_cond_destroy(&o->work);
    (void)pthread_mutex_destroy(&o->lock);
    free(o->cache);
    if (o->library)
        (void)dlclose(o->library);
    free(o);
}

/* ---- threads ---- */

/* The next question; NULL when it is time to end. */
static struct job *take(struct px_opa *o)
{
    struct job *j = NULL;

    (void)pthread_mutex_lock(&o->lock);
    while (!o->stopping && TAILQ_EMPTY(&o->queued))
        (void)pthread_cond_wait(&o->work, &o->lock);
    if (!o->stopping) {
        j = TAILQ_FIRST(&o->queued);
        TAILQ_REMOVE(&o->queued, j, next);
        o->n_queued--;
    }
    (void)pthread_mutex_unlock(&o->lock);
    return j;
}

static void deliver(struct px_opa *o, struct job *j)
{
    (void)pthread_mutex_lock(&o->lock);
    TAILQ_INSERT_TAIL(&o->done, j, next);
    (void)pthread_mutex_unlock(&o->lock);
    (void)eventfd_write(o->wake, 1);
}

static void *ask_all(void *arg)
{
    struct px_opa *o = arg;
    struct job *j = NULL;

    while ((j = take(o)) != NULL) {
        j->e = o->calls.ask(o->opa, ratls_bytes(j->q.input.p, j->q.input.len), &j->err);
        deliver(o, j);
    }
    return NULL;
}

/* ---- the loop ---- */

static struct px_moment moment(void)
{
    const struct ratls_env *env = ratls_env_system();

    return (struct px_moment){env->now(env->arg), px_now_ms()};
}

static void hand_out(struct px_opa *o, struct job *j)
{
    const struct px_opa_answer answer = {j->q.question, j->q.session, j->e, j->err.detail};
    const struct px_moment now = moment();

    if (j->e == RATLS_OK)
        px_opa_cache_add(o->cache, &j->q.key, &now);
    o->answered(o->arg, &answer);
    job_free(j);
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
    struct px_opa *o = arg;
    struct jobs done = TAILQ_HEAD_INITIALIZER(done);
    struct job *j = NULL;
    eventfd_t n;

    (void)what;
    (void)eventfd_read(fd, &n);
    (void)pthread_mutex_lock(&o->lock);
    TAILQ_CONCAT(&done, &o->done, next);
    (void)pthread_mutex_unlock(&o->lock);
    while ((j = TAILQ_FIRST(&done)) != NULL) {
        TAILQ_REMOVE(&done, j, next);
        hand_out(o, j);
    }
}

/* Signals are the loop's. */
static bool start_thread(struct px_opa *o)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    bool good = pthread_create(&o->threads[o->n_threads], NULL, ask_all, o) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (good)
        o->n_threads++;
    return good;
}

bool px_opa_start(struct px_opa *o, struct event_base *base, px_opa_fn *answered, void *arg)
{
    o->answered = answered;
    o->arg = arg;
    o->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (o->wake < 0)
        return false;
    o->readable = event_new(base, o->wake, EV_READ | EV_PERSIST, on_done, o);
    if (!o->readable || event_add(o->readable, NULL))
        return false;
    for (size_t i = 0; i < PX_OPA_THREADS; i++)
        if (!start_thread(o))
            return false;
    return true;
}

bool px_opa_allowed(const struct px_opa *o, const struct ratls_policy_key *key)
{
    const struct px_moment now = moment();

    return px_opa_cache_has(o->cache, key, &now);
}

enum ratls_err px_opa_ask(struct px_opa *o, struct px_opa_question *q)
{
    struct job *j = calloc(1, sizeof *j);
    enum ratls_err e = j ? RATLS_OK : RATLS_E_NO_MEMORY;

    (void)pthread_mutex_lock(&o->lock);
    if (!e && o->n_queued >= (q->patient ? PX_OPA_PATIENT : PX_OPA_QUEUE))
        e = RATLS_E_LIMIT;
    if (!e) {
        j->q = *q;
        TAILQ_INSERT_TAIL(&o->queued, j, next);
        o->n_queued++;
        (void)pthread_cond_signal(&o->work);
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (e) {
        free(j);
        ratls_buffer_free(&q->input);
    }
    q->input = (struct ratls_buffer){0};
    return e;
}

void px_opa_forget(struct px_opa *o, uint64_t question)
{
    struct job *j = NULL;

    (void)pthread_mutex_lock(&o->lock);
    TAILQ_FOREACH (j, &o->queued, next)
        if (j->q.question == question)
            break;
    if (j) {
        TAILQ_REMOVE(&o->queued, j, next);
        o->n_queued--;
    }
    (void)pthread_mutex_unlock(&o->lock);
    if (j)
        job_free(j);
}
