/* Ways of the proxy to itself. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop.h"

/* IPv4 as IPv6 sees it, so that there is one kind of address. */
struct place {
    struct in6_addr ip;
    unsigned port;
};

static void map_v4(const struct in_addr *four, struct in6_addr *out)
{
    *out = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(&out->s6_addr[12], four, sizeof *four);
}

static bool place_of(const struct sockaddr *at, struct place *out)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)at;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)at;

    if (at->sa_family == AF_INET) {
        map_v4(&four->sin_addr, &out->ip);
        out->port = ntohs(four->sin_port);
        return true;
    }
    out->ip = six->sin6_addr;
    out->port = ntohs(six->sin6_port);
    return at->sa_family == AF_INET6;
}

static bool is_v4(const struct in6_addr *ip)
{
    return IN6_IS_ADDR_V4MAPPED(ip);
}

static bool is_any(const struct in6_addr *ip)
{
    static const uint8_t zero[4];

    return IN6_IS_ADDR_UNSPECIFIED(ip) || (is_v4(ip) && memcmp(&ip->s6_addr[12], zero, 4) == 0);
}

static bool is_loopback(const struct in6_addr *ip)
{
    return IN6_IS_ADDR_LOOPBACK(ip) || (is_v4(ip) && ip->s6_addr[12] == 127);
}

/* One of this machine's addresses? Only to those a socket can be bound. */
static bool is_ours(const struct in6_addr *ip)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = *ip};
    struct sockaddr_in four = {.sin_family = AF_INET};
    const struct sockaddr *bound = (const struct sockaddr *)&at;
    socklen_t len = sizeof at;

    if (is_loopback(ip) || is_any(ip)) /* connecting to "any" is connecting to oneself */
        return true;
    if (is_v4(ip)) {
        memcpy(&four.sin_addr, &ip->s6_addr[12], sizeof four.sin_addr);
        bound = (const struct sockaddr *)&four;
        len = sizeof four;
    }
    int fd = socket(bound->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ours = fd >= 0 && bind(fd, bound, len) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ours;
}

/* "" is all interfaces; false where only a resolver knows. */
static bool parse_host(const char *host, struct in6_addr *out)
{
    struct in_addr four;

    *out = (struct in6_addr){0};
    if (inet_pton(AF_INET, host, &four) == 1) {
        map_v4(&four, out);
        return true;
    }
    return !host[0] || inet_pton(AF_INET6, host, out) == 1;
}

/* "" takes both kinds; what is written out takes its own. */
static bool is_on_all(const char *host, const struct in6_addr *all, const struct in6_addr *to)
{
    return is_ours(to) && (!host[0] || is_any(to) || is_v4(all) == is_v4(to));
}

static bool listens_at(const struct px_address *l, const struct place *to)
{
    struct in6_addr ip;

    if (!l->host || strtoul(l->port, NULL, 10) != to->port)
        return false;
    if (strcasecmp(l->host, "localhost") == 0)
        return is_loopback(&to->ip);
    if (!parse_host(l->host, &ip))
        return false;
    if (is_any(&ip))
        return is_on_all(l->host, &ip, &to->ip);
    return memcmp(&ip, &to->ip, sizeof ip) == 0 || (is_any(&to->ip) && is_loopback(&ip));
}

static bool accepts_at(const struct px_address *l, const struct sockaddr *to)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)to;
    struct place place;

    if (to->sa_family == AF_UNIX)
        return l->path && strcmp(l->path, un->sun_path) == 0;
    return place_of(to, &place) && listens_at(l, &place);
}

/* A connect address as it is dialled, where no resolver is needed to know. */
static bool literal(const struct px_address *a, struct sockaddr_storage *out)
{
    struct sockaddr_un *un = (struct sockaddr_un *)out;
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    uint16_t port = htons((uint16_t)strtoul(a->port, NULL, 10));
    const char *host = a->host && strcasecmp(a->host, "localhost") == 0 ? "127.0.0.1" : a->host;

    *out = (struct sockaddr_storage){0};
    if (a->path) {
        un->sun_family = AF_UNIX;
        (void)strncpy(un->sun_path, a->path, sizeof un->sun_path - 1);
        return true;
    }
    if (host && inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = port;
        return true;
    }
    if (!host || inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
        return false;
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    return true;
}

/* The services behind `to`, and all that they lead to, are added to `seen`, one bit each. */
static uint64_t spread(const struct px_config *c, const struct sockaddr *to, uint64_t seen)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (accepts_at(&c->services[i].accept, to))
            seen |= UINT64_C(1) << i;
    return seen;
}

static uint64_t spread_from(const struct px_config *c, const struct px_service *s, uint64_t seen)
{
    struct sockaddr_storage at;

    for (size_t i = 0; i < s->n_connect; i++)
        if (literal(&s->connect[i], &at))
            seen = spread(c, (const struct sockaddr *)&at, seen);
    return seen;
}

_Static_assert(PX_MAX_SERVICES <= 64, "one bit for each service");

bool px_loop_leads_home(const struct px_config *c, const struct px_service *from,
                        const struct sockaddr *to)
{
    uint64_t seen = spread(c, to, 0), before = 0;

    while (seen != before) {
        before = seen;
        for (size_t i = 0; i < c->n_services; i++)
            if (before >> i & 1)
                seen = spread_from(c, &c->services[i], seen);
    }
    for (size_t i = 0; i < c->n_services; i++)
        if (&c->services[i] == from)
            return seen >> i & 1;
    return false;
}
