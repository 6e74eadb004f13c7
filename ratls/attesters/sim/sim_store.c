#include "sim_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 2048

static bool file_path(const struct rt_sim_store *s, const char *directory, size_t i,
                      char path[PATH_LEN])
{
    return snprintf(path, PATH_LEN, "%s/%s", directory, s->file[i].name) < PATH_LEN;
}

void rt_sim_store_free(const struct rt_sim_store *store)
{
    for (size_t i = 0; i < store->n; i++)
        ratls_buffer_free(&store->file[i].der);
}

enum ratls_err rt_sim_store_malformed(const struct rt_sim_store *store, size_t i, const char *why,
                                      struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_CONFIG, "%s/%s is malformed: %s", store->directory,
                      store->file[i].name, why);
}

/* ---- loading ---- */

static enum ratls_err load_file(const struct ratls_env *env, const struct rt_sim_store *s, size_t i,
                                struct ratls_error *err)
{
    char path[PATH_LEN];
    struct ratls_buffer text = {0};
    enum ratls_err e = RATLS_E_IO;

    if (file_path(s, s->directory, i, path))
        e = env->read_file(env->arg, path, RT_MAX_CERT, &text);
    if (e)
        return ratls_fail(err, e, "%s cannot be read", path);
    struct ratls_bytes pem = rt_bytes_of(&text);
    e = rt_pem_next(&pem, s->file[i].label, &s->file[i].der);
    ratls_buffer_free(&text);
    return e ? rt_sim_store_malformed(s, i, "no PEM", err) : RATLS_OK;
}

static enum ratls_err load(const struct ratls_env *env, const struct rt_sim_store *s,
                           struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < s->n && e == RATLS_OK; i++)
        e = load_file(env, s, i, err);
    return e;
}

/* ---- writing ---- */

static enum ratls_err write_text(const char *path, mode_t mode, struct ratls_bytes text,
                                 struct ratls_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");

    if (!f) {
        int reason = errno;
        if (fd >= 0)
            (void)close(fd);
        return ratls_fail(err, RATLS_E_IO, "%s cannot be written: errno %d", path, reason);
    }
    (void)setvbuf(f, NULL, _IONBF, 0); /* stdio's own buffer would keep a copy of keys */
    bool written = fwrite(text.p, 1, text.len, f) == text.len;
    bool closed = fclose(f) == 0;
    return written && closed ? RATLS_OK : ratls_fail(err, RATLS_E_IO, "%s cannot be written", path);
}

static enum ratls_err write_file(const struct rt_sim_store *s, const char *directory, size_t i,
                                 struct ratls_error *err)
{
    const struct rt_sim_file *f = &s->file[i];
    struct ratls_buffer pem = {0};
    char path[PATH_LEN];
    enum ratls_err e = file_path(s, directory, i, path) ? RATLS_OK : RATLS_E_LIMIT;

    if (e == RATLS_OK)
        e = rt_pem_write(f->label, rt_bytes_of(&f->der), &pem);
    if (e == RATLS_OK)
        e = write_text(path, f->is_secret ? 0600 : 0644, rt_bytes_of(&pem), err);
    ratls_buffer_free(&pem);
    return e ? ratls_fail(err, e, "%s cannot be written", f->name) : RATLS_OK;
}

static void remove_draft(const struct rt_sim_store *s, const char *draft)
{
    char path[PATH_LEN];

    for (size_t i = 0; i < s->n; i++)
        if (file_path(s, draft, i, path))
            (void)unlink(path);
    (void)rmdir(draft);
}

/* Made aside and moved into place in one step: nobody ever sees half a PKI. rename(2) replaces an
 * empty directory and refuses one with content: then somebody else was first. */
static enum ratls_err create(const struct ratls_env *env, const struct rt_sim_store *s,
                             struct ratls_error *err)
{
    char draft[PATH_LEN];
    uint8_t id[8];
    char hex[2 * sizeof id + 1];

    if (env->random(env->arg, id, sizeof id) != 0)
        return ratls_fail(err, RATLS_E_RANDOM, "simulated PKI");
    rt_hex(ratls_bytes(id, sizeof id), hex);
    if (snprintf(draft, sizeof draft, "%s.%s", s->directory, hex) >= (int)sizeof draft - 16)
        return ratls_fail(err, RATLS_E_LIMIT, "the path of the PKI is too long");
    enum ratls_err e = s->make(env, s, err);
    if (e == RATLS_OK && mkdir(draft, 0755) != 0)
        e = ratls_fail(err, RATLS_E_IO, "%s cannot be made: errno %d", draft, errno);
    for (size_t i = 0; i < s->n && e == RATLS_OK; i++)
        e = write_file(s, draft, i, err);
    if (e == RATLS_OK && rename(draft, s->directory) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        e = ratls_fail(err, RATLS_E_IO, "%s cannot be made: errno %d", s->directory, errno);
    remove_draft(s, draft);
    rt_sim_store_free(s);
    return e;
}

/* Absent or empty; a directory with anything in it is left alone. */
static bool is_vacant(const char *directory)
{
    DIR *d = opendir(directory);
    struct dirent *entry;
    size_t n = 0;

    if (!d)
        return errno == ENOENT;
    while ((entry = readdir(d)) != NULL)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(d);
    return n == 0;
}

enum ratls_err rt_sim_store_open(const struct ratls_env *env, const struct rt_sim_store *store,
                                 struct ratls_error *err)
{
    struct rt_sim_store s = *store;
    char path[PATH_LEN] = "";
    size_t len = strlen(s.directory);

    if (len >= sizeof path)
        return ratls_fail(err, RATLS_E_LIMIT, "the path of the PKI is too long");
    memcpy(path, s.directory, len);
    while (len > 1 && path[len - 1] == '/') /* the draft goes beside it, not into it */
        path[--len] = 0;
    s.directory = path;
    enum ratls_err e = is_vacant(path) ? create(env, &s, err) : RATLS_OK;
    return e ? e : load(env, &s, err);
}

/* ---- one key alone ---- */

static enum ratls_err make_key(const struct ratls_env *env, const struct rt_sim_store *store,
                               struct ratls_error *err)
{
    struct rt_key *key = NULL;
    enum ratls_err e = rt_key_generate(env, RT_P384, &key);

    if (e == RATLS_OK)
        e = rt_key_export(key, &store->file[0].der);
    rt_key_free(key);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_key(const struct rt_sim_store *store, struct rt_key **out,
                              struct ratls_error *err)
{
    struct ratls_error inner = {0};

    if (rt_key_import(rt_bytes_of(&store->file[0].der), out, &inner) != RATLS_OK)
        return rt_sim_store_malformed(store, 0, inner.detail, err);
    return rt_key_curve(*out) == RT_P384 ? RATLS_OK
                                         : rt_sim_store_malformed(store, 0, "not on P-384", err);
}

enum ratls_err rt_sim_store_key(const struct ratls_env *env, const char *directory,
                                const char *name, struct rt_key **out, struct ratls_error *err)
{
    struct rt_sim_file file = {.name = name, .label = "EC PRIVATE KEY", .is_secret = true};
    const struct rt_sim_store store = {
        .directory = directory, .file = &file, .n = 1, .make = make_key};
    enum ratls_err e = rt_sim_store_open(env, &store, err);

    if (e == RATLS_OK)
        e = use_key(&store, out, err);
    rt_sim_store_free(&store);
    return e;
}
