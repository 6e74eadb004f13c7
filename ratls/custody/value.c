/* Values, in pages of their own. */
#include <errno.h>
#include <unistd.h>

#include "sealed.h"

struct ratls_secret_value {
    size_t len;
    uint8_t bytes[];
};

static size_t size_of(size_t len)
{
    return sizeof(struct ratls_secret_value) + len;
}

enum ratls_err rt_value_new(size_t len, struct ratls_secret_value **out)
{
    *out = rt_secret_alloc(size_of(len));
    if (!*out)
        return RATLS_E_NO_MEMORY;
    (*out)->len = len;
    return RATLS_OK;
}

uint8_t *rt_value_bytes(struct ratls_secret_value *v)
{
    return v->bytes;
}

static enum ratls_err check_size(size_t len, struct ratls_error *err)
{
    if (len == 0)
        return ratls_fail(err, RATLS_E_USAGE, "an empty value is no secret");
    if (len > RATLS_SECRET_VALUE_MAX)
        return ratls_fail(err, RATLS_E_LIMIT, "a value has at most %d bytes",
                          RATLS_SECRET_VALUE_MAX);
    return RATLS_OK;
}

enum ratls_err ratls_secret_value_of(struct ratls_bytes bytes, struct ratls_secret_value **out,
                                     struct ratls_error *err)
{
    enum ratls_err e = check_size(bytes.len, err);

    *out = NULL;
    if (!e)
        e = rt_value_new(bytes.len, out);
    if (!e)
        memcpy((*out)->bytes, bytes.p, bytes.len);
    return e;
}

/* One byte more than there may be, which tells that there is more. */
static enum ratls_err read_up_to(int fd, struct ratls_secret_value *v, size_t room,
                                 struct ratls_error *err)
{
    ssize_t n = 1;

    while (v->len < room && n != 0) {
        n = read(fd, v->bytes + v->len, room - v->len);
        if (n < 0 && errno != EINTR)
            return ratls_fail(err, RATLS_E_IO, "the value: errno %d", errno);
        v->len += n > 0 ? (size_t)n : 0;
    }
    return check_size(v->len, err);
}

enum ratls_err ratls_secret_value_read(int fd, struct ratls_secret_value **out,
                                       struct ratls_error *err)
{
    const size_t room = RATLS_SECRET_VALUE_MAX + 1;
    struct ratls_secret_value *all = NULL;
    enum ratls_err e = rt_value_new(room, &all);

    *out = NULL;
    if (e)
        return e;
    all->len = 0;
    e = read_up_to(fd, all, room, err);
    if (!e)
        e = ratls_secret_value_of(ratls_secret_value_bytes(all), out, err);
    rt_secret_free(all, size_of(room));
    return e;
}

struct ratls_bytes ratls_secret_value_bytes(const struct ratls_secret_value *v)
{
    return ratls_bytes(v->bytes, v->len);
}

void ratls_secret_value_free(struct ratls_secret_value *v)
{
    if (v)
        rt_secret_free(v, size_of(v->len));
}
