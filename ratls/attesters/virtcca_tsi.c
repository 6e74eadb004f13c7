#include "virtcca_tsi.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define TOKEN_MAX (16 * 1024) /* what verifiers take; the kernel's room ends before, mostly */

union request {
    uint8_t challenge[RT_TSI_CHALLENGE]; /* of each of them */
    struct rt_tsi_token token;
    struct rt_tsi_short_token short_token;
    struct rt_tsi_readable_token readable;
    struct rt_tsi_oldest_token oldest;
};

static const struct form {
    unsigned long code;
    size_t size_at;
    size_t token_at; /* 0: to be read from the device */
    size_t room;
} forms[] = {
    {RT_TSI_GET_TOKEN, offsetof(struct rt_tsi_token, size), offsetof(struct rt_tsi_token, token),
     2 * RT_TSI_GRANULE},
    {RT_TSI_GET_SHORT_TOKEN, offsetof(struct rt_tsi_short_token, size),
     offsetof(struct rt_tsi_short_token, token), RT_TSI_GRANULE},
    {RT_TSI_GET_READABLE_TOKEN, offsetof(struct rt_tsi_readable_token, size), 0, TOKEN_MAX},
    {RT_TSI_GET_OLDEST_TOKEN, offsetof(struct rt_tsi_oldest_token, size), 0, TOKEN_MAX},
};

static enum ratls_err refused(int reason, const char *what, struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_ATTESTER, "virtcca: no %s, errno %d%s", what, reason,
                      reason == ENOTTY ? ": another device?" : "");
}

/* What is left in q is the answer to t->form. */
static enum ratls_err request_token(struct rt_tsi *t, const uint8_t *challenge, union request *q,
                                    struct ratls_error *err)
{
    int reason = ENOTTY;

    for (; t->form < RT_COUNT(forms); t->form++) {
        *q = (union request){.token = {.size = 0}};
        memcpy(q->challenge, challenge, RT_TSI_CHALLENGE);
        reason = t->ops->request(t->ops->arg, t->fd, forms[t->form].code, q);
        if (reason != ENOTTY)
            break;
    }
    if (reason)
        t->form = 0;
    return reason ? refused(reason, "token", err) : RATLS_OK;
}

/* The kernel keeps one token for all of its callers: this may be another's. */
static enum ratls_err read_token(const struct rt_tsi *t, size_t size, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    out->p = malloc(size);
    if (!out->p)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "virtcca");
    out->len = size;
    const ssize_t n = t->ops->read(t->ops->arg, t->fd, out->p, size);
    if (n == (ssize_t)size)
        return RATLS_OK;
    ratls_buffer_free(out);
    return ratls_fail(err, RATLS_E_ATTESTER, "virtcca: of a token of %zu bytes, %zd can be read",
                      size, n);
}

static enum ratls_err take_token(const struct rt_tsi *t, const union request *q,
                                 struct ratls_buffer *out, struct ratls_error *err)
{
    const struct form *f = &forms[t->form];
    const uint8_t *bytes = (const uint8_t *)q;
    uint64_t size;

    memcpy(&size, bytes + f->size_at, sizeof size);
    if (size == 0 || size > f->room)
        return ratls_fail(err, RATLS_E_ATTESTER, "virtcca: a token of %llu bytes, in room of %zu",
                          (unsigned long long)size, f->room);
    if (f->token_at == 0)
        return read_token(t, (size_t)size, out, err);
    const enum ratls_err e = rt_dup(ratls_bytes(bytes + f->token_at, (size_t)size), out);
    return e ? ratls_fail(err, e, "virtcca") : RATLS_OK;
}

/* Tag 399 around a map with one or two tokens. */
static bool is_collection(struct ratls_bytes token)
{
    static const uint8_t tag[] = {0xd9, 0x01, 0x8f};
    struct rt_reader r = rt_reader(token);
    const struct ratls_bytes begin = rt_take_bytes(&r, sizeof tag);
    const uint8_t map = rt_u8(&r);

    return ratls_bytes_equal(begin, ratls_bytes(tag, sizeof tag)) && (map == 0xa1 || map == 0xa2);
}

enum ratls_err rt_tsi_token(struct rt_tsi *t, const uint8_t challenge[RT_TSI_CHALLENGE],
                            struct ratls_buffer *out, struct ratls_error *err)
{
    union request q;
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if ((e = request_token(t, challenge, &q, err)) != RATLS_OK ||
        (e = take_token(t, &q, out, err)) != RATLS_OK)
        return e;
    if (is_collection(rt_bytes_of(out)))
        return RATLS_OK;
    ratls_buffer_free(out);
    return ratls_fail(err, RATLS_E_ATTESTER, "virtcca: the token is no collection of tag 399");
}

enum ratls_err rt_tsi_cert(const struct rt_tsi *t, struct ratls_buffer *out,
                           struct ratls_error *err)
{
    struct rt_tsi_cert q = {.size = 0};
    const int reason = t->ops->request(t->ops->arg, t->fd, RT_TSI_GET_CERT, &q);

    *out = (struct ratls_buffer){0};
    if (reason)
        return refused(reason, "certificate of the device", err);
    if (q.size == 0 || q.size > sizeof q.value)
        return ratls_fail(err, RATLS_E_ATTESTER, "virtcca: a certificate of %llu bytes",
                          (unsigned long long)q.size);
    const enum ratls_err e = rt_dup(ratls_bytes(q.value, (size_t)q.size), out);
    return e ? ratls_fail(err, e, "virtcca") : RATLS_OK;
}
