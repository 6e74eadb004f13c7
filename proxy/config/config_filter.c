/* One line of `filter`: HOST, *.SUFFIX, or a network, then ports: "10.0.0.0/8:443",
 * "[2001:db8::]/32:1-1024", "*.example.org:443", "db.example.org". Without ports: every port. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

#define MAX_PORT 65535

static bool parse_ports(const char *text, struct px_filter *out)
{
    char first[6];
    const char *dash = strchr(text, '-'), *last = dash ? &dash[1] : text;
    size_t len = dash ? (size_t)(dash - text) : strlen(text);

    if (len >= sizeof first)
        return false;
    memcpy(first, text, len);
    first[len] = 0;
    if (!px_port_valid(first) || !px_port_valid(last))
        return false;
    out->first_port = (uint16_t)strtoul(first, NULL, 10);
    out->last_port = (uint16_t)strtoul(last, NULL, 10);
    return out->first_port <= out->last_port;
}

/* No bit of the address is set behind the prefix: 10.0.0.1/8 is a typo of something. */
static bool is_network(const struct px_filter *f, unsigned bits)
{
    for (unsigned i = f->prefix; i < bits; i++)
        if (f->network[i / 8] >> (7 - i % 8) & 1)
            return false;
    return true;
}

static const char *parse_network(const char *host, const char *prefix, struct px_filter *out)
{
    size_t digits = strspn(prefix, "0123456789");
    unsigned bits = 128;

    out->family = AF_INET6;
    if (inet_pton(AF_INET, host, out->network) == 1) {
        out->family = AF_INET;
        bits = 32;
    } else if (inet_pton(AF_INET6, host, out->network) != 1) {
        return "expected an IP address before the /";
    }
    out->prefix = digits > 0 && digits < 4 ? (unsigned)strtoul(prefix, NULL, 10) : bits + 1;
    if (prefix[digits] || out->prefix > bits || (prefix[0] == '0' && digits > 1))
        return "expected a number of bits behind the /";
    return is_network(out, bits) ? NULL : "bits are set behind the prefix of the network";
}

static const char *parse_name(const char *host, struct px_filter *out)
{
    out->suffix = host[0] == '*' && host[1] == '.';
    const char *name = out->suffix ? &host[2] : host;

    if (!px_host_valid(name) || (out->suffix && px_ip_valid(name)))
        return "expected a host, *.SUFFIX or ADDRESS/BITS, then nothing or :PORT or :PORT-PORT";
    out->name = strdup(out->suffix ? &host[1] : host);
    return NULL;
}

/* Cuts "[v6]..." or "host..." off `copy`; *rest is what follows: "/bits", ":ports" or both. */
static const char *cut_host(char *copy, char **host, char **rest)
{
    *host = copy;
    *rest = &copy[strcspn(copy, "/:")];
    if (copy[0] != '[')
        return NULL;
    char *close = strchr(copy, ']');
    if (!close)
        return "] is missing";
    *close = 0;
    *host = &copy[1];
    *rest = &close[1];
    return strchr(*host, ':') ? NULL : "expected an IPv6 address in [ ]";
}

static const char *parse_all(char *copy, struct px_filter *out)
{
    char *host, *rest, *prefix = NULL, *ports = NULL;
    const char *wrong = cut_host(copy, &host, &rest);

    if (wrong)
        return wrong;
    if (*rest == '/') {
        *rest = 0;
        prefix = rest + 1;
        rest = &prefix[strcspn(prefix, ":")];
    }
    if (*rest == ':') {
        *rest = 0;
        ports = rest + 1;
    } else if (*rest) {
        return "expected /BITS or :PORT behind the ]";
    }
    out->first_port = 1;
    out->last_port = MAX_PORT;
    if (ports && !parse_ports(ports, out))
        return "expected :PORT or :PORT-PORT (an IPv6 address is written in [ ])";
    return prefix ? parse_network(host, prefix, out) : parse_name(host, out);
}

enum ratls_err px_filter_parse(const char *text, struct px_filter *out, struct ratls_error *why)
{
    char *copy = strdup(text);
    const char *wrong;

    *out = (struct px_filter){.text = strdup(text)};
    wrong = copy && out->text ? parse_all(copy, out) : NULL;
    free(copy);
    if (!wrong && copy && out->text && (out->name || out->family))
        return RATLS_OK;
    px_filter_free(out);
    return wrong ? ratls_fail(why, RATLS_E_CONFIG, "%s", wrong) : RATLS_E_NO_MEMORY;
}

void px_filter_free(struct px_filter *f)
{
    free(f->text);
    free(f->name);
    *f = (struct px_filter){0};
}
