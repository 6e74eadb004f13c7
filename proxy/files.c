/* Files in memory. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "files.h"

static const struct px_file *find(const struct px_files *files, const char *path)
{
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->file[i].path, path) == 0)
            return &files->file[i];
    return NULL;
}

static enum ratls_err copy(struct ratls_bytes from, struct ratls_buffer *out)
{
    *out = (struct ratls_buffer){.p = malloc(from.len + 1), .len = from.len};
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    if (from.len)
        memcpy(out->p, from.p, from.len);
    out->p[from.len] = 0;
    return RATLS_OK;
}

enum ratls_err px_files_add(struct px_files *files, const char *path, struct ratls_bytes content)
{
    if (find(files, path))
        return RATLS_OK;
    if (files->n == PX_FILES_MAX)
        return RATLS_E_LIMIT;
    struct px_file *f = &files->file[files->n];
    f->path = strdup(path);
    if (!f->path || copy(content, &f->content)) {
        free(f->path);
        return RATLS_E_NO_MEMORY;
    }
    files->n++;
    return RATLS_OK;
}

enum ratls_err px_files_read(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    struct px_files *files = arg;
    const struct ratls_env *system = ratls_env_system();
    const struct px_file *f = find(files, path);

    *out = (struct ratls_buffer){0};
    if (f)
        return f->content.len > max ? RATLS_E_LIMIT
                                    : copy(ratls_bytes(f->content.p, f->content.len), out);
    if (files->complete)
        return RATLS_E_IO;
    enum ratls_err e = system->read_file(system->arg, path, max, out);
    return e ? e : px_files_add(files, path, ratls_bytes(out->p, out->len));
}

enum ratls_err px_files_list(void *arg, const char *path, const char *ending,
                             struct ratls_buffer *names)
{
    struct px_files *files = arg;
    const struct ratls_env *system = ratls_env_system();
    char key[PATH_MAX];

    *names = (struct ratls_buffer){0};
    if (snprintf(key, sizeof key, "%s/*%s", path, ending) >= (int)sizeof key)
        return RATLS_E_LIMIT;
    const struct px_file *f = find(files, key);
    if (f)
        return copy(ratls_bytes(f->content.p, f->content.len), names);
    if (files->complete)
        return RATLS_E_IO;
    enum ratls_err e = system->list_files(system->arg, path, ending, names);
    return e ? e : px_files_add(files, key, ratls_bytes(names->p, names->len));
}

static enum ratls_err keep(struct px_files *files, const char *path)
{
    struct ratls_buffer unused = {0};
    enum ratls_err e = px_files_read(files, path, PX_MAX_FILE, &unused);

    ratls_buffer_free(&unused);
    return e;
}

enum ratls_err px_files_collect(struct px_files *files, const char *path, const char *ending)
{
    struct ratls_buffer names = {0};
    char file[PATH_MAX];
    enum ratls_err e = RATLS_OK;

    if (px_files_list(files, path, ending, &names) != RATLS_OK)
        return keep(files, path);
    for (char *name = (char *)names.p, *end; !e && *name; name = end + 1) {
        end = strchr(name, '\n');
        bool fits = snprintf(file, sizeof file, "%s/%.*s", path, (int)(end - name), name) <
                    (int)sizeof file;
        e = fits ? keep(files, file) : RATLS_E_LIMIT;
    }
    ratls_buffer_free(&names);
    return e;
}

void px_files_clear(struct px_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->file[i].path);
        ratls_buffer_free(&files->file[i].content);
    }
    *files = (struct px_files){0};
}
