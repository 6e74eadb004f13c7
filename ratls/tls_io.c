/* Between wolfSSL and a transport. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "tls_io.h"

#include <stdlib.h>

#define HEADER  5                                  /* of a record, RFC 8446 s.5.1 */
#define LEAST   4096                               /* an interactive peer sends less */
#define RECORDS 4                                  /* read ahead, and gathered, at most */
#define MOST    (RECORDS * (HEADER + 16384 + 256)) /* RFC 8446 s.5.2 */

static enum ratls_err end_of(long n)
{
    if (n == RATLS_IO_RESET)
        return RATLS_E_RESET;
    return n == RATLS_IO_LOST ? RATLS_E_TIMEOUT : RATLS_E_TRUNCATED;
}

static int answer(struct rt_wire *w, long n, int again)
{
    if (n > 0)
        return (int)n;
    if (n == RATLS_IO_AGAIN)
        return again;
    w->ended = end_of(n);
    return n == RATLS_IO_EOF ? WOLFSSL_CBIO_ERR_CONN_CLOSE : WOLFSSL_CBIO_ERR_GENERAL;
}

static void drop(struct rt_held *h)
{
    free(h->p);
    *h = (struct rt_held){0};
}

enum ratls_err rt_wire_flush(struct rt_wire *w)
{
    struct rt_held *h = &w->held;

    while (h->len > 0) {
        long n = w->io.write(w->io.arg, h->p + h->at, h->len);
        if (n == RATLS_IO_AGAIN)
            return RATLS_E_WANT_WRITE;
        if (n <= 0)
            return w->ended = end_of(n);
        h->at += (size_t)n;
        h->len -= (size_t)n;
    }
    drop(h);
    return RATLS_OK;
}

/* ---- reading ---- */

static size_t take(struct rt_held *h, uint8_t *buf, size_t len)
{
    if (len > h->len)
        len = h->len;
    memcpy(buf, h->p + h->at, len);
    h->at += len;
    h->len -= len;
    if (h->len == 0)
        h->at = 0;
    return len;
}

/* Whoever fills what he is asked for has more; whoever leaves most of it empty, less. */
static void adapt(struct rt_wire *w, size_t asked, size_t got)
{
    if (got == asked)
        w->at_once = w->at_once * RECORDS < MOST ? w->at_once * RECORDS : MOST;
    else if (got < w->at_once / RECORDS && w->at_once / 2 >= LEAST)
        w->at_once /= 2;
}

static bool make_room(struct rt_wire *w)
{
    if (w->ahead.p && w->ahead.size < w->at_once)
        drop(&w->ahead);
    if (!w->ahead.p) {
        w->ahead.p = malloc(w->at_once);
        w->ahead.size = w->at_once;
    }
    return w->ahead.p != NULL;
}

static int on_recv(WOLFSSL *ssl, char *buf, int len, void *arg)
{
    struct rt_wire *w = (struct rt_wire *)arg;
    uint8_t *to = (uint8_t *)buf;
    size_t room = (size_t)len;
    bool straight;
    long n;

    (void)ssl;
    if (w->ahead.len > 0)
        return (int)take(&w->ahead, to, room);
    /* The peer waits for this flight; whoever flushes next hears why it cannot leave. */
    if (w->gathers && rt_wire_flush(w))
        return WOLFSSL_CBIO_ERR_WANT_READ;
    if (w->probing && w->io.readable && !w->io.readable(w->io.arg))
        return WOLFSSL_CBIO_ERR_WANT_READ;
    straight = room >= w->at_once || !make_room(w);
    if (!straight) {
        to = w->ahead.p;
        room = w->ahead.size;
    }
    n = w->io.read(w->io.arg, to, room);
    if (n <= 0) {
        drop(&w->ahead);
        return answer(w, n, WOLFSSL_CBIO_ERR_WANT_READ);
    }
    adapt(w, room, (size_t)n);
    if (straight)
        return (int)n;
    w->ahead.len = (size_t)n;
    return (int)take(&w->ahead, (uint8_t *)buf, (size_t)len);
}

bool rt_wire_has_record(const struct rt_wire *w)
{
    const uint8_t *p = w->ahead.p + w->ahead.at;

    return w->ahead.len >= HEADER && w->ahead.len - HEADER >= ((size_t)p[3] << 8 | p[4]);
}

/* ---- sending ---- */

/* False: it must go out by itself. */
static bool gather(struct rt_held *h, const char *buf, size_t len)
{
    if (!h->p) {
        h->p = malloc(MOST);
        h->size = MOST;
    }
    if (!h->p || h->size - h->at - h->len < len)
        return false;
    memcpy(h->p + h->at + h->len, buf, len);
    h->len += len;
    return true;
}

/* In order: what was gathered is before it. */
static int on_send(WOLFSSL *ssl, char *buf, int len, void *arg)
{
    struct rt_wire *w = (struct rt_wire *)arg;

    (void)ssl;
    if (w->gathers && gather(&w->held, buf, (size_t)len))
        return len;
    enum ratls_err e = rt_wire_flush(w);
    if (e == RATLS_E_WANT_WRITE)
        return WOLFSSL_CBIO_ERR_WANT_WRITE;
    if (e)
        return WOLFSSL_CBIO_ERR_GENERAL;
    return answer(w, w->io.write(w->io.arg, (const uint8_t *)buf, (size_t)len),
                  WOLFSSL_CBIO_ERR_WANT_WRITE);
}

/* ---- life ---- */

void rt_wire_attach(struct rt_wire *w, WOLFSSL *ssl)
{
    w->at_once = LEAST;
    wolfSSL_SSLSetIORecv(ssl, on_recv);
    wolfSSL_SSLSetIOSend(ssl, on_send);
    wolfSSL_SetIOReadCtx(ssl, w);
    wolfSSL_SetIOWriteCtx(ssl, w);
}

void rt_wire_free(struct rt_wire *w)
{
    drop(&w->ahead);
    drop(&w->held);
}
