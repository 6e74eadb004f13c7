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

static struct ratls_bytes content_of(const struct px_file *f)
{
    return ratls_bytes(f->content.p, f->content.len);
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
        return f->content.len > max ? RATLS_E_LIMIT : copy(content_of(f), out);
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
        return copy(content_of(f), names);
    if (files->complete)
        return RATLS_E_IO;
    enum ratls_err e = system->list_files(system->arg, path, ending, names);
    return e ? e : px_files_add(files, key, ratls_bytes(names->p, names->len));
}

enum ratls_err px_files_keep(struct px_files *files, const char *path)
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
        return px_files_keep(files, path);
    for (char *name = (char *)names.p, *end; !e && *name; name = end + 1) {
        end = strchr(name, '\n');
        bool fits = snprintf(file, sizeof file, "%s/%.*s", path, (int)(end - name), name) <
                    (int)sizeof file;
        e = fits ? px_files_keep(files, file) : RATLS_E_LIMIT;
    }
    ratls_buffer_free(&names);
    return e;
}

enum ratls_err px_files_copy(const struct px_files *files, struct px_files **out)
{
    struct px_files *to = *out = calloc(1, sizeof *to);
    enum ratls_err e = to ? RATLS_OK : RATLS_E_NO_MEMORY;

    for (size_t i = 0; !e && i < files->n; i++)
        e = px_files_add(to, files->file[i].path, content_of(&files->file[i]));
    if (e) {
        px_files_free(to);
        *out = NULL;
        return e;
    }
    to->complete = files->complete;
    return RATLS_OK;
}

bool px_files_equal(const struct px_files *a, const struct px_files *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->file[i].path, b->file[i].path) != 0 ||
            !ratls_bytes_equal(content_of(&a->file[i]), content_of(&b->file[i])))
            return false;
    return true;
}

bool px_files_same(const struct px_files *a, const struct px_files *b, const char *path)
{
    const struct px_file *x = find(a, path), *y = find(b, path);

    return x && y && ratls_bytes_equal(content_of(x), content_of(y));
}

void px_files_clear(struct px_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->file[i].path);
        ratls_buffer_free(&files->file[i].content);
    }
    *files = (struct px_files){0};
}

void px_files_free(struct px_files *files)
{
    if (files)
        px_files_clear(files);
    free(files);
}
