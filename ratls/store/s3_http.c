#include "s3_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "easy.h"

#define HASH_HEADER "x-amz-content-sha256: "
/* By itself libcurl would say that it is a form. */
#define TYPE_HEADER "Content-Type: application/octet-stream"

enum { MAX_HEADERS = 16 * 1024, MAX_NAME = 64 };

struct rt_s3_http {
    const struct rt_s3_conf *conf;
    CURL *curl;
    bool global; /* curl_global_init() is to be undone */
    struct rt_receive receive;
};

/* ---- the handle ---- */

static bool set_keys(CURL *curl, const struct rt_s3_conf *conf)
{
    char provider[sizeof "aws:amz::s3" + sizeof conf->region];

    (void)snprintf(provider, sizeof provider, "aws:amz:%s:s3", conf->region);
    return rt_easy_text(curl, CURLOPT_AWS_SIGV4, provider) &&
           rt_easy_text(curl, CURLOPT_USERNAME, conf->keys->access) &&
           rt_easy_text(curl, CURLOPT_PASSWORD, conf->keys->secret);
}

enum ratls_err rt_s3_open(const struct ratls_env *env, const struct rt_s3_conf *conf,
                          struct rt_s3_http **out, struct ratls_error *err)
{
    struct rt_s3_http *h = calloc(1, sizeof *h);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!h)
        return e;
    h->conf = conf;
    h->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    h->curl = h->global ? curl_easy_init() : NULL;
    if (!h->curl || !rt_easy_rules(h->curl) || !rt_easy_receive(h->curl, &h->receive) ||
        !set_keys(h->curl, conf) ||
        !rt_easy_long(h->curl, CURLOPT_TIMEOUT_MS, (long)conf->timeout_ms) ||
        !rt_easy_long(h->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->timeout_ms))
        (void)ratls_fail(err, e, "libcurl does not start");
    else
        e = rt_easy_ca(env, h->curl, conf->ca_file, err);
    if (e) {
        rt_s3_close(h);
        return e;
    }
    *out = h;
    return RATLS_OK;
}

void rt_s3_close(struct rt_s3_http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->curl);
    if (h->global)
        curl_global_cleanup();
    free(h);
}

/* ---- what an answer says ---- */

void rt_s3_code(struct ratls_bytes document, char out[RT_S3_MAX_CODE + 1])
{
    static const char begin[] = "<Code>";
    const uint8_t *at =
        document.len ? memmem(document.p, document.len, begin, strlen(begin)) : NULL;
    size_t n = 0;

    out[0] = 0;
    if (!at)
        return;
    struct rt_reader r = rt_reader(document);
    rt_skip(&r, (size_t)(at - document.p) + strlen(begin));
    for (uint8_t c = rt_u8(&r); n < RT_S3_MAX_CODE; c = rt_u8(&r)) {
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            break;
        out[n++] = (char)c;
    }
    out[n] = 0;
}

bool rt_s3_is_etag(const char *text)
{
    const size_t len = strnlen(text, RT_S3_MAX_ETAG + 1);

    if (len < 3 || len > RT_S3_MAX_ETAG || text[0] != '"' || text[len - 1] != '"')
        return false;
    for (size_t i = 1; i < len - 1; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"')
            return false;
    return true;
}

enum ratls_err rt_s3_failed(const struct rt_s3_answer *a, const char *what, struct ratls_error *err)
{
    const enum ratls_err e = a->status == 401 || a->status == 403 ? RATLS_E_STORE_DENIED
                             : a->status == 404                   ? RATLS_E_NOT_FOUND
                                                                  : RATLS_E_STORE;

    return ratls_fail(err, e, "the object store answers %s with status %ld %s", what, a->status,
                      a->code);
}

static enum ratls_err take_answer(struct rt_s3_http *h, struct rt_s3_answer *out)
{
    struct curl_header *etag = NULL;

    if (curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &out->status) != CURLE_OK)
        return RATLS_E_STORE;
    if (curl_easy_header(h->curl, "ETag", 0, CURLH_HEADER, -1, &etag) == CURLHE_OK &&
        etag->amount == 1 && rt_s3_is_etag(etag->value))
        (void)snprintf(out->etag, sizeof out->etag, "%s", etag->value);
    if (out->status >= 300)
        rt_s3_code(rt_written(&h->receive.body), out->code);
    return rt_writer_take(&h->receive.body, &out->body);
}

void rt_s3_answer_free(struct rt_s3_answer *a)
{
    ratls_buffer_free(&a->body);
    *a = (struct rt_s3_answer){0};
}

/* ---- one request ---- */

/* All of them are signed. "Expect:" is not taken out: libcurl 7.88 would sign it as if it were
 * there.
 */
static enum ratls_err make_headers(const struct rt_s3_request *r, struct curl_slist **out)
{
    uint8_t digest[RT_SHA256_LEN];
    char hash[sizeof HASH_HEADER + 2 * sizeof digest] = HASH_HEADER;
    enum ratls_err e = rt_sha256(r->body, digest);

    if (e)
        return e;
    rt_hex(ratls_bytes(digest, sizeof digest), hash + strlen(HASH_HEADER));
    const char *const lines[] = {hash, r->verb == RT_S3_PUT ? TYPE_HEADER : NULL, r->condition};
    for (size_t i = 0; i < RT_COUNT(lines); i++) {
        struct curl_slist *longer = lines[i] ? curl_slist_append(*out, lines[i]) : *out;
        if (!longer)
            return RATLS_E_NO_MEMORY;
        *out = longer;
    }
    return RATLS_OK;
}

static bool set_request(CURL *curl, const struct rt_s3_conf *conf, const struct rt_s3_request *r)
{
    static const char *const verbs[] = {NULL, "PUT", "DELETE"};
    char url[2048];

    if (snprintf(url, sizeof url, "%s/%.*s", conf->base, MAX_NAME, r->name) >= (int)sizeof url)
        return false;
    if (!rt_easy_text(curl, CURLOPT_URL, url) || !rt_easy_long(curl, CURLOPT_HTTPGET, 1))
        return false;
    if (r->verb == RT_S3_PUT &&
        (!rt_easy_long(curl, CURLOPT_POST, 1) ||
         curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len) != CURLE_OK ||
         curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)r->body.p) != CURLE_OK))
        return false;
    return rt_easy_text(curl, CURLOPT_CUSTOMREQUEST, verbs[r->verb]);
}

static enum ratls_err perform(struct rt_s3_http *h, struct ratls_error *err)
{
    CURLcode code = curl_easy_perform(h->curl);
    const struct rt_receive *r = &h->receive;

    if (code == CURLE_OK)
        return RATLS_OK;
    if (r->body.bad || code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (r->why)
        return ratls_fail(err, RATLS_E_LIMIT, "object store: %s", r->why);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ratls_fail(err, RATLS_E_TIMEOUT, "object store: no answer within %lld ms",
                          (long long)h->conf->timeout_ms);
    return ratls_fail(err, RATLS_E_STORE, "object store: %s",
                      r->curl_says[0] ? r->curl_says : curl_easy_strerror(code));
}

enum ratls_err rt_s3_ask(struct rt_s3_http *h, const struct rt_s3_request *request,
                         struct rt_s3_answer *out, struct ratls_error *err)
{
    struct curl_slist *headers = NULL;
    enum ratls_err e = make_headers(request, &headers);

    *out = (struct rt_s3_answer){0};
    h->receive = (struct rt_receive){.max_body = RT_S3_MAX_OBJECT, .max_headers = MAX_HEADERS};
    if (!e && (curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
               !set_request(h->curl, h->conf, request)))
        e = RATLS_E_NO_MEMORY;
    if (!e)
        e = perform(h, err);
    if (!e)
        e = take_answer(h, out);
    /* libcurl keeps pointers. */
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(headers);
    rt_writer_free(&h->receive.body);
    return e;
}

/* ---- conditions ---- */

void rt_s3_condition(const char *name, const char *etag, enum rt_s3_form form,
                     char out[RT_S3_MAX_ETAG + 32])
{
    const size_t len = strlen(etag), quote = form == RT_S3_BARE && len >= 2;

    (void)snprintf(out, RT_S3_MAX_ETAG + 32, "%s: %.*s", name, (int)(len - 2 * quote),
                   etag + quote);
}
