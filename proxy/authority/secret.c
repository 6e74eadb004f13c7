/* Requests for secrets. */
#include <stdlib.h>

#include <event2/buffer.h>

#include "answer.h"

#define VERSION     "version="
#define MAX_VERSION 9 /* digits */
#define JOSE        "application/jose"
#define BYTES       "application/octet-stream"

enum form { FORM_BYTES, FORM_JWE, FORM_NONE };

/* 0: the one in force; -1: malformed. */
static int64_t version_of(const char *query)
{
    if (!query)
        return 0;
    if (strncmp(query, VERSION, strlen(VERSION)) != 0)
        return -1;
    const char *digits = &query[strlen(VERSION)];
    const size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > MAX_VERSION || digits[len] || digits[0] == '0')
        return -1;
    return strtoll(digits, NULL, 10);
}

/* One media type, without parameters: who wants a choice gets none (RFC 9110 s.12.5.1). */
static enum form form_of(const char *accept)
{
    if (!accept || strcmp(accept, "*/*") == 0 || strcmp(accept, BYTES) == 0)
        return FORM_BYTES;
    return strcmp(accept, JOSE) == 0 ? FORM_JWE : FORM_NONE;
}

/* The peer does not learn which of its claims were refused: all others are 403. */
static int status_of(enum ratls_err e)
{
    static const struct {
        enum ratls_err e;
        int status;
    } rows[] = {
        {RATLS_E_LIMIT, 429},
        {RATLS_E_NOT_FOUND, 404},
        {RATLS_E_USAGE, 404}, /* no name at all */
        {RATLS_E_KEK, 500},
        {RATLS_E_KEK_MISMATCH, 500},
        {RATLS_E_SECRET_TAMPERED, 500},
        {RATLS_E_NO_MEMORY, 500},
        {RATLS_E_CRYPTO, 500},
        {RATLS_E_INTERNAL, 500},
        {RATLS_E_STORE, 503},
        {RATLS_E_STORE_DENIED, 503},
        {RATLS_E_STORE_TAMPERED, 503},
        {RATLS_E_TIMEOUT, 503},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].e == e)
            return rows[i].status;
    return 403;
}

/* ---- a release: in the loop, in the thread of its custody, and in the loop again ---- */

struct release {
    struct px_job job;
    struct px_authority *authority;
    const struct px_custody *custody;
    struct evhttp_request *req; /* the loop's; NULL: whoever asked is gone */
    struct px_subject subject;  /* who it was */
    char *name;
    int64_t version;
    enum form form;
    int64_t until_ms; /* nobody waits longer for the store */
    struct ratls_secret_value *value;
    struct ratls_buffer jwe;
    enum ratls_err e;
    struct ratls_error err;
};

static void on_gone(struct evhttp_connection *c, void *arg)
{
    struct release *r = arg;

    (void)c;
    r->req = NULL;
}

static void release_free(struct release *r)
{
    r->authority->custodies.library.value_free(r->value);
    ratls_buffer_free(&r->jwe);
    px_subject_free(&r->subject);
    free(r->name);
    free(r);
}

static void drop(struct px_job *job)
{
    struct release *r = (struct release *)job;

    if (r->req)
        evhttp_connection_set_closecb(evhttp_request_get_connection(r->req), NULL, NULL);
    release_free(r);
}

/* To the key that the evidence names, and that the peer proved to hold. */
static enum ratls_err seal(struct release *r)
{
    const struct px_custody_library *l = &r->authority->custodies.library;
    const struct ratls_jwe_key to = {r->subject.spki, r->custody->enc};
    enum ratls_err e = l->jwe(r->authority->env, l->bytes(r->value), &to, &r->jwe, &r->err);

    l->value_free(r->value);
    r->value = NULL;
    return e;
}

static void work(void *arg, struct px_job *job)
{
    struct release *r = (struct release *)job;
    const struct px_subject *s = &r->subject;
    const struct ratls_secret_peer peer = {.verdict = RATLS_OK,
                                           .expires = s->expires,
                                           .level = s->level,
                                           .tee = s->tee,
                                           .measurement = s->measurement,
                                           .claims = s->claims,
                                           .spki_sha256 = {s->spki_sha256, 32}};
    const struct ratls_secret_request request = {
        .name = r->name, .version = r->version, .peer = &peer, .author = "ratls-proxy"};
    const struct px_authority *a = arg;

    if (a->env->monotonic_ms(a->env->arg) > r->until_ms) {
        r->e = ratls_fail(&r->err, RATLS_E_TIMEOUT, "others were waited for too long");
        return;
    }
    r->e = a->custodies.library.release(r->custody->custody, &request, &r->value, &r->version,
                                        &r->err);
    if (!r->e && r->form == FORM_JWE)
        r->e = seal(r);
}

static void note(const struct release *r)
{
    const struct px_subject *s = &r->subject;
    struct px_line line;

    px_stats_add(r->custody->stats, r->e ? PX_SECRETS_REFUSED : PX_SECRETS_RELEASED, 1);
    px_line_begin(&line, r->e ? "secret_refused" : "secret");
    px_line_text(&line, "service", r->custody->service);
    px_line_text(&line, "peer", s->peer);
    px_line_text(&line, "name", r->name);
    px_line_int(&line, "version", r->version);
    px_line_text(&line, "form", r->form == FORM_JWE ? "jwe" : "bytes");
    px_line_text(&line, "tee", s->tee);
    px_line_text(&line, "measurement", s->measurement);
    px_line_bool(&line, "simulated", s->simulated);
    px_line_hex(&line, "peer_spki", ratls_bytes(s->spki_sha256, sizeof s->spki_sha256));
    if (r->e) {
        px_line_text(&line, "reason", ratls_err_reason(r->e));
        px_line_text(&line, "detail", r->err.detail);
    }
    px_line_end(&line, &r->authority->log);
}

/* It was written to the connection, or will never be. */
static void on_sent(const void *bytes, size_t len, void *arg)
{
    (void)bytes;
    (void)len;
    release_free(arg);
}

static void done(void *arg, struct px_job *job)
{
    struct release *r = (struct release *)job;
    struct evhttp_request *req = r->req;

    (void)arg;
    note(r);
    if (req)
        evhttp_connection_set_closecb(evhttp_request_get_connection(req), NULL, NULL);
    if (req && !r->e && r->form == FORM_BYTES) {
        px_answer_lent(req, BYTES, r->authority->custodies.library.bytes(r->value),
                       &(struct px_loan){on_sent, r});
        return;
    }
    if (req && !r->e)
        px_answer(req, 200, JOSE, ratls_bytes(r->jwe.p, r->jwe.len));
    else if (req)
        px_answer_problem(req, status_of(r->e));
    release_free(r);
}

const struct px_jobs_ops px_release_ops = {.work = work, .done = done, .drop = drop};

/* Takes the subject of the visit, and leaves none. */
static struct release *release_new(const struct px_visit *v, const char *name)
{
    struct release *r = calloc(1, sizeof *r);

    if (!r || !(r->name = strdup(name))) {
        free(r);
        return NULL;
    }
    r->authority = v->authority;
    r->custody = v->custody;
    r->req = v->req;
    r->subject = *v->subject;
    *v->subject = (struct px_subject){0};
    r->until_ms = v->authority->env->monotonic_ms(v->authority->env->arg) + PX_CUSTODY_WAIT_MS;
    return r;
}

static void begin(const struct px_visit *v, struct release *r)
{
    if (px_jobs_add(v->custody->jobs, &r->job, PX_CUSTODY_QUEUE)) {
        evhttp_connection_set_closecb(evhttp_request_get_connection(v->req), on_gone, r);
        return;
    }
    r->e = ratls_fail(&r->err, RATLS_E_TIMEOUT, "too many wait for the store");
    done(v->authority, &r->job);
}

void px_answer_secret(const struct px_visit *v, const char *name, const char *query)
{
    const int64_t version = version_of(query);
    const enum form form = form_of(px_request_header(v->req, "Accept"));
    struct release *r = NULL;

    if (evhttp_request_get_command(v->req) != EVHTTP_REQ_GET) {
        px_answer_header(v->req, "Allow", "GET");
        px_answer_problem(v->req, 405);
    } else if (version < 0) {
        px_answer_problem(v->req, 400);
    } else if (form == FORM_NONE) {
        px_answer_problem(v->req, 406);
    } else if ((r = release_new(v, name)) == NULL) {
        px_answer_problem(v->req, 500);
    } else {
        r->version = version;
        r->form = form;
        begin(v, r);
    }
}
