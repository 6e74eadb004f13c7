/* easy.h - what holds for every libcurl handle here: rules, URLs, and how answers are received.
 *
 * No redirects, no proxy and no .netrc, whatever the environment says; HTTP/1.1; limits of size
 * while receiving. Which servers may be asked, and how they prove who they are, is the business of
 * whoever uses it: ratls/fetch, ratls/opa, ratls/store. */
#ifndef RT_EASY_H
#define RT_EASY_H

#include <curl/curl.h>

#include "base.h"

bool rt_easy_long(CURL *curl, CURLoption option, long value);
bool rt_easy_text(CURL *curl, CURLoption option, const char *value);
RATLS_MUST_USE bool rt_easy_rules(CURL *curl);
/* The CAs of this PEM file and no others; NULL: the system's. RATLS_E_IO, RATLS_E_LIMIT. */
RATLS_MUST_USE enum ratls_err rt_easy_ca(const struct ratls_env *env, CURL *curl, const char *path,
                                         struct ratls_error *err);

/* One answer under way. libcurl keeps a pointer to it, so it lives as long as the handle. */
struct rt_receive {
    size_t max_body, max_headers; /* bytes */
    struct rt_writer body;
    size_t header_bytes;
    const char *why; /* refused while receiving */
    char curl_says[CURL_ERROR_SIZE];
};
RATLS_MUST_USE bool rt_easy_receive(CURL *curl, struct rt_receive *r);

/* "Application/JSON; charset=utf-8" becomes "application/json"; "" for NULL and what is longer. */
void rt_easy_content_type(const char *text, char *out, size_t size);

/* As a URL has it: 127.0.0.0/8 (RFC 6890), ::1, or the name that libcurl never asks a resolver
 * about. */
bool rt_easy_is_loopback(const char *host);
/* *out is new: curl_url_cleanup(). The URL is not shown before it is known to hold no password.
 * Only https; http likewise where `plain` and the host is written as a loopback address or
 * "localhost". No user, no password, no fragment. RATLS_E_USAGE. */
RATLS_MUST_USE enum ratls_err rt_easy_url(const char *url, bool plain, CURLU **out,
                                          struct ratls_error *err);

#endif
