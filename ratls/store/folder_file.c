#include "folder_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"

#define DRAFT ".draft" /* never read, overwritten by the next writer */

enum { FILE_MODE = 0640, LOCK_POLL_MS = 5 };

enum ratls_err rt_file_fail(struct ratls_error *err, const char *name)
{
    static const struct {
        int number;
        enum ratls_err e;
    } known[] = {{ENOENT, RATLS_E_NOT_FOUND},    {ENOTDIR, RATLS_E_NOT_FOUND},
                 {EACCES, RATLS_E_STORE_DENIED}, {EPERM, RATLS_E_STORE_DENIED},
                 {EROFS, RATLS_E_STORE_DENIED},  {ENOMEM, RATLS_E_NO_MEMORY}};
    const int number = errno;

    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (known[i].number == number)
            return ratls_fail(err, known[i].e, "%s: errno %d", name, number);
    return ratls_fail(err, RATLS_E_STORE, "%s: errno %d", name, number);
}

/* ---- reading ---- */

static enum ratls_err read_all(int fd, const char *name, struct ratls_buffer *out,
                               struct ratls_error *err)
{
    for (size_t done = 0; done < out->len;) {
        ssize_t n = read(fd, out->p + done, out->len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return rt_file_fail(err, name);
        if (n == 0) /* writers replace files and never touch them */
            return ratls_fail(err, RATLS_E_STORE, "%s: it became shorter", name);
        done += (size_t)n;
    }
    out->p[out->len] = 0;
    return RATLS_OK;
}

struct part {
    const char *name;
    size_t max;
    bool tail; /* of a larger file the last `max` bytes; otherwise that is too large */
};

static enum ratls_err read_open(int fd, const struct part *part, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return rt_file_fail(err, part->name);
    if (!S_ISREG(st.st_mode))
        return ratls_fail(err, RATLS_E_STORE, "%s: no plain file", part->name);
    out->len = (size_t)st.st_size;
    if (out->len > part->max && part->tail) {
        out->len = part->max;
        if (lseek(fd, st.st_size - (off_t)part->max, SEEK_SET) < 0)
            return rt_file_fail(err, part->name);
    }
    if (out->len > part->max)
        return ratls_fail(err, RATLS_E_LIMIT, "%s: more than %zu bytes", part->name, part->max);
    out->p = malloc(out->len + 1);
    return out->p ? read_all(fd, part->name, out, err) : RATLS_E_NO_MEMORY;
}

static enum ratls_err read_part(int folder, const struct part *part, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    int fd = openat(folder, part->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    *out = (struct ratls_buffer){0};
    if (fd < 0)
        return rt_file_fail(err, part->name);
    enum ratls_err e = read_open(fd, part, out, err);
    (void)close(fd);
    if (e) {
        free(out->p);
        *out = (struct ratls_buffer){0};
    }
    return e;
}

enum ratls_err rt_file_read(int folder, const char *name, size_t max, struct ratls_buffer *out,
                            struct ratls_error *err)
{
    return read_part(folder, &(struct part){.name = name, .max = max}, out, err);
}

enum ratls_err rt_file_tail(int folder, const char *name, size_t max, struct ratls_buffer *out,
                            struct ratls_error *err)
{
    return read_part(folder, &(struct part){.name = name, .max = max, .tail = true}, out, err);
}

/* ---- writing ---- */

static bool write_all(int fd, struct ratls_bytes content)
{
    for (struct rt_reader r = rt_reader(content); r.left > 0;) {
        ssize_t n = write(fd, r.p, r.left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        rt_skip(&r, (size_t)n);
    }
    return true;
}

enum ratls_err rt_file_write(int folder, const char *name, struct ratls_bytes content,
                             struct ratls_error *err)
{
    (void)unlinkat(folder, DRAFT, 0); /* of a writer that died */
    int fd = openat(folder, DRAFT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return rt_file_fail(err, name);
    bool ok = write_all(fd, content) && fsync(fd) == 0;
    int reason = errno;
    ok = close(fd) == 0 && ok;
    if (ok && (renameat(folder, DRAFT, folder, name) != 0 || fsync(folder) != 0)) {
        ok = false;
        reason = errno;
    }
    if (ok)
        return RATLS_OK;
    (void)unlinkat(folder, DRAFT, 0);
    errno = reason;
    return rt_file_fail(err, name);
}

/* ---- lock ---- */

enum ratls_err rt_file_lock(const struct ratls_env *env, int folder, bool write,
                            struct ratls_error *err)
{
    const int64_t until = env->monotonic_ms(env->arg) + RT_LOCK_WAIT_MS;
    const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};

    while (flock(folder, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return rt_file_fail(err, "the lock of the folder");
        if (env->monotonic_ms(env->arg) >= until)
            return ratls_fail(err, RATLS_E_TIMEOUT, "somebody else holds the folder");
        (void)nanosleep(&pause, NULL);
    }
    return RATLS_OK;
}

void rt_file_unlock(int folder)
{
    (void)flock(folder, LOCK_UN);
}
