/* Payloads of the messages between master and workers. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "ipc.h"

/* ---- reading ---- */

struct px_reader px_reader(struct ratls_bytes in)
{
    return (struct px_reader){.p = in.p, .left = in.len};
}

static const uint8_t *take(struct px_reader *r, size_t n)
{
    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    r->p += n;
    r->left -= n;
    return at;
}

static uint64_t get_uint(struct px_reader *r, size_t n)
{
    const uint8_t *at = take(r, n);
    uint64_t value = 0;

    for (size_t i = 0; at && i < n; i++)
        value = value << 8 | at[i];
    return value;
}

uint8_t px_get_u8(struct px_reader *r)
{
    return (uint8_t)get_uint(r, 1);
}

uint16_t px_get_u16(struct px_reader *r)
{
    return (uint16_t)get_uint(r, 2);
}

uint32_t px_get_u32(struct px_reader *r)
{
    return (uint32_t)get_uint(r, 4);
}

uint64_t px_get_u64(struct px_reader *r)
{
    return get_uint(r, 8);
}

void px_get_copy(struct px_reader *r, uint8_t *out, size_t n)
{
    const uint8_t *at = take(r, n);

    if (at)
        memcpy(out, at, n);
    else
        memset(out, 0, n);
}

struct ratls_bytes px_get_bytes(struct px_reader *r, size_t n)
{
    const uint8_t *at = take(r, n);

    return ratls_bytes(at, at ? n : 0);
}

struct ratls_bytes px_get_rest(struct px_reader *r)
{
    return px_get_bytes(r, r->left);
}

char *px_get_text(struct px_reader *r)
{
    struct ratls_bytes raw = px_get_bytes(r, px_get_u16(r));

    if (r->bad || (raw.len && memchr(raw.p, 0, raw.len))) {
        r->bad = true;
        return NULL;
    }
    char *text = calloc(1, raw.len + 1);
    if (text && raw.len)
        memcpy(text, raw.p, raw.len);
    r->bad = !text;
    return text;
}

bool px_reader_done(const struct px_reader *r)
{
    return !r->bad && r->left == 0;
}

/* ---- writing ---- */

struct px_message *px_message_new(enum px_msg_type type, size_t payload_len)
{
    if (payload_len > PX_MAX_FROM_MASTER)
        return NULL;
    struct px_message *m = calloc(1, sizeof *m + PX_MSG_HEADER + payload_len);
    if (!m)
        return NULL;
    m->cap = PX_MSG_HEADER + payload_len;
    m->fd = -1;
    px_put_uint(m, (uint64_t)type, 1);
    px_put_uint(m, payload_len, 4);
    return m;
}

void px_message_free(struct px_message *m)
{
    if (!m)
        return;
    explicit_bzero(m->bytes, m->cap);
    if (m->fd >= 0)
        (void)close(m->fd);
    free(m);
}

void px_put_bytes(struct px_message *m, struct ratls_bytes bytes)
{
    if (!m || m->bad || bytes.len > m->cap - m->len) {
        if (m)
            m->bad = true;
        return;
    }
    if (bytes.len)
        memcpy(&m->bytes[m->len], bytes.p, bytes.len);
    m->len += bytes.len;
}

void px_put_uint(struct px_message *m, uint64_t value, size_t n_bytes)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = (uint8_t)(value >> 8 * (n_bytes - 1 - i));
    px_put_bytes(m, ratls_bytes(bytes, n_bytes));
}

void px_put_text(struct px_message *m, const char *text)
{
    size_t len = strlen(text);

    if (m && len > UINT16_MAX)
        m->bad = true;
    px_put_uint(m, len, 2);
    px_put_bytes(m, ratls_bytes(text, len));
}

void px_put_fd(struct px_message *m, int fd)
{
    if (!m || m->fd >= 0)
        return;
    m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    m->bad = m->bad || m->fd < 0;
}

/* ---- the request for a proof ---- */

struct px_message *px_prove_message(const struct px_prove *p)
{
    const struct ratls_proof_request *q = &p->request;
    struct px_message *m = px_message_new(PX_MSG_PROVE, 8 + 4 + 32 + 1 + 1 + 3 * 32);

    px_put_uint(m, p->id, 8);
    px_put_uint(m, p->issuer, 4);
    px_put_bytes(m, ratls_bytes(p->own_spki_sha256, 32));
    px_put_uint(m, (uint64_t)q->role, 1);
    px_put_uint(m, (uint64_t)q->level, 1);
    px_put_bytes(m, ratls_bytes(q->exporter, 32));
    px_put_bytes(m, ratls_bytes(q->peer_spki_sha256, 32));
    px_put_bytes(m, ratls_bytes(q->hello_sha256, 32));
    return m;
}

bool px_prove_parse(struct ratls_bytes payload, struct px_prove *out)
{
    struct px_reader r = px_reader(payload);

    *out = (struct px_prove){0};
    out->id = px_get_u64(&r);
    out->issuer = px_get_u32(&r);
    px_get_copy(&r, out->own_spki_sha256, 32);
    uint8_t role = px_get_u8(&r);
    uint8_t level = px_get_u8(&r);
    px_get_copy(&r, out->request.exporter, 32);
    px_get_copy(&r, out->request.peer_spki_sha256, 32);
    px_get_copy(&r, out->request.hello_sha256, 32);
    if (!px_reader_done(&r) || (role != RATLS_CLIENT && role != RATLS_SERVER) ||
        (level != RATLS_LEVEL_SESSION && level != RATLS_LEVEL_QUOTE))
        return false;
    out->request.role = role == RATLS_CLIENT ? RATLS_CLIENT : RATLS_SERVER;
    out->request.level = level == RATLS_LEVEL_QUOTE ? RATLS_LEVEL_QUOTE : RATLS_LEVEL_SESSION;
    return true;
}
