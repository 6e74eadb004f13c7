/* Life and records of a connection. What leads to OPEN is in conn_handshake.c. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "ratls/wolfssl.h"

/* ---- transport over a descriptor ---- */

static int fd_of(void *arg)
{
    return (int)(intptr_t)arg;
}

static long answer(ssize_t n)
{
    if (n >= 0)
        return (long)n;
    switch (errno) {
    case EAGAIN:
        return RATLS_IO_AGAIN;
    case ECONNRESET:
    case EPIPE:
        return RATLS_IO_RESET;
    case ETIMEDOUT:
    case EHOSTUNREACH: /* the last that was heard before the time was over, tcp(7) */
        return RATLS_IO_LOST;
    }
    return RATLS_IO_ERROR;
}

static long fd_read(void *arg, uint8_t *buf, size_t len)
{
    ssize_t n;

    do
        n = recv(fd_of(arg), buf, len, 0);
    while (n < 0 && errno == EINTR);
    return answer(n);
}

static long fd_write(void *arg, const uint8_t *buf, size_t len)
{
    ssize_t n;

    do
        n = send(fd_of(arg), buf, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return answer(n);
}

static bool fd_readable(void *arg)
{
    struct pollfd p = {.fd = fd_of(arg), .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

struct ratls_io ratls_io_fd(int fd)
{
    return (struct ratls_io){
        .read = fd_read, .write = fd_write, .readable = fd_readable, .arg = (void *)(intptr_t)fd};
}

/* ---- life ---- */

static enum ratls_err conn_new(struct ratls_ctx *ctx, enum ratls_role role, struct ratls_conn **out,
                               struct ratls_error *err)
{
    struct ratls_conn *c = *out = calloc(1, sizeof *c);

    if (role != RATLS_CLIENT && role != RATLS_SERVER)
        return ratls_fail(err, RATLS_E_USAGE, "unknown role");
    if (!c)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "connection");
    c->ctx = ratls_ctx_ref(ctx);
    c->by = rt_ctx_standard(ctx);
    c->role = role;
    c->deadline_ms = ctx->env->monotonic_ms(ctx->env->arg) + ctx->set.timeout_ms;
    return rt_ctx_snapshot(ctx, role, &c->snapshot, err);
}

static enum ratls_err deliver(struct ratls_conn *c, enum ratls_err e, struct ratls_conn **out)
{
    *out = c;
    if (e) {
        ratls_conn_free(c);
        *out = NULL;
    }
    return e;
}

enum ratls_err ratls_conn_new(struct ratls_ctx *ctx, enum ratls_role role, struct ratls_io io,
                              struct ratls_conn **out, struct ratls_error *err)
{
    struct ratls_conn *c = NULL;
    enum ratls_err e = conn_new(ctx, role, &c, err);

    if (!e)
        e = rt_tls_new(c->snapshot->tls[role - 1], &io, &c->tls, err);
    return deliver(c, e, out);
}

enum ratls_err ratls_conn_adopt(struct ratls_ctx *ctx, enum ratls_role role, struct WOLFSSL *ssl,
                                struct ratls_conn **out, struct ratls_error *err)
{
    struct ratls_conn *c = NULL;
    enum ratls_err e = conn_new(ctx, role, &c, err);

    if (!e && (e = rt_tls_adopt(ssl, &c->tls)) != RATLS_OK)
        e = ratls_fail(err, e, "connection");
    return deliver(c, e, out);
}

void ratls_conn_free(struct ratls_conn *c)
{
    if (!c)
        return;
    rt_session_free(&c->session);
    rt_tls_free(c->tls);
    rt_conn_forget_quote(c);
    ratls_buffer_free(&c->peer_spki);
    ratls_verdict_unref(c->verdict);
    rt_standard_unref(&c->by);
    rt_snapshot_unref(c->snapshot);
    ratls_ctx_unref(c->ctx);
    free(c);
}

/* ---- the way to OPEN or FAILED ---- */

/* Tell the peer as far as the transport takes it at once; the reason stays here. A peer that may
 * know our ALLOW already takes a close_notify for an orderly end: there it is left out. */
static void tell_peer(struct ratls_conn *c)
{
    size_t put = 0;

    if (c->in_session && rt_session_allowed(&c->session))
        return;
    if (c->in_session && c->error.code != RATLS_E_PEER_DENIED) {
        rt_session_deny(&c->session, c->error.code);
        for (;;) {
            struct ratls_bytes out = rt_session_output(&c->session);
            if (out.len == 0 || rt_tls_write(c->tls, out.p, out.len, &put) != RATLS_OK)
                break;
            rt_session_sent(&c->session, put);
        }
    }
    rt_tls_fail(c->tls);
}

static enum ratls_err fail(struct ratls_conn *c, enum ratls_err e)
{
    (void)ratls_fail(&c->error, e, "%s", ratls_err_text(e));
    c->phase = RT_PHASE_FAILED;
    tell_peer(c);
    if (c->verdict)
        rt_verdict_deny(c->verdict, &c->error);
    rt_session_free(&c->session);
    return c->error.code;
}

/* The trust may be replaced while a policy outside is asked: what opens is judged by the last one
 * (threat T53). */
static enum ratls_err settle(struct ratls_conn *c)
{
    enum ratls_err e;

    do {
        e = rt_conn_catch_up(c);
        if (e == RATLS_OK)
            e = rt_conn_ask(c, c->level);
    } while (e == RATLS_OK && rt_conn_is_behind(c));
    return e;
}

enum ratls_err ratls_conn_handshake(struct ratls_conn *c)
{
    const struct ratls_env *env = c->ctx->env;
    enum ratls_err e;

    if (c->phase == RT_PHASE_OPEN)
        return RATLS_OK;
    if (c->phase == RT_PHASE_FAILED)
        return c->error.code;
    if (env->monotonic_ms(env->arg) >= c->deadline_ms)
        return fail(c, RATLS_E_TIMEOUT);
    e = rt_conn_step(c);
    if (e == RATLS_OK)
        e = settle(c);
    if (e == RATLS_OK && c->verdict)
        e = rt_verdict_set_level(c->verdict, c->level);
    if (e)
        return ratls_err_is_want(e) ? e : fail(c, e);
    c->phase = RT_PHASE_OPEN;
    rt_session_free(&c->session);
    return RATLS_OK;
}

int64_t ratls_conn_deadline_ms(const struct ratls_conn *c)
{
    return c->deadline_ms;
}

/* ---- application bytes ---- */

enum ratls_err ratls_conn_read(struct ratls_conn *c, uint8_t *buf, size_t len, size_t *got)
{
    *got = 0;
    if (c->phase != RT_PHASE_OPEN)
        return RATLS_E_STATE;
    return len ? rt_tls_read(c->tls, buf, len, got) : RATLS_E_USAGE;
}

enum ratls_err ratls_conn_write(struct ratls_conn *c, const uint8_t *buf, size_t len, size_t *put)
{
    *put = 0;
    if (c->phase != RT_PHASE_OPEN)
        return RATLS_E_STATE;
    return len ? rt_tls_write(c->tls, buf, len, put) : RATLS_E_USAGE;
}

size_t ratls_conn_pending(struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN ? rt_tls_pending(c->tls) : 0;
}

void ratls_conn_trim(struct ratls_conn *c)
{
    if (c->phase == RT_PHASE_OPEN)
        rt_tls_trim(c->tls);
}

enum ratls_err ratls_conn_close_write(struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN ? rt_tls_close_write(c->tls) : RATLS_E_STATE;
}

/* ---- what is known ---- */

const struct ratls_verdict *ratls_conn_verdict(const struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN || c->phase == RT_PHASE_FAILED ? c->verdict : NULL;
}

enum ratls_level ratls_conn_level(const struct ratls_conn *c)
{
    return c->level;
}

const uint8_t *ratls_conn_identified(const struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN && c->identified ? c->peer_spki_sha256 : NULL;
}

static bool is_somebody(const struct ratls_conn *c)
{
    return c->phase == RT_PHASE_OPEN && (c->identified || ratls_verdict_allowed(c->verdict));
}

struct ratls_bytes ratls_conn_peer_spki(const struct ratls_conn *c)
{
    return is_somebody(c) ? rt_bytes_of(&c->peer_spki) : ratls_bytes(NULL, 0);
}

const uint8_t *ratls_conn_peer_cert_sha256(const struct ratls_conn *c)
{
    return is_somebody(c) ? c->peer_cert_sha256 : NULL;
}

const struct ratls_error *ratls_conn_error(const struct ratls_conn *c)
{
    return &c->error;
}

const char *ratls_conn_suite(const struct ratls_conn *c)
{
    return rt_tls_suite(c->tls);
}
