/* sim_store.c - the simulated PKI as files, so that several processes share one root. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim_pki.h"

#define PATH_LEN 2048

static const struct {
    const char *file, *label;
    mode_t mode;
    bool secret;
    enum rt_sim_cert which;
} files[] = {
    {"root.key", "EC PRIVATE KEY", 0600, true, RT_SIM_ROOT},
    {"ca.key", "EC PRIVATE KEY", 0600, true, RT_SIM_CA},
    {"pck.key", "EC PRIVATE KEY", 0600, true, RT_SIM_PCK},
    {"tcb.key", "EC PRIVATE KEY", 0600, true, RT_SIM_TCB},
    {"root.pem", "CERTIFICATE", 0644, false, RT_SIM_ROOT},
    {"ca.pem", "CERTIFICATE", 0644, false, RT_SIM_CA},
    {"pck.pem", "CERTIFICATE", 0644, false, RT_SIM_PCK},
    {"tcb.pem", "CERTIFICATE", 0644, false, RT_SIM_TCB},
};

static bool file_path(const char *directory, size_t i, char path[PATH_LEN])
{
    return snprintf(path, PATH_LEN, "%s/%s", directory, files[i].file) < PATH_LEN;
}

/* ---- loading ---- */

static enum ratls_err load_file(const struct ratls_env *env, const char *directory, size_t i,
                                struct rt_sim_pki *pki, struct ratls_error *err)
{
    char path[PATH_LEN];
    struct ratls_buffer text = {0};
    struct ratls_error inner = {0};
    enum ratls_err e = RATLS_E_IO;

    if (file_path(directory, i, path))
        e = env->read_file(env->arg, path, RT_MAX_CERT, &text);
    if (e)
        return ratls_fail(err, e, "%s cannot be read", path);
    if (files[i].secret) {
        e = rt_key_import(rt_bytes_of(&text), &pki->key[files[i].which], &inner);
    } else {
        struct ratls_bytes pem = rt_bytes_of(&text);
        e = rt_pem_next(&pem, files[i].label, &pki->der[files[i].which]);
    }
    ratls_buffer_free(&text);
    return e ? ratls_fail(err, RATLS_E_CONFIG, "%s is malformed: %s", path, inner.detail)
             : RATLS_OK;
}

static enum ratls_err load(const struct ratls_env *env, const char *directory,
                           struct rt_sim_pki *pki, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    memset(pki, 0, sizeof *pki);
    for (size_t i = 0; i < RT_COUNT(files) && e == RATLS_OK; i++)
        e = load_file(env, directory, i, pki, err);
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

static enum ratls_err write_file(const struct rt_sim_pki *pki, const char *directory, size_t i,
                                 struct ratls_error *err)
{
    struct ratls_buffer der = {0}, pem = {0};
    char path[PATH_LEN];
    enum ratls_err e = file_path(directory, i, path) ? RATLS_OK : RATLS_E_LIMIT;

    if (e == RATLS_OK)
        e = files[i].secret ? rt_key_export(pki->key[files[i].which], &der)
                            : rt_dup(rt_bytes_of(&pki->der[files[i].which]), &der);
    if (e == RATLS_OK)
        e = rt_pem_write(files[i].label, rt_bytes_of(&der), &pem);
    if (e == RATLS_OK)
        e = write_text(path, files[i].mode, rt_bytes_of(&pem), err);
    ratls_buffer_free(&der);
    ratls_buffer_free(&pem);
    return e ? ratls_fail(err, e, "%s cannot be written", files[i].file) : RATLS_OK;
}

static void remove_draft(const char *draft)
{
    char path[PATH_LEN];

    for (size_t i = 0; i < RT_COUNT(files); i++)
        if (file_path(draft, i, path))
            (void)unlink(path);
    (void)rmdir(draft);
}

/* Made aside and moved into place in one step: nobody ever sees half a PKI. rename(2) replaces an
 * empty directory and refuses one with content: then somebody else was first. */
static enum ratls_err create(const struct ratls_env *env, const char *directory,
                             struct ratls_error *err)
{
    struct rt_sim_pki pki;
    char draft[PATH_LEN];
    uint8_t id[8];
    char hex[2 * sizeof id + 1];

    if (env->random(env->arg, id, sizeof id) != 0)
        return ratls_fail(err, RATLS_E_RANDOM, "simulated PKI");
    rt_hex(ratls_bytes(id, sizeof id), hex);
    if (snprintf(draft, sizeof draft, "%s.%s", directory, hex) >= (int)sizeof draft - 16)
        return ratls_fail(err, RATLS_E_LIMIT, "the path of the PKI is too long");
    enum ratls_err e = rt_sim_pki_make(env, NULL, &pki, err);
    if (e == RATLS_OK && mkdir(draft, 0755) != 0)
        e = ratls_fail(err, RATLS_E_IO, "%s cannot be made: errno %d", draft, errno);
    for (size_t i = 0; i < RT_COUNT(files) && e == RATLS_OK; i++)
        e = write_file(&pki, draft, i, err);
    if (e == RATLS_OK && rename(draft, directory) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        e = ratls_fail(err, RATLS_E_IO, "%s cannot be made: errno %d", directory, errno);
    remove_draft(draft);
    rt_sim_pki_free(&pki);
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

enum ratls_err rt_sim_pki_open(const struct ratls_env *env, const char *directory,
                               struct rt_sim_pki *out, struct ratls_error *err)
{
    char path[PATH_LEN] = "";
    size_t len = strlen(directory);

    memset(out, 0, sizeof *out);
    if (len >= sizeof path)
        return ratls_fail(err, RATLS_E_LIMIT, "the path of the PKI is too long");
    memcpy(path, directory, len);
    while (len > 1 && path[len - 1] == '/') /* the draft goes beside it, not into it */
        path[--len] = 0;
    enum ratls_err e = is_vacant(path) ? create(env, path, err) : RATLS_OK;
    return e ? e : load(env, path, out, err);
}
