#include "secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ratls_err check_file(int fd, const struct rt_secret_file *f, struct ratls_error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return ratls_fail(err, f->refused, "%s: no plain file", f->path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return ratls_fail(err, f->refused, "%s: others may use it (mode %04o)", f->path,
                          (unsigned)st.st_mode & 07777U);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return ratls_fail(err, f->refused, "%s: it belongs to somebody else", f->path);
    return RATLS_OK;
}

/* Up to the end of the file, or one byte more than there is room for. */
static enum ratls_err read_all(int fd, const struct rt_secret_file *f, uint8_t *out, size_t *len,
                               struct ratls_error *err)
{
    size_t done = 0;
    ssize_t n = 1;

    while (done < *len && n != 0) {
        n = read(fd, out + done, *len - done);
        if (n < 0 && errno != EINTR)
            return ratls_fail(err, f->refused, "%s: errno %d", f->path, errno);
        done += n > 0 ? (size_t)n : 0;
    }
    if (done == *len)
        return ratls_fail(err, f->refused, "%s: it is too long", f->path);
    *len = done;
    return RATLS_OK;
}

enum ratls_err rt_secret_file_read(const struct rt_secret_file *f, uint8_t *out, size_t *len,
                                   struct ratls_error *err)
{
    int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return ratls_fail(err, errno == ENOENT ? RATLS_E_NOT_FOUND : f->refused, "%s: errno %d",
                          f->path, errno);
    enum ratls_err e = check_file(fd, f, err);
    if (!e)
        e = read_all(fd, f, out, len, err);
    (void)close(fd);
    return e;
}
