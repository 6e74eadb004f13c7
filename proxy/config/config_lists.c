/* Values that are more than a text or a number: lists of checked texts, addresses, filters, socket
 * options, and the two halves of `sni` and `health-check`. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

#define SHA256_DIGITS 64
/* RFC 9110 s.5.6.2 */
#define TOKEN_CHARS "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HTTP        "http:"
#define MAX_TARGET  255

/* ---- checked texts ---- */

static bool is_visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static bool is_email(char *text)
{
    const char *at = strchr(text, '@');

    return at && at > text && is_visible(text) && px_host_valid(&at[1]);
}

/* As openssl prints it too: colons between bytes go, and capitals become small. */
static bool is_pin(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (*from != ':')
            *to++ = *from >= 'A' && *from <= 'F' ? (char)(*from - 'A' + 'a') : *from;
    *to = 0;
    return strlen(text) == SHA256_DIGITS && strspn(text, "0123456789abcdef") == SHA256_DIGITS;
}

static bool is_url_path(char *text)
{
    return text[0] == '/' && is_visible(text) && !strpbrk(text, "?#");
}

static bool is_token(char *text)
{
    return *text && strspn(text, TOKEN_CHARS) == strlen(text);
}

static bool is_target(char *text)
{
    return *text && strlen(text) <= MAX_TARGET && is_visible(text) && !strpbrk(text, "\"\\#");
}

static bool is_host(char *text)
{
    return px_host_valid(text);
}

static bool is_ip(char *text)
{
    return px_ip_valid(text);
}

struct check {
    enum px_kind kind;
    bool listed; /* the member is an array of values, in one line separated by commas */
    bool (*good)(char *text);
    const char *name;
};

static const struct check checks[] = {
    {PX_IP, false, is_ip, "IP address"},
    {PX_NAMES, true, is_host, "host name or address"},
    {PX_IPS, true, is_ip, "IP address"},
    {PX_EMAILS, true, is_email, "mail address"},
    {PX_PINS, true, is_pin, "SHA-256 of 64 hexadecimal digits"},
    {PX_PATHS, true, is_url_path, "path: it begins with / and has neither ? nor #"},
    {PX_TOKEN, false, is_token, "name of a header"},
    {PX_ORIGIN, false, px_origin_valid, "issuer of the form https://HOST[:PORT]"},
    {PX_ENDPOINT, false, px_endpoint_valid, "endpoint of the form https://HOST[:PORT]/PATH"},
    {PX_TARGETS, true, is_target, "name of a target: 1 to 255 printable characters"},
    {PX_TARGET, false, is_target, "name of a target: 1 to 255 printable characters"},
};

static const struct check *check_of(enum px_kind kind)
{
    for (size_t i = 0; i < PX_COUNT(checks); i++)
        if (checks[i].kind == kind)
            return &checks[i];
    return NULL;
}

static char *trimmed(char *text)
{
    size_t len;

    text = &text[strspn(text, " \t")];
    for (len = strlen(text); len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'); len--)
        text[len - 1] = 0;
    return text;
}

static enum ratls_err keep_checked(const struct check *c, char **values, char *text,
                                   struct ratls_error *why)
{
    size_t n = 0;

    if (!c->good(text))
        return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is no %s", text, c->name);
    while (c->listed && values[n])
        n++;
    if (n == PX_MAX_NAMES)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d values", PX_MAX_NAMES);
    values[n] = strdup(text);
    return values[n] ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err px_set_checked(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why)
{
    const struct check *c = check_of(o->kind);
    char *copy = strdup(text), *rest = copy, *value;
    enum ratls_err e = copy ? RATLS_OK : RATLS_E_NO_MEMORY;

    while (!e && (value = strsep(&rest, c->listed ? "," : "")) != NULL)
        e = keep_checked(c, member, trimmed(value), why);
    free(copy);
    return e;
}

/* ---- addresses, filters, socket options ---- */

enum ratls_err px_set_connects(const struct px_option *o, void *member, const char *text,
                               struct ratls_error *why)
{
    struct px_address *list = member;
    size_t n = 0;

    (void)o;
    while (list[n].text)
        n++;
    if (n == PX_MAX_CONNECT)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d addresses", PX_MAX_CONNECT);
    enum ratls_err e = px_address_parse_range(text, &list[n], why);
    const char *wrong = e ? NULL : px_address_undialable(&list[n]);
    if (!wrong)
        return e;
    px_address_free(&list[n]);
    return ratls_fail(why, RATLS_E_CONFIG, "%s %s", text, wrong);
}

enum ratls_err px_set_filters(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why)
{
    struct px_filter *list = member;
    size_t n = 0;

    (void)o;
    while (list[n].text)
        n++;
    if (n == PX_MAX_FILTERS)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d filters", PX_MAX_FILTERS);
    return px_filter_parse(text, &list[n], why);
}

enum ratls_err px_set_sockets(const struct px_option *o, void *member, const char *text,
                              struct ratls_error *why)
{
    struct px_socket_option *list = member;
    size_t n = 0;

    (void)o;
    while (list[n].text)
        n++;
    if (n == PX_MAX_SOCKET)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d socket options", PX_MAX_SOCKET);
    return px_socket_parse(text, &list[n], why);
}

/* ---- sni ---- */

static bool is_pattern(const char *text)
{
    const char *host = strncmp(text, "*.", 2) == 0 ? &text[2] : text;

    return px_host_valid(host) && !px_ip_valid(host); /* RFC 6066 s.3: addresses are no names */
}

enum ratls_err px_set_sni(const struct px_option *o, void *member, const char *text,
                          struct ratls_error *why)
{
    const char *colon = strchr(text, ':');
    struct px_sni *sni = member;

    (void)o;
    if (!*text)
        return RATLS_OK;
    if (!colon || px_ip_valid(text)) {
        if (!px_host_valid(text))
            return ratls_fail(why, RATLS_E_CONFIG, "\"%s\" is no host name", text);
        if (sni->name)
            return ratls_fail(why, RATLS_E_CONFIG, "more than one name to send");
        sni->name = strdup(text);
        return sni->name ? RATLS_OK : RATLS_E_NO_MEMORY;
    }
    if (colon == text || !is_pattern(&colon[1]))
        return ratls_fail(why, RATLS_E_CONFIG,
                          "\"%s\" is no host name, and no SERVICE:PATTERN with a host name or *.",
                          text);
    if (sni->n_parts == PX_MAX_NAMES)
        return ratls_fail(why, RATLS_E_CONFIG, "more than %d patterns", PX_MAX_NAMES);
    struct px_part *part = &sni->part[sni->n_parts++];
    part->service = strndup(text, (size_t)(colon - text));
    part->pattern = strdup(&colon[1]);
    return part->service && part->pattern ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* ---- health-check ---- */

enum ratls_err px_set_health(const struct px_option *o, void *member, const char *text,
                             struct ratls_error *why)
{
    struct px_health *health = member;

    (void)o;
    if (strcmp(text, "none") == 0)
        return RATLS_OK;
    if (strcmp(text, "tcp") == 0) {
        health->kind = PX_HEALTH_TCP;
        return RATLS_OK;
    }
    const char *path = &text[strlen(HTTP)];
    if (strncmp(text, HTTP, strlen(HTTP)) != 0 || *path != '/' || !is_visible(path))
        return ratls_fail(why, RATLS_E_CONFIG, "expected tcp, http:/path or none");
    health->kind = PX_HEALTH_HTTP;
    health->path = strdup(path);
    return health->path ? RATLS_OK : RATLS_E_NO_MEMORY;
}

/* ---- end ---- */

static void clear_texts(char **values)
{
    for (size_t i = 0; i <= PX_MAX_NAMES; i++)
        free(values[i]);
}

static void clear_connects(struct px_address *list)
{
    for (size_t i = 0; i < PX_MAX_CONNECT; i++)
        px_address_free(&list[i]);
}

static void clear_filters(struct px_filter *list)
{
    for (size_t i = 0; i < PX_MAX_FILTERS; i++)
        px_filter_free(&list[i]);
}

static void clear_sockets(struct px_socket_option *list)
{
    for (size_t i = 0; i < PX_MAX_SOCKET; i++)
        free(list[i].text);
}

static void clear_sni(struct px_sni *sni)
{
    free(sni->name);
    for (size_t i = 0; i < sni->n_parts; i++) {
        free(sni->part[i].service);
        free(sni->part[i].pattern);
    }
}

static bool is_list_of_texts(const struct px_option *o)
{
    const struct check *c = check_of(o->kind);

    return o->kind == PX_TEE_FILES || o->kind == PX_DEVICES || o->kind == PX_KEYS ||
           o->kind == PX_TRUSTED || (c && c->listed);
}

void px_clear_lists(const struct px_option *o, void *member)
{
    if (o->kind == PX_LISTEN)
        px_address_free(member);
    else if (o->kind == PX_CONNECTS)
        clear_connects(member);
    else if (o->kind == PX_FILTERS)
        clear_filters(member);
    else if (o->kind == PX_SOCKETS)
        clear_sockets(member);
    else if (o->kind == PX_SNI)
        clear_sni(member);
    else if (o->kind == PX_HEALTH)
        free(((struct px_health *)member)->path);
    else if (is_list_of_texts(o))
        clear_texts(member);
}
