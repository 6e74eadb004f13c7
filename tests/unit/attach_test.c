/* Programs that have their own WOLFSSL (ratls/wolfssl.h): real sockets, one thread for each end. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_raw.h"
#include "ratls/wolfssl.h"

static struct rig rig;
static const struct side_plan usual = {0};

/* One program. */
struct program {
    struct side *side;
    enum ratls_role role;
    WOLFSSL_CTX *ctx;
    WOLFSSL *ssl;
    int fd;
    bool adopt; /* ratls_conn_adopt() and poll instead of ratls_judge() */
    enum ratls_err e;
    struct ratls_error err;
    struct ratls_verdict *verdict;
    uint8_t got[16];
    int n_got;
};
static struct program client, server;

static void program_free(struct program *p)
{
    wolfSSL_free(p->ssl);
    wolfSSL_CTX_free(p->ctx);
    ratls_verdict_unref(p->verdict);
    if (p->fd > 0)
        close(p->fd);
    *p = (struct program){0};
}

static void teardown(void)
{
    program_free(&client);
    program_free(&server);
    rig_free(&rig);
}

TestSuite(attach, .fini = teardown, .timeout = 60);

static void program_make(struct program *p, struct side *side, enum ratls_role role, int fd)
{
    struct ratls_error err = {0};

    *p = (struct program){.side = side, .role = role, .fd = fd};
    side->env.monotonic_ms = ratls_env_system()->monotonic_ms;
    p->ctx = wolfSSL_CTX_new(role == RATLS_SERVER ? wolfTLSv1_3_server_method()
                                                  : wolfTLSv1_3_client_method());
    cr_assert_not_null(p->ctx);
    cr_assert_eq(ratls_attach(side->ctx, role, p->ctx, &err), RATLS_OK, "%s", err.detail);
}

static void programs_make(const struct side_plan *c, const struct side_plan *s)
{
    int fds[2];

    (void)signal(SIGPIPE, SIG_IGN); /* as every program with wolfSSL over sockets */
    rig_make_sides(&rig, c, s);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    program_make(&client, &rig.client, RATLS_CLIENT, fds[0]);
    program_make(&server, &rig.server, RATLS_SERVER, fds[1]);
}

static enum ratls_err drive_adopted(struct program *p)
{
    struct ratls_conn *conn = NULL;
    enum ratls_err e = ratls_conn_adopt(p->side->ctx, p->role, p->ssl, &conn, &p->err);

    if (e)
        return e;
    while (ratls_err_is_want(e = ratls_conn_handshake(conn))) {
        struct pollfd at = {.fd = p->fd, .events = e == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN};
        (void)poll(&at, 1, 1000);
    }
    if (e)
        p->err = *ratls_conn_error(conn);
    if (ratls_conn_verdict(conn))
        p->verdict = ratls_verdict_ref((struct ratls_verdict *)(uintptr_t)ratls_conn_verdict(conn));
    ratls_conn_free(conn);
    return e;
}

/* What such a program does: handshake, verdict, one message each way. */
static void judge_and_talk(struct program *p)
{
    if (p->adopt) {
        (void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
        wolfSSL_set_using_nonblock(p->ssl, 1);
        p->e = drive_adopted(p);
        (void)fcntl(p->fd, F_SETFL, 0);
        wolfSSL_set_using_nonblock(p->ssl, 0);
    } else {
        p->e = ratls_judge(p->side->ctx, p->role, p->ssl, &p->verdict, &p->err);
    }
    if (p->e)
        return;
    (void)wolfSSL_write(p->ssl, p->role == RATLS_SERVER ? "pong" : "ping", 4);
    p->n_got = wolfSSL_read(p->ssl, p->got, sizeof p->got);
}

static void *run(void *arg)
{
    struct program *p = arg;

    p->ssl = wolfSSL_new(p->ctx);
    (void)wolfSSL_set_fd(p->ssl, p->fd);
    int r = p->role == RATLS_SERVER ? wolfSSL_accept(p->ssl) : wolfSSL_connect(p->ssl);
    if (r == WOLFSSL_SUCCESS)
        judge_and_talk(p);
    else
        p->e = RATLS_E_TLS;
    (void)shutdown(p->fd, r == WOLFSSL_SUCCESS ? SHUT_WR : SHUT_RDWR);
    wc_ecc_fp_free(); /* wolfSSL's cache of this thread */
    return NULL;
}

static void run_both(void)
{
    pthread_t a, b;

    cr_assert_eq(pthread_create(&a, NULL, run, &client), 0);
    cr_assert_eq(pthread_create(&b, NULL, run, &server), 0);
    cr_assert_eq(pthread_join(a, NULL), 0);
    cr_assert_eq(pthread_join(b, NULL), 0);
}

static void expect_open(void)
{
    cr_expect_eq(client.e, RATLS_OK, "%s: %s", ratls_err_reason(client.e), client.err.detail);
    cr_expect_eq(server.e, RATLS_OK, "%s: %s", ratls_err_reason(server.e), server.err.detail);
    cr_expect(ratls_verdict_allowed(client.verdict));
    cr_expect(ratls_verdict_allowed(server.verdict));
    cr_expect_eq(client.n_got, 4);
    cr_expect_eq(memcmp(client.got, "pong", 4), 0);
    cr_expect_eq(server.n_got, 4);
    cr_expect_eq(memcmp(server.got, "ping", 4), 0);
}

Test(attach, two_programs_open_with_blocking_sockets)
{
    programs_make(&usual, &usual);
    run_both();
    expect_open();
    cr_expect_str_eq(ratls_verdict_measurement(server.verdict), MRTD_CLIENT);
}

Test(attach, two_programs_open_without_blocking)
{
    programs_make(&usual, &usual);
    client.adopt = server.adopt = true;
    run_both();
    expect_open();
}

Test(attach, one_end_may_block_and_the_other_not)
{
    programs_make(&usual, &usual);
    server.adopt = true;
    run_both();
    expect_open();
}

Test(attach, programs_of_one_sided_attestation_open)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    programs_make(&verify, &attest);
    run_both();
    cr_expect_eq(client.e, RATLS_OK, "%s", client.err.detail);
    cr_expect_eq(server.e, RATLS_OK, "%s", server.err.detail);
    cr_expect_null(server.verdict);
}

static void expect_refused(enum ratls_err why)
{
    cr_expect_eq(server.e, why, "%s: %s", ratls_err_reason(server.e), server.err.detail);
    cr_expect_eq(client.e, RATLS_E_PEER_DENIED, "%s: %s", ratls_err_reason(client.e),
                 client.err.detail);
    cr_expect_not(ratls_verdict_allowed(server.verdict));
    cr_expect_not(ratls_verdict_allowed(client.verdict));
    cr_expect_eq(server.n_got + client.n_got, 0);
}

Test(attach, wrong_measurement_is_refused_and_both_programs_know)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session")};

    programs_make(&usual, &strict);
    run_both();
    expect_refused(RATLS_E_MEASUREMENT);
    cr_expect_str_eq(ratls_verdict_reason(server.verdict), "measurement_mismatch");
}

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    (void)arg;
    return ratls_fail(err, input.len ? RATLS_E_OPA_DENIED : RATLS_E_INTERNAL, "no");
}

Test(attach, outside_policy_is_asked)
{
    const struct side_plan asks = {.decide = decide};

    programs_make(&usual, &asks);
    run_both();
    expect_refused(RATLS_E_OPA_DENIED);
}

/* Nobody here could answer for whoever drives the connection. */
Test(attach, deferred_outside_policy_denies)
{
    const struct side_plan asks = {.defer = true};

    programs_make(&usual, &asks);
    run_both();
    expect_refused(RATLS_E_OPA_FAILED);
}

/* T08: the handshake fails where a certificate is due and none comes. */
Test(attach, program_without_certificate_is_refused)
{
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    programs_make(&verify, &usual);
    run_both();
    cr_expect_eq(server.e, RATLS_E_TLS);
    cr_expect_neq(client.e, RATLS_OK); /* TLS alone told it that all is well */
    cr_expect_eq(client.n_got, 0);
}

/* T08: a server that forgot ratls_attach() asks for no certificate; it accepts nobody for that. */
Test(attach, program_that_asked_for_no_certificate_is_judged_all_the_same)
{
    programs_make(&usual, &usual);
    wolfSSL_CTX_set_verify(server.ctx, WOLFSSL_VERIFY_NONE, NULL);
    run_both();
    cr_expect_eq(server.e, RATLS_E_NO_PEER_CERT, "%s", ratls_err_reason(server.e));
    cr_expect_neq(client.e, RATLS_OK);
}

/* Likewise where the client owes no evidence, but a pinned key. */
Test(attach, program_that_asked_for_no_certificate_knows_nobody_by_a_pin)
{
    static const uint8_t somebody[RT_SHA256_LEN] = {1};
    const struct side_plan verify = {.mode = RATLS_VERIFY};
    const struct side_plan attest = {.mode = RATLS_ATTEST, .peer_pin = somebody};

    programs_make(&verify, &attest);
    wolfSSL_CTX_set_verify(server.ctx, WOLFSSL_VERIFY_NONE, NULL);
    run_both();
    cr_expect_eq(server.e, RATLS_E_NO_PEER_CERT, "%s", ratls_err_reason(server.e));
    cr_expect_neq(client.e, RATLS_OK);
}

/* T56: the time limit holds although the socket blocks. */
Test(attach, silent_program_is_given_up_on)
{
    struct ratls_config *c = NULL;
    struct ratls_error err = {0};
    int64_t begin, end;

    programs_make(&usual, &usual);
    ratls_ctx_unref(rig.server.ctx);
    cr_assert_eq(ratls_config_new(&rig.server.env, &c), RATLS_OK);
    ratls_config_set_trust(c, rig.server.trust);
    ratls_config_set_timeout_ms(c, 300);
    cr_assert_eq(ratls_ctx_new(c, &rig.server.ctx, &err), RATLS_OK, "%s", err.detail);
    ratls_config_free(c);
    cr_assert_eq(ratls_ctx_set_identity(rig.server.ctx, rig.server.identity, &err), RATLS_OK);
    pthread_t t;
    cr_assert_eq(pthread_create(&t, NULL, run, &server), 0);
    client.ssl = wolfSSL_new(client.ctx);
    cr_assert_eq(wolfSSL_set_fd(client.ssl, client.fd), WOLFSSL_SUCCESS);
    begin = ratls_env_system()->monotonic_ms(NULL);
    cr_assert_eq(wolfSSL_connect(client.ssl), WOLFSSL_SUCCESS); /* and not one frame */
    cr_assert_eq(pthread_join(t, NULL), 0);
    end = ratls_env_system()->monotonic_ms(NULL);
    cr_expect_eq(server.e, RATLS_E_TIMEOUT, "%s", ratls_err_reason(server.e));
    cr_expect_lt(end - begin, 5000);
}

/* ---- identity CAs ---- */

static struct rt_key *ca_key;
static struct ratls_buffer ca_der, ca_key_der;
static struct rt_x509 ca;

static void make_ca(void)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);

    cr_assert_eq(rt_key_generate(env, RT_P256, &ca_key), RATLS_OK);
    const struct rt_mint what = {.subject_spki = rt_key_spki(ca_key),
                                 .subject = {.common_name = "identity CA"},
                                 .issuer_key = ca_key,
                                 .not_before = now - 3600,
                                 .not_after = now + 86400,
                                 .is_ca = true,
                                 .path_len = -1};
    cr_assert_eq(rt_mint(env, &what, &ca_der, NULL), RATLS_OK);
    cr_assert_eq(rt_key_export(ca_key, &ca_key_der), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&ca_der), &ca, NULL), RATLS_OK);
}

static void drop_ca(void)
{
    teardown();
    rt_key_free(ca_key);
    ratls_buffer_free(&ca_der);
    ratls_buffer_free(&ca_key_der);
}

TestSuite(attach_ca, .init = make_ca, .fini = drop_ca, .timeout = 60);

static const char *const names[] = {"peer.example", NULL};

static void programs_with_ca(enum ratls_role signed_role)
{
    const struct side_plan issued = {
        .san = names, .ca_cert = rt_bytes_of(&ca_der), .ca_key = rt_bytes_of(&ca_key_der)};
    const struct side_plan strict = {.peer_ca = rt_bytes_of(&ca_der), .peer_name = "peer.example"};

    if (signed_role == RATLS_CLIENT)
        programs_make(&issued, &strict);
    else
        programs_make(&strict, &issued);
}

Test(attach_ca, genuine_certificates_of_the_ca_open)
{
    programs_with_ca(RATLS_CLIENT);
    run_both();
    expect_open();
}

Test(attach_ca, genuine_server_certificates_of_the_ca_open)
{
    programs_with_ca(RATLS_SERVER);
    run_both();
    expect_open();
}

/* The peer's program gets another certificate and key below its ratls context. */
static void present(struct program *p, struct ratls_bytes der, const struct rt_key *key)
{
    struct ratls_buffer key_der = {0};

    cr_assert_eq(rt_key_export(key, &key_der), RATLS_OK);
    cr_assert_eq(
        wolfSSL_CTX_use_certificate_buffer(p->ctx, der.p, (long)der.len, WOLFSSL_FILETYPE_ASN1),
        WOLFSSL_SUCCESS);
    cr_assert_eq(wolfSSL_CTX_use_PrivateKey_buffer(p->ctx, key_der.p, (long)key_der.len,
                                                   WOLFSSL_FILETYPE_ASN1),
                 WOLFSSL_SUCCESS);
    ratls_buffer_free(&key_der);
}

static void expect_forgery_refused(const struct program *victim, const struct program *forger)
{
    cr_expect_eq(victim->e, RATLS_E_CERT_SIGNATURE, "%s: %s", ratls_err_reason(victim->e),
                 victim->err.detail);
    cr_expect_neq(forger->e, RATLS_OK);
    cr_expect_eq(victim->n_got, 0);
    cr_expect_eq(forger->n_got, 0);
    cr_expect_not(ratls_verdict_allowed(victim->verdict));
}

static void expect_clone_refused(enum ratls_role role)
{
    struct program *forger = role == RATLS_CLIENT ? &client : &server;
    struct program *victim = role == RATLS_CLIENT ? &server : &client;
    struct rt_key *key = NULL;
    struct ratls_buffer clone = {0};

    programs_with_ca(role);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &key), RATLS_OK);
    cr_assert_eq(rt_dup(rt_bytes_of(&ca_der), &clone), RATLS_OK);
    memcpy(clone.p + (ca.spki.p - ca_der.p), rt_key_spki(key).p, ca.spki.len);
    present(forger, rt_bytes_of(&clone), key);
    run_both();
    expect_forgery_refused(victim, forger);
    ratls_buffer_free(&clone);
    rt_key_free(key);
}

/* T01 (CVE-2026-93302) */
Test(attach_ca, clone_of_the_ca_as_server_is_refused)
{
    expect_clone_refused(RATLS_SERVER);
}

/* T02 */
Test(attach_ca, clone_of_the_ca_as_client_is_refused)
{
    expect_clone_refused(RATLS_CLIENT);
}

/* T03 */
Test(attach_ca, splice_with_the_name_demanded_is_refused)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct rt_key *key = NULL;
    struct ratls_buffer der = {0};
    struct rt_x509 mine;

    programs_with_ca(RATLS_SERVER);
    cr_assert_eq(rt_key_generate(env, RT_P256, &key), RATLS_OK);
    do { /* until both signatures have one length */
        ratls_buffer_free(&der);
        const struct rt_mint what = {.subject_spki = rt_key_spki(key),
                                     .subject = {.common_name = "identity CA"},
                                     .issuer_key = key,
                                     .not_before = now - 60,
                                     .not_after = now + 600,
                                     .path_len = -1,
                                     .tls_usage = true,
                                     .san = names};
        cr_assert_eq(rt_mint(env, &what, &der, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &mine, NULL), RATLS_OK);
    } while (mine.signature.len != ca.signature.len);
    memcpy(der.p + (mine.signature.p - der.p), ca.signature.p, mine.signature.len);
    present(&server, rt_bytes_of(&der), key);
    run_both();
    expect_forgery_refused(&client, &server);
    ratls_buffer_free(&der);
    rt_key_free(key);
}

/* ---- misuse ---- */

Test(attach, takes_one_of_two_roles_and_needs_an_identity)
{
    const struct side_plan bare = {.without_identity = true};
    struct ratls_conn *conn = NULL;

    rig_make_sides(&rig, &bare, &usual);
    WOLFSSL_CTX *ctx = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
    cr_expect_eq(ratls_attach(rig.server.ctx, (enum ratls_role)3, ctx, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_attach(rig.client.ctx, RATLS_CLIENT, ctx, NULL), RATLS_E_STATE);
    WOLFSSL *ssl = wolfSSL_new(ctx);
    cr_expect_eq(ratls_conn_adopt(rig.server.ctx, (enum ratls_role)0, ssl, &conn, NULL),
                 RATLS_E_USAGE);
    cr_expect_eq(ratls_judge(rig.client.ctx, RATLS_CLIENT, ssl, NULL, NULL), RATLS_E_STATE);
    cr_expect_null(conn);
    wolfSSL_free(ssl);
    wolfSSL_CTX_free(ctx);
}

/* T04 */
Test(attach, pins_the_suites_of_a_context_that_it_takes_over)
{
    programs_make(&usual, &usual);
    wolfSSL_CTX_free(client.ctx);
    client.ctx = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
    cr_assert_eq(wolfSSL_CTX_set_cipher_list(client.ctx, "TLS13-SHA256-SHA256"), WOLFSSL_SUCCESS);
    run_both();
    cr_expect_eq(server.e, RATLS_E_TLS);
    cr_expect_neq(client.e, RATLS_OK);
}
