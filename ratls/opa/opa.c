/* One question, one answer, over libcurl with every limit set. */
#include "ratls/opa.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "address.h"
#include "answer.h"
#include "easy.h"

#define MAX_TIMEOUT_MS  INT64_C(600000)
#define MAX_OPA_HEADERS (16 * 1024)
#define MAX_IDLE        4 /* connections kept for further questions */

struct ratls_opa {
    struct rt_opa_address address;
    struct curl_slist *headers;
    int64_t timeout_ms;
    bool global; /* curl_global_init() is to be undone */
    pthread_mutex_t lock;
    CURL *idle[MAX_IDLE]; /* each with its connection */
    size_t n_idle;
};

/* ---- handles ---- */

static bool set_rules(CURL *curl, const struct ratls_opa *opa)
{
    /* "http" last: what holds everywhere allows "https" too. */
    return rt_easy_rules(curl) && rt_easy_text(curl, CURLOPT_PROTOCOLS_STR, "http") &&
           rt_easy_long(curl, CURLOPT_TIMEOUT_MS, (long)opa->timeout_ms) &&
           rt_easy_long(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)opa->timeout_ms) &&
           rt_easy_long(curl, CURLOPT_POST, 1) &&
           rt_easy_text(curl, CURLOPT_URL, opa->address.url) &&
           rt_easy_text(curl, CURLOPT_UNIX_SOCKET_PATH, opa->address.unix_socket) &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, opa->headers) == CURLE_OK;
}

/* New, or one that has done this before; NULL when out of memory. */
static CURL *take_handle(struct ratls_opa *opa)
{
    CURL *curl = NULL;

    (void)pthread_mutex_lock(&opa->lock);
    if (opa->n_idle > 0)
        curl = opa->idle[--opa->n_idle];
    (void)pthread_mutex_unlock(&opa->lock);
    if (curl)
        return curl;
    curl = curl_easy_init();
    if (curl && !set_rules(curl, opa)) {
        curl_easy_cleanup(curl);
        return NULL;
    }
    return curl;
}

/* A connection on which something went wrong is not used again. */
static void give_back(struct ratls_opa *opa, CURL *curl, bool good)
{
    (void)pthread_mutex_lock(&opa->lock);
    if (good && opa->n_idle < MAX_IDLE) {
        opa->idle[opa->n_idle++] = curl;
        curl = NULL;
    }
    (void)pthread_mutex_unlock(&opa->lock);
    curl_easy_cleanup(curl);
}

/* ---- life ---- */

static bool add_headers(struct ratls_opa *opa)
{
    /* Without "Expect:" libcurl would wait before it sends a large body. */
    static const char *const lines[] = {"Content-Type: application/json",
                                        "Accept: application/json", "Expect:"};

    for (size_t i = 0; i < RT_COUNT(lines); i++) {
        struct curl_slist *longer = curl_slist_append(opa->headers, lines[i]);
        if (!longer)
            return false;
        opa->headers = longer;
    }
    return true;
}

enum ratls_err ratls_opa_new(const char *url, const char *path, int64_t timeout_ms,
                             struct ratls_opa **out, struct ratls_error *err)
{
    struct ratls_opa *opa = NULL;
    enum ratls_err e;

    *out = NULL;
    if (timeout_ms < 1 || timeout_ms > MAX_TIMEOUT_MS)
        return ratls_fail(err, RATLS_E_USAGE, "the time for OPA is not 1 ms to 10 minutes");
    if (!(opa = calloc(1, sizeof *opa)))
        return RATLS_E_NO_MEMORY;
    if (pthread_mutex_init(&opa->lock, NULL)) {
        free(opa);
        return RATLS_E_NO_MEMORY;
    }
    opa->timeout_ms = timeout_ms;
    opa->global = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!opa->global || !add_headers(opa))
        e = RATLS_E_NO_MEMORY;
    else
        e = rt_opa_address(url, path, &opa->address, err);
    if (e) {
        ratls_opa_free(opa);
        return e;
    }
    *out = opa;
    return RATLS_OK;
}

void ratls_opa_free(struct ratls_opa *opa)
{
    if (!opa)
        return;
    while (opa->n_idle > 0)
        curl_easy_cleanup(opa->idle[--opa->n_idle]);
    curl_slist_free_all(opa->headers);
    rt_opa_address_free(&opa->address);
    if (opa->global)
        curl_global_cleanup();
    (void)pthread_mutex_destroy(&opa->lock);
    free(opa);
}

/* ---- one question ---- */

static enum ratls_err failed(const struct ratls_opa *opa, const char *why, struct ratls_error *err)
{
    const struct rt_opa_address *a = &opa->address;

    return ratls_fail(err, RATLS_E_OPA_FAILED, "OPA at %.100s: %s",
                      a->unix_socket ? a->unix_socket : a->url, why);
}

static bool is_json(CURL *curl)
{
    char *type = NULL;
    char found[sizeof "application/json"];

    if (curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK)
        return false;
    rt_easy_content_type(type, found, sizeof found);
    return strcmp(found, "application/json") == 0;
}

static enum ratls_err check_answer(struct ratls_opa *opa, CURL *curl, const struct rt_receive *t,
                                   struct ratls_error *err)
{
    struct ratls_error why = {0};
    char answered[32];
    long status = 0;

    if (curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 200) {
        (void)snprintf(answered, sizeof answered, "status %ld, not 200", status);
        return failed(opa, answered, err);
    }
    if (!is_json(curl))
        return failed(opa, "the answer is not application/json", err);
    enum ratls_err e = rt_opa_answer(rt_written(&t->body), &why);
    if (e == RATLS_E_OPA_FAILED)
        return failed(opa, why.detail, err);
    return e ? ratls_fail(err, e, "%s", why.detail[0] ? why.detail : ratls_err_text(e)) : RATLS_OK;
}

static enum ratls_err perform(struct ratls_opa *opa, CURL *curl, struct rt_receive *t,
                              struct ratls_error *err)
{
    CURLcode code = curl_easy_perform(curl);

    if (t->body.bad || code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (code == CURLE_OK)
        return check_answer(opa, curl, t, err);
    if (t->why)
        return failed(opa, t->why, err);
    return failed(opa, t->curl_says[0] ? t->curl_says : curl_easy_strerror(code), err);
}

static bool set_question(CURL *curl, struct ratls_bytes body, struct rt_receive *t)
{
    return curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p) == CURLE_OK &&
           rt_easy_receive(curl, t);
}

/* libcurl keeps pointers. */
static bool forget_question(CURL *curl)
{
    return curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, NULL) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL) == CURLE_OK;
}

static enum ratls_err ask(struct ratls_opa *opa, struct ratls_bytes body, struct ratls_error *err)
{
    struct rt_receive t = {.max_body = RT_MAX_OPA_ANSWER, .max_headers = MAX_OPA_HEADERS};
    enum ratls_err e = RATLS_E_NO_MEMORY;
    CURL *curl = take_handle(opa);

    if (!curl)
        return e;
    if (set_question(curl, body, &t))
        e = perform(opa, curl, &t, err);
    const bool good = e == RATLS_OK || e == RATLS_E_OPA_DENIED;
    give_back(opa, curl, forget_question(curl) && good);
    rt_writer_free(&t.body);
    return e;
}

enum ratls_err ratls_opa_ask(struct ratls_opa *opa, struct ratls_bytes input,
                             struct ratls_error *err)
{
    struct rt_writer body = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put_bytes(&body, ratls_bytes_str("{\"input\":"));
    rt_put_bytes(&body, input);
    rt_put_bytes(&body, ratls_bytes_str("}"));
    if (!body.bad)
        e = ask(opa, rt_written(&body), err);
    rt_writer_free(&body);
    return e;
}

enum ratls_err ratls_opa_judge(void *opa, struct ratls_bytes input, struct ratls_error *err)
{
    return ratls_opa_ask(opa, input, err);
}
