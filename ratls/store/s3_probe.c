#include <stdio.h>

#include "s3_http.h"

/* One object that nobody else knows. */
struct probe {
    struct rt_s3_http *http;
    char name[sizeof "probe-" + 32];
    char etag[RT_S3_MAX_ETAG + 1]; /* of its first content */
};

static enum ratls_err put(struct probe *p, const char *body, const char *condition,
                          struct rt_s3_answer *out, struct ratls_error *err)
{
    const struct rt_s3_request r = {
        .verb = RT_S3_PUT, .name = p->name, .condition = condition, .body = ratls_bytes_str(body)};

    return rt_s3_ask(p->http, &r, out, err);
}

static enum ratls_err keeps_none(struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_UNSUPPORTED,
                      "the server keeps no conditions (If-Match, If-None-Match): several writers"
                      " would undo each other's changes");
}

/* The content that it had first is not there any more: *done says whether the server believes it.
 */
static enum ratls_err put_if_first(struct probe *p, enum rt_s3_form form, const char *body,
                                   bool *done, struct ratls_error *err)
{
    char condition[RT_S3_MAX_ETAG + 32];
    struct rt_s3_answer a = {0};

    rt_s3_condition("If-Match", p->etag, form, condition);
    enum ratls_err e = put(p, body, condition, &a, err);
    *done = !e && a.status / 100 == 2;
    if (!e && !*done && a.status != 412)
        e = rt_s3_failed(&a, "a PUT with If-Match", err);
    rt_s3_answer_free(&a);
    return e;
}

static enum ratls_err make(struct probe *p, struct ratls_error *err)
{
    struct rt_s3_answer a = {0};
    enum ratls_err e = put(p, "first", RT_S3_IF_ABSENT, &a, err);

    if (!e && a.status == 501) /* NotImplemented: it knows them, and says so */
        e = keeps_none(err);
    else if (!e && a.status / 100 != 2)
        e = rt_s3_failed(&a, "a PUT with If-None-Match", err);
    else if (!e && !*a.etag)
        e = ratls_fail(err, RATLS_E_UNSUPPORTED, "the server gives no strong ETag");
    (void)snprintf(p->etag, sizeof p->etag, "%s", a.etag);
    rt_s3_answer_free(&a);
    return e;
}

static enum ratls_err make_again(struct probe *p, struct ratls_error *err)
{
    struct rt_s3_answer a = {0};
    enum ratls_err e = put(p, "again", RT_S3_IF_ABSENT, &a, err);

    if (!e && a.status / 100 == 2)
        e = keeps_none(err);
    else if (!e && a.status != 412 && a.status != 409)
        e = rt_s3_failed(&a, "a PUT with If-None-Match", err);
    rt_s3_answer_free(&a);
    return e;
}

static enum ratls_err try_all(struct probe *p, enum rt_s3_form *form, struct ratls_error *err)
{
    bool done = false;
    enum ratls_err e = make_again(p, err);

    *form = RT_S3_QUOTED;
    if (!e)
        e = put_if_first(p, *form, "second", &done, err);
    if (!e && !done) { /* as Ceph 16 has it */
        *form = RT_S3_BARE;
        e = put_if_first(p, *form, "second", &done, err);
    }
    if (!e && !done)
        return keeps_none(err); /* nobody could change anything */
    if (!e)
        e = put_if_first(p, *form, "third", &done, err);
    return !e && done ? keeps_none(err) : e;
}

enum ratls_err rt_s3_probe(const struct ratls_env *env, struct rt_s3_http *h, enum rt_s3_form *form,
                           struct ratls_error *err)
{
    struct probe p = {.http = h, .name = "probe-"};
    struct rt_s3_answer unused = {0};
    uint8_t random[16];

    if (env->random(env->arg, random, sizeof random) != 0)
        return RATLS_E_CRYPTO;
    rt_hex(ratls_bytes(random, sizeof random), p.name + strlen(p.name));
    enum ratls_err e = make(&p, err);
    if (e)
        return e;
    e = try_all(&p, form, err);
    const struct rt_s3_request away = {.verb = RT_S3_DELETE, .name = p.name};
    (void)!rt_s3_ask(h, &away, &unused, NULL); /* one that stays does no harm */
    rt_s3_answer_free(&unused);
    return e;
}
