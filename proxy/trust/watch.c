/* The watcher. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "trust_files.h"
#include "watch.h"

#define SETTLED_MS   100 /* without a change: then a file is taken for written */
#define LOOK_SOON_MS 50
#define MOST_DELAYS  4 /* for a file that is written all the time */
#define END_WITHIN_S 2

struct news {
    struct px_standing *standing; /* NULL: refused */
    const char *why;
    struct ratls_error err;
};

struct px_watch {
    struct px_config *config; /* a reference */
    atomic_bool abandoned;    /* the thread frees everything */

    /* of the loop */
    const struct px_watch_ops *ops;
    void *arg;
    struct event *news_event;
    pthread_t thread;
    bool running;
    int order_in, news_out; /* the loop's ends */

    /* of the thread, once there is one */
    int order_out, news_in;
    struct px_stores *stores;
    struct px_files *last; /* what was read, good or not */
    struct ratls_trust *trusts[PX_MAX_SERVICES];
    uint64_t generation;
    struct px_stamps seen, now;
    unsigned delays;
    bool unsure; /* what was read may be old already */
    bool stored; /* a store has another document */
};

/* ---- environment of threads that make trust ----
 *
 * A trust keeps its env for its successors, which the watcher of another configuration may make
 * while this one still reads: what is read from belongs to the thread, not to the env. */

static _Thread_local struct px_files *reading;
static struct ratls_env trust_env;
static pthread_once_t trust_env_once = PTHREAD_ONCE_INIT;

static enum ratls_err read_file(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    return px_files_read(reading, path, max, out);
}

static enum ratls_err list_files(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names)
{
    (void)arg;
    return px_files_list(reading, path, ending, names);
}

static void make_env(void)
{
    trust_env = *ratls_env_system(); /* its clocks and randomness do not look at arg */
    trust_env.read_file = read_file;
    trust_env.list_files = list_files;
    trust_env.log = NULL; /* a worker says the same */
}

static const struct ratls_env *env_of_trust(void)
{
    (void)pthread_once(&trust_env_once, make_env);
    return &trust_env;
}

/* ---- what is in force ---- */

struct px_standing *px_standing_ref(struct px_standing *s)
{
    (void)atomic_fetch_add_explicit(&s->others, 1, memory_order_relaxed);
    return s;
}

static void drop(struct ratls_trust **trusts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ratls_trust_unref(trusts[i]);
        trusts[i] = NULL;
    }
}

void px_standing_free(struct px_standing *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->others, 1, memory_order_acq_rel) > 0)
        return;
    drop(s->trusts, PX_MAX_SERVICES);
    px_files_free(s->files);
    px_store_marks_free(s->marks);
    px_config_free(s->config);
    free(s);
}

static enum ratls_err standing_new(struct px_watch *w, struct px_standing **out)
{
    struct px_standing *s = *out = calloc(1, sizeof *s);
    enum ratls_err e = s ? px_files_copy(w->last, &s->files) : RATLS_E_NO_MEMORY;

    if (!e)
        e = px_stores_marks(w->stores, &s->marks);
    if (e) {
        px_standing_free(s);
        *out = NULL;
        return e;
    }
    s->config = px_config_ref(w->config);
    s->generation = w->generation;
    for (size_t i = 0; i < w->config->n_services; i++)
        s->trusts[i] = w->trusts[i] ? ratls_trust_ref(w->trusts[i]) : NULL;
    return RATLS_OK;
}

/* By the name of its service; borrowed, NULL when there is none. */
static struct ratls_trust *find_trust(const struct px_standing *s, const char *service)
{
    for (size_t i = 0; i < s->config->n_services; i++)
        if (strcmp(s->config->services[i].name, service) == 0)
            return s->trusts[i];
    return NULL;
}

static void go_on_from(struct px_watch *w, const struct px_standing *before)
{
    w->generation = before->generation;
    for (size_t i = 0; i < w->config->n_services; i++) {
        struct ratls_trust *t = find_trust(before, w->config->services[i].name);
        w->trusts[i] = t ? ratls_trust_ref(t) : NULL;
    }
    px_stores_remember(w->stores, before->marks);
}

/* ---- trust ---- */

/* Proof that the files are good: every service's trust, or none. */
static enum ratls_err make_trusts(struct px_watch *w, struct px_files *files,
                                  struct ratls_error *err)
{
    struct ratls_trust *made[PX_MAX_SERVICES] = {0};
    enum ratls_err e = RATLS_OK;

    reading = files;
    for (size_t i = 0; !e && i < w->config->n_services; i++)
        e = px_service_trust(env_of_trust(), &w->config->services[i], w->trusts[i], &made[i], err);
    reading = NULL;
    if (e) {
        drop(made, w->config->n_services);
        return e;
    }
    drop(w->trusts, w->config->n_services);
    memcpy(w->trusts, made, sizeof made);
    w->generation++;
    return RATLS_OK;
}

/* Is w->last something else now? What is wrong with it is in *err then. */
static bool read_again(struct px_watch *w, struct ratls_error *err)
{
    struct px_files *files = calloc(1, sizeof *files);
    enum ratls_err e = files ? px_stores_add(w->stores, files) : RATLS_E_NO_MEMORY;
    if (!e)
        e = px_trust_read(w->config, files, err);
    bool same = files && w->last && px_files_equal(files, w->last);

    if (e)
        (void)ratls_fail(err, e, "trust: %s", ratls_err_text(e));
    if (files) {
        px_files_free(w->last);
        w->last = files;
    }
    return !same;
}

/* What was read becomes trust. */
static enum ratls_err take_files(struct px_watch *w, struct px_standing **out,
                                 struct ratls_error *err)
{
    enum ratls_err e = make_trusts(w, w->last, err);

    if (!e)
        e = standing_new(w, out);
    return e ? ratls_fail(err, e, "trust: %s", ratls_err_text(e)) : RATLS_OK;
}

/* ---- the thread ---- */

static void news_free(struct news *n)
{
    if (n)
        px_standing_free(n->standing);
    free(n);
}

/* Pointers are shorter than what a pipe takes at once or not at all. */
static void deliver(struct px_watch *w, struct news *n)
{
    if (write(w->news_in, &n, sizeof n) != (ssize_t)sizeof n)
        news_free(n);
}

/* NULL: it has to be tried again. */
static struct news *news_new(struct px_watch *w, const char *why)
{
    struct news *n = calloc(1, sizeof *n);

    if (n)
        n->why = why;
    else
        w->unsure = true;
    return n;
}

/* `must`: take it even if it says the same as what was read last. */
static void reload(struct px_watch *w, bool must, const char *why)
{
    struct news *n = news_new(w, why);

    if (!n)
        return;
    if (!read_again(w, &n->err) && !must) {
        news_free(n);
        return;
    }
    if (n->err.code == RATLS_OK && take_files(w, &n->standing, &n->err) == RATLS_E_NO_MEMORY)
        w->unsure = true;
    deliver(w, n);
}

/* Is there another document of some store? */
static bool look_at_stores(struct px_watch *w)
{
    struct ratls_error err = {0};
    enum px_store_news said = PX_STORE_SAME;
    bool changed = false;

    for (size_t i = 0; (said = px_stores_look(w->stores, i, false, &err)) != PX_STORE_NONE; i++) {
        changed = changed || said == PX_STORE_CHANGED;
        struct news *n = said == PX_STORE_FAILED ? news_new(w, "store") : NULL;
        if (n) {
            n->err = err;
            deliver(w, n);
        }
        err = (struct ratls_error){0};
    }
    return changed;
}

/* A file that was just written may be half of what it will be: half a list of roots looks like a
 * shorter one. It is given time to settle, but not for ever. */
static void look(struct px_watch *w)
{
    w->stored = look_at_stores(w) || w->stored;
    px_trust_look(w->config, &w->now);
    bool young = px_stamps_young(&w->now, SETTLED_MS);

    if (!w->stored && !w->unsure && px_stamps_equal(&w->now, &w->seen))
        return;
    if (young && w->delays < MOST_DELAYS) {
        w->delays++;
        return;
    }
    const char *why = w->stored ? "store" : "file";
    bool must = w->stored; /* a store that is back says so, whatever it holds */
    w->seen = w->now;
    w->unsure = young;
    w->stored = false;
    w->delays = 0;
    reload(w, must, why);
}

static int until_next_ms(const struct px_watch *w)
{
    int64_t every_ms = w->config->trust_check_ms;

    if (every_ms == 0)
        return -1;
    return (int)(w->delays > 0 && every_ms > LOOK_SOON_MS ? LOOK_SOON_MS : every_ms);
}

/* The loop says that it is over by closing its end. */
static bool is_over(const struct px_watch *w)
{
    struct pollfd p = {.fd = w->order_out, .events = POLLIN};

    return poll(&p, 1, until_next_ms(w)) > 0;
}

static struct news *next_news(const struct px_watch *w)
{
    struct news *n = NULL;

    return read(w->news_out, &n, sizeof n) == (ssize_t)sizeof n ? n : NULL;
}

static void close_if(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

static void watch_free(struct px_watch *w)
{
    struct news *n = NULL;

    while (w->news_out >= 0 && (n = next_news(w)) != NULL)
        news_free(n);
    close_if(w->order_in);
    close_if(w->order_out);
    close_if(w->news_in);
    close_if(w->news_out);
    drop(w->trusts, w->config->n_services);
    px_stores_free(w->stores);
    px_files_free(w->last);
    px_config_free(w->config);
    free(w);
}

static void *run(void *arg)
{
    struct px_watch *w = arg;

    while (!is_over(w))
        look(w);
    if (atomic_load(&w->abandoned))
        watch_free(w);
    return NULL;
}

/* Signals are the loop's. */
static bool start_thread(struct px_watch *w)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    w->running = pthread_create(&w->thread, NULL, run, w) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (w->running)
        (void)pthread_setname_np(w->thread, "ratls-trust");
    return w->running;
}

/* ---- the loop ---- */

static void on_news(evutil_socket_t fd, short what, void *arg)
{
    struct px_watch *w = arg;
    struct news *n = next_news(w);

    (void)fd;
    (void)what;
    if (!n)
        return;
    if (n->standing)
        w->ops->taken(w->arg, px_standing_ref(n->standing), n->why);
    else
        w->ops->refused(w->arg, &n->err, n->why);
    news_free(n);
}

/* ---- life ---- */

static bool open_pipes(struct px_watch *w)
{
    int order[2], news[2];

    if (pipe2(order, O_CLOEXEC))
        return false;
    w->order_out = order[0];
    w->order_in = order[1];
    if (pipe2(news, O_CLOEXEC))
        return false;
    w->news_out = news[0];
    w->news_in = news[1];
    return evutil_make_socket_nonblocking(w->order_in) == 0 &&
           evutil_make_socket_nonblocking(w->news_out) == 0;
}

static enum ratls_err first_read(struct px_watch *w, const struct px_standing *before,
                                 struct px_standing **out, struct ratls_error *err)
{
    enum ratls_err e = px_stores_new(w->config, env_of_trust(), NULL, &w->stores, err);
    enum px_store_news said = PX_STORE_SAME;

    if (e)
        return e;
    if (before)
        go_on_from(w, before);
    for (size_t i = 0; (said = px_stores_look(w->stores, i, true, err)) != PX_STORE_NONE; i++)
        if (said == PX_STORE_FAILED)
            return err->code;
    (void)read_again(w, err);
    return err->code ? err->code : take_files(w, out, err);
}

enum ratls_err px_watch_new(struct px_config *c, const struct px_standing *before,
                            struct px_watch **out, struct px_standing **standing,
                            struct ratls_error *err)
{
    struct px_watch *w = *out = calloc(1, sizeof *w);
    struct ratls_error why = {0};

    *standing = NULL;
    if (!w)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "trust");
    w->config = px_config_ref(c);
    w->order_in = w->order_out = w->news_in = w->news_out = -1;
    px_trust_look(c, &w->seen);
    w->unsure = px_stamps_young(&w->seen, SETTLED_MS);
    enum ratls_err e = first_read(w, before, standing, &why);
    if (e) {
        watch_free(w);
        *out = NULL;
    }
    return e ? ratls_fail(err, e, "%s", why.detail) : RATLS_OK;
}

bool px_watch_start(struct px_watch *w, struct event_base *base, const struct px_watch_ops *ops,
                    void *arg)
{
    w->ops = ops;
    w->arg = arg;
    if (!open_pipes(w))
        return false;
    w->news_event = event_new(base, w->news_out, EV_READ | EV_PERSIST, on_news, w);
    return w->news_event && event_add(w->news_event, NULL) == 0 && start_thread(w);
}

static void hush(struct px_watch *w)
{
    if (w->news_event)
        event_free(w->news_event);
    w->news_event = NULL;
}

/* From the close on, it is the thread's. */
static void leave_to_thread(struct px_watch *w)
{
    int order_in = w->order_in;

    (void)pthread_detach(w->thread);
    w->order_in = -1;
    atomic_store(&w->abandoned, true);
    (void)close(order_in);
}

void px_watch_abandon(struct px_watch *w)
{
    if (!w)
        return;
    hush(w);
    if (w->running)
        leave_to_thread(w);
    else
        watch_free(w);
}

void px_watch_end(struct px_watch *w)
{
    struct timespec until = {0};

    if (!w)
        return;
    hush(w);
    if (w->running) {
        (void)close(w->order_in);
        w->order_in = -1;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += END_WITHIN_S;
        if (pthread_timedjoin_np(w->thread, NULL, &until) != 0)
            return; /* the process ends with it */
    }
    watch_free(w);
}
