/* Destinations that clients ask for. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "destination.h"

#define MAX_LABEL 63
#define MAX_PORT  65535

/* ---- names ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char small(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c && strchr("0123456789-_.", c)) ? (char)c : 0;
}

static bool is_label(const char *label, size_t len)
{
    return len > 0 && len <= MAX_LABEL && label[0] != '-' && label[len - 1] != '-';
}

/* What the URL standard takes for the end of an IPv4 address, and resolvers for a part of one. */
static bool is_number(const char *label)
{
    if (strncmp(label, "0x", 2) == 0)
        return !label[2 + strspn(&label[2], "0123456789abcdef")];
    return !label[strspn(label, "0123456789")];
}

bool px_name_parse(struct ratls_bytes text, char out[PX_MAX_HOST + 1])
{
    const char *label = out;
    size_t len;

    if (text.len == 0 || text.len > PX_MAX_HOST)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((out[i] = small(text.p[i])) == 0)
            return false;
    out[text.len] = 0;
    for (len = strcspn(label, "."); label[len]; len = strcspn(label, ".")) {
        if (!is_label(label, len))
            return false;
        label = &label[len + 1];
    }
    return is_label(label, len) && !is_number(label);
}

/* ---- addresses ---- */

static bool is_mapped(const uint8_t *six)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(six, prefix, sizeof prefix) == 0;
}

static bool is_unspecified(int family, const uint8_t *address)
{
    static const uint8_t zero[16];

    return memcmp(address, zero, family == AF_INET ? 4 : 16) == 0;
}

bool px_destination_address(int family, const uint8_t *address, uint16_t port,
                            struct px_destination *out)
{
    bool mapped = family == AF_INET6 && is_mapped(address);

    *out = (struct px_destination){.port = port, .family = mapped ? AF_INET : family};
    memcpy(out->address, mapped ? &address[12] : address, out->family == AF_INET ? 4 : 16);
    return port > 0 && !is_unspecified(out->family, out->address) &&
           inet_ntop(out->family, out->address, out->host, sizeof out->host);
}

/* inet_pton(3) takes no other spelling of IPv4 than four decimal numbers without leading zeros. */
static bool parse_address(const char *text, int *family, uint8_t address[16])
{
    *family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(*family, text, address) == 1;
}

bool px_destination_host(struct ratls_bytes host, uint16_t port, struct px_destination *out)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    int family;

    *out = (struct px_destination){.port = port};
    if (host.len < sizeof text && !(host.len && memchr(host.p, 0, host.len))) {
        (void)snprintf(text, sizeof text, "%.*s", (int)host.len, (const char *)host.p);
        if (parse_address(text, &family, address))
            return px_destination_address(family, address, port, out);
    }
    return port > 0 && px_name_parse(host, out->host);
}

/* Decimal digits without leading zeros. */
static uint16_t parse_port(struct ratls_bytes text)
{
    unsigned port = 0;

    if (text.len == 0 || text.len > 5 || text.p[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit((char)text.p[i]))
            return 0;
        port = port * 10 + (unsigned)(text.p[i] - '0');
    }
    return port <= MAX_PORT ? (uint16_t)port : 0;
}

bool px_destination_parse(struct ratls_bytes authority, struct px_destination *out)
{
    const uint8_t *colon = authority.len ? memrchr(authority.p, ':', authority.len) : NULL;

    *out = (struct px_destination){0};
    if (!colon || colon == authority.p)
        return false;
    struct ratls_bytes host = ratls_bytes(authority.p, (size_t)(colon - authority.p));
    uint16_t port = parse_port(ratls_bytes(colon + 1, authority.len - host.len - 1));
    bool bracketed = host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']';
    if (bracketed)
        host = ratls_bytes(host.p + 1, host.len - 2);
    /* Colons are for IPv6, which is in brackets, and nothing else is. */
    if (bracketed != (memchr(host.p, ':', host.len) != NULL))
        return false;
    return px_destination_host(host, port, out);
}

void px_destination_text(const struct px_destination *d, char out[PX_MAX_TARGET])
{
    const char *form = d->family == AF_INET6 ? "[%s]:%u" : "%s:%u";

    out[0] = 0;
    if (d->port)
        (void)snprintf(out, PX_MAX_TARGET, form, d->host, (unsigned)d->port);
}

/* ---- filters ---- */

static bool in_network(const struct px_destination *d, const struct px_filter *f)
{
    unsigned whole = f->prefix / 8, bits = f->prefix % 8;

    if (d->family != f->family || memcmp(d->address, f->network, whole) != 0)
        return false;
    return bits == 0 || (d->address[whole] ^ f->network[whole]) >> (8 - bits) == 0;
}

static bool is_address(const struct px_destination *d, const char *text)
{
    struct px_destination same;

    return px_destination_host(ratls_bytes_str(text), d->port, &same) && same.family == d->family &&
           memcmp(same.address, d->address, sizeof same.address) == 0;
}

static bool has_suffix(const char *host, const char *suffix)
{
    size_t len = strlen(host), tail = strlen(suffix);

    return len > tail && strcasecmp(&host[len - tail], suffix) == 0;
}

static bool fits(const struct px_destination *d, const struct px_filter *f)
{
    if (d->port < f->first_port || d->port > f->last_port)
        return false;
    if (d->family)
        return f->family ? in_network(d, f) : !f->suffix && is_address(d, f->name);
    if (!f->name)
        return false;
    return f->suffix ? has_suffix(d->host, f->name) : strcasecmp(d->host, f->name) == 0;
}

bool px_destination_allowed(const struct px_destination *d, const struct px_filter *list)
{
    for (; list->text; list++)
        if (fits(d, list))
            return true;
    return false;
}
