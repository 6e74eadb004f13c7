#include "opa.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "jobs.h"
#include "opa_cache.h"

#define LIBRARY      "libratls-opa.so.0"
#define DEFAULT_PATH "ratls/allow"

struct asking {
    struct px_job job;
    struct px_opa_question q;
    enum ratls_err e;
    struct ratls_error err;
};

struct px_opa {
    struct px_opa_calls calls;
    void *library;
    struct ratls_opa *opa;
    struct px_opa_cache *cache; /* the loop's */
    struct px_jobs *jobs;
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

/* ---- questions ---- */

static void drop(struct px_job *job)
{
    struct asking *a = (struct asking *)job;

    ratls_buffer_free(&a->q.input);
    free(a);
}

static void ask(void *arg, struct px_job *job)
{
    const struct px_opa *o = arg;
    struct asking *a = (struct asking *)job;

    a->e = o->calls.ask(o->opa, ratls_bytes(a->q.input.p, a->q.input.len), &a->err);
}

static struct px_moment moment(void)
{
    const struct ratls_env *env = ratls_env_system();

    return (struct px_moment){env->now(env->arg), px_now_ms()};
}

static void hand_out(void *arg, struct px_job *job)
{
    struct px_opa *o = arg;
    const struct asking *a = (const struct asking *)job;
    const struct px_opa_answer answer = {a->q.question, a->q.session, a->e, a->err.detail};
    const struct px_moment now = moment();

    if (a->e == RATLS_OK)
        px_opa_cache_add(o->cache, &a->q.key, &now);
    o->answered(o->arg, &answer);
    drop(job);
}

/* ---- life ---- */

enum ratls_err px_opa_open_with(const struct px_opa_calls *calls, const struct px_service *s,
                                struct px_opa **out, struct ratls_error *err)
{
    static const struct px_jobs_ops ops = {.work = ask, .done = hand_out, .drop = drop};
    const char *path = s->opa_path ? s->opa_path : DEFAULT_PATH;
    struct ratls_error why = {0};
    struct px_opa *o = *out = calloc(1, sizeof *o);
    enum ratls_err e;

    if (!o)
        return RATLS_E_NO_MEMORY;
    o->calls = *calls;
    if (!(o->cache = calloc(1, sizeof *o->cache)) || !(o->jobs = px_jobs_new(&ops, o)))
        e = RATLS_E_NO_MEMORY;
    else if ((e = calls->open(s->opa, path, s->opa_timeout_ms, &o->opa, &why)) != RATLS_OK)
        e = fail_for(s, why.detail[0] ? why.detail : ratls_err_text(e), err);
    if (e) {
        px_opa_close(o);
        *out = NULL;
    }
    return e;
}

void px_opa_close(struct px_opa *o)
{
    if (!o)
        return;
    px_jobs_free(o->jobs);
    if (o->opa)
        o->calls.close(o->opa);
    free(o->cache);
    if (o->library)
        (void)dlclose(o->library);
    free(o);
}

bool px_opa_start(struct px_opa *o, struct event_base *base, px_opa_fn *answered, void *arg)
{
    o->answered = answered;
    o->arg = arg;
    return px_jobs_start(o->jobs, base, PX_OPA_THREADS);
}

bool px_opa_idle(struct px_opa *o)
{
    return px_jobs_idle(o->jobs);
}

bool px_opa_allowed(const struct px_opa *o, const struct ratls_policy_key *key)
{
    const struct px_moment now = moment();

    return px_opa_cache_has(o->cache, key, &now);
}

enum ratls_err px_opa_ask(struct px_opa *o, struct px_opa_question *q)
{
    struct asking *a = calloc(1, sizeof *a);
    enum ratls_err e = a ? RATLS_OK : RATLS_E_NO_MEMORY;

    if (!e) {
        a->q = *q;
        if (!px_jobs_add(o->jobs, &a->job, q->patient ? PX_OPA_PATIENT : PX_OPA_QUEUE))
            e = RATLS_E_LIMIT;
    }
    if (e) {
        free(a);
        ratls_buffer_free(&q->input);
    }
    q->input = (struct ratls_buffer){0};
    return e;
}

static bool is_question(const struct px_job *job, const void *question)
{
    return ((const struct asking *)job)->q.question == *(const uint64_t *)question;
}

void px_opa_forget(struct px_opa *o, uint64_t question)
{
    px_jobs_forget(o->jobs, is_question, &question);
}
