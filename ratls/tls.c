/* One TLS connection through wolfSSL: handshake, exporter, records, and what was negotiated. */
#include <wolfssl/options.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>

#include "offload.h"
#include "tls_impl.h"
#include "tls_io.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#define MAX_RECORD 16384 /* RFC 8446 s.5.1 */

struct rt_tls {
    WOLFSSL *ssl;
    bool owned;
    struct rt_wire wire;    /* of an own one */
    size_t owed;            /* bytes of a write that wolfSSL has and the transport has not */
    enum ratls_err refusal; /* of the verify callback */
    size_t n_peer;
    struct ratls_bytes peer[RT_MAX_CHAIN]; /* in `copies`; the leaf perhaps in `ssl` */
    struct ratls_buffer copies[RT_MAX_CHAIN];
};

static pthread_once_t slot_once = PTHREAD_ONCE_INIT;
static int slot = -1; /* given out by wolfSSL once per process */

static void take_slot(void)
{
    slot = wolfSSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

int rt_tls_slot(void)
{
    (void)pthread_once(&slot_once, take_slot);
    return slot;
}

WOLFSSL *rt_tls_wolfssl(const struct rt_tls *t)
{
    return t->ssl;
}

/* ---- the peer's certificates ---- */

static void drop_peer(struct rt_tls *t)
{
    for (size_t i = 0; i < RT_MAX_CHAIN; i++)
        ratls_buffer_free(&t->copies[i]);
    t->n_peer = 0;
}

/* `kept`: bytes that live as long as the connection. */
static enum ratls_err keep_one(struct rt_tls *t, const WOLFSSL_BUFFER_INFO *cert,
                               struct ratls_bytes kept)
{
    const struct ratls_bytes sent = ratls_bytes(cert->buffer, cert->length);

    if (cert->length > RT_MAX_CERT)
        return RATLS_E_CERT_FORMAT;
    if (!ratls_bytes_equal(kept, sent)) {
        enum ratls_err e = rt_dup(sent, &t->copies[t->n_peer]);
        if (e)
            return e;
        kept = rt_bytes_of(&t->copies[t->n_peer]);
    }
    t->peer[t->n_peer++] = kept;
    return RATLS_OK;
}

/* Runs before the peer has shown that it holds the key: nothing expensive here. */
int rt_tls_keep_peer(struct rt_tls *t, const WOLFSSL_X509_STORE_CTX *store)
{
    const struct ratls_bytes leaf = rt_tls_slim_leaf(store), none = {0};

    drop_peer(t);
    t->refusal = store->totalCerts < 1 || store->totalCerts > RT_MAX_CHAIN
                     ? RATLS_E_CERT_CHAIN_LENGTH
                     : RATLS_OK;
    for (int i = 0; i < store->totalCerts && !t->refusal; i++)
        t->refusal = keep_one(t, &store->certs[i], i == 0 ? leaf : none);
    return t->refusal == RATLS_OK;
}

static enum ratls_err final_leaf(const struct rt_tls *t, struct ratls_buffer *out)
{
    WOLFSSL_X509 *x509 = wolfSSL_get_peer_certificate(t->ssl);
    enum ratls_err e = RATLS_E_NO_PEER_CERT;
    int len = 0;

    if (x509) {
        const unsigned char *der = wolfSSL_X509_get_der(x509, &len);
        e = der && len > 0 ? rt_dup(ratls_bytes(der, (size_t)len), out) : RATLS_E_INTERNAL;
    }
    wolfSSL_X509_free(x509);
    return e;
}

/* What the callback saw is what the handshake ended with: it runs in each handshake of ours, once,
 * and a second one is never begun; wolfSSL's own copy would be parsed, which takes a third of a
 * handshake. An adopted connection had no callback of ours: there the leaf is all that is known. */
static enum ratls_err settle_peer(struct rt_tls *t)
{
    struct ratls_buffer leaf = {0};

    if (t->owned && t->n_peer > 0)
        return RATLS_OK;
    enum ratls_err e = final_leaf(t, &leaf);

    if (e == RATLS_E_NO_PEER_CERT)
        return t->n_peer == 0 ? RATLS_OK : RATLS_E_INTERNAL;
    if (!e && t->n_peer == 0) {
        t->copies[0] = leaf;
        t->peer[0] = rt_bytes_of(&leaf);
        t->n_peer = 1;
        return RATLS_OK;
    }
    if (!e && !ratls_bytes_equal(rt_bytes_of(&leaf), t->peer[0]))
        e = RATLS_E_INTERNAL;
    ratls_buffer_free(&leaf);
    return e;
}

enum ratls_err rt_tls_peer_chain(struct rt_tls *t, struct ratls_bytes *chain, size_t *n,
                                 struct ratls_error *err)
{
    enum ratls_err e = settle_peer(t);

    *n = 0;
    if (e)
        return ratls_fail(err, e, "the peer's certificate changed during the handshake");
    for (size_t i = 0; i < t->n_peer; i++)
        chain[i] = t->peer[i];
    *n = t->n_peer;
    return RATLS_OK;
}

bool rt_tls_sent_certificate(const struct rt_tls *t, enum ratls_role role)
{
    return role == RATLS_SERVER || wolfSSL_get_ex_data(t->ssl, rt_tls_slot()) != NULL;
}

bool rt_tls_was_offered_frames(const struct rt_tls *t)
{
    return wolfSSL_get_ex_data(t->ssl, rt_tls_slot()) != NULL;
}

/* ---- life ---- */

static enum ratls_err prepare_ssl(struct rt_tls *t, enum ratls_role role)
{
    rt_wire_attach(&t->wire, t->ssl);
    wolfSSL_SetCertCbCtx(t->ssl, t);
    wolfSSL_KeepArrays(t->ssl); /* the exporter needs them; rt_tls_seal() lets them go */
    /* A share for the only group: a HelloRetryRequest is never legal (CVE-2026-3230). */
    if (role == RATLS_CLIENT && wolfSSL_UseKeyShare(t->ssl, RT_TLS_CLIENT_GROUP) != WOLFSSL_SUCCESS)
        return RATLS_E_TLS;
    return RATLS_OK;
}

/* Short of memory, and with a device, wolfSSL 5.5.4 may give out one that is all zeros, which its
 * own wolfSSL_free() does not survive. */
static WOLFSSL *new_ssl(WOLFSSL_CTX *ctx)
{
    WOLFSSL *ssl = wolfSSL_new(ctx);

    if (!ssl || wolfSSL_get_SSL_CTX(ssl) == ctx)
        return ssl;
    wolfSSL_Free(ssl);
    return NULL;
}

enum ratls_err rt_tls_new(const struct rt_tls_ctx *ctx, const struct ratls_io *io,
                          struct rt_tls **out, struct ratls_error *err)
{
    struct rt_tls *t = calloc(1, sizeof *t);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    *out = NULL;
    if (t) {
        t->owned = true;
        t->wire.io = *io;
        t->ssl = new_ssl(ctx->ctx);
    }
    if (t && t->ssl)
        e = prepare_ssl(t, ctx->role);
    if (e) {
        rt_tls_free(t);
        return ratls_fail(err, e, "TLS connection");
    }
    *out = t;
    return RATLS_OK;
}

/* wolfSSL's own I/O over a descriptor: it must not wait, since a time limit stands above it. */
enum ratls_err rt_tls_adopt(WOLFSSL *ssl, struct rt_tls **out)
{
    struct rt_tls *t = *out = calloc(1, sizeof *t);

    if (!t)
        return RATLS_E_NO_MEMORY;
    t->ssl = ssl;
    wolfSSL_SetIOReadFlags(ssl, MSG_DONTWAIT);
    wolfSSL_SetIOWriteFlags(ssl, MSG_DONTWAIT | MSG_NOSIGNAL);
    return RATLS_OK;
}

static void give_back(const struct rt_tls *t)
{
    wolfSSL_SetIOReadFlags(t->ssl, 0);
    wolfSSL_SetIOWriteFlags(t->ssl, 0);
}

void rt_tls_free(struct rt_tls *t)
{
    if (!t)
        return;
    if (t->owned)
        wolfSSL_free(t->ssl);
    else
        give_back(t);
    rt_offload_forget();
    rt_wire_free(&t->wire);
    drop_peer(t);
    free(t);
}

/* ---- handshake ---- */

/* RATLS_OK when nothing has to be waited for. */
static enum ratls_err awaited(const struct rt_tls *t, int result, int code)
{
    if (code == WOLFSSL_ERROR_WANT_READ)
        return RATLS_E_WANT_READ;
    /* wolfSSL 5.5.4 forgets the reason when asked again before the transport has room. */
    if (code == WOLFSSL_ERROR_WANT_WRITE || (code == 0 && result < 0 && !t->wire.ended))
        return RATLS_E_WANT_WRITE;
    return RATLS_OK;
}

/* What wolfSSL's last answer means; `result` is that answer. */
static enum ratls_err translate(struct rt_tls *t, int result, struct ratls_error *err)
{
    static const struct {
        int code;
        enum ratls_err e;
        const char *text;
    } known[] = {
        {NO_PEER_CERT, RATLS_E_NO_PEER_CERT, "the peer sent no certificate"},
        {VERSION_ERROR, RATLS_E_TLS_VERSION, "the peer speaks no TLS 1.3"},
        {MEMORY_ERROR, RATLS_E_NO_MEMORY, "TLS"},
    };
    int code = wolfSSL_get_error(t->ssl, result);
    enum ratls_err e = awaited(t, result, code);
    WOLFSSL_ALERT_HISTORY alerts;

    if (e)
        return e;
    if (t->refusal)
        return ratls_fail(err, t->refusal, "the peer's certificates are refused");
    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (code == known[i].code)
            return ratls_fail(err, known[i].e, "%s", known[i].text);
    if (wolfSSL_get_alert_history(t->ssl, &alerts) == WOLFSSL_SUCCESS && alerts.last_rx.level == 2)
        return ratls_fail(err, RATLS_E_TLS, "the peer sent alert %d", alerts.last_rx.code);
    if (t->wire.ended)
        return ratls_fail(err, t->wire.ended, "%s", ratls_err_text(t->wire.ended));
    if (code == SOCKET_PEER_CLOSED_E || code == SOCKET_ERROR_E)
        return ratls_fail(err, RATLS_E_TRUNCATED, "the transport ended");
    return ratls_fail(err, RATLS_E_TLS, "TLS error %d", code);
}

static enum ratls_err flush(struct rt_tls *t, struct ratls_error *err)
{
    enum ratls_err e = rt_wire_flush(&t->wire);

    return e && e != RATLS_E_WANT_WRITE ? ratls_fail(err, e, "%s", ratls_err_text(e)) : e;
}

/* A flight goes out in one piece. */
enum ratls_err rt_tls_handshake(struct rt_tls *t, enum ratls_role role, struct ratls_error *err)
{
    t->wire.gathers = t->owned;
    int r = role == RATLS_SERVER ? wolfSSL_accept(t->ssl) : wolfSSL_connect(t->ssl);
    t->wire.gathers = false;
    enum ratls_err e = r == WOLFSSL_SUCCESS ? RATLS_OK : translate(t, r, err);

    if (e && !ratls_err_is_want(e)) {
        (void)flush(t, NULL); /* the alert that says so */
        return e;
    }
    enum ratls_err sent = flush(t, err);
    return sent ? sent : e;
}

const char *rt_tls_suite(const struct rt_tls *t)
{
    const char *name = wolfSSL_get_cipher(t->ssl);

    for (size_t i = 0; name && rt_tls_suites[i].wolfssl; i++)
        if (strcmp(name, rt_tls_suites[i].wolfssl) == 0 ||
            strcmp(name, rt_tls_suites[i].rfc8446) == 0)
            return rt_tls_suites[i].rfc8446;
    return "";
}

enum ratls_err rt_tls_check(const struct rt_tls *t, struct ratls_error *err)
{
    if (wolfSSL_session_reused(t->ssl) != 0)
        return ratls_fail(err, RATLS_E_TLS_RESUMED, "the handshake resumed an earlier session");
    if (wolfSSL_version(t->ssl) != TLS1_3_VERSION)
        return ratls_fail(err, RATLS_E_TLS_VERSION, "%s", wolfSSL_get_version(t->ssl));
    if (rt_tls_suite(t)[0] == '\0')
        return ratls_fail(err, RATLS_E_TLS_SUITE, "%s", wolfSSL_get_cipher(t->ssl));
    return RATLS_OK;
}

bool rt_tls_speaks_frames(const struct rt_tls *t)
{
    const unsigned char *name = NULL;
    unsigned len = 0;

    wolfSSL_get0_alpn_selected(t->ssl, &name, &len);
    return name && ratls_bytes_equal(ratls_bytes(name, len), ratls_bytes_str(RATLS_ALPN));
}

enum ratls_err rt_tls_export(struct rt_tls *t, const char *label, uint8_t out[32])
{
    /* An explicit empty context: the same value as none in TLS 1.3, and no doubt about which. */
    const unsigned char none = 0;

    return label && wolfSSL_export_keying_material(t->ssl, out, 32, label, strlen(label), &none, 0,
                                                   1) == WOLFSSL_SUCCESS
               ? RATLS_OK
               : RATLS_E_EXPORTER;
}

void rt_tls_seal(struct rt_tls *t)
{
    wolfSSL_FreeArrays(t->ssl);
}

void rt_tls_trim(struct rt_tls *t)
{
    if (t->owned)
        rt_tls_slim_session(t->ssl);
}

/* ---- records ---- */

enum ratls_err rt_tls_read(struct rt_tls *t, uint8_t *buf, size_t len, size_t *got)
{
    int r = wolfSSL_read(t->ssl, buf, (int)(len > MAX_RECORD ? MAX_RECORD : len));

    *got = r > 0 ? (size_t)r : 0;
    if (r > 0)
        return RATLS_OK;
    if (wolfSSL_get_shutdown(t->ssl) & WOLFSSL_RECEIVED_SHUTDOWN)
        return RATLS_E_CLOSED;
    return translate(t, r, NULL);
}

/* An adopted connection sends one record at most: after WANT_WRITE wolfSSL wants the same bytes
 * again, and its transport took some of them. */
enum ratls_err rt_tls_write(struct rt_tls *t, const uint8_t *buf, size_t len, size_t *put)
{
    const size_t most = t->owned ? RT_TLS_WRITE_MOST : MAX_RECORD;
    enum ratls_err e;

    *put = 0;
    if (t->owed == 0) {
        t->wire.gathers = t->owned && len > MAX_RECORD;
        int r = wolfSSL_write(t->ssl, buf, (int)(len > most ? most : len));
        t->wire.gathers = false;
        if (r <= 0)
            return translate(t, r, NULL);
        t->owed = (size_t)r;
    }
    if ((e = flush(t, NULL)) != RATLS_OK)
        return e;
    *put = t->owed;
    t->owed = 0;
    return RATLS_OK;
}

enum ratls_err rt_tls_close_write(struct rt_tls *t)
{
    /* Once only: a second call would read, and drop, what the peer still sends. */
    if (wolfSSL_get_shutdown(t->ssl) & WOLFSSL_SENT_SHUTDOWN)
        return RATLS_OK;
    int r = wolfSSL_shutdown(t->ssl);
    return r >= 0 ? RATLS_OK : translate(t, r, NULL);
}

size_t rt_tls_pending(const struct rt_tls *t)
{
    int n = wolfSSL_pending(t->ssl);

    return n > 0 ? (size_t)n : rt_wire_has_record(&t->wire);
}

enum ratls_err rt_tls_probe(struct rt_tls *t, uint8_t *buf, size_t len, size_t *got)
{
    *got = 0;
    /* Callbacks of somebody else might wait. */
    if (!t->owned && rt_tls_pending(t) == 0 && wolfSSL_get_fd(t->ssl) < 0)
        return RATLS_E_WANT_READ;
    t->wire.probing = true;
    enum ratls_err e = rt_tls_read(t, buf, len, got);
    t->wire.probing = false;
    return e;
}

int rt_tls_fd(const struct rt_tls *t)
{
    return wolfSSL_get_fd(t->ssl);
}

void rt_tls_fail(struct rt_tls *t)
{
    if (!(wolfSSL_get_shutdown(t->ssl) & WOLFSSL_SENT_SHUTDOWN))
        (void)wolfSSL_shutdown(t->ssl);
}
