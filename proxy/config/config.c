/* Reading a configuration: text to entries, entries to structs, then the check as a whole. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

/* ---- entries to structs ---- */

static enum ratls_err set_entry(const struct px_text *t, const struct px_entry *entry, void *base)
{
    struct ratls_error why = {0};
    enum ratls_err e = px_option_set(entry->option, base, entry->value, &why);

    if (e == RATLS_E_CONFIG)
        return px_text_fail(t, entry->line, "%s: %s", entry->option->name, why.detail);
    return e;
}

/* All entries of a key in one section, or its default. */
static enum ratls_err set_option(const struct px_text *t, size_t section, const struct px_option *o,
                                 void *base)
{
    const struct px_entry *entry = px_text_find(t, section, o, NULL);
    enum ratls_err e = RATLS_OK;

    if (!entry && o->fallback)
        return px_option_set(o, base, o->fallback, NULL);
    for (; entry && !e; entry = px_text_find(t, section, o, entry))
        e = set_entry(t, entry, base);
    return e;
}

/* The service's own entries win over those before the first section, as a whole. */
static enum ratls_err set_service_option(const struct px_text *t, size_t section,
                                         const struct px_option *o, struct px_service *s)
{
    const struct px_entry *own = px_text_find(t, section, o, NULL);

    if (own && !px_option_fits(o, s))
        return px_text_fail(t, own->line, "%s has no effect with %s", o->name,
                            o->use == PX_CLIENT   ? "client = no"
                            : o->use == PX_JUDGES ? "mode = attest"
                                                  : "mode = verify");
    return set_option(t, own || !px_option_fits(o, s) ? section : 0, o, s);
}

static enum ratls_err set_service(const struct px_text *t, size_t i, struct px_config *c)
{
    struct px_service *s = &c->services[i];
    const struct px_option *o;

    c->n_services = i + 1;
    s->file = c->path;
    s->line = t->sections[i].line;
    s->name = strdup(t->sections[i].name);
    enum ratls_err e = s->name ? RATLS_OK : RATLS_E_NO_MEMORY;
    for (size_t k = 0; !e && (o = px_option_at(k)) != NULL; k++)
        if (o->scope == PX_SERVICE)
            e = set_service_option(t, i + 1, o, s);
    if (!e && s->connect.text)
        e = px_address_default_loopback(&s->connect);
    return e;
}

/* The CPUs this process may use, which is less than the machine has under taskset and in
 * containers. */
static unsigned cpus(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < PX_MAX_WORKERS ? (unsigned)n : PX_MAX_WORKERS;
}

static enum ratls_err set_config(const struct px_text *t, struct px_config *c)
{
    const struct px_option *o;
    enum ratls_err e = RATLS_OK;

    for (size_t k = 0; !e && (o = px_option_at(k)) != NULL; k++)
        if (o->scope == PX_GLOBAL)
            e = set_option(t, 0, o, c);
    if (c->workers == 0)
        c->workers = cpus();
    for (size_t i = 0; !e && i < t->n_sections; i++)
        e = set_service(t, i, c);
    return e;
}

/* ---- the whole ---- */

static enum ratls_err parse(struct ratls_bytes text, struct px_config *c, struct ratls_error *err)
{
    struct px_text *t = calloc(1, sizeof *t);
    enum ratls_err e;

    if (!t)
        return RATLS_E_NO_MEMORY;
    t->path = c->path;
    t->err = err;
    e = px_text_parse(t, text);
    if (!e)
        e = set_config(t, c);
    if (!e)
        e = px_config_check(c, t);
    px_text_free(t);
    free(t);
    return e;
}

static enum ratls_err read_text(const struct ratls_env *env, const char *path,
                                struct ratls_buffer *text, struct ratls_error *err)
{
    enum ratls_err e = env->read_file(env->arg, path, PX_MAX_TEXT, text);

    if (e == RATLS_E_LIMIT)
        return ratls_fail(err, RATLS_E_CONFIG, "%s: larger than %d bytes", path, PX_MAX_TEXT);
    return e ? ratls_fail(err, e, "%s: cannot be read", path) : RATLS_OK;
}

enum ratls_err px_config_load(const struct ratls_env *env, const char *path, struct px_config **out,
                              struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    struct px_config *c = calloc(1, sizeof *c);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!c || !(c->path = strdup(path)))
        goto out;
    if ((e = read_text(env, path, &text, err)) != RATLS_OK)
        goto out;
    if ((e = parse(ratls_bytes(text.p, text.len), c, err)) != RATLS_OK)
        goto out;
    *out = c;
    c = NULL;
out:
    ratls_buffer_free(&text);
    px_config_free(c);
    return e ? ratls_fail(err, e, "%s: %s", path, ratls_err_text(e)) : RATLS_OK;
}

static void clear(enum px_scope scope, void *base)
{
    const struct px_option *o;

    for (size_t k = 0; (o = px_option_at(k)) != NULL; k++)
        if (o->scope == scope)
            px_option_clear(o, base);
}

void px_config_free(struct px_config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_services; i++) {
        clear(PX_SERVICE, &c->services[i]);
        free(c->services[i].name);
    }
    clear(PX_GLOBAL, c);
    free(c->path);
    free(c);
}

const char *px_service_file(const struct px_service *s, size_t i)
{
    const char *const files[] = {s->ca_file, s->identity_ca_cert};

    for (size_t k = 0; k < PX_COUNT(files); k++)
        if (files[k] && i-- == 0)
            return files[k];
    return NULL;
}

const char *px_service_trust_file(const struct px_service *s, size_t i)
{
    const char *const files[] = {s->policy, s->roots, s->device_keys, s->reference_values,
                                 s->insecure_sim_roots};

    for (size_t k = 0; k < PX_COUNT(files); k++)
        if (files[k] && i-- == 0)
            return files[k];
    for (size_t k = 0; s->crl[k]; k++)
        if (i-- == 0)
            return strchr(s->crl[k], ':') + 1;
    return NULL;
}
