#include "http.h"

#include <stdio.h>
#include <stdlib.h>

#include "easy.h"

#define KEY_HEADER     "Ocp-Apim-Subscription-Key: "
#define CONNECT_MAX_MS 10000
#define SHOWN_URL      150 /* characters of a URL in the detail of an error */

/* One request under way. */
struct transfer {
    const struct rt_http_request *request;
    struct rt_receive receive;
    bool any_status;
};

struct rt_http {
    const struct ratls_env *env;
    CURL *curl;
    struct curl_slist *with_key;  /* headers of requests that carry the API key; NULL: no key */
    struct curl_slist *with_json; /* those of a JSON body */
    int64_t deadline_ms;
    bool global; /* curl_global_init() is to be undone */
    struct transfer transfer;
};

enum ratls_err rt_http_check_url(const char *url, struct ratls_error *err)
{
    CURLU *u = NULL;
    enum ratls_err e = rt_easy_url(url, true, &u, err);

    curl_url_cleanup(u);
    return e;
}

/* ---- the handle ---- */

/* A line end in the key would end the header and begin another. */
static enum ratls_err set_key(struct rt_http *h, const char *key, struct ratls_error *err)
{
    char line[sizeof KEY_HEADER + RT_MAX_API_KEY];

    if (!key)
        return RATLS_OK;
    for (const char *c = key; *c; c++)
        if (*c <= ' ' || *c > '~')
            return ratls_fail(err, RATLS_E_USAGE, "the API key holds other than visible ASCII");
    if (!*key || strlen(key) > RT_MAX_API_KEY)
        return ratls_fail(err, RATLS_E_USAGE, "the API key is empty or too long");
    (void)snprintf(line, sizeof line, KEY_HEADER "%s", key);
    h->with_key = curl_slist_append(NULL, line);
    rt_wipe(line, sizeof line);
    return h->with_key ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err rt_http_open(const struct ratls_env *env, const struct rt_http_config *config,
                            struct rt_http **out, struct ratls_error *err)
{
    struct rt_http *h = calloc(1, sizeof *h);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!h)
        return e;
    h->env = env;
    h->deadline_ms = env->monotonic_ms(env->arg) + config->timeout_ms;
    h->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    h->curl = h->global ? curl_easy_init() : NULL;
    h->with_json = curl_slist_append(NULL, "Content-Type: application/json");
    if (!h->curl || !h->with_json || !rt_easy_rules(h->curl) ||
        !rt_easy_receive(h->curl, &h->transfer.receive))
        (void)ratls_fail(err, e, "libcurl does not start");
    else if ((e = rt_easy_ca(env, h->curl, config->ca_file, err)) == RATLS_OK)
        e = set_key(h, config->api_key, err);
    if (e) {
        rt_http_close(h);
        return e;
    }
    *out = h;
    return RATLS_OK;
}

void rt_http_close(struct rt_http *h)
{
    if (!h)
        return;
    curl_easy_cleanup(h->curl);
    for (struct curl_slist *line = h->with_key; line; line = line->next)
        rt_wipe(line->data, strlen(line->data));
    curl_slist_free_all(h->with_key);
    curl_slist_free_all(h->with_json);
    if (h->global)
        curl_global_cleanup();
    free(h);
}

/* ---- one request ---- */

static bool prepare(struct rt_http *h, CURLU *url, const struct rt_http_request *request)
{
    struct curl_slist *lines = request->json       ? h->with_json
                               : request->with_key ? h->with_key
                                                   : NULL;
    int64_t left = h->deadline_ms - h->env->monotonic_ms(h->env->arg);

    h->transfer = (struct transfer){
        .request = request,
        .receive = {.max_body = request->max_body, .max_headers = RT_MAX_HTTP_HEADERS}};
    if (left < 1)
        left = 1; /* 0 would be no limit */
    return rt_easy_long(h->curl, CURLOPT_TIMEOUT_MS, (long)left) &&
           rt_easy_long(h->curl, CURLOPT_CONNECTTIMEOUT_MS,
                        (long)(left < CONNECT_MAX_MS ? left : CONNECT_MAX_MS)) &&
           curl_easy_setopt(h->curl, CURLOPT_CURLU, url) == CURLE_OK &&
           curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, lines) == CURLE_OK;
}

static enum ratls_err fetch_failed(const struct transfer *t, const char *why,
                                   struct ratls_error *err)
{
    int shown = (int)strcspn(t->request->url, "?");

    return ratls_fail(err, RATLS_E_FETCH, "%.*s: %s", shown < SHOWN_URL ? shown : SHOWN_URL,
                      t->request->url, why);
}

static enum ratls_err perform(CURL *curl, struct transfer *t, struct ratls_error *err)
{
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    char answered[32];

    if (t->receive.body.bad || code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (code != CURLE_OK) {
        const char *says = t->receive.curl_says;
        const char *why = says[0] ? says : curl_easy_strerror(code);
        return fetch_failed(t, t->receive.why ? t->receive.why : why, err);
    }
    if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
        (status != 200 && !t->any_status)) {
        (void)snprintf(answered, sizeof answered, "status %ld, not 200", status);
        return fetch_failed(t, answered, err);
    }
    return RATLS_OK;
}

/* Twice the same header: an answer put together by two servers, and nobody's choice. */
static enum ratls_err take_header(CURL *curl, const struct transfer *t, struct ratls_buffer *out,
                                  struct ratls_error *err)
{
    struct curl_header *found = NULL;

    if (!t->request->header[0])
        return RATLS_OK;
    for (size_t i = 0; i < RT_COUNT(t->request->header) && t->request->header[i] && !found; i++)
        if (curl_easy_header(curl, t->request->header[i], 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
            found = NULL;
    if (!found || found->amount != 1) {
        char why[80];
        (void)snprintf(why, sizeof why, "%s %.40s header", found ? "more than one" : "no",
                       t->request->header[0]);
        return fetch_failed(t, why, err);
    }
    return rt_dup(ratls_bytes_str(found->value), out);
}

static void take_head(CURL *curl, struct rt_http_answer *out)
{
    char *type = NULL;
    long status = 0;

    if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
        out->status = (int)status;
    if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK)
        rt_easy_content_type(type, out->content_type, sizeof out->content_type);
}

static bool set_method(CURL *curl, const struct ratls_bytes *body)
{
    if (!body)
        return rt_easy_long(curl, CURLOPT_HTTPGET, 1);
    return rt_easy_long(curl, CURLOPT_POST, 1) &&
           rt_easy_long(curl, CURLOPT_POSTFIELDSIZE, (long)body->len) &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body->p) == CURLE_OK;
}

/* `body` NULL: GET. */
static enum ratls_err ask(struct rt_http *h, const struct rt_http_request *request,
                          const struct ratls_bytes *body, struct rt_http_answer *out,
                          struct ratls_error *err)
{
    CURLU *url = NULL;
    enum ratls_err e = rt_easy_url(request->url, true, &url, err);

    *out = (struct rt_http_answer){0};
    if (e)
        return e;
    e = RATLS_E_NO_MEMORY;
    if (prepare(h, url, request) && set_method(h->curl, body)) {
        h->transfer.any_status = body != NULL;
        e = perform(h->curl, &h->transfer, err);
    }
    (void)curl_easy_setopt(h->curl, CURLOPT_CURLU, NULL);
    curl_url_cleanup(url);
    if (e == RATLS_OK)
        e = take_header(h->curl, &h->transfer, &out->header, err);
    if (e == RATLS_OK)
        e = rt_writer_take(&h->transfer.receive.body, &out->body);
    if (e)
        rt_http_answer_free(out);
    else
        take_head(h->curl, out);
    rt_writer_free(&h->transfer.receive.body);
    return e;
}

enum ratls_err rt_http_get(struct rt_http *h, const struct rt_http_request *request,
                           struct rt_http_answer *out, struct ratls_error *err)
{
    return ask(h, request, NULL, out, err);
}

/* libcurl itself names the type of forms: it is its default. */
enum ratls_err rt_http_post(struct rt_http *h, const struct rt_http_request *request,
                            struct ratls_bytes body, struct rt_http_answer *out,
                            struct ratls_error *err)
{
    return ask(h, request, &body, out, err);
}

void rt_http_answer_free(struct rt_http_answer *a)
{
    ratls_buffer_free(&a->body);
    ratls_buffer_free(&a->header);
}
