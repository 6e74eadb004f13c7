/* Folders: parts of the configuration, read as if they stood in it, CAs and revocation lists. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

/* Reading goes on in the other file, and comes back. */
static enum ratls_err read_part(struct px_text *t, const char *path)
{
    const struct px_where back = t->at;

    t->included = true;
    t->first = t->n_sections;
    enum ratls_err e = px_text_read(t, path);
    t->included = false;
    t->first = t->n_sections; /* what follows is none of its services' */
    t->at = back;
    return e;
}

static enum ratls_err add_part(struct px_text *t, const char *folder, const char *name, size_t len)
{
    size_t n = 0;

    while (n < PX_MAX_PARTS && t->config->parts[n])
        n++;
    if (n == PX_MAX_PARTS)
        return px_text_fail(t, t->at, "more than %d files are included", PX_MAX_PARTS);
    if (asprintf(&t->config->parts[n], "%s/%.*s", folder, (int)len, name) < 0) {
        t->config->parts[n] = NULL;
        return RATLS_E_NO_MEMORY;
    }
    return read_part(t, t->config->parts[n]);
}

enum ratls_err px_text_include(struct px_text *t, const char *folder)
{
    struct ratls_buffer names = {0};
    const struct ratls_env *env = t->env;
    enum ratls_err e = RATLS_OK;

    if (t->included)
        return px_text_fail(t, t->at, "a file that is included includes no others");
    if (!*folder)
        return px_text_fail(t, t->at, "include: the value is empty");
    if (!env->list_files || env->list_files(env->arg, folder, PX_PARTS, &names) != RATLS_OK)
        return px_text_fail(t, t->at, "include: %s is no folder that can be read", folder);
    for (char *name = (char *)names.p, *end; !e && name && *name; name = end + 1) {
        end = strchr(name, '\n');
        e = add_part(t, folder, name, (size_t)(end - name));
    }
    ratls_buffer_free(&names);
    return e;
}

/* A key that names a folder, and the files in it. */
struct folder {
    const char *key, *path; /* path NULL: nothing to do */
    char ***files;
};

static enum ratls_err keep_names(const struct folder *f, char *names)
{
    char **files = *f->files = calloc(PX_MAX_PEMS + 1, sizeof *files);
    size_t n = 0;

    if (!files)
        return RATLS_E_NO_MEMORY;
    for (char *name = names, *end; *name; name = end + 1) {
        end = strchr(name, '\n');
        if (n == PX_MAX_PEMS)
            return RATLS_E_LIMIT;
        if (asprintf(&files[n], "%s/%.*s", f->path, (int)(end - name), name) < 0) {
            files[n] = NULL;
            return RATLS_E_NO_MEMORY;
        }
        n++;
    }
    return n > 0 ? RATLS_OK : RATLS_E_NOT_FOUND;
}

static enum ratls_err list(const struct px_text *t, const struct px_service *s,
                           const struct folder *f)
{
    const struct ratls_env *env = t->env;
    struct ratls_buffer names = {0};
    enum ratls_err e = RATLS_E_IO;

    if (!f->path)
        return RATLS_OK;
    if (env->list_files)
        e = env->list_files(env->arg, f->path, PX_PEMS, &names);
    if (!e)
        e = names.len > 0 ? keep_names(f, (char *)names.p) : RATLS_E_NOT_FOUND;
    ratls_buffer_free(&names);
    if (!e || e == RATLS_E_NO_MEMORY)
        return e;
    return px_text_fail(t, (struct px_where){s->file, s->line},
                        "[%s] %s: expected a folder with 1 to %d files *" PX_PEMS, s->section,
                        f->key, PX_MAX_PEMS);
}

enum ratls_err px_text_list_folders(const struct px_text *t, struct px_service *s)
{
    const struct folder cas = {"CApath", s->ca_path, &s->ca_path_files};
    const struct folder crls = {"CRLpath", s->crl_path, &s->crl_path_files};
    enum ratls_err e = list(t, s, &cas);

    return e ? e : list(t, s, &crls);
}
