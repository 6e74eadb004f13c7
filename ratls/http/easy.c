#include "easy.h"

#include <arpa/inet.h>
#include <strings.h>

/* ---- rules ---- */

bool rt_easy_long(CURL *curl, CURLoption option, long value)
{
    return curl_easy_setopt(curl, option, value) == CURLE_OK;
}

bool rt_easy_text(CURL *curl, CURLoption option, const char *value)
{
    return curl_easy_setopt(curl, option, value) == CURLE_OK;
}

bool rt_easy_rules(CURL *curl)
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
        ok = rt_easy_long(curl, rules[i].option, rules[i].value) && ok;
    return rt_easy_text(curl, CURLOPT_PROTOCOLS_STR, "https,http") &&
           rt_easy_text(curl, CURLOPT_PROXY, "") && /* not even from the environment */
           rt_easy_text(curl, CURLOPT_USERAGENT, "ratls") && ok;
}

/* The system's folder would be searched as well. */
enum ratls_err rt_easy_ca(const struct ratls_env *env, CURL *curl, const char *path,
                          struct ratls_error *err)
{
    struct ratls_buffer pem = {0};
    struct curl_blob blob = {.flags = CURL_BLOB_COPY};

    if (!path)
        return RATLS_OK;
    enum ratls_err e = env->read_file(env->arg, path, RT_MAX_FILE, &pem);
    if (e)
        return ratls_fail(err, e, "%s: %s", path, ratls_err_text(e));
    blob.data = pem.p;
    blob.len = pem.len;
    bool ok = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK &&
              rt_easy_text(curl, CURLOPT_CAPATH, NULL);
    ratls_buffer_free(&pem);
    return ok ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* ---- receiving ---- */

/* Answering less than n makes libcurl give up. */
static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct rt_receive *r = arg;

    (void)size; /* 1, says CURLOPT_WRITEFUNCTION(3) */
    if (n > r->max_body - r->body.len) {
        r->why = "the answer is too large";
        return 0;
    }
    rt_put(&r->body, p, n);
    return r->body.bad ? 0 : n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct rt_receive *r = arg;

    (void)p;
    (void)size;
    r->header_bytes += n;
    if (r->header_bytes <= r->max_headers)
        return n;
    r->why = "its headers are too large";
    return 0;
}

bool rt_easy_receive(CURL *curl, struct rt_receive *r)
{
    return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, r) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, r) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, r->curl_says) == CURLE_OK;
}

void rt_easy_content_type(const char *text, char *out, size_t size)
{
    const size_t len = text ? strcspn(text, "; \t") : 0;

    out[0] = 0;
    if (len >= size)
        return;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A' : text[i]);
    out[len] = 0;
}

/* ---- URLs ---- */

bool rt_easy_is_loopback(const char *host)
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

static const char *objection(CURLU *u, bool plain)
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
    else if (strcmp(scheme, "https") != 0 && !(plain && strcmp(scheme, "http") == 0))
        why = "its scheme is not https";
    else if (strcmp(scheme, "http") == 0 && !rt_easy_is_loopback(host))
        why = "plain http is for loopback addresses only";
    curl_free(scheme);
    curl_free(host);
    return why;
}

enum ratls_err rt_easy_url(const char *url, bool plain, CURLU **out, struct ratls_error *err)
{
    CURLU *u = curl_url();
    const char *why = NULL;

    *out = NULL;
    if (!u)
        return RATLS_E_NO_MEMORY;
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
        why = "it is malformed";
    else
        why = objection(u, plain);
    if (why) {
        curl_url_cleanup(u);
        return ratls_fail(err, RATLS_E_USAGE, "the URL is refused: %s", why);
    }
    *out = u;
    return RATLS_OK;
}
