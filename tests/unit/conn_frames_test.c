/* What a connection says in its own frames, and the timer over them, as a raw peer sees it. */
#include "conn_raw.h"

static struct rig rig;
static struct raw raw;
static struct forged evil;
static const struct side_plan usual = {0};

static void teardown(void)
{
    raw_free(&raw);
    forged_free(&evil);
    rig_free(&rig);
}

TestSuite(conn_frames, .fini = teardown, .timeout = 60);

static void meet_as(const struct side_plan *client, const struct side_plan *server,
                    enum ratls_role role, bool ask)
{
    rig_make(&rig, client, server);
    evil = forge(&(struct forgery){.attester = role == RATLS_CLIENT ? rig.client.attester
                                                                    : rig.server.attester});
    raw_take_asking(&raw, &rig, role, evil.identity, ask);
    raw_meet(&raw);
}

/* ---- HELLO ---- */

static void expect_hello(enum ratls_level lowest, enum ratls_level highest, bool proof_follows)
{
    uint8_t payload[RT_MAX_FRAME];
    size_t len = 0, got = 0;

    cr_assert_eq(raw_read(&raw, payload, sizeof payload, &len), RT_FRAME_HELLO);
    cr_assert_geq(len, 4 + RT_HELLO_RANDOM);
    cr_expect_eq(payload[0], RT_SESSION_VERSION);
    cr_expect_eq(payload[1], lowest);
    cr_expect_eq(payload[2], highest);
    if (proof_follows)
        cr_expect_eq(raw_read(&raw, payload, sizeof payload, &len), RT_FRAME_PROOF);
    else
        cr_expect_eq(rt_tls_read(raw.tls, payload, 1, &got), RATLS_E_WANT_READ);
}

Test(conn_frames, hello_and_proof_leave_together)
{
    meet_as(&usual, &usual, RATLS_CLIENT, true);
    expect_hello(RATLS_LEVEL_SESSION, RATLS_LEVEL_SESSION, true);
}

Test(conn_frames, hello_of_a_side_without_attestation_key_offers_level_one)
{
    const struct side_plan classic = {.without_ak = true};

    meet_as(&usual, &classic, RATLS_CLIENT, true);
    expect_hello(RATLS_LEVEL_SESSION, RATLS_LEVEL_KEY, false);
}

Test(conn_frames, hello_of_a_side_that_can_quote_offers_level_three_and_waits)
{
    const struct side_plan quotes = {.proof = RATLS_LEVEL_QUOTE};

    meet_as(&usual, &quotes, RATLS_CLIENT, true);
    expect_hello(RATLS_LEVEL_SESSION, RATLS_LEVEL_QUOTE, false);
}

Test(conn_frames, hello_of_a_side_that_verifies_only_offers_nothing)
{
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    meet_as(&usual, &verify, RATLS_CLIENT, true);
    expect_hello(RATLS_LEVEL_SESSION, RATLS_LEVEL_NONE, false);
}

Test(conn_frames, hello_of_a_side_that_attests_only_demands_nothing)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};

    meet_as(&usual, &attest, RATLS_CLIENT, true);
    expect_hello(RATLS_LEVEL_NONE, RATLS_LEVEL_SESSION, true);
}

/* T186: the client has a certificate and was not asked for it. */
Test(conn_frames, hello_of_a_client_that_was_not_asked_offers_nothing)
{
    meet_as(&usual, &usual, RATLS_SERVER, false);
    expect_hello(RATLS_LEVEL_SESSION, RATLS_LEVEL_NONE, false);
}

/* T186: the proof towards it holds zeros in place of its key. */
Test(conn_frames, proof_towards_a_client_that_was_not_asked_holds_zeros)
{
    meet_as(&usual, &usual, RATLS_SERVER, false);
    raw_hello(&raw, 0, 2);
    struct ratls_proof_request req = raw_request(&raw);
    memset(req.peer_spki_sha256, 0, sizeof req.peer_spki_sha256);
    raw_proof(&raw, &req, evil.ak);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.client.conn)->detail);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
}

/* T186: and no other value. */
Test(conn_frames, proof_towards_a_client_that_was_not_asked_does_not_hold_its_key)
{
    meet_as(&usual, &usual, RATLS_SERVER, false);
    raw_hello(&raw, 0, 2);
    const struct ratls_proof_request req = raw_request(&raw);
    raw_proof(&raw, &req, evil.ak);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

/* An anonymous peer's certificate is not judged, its proof gives it nothing. */
Test(conn_frames, peer_that_is_not_judged_has_no_verdict)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};

    meet_as(&usual, &attest, RATLS_CLIENT, true);
    raw_hello(&raw, 2, 0);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.server.conn)->detail);
    cr_expect_null(ratls_conn_verdict(rig.server.conn));
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_NONE);
}

/* ---- timers ---- */

/* T56: one byte a second. */
Test(conn_frames, slow_handshake_ends_with_the_timer)
{
    const struct ratls_io io = {.read = end_read, .write = end_write, .arg = &rig.client.end};
    enum ratls_err e = RATLS_E_WANT_READ;
    int seconds = 0;

    rig_make(&rig, &usual, &usual);
    raw_take(&raw, &rig, RATLS_CLIENT, rig.client.identity);
    cr_assert_eq(rt_tls_new(raw.ctx, &io, &raw.tls, NULL), RATLS_OK);
    (void)!rt_tls_handshake(raw.tls, RATLS_CLIENT, NULL);
    struct wire all = rig.client.wire;
    rig.client.wire = (struct wire){0};
    for (; e == RATLS_E_WANT_READ && seconds < 60; seconds++) {
        const uint8_t *byte = all.p + seconds;
        cr_assert_eq(end_write(&rig.client.end, byte, 1), 1);
        rig.server.clocks.monotonic_ms += 1000;
        e = ratls_conn_handshake(rig.server.conn);
    }
    free(all.p);
    cr_expect_eq(e, RATLS_E_TIMEOUT, "%s", ratls_err_reason(e));
    cr_expect_eq(seconds, 10);
}

/* T56, T172: the same timer spans the frames. */
Test(conn_frames, slow_frames_end_with_the_same_timer)
{
    meet_as(&usual, &usual, RATLS_CLIENT, true);
    rig.server.clocks.monotonic_ms = ratls_conn_deadline_ms(rig.server.conn) - 1;
    raw_hello(&raw, 2, 2);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    rig.server.clocks.monotonic_ms++;
    raw_expect(&raw, RATLS_E_TIMEOUT);
    raw_expect_denial(&raw, RATLS_CLASS_BUSY);
}
