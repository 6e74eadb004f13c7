/* One object of an S3-compatible object store.
 *
 * Reading asks for it only when it is another one than before (If-None-Match). A change is one PUT
 * of all of it, which the server does only while what was read is still there (If-Match): whoever
 * was too slow begins anew, and nobody's change is lost. A server that was asked to write and did
 * not say whether it did is asked for what is there now. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "backend.h"
#include "s3_http.h"
#include "s3_object.h"

#define OBJECT "store"

enum { FIRST_LOOK_MS = 20, LAST_LOOK_MS = 320 };

struct s3 {
    const struct ratls_env *env;
    struct rt_s3_conf conf;
    struct rt_s3_http *http;
    enum rt_s3_form form;
    struct ratls_buffer text;      /* the object as it was seen last */
    char etag[RT_S3_MAX_ETAG + 1]; /* "": nothing was seen */
    struct rt_object now;          /* between begin and its end */
    bool begun, changed;
    bool overtaken;
};

static void s3_close(void *self)
{
    struct s3 *s = self;

    rt_object_free(&s->now);
    ratls_buffer_free(&s->text);
    rt_s3_close(s->http);
    rt_s3_conf_free(&s->conf);
    free(s);
}

/* ---- what is there ---- */

static void remember(struct s3 *s, struct ratls_buffer *text, const char *etag)
{
    ratls_buffer_free(&s->text);
    s->text = *text;
    *text = (struct ratls_buffer){0};
    (void)snprintf(s->etag, sizeof s->etag, "%s", etag);
}

static enum ratls_err take_object(struct s3 *s, struct rt_s3_answer *a, struct ratls_error *err)
{
    if (a->status == 304 && *s->etag)
        return RATLS_OK;
    if (a->status == 404 && *s->etag) /* what is gone was taken away */
        return ratls_fail(err, RATLS_E_STORE_TAMPERED, "the object is gone (%s)", a->code);
    if (a->status != 200)
        return rt_s3_failed(a, "a GET", err);
    if (!*a->etag)
        return ratls_fail(err, RATLS_E_STORE, "the object store gives no strong ETag");
    remember(s, &a->body, a->etag);
    return RATLS_OK;
}

static enum ratls_err refresh(struct s3 *s, struct ratls_error *err)
{
    char condition[RT_S3_MAX_ETAG + 32];
    struct rt_s3_request r = {.verb = RT_S3_GET, .name = OBJECT};
    struct rt_s3_answer a = {0};

    if (*s->etag) {
        rt_s3_condition("If-None-Match", s->etag, RT_S3_QUOTED, condition);
        r.condition = condition;
    }
    enum ratls_err e = rt_s3_ask(s->http, &r, &a, err);
    if (!e)
        e = take_object(s, &a, err);
    rt_s3_answer_free(&a);
    return e;
}

/* ---- writing ---- */

/* Another one was there, or the server says that it is its own fault, perhaps after it was done. */
static bool may_pass(const struct rt_s3_answer *a)
{
    return a->status == 412 || a->status == 409 || a->status == 429 || a->status == 500 ||
           a->status == 502 || a->status == 503 || a->status == 504;
}

/* Until another object lies there than before, or it took too long. A gateway may have answered
 * while the server behind it still worked. */
static enum ratls_err await_another(struct s3 *s, bool unclear, struct ratls_error *err)
{
    char etag[sizeof s->etag];
    enum ratls_err e;

    (void)snprintf(etag, sizeof etag, "%s", s->etag);
    for (int wait_ms = FIRST_LOOK_MS;; wait_ms *= 2) {
        e = refresh(s, err);
        if (!unclear || wait_ms > LAST_LOOK_MS || (!e && strcmp(etag, s->etag) != 0))
            return e;
        (void)nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000L}, NULL);
    }
}

/* `sent` was not acknowledged, for the reason `e` or by this status. Its mark tells whether it lies
 * there all the same. */
static enum ratls_err look_back(struct s3 *s, const struct ratls_buffer *sent, enum ratls_err e,
                                long status, struct ratls_error *err)
{
    enum ratls_err seen = await_another(s, e || status >= 500, NULL);

    if (seen && !e)
        return ratls_fail(err, seen, "it is not known whether the object was written");
    if (!seen && ratls_bytes_equal(rt_bytes_of(&s->text), rt_bytes_of(sent)))
        return RATLS_OK;
    if (e)
        return e;
    s->overtaken = true;
    return ratls_fail(err, RATLS_E_TIMEOUT, "others write to the object all the time");
}

/* `text` is taken. */
static enum ratls_err put_object(struct s3 *s, struct ratls_buffer *text, struct ratls_error *err)
{
    char condition[RT_S3_MAX_ETAG + 32] = RT_S3_IF_ABSENT;
    struct rt_s3_request r = {
        .verb = RT_S3_PUT, .name = OBJECT, .condition = condition, .body = rt_bytes_of(text)};
    struct rt_s3_answer a = {0};
    struct ratls_error why = {0};

    if (*s->etag)
        rt_s3_condition("If-Match", s->etag, s->form, condition);
    enum ratls_err e = rt_s3_ask(s->http, &r, &a, &why);
    if (!e && a.status / 100 == 2)
        remember(s, text, a.etag); /* without an ETag it is read again the next time */
    else if (e || may_pass(&a))
        e = look_back(s, text, e, a.status, &why);
    else
        e = rt_s3_failed(&a, "a PUT", &why);
    rt_s3_answer_free(&a);
    ratls_buffer_free(text);
    return e ? ratls_fail(err, e, "%s", why.detail) : RATLS_OK;
}

static enum ratls_err write_object(struct s3 *s, const struct rt_object *o, struct ratls_error *err)
{
    uint8_t mark[RT_OBJECT_MARK_LEN];
    struct rt_writer w = {0};
    struct ratls_buffer text = {0};

    if (s->env->random(s->env->arg, mark, sizeof mark) != 0)
        return RATLS_E_CRYPTO;
    rt_object_write(o, mark, &w);
    if (!w.bad && w.len > RT_S3_MAX_OBJECT) {
        rt_writer_free(&w);
        return ratls_fail(err, RATLS_E_LIMIT, "the object would have more than %d bytes",
                          RT_S3_MAX_OBJECT);
    }
    enum ratls_err e = rt_writer_take(&w, &text);
    return e ? e : put_object(s, &text, err);
}

static bool s3_overtaken(void *self)
{
    struct s3 *s = self;
    const bool was = s->overtaken;

    s->overtaken = false;
    return was;
}

/* ---- open ---- */

/* Somebody else who makes it at the same moment is welcome. */
static enum ratls_err create(struct s3 *s, struct ratls_error *err)
{
    const struct rt_object empty = {0};
    struct ratls_error why = {0};
    enum ratls_err e = write_object(s, &empty, &why);

    if (s3_overtaken(s))
        return refresh(s, err);
    return e ? ratls_fail(err, e, "%s", why.detail) : RATLS_OK;
}

static enum ratls_err open_object(struct s3 *s, const struct rt_place *place,
                                  struct ratls_error *err)
{
    struct ratls_error why = {0};
    struct ratls_store_head head;
    enum ratls_err e = rt_s3_conf(place->where, &s->conf, err);

    if (!e)
        e = rt_s3_open(s->env, &s->conf, &s->http, err);
    if (!e && place->access != RATLS_STORE_READ)
        e = rt_s3_probe(s->env, s->http, &s->form, err);
    if (e)
        return e;
    e = refresh(s, &why);
    if (e == RATLS_E_NOT_FOUND && place->access == RATLS_STORE_CREATE)
        e = create(s, err);
    else if (e)
        return ratls_fail(err, e, "%s", why.detail);
    return e ? e : rt_object_head(rt_bytes_of(&s->text), &head, err);
}

static enum ratls_err s3_open(const struct rt_place *place, void **self, struct ratls_error *err)
{
    struct s3 *s = calloc(1, sizeof *s);

    if (!s)
        return RATLS_E_NO_MEMORY;
    s->env = place->env;
    enum ratls_err e = open_object(s, place, err);
    if (e)
        s3_close(s);
    else
        *self = s;
    return e;
}

/* ---- transactions ---- */

static void s3_rollback(void *self)
{
    struct s3 *s = self;

    rt_object_free(&s->now);
    s->begun = s->changed = false;
}

static enum ratls_err s3_begin(void *self, bool write, struct ratls_error *err)
{
    struct s3 *s = self;
    enum ratls_err e = refresh(s, err);

    (void)write; /* whether others wrote meanwhile, commit() finds out */
    if (!e)
        e = rt_object_read(rt_bytes_of(&s->text), &s->now, err);
    s->begun = true;
    if (e)
        s3_rollback(s);
    return e;
}

static enum ratls_err s3_commit(void *self, struct ratls_error *err)
{
    struct s3 *s = self;
    enum ratls_err e = s->changed ? write_object(s, &s->now, err) : RATLS_OK;

    s3_rollback(s); /* only what is in memory */
    return e;
}

/* ---- reading and changing ---- */

static enum ratls_err s3_items(void *self, rt_entry_fn *fn, void *arg, struct ratls_error *err)
{
    const struct s3 *s = self;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->now.items.n; i++)
        e = fn(arg, &s->now.items.items[i].view, err);
    return e;
}

static enum ratls_err s3_events(void *self, int64_t from_seq, rt_event_fn *fn, void *arg,
                                struct ratls_error *err)
{
    const struct s3 *s = self;

    return rt_trail_each(&s->now.trail, from_seq, fn, arg, err);
}

static enum ratls_err s3_append(void *self, const struct rt_event *event, struct ratls_error *err)
{
    struct s3 *s = self;

    (void)err;
    s->changed = true;
    return rt_trail_append(&s->now.trail, event);
}

static enum ratls_err s3_put(void *self, const struct ratls_store_item *item, int64_t seq,
                             bool is_new, struct ratls_error *err)
{
    struct s3 *s = self;

    (void)seq;
    (void)is_new;
    (void)err;
    return rt_object_put(&s->now, item);
}

static enum ratls_err s3_head(void *self, struct ratls_store_head *head, struct ratls_error *err)
{
    struct s3 *s = self;
    enum ratls_err e = s->begun ? RATLS_OK : refresh(s, err);

    return e ? e : rt_object_head(rt_bytes_of(&s->text), head, err);
}

static enum ratls_err s3_check(void *self, struct ratls_error *err)
{
    return refresh(self, err);
}

const struct rt_backend rt_s3 = {
    .open = s3_open,
    .close = s3_close,
    .begin = s3_begin,
    .commit = s3_commit,
    .overtaken = s3_overtaken,
    .rollback = s3_rollback,
    .items = s3_items,
    .events = s3_events,
    .append = s3_append,
    .put = s3_put,
    .head = s3_head,
    .check = s3_check,
};
