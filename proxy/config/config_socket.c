/* One line of `socket`, as stunnel writes it: a|l|r:OPTION=VALUE. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "config_impl.h"

#define MAX_VALUE 32767 /* seconds or probes: tcp(7) */

static bool parse_int(const char *text, int min, int max, int *out)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5 || text[digits])
        return false;
    *out = (int)strtol(text, NULL, 10);
    return *out >= min && *out <= max;
}

/* 1:60, on and seconds. */
static bool parse_linger(const char *text, struct px_socket_option *out)
{
    if ((text[0] != '0' && text[0] != '1') || text[1] != ':')
        return false;
    out->value = text[0] == '1';
    return parse_int(&text[2], 0, MAX_VALUE, &out->linger_s);
}

static bool parse_device(const char *text, struct px_socket_option *out)
{
    size_t len = strlen(text);

    if (len == 0 || len >= sizeof out->device || strpbrk(text, "/ \t"))
        return false;
    memcpy(out->device, text, len + 1);
    return true;
}

static bool parse_flag(const char *text, struct px_socket_option *out)
{
    return parse_int(text, 0, 1, &out->value);
}

static bool parse_number(const char *text, struct px_socket_option *out)
{
    return parse_int(text, 1, MAX_VALUE, &out->value);
}

static const struct {
    const char *name;
    int level, option;
    bool (*parse)(const char *text, struct px_socket_option *out);
    const char *expected;
} known[] = {
    {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, parse_flag, "expected =0 or =1"},
    {"SO_LINGER", SOL_SOCKET, SO_LINGER, parse_linger, "expected =ON:SECONDS, such as =1:60"},
    {"SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, parse_device, "expected =INTERFACE"},
    {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, parse_flag, "expected =0 or =1"},
    {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, parse_number, "expected =1 to =32767"},
    {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, parse_number, "expected =1 to =32767"},
    {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, parse_number, "expected =1 to =32767"},
};

static bool is_named(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

enum ratls_err px_socket_parse(const char *text, struct px_socket_option *out,
                               struct ratls_error *why)
{
    const char *wrong = "not one of SO_KEEPALIVE, SO_LINGER, SO_BINDTODEVICE, TCP_NODELAY, "
                        "TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT";

    *out = (struct px_socket_option){0};
    if (!text[0] || !strchr("alr", text[0]) || text[1] != ':')
        return ratls_fail(why, RATLS_E_CONFIG, "expected a:, l: or r:, then OPTION=VALUE");
    const char *name = &text[2], *value = strchr(name, '=');
    size_t len = value ? (size_t)(value - name) : strlen(name);
    out->where = text[0];
    for (size_t i = 0; i < PX_COUNT(known); i++) {
        if (!is_named(known[i].name, name, len))
            continue;
        out->level = known[i].level;
        out->name = known[i].option;
        wrong = value && known[i].parse(&value[1], out) ? NULL : known[i].expected;
        break;
    }
    if (wrong)
        return ratls_fail(why, RATLS_E_CONFIG, "%s", wrong);
    out->text = strdup(text);
    return out->text ? RATLS_OK : RATLS_E_NO_MEMORY;
}
