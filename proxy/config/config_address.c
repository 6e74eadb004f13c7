/* Addresses as stunnel writes them: host:port, [v6]:port, :port, port, or the path of a socket. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "config_impl.h"

#define MAX_HOST  253 /* RFC 1035 s.2.3.4, without the dots' coding */
#define MAX_LABEL 63
#define MAX_PORT  65535

/* ---- hosts ---- */

static bool is_v4(const char *host)
{
    struct in_addr a;

    return inet_pton(AF_INET, host, &a) == 1;
}

static bool is_v6(const char *host)
{
    struct in6_addr a;

    return inet_pton(AF_INET6, host, &a) == 1;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *label, size_t len)
{
    if (len == 0 || len > MAX_LABEL || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(label[i]) && label[i] != '-' && label[i] != '_')
            return false;
    return true;
}

/* A last label of digits only would be a mistyped IPv4 address. */
static bool is_name(const char *name)
{
    const char *label = name;
    size_t len = strcspn(label, ".");

    if (strlen(name) > MAX_HOST)
        return false;
    for (; label[len]; len = strcspn(label, ".")) {
        if (!is_label(label, len))
            return false;
        label = &label[len + 1];
    }
    return is_label(label, len) && strspn(label, "0123456789") != len;
}

bool px_host_valid(const char *host)
{
    return is_v4(host) || is_v6(host) || is_name(host);
}

/* ---- addresses ---- */

static bool port_valid(const char *port)
{
    size_t digits = strspn(port, "0123456789");

    if (digits == 0 || digits > 5 || port[digits] || port[0] == '0')
        return false;
    return strtoul(port, NULL, 10) <= MAX_PORT;
}

/* Cut `copy` (owned by the caller) into host and port. */
static const char *split(char *copy, const char **host, const char **port)
{
    char *close = copy[0] == '[' ? strchr(copy, ']') : NULL;
    char *colon = strrchr(copy, ':');

    *host = "";
    *port = copy;
    if (copy[0] == '[') {
        if (!close || close[1] != ':')
            return "expected [IPv6 address]:port";
        *close = 0;
        *host = &copy[1];
        *port = &close[2];
        return is_v6(*host) ? NULL : "expected an IPv6 address in [ ]";
    }
    if (!colon)
        return NULL;
    *colon = 0;
    *host = copy;
    *port = &colon[1];
    if (strchr(copy, ':'))
        return "an IPv6 address is written in [ ]";
    if (**host && !is_v4(*host) && !is_name(*host))
        return "the host is neither an address nor a name";
    return NULL;
}

static enum ratls_err parse_path(const char *text, struct px_address *out, struct ratls_error *why)
{
    if (strlen(text) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return ratls_fail(why, RATLS_E_CONFIG, "the path is too long for a socket");
    out->path = strdup(text);
    return out->path ? RATLS_OK : RATLS_E_NO_MEMORY;
}

static enum ratls_err parse_tcp(const char *text, struct px_address *out, struct ratls_error *why)
{
    const char *host, *port, *wrong;
    char *copy = strdup(text);
    enum ratls_err e = RATLS_OK;

    if (!copy)
        return RATLS_E_NO_MEMORY;
    wrong = split(copy, &host, &port);
    if (!wrong && !port_valid(port))
        wrong = "expected a port from 1 to 65535";
    if (wrong) {
        e = ratls_fail(why, RATLS_E_CONFIG, "%s", wrong);
    } else {
        (void)snprintf(out->port, sizeof out->port, "%s", port);
        out->host = strdup(host);
        e = out->host ? RATLS_OK : RATLS_E_NO_MEMORY;
    }
    free(copy);
    return e;
}

enum ratls_err px_address_parse(const char *text, struct px_address *out, struct ratls_error *why)
{
    *out = (struct px_address){.text = strdup(text)};
    if (!out->text)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = text[0] == '/' ? parse_path(text, out, why) : parse_tcp(text, out, why);
    if (e)
        px_address_free(out);
    return e;
}

void px_address_free(struct px_address *a)
{
    free(a->text);
    free(a->path);
    free(a->host);
    *a = (struct px_address){0};
}

enum ratls_err px_address_default_loopback(struct px_address *a)
{
    if (a->path || a->host[0])
        return RATLS_OK;
    free(a->host);
    a->host = strdup("127.0.0.1");
    return a->host ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* ---- comparison ---- */

static bool is_localhost(const char *host)
{
    return strcasecmp(host, "localhost") == 0;
}

static bool is_loopback_v6(const char *host)
{
    struct in6_addr a;

    return inet_pton(AF_INET6, host, &a) == 1 && IN6_IS_ADDR_LOOPBACK(&a);
}

/* 127.0.0.0/8, RFC 1122 s.3.2.1.3. */
static bool is_loopback_v4(const char *host)
{
    struct in_addr a;

    return inet_pton(AF_INET, host, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

bool px_address_loopback(const struct px_address *a)
{
    return a->path || is_localhost(a->host) || is_loopback_v4(a->host) || is_loopback_v6(a->host);
}

static bool is_any(const char *host)
{
    struct in6_addr a;

    return !host[0] || strcmp(host, "0.0.0.0") == 0 ||
           (inet_pton(AF_INET6, host, &a) == 1 && IN6_IS_ADDR_UNSPECIFIED(&a));
}

static bool same_host(const char *a, const char *b)
{
    struct in6_addr x, y;

    if (inet_pton(AF_INET6, a, &x) == 1 && inet_pton(AF_INET6, b, &y) == 1)
        return memcmp(&x, &y, sizeof x) == 0;
    return strcasecmp(a, b) == 0 || (is_any(a) && is_any(b)) ||
           (is_localhost(a) && (is_loopback_v4(b) || is_loopback_v6(b))) ||
           (is_localhost(b) && (is_loopback_v4(a) || is_loopback_v6(a)));
}

bool px_address_same(const struct px_address *a, const struct px_address *b)
{
    if (a->path || b->path)
        return a->path && b->path && strcmp(a->path, b->path) == 0;
    return strcmp(a->port, b->port) == 0 && same_host(a->host, b->host);
}
