/* Faults injected below a connection: exporter, randomness, and identities that change while other
 * threads connect (threats T18, T17). */
#include <wolfssl/options.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

#include <wolfssl/ssl.h>

#include "binder.h"
#include "conn.h"
#include "conn_support.h"

/* ---- the exporter, in place of wolfSSL's ---- */

static atomic_int exports;
static int failing_export; /* 0: none */

int wolfSSL_export_keying_material(WOLFSSL *ssl, unsigned char *out, size_t len, const char *label,
                                   size_t label_len, const unsigned char *context,
                                   size_t context_len, int use_context)
{
    int (*real)(WOLFSSL *, unsigned char *, size_t, const char *, size_t, const unsigned char *,
                size_t, int) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "wolfSSL_export_keying_material");
    if (++exports == failing_export)
        return WOLFSSL_FAILURE;
    return real(ssl, out, len, label, label_len, context, context_len, use_context);
}

/* ---- what was negotiated, as a misled library would report it ---- */

static enum { TRUTH, REUSED, TLS_12, NULL_SUITE } lie;

int wolfSSL_session_reused(WOLFSSL *ssl)
{
    int (*real)(WOLFSSL *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "wolfSSL_session_reused");
    return lie == REUSED ? 1 : real(ssl);
}

int wolfSSL_version(WOLFSSL *ssl)
{
    int (*real)(WOLFSSL *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "wolfSSL_version");
    return lie == TLS_12 ? TLS1_2_VERSION : real(ssl);
}

const char *wolfSSL_get_cipher(WOLFSSL *ssl)
{
    const char *(*real)(WOLFSSL *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "wolfSSL_get_cipher");
    return lie == NULL_SUITE ? "TLS13-SHA256-SHA256" : real(ssl);
}

static struct rig rig;
static const struct side_plan usual = {0};

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(conn_fault, .fini = teardown, .timeout = 120);

/* T18, T176: two exports on each side, any of which may fail. */
Test(conn_fault, exporter_failure_is_fatal)
{
    uint8_t byte = 0;
    size_t n;

    rig_make(&rig, &usual, &usual);
    for (int i = 1; i <= 4; i++) {
        enum ratls_err c, s;
        exports = 0;
        failing_export = i;
        rig_connect(&rig);
        rig_drive(&rig, &c, &s);
        cr_expect(c == RATLS_E_EXPORTER || s == RATLS_E_EXPORTER, "%d: %s, %s", i,
                  ratls_err_reason(c), ratls_err_reason(s));
        cr_expect(c != RATLS_OK && s != RATLS_OK);
        cr_expect_eq(ratls_conn_write(rig.client.conn, &byte, 1, &n), RATLS_E_STATE);
        cr_expect_eq(ratls_conn_write(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    }
    failing_export = exports = 0;
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(exports, 4); /* each value is taken once */
}

/* Nothing can be exported once the frames have begun. */
Test(conn_fault, exporter_is_sealed_before_the_first_frame)
{
    uint8_t out[32];

    rig_make(&rig, &usual, &usual);
    (void)!ratls_conn_handshake(rig.client.conn);
    (void)!ratls_conn_handshake(rig.server.conn);
    cr_assert_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_READ);
    cr_assert_eq(rig.client.conn->phase, RT_PHASE_FRAMES);
    cr_expect_eq(rt_tls_export(rig.client.conn->tls, rt_exporter_label(RATLS_CLIENT), out),
                 RATLS_E_EXPORTER);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(rt_tls_export(rig.server.conn->tls, rt_exporter_label(RATLS_CLIENT), out),
                 RATLS_E_EXPORTER);
}

/* T04-T06: suite, version and resumption are looked at again after the handshake. */
Test(conn_fault, what_was_negotiated_is_checked_after_the_handshake)
{
    static const enum ratls_err due[] = {[REUSED] = RATLS_E_TLS_RESUMED,
                                         [TLS_12] = RATLS_E_TLS_VERSION,
                                         [NULL_SUITE] = RATLS_E_TLS_SUITE};
    enum ratls_err c, s;

    rig_make(&rig, &usual, &usual);
    for (unsigned i = REUSED; i <= NULL_SUITE; i++) {
        rig_connect(&rig);
        lie = i;
        rig_drive(&rig, &c, &s);
        cr_expect_eq(c, due[i], "%s", ratls_err_reason(c));
        cr_expect_neq(s, RATLS_OK);
        cr_expect_null(ratls_conn_verdict(rig.client.conn)); /* not even appraised */
    }
}

/* ---- randomness ---- */

static int draws, failing_draw;

static int tired_random(void *arg, uint8_t *out, size_t len)
{
    return ++draws == failing_draw ? -1 : clock_random(arg, out, len);
}

/* Identity, context and handshake of the client; its environment fails once. */
static enum ratls_err client_from_birth(void)
{
    struct ratls_identity *id = NULL;
    const struct ratls_identity_params params = {0};
    struct ratls_error err = {0};
    enum ratls_err e, c, s;

    rig.client.env.random = tired_random;
    ratls_ctx_unref(rig.client.ctx);
    rig.client.ctx = NULL;
    if ((e = ratls_identity_new(&rig.client.env, &params, rig.client.attester, &id, &err)) !=
        RATLS_OK)
        goto out;
    ratls_identity_unref(rig.client.identity);
    rig.client.identity = id;
    if ((e = side_context(&rig.client, &usual, &err)) != RATLS_OK)
        goto out;
    rig_connect(&rig);
    rig_drive(&rig, &c, &s);
    e = c ? c : s;
    cr_expect((c == RATLS_OK) == (s == RATLS_OK), "%s, %s", ratls_err_reason(c),
              ratls_err_reason(s));
out:
    rig.client.env.random = clock_random;
    return e;
}

Test(conn_fault, randomness_that_fails_once_fails_the_work_at_hand)
{
    rig_make_sides(&rig, &usual, &usual);
    for (failing_draw = 1; failing_draw < 200; failing_draw++) {
        draws = 0;
        enum ratls_err e = client_from_birth();
        if (draws < failing_draw) {
            cr_expect_eq(e, RATLS_OK, "%s", ratls_err_reason(e));
            break;
        }
        cr_expect(e == RATLS_E_RANDOM || e == RATLS_E_CRYPTO || e == RATLS_E_SELFTEST ||
                      e == RATLS_E_ATTESTER,
                  "draw %d: %s", failing_draw, ratls_err_reason(e));
    }
    cr_expect_gt(failing_draw, 5);
    cr_expect_lt(failing_draw, 200);
}

/* ---- threads ---- */

struct pair {
    struct wire a, b;
    struct end client, server;
    bool done;
    unsigned opened, refused;
};

/* One connection between the two shared contexts. */
static void connect_once(struct pair *p)
{
    struct ratls_conn *c = NULL, *s = NULL;
    enum ratls_err ce = RATLS_E_INTERNAL, se = RATLS_E_INTERNAL;

    p->a.len = p->b.len = 0;
    p->client = (struct end){.in = &p->b, .out = &p->a};
    p->server = (struct end){.in = &p->a, .out = &p->b};
    if (ratls_conn_new(rig.client.ctx, RATLS_CLIENT, end_io(&p->client), &c, NULL) == RATLS_OK &&
        ratls_conn_new(rig.server.ctx, RATLS_SERVER, end_io(&p->server), &s, NULL) == RATLS_OK)
        for (int i = 0; i < 20 && (ce || se); i++) {
            ce = ratls_conn_handshake(c);
            se = ratls_conn_handshake(s);
        }
    p->opened += !ce && !se;
    p->refused += ce || se;
    ratls_conn_free(c);
    ratls_conn_free(s);
}

static void *connect_often(void *arg)
{
    struct pair *p = arg;

    for (int i = 0; i < 40; i++)
        connect_once(p);
    free(p->a.p);
    free(p->b.p);
    return NULL;
}

Test(conn_fault, identities_may_change_while_other_threads_connect)
{
    struct ratls_identity *ids[4] = {0};
    struct pair pairs[2] = {0};
    pthread_t threads[2];

    rig_make_sides(&rig, &usual, &usual);
    for (size_t i = 0; i < RT_COUNT(ids); i++) {
        struct side *s = i % 2 ? &rig.server : &rig.client;
        const struct ratls_identity_params params = {0};
        cr_assert_eq(ratls_identity_new(&s->env, &params, s->attester, &ids[i], NULL), RATLS_OK);
    }
    for (size_t i = 0; i < RT_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, connect_often, &pairs[i]), 0);
    for (size_t i = 0; i < 400; i++)
        cr_assert_eq(
            ratls_ctx_set_identity(i % 2 ? rig.server.ctx : rig.client.ctx, ids[i % 4], NULL),
            RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(threads); i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_expect_eq(pairs[0].opened + pairs[1].opened, 80);
    cr_expect_eq(pairs[0].refused + pairs[1].refused, 0);
    for (size_t i = 0; i < RT_COUNT(ids); i++)
        ratls_identity_unref(ids[i]);
}
