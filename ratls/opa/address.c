#include "address.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "easy.h"

#define UNIX_SCHEME "http+unix:"
#define DATA_API    "/v1/data/"

static bool is_path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Names with single slashes between them: nothing that a URL would read otherwise. */
static bool is_rule(const char *path)
{
    size_t len = strlen(path);

    if (len == 0 || len > RT_MAX_OPA_PATH || path[0] == '/' || path[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_path_char(path[i]) && (path[i] != '/' || path[i + 1] == '/'))
            return false;
    return true;
}

/* NULL: the part is not there. New: curl_free(). */
static char *part_of(CURLU *u, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(u, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static bool has_more(CURLU *u)
{
    static const CURLUPart parts[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                      CURLUPART_FRAGMENT};
    bool more = false;

    for (size_t i = 0; i < RT_COUNT(parts); i++) {
        char *text = part_of(u, parts[i]);
        more = more || text;
        curl_free(text);
    }
    char *path = part_of(u, CURLUPART_PATH);
    more = more || (path && strcmp(path, "/") != 0);
    curl_free(path);
    return more;
}

/* Nothing of the URL is shown: it may hold a password. */
static const char *objection(CURLU *u)
{
    char *scheme = part_of(u, CURLUPART_SCHEME), *host = part_of(u, CURLUPART_HOST);
    const char *why = NULL;

    if (!scheme || !host || strcmp(scheme, "http") != 0)
        why = "it is neither http://ADDRESS:PORT nor http+unix:/PATH";
    else if (!rt_easy_is_loopback(host))
        why = "plain http would leave this machine";
    else if (has_more(u))
        why = "it holds more than scheme, address and port";
    curl_free(scheme);
    curl_free(host);
    return why;
}

static enum ratls_err set_tcp(CURLU *u, const char *url, const char *rule,
                              struct rt_opa_address *out, struct ratls_error *err)
{
    const char *why =
        curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK ? objection(u) : "it is malformed";
    char *whole = NULL;

    if (why)
        return ratls_fail(err, RATLS_E_USAGE, "the URL of OPA is refused: %s", why);
    if (curl_url_set(u, CURLUPART_PATH, rule, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_URL, &whole, 0) != CURLUE_OK)
        return RATLS_E_NO_MEMORY;
    out->url = strdup(whole);
    curl_free(whole);
    return out->url ? RATLS_OK : RATLS_E_NO_MEMORY;
}

static enum ratls_err set_unix(const char *socket_path, const char *rule,
                               struct rt_opa_address *out, struct ratls_error *err)
{
    char url[sizeof "http://localhost" DATA_API + RT_MAX_OPA_PATH];

    if (socket_path[0] != '/')
        return ratls_fail(err, RATLS_E_USAGE, "the path of OPA's socket is not absolute");
    if (strlen(socket_path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return ratls_fail(err, RATLS_E_USAGE, "the path of OPA's socket is too long");
    (void)snprintf(url, sizeof url, "http://localhost%s", rule);
    out->url = strdup(url);
    out->unix_socket = strdup(socket_path);
    return out->url && out->unix_socket ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err rt_opa_address(const char *url, const char *path, struct rt_opa_address *out,
                              struct ratls_error *err)
{
    char rule[sizeof DATA_API + RT_MAX_OPA_PATH];
    const size_t scheme = strlen(UNIX_SCHEME);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = (struct rt_opa_address){0};
    if (!is_rule(path))
        return ratls_fail(err, RATLS_E_USAGE,
                          "the path of OPA's rule is not names with / between them");
    (void)snprintf(rule, sizeof rule, DATA_API "%s", path);
    CURLU *u = curl_url();
    if (u)
        e = strncmp(url, UNIX_SCHEME, scheme) == 0 ? set_unix(&url[scheme], rule, out, err)
                                                   : set_tcp(u, url, rule, out, err);
    curl_url_cleanup(u);
    if (e)
        rt_opa_address_free(out);
    return e;
}

void rt_opa_address_free(struct rt_opa_address *a)
{
    free(a->url);
    free(a->unix_socket);
    *a = (struct rt_opa_address){0};
}
