/* s3_http.h - requests to an object store, signed (AWS Signature Version 4, by libcurl), one at a
 * time: GET, PUT and DELETE of objects beneath the prefix.
 *
 * By the rules of ratls/http/easy.h: TLS verified, no redirects, no proxy, limits of size, a time
 * limit for each request. An answer of any status is an answer; what it means is the caller's
 * business. What it does NOT do: ask again. */
#ifndef RT_S3_HTTP_H
#define RT_S3_HTTP_H

#include "s3_conf.h"

#define RT_S3_MAX_OBJECT (16 * 1024 * 1024)
#define RT_S3_MAX_ETAG   160
#define RT_S3_MAX_CODE   64

struct rt_s3_http;

/* The configuration is borrowed until rt_s3_close(), as is `env`. *out is new. */
RATLS_MUST_USE enum ratls_err rt_s3_open(const struct ratls_env *env, const struct rt_s3_conf *conf,
                                         struct rt_s3_http **out, struct ratls_error *err);
void rt_s3_close(struct rt_s3_http *h); /* NULL is legal */

enum rt_s3_verb { RT_S3_GET, RT_S3_PUT, RT_S3_DELETE };

struct rt_s3_request {
    enum rt_s3_verb verb;
    const char *name;        /* of the object, beneath the prefix */
    const char *condition;   /* "If-Match: ..."; NULL: none */
    struct ratls_bytes body; /* of PUT */
};

struct rt_s3_answer { /* rt_s3_answer_free() */
    long status;
    char etag[RT_S3_MAX_ETAG + 1]; /* as it was given, "" when there is none that may be used */
    char code[RT_S3_MAX_CODE + 1]; /* of an error document, such as "NoSuchBucket"; or "" */
    struct ratls_buffer body;
};

/* RATLS_E_TIMEOUT: no answer in time; RATLS_E_LIMIT: more than RT_S3_MAX_OBJECT; RATLS_E_STORE: any
 * other way to get none. After any of them a PUT may have been done. */
RATLS_MUST_USE enum ratls_err rt_s3_ask(struct rt_s3_http *h, const struct rt_s3_request *request,
                                        struct rt_s3_answer *out, struct ratls_error *err);
void rt_s3_answer_free(struct rt_s3_answer *a);
/* What a status says that nobody expected: RATLS_E_STORE_DENIED, RATLS_E_NOT_FOUND, RATLS_E_STORE.
 */
enum ratls_err rt_s3_failed(const struct rt_s3_answer *a, const char *what,
                            struct ratls_error *err);

/* The text of the first <Code> of an error document when it is letters; else "". */
void rt_s3_code(struct ratls_bytes document, char out[RT_S3_MAX_CODE + 1]);
/* Strong (RFC 9110 s.8.8.3), short, in quotes. */
bool rt_s3_is_etag(const char *text);

/* ---- conditions ---- */

/* How the server wants the ETag of If-Match: as it gave it, or without the quotes. */
enum rt_s3_form { RT_S3_QUOTED, RT_S3_BARE };

#define RT_S3_IF_ABSENT "If-None-Match: *"
/* `name` is "If-Match" or "If-None-Match". */
void rt_s3_condition(const char *name, const char *etag, enum rt_s3_form form,
                     char out[RT_S3_MAX_ETAG + 32]);

/* s3_probe.c: tries on an object of its own, which it takes away, whether the server keeps
 * conditions: one that ignores them would let a writer undo what another one wrote.
 * RATLS_E_UNSUPPORTED: it does not. */
RATLS_MUST_USE enum ratls_err rt_s3_probe(const struct ratls_env *env, struct rt_s3_http *h,
                                          enum rt_s3_form *form, struct ratls_error *err);

#endif
