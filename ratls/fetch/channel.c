#include "channel.h"

#include <errno.h>
#include <poll.h>

#define CONNECT_MAX_MS 10000

int64_t rt_channel_left_ms(const struct rt_channel *c)
{
    const int64_t left = c->deadline_ms - c->env->monotonic_ms(c->env->arg);

    return left < 1 ? 1 : left;
}

CURLU *rt_channel_plain_url(const struct rt_channel *c)
{
    CURLU *u = curl_url_dup(c->url);
    char *port = NULL;
    const bool ok = u && curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                    curl_url_set(u, CURLUPART_PORT, port, 0) == CURLUE_OK &&
                    curl_url_set(u, CURLUPART_SCHEME, "http", 0) == CURLUE_OK;

    curl_free(port);
    if (ok)
        return u;
    curl_url_cleanup(u);
    return NULL;
}

/* ---- dialing ---- */

static bool prepare(CURL *curl, CURLU *url, int64_t left)
{
    return curl && rt_easy_rules(curl) && rt_easy_long(curl, CURLOPT_CONNECT_ONLY, 1) &&
           rt_easy_long(curl, CURLOPT_TIMEOUT_MS, (long)left) &&
           rt_easy_long(curl, CURLOPT_CONNECTTIMEOUT_MS,
                        (long)(left < CONNECT_MAX_MS ? left : CONNECT_MAX_MS)) &&
           curl_easy_setopt(curl, CURLOPT_CURLU, url) == CURLE_OK;
}

static enum ratls_err dial(struct rt_channel *c, struct ratls_error *err)
{
    CURLU *url = rt_channel_plain_url(c);
    char says[CURL_ERROR_SIZE] = "";
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    c->dialer = curl_easy_init();
    if (url && prepare(c->dialer, url, rt_channel_left_ms(c)) &&
        curl_easy_setopt(c->dialer, CURLOPT_ERRORBUFFER, says) == CURLE_OK) {
        code = curl_easy_perform(c->dialer);
        (void)curl_easy_setopt(c->dialer, CURLOPT_ERRORBUFFER, NULL);
        (void)curl_easy_setopt(c->dialer, CURLOPT_CURLU, NULL);
    }
    curl_url_cleanup(url);
    if (code == CURLE_OUT_OF_MEMORY)
        return RATLS_E_NO_MEMORY;
    if (code == CURLE_OK)
        code = curl_easy_getinfo(c->dialer, CURLINFO_ACTIVESOCKET, &fd);
    if (code != CURLE_OK || fd == CURL_SOCKET_BAD)
        return ratls_fail(err, code == CURLE_OPERATION_TIMEDOUT ? RATLS_E_TIMEOUT : RATLS_E_FETCH,
                          "no connection: %s", says[0] ? says : curl_easy_strerror(code));
    c->fd = fd;
    return RATLS_OK;
}

/* ---- handshake ---- */

/* RATLS_OK: the socket is ready for what the handshake waits for. */
static enum ratls_err wait_for(const struct rt_channel *c, enum ratls_err want)
{
    struct pollfd p = {.fd = c->fd, .events = want == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN};
    const int n = poll(&p, 1, (int)rt_channel_left_ms(c));

    if (n > 0 || (n < 0 && errno == EINTR))
        return RATLS_OK;
    return n == 0 ? RATLS_E_TIMEOUT : RATLS_E_IO;
}

/* RATLS_OK: the handshake can go on, if only to fail by what the prover answered. */
static enum ratls_err prove(struct rt_channel *c)
{
    struct ratls_proof_request request;
    uint8_t own_spki_sha256[32], signature[64] = {0};
    enum ratls_err e = ratls_conn_proof_request(c->conn, &request, own_spki_sha256);

    if (e)
        return e;
    e = request.level == RATLS_LEVEL_SESSION
            ? c->prover->prove(c->prover->arg, &request, own_spki_sha256, signature)
            : RATLS_E_UNSUPPORTED;
    return ratls_conn_supply_proof(c->conn, e, ratls_bytes(signature, e ? 0 : sizeof signature),
                                   ratls_bytes(NULL, 0));
}

/* RATLS_OK: what the handshake wanted is there. */
static enum ratls_err satisfy(struct rt_channel *c, enum ratls_err want)
{
    if (want == RATLS_E_WANT_PROOF && c->prover)
        return prove(c);
    return wait_for(c, want);
}

static enum ratls_err shake(struct rt_channel *c, struct ratls_error *err)
{
    enum ratls_err e, ready = RATLS_OK;

    do
        e = ratls_conn_handshake(c->conn);
    while ((e == RATLS_E_WANT_READ || e == RATLS_E_WANT_WRITE ||
            (e == RATLS_E_WANT_PROOF && c->prover)) &&
           (ready = satisfy(c, e)) == RATLS_OK);
    if (ready)
        return ratls_fail(err, ready, "the handshake: %s", ratls_err_text(ready));
    if (ratls_err_is_want(e))
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "the context needs answers to %s",
                          ratls_err_reason(e));
    return e ? ratls_fail(err, e, "%s", ratls_conn_error(c->conn)->detail) : RATLS_OK;
}

enum ratls_err rt_channel_open(struct rt_channel *c, struct ratls_ctx *ctx, struct ratls_error *err)
{
    enum ratls_err e = dial(c, err);

    if (!e)
        e = ratls_conn_new(ctx, RATLS_CLIENT, ratls_io_fd(c->fd), &c->conn, err);
    return e ? e : shake(c, err);
}

void rt_channel_close(struct rt_channel *c)
{
    ratls_conn_free(c->conn);
    curl_easy_cleanup(c->dialer); /* closes the socket */
    curl_url_cleanup(c->url);
}
