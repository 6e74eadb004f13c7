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
        return px_text_fail(t, entry->at, "%s: %s", entry->option->name, why.detail);
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

static const char *mode_is(const struct px_service *s)
{
    switch (s->purpose) {
    case PX_RELAY:
        return "a mode that relays";
    case PX_TOKENS:
        return "mode = token";
    case PX_SECRETS:
        return "mode = secrets";
    }
    return "this mode";
}

/* With what a key has no effect. */
static const char *without_effect(const struct px_option *o, const struct px_service *s)
{
    if (o->use == PX_ISSUES || o->use == PX_KEEPS ||
        ((o->use == PX_RELAYS || o->use == PX_SERVER) && s->purpose))
        return mode_is(s);
    if (o->use == PX_CLIENT || o->use == PX_SERVER)
        return s->client ? "client = yes" : "client = no";
    if (s->mode == RATLS_NONE)
        return "mode = none";
    return o->use == PX_JUDGES ? "mode = attest" : "mode = verify";
}

/* The service's own entries win over those before the first section, as a whole. */
static enum ratls_err set_service_option(const struct px_text *t, size_t section,
                                         const struct px_option *o, struct px_service *s)
{
    const struct px_entry *own = px_text_find(t, section, o, NULL);

    if (own && !px_option_fits(o, s))
        return px_text_fail(t, own->at, "%s has no effect with %s", o->name, without_effect(o, s));
    return set_option(t, own || !px_option_fits(o, s) ? section : 0, o, s);
}

static struct px_where where(const struct px_service *s)
{
    return (struct px_where){s->file, s->line};
}

/* `k`: which one of a range of ports. */
static enum ratls_err pick_ports(const struct px_text *t, struct px_service *s, unsigned k)
{
    const unsigned n = s->accept.n_ports;
    enum ratls_err e = RATLS_OK;

    for (; s->connect[s->n_connect].text && !e; s->n_connect++) {
        struct px_address *to = &s->connect[s->n_connect];
        if (s->accept.text && to->n_ports != n)
            return px_text_fail(t, where(s), "[%s] accept and connect have %u and %u ports",
                                s->section, n, to->n_ports);
        e = px_address_pick(to, k);
        if (!e)
            e = px_address_default_loopback(to);
    }
    return !e && s->accept.text ? px_address_pick(&s->accept, k) : e;
}

static enum ratls_err name_service(struct px_service *s, bool ranged)
{
    int len = ranged ? asprintf(&s->name, "%s:%s", s->section, s->accept.port)
                     : asprintf(&s->name, "%s", s->section);

    if (len >= 0)
        return RATLS_OK;
    s->name = NULL;
    return RATLS_E_NO_MEMORY;
}

/* The k-th service of a section; *n is how many there are. */
static enum ratls_err set_one(const struct px_text *t, size_t section, struct px_service *s,
                              unsigned k, unsigned *n)
{
    const struct px_option *o;
    enum ratls_err e;

    s->file = t->sections[section].at.file;
    s->line = t->sections[section].at.line;
    s->section = strdup(t->sections[section].name);
    e = s->section ? RATLS_OK : RATLS_E_NO_MEMORY;
    for (size_t i = 0; !e && (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_SERVICE)
            e = set_service_option(t, section + 1, o, s);
    *n = s->accept.text ? s->accept.n_ports : 1;
    px_config_translate(s);
    px_config_purpose(s);
    if (!e)
        e = px_text_list_folders(t, s);
    if (!e)
        e = pick_ports(t, s, k);
    return e ? e : name_service(s, *n > 1);
}

/* One service for each port. */
static enum ratls_err set_section(const struct px_text *t, size_t section, struct px_config *c)
{
    enum ratls_err e = RATLS_OK;
    unsigned n = 1;

    for (unsigned k = 0; k < n && !e; k++) {
        if (c->n_services == PX_MAX_SERVICES)
            return px_text_fail(t, t->sections[section].at, "more than %d services",
                                PX_MAX_SERVICES);
        struct px_service *s = &c->services[c->n_services++];
        e = set_one(t, section, s, k, &n);
    }
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
        e = set_section(t, i, c);
    return e;
}

/* ---- the whole ---- */

static enum ratls_err read_all(const struct ratls_env *env, struct px_config *c,
                               struct ratls_error *err)
{
    struct px_text *t = calloc(1, sizeof *t);
    enum ratls_err e;

    if (!t)
        return RATLS_E_NO_MEMORY;
    t->env = env;
    t->config = c;
    t->err = err;
    e = px_text_read(t, c->path);
    if (!e)
        e = set_config(t, c);
    if (!e)
        e = px_config_check(c, t);
    if (!e)
        e = px_config_note(c, t);
    px_text_free(t);
    free(t);
    return e;
}

enum ratls_err px_config_load(const struct ratls_env *env, const char *path, struct px_config **out,
                              struct ratls_error *err)
{
    struct px_config *c = calloc(1, sizeof *c);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!c || !(c->path = strdup(path)))
        goto out;
    if ((e = read_all(env, c, err)) != RATLS_OK)
        goto out;
    *out = c;
    c = NULL;
out:
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

static void free_names(char **names)
{
    for (char **name = names; name && *name; name++)
        free(*name);
    free(names);
}

const struct px_service *px_config_service(const struct px_config *c, const char *name)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (strcmp(c->services[i].name, name) == 0)
            return &c->services[i];
    return NULL;
}

struct px_config *px_config_ref(struct px_config *c)
{
    (void)atomic_fetch_add_explicit(&c->others, 1, memory_order_relaxed);
    return c;
}

void px_config_free(struct px_config *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->others, 1, memory_order_acq_rel) > 0)
        return;
    for (size_t i = 0; i < c->n_services; i++) {
        clear(PX_SERVICE, &c->services[i]);
        free(c->services[i].name);
        free(c->services[i].section);
        free_names(c->services[i].ca_path_files);
        free_names(c->services[i].crl_path_files);
    }
    clear(PX_GLOBAL, c);
    for (size_t i = 0; i < PX_MAX_PARTS; i++)
        free(c->parts[i]);
    for (size_t i = 0; c->warnings && c->warnings[i]; i++)
        free(c->warnings[i]);
    free(c->warnings);
    free(c->path);
    free(c);
}

const char *px_service_file(const struct px_service *s, size_t i)
{
    const char *const files[] = {s->ca_file, s->crl_file, s->identity_ca_cert, s->users,
                                 s->passport_ca_file};
    char *const *const folders[] = {s->ca_path_files, s->crl_path_files};

    for (size_t k = 0; k < PX_COUNT(files); k++)
        if (files[k] && i-- == 0)
            return files[k];
    for (size_t f = 0; f < PX_COUNT(folders); f++)
        for (size_t k = 0; folders[f] && folders[f][k]; k++)
            if (i-- == 0)
                return folders[f][k];
    return NULL;
}

const char *px_service_trust_file(const struct px_service *s, size_t i)
{
    char iss[PX_TOKEN_ISS];
    const char *const files[] = {s->policy, s->roots, s->device_keys, s->reference_values,
                                 s->insecure_sim_roots};

    for (size_t k = 0; k < PX_COUNT(files); k++)
        if (files[k] && i-- == 0)
            return files[k];
    for (size_t k = 0; s->crl[k]; k++)
        if (i-- == 0)
            return strchr(s->crl[k], ':') + 1;
    for (size_t k = 0; s->passport_issuer[k]; k++)
        if (i-- == 0)
            return px_token_trust_file(s->passport_issuer[k], iss);
    return i == 0 ? s->passport_policy : NULL;
}
