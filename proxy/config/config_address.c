/* Addresses as stunnel writes them: host:port, [v6]:port, :port, port, or the path of a socket;
 * beyond stunnel, ranges of ports and sockets of a service manager. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "config_impl.h"

#define MAX_HOST  253 /* RFC 1035 s.2.3.4, without the dots' coding */
#define MAX_LABEL 63
#define MAX_PORT  65535
#define MAX_NAME  255 /* sd_listen_fds_with_names(3) */
#define UNIX      "unix:"
#define SYSTEMD   "systemd:"

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

bool px_ip_valid(const char *host)
{
    return is_v4(host) || is_v6(host);
}

/* ---- addresses ---- */

bool px_port_valid(const char *port)
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

static const char *take_port(const char *text, size_t len, struct px_address *out)
{
    if (len >= sizeof out->port)
        return "expected a port from 1 to 65535";
    memcpy(out->port, text, len);
    out->port[len] = 0;
    return px_port_valid(out->port) ? NULL : "expected a port from 1 to 65535";
}

/* FIRST-LAST becomes FIRST and a number of ports. */
static const char *take_ports(const char *text, struct px_address *out)
{
    const char *dash = strchr(text, '-');

    if (!dash)
        return take_port(text, strlen(text), out);
    if (take_port(text, (size_t)(dash - text), out) || !px_port_valid(&dash[1]))
        return "expected ports such as 8000-8009";
    unsigned long first = strtoul(text, NULL, 10), last = strtoul(&dash[1], NULL, 10);
    out->n_ports = (unsigned)(last - first + 1);
    return last < first ? "expected ports such as 8000-8009" : NULL;
}

static enum ratls_err parse_tcp(const char *text, struct px_address *out, struct ratls_error *why)
{
    const char *host, *port, *wrong;
    char *copy = strdup(text);
    enum ratls_err e = RATLS_OK;

    if (!copy)
        return RATLS_E_NO_MEMORY;
    wrong = split(copy, &host, &port);
    if (!wrong)
        wrong = take_ports(port, out);
    if (wrong) {
        e = ratls_fail(why, RATLS_E_CONFIG, "%s", wrong);
    } else {
        out->host = strdup(host);
        e = out->host ? RATLS_OK : RATLS_E_NO_MEMORY;
    }
    free(copy);
    return e;
}

static bool is_activation_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (!is_alnum(name[i]) && !strchr("._-@", name[i]))
            return false;
    return len > 0 && len <= MAX_NAME;
}

static enum ratls_err parse_activation(const char *name, struct px_address *out,
                                       struct ratls_error *why)
{
    if (!is_activation_name(name))
        return ratls_fail(why, RATLS_E_CONFIG, "expected systemd:NAME of letters, digits, . _ - @");
    out->activation = strdup(name);
    return out->activation ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err px_address_parse_range(const char *text, struct px_address *out,
                                      struct ratls_error *why)
{
    const size_t prefix = strncmp(text, UNIX "/", strlen(UNIX "/")) == 0 ? strlen(UNIX) : 0;
    enum ratls_err e;

    *out = (struct px_address){.text = strdup(text), .n_ports = 1};
    if (!out->text)
        return RATLS_E_NO_MEMORY;
    e = text[prefix] == '/' ? parse_path(&text[prefix], out, why) : parse_tcp(text, out, why);
    if (e)
        px_address_free(out);
    return e;
}

enum ratls_err px_address_parse(const char *text, struct px_address *out, struct ratls_error *why)
{
    enum ratls_err e = px_address_parse_range(text, out, why);

    if (e || out->n_ports == 1)
        return e;
    px_address_free(out);
    return ratls_fail(why, RATLS_E_CONFIG, "expected one port");
}

enum ratls_err px_address_parse_listen(const char *text, struct px_address *out,
                                       struct ratls_error *why)
{
    if (strncmp(text, SYSTEMD, strlen(SYSTEMD)) != 0)
        return px_address_parse_range(text, out, why);
    *out = (struct px_address){.text = strdup(text), .n_ports = 1};
    if (!out->text)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = parse_activation(&text[strlen(SYSTEMD)], out, why);
    if (e)
        px_address_free(out);
    return e;
}

enum ratls_err px_address_pick(struct px_address *a, unsigned k)
{
    const bool brackets = a->host && strchr(a->host, ':');
    const uint16_t port = (uint16_t)(strtoul(a->port, NULL, 10) + k);
    char *text = NULL;

    if (a->n_ports == 1)
        return RATLS_OK;
    (void)snprintf(a->port, sizeof a->port, "%u", (unsigned)port);
    if (asprintf(&text, "%s%s%s%s%s", brackets ? "[" : "", a->host, brackets ? "]" : "",
                 a->host[0] ? ":" : "", a->port) < 0)
        return RATLS_E_NO_MEMORY;
    free(a->text);
    a->text = text;
    a->n_ports = 1;
    return RATLS_OK;
}

void px_address_free(struct px_address *a)
{
    free(a->text);
    free(a->path);
    free(a->activation);
    free(a->host);
    *a = (struct px_address){0};
}

enum ratls_err px_address_default_loopback(struct px_address *a)
{
    if (!a->host || a->host[0])
        return RATLS_OK;
    free(a->host);
    a->host = strdup("127.0.0.1");
    return a->host ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* ---- destinations ---- */

static const char *undialable_v4(uint32_t ip)
{
    if (ip >> 28 == 0xe) /* RFC 5771 */
        return "is a multicast address";
    if (ip == UINT32_MAX) /* RFC 919 s.7 */
        return "is the broadcast address";
    if (ip >> 28 == 0xf) /* RFC 1112 s.4 */
        return "is a reserved address";
    return ip >> 24 == 0 ? "is no address to connect to" : NULL; /* RFC 1122 s.3.2.1.3 */
}

static const char *undialable_v6(const struct in6_addr *ip)
{
    uint32_t four;

    if (IN6_IS_ADDR_MULTICAST(ip))
        return "is a multicast address";
    if (IN6_IS_ADDR_LINKLOCAL(ip))
        return "is a link-local address, which cannot be reached without its interface";
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        memcpy(&four, &ip->s6_addr[12], sizeof four);
        return undialable_v4(ntohl(four));
    }
    return IN6_IS_ADDR_UNSPECIFIED(ip) ? "is no address to connect to" : NULL;
}

const char *px_address_undialable(const struct px_address *a)
{
    struct in_addr four;
    struct in6_addr six;

    if (!a->host)
        return NULL;
    if (inet_pton(AF_INET, a->host, &four) == 1)
        return undialable_v4(ntohl(four.s_addr));
    return inet_pton(AF_INET6, a->host, &six) == 1 ? undialable_v6(&six) : NULL;
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
    if (!a->host)
        return a->path != NULL;
    return is_localhost(a->host) || is_loopback_v4(a->host) || is_loopback_v6(a->host);
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
    if (a->path && b->path)
        return strcmp(a->path, b->path) == 0;
    if (a->activation && b->activation)
        return strcmp(a->activation, b->activation) == 0;
    if (!a->host || !b->host)
        return false;
    return strcmp(a->port, b->port) == 0 && same_host(a->host, b->host);
}
