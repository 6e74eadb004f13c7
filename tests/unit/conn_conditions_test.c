/* What a context asks of its peers' certificates replaced under connections that live, and under
 * handshakes under way. The same of trusts: conn_rejudge_test.c. */
#include "alloc_support.h"
#include "conn.h"
#include "conn_support.h"
#include "pki_support.h"

static struct rig rig;
static struct ca ca, other;
static struct leaf client, server;
static struct ratls_buffer crl;
static struct ratls_ctx *next;
static struct ratls_error err;

static void setup(void)
{
    static const char *const names[] = {"a.example", NULL};

    ca_make(&ca, "CA");
    ca_make(&other, "CA");
    leaf_make(&client, &ca, (struct rt_mint){.san = names});
    leaf_make(&server, &ca, (struct rt_mint){.san = names});
}

static void teardown(void)
{
    rig_free(&rig);
    ratls_ctx_unref(next);
    ratls_buffer_free(&crl);
    ca_free(&ca);
    ca_free(&other);
    leaf_free(&client);
    leaf_free(&server);
}

TestSuite(conn_conditions, .init = setup, .fini = teardown, .timeout = 120);

/* ---- sides ---- */

static struct side_plan plain_side(const struct leaf *l)
{
    return (struct side_plan){
        .mode = RATLS_NONE, .cert = rt_bytes_of(&l->der), .key = rt_bytes_of(&l->key_der)};
}

static struct side_plan plain_server(void)
{
    struct side_plan p = plain_side(&server);

    p.peer_ca = rt_bytes_of(&ca.der);
    return p;
}

/* A plain client with its certificate, which the server's CA signed. */
static void open_plain(void)
{
    const struct side_plan c = plain_side(&client), s = plain_server();

    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_assert_not_null(ratls_conn_identified(rig.server.conn));
}

/* Both with evidence, the client's certificate by the CA as well. */
static struct side_plan attested_client(void)
{
    return (struct side_plan){.ca_cert = rt_bytes_of(&ca.der), .ca_key = rt_bytes_of(&ca.key_der)};
}

static struct side_plan attested_server(void)
{
    return (struct side_plan){.peer_ca = rt_bytes_of(&ca.der)};
}

static void open_attested(void)
{
    const struct side_plan c = attested_client(), s = attested_server();

    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* The plan's conditions are those of the server's context when this returns. */
static void server_asks(const struct side_plan *plan)
{
    struct ratls_ctx *present = rig.server.ctx;

    ratls_ctx_unref(next);
    rig.server.ctx = NULL;
    cr_assert_eq(side_context(&rig.server, plan, &err), RATLS_OK, "%s", err.detail);
    next = rig.server.ctx;
    rig.server.ctx = present;
    cr_assert_eq(ratls_ctx_judge_as(rig.server.ctx, next, &err), RATLS_OK, "%s", err.detail);
}

/* A list of the CA about the peer of this connection, or about somebody else. */
static struct ratls_bytes list_about(const struct side *of, bool somebody_else)
{
    struct ratls_bytes chain[RT_MAX_CHAIN];
    struct rt_x509 leaf;
    size_t n = 0;

    cr_assert_eq(rt_tls_peer_chain(of->conn->tls, chain, &n, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_parse(chain[0], &leaf, NULL), RATLS_OK);
    ratls_buffer_free(&crl);
    crl = ca_revoke(&ca, somebody_else ? ratls_bytes_str("\x01\x02") : leaf.serial, 3600);
    return rt_bytes_of(&crl);
}

static void expect_closed(const struct side *s, enum ratls_err why)
{
    uint8_t byte = 0;
    size_t n;

    cr_expect_eq(ratls_conn_error(s->conn)->code, why);
    cr_expect_eq(ratls_conn_read(s->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(s->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_rejudge(s->conn), why);
    cr_expect_eq(ratls_conn_rejudge_claims(s->conn), why);
    cr_expect_null(ratls_conn_identified(s->conn));
    cr_expect_not(ratls_conn_is_behind(s->conn));
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(s->conn)));
}

/* The cheap pass leaves it behind, the other one refuses. */
static void expect_refused(const struct side_plan *plan, enum ratls_err why)
{
    server_asks(plan);
    cr_expect(ratls_conn_is_behind(rig.server.conn));
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect(ratls_conn_is_behind(rig.server.conn));
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), why, "%s",
                 ratls_conn_error(rig.server.conn)->detail);
    expect_closed(&rig.server, why);
}

static void expect_goes_on(const struct side_plan *plan)
{
    server_asks(plan);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect(ratls_conn_is_behind(rig.server.conn));
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_not(ratls_conn_is_behind(rig.server.conn));
    rig_pass(&rig.client, &rig.server, "ping");
}

/* ---- peers without evidence ---- */

Test(conn_conditions, a_revoked_certificate_ends_its_open_connection)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_crl = list_about(&rig.server, false);
    expect_refused(&s, RATLS_E_CERT_REVOKED);
}

Test(conn_conditions, a_list_about_others_ends_nothing)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_crl = list_about(&rig.server, true);
    expect_goes_on(&s);
    cr_expect_not_null(ratls_conn_identified(rig.server.conn));
}

Test(conn_conditions, another_ca_ends_what_the_former_one_vouched_for)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_ca = rt_bytes_of(&other.der);
    expect_refused(&s, RATLS_E_CERT_SIGNATURE);
}

Test(conn_conditions, another_name_ends_what_has_the_former_one)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_name = "a.example";
    expect_goes_on(&s);
    s.peer_name = "b.example";
    expect_refused(&s, RATLS_E_IDENTITY_MISMATCH);
}

Test(conn_conditions, another_mailbox_counts_like_a_name)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_email = "ops@a.example";
    expect_refused(&s, RATLS_E_IDENTITY_MISMATCH);
}

Test(conn_conditions, another_pin_ends_what_has_the_former_key)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_pin = client.spki_sha256;
    expect_goes_on(&s);
    s.peer_pin = server.spki_sha256;
    expect_refused(&s, RATLS_E_PIN_MISMATCH);
}

Test(conn_conditions, who_showed_no_certificate_does_not_get_by)
{
    struct side_plan s = plain_side(&server), c = {.mode = RATLS_NONE};

    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    s = plain_server();
    expect_refused(&s, RATLS_E_NO_PEER_CERT);
}

Test(conn_conditions, without_conditions_a_certificate_is_nobodys)
{
    const struct side_plan s = plain_side(&server);

    open_plain();
    expect_goes_on(&s);
    cr_expect_null(ratls_conn_identified(rig.server.conn));
}

/* A list of roots, of names or of pins more or less is another condition, and nothing else is. */
Test(conn_conditions, the_same_conditions_cost_nothing)
{
    const struct side_plan s = plain_server();

    open_plain();
    server_asks(&s);
    cr_expect(ratls_conn_is_behind(rig.server.conn));
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_not(ratls_conn_is_behind(rig.server.conn));
    cr_expect_not_null(ratls_conn_identified(rig.server.conn));
}

/* T54 */
Test(conn_conditions, a_certificate_that_has_ended_is_found_when_somebody_asks)
{
    open_plain();
    rig.server.clocks.wall_offset = 7200;
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_CERT_EXPIRED);
    expect_closed(&rig.server, RATLS_E_CERT_EXPIRED);
}

/* A server's certificate, in the eyes of its client, is held against the same. */
Test(conn_conditions, a_client_is_told_likewise)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server);

    c.peer_ca = rt_bytes_of(&ca.der);
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    c.peer_name = "b.example";
    struct ratls_ctx *present = rig.client.ctx;
    rig.client.ctx = NULL;
    cr_assert_eq(side_context(&rig.client, &c, &err), RATLS_OK, "%s", err.detail);
    next = rig.client.ctx;
    rig.client.ctx = present;
    cr_assert_eq(ratls_ctx_judge_as(rig.client.ctx, next, &err), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.client.conn), RATLS_E_IDENTITY_MISMATCH);
    expect_closed(&rig.client, RATLS_E_IDENTITY_MISMATCH);
}

/* ---- beside evidence ---- */

Test(conn_conditions, evidence_does_not_outweigh_a_revoked_certificate)
{
    struct side_plan s = attested_server();

    open_attested();
    s.peer_crl = list_about(&rig.server, false);
    expect_refused(&s, RATLS_E_CERT_REVOKED);
    cr_expect_eq(ratls_verdict_code(ratls_conn_verdict(rig.server.conn)), RATLS_E_CERT_REVOKED);
}

Test(conn_conditions, an_attested_peer_with_a_good_certificate_goes_on)
{
    struct side_plan s = attested_server();

    open_attested();
    s.peer_crl = list_about(&rig.server, true);
    expect_goes_on(&s);
}

Test(conn_conditions, the_same_conditions_leave_the_cheap_pass_its_verdict)
{
    const struct side_plan s = attested_server();

    open_attested();
    server_asks(&s);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_not(ratls_conn_is_behind(rig.server.conn));
}

Test(conn_conditions, a_level_that_is_raised_ends_who_did_not_reach_it)
{
    const struct side_plan c = {.without_ak = true};
    struct side_plan s = {.level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_CLIENT, "key")};

    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    s.level = RATLS_LEVEL_SESSION;
    server_asks(&s);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_BINDING_LEVEL);
    expect_closed(&rig.server, RATLS_E_BINDING_LEVEL);
}

/* ---- contexts ---- */

Test(conn_conditions, who_wants_no_evidence_does_not_judge_for_who_does)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    rig_make(&rig, &verify, &attest);
    cr_expect_eq(ratls_ctx_judge_as(rig.server.ctx, rig.client.ctx, NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_ctx_judge_as(rig.client.ctx, rig.server.ctx, NULL), RATLS_E_CONFIG);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_not(ratls_conn_is_behind(rig.server.conn));
    cr_expect_not(ratls_conn_is_behind(rig.client.conn));
}

Test(conn_conditions, new_connections_are_held_against_the_new_conditions)
{
    struct side_plan s = plain_server();

    open_plain();
    s.peer_crl = list_about(&rig.server, false);
    server_asks(&s);
    rig_connect(&rig);
    enum ratls_err at_client, at_server;
    rig_drive(&rig, &at_client, &at_server);
    cr_expect_eq(at_server, RATLS_E_CERT_REVOKED, "%s", ratls_err_reason(at_server));
}

/* ---- T53: replaced between the check and open ---- */

static void step(const struct side *s)
{
    enum ratls_err e = ratls_conn_handshake(s->conn);

    cr_assert(e == RATLS_OK || ratls_err_is_want(e), "%s", ratls_err_reason(e));
}

/* Steps of both ends until the server has met the client; it is not open yet. */
static void until_met(void)
{
    rig.client.end.stutter = true; /* its frames come later than its Finished */
    for (int i = 0; rig.server.conn->phase == RT_PHASE_HANDSHAKE; i++) {
        cr_assert_lt(i, 100);
        step(&rig.client);
        if (rig.server.conn->phase == RT_PHASE_HANDSHAKE)
            step(&rig.server);
    }
    cr_assert_eq(rig.server.conn->phase, RT_PHASE_FRAMES);
    cr_assert_not(rt_session_allowed(&rig.server.conn->session));
    rig.client.end.stutter = false;
}

Test(conn_conditions, what_is_revoked_after_the_check_does_not_open)
{
    struct side_plan c = plain_side(&client), s = {.mode = RATLS_ATTEST};

    c.mode = RATLS_VERIFY;
    s.peer_ca = rt_bytes_of(&ca.der);
    rig_make(&rig, &c, &s);
    until_met();
    cr_assert(rig.server.conn->identified);
    s.peer_crl = list_about(&rig.server, false);
    server_asks(&s);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_CERT_REVOKED);
}

Test(conn_conditions, evidence_opens_nothing_either)
{
    const struct side_plan c = attested_client();
    struct side_plan s = attested_server();

    rig_make(&rig, &c, &s);
    until_met();
    s.peer_crl = list_about(&rig.server, false);
    server_asks(&s);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_CERT_REVOKED);
}

Test(conn_conditions, the_same_ones_change_nothing_on_the_way)
{
    struct side_plan c = plain_side(&client), s = {.mode = RATLS_ATTEST};

    c.mode = RATLS_VERIFY;
    s.peer_ca = rt_bytes_of(&ca.der);
    rig_make(&rig, &c, &s);
    until_met();
    server_asks(&s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_not(ratls_conn_is_behind(rig.server.conn));
    cr_expect_not_null(ratls_conn_identified(rig.server.conn));
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

/* T77 */
static bool judge_again(void)
{
    const struct side_plan s = plain_server();

    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    server_asks(&s);
    armed = true;
    enum ratls_err e = ratls_conn_rejudge(rig.server.conn);
    armed = false;
    cr_expect_eq(e == RATLS_OK, ratls_conn_identified(rig.server.conn) != NULL);
    cr_expect_eq(e, ratls_conn_error(rig.server.conn)->code);
    return e == RATLS_OK;
}

Test(conn_conditions, judging_survives_a_failure_at_each_allocation)
{
    const struct side_plan c = plain_side(&client), s = plain_server();

    rig_make_sides(&rig, &c, &s);
    fail_each(judge_again, ONCE);
}

#endif
