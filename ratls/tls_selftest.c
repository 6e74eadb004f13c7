/* Three probes in memory, each with a control that must succeed. They use the same rt_tls_ctx, the
 * same chain check and the same settings as real connections (threats T01-T06). */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "tls_selftest.h"

#include <stdlib.h>

#include "mint.h"
#include "crypto.h"
#include "tls_impl.h"
#include "x509.h"

/* ---- two ends and a wire ---- */

#define WIRE_SIZE (64 * 1024)

struct wire {
    uint8_t bytes[WIRE_SIZE];
    size_t head, len; /* emptied before it wraps */
};

static long wire_read(struct wire *w, uint8_t *buf, size_t len)
{
    if (w->head == w->len) {
        w->head = w->len = 0;
        return RATLS_IO_AGAIN;
    }
    if (len > w->len - w->head)
        len = w->len - w->head;
    memcpy(buf, w->bytes + w->head, len);
    w->head += len;
    return (long)len;
}

static long wire_write(struct wire *w, const uint8_t *buf, size_t len)
{
    if (len > WIRE_SIZE - w->len)
        return RATLS_IO_ERROR;
    memcpy(w->bytes + w->len, buf, len);
    w->len += len;
    return (long)len;
}

struct pair {
    struct wire wires[2]; /* by writer: role - 1 */
    struct rt_tls *ends[2];
};

static long client_read(void *arg, uint8_t *buf, size_t len)
{
    return wire_read(&((struct pair *)arg)->wires[1], buf, len);
}

static long client_write(void *arg, const uint8_t *buf, size_t len)
{
    return wire_write(&((struct pair *)arg)->wires[0], buf, len);
}

static long server_read(void *arg, uint8_t *buf, size_t len)
{
    return wire_read(&((struct pair *)arg)->wires[0], buf, len);
}

static long server_write(void *arg, const uint8_t *buf, size_t len)
{
    return wire_write(&((struct pair *)arg)->wires[1], buf, len);
}

static void pair_free(struct pair *p)
{
    if (!p)
        return;
    rt_tls_free(p->ends[0]);
    rt_tls_free(p->ends[1]);
    free(p);
}

static struct pair *pair_new(const struct rt_tls_ctx *client, const struct rt_tls_ctx *server)
{
    struct pair *p = calloc(1, sizeof *p);
    const struct ratls_io ios[] = {{.read = client_read, .write = client_write, .arg = p},
                                   {.read = server_read, .write = server_write, .arg = p}};

    if (p && (rt_tls_new(client, &ios[0], &p->ends[0], NULL) != RATLS_OK ||
              rt_tls_new(server, &ios[1], &p->ends[1], NULL) != RATLS_OK)) {
        pair_free(p);
        return NULL;
    }
    return p;
}

static bool failed(enum ratls_err e)
{
    return e && !ratls_err_is_want(e);
}

/* Both ends until they are done or one fails. */
static enum ratls_err pair_handshake(struct pair *p)
{
    enum ratls_err c = RATLS_E_WANT_READ, s = RATLS_E_WANT_READ;

    for (int round = 0; round < 20 && (c || s); round++) {
        if (c)
            c = rt_tls_handshake(p->ends[0], RATLS_CLIENT, NULL);
        if (s)
            s = rt_tls_handshake(p->ends[1], RATLS_SERVER, NULL);
        if (failed(c) || failed(s))
            return failed(c) ? c : s;
    }
    return c ? c : s;
}

/* ---- certificates ---- */

struct pki {
    struct rt_key *ca_key, *leaf_key;
    struct ratls_buffer ca, genuine, clone;
    struct rt_x509 anchor;
};

static void pki_free(struct pki *p)
{
    rt_key_free(p->ca_key);
    rt_key_free(p->leaf_key);
    ratls_buffer_free(&p->ca);
    ratls_buffer_free(&p->genuine);
    ratls_buffer_free(&p->clone);
}

/* The CA's certificate with the attacker's key in it and its now worthless signature
 * (CVE-2026-93302). */
static enum ratls_err make_clone(struct pki *p)
{
    struct ratls_bytes spki = rt_key_spki(p->leaf_key);
    enum ratls_err e = rt_dup(rt_bytes_of(&p->ca), &p->clone);

    if (!e && spki.len == p->anchor.spki.len)
        memcpy(p->clone.p + (p->anchor.spki.p - p->ca.p), spki.p, spki.len);
    return e;
}

static enum ratls_err pki_make(const struct ratls_env *env, struct pki *p)
{
    int64_t now = env->now(env->arg);
    struct rt_mint ca = {.subject = {.common_name = "self-test CA"},
                         .not_before = now - RT_CERT_BACKDATE_S,
                         .not_after = now + RT_CERT_LIFETIME_S,
                         .is_ca = true,
                         .path_len = -1};
    struct rt_mint leaf = ca;
    enum ratls_err e;

    if ((e = rt_key_generate(env, RT_P256, &p->ca_key)) != RATLS_OK ||
        (e = rt_key_generate(env, RT_P256, &p->leaf_key)) != RATLS_OK)
        return e;
    ca.subject_spki = rt_key_spki(p->ca_key);
    ca.issuer_key = p->ca_key;
    if ((e = rt_mint(env, &ca, &p->ca, NULL)) != RATLS_OK ||
        (e = rt_x509_parse(rt_bytes_of(&p->ca), &p->anchor, NULL)) != RATLS_OK)
        return e;
    leaf.subject.common_name = "self-test";
    leaf.subject_spki = rt_key_spki(p->leaf_key);
    leaf.issuer_key = p->ca_key;
    leaf.issuer_name = p->anchor.subject;
    leaf.is_ca = false;
    leaf.tls_usage = true;
    e = rt_mint(env, &leaf, &p->genuine, NULL);
    return e ? e : make_clone(p);
}

static enum ratls_err identity_of(const struct ratls_env *env, const struct pki *p,
                                  const struct ratls_buffer *cert, struct ratls_identity **out)
{
    struct ratls_buffer key = {0};
    enum ratls_err e = rt_key_export(p->leaf_key, &key);

    *out = NULL;
    if (!e)
        e = ratls_identity_import(env, rt_bytes_of(cert), rt_bytes_of(&key), out, NULL);
    ratls_buffer_free(&key);
    return e;
}

/* ---- what every probe starts with ---- */

struct bench {
    struct pki pki;
    struct ratls_identity *identity;
    struct rt_tls_ctx *client, *server;
    struct pair *pair;
};

static void bench_free(struct bench *b)
{
    pair_free(b->pair);
    rt_tls_ctx_free(b->client);
    rt_tls_ctx_free(b->server);
    ratls_identity_unref(b->identity);
    pki_free(&b->pki);
}

static enum ratls_err bench_make(const struct ratls_env *env, struct bench *b, bool clone)
{
    struct rt_tls_params server = {.role = RATLS_SERVER};
    const struct rt_tls_params client = {.role = RATLS_CLIENT};
    enum ratls_err e = pki_make(env, &b->pki);

    if (!e)
        e = identity_of(env, &b->pki, clone ? &b->pki.clone : &b->pki.genuine, &b->identity);
    server.identity = b->identity;
    if (!e)
        e = rt_tls_ctx_new(&server, &b->server, NULL);
    if (!e)
        e = rt_tls_ctx_new(&client, &b->client, NULL);
    return e;
}

static enum ratls_err connect_pair(struct bench *b)
{
    pair_free(b->pair);
    b->pair = pair_new(b->client, b->server);
    return b->pair ? pair_handshake(b->pair) : RATLS_E_NO_MEMORY;
}

static enum ratls_err wrong(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_SELFTEST, "self-test: %s", what);
}

/* ---- the probes ---- */

/* Is the server's certificate taken for one of the CA's? */
static enum ratls_err chain_verdict(struct bench *b, const struct ratls_env *env)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    struct rt_x509 leaf;
    size_t n = 0;
    enum ratls_err e = rt_tls_peer_chain(b->pair->ends[0], chain, &n, NULL);

    if (!e && n != 1)
        e = RATLS_E_NO_PEER_CERT;
    if (!e)
        e = rt_x509_parse(chain[0], &leaf, NULL);
    return e ? e
             : rt_chain_to_anchor((struct rt_x509_list){&leaf, 1},
                                  (struct rt_x509_list){&b->pki.anchor, 1}, env->now(env->arg),
                                  NULL);
}

enum ratls_err rt_selftest_clone(const struct ratls_env *env, struct ratls_error *err)
{
    struct bench good = {0}, bad = {0};
    enum ratls_err e = RATLS_OK;

    if (bench_make(env, &good, false) != RATLS_OK || connect_pair(&good) != RATLS_OK ||
        chain_verdict(&good, env) != RATLS_OK)
        e = wrong(err, "a genuine certificate is refused");
    else if (bench_make(env, &bad, true) != RATLS_OK)
        e = wrong(err, "no clone could be made");
    else if (connect_pair(&bad) == RATLS_OK && chain_verdict(&bad, env) == RATLS_OK)
        e = wrong(err, "the clone of a CA is accepted");
    bench_free(&good);
    bench_free(&bad);
    return e;
}

/* A client of its own, since a second cipher list on one WOLFSSL_CTX has no effect. NULL when this
 * wolfSSL was built without the suite. */
static struct rt_tls_ctx *client_with(const char *suites)
{
    struct rt_tls_ctx *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->role = RATLS_CLIENT;
    c->ctx = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
    if (!c->ctx || wolfSSL_CTX_set_cipher_list(c->ctx, suites) != WOLFSSL_SUCCESS) {
        rt_tls_ctx_free(c);
        return NULL;
    }
    wolfSSL_CTX_set_verify(c->ctx, WOLFSSL_VERIFY_NONE, NULL);
    return c;
}

/* Integrity without secrecy (RFC 9150), which wolfSSL offers by default. */
enum ratls_err rt_selftest_null_suite(const struct ratls_env *env, struct ratls_error *err)
{
    static const char *const suites[] = {"TLS13-SHA256-SHA256", "TLS13-SHA384-SHA384"};
    struct bench b = {0};
    enum ratls_err e = RATLS_OK;

    if (bench_make(env, &b, false) != RATLS_OK || connect_pair(&b) != RATLS_OK ||
        rt_tls_check(b.pair->ends[1], NULL) != RATLS_OK)
        e = wrong(err, "an ordinary handshake fails");
    for (size_t i = 0; i < RT_COUNT(suites) && !e; i++) {
        rt_tls_ctx_free(b.client);
        b.client = client_with(suites[i]);
        if (b.client && connect_pair(&b) == RATLS_OK)
            e = wrong(err, "a suite without encryption is accepted");
    }
    bench_free(&b);
    return e;
}

/* A client that would resume if it could: one byte from the server lets it take any ticket. */
static enum ratls_err resume(struct bench *b, bool *reused)
{
    const uint8_t byte = 0;
    uint8_t got_byte;
    size_t n;
    enum ratls_err e;

    *reused = true;
    if ((e = rt_tls_write(b->pair->ends[1], &byte, 1, &n)) != RATLS_OK ||
        (e = rt_tls_read(b->pair->ends[0], &got_byte, 1, &n)) != RATLS_OK)
        return e;
    WOLFSSL_SESSION *session = wolfSSL_get1_session(rt_tls_wolfssl(b->pair->ends[0]));
    pair_free(b->pair);
    if ((b->pair = pair_new(b->client, b->server)) != NULL && session)
        (void)wolfSSL_set_session(rt_tls_wolfssl(b->pair->ends[0]), session);
    wolfSSL_SESSION_free(session);
    if (!b->pair)
        return RATLS_E_NO_MEMORY;
    e = pair_handshake(b->pair);
    *reused = wolfSSL_session_reused(rt_tls_wolfssl(b->pair->ends[0])) != 0 ||
              wolfSSL_session_reused(rt_tls_wolfssl(b->pair->ends[1])) != 0;
    return e;
}

enum ratls_err rt_selftest_resumption(const struct ratls_env *env, struct ratls_error *err)
{
    struct bench b = {0};
    enum ratls_err e = RATLS_OK;
    bool reused = true;

    if (bench_make(env, &b, false) != RATLS_OK || connect_pair(&b) != RATLS_OK)
        e = wrong(err, "an ordinary handshake fails");
    else if (resume(&b, &reused) != RATLS_OK)
        e = wrong(err, "a second handshake fails");
    else if (reused)
        e = wrong(err, "a session is resumed");
    bench_free(&b);
    return e;
}

enum ratls_err ratls_selftest(const struct ratls_env *env, struct ratls_error *err)
{
    rt_crypto_enter();
    enum ratls_err e = rt_selftest_clone(env, err);

    if (!e)
        e = rt_selftest_null_suite(env, err);
    return e ? e : rt_selftest_resumption(env, err);
}
