/* URLs of stores, as they may be shown. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config.h"

#define HIDDEN "***"

struct shown {
    char *at;
    size_t left; /* without the NUL */
};

static void put(struct shown *s, const char *text, size_t len)
{
    if (len > s->left)
        len = s->left;
    memcpy(s->at, text, len);
    s->at += len;
    s->left -= len;
    *s->at = 0;
}

/* `user:password@host/path`, up to the last @: a password may hold one by mistake. */
static void put_authority(struct shown *s, const char *text, size_t len)
{
    const char *end = memrchr(text, '@', len);
    const char *colon = end ? memchr(text, ':', (size_t)(end - text)) : NULL;

    if (!colon) {
        put(s, text, len);
        return;
    }
    put(s, text, (size_t)(colon + 1 - text));
    put(s, HIDDEN, strlen(HIDDEN));
    put(s, end, len - (size_t)(end - text));
}

static bool is_secret(const char *name, size_t len)
{
    static const char word[] = "password"; /* and sslpassword */

    for (size_t i = 0; i + sizeof word - 1 <= len; i++)
        if (strncasecmp(&name[i], word, sizeof word - 1) == 0)
            return true;
    return false;
}

/* `?name=value&...` */
static void put_parameters(struct shown *s, const char *text)
{
    while (*text) {
        size_t len = 1 + strcspn(text + 1, "&"), name = strcspn(text, "=");
        if (name < len && is_secret(text, name)) {
            put(s, text, name + 1);
            put(s, HIDDEN, strlen(HIDDEN));
        } else {
            put(s, text, len);
        }
        text += len;
    }
}

void px_url_shown(const char *url, char out[PX_SHOWN_URL])
{
    struct shown s = {out, PX_SHOWN_URL - 1};
    const char *authority = strstr(url, "://");

    *out = 0;
    if (!authority) {
        put(&s, url, strlen(url));
        return;
    }
    authority += strlen("://");
    const char *at = strrchr(authority, '@');
    const char *parameters = strchr(at ? at : authority, '?');
    size_t len = parameters ? (size_t)(parameters - authority) : strlen(authority);
    put(&s, url, (size_t)(authority - url));
    put_authority(&s, authority, len);
    if (parameters)
        put_parameters(&s, parameters);
}
