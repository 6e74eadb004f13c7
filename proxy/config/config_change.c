/* What of a configuration only a restart can change: the table of keys says so. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

static char *printed(const struct px_option *o, const void *base)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return NULL;
    px_option_print(o, base, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static const char *url_of(const struct px_option *o, const void *base)
{
    const char *url = NULL;

    memcpy(&url, (const char *)base + o->offset, sizeof url);
    return url ? url : "";
}

/* What reads the same is the same, but for passwords of URLs, which are not to be read. Nor is it
 * known to be, without memory to look. */
static bool same(const struct px_option *o, const void *old, const void *now)
{
    if (o->kind == PX_URL)
        return strcmp(url_of(o, old), url_of(o, now)) == 0;
    char *a = printed(o, old), *b = printed(o, now);
    bool equal = a && b && strcmp(a, b) == 0;

    free(a);
    free(b);
    return equal;
}

/* A service that is new has nothing to keep, and cannot begin with what stays. */
static bool services_same(const struct px_option *o, const struct px_config *old,
                          const struct px_config *now)
{
    for (size_t i = 0; i < now->n_services; i++) {
        const struct px_service *s = &now->services[i], *before = px_config_service(old, s->name);
        if (before ? !same(o, before, s) : px_option_is_set(o, s))
            return false;
    }
    return true;
}

static bool is_anywhere(const struct px_option *o, const struct px_config *c)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (px_option_is_set(o, &c->services[i]))
            return true;
    return false;
}

static bool may_change(const struct px_option *o, const struct px_config *old,
                       const struct px_config *now)
{
    switch (o->change) {
    case PX_RELOAD:
        return true;
    case PX_FIRST:
        return is_anywhere(o, old) || !is_anywhere(o, now);
    case PX_RESTART:
        return o->scope == PX_GLOBAL ? same(o, old, now) : services_same(o, old, now);
    }
    return false;
}

const char *px_config_fixed(const struct px_config *old, const struct px_config *now)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->disposition == PX_OBEYED && !may_change(o, old, now))
            return o->name;
    return NULL;
}
