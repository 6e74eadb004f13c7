#include "http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <curl/curl.h>

#define KEY_HEADER     "Ocp-Apim-Subscription-Key: "
#define CONNECT_MAX_MS 10000
#define SHOWN_URL      150 /* characters of a URL in the detail of an error */

/* One request under way. libcurl keeps pointers to it, so it lives as long as the handle. */
struct transfer {
    const struct rt_http_request *request;
    struct rt_writer body;
    size_t header_bytes;
    const char *why; /* refused while receiving */
    char curl_says[CURL_ERROR_SIZE];
};

struct rt_http {
    const struct ratls_env *env;
    CURL *curl;
    struct curl_slist *with_key; /* headers of requests that carry the API key; NULL: no key */
    int64_t deadline_ms;
    bool global; /* curl_global_init() is to be undone */
    struct transfer transfer;
};

/* ---- URLs ---- */

/* 127.0.0.0/8 (RFC 6890), ::1, or the name that libcurl never asks a resolver about. */
static bool is_loopback(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcasecmp(host, "localhost") == 0;
}

static bool has_part(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static const char *objection(CURLU *u)
{
    char *scheme = NULL, *host = NULL;
    const char *why = NULL;

    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        why = "it has no scheme or host";
    else if (has_part(u, CURLUPART_USER)) /* empty in front of a password alone */
        why = "it holds a user or password";
    else if (has_part(u, CURLUPART_FRAGMENT))
        why = "it has a fragment";
    else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        why = "its scheme is not https";
    else if (strcmp(scheme, "http") == 0 && !is_loopback(host))
        why = "plain http is for loopback addresses only";
    curl_free(scheme);
    curl_free(host);
    return why;
}

/* *out is new: curl_url_cleanup(). The URL is not shown before it is known to hold no password. */
static enum ratls_err parse_url(const char *url, CURLU **out, struct ratls_error *err)
{
    CURLU *u = curl_url();
    const char *why = NULL;

    *out = NULL;
    if (!u)
        return RATLS_E_NO_MEMORY;
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
        why = "it is malformed";
    else
        why = objection(u);
    if (why) {
        curl_url_cleanup(u);
        return ratls_fail(err, RATLS_E_USAGE, "the URL is refused: %s", why);
    }
    *out = u;
    return RATLS_OK;
}

enum ratls_err rt_http_check_url(const char *url, struct ratls_error *err)
{
    CURLU *u = NULL;
    enum ratls_err e = parse_url(url, &u, err);

    curl_url_cleanup(u);
    return e;
}

/* ---- receiving ---- */

/* Answering less than n makes libcurl give up. */
static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    (void)size; /* 1, says CURLOPT_WRITEFUNCTION(3) */
    if (n > t->request->max_body - t->body.len) {
        t->why = "the answer is too large";
        return 0;
    }
    rt_put(&t->body, p, n);
    return t->body.bad ? 0 : n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;

    (void)p;
    (void)size;
    t->header_bytes += n;
    if (t->header_bytes <= RT_MAX_HTTP_HEADERS)
        return n;
    t->why = "its headers are too large";
    return 0;
}

/* ---- the handle ---- */

static bool set_long(CURL *curl, CURLoption option, long value)
{
    return curl_easy_setopt(curl, option, value) == CURLE_OK;
}

static bool set_text(CURL *curl, CURLoption option, const char *value)
{
    return curl_easy_setopt(curl, option, value) == CURLE_OK;
}

static bool set_rules(CURL *curl)
{
    static const struct {
        CURLoption option;
        long value;
    } rules[] = {
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_NOSIGNAL, 1}, /* threads */
    };
    bool ok = true;

    for (size_t i = 0; i < RT_COUNT(rules); i++)
        ok = set_long(curl, rules[i].option, rules[i].value) && ok;
    return set_text(curl, CURLOPT_PROTOCOLS_STR, "https,http") &&
           set_text(curl, CURLOPT_PROXY, "") && /* not even from the environment */
           set_text(curl, CURLOPT_USERAGENT, "ratls") && ok;
}

static bool set_callbacks(CURL *curl, struct transfer *t)
{
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->curl_says) == CURLE_OK;
}

/* These CAs and no others: the system's folder would be searched as well. */
static enum ratls_err set_ca(struct rt_http *h, const char *path, struct ratls_error *err)
{
    struct ratls_buffer pem = {0};
    struct curl_blob blob = {.flags = CURL_BLOB_COPY};

    if (!path)
        return RATLS_OK;
    enum ratls_err e = h->env->read_file(h->env->arg, path, RT_MAX_FILE, &pem);
    if (e)
        return ratls_fail(err, e, "%s: %s", path, ratls_err_text(e));
    blob.data = pem.p;
    blob.len = pem.len;
    bool ok = curl_easy_setopt(h->curl, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK &&
              set_text(h->curl, CURLOPT_CAPATH, NULL);
    ratls_buffer_free(&pem);
    return ok ? RATLS_OK : RATLS_E_NO_MEMORY;
}

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
    if (!h->curl || !set_rules(h->curl) || !set_callbacks(h->curl, &h->transfer))
        (void)ratls_fail(err, e, "libcurl does not start");
    else if ((e = set_ca(h, config->ca_file, err)) == RATLS_OK)
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
    if (h->global)
        curl_global_cleanup();
    free(h);
}

/* ---- one request ---- */

static bool prepare(struct rt_http *h, CURLU *url, const struct rt_http_request *request)
{
    struct curl_slist *lines = request->with_key ? h->with_key : NULL;
    int64_t left = h->deadline_ms - h->env->monotonic_ms(h->env->arg);

    h->transfer = (struct transfer){.request = request};
    if (left < 1)
        left = 1; /* 0 would be no limit */
    return set_long(h->curl, CURLOPT_TIMEOUT_MS, (long)left) &&
           set_long(h->curl, CURLOPT_CONNECTTIMEOUT_MS,
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

    if (t->body.bad || code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (code != CURLE_OK) {
        const char *why = t->curl_says[0] ? t->curl_says : curl_easy_strerror(code);
        return fetch_failed(t, t->why ? t->why : why, err);
    }
    if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200) {
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

enum ratls_err rt_http_get(struct rt_http *h, const struct rt_http_request *request,
                           struct rt_http_answer *out, struct ratls_error *err)
{
    CURLU *url = NULL;
    enum ratls_err e = parse_url(request->url, &url, err);

    *out = (struct rt_http_answer){0};
    if (e)
        return e;
    e = prepare(h, url, request) ? perform(h->curl, &h->transfer, err) : RATLS_E_NO_MEMORY;
    (void)curl_easy_setopt(h->curl, CURLOPT_CURLU, NULL);
    curl_url_cleanup(url);
    if (e == RATLS_OK)
        e = take_header(h->curl, &h->transfer, &out->header, err);
    if (e == RATLS_OK)
        e = rt_writer_take(&h->transfer.body, &out->body);
    if (e)
        rt_http_answer_free(out);
    rt_writer_free(&h->transfer.body);
    return e;
}

void rt_http_answer_free(struct rt_http_answer *a)
{
    ratls_buffer_free(&a->body);
    ratls_buffer_free(&a->header);
}
