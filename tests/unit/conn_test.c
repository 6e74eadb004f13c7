/* Connections between two contexts, over a wire in memory. */
#include "conn_support.h"
#include "tcp_support.h"
#include "identity_impl.h"

static struct rig rig;
static const struct side_plan usual = {0};

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(conn, .fini = teardown, .timeout = 60);

Test(conn, two_attested_peers_open_at_session_level)
{
    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
    cr_expect(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    cr_expect_str_eq(ratls_verdict_measurement(ratls_conn_verdict(rig.server.conn)), MRTD_CLIENT);
    cr_expect_str_eq(ratls_verdict_measurement(ratls_conn_verdict(rig.client.conn)), MRTD_SERVER);
    cr_expect(ratls_verdict_simulated(ratls_conn_verdict(rig.client.conn)));
    cr_expect_str_eq(ratls_conn_suite(rig.client.conn), "TLS_AES_128_GCM_SHA256");
    rig_pass(&rig.client, &rig.server, "ping");
    rig_pass(&rig.server, &rig.client, "pong");
}

Test(conn, a_wire_of_single_bytes_changes_nothing)
{
    rig_make(&rig, &usual, &usual);
    rig.client.end.chunk = rig.server.end.chunk = 1;
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

Test(conn, a_wrong_measurement_is_refused_and_both_ends_know)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session")};
    uint8_t byte = 0;
    size_t n;

    rig_make(&rig, &usual, &strict);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(rig.client.conn, &byte, 1, &n), RATLS_E_STATE);
}

Test(conn, attestation_may_be_one_sided)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    rig_make(&rig, &verify, &attest);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_NONE);
    cr_expect_null(ratls_conn_verdict(rig.server.conn));
    rig_free(&rig);
    rig_make(&rig, &attest, &verify);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
    cr_expect_null(ratls_conn_verdict(rig.client.conn));
}

Test(conn, two_classic_peers_open_at_key_level_with_frames)
{
    const struct side_plan client = {
        .without_ak = true, .level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_SERVER, "key")};
    const struct side_plan server = {
        .without_ak = true, .level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_CLIENT, "key")};

    rig_make(&rig, &client, &server);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_KEY);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_KEY);
}

/* T186 */
Test(conn, a_client_whose_certificate_nobody_asked_for_opens)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};

    rig_make(&rig, &usual, &attest);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
    cr_expect_null(ratls_conn_verdict(rig.server.conn));
}

/* T08 */
Test(conn, a_client_without_certificate_is_refused_where_evidence_is_due)
{
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};
    enum ratls_err c, s;

    rig_make(&rig, &verify, &usual);
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_NO_PEER_CERT, "%s", ratls_err_reason(s));
    cr_expect(c == RATLS_E_TLS || c == RATLS_E_TRUNCATED, "%s: %s", ratls_err_reason(c),
              ratls_conn_error(rig.client.conn)->detail);
}

/* ---- records ---- */

static void open_usual(void)
{
    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

static enum ratls_err read_one(struct side *s)
{
    uint8_t byte;
    size_t n;

    return ratls_conn_read(s->conn, &byte, 1, &n);
}

Test(conn, an_open_connection_stays_open)
{
    open_usual();
    cr_expect_eq(ratls_conn_handshake(rig.client.conn), RATLS_OK);
    cr_expect_eq(read_one(&rig.client), RATLS_E_WANT_READ);
    cr_expect_eq(ratls_conn_error(rig.client.conn)->code, RATLS_OK);
}

Test(conn, half_close_leaves_the_other_direction_open)
{
    open_usual();
    cr_expect_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    cr_expect_eq(read_one(&rig.server), RATLS_E_CLOSED);
    cr_expect_eq(read_one(&rig.server), RATLS_E_CLOSED);
    rig_pass(&rig.server, &rig.client, "still here");
    rig_pass(&rig.server, &rig.client, "and here");
    cr_expect_eq(ratls_conn_close_write(rig.server.conn), RATLS_OK);
    cr_expect_eq(read_one(&rig.client), RATLS_E_CLOSED);
}

Test(conn, half_close_works_from_the_server_too)
{
    open_usual();
    cr_expect_eq(ratls_conn_close_write(rig.server.conn), RATLS_OK);
    cr_expect_eq(read_one(&rig.client), RATLS_E_CLOSED);
    rig_pass(&rig.client, &rig.server, "still here");
}

Test(conn, bytes_before_close_notify_are_delivered)
{
    uint8_t buf[8];
    size_t n = 0;

    open_usual();
    cr_assert_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)"last", 4, &n), RATLS_OK);
    cr_assert_eq(ratls_conn_close_write(rig.client.conn), RATLS_OK);
    rig.client.wire.closed = true;
    cr_expect_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_OK);
    cr_expect_eq(n, 4);
    cr_expect_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_E_CLOSED);
}

Test(conn, an_end_without_close_notify_is_truncation)
{
    open_usual();
    rig.client.wire.closed = true;
    cr_expect_eq(read_one(&rig.server), RATLS_E_TRUNCATED);
}

Test(conn, a_reset_and_a_lost_peer_are_told_from_truncation)
{
    static const struct {
        long how;
        enum ratls_err e;
    } cases[] = {
        {RATLS_IO_EOF, RATLS_E_TRUNCATED},
        {RATLS_IO_ERROR, RATLS_E_TRUNCATED},
        {RATLS_IO_RESET, RATLS_E_RESET},
        {RATLS_IO_LOST, RATLS_E_TIMEOUT},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        open_usual();
        rig.client.wire.closed = true;
        rig.client.wire.how = cases[i].how;
        cr_expect_eq(read_one(&rig.server), cases[i].e, "%ld", cases[i].how);
        rig_free(&rig);
        memset(&rig, 0, sizeof rig);
    }
}

Test(io, of_a_descriptor_tells_an_end_from_a_reset)
{
    uint8_t byte = 0;
    int fd[2];

    tcp_pair(fd);
    struct ratls_io io = ratls_io_fd(fd[0]);
    cr_expect_eq(io.read(io.arg, &byte, 1), RATLS_IO_AGAIN);
    cr_assert_eq(shutdown(fd[1], SHUT_WR), 0);
    cr_assert(io.readable(io.arg));
    cr_expect_eq(io.read(io.arg, &byte, 1), RATLS_IO_EOF);
    tcp_reset(fd[1]);
    cr_expect_eq(io.write(io.arg, &byte, 1), RATLS_IO_RESET);
    (void)close(fd[0]);

    tcp_pair(fd);
    io = ratls_io_fd(fd[0]);
    tcp_reset(fd[1]);
    cr_expect_eq(io.read(io.arg, &byte, 1), RATLS_IO_RESET);
    (void)close(fd[0]);
}

Test(conn, a_transport_that_takes_nothing_is_waited_for)
{
    enum ratls_err c, s;
    size_t n = 0;

    rig_make(&rig, &usual, &usual);
    rig.client.end.full = true;
    cr_expect_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_WRITE);
    rig.client.end.full = false;
    cr_assert_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_WANT_READ);
    rig.server.end.full = true;
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_WANT_WRITE, "%s: %s", ratls_err_reason(s),
                 ratls_conn_error(rig.server.conn)->detail);
    rig.server.end.full = false;
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig.client.end.full = true;
    cr_expect_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)"x", 1, &n),
                 RATLS_E_WANT_WRITE);
    cr_expect_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)"x", 1, &n),
                 RATLS_E_WANT_WRITE);
    rig.client.end.full = false;
    cr_expect_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)"x", 1, &n), RATLS_OK);
    cr_expect_eq(read_one(&rig.server), RATLS_OK);
}

Test(conn, a_transport_that_stutters_changes_nothing)
{
    rig_make(&rig, &usual, &usual);
    rig.client.end.stutter = rig.server.end.stutter = true;
    rig.client.end.chunk = rig.server.end.chunk = 7;
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

Test(conn, large_writes_arrive_whole)
{
    static uint8_t sent[100000], got[sizeof sent];
    size_t put = 0, have = 0, n = 0;

    open_usual();
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 7);
    while (put < sizeof sent) {
        cr_assert_eq(ratls_conn_write(rig.client.conn, sent + put, sizeof sent - put, &n),
                     RATLS_OK);
        put += n;
    }
    while (have < sizeof got) {
        cr_assert_eq(ratls_conn_read(rig.server.conn, got + have, sizeof got - have, &n), RATLS_OK);
        have += n;
    }
    cr_expect_eq(memcmp(sent, got, sizeof sent), 0);
}

/* ---- wrong states ---- */

Test(conn, carries_no_bytes_before_the_handshake)
{
    uint8_t byte = 0;
    size_t n = 7;

    rig_make(&rig, &usual, &usual);
    cr_expect_eq(ratls_conn_read(rig.client.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(n, 0);
    cr_expect_eq(ratls_conn_write(rig.client.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_close_write(rig.client.conn), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_pending(rig.client.conn), 0);
    cr_expect_str_eq(ratls_conn_suite(rig.client.conn), "");
    cr_expect_null(ratls_conn_verdict(rig.client.conn));
}

Test(conn, reads_and_writes_of_nothing_are_misuse)
{
    uint8_t byte = 0;
    size_t n;

    open_usual();
    cr_expect_eq(ratls_conn_read(rig.client.conn, &byte, 0, &n), RATLS_E_USAGE);
    cr_expect_eq(ratls_conn_write(rig.client.conn, &byte, 0, &n), RATLS_E_USAGE);
}

Test(conn, a_failure_is_final)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session")};
    uint8_t byte = 0;
    size_t n;

    rig_make(&rig, &usual, &strict);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_MEASUREMENT);
    cr_expect_eq(ratls_conn_handshake(rig.client.conn), RATLS_E_PEER_DENIED);
    cr_expect_eq(ratls_conn_close_write(rig.server.conn), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_str_eq(ratls_verdict_reason(ratls_conn_verdict(rig.server.conn)),
                     "measurement_mismatch");
    /* The client had allowed the server: its verdict does not stay an allow. */
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.client.conn)));
}

Test(conn, has_one_of_two_roles)
{
    struct ratls_conn *c = NULL;
    struct ratls_error err = {0};

    rig_make(&rig, &usual, &usual);
    cr_expect_eq(
        ratls_conn_new(rig.client.ctx, (enum ratls_role)3, end_io(&rig.client.end), &c, &err),
        RATLS_E_USAGE);
    cr_expect_eq(
        ratls_conn_new(rig.client.ctx, (enum ratls_role)0, end_io(&rig.client.end), &c, &err),
        RATLS_E_USAGE);
    cr_expect_null(c);
}

/* ---- what the other side learns ---- */

static void refuse_and_keep(const struct side_plan *server, enum ratls_err why, char text[256])
{
    rig_make(&rig, &usual, server);
    if (why == RATLS_E_EVIDENCE_ROOT) { /* a trust of its own, without the client's simulator */
        struct ratls_error err = {0};
        ratls_ctx_unref(rig.server.ctx);
        ratls_trust_unref(rig.server.trust);
        side_trust(&rig.server, server, &rig.server, POLICY_OF(MRTD_CLIENT, "session"));
        cr_assert_eq(side_context(&rig.server, server, &err), RATLS_OK, "%s", err.detail);
        rig_connect(&rig);
    }
    rig_expect(&rig, RATLS_E_PEER_DENIED, why);
    (void)snprintf(text, 256, "%s", ratls_conn_error(rig.client.conn)->detail);
    rig_free(&rig);
    rig = (struct rig){0};
}

#define POLICY_WITHOUT_SIM                                                                         \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" MRTD_CLIENT                                         \
    "\"],\"tcb_status\":[\"not_evaluated\"]}}}"

/* T73, T32: unknown measurement, forged root, simulated TEE look the same from outside. */
Test(conn, the_peer_does_not_learn_what_was_wrong)
{
    const struct side_plan measurement = {.policy = POLICY_OF(MRTD_SERVER, "session")};
    const struct side_plan production = {.policy = POLICY_WITHOUT_SIM};
    char a[256], b[256], c[256];

    refuse_and_keep(&measurement, RATLS_E_MEASUREMENT, a);
    refuse_and_keep(&usual, RATLS_E_EVIDENCE_ROOT, b);
    refuse_and_keep(&production, RATLS_E_SIMULATED, c);
    cr_expect_str_eq(a, "class 1: attestation refused");
    cr_expect_str_eq(a, b);
    cr_expect_str_eq(a, c);
}

/* ---- clocks ---- */

/* The server's wall clock jumps once its connection exists. */
static void rig_connect_at(struct rig *r, int64_t wall_offset)
{
    r->server.clocks.wall_offset = 0;
    rig_connect(r);
    r->server.clocks.wall_offset = wall_offset;
}

/* T76: dates go by the wall clock, which may be wrong on either side. */
Test(conn, a_clock_that_is_wrong_refuses_and_does_not_accept)
{
    rig_make(&rig, &usual, &usual);
    rig.server.clocks.wall_offset = 3601;
    rig.client.clocks.wall_offset = 0;
    enum ratls_err c, s;
    struct ratls_conn *none = NULL;
    cr_expect_eq(ratls_conn_new(rig.server.ctx, RATLS_SERVER, end_io(&rig.server.end), &none, NULL),
                 RATLS_E_IDENTITY_EXPIRED);
    rig_drive(&rig, &c, &s); /* made before the jump */
    cr_expect_eq(s, RATLS_E_CERT_EXPIRED, "%s", ratls_err_reason(s));
    rig_connect_at(&rig, -RT_CERT_BACKDATE_S - 60);
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_CERT_NOT_YET_VALID, "%s", ratls_err_reason(s));
    rig_connect_at(&rig, INT64_C(80) * 365 * 86400);
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_CERT_EXPIRED, "%s", ratls_err_reason(s));
}

/* T76: the timer does not run on it. */
Test(conn, a_jump_of_the_wall_clock_does_not_move_the_timer)
{
    enum ratls_err c, s;

    rig_make(&rig, &usual, &usual);
    cr_expect_eq(ratls_conn_deadline_ms(rig.server.conn), RT_HANDSHAKE_TIMEOUT_MS);
    rig.client.clocks.wall_offset = rig.server.clocks.wall_offset = 60; /* six times the limit */
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_OK);
    cr_expect_eq(c, RATLS_OK);
}

/* T56: an end that hears nothing. */
Test(conn, silence_ends_with_the_timer)
{
    rig_make(&rig, &usual, &usual);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_READ);
    rig.server.clocks.monotonic_ms = RT_HANDSHAKE_TIMEOUT_MS - 1;
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_READ);
    rig.server.clocks.monotonic_ms = RT_HANDSHAKE_TIMEOUT_MS;
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_TIMEOUT);
    rig.client.clocks.monotonic_ms = INT64_C(1) << 40; /* an open one is not the timer's */
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig.client.clocks.monotonic_ms += 2 * RT_HANDSHAKE_TIMEOUT_MS;
    rig_pass(&rig.server, &rig.client, "later");
}

/* ---- identities of a context ---- */

Test(conn, an_expired_identity_opens_nothing)
{
    struct ratls_conn *c = NULL;
    struct ratls_error err = {0};

    rig_make(&rig, &usual, &usual);
    rig.client.clocks.wall_offset =
        ratls_identity_not_after(rig.client.identity) - ratls_env_system()->now(NULL) + 10;
    cr_expect_eq(ratls_conn_new(rig.client.ctx, RATLS_CLIENT, end_io(&rig.client.end), &c, &err),
                 RATLS_E_IDENTITY_EXPIRED);
    cr_expect_null(c);
}

Test(conn, a_new_identity_serves_new_connections_and_old_ones_live_on)
{
    struct ratls_identity *old;
    struct ratls_error err = {0};

    open_usual();
    old = rig.server.identity;
    rig.server.identity = NULL;
    side_make_identity(&rig.server, &usual);
    cr_assert_eq(ratls_ctx_set_identity(rig.server.ctx, rig.server.identity, &err), RATLS_OK);
    ratls_identity_unref(old);
    rig_pass(&rig.client, &rig.server, "old");
    rig_pass(&rig.server, &rig.client, "old");
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_pass(&rig.client, &rig.server, "new");
}

/* A handshake under way keeps the identity that it began with. */
Test(conn, a_new_identity_in_the_middle_of_a_handshake_changes_nothing)
{
    struct ratls_error err = {0};

    rig_make(&rig, &usual, &usual);
    (void)!ratls_conn_handshake(rig.client.conn);
    (void)!ratls_conn_handshake(rig.server.conn);
    ratls_identity_unref(rig.server.identity);
    side_make_identity(&rig.server, &usual);
    cr_assert_eq(ratls_ctx_set_identity(rig.server.ctx, rig.server.identity, &err), RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

Test(conn, a_context_that_shows_evidence_needs_an_identity)
{
    const struct side_plan bare = {.without_identity = true};
    struct ratls_conn *c = NULL;
    struct ratls_identity *id = NULL;
    struct ratls_error err = {0};

    rig_make_sides(&rig, &bare, &usual);
    cr_expect_eq(ratls_conn_new(rig.client.ctx, RATLS_CLIENT, end_io(&rig.client.end), &c, &err),
                 RATLS_E_STATE);
    const struct ratls_identity_params params = {0};
    cr_assert_eq(ratls_identity_prepare(&rig.client.env, &params, &id, NULL), RATLS_OK);
    cr_expect_eq(ratls_ctx_set_identity(rig.client.ctx, id, NULL), RATLS_E_STATE);
    ratls_identity_unref(id);
    cr_assert_eq(rt_identity_plain(&rig.client.env, &id, NULL), RATLS_OK);
    cr_expect_eq(ratls_ctx_set_identity(rig.client.ctx, id, NULL), RATLS_E_CONFIG);
    ratls_identity_unref(id);
    cr_expect_eq(ratls_conn_new(rig.client.ctx, RATLS_CLIENT, end_io(&rig.client.end), &c, NULL),
                 RATLS_E_STATE);
}

/* ---- configurations ---- */

static struct ratls_config *config;
static struct ratls_trust *trust;

static void config_setup(void)
{
    cr_assert_eq(ratls_config_new(ratls_env_system(), &config), RATLS_OK);
    cr_assert_eq(ratls_trust_new(ratls_env_system(), &trust), RATLS_OK);
    ratls_config_set_trust(config, trust);
}

static void config_teardown(void)
{
    ratls_config_free(config);
    ratls_trust_unref(trust);
}

TestSuite(config, .init = config_setup, .fini = config_teardown, .timeout = 60);

static void expect_config(enum ratls_err due, const char *part_of_detail)
{
    struct ratls_ctx *ctx = NULL;
    struct ratls_error err = {0};

    cr_expect_eq(ratls_ctx_new(config, &ctx, &err), due, "%s", err.detail);
    cr_expect(strstr(err.detail, part_of_detail), "%s", err.detail);
    cr_expect_eq(ctx == NULL, due != RATLS_OK);
    ratls_ctx_unref(ctx);
}

Test(config, usual_one_is_taken)
{
    expect_config(RATLS_OK, "");
}

Test(config, without_trust_is_refused_where_peers_are_judged)
{
    ratls_config_set_trust(config, NULL);
    expect_config(RATLS_E_CONFIG, "no trust");
    ratls_config_set_mode(config, RATLS_VERIFY);
    expect_config(RATLS_E_CONFIG, "no trust");
    ratls_config_set_mode(config, RATLS_ATTEST);
    expect_config(RATLS_OK, "");
}

Test(config, with_an_unknown_mode_is_refused)
{
    ratls_config_set_mode(config, RATLS_MODE_COUNT);
    expect_config(RATLS_E_CONFIG, "unknown mode");
    ratls_config_set_mode(config, (enum ratls_mode) - 1);
    expect_config(RATLS_E_CONFIG, "unknown mode");
}

/* Level none would accept everybody. */
Test(config, with_a_level_outside_one_to_three_is_refused)
{
    static const int levels[] = {-1, 0, 4};

    for (size_t i = 0; i < RT_COUNT(levels); i++) {
        ratls_config_set_level(config, (enum ratls_level)levels[i]);
        expect_config(RATLS_E_CONFIG, "lowest level");
    }
    ratls_config_set_level(config, RATLS_LEVEL_QUOTE);
    for (size_t i = 0; i < RT_COUNT(levels); i++) {
        ratls_config_set_proof_level(config, (enum ratls_level)levels[i]);
        expect_config(RATLS_E_CONFIG, "provable level");
    }
}

Test(config, without_time_limit_is_refused)
{
    ratls_config_set_timeout_ms(config, 0);
    expect_config(RATLS_E_CONFIG, "time limit");
    ratls_config_set_timeout_ms(config, -1);
    expect_config(RATLS_E_CONFIG, "time limit");
}

Test(config, with_names_and_no_identity_ca_is_refused)
{
    cr_assert_eq(ratls_config_add_peer_name(config, "a.example"), RATLS_OK);
    expect_config(RATLS_E_CONFIG, "names need an identity CA");
}

Test(config, takes_no_empty_and_no_endless_texts)
{
    char long_name[300] = {0};

    memset(long_name, 'a', 256);
    cr_expect_eq(ratls_config_add_peer_name(config, ""), RATLS_E_USAGE);
    cr_expect_eq(ratls_config_add_peer_name(config, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_config_set_server_name(config, ""), RATLS_E_USAGE);
    cr_expect_eq(ratls_config_set_server_name(config, long_name), RATLS_E_USAGE);
    cr_expect_eq(ratls_config_set_server_name(config, "a.example"), RATLS_OK);
    for (int i = 0; i < 16; i++)
        cr_expect_eq(ratls_config_add_peer_name(config, "a.example"), RATLS_OK);
    cr_expect_eq(ratls_config_add_peer_name(config, "a.example"), RATLS_E_LIMIT);
}
