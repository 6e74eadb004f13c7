/* http.h - HTTPS with every limit set, over libcurl: GET, and POST.
 *
 * One rt_http is one curl handle: requests to the same host share a connection. What holds always,
 * without a switch: only https, and http where the host is written as a loopback address or
 * "localhost"; the server's certificate and name are verified; TLS 1.2 at least; no redirects; no
 * proxy and no .netrc, whatever the environment says; for GET status 200 only; limits of size while
 * receiving; one deadline over all requests of the handle, DNS and connecting included.
 * What it does NOT check: anything about the answer's contents. TLS protects the API key and saves
 * work; whether collateral is genuine is a matter of its signatures.
 *
 * Blocks. A handle belongs to one thread at a time; handles of several threads need a libcurl built
 * thread-safe (7.84 or later), as Debian's is. */
#ifndef RT_HTTP_H
#define RT_HTTP_H

#include "base.h"

struct rt_http;

struct rt_http_config {
    const char *ca_file; /* trusted instead of the system's CAs, PEM; NULL: the system's */
    const char *api_key; /* "Ocp-Apim-Subscription-Key"; NULL: none */
    int64_t timeout_ms;  /* from rt_http_open() on, for all requests together; above 0 */
};

/* The config is borrowed for the call, `env` until rt_http_close(). *out is new. RATLS_E_IO or
 * RATLS_E_LIMIT: the CA file; RATLS_E_USAGE: an API key that is none. */
RATLS_MUST_USE enum ratls_err rt_http_open(const struct ratls_env *env,
                                           const struct rt_http_config *config,
                                           struct rt_http **out, struct ratls_error *err);
void rt_http_close(struct rt_http *h); /* NULL is legal */

/* RATLS_E_USAGE unless the URL is one that may be asked: scheme and host as above, decided by the
 * parser that libcurl connects by; no user, no password, no fragment. */
RATLS_MUST_USE enum ratls_err rt_http_check_url(const char *url, struct ratls_error *err);

struct rt_http_request {
    const char *url;
    bool with_key;         /* send the API key; never to another host than it was given for */
    size_t max_body;       /* bytes */
    bool json;             /* of a POST: its body, no form; not together with `with_key` */
    const char *header[2]; /* the answer must have one of these, once; NULL: do not look */
};

struct rt_http_answer { /* new: rt_http_answer_free() */
    struct ratls_buffer body, header;
    int status;
    char content_type[64]; /* rt_easy_content_type() */
};

/* RATLS_E_FETCH whatever goes wrong on the way or at the other end; the detail names the URL
 * without its query. RATLS_E_USAGE as above. */
RATLS_MUST_USE enum ratls_err rt_http_get(struct rt_http *h, const struct rt_http_request *request,
                                          struct rt_http_answer *out, struct ratls_error *err);
/* The same with a body, application/x-www-form-urlencoded or application/json; any status is an
 * answer. Its errors are the endpoint's to explain. */
RATLS_MUST_USE enum ratls_err rt_http_post(struct rt_http *h, const struct rt_http_request *request,
                                           struct ratls_bytes body, struct rt_http_answer *out,
                                           struct ratls_error *err);
void rt_http_answer_free(struct rt_http_answer *a);

#endif
