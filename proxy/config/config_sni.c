/* Services that have what another one accepts, by the server name of the client: sni =
 * SERVICE:PATTERN. SERVICE is a section: with a range of ports, all of it. */
#include <string.h>
#include <strings.h>

#include "config_impl.h"

bool px_sni_fits(const char *name, const char *pattern)
{
    size_t len = strlen(name), tail = strlen(pattern);

    if (pattern[0] != '*')
        return strcasecmp(name, pattern) == 0;
    /* pattern[1] is the dot, before which something must be */
    return len > tail - 1 && strcasecmp(&name[len - (tail - 1)], &pattern[1]) == 0;
}

static bool is_of(const struct px_part *part, const struct px_service *primary)
{
    return strcmp(part->service, primary->section) == 0;
}

static bool has_name(const struct px_service *s, const struct px_service *primary, const char *name)
{
    for (size_t k = 0; k < s->sni.n_parts; k++)
        if (is_of(&s->sni.part[k], primary) && px_sni_fits(name, s->sni.part[k].pattern))
            return true;
    return false;
}

const struct px_service *px_sni_choose(const struct px_config *c, const struct px_service *s,
                                       const char *name)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (has_name(&c->services[i], s, name))
            return &c->services[i];
    return s;
}

bool px_sni_routes(const struct px_config *c, const struct px_service *s)
{
    for (size_t i = 0; i < c->n_services; i++)
        for (size_t k = 0; k < c->services[i].sni.n_parts; k++)
            if (is_of(&c->services[i].sni.part[k], s))
                return true;
    return false;
}

/* A wildcard takes another pattern whole when it takes its text as a name. Where none is taken
 * whole by one before it, the first that fits is the one that says most. */
static bool is_taken(const struct px_config *c, const struct px_part *part)
{
    for (size_t i = 0; i < c->n_services; i++)
        for (size_t k = 0; k < c->services[i].sni.n_parts; k++) {
            const struct px_part *other = &c->services[i].sni.part[k];
            if (other == part)
                return false;
            if (strcmp(other->service, part->service) == 0 &&
                px_sni_fits(part->pattern, other->pattern))
                return true;
        }
    return false;
}

const char *px_sni_unroutable(const struct px_config *c, size_t i, size_t k)
{
    const struct px_part *part = &c->services[i].sni.part[k];
    const struct px_service *primary = NULL;

    for (size_t n = 0; n < c->n_services && !primary; n++)
        if (is_of(part, &c->services[n]))
            primary = &c->services[n];
    if (!primary)
        return "there is no such service";
    if (primary->client)
        return "that service has client = yes: its clients name no server";
    if (primary->sni.n_parts > 0)
        return "that service accepts nothing itself";
    return is_taken(c, part)
               ? "a pattern before this one takes all names that fit: put this one first"
               : NULL;
}
