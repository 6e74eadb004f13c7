/* The trust of a context replaced under connections that live, and under handshakes under way. */
#include "alloc_support.h"
#include "conn.h"
#include "conn_support.h"
#include "verdict.h"

static struct rig rig;
static const struct side_plan usual = {0};
static struct ratls_trust *next;

static void teardown(void)
{
    ratls_trust_unref(next);
    rig_free(&rig);
}

TestSuite(conn_rejudge, .fini = teardown, .timeout = 120);

#define GOOD POLICY_OF(MRTD_CLIENT, "session")
#define LEFT POLICY_OF(MRTD_SERVER, "session") /* the client's measurement is not in it */

/* ---- the trusts that follow ---- */

struct change {
    const char *policy;   /* NULL: GOOD */
    bool without_root;    /* the client's simulator is trusted no more */
    bool other_root_also; /* and one more is */
};

static void add_root_of(const struct side *s)
{
    cr_assert_eq(
        ratls_trust_insecure_add_sim_roots(next, ratls_attester_sim_root(s->attester), NULL),
        RATLS_OK);
}

/* The server's context has it when this returns. */
static void server_trusts(const struct change *with)
{
    struct ratls_trust *old = trust_now(rig.server.ctx);
    struct ratls_error err = {0};

    ratls_trust_unref(next);
    cr_assert_eq(ratls_trust_new_after(old, &next), RATLS_OK);
    ratls_trust_unref(old);
    cr_assert_eq(
        ratls_trust_set_policy(next, ratls_bytes_str(with->policy ? with->policy : GOOD), &err),
        RATLS_OK, "%s", err.detail);
    if (!with->without_root)
        add_root_of(&rig.client);
    if (with->other_root_also || with->without_root)
        add_root_of(&rig.server);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, &err), RATLS_OK, "%s", err.detail);
}

static void open_usual(void)
{
    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

static uint64_t generation(const struct side *s)
{
    return ratls_verdict_generation(ratls_conn_verdict(s->conn));
}

static void expect_closed(const struct side *s, enum ratls_err why)
{
    uint8_t byte = 0;
    size_t n;

    cr_expect_eq(ratls_conn_error(s->conn)->code, why);
    cr_expect_eq(ratls_conn_read(s->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(s->conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_close_write(s->conn), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_handshake(s->conn), why);
    cr_expect_eq(ratls_conn_rejudge(s->conn), why);
    cr_expect_eq(ratls_conn_rejudge_claims(s->conn), why);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(s->conn)));
    cr_expect_eq(ratls_verdict_code(ratls_conn_verdict(s->conn)), why);
}

/* ---- the context ---- */

Test(conn_rejudge, a_context_takes_another_trust)
{
    open_usual();
    server_trusts(&(struct change){0});
    struct ratls_trust *now = trust_now(rig.server.ctx);
    cr_expect_eq(now, next);
    ratls_trust_unref(now);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(generation(&rig.server), 2);
    cr_expect_eq(ratls_trust_set_policy(next, ratls_bytes_str(LEFT), NULL), RATLS_E_STATE);
}

/* T175 */
Test(conn_rejudge, new_connections_are_judged_by_the_new_trust)
{
    open_usual();
    server_trusts(&(struct change){.policy = LEFT});
    rig_connect(&rig);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    cr_expect_eq(generation(&rig.server), 2);
}

Test(conn_rejudge, a_context_that_judges_nobody_takes_no_trust)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    rig_make(&rig, &verify, &attest);
    cr_expect_eq(ratls_ctx_set_trust(rig.server.ctx, rig.server.trust, NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_ctx_set_trust(rig.client.ctx, NULL, NULL), RATLS_E_USAGE);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_null(ratls_conn_verdict(rig.server.conn));
}

/* T62 */
Test(conn_rejudge, a_context_without_identity_ca_takes_no_policy_with_names)
{
    open_usual();
    cr_assert_eq(ratls_trust_new_after(rig.server.trust, &next), RATLS_OK);
    cr_assert_eq(ratls_trust_set_policy(
                     next,
                     ratls_bytes_str("{\"tees\":{\"tdx\":{\"measurements\":[\"" MRTD_CLIENT
                                     "\"]}},\"peer_names\":[\"a.example\"]}"),
                     NULL),
                 RATLS_OK);
    cr_expect_eq(ratls_ctx_set_trust(rig.server.ctx, next, NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
}

/* ---- open connections ---- */

/* T175, T55: with either pass. */
static void expect_refused(enum ratls_err (*pass)(struct ratls_conn *), const struct change *change,
                           enum ratls_err why)
{
    open_usual();
    server_trusts(change);
    rig_pass(&rig.client, &rig.server, "not yet");
    cr_expect_eq(pass(rig.server.conn), why);
    cr_expect_eq(generation(&rig.server), 2);
    expect_closed(&rig.server, why);
    rig_free(&rig);
    rig = (struct rig){0};
}

Test(conn_rejudge, a_peer_whose_measurement_left_the_policy_is_refused)
{
    expect_refused(ratls_conn_rejudge, &(struct change){.policy = LEFT}, RATLS_E_MEASUREMENT);
    expect_refused(ratls_conn_rejudge_claims, &(struct change){.policy = LEFT},
                   RATLS_E_MEASUREMENT);
}

Test(conn_rejudge, a_peer_below_the_level_demanded_now_is_refused)
{
    const struct change quote = {.policy = POLICY_OF(MRTD_CLIENT, "quote")};

    expect_refused(ratls_conn_rejudge, &quote, RATLS_E_BINDING_LEVEL);
    expect_refused(ratls_conn_rejudge_claims, &quote, RATLS_E_BINDING_LEVEL);
}

Test(conn_rejudge, a_peer_whose_root_left_is_refused)
{
    expect_refused(ratls_conn_rejudge, &(struct change){.without_root = true},
                   RATLS_E_EVIDENCE_ROOT);
}

/* What the peer's end sees is no end in order. */
Test(conn_rejudge, a_refusal_says_nothing_on_the_wire)
{
    open_usual();
    server_trusts(&(struct change){.policy = LEFT});
    size_t before = rig.server.end.moved;
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_MEASUREMENT);
    cr_expect_eq(rig.server.end.moved, before);
}

Test(conn_rejudge, a_peer_who_is_still_good_stays)
{
    open_usual();
    cr_expect_eq(generation(&rig.server), 1);
    server_trusts(&(struct change){.policy = POLICY_OF(MRTD_CLIENT "\",\"" MRTD_SERVER, "key")});
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_eq(generation(&rig.server), 2);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
    const struct ratls_claim *level = ratls_claims_get(
        ratls_verdict_claims(ratls_conn_verdict(rig.server.conn)), "binding.level");
    cr_expect(level && level->number == RATLS_LEVEL_SESSION);
    rig_pass(&rig.client, &rig.server, "ping");
    rig_pass(&rig.server, &rig.client, "pong");
}

/* Others may hold a verdict that was given out: it does not change. */
Test(conn_rejudge, makes_a_verdict_of_its_own)
{
    open_usual();
    struct ratls_verdict *v =
        ratls_verdict_ref((struct ratls_verdict *)ratls_conn_verdict(rig.server.conn));
    server_trusts(&(struct change){.policy = LEFT});
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_MEASUREMENT);
    cr_expect(ratls_verdict_allowed(v));
    cr_expect_eq(ratls_verdict_generation(v), 1);
    ratls_verdict_unref(v);
}

/* T55: evidence grows old. */
Test(conn_rejudge, goes_by_the_present_time)
{
    open_usual();
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    rig.server.clocks.wall_offset = 3601;
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_CERT_EXPIRED);
    expect_closed(&rig.server, RATLS_E_CERT_EXPIRED);
}

Test(conn_rejudge, is_for_open_connections)
{
    rig_make(&rig, &usual, &usual);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_STATE);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* ---- the cheap pass ---- */

Test(conn_rejudge, claims_are_enough_where_the_grounds_are_the_same)
{
    open_usual();
    server_trusts(&(struct change){.policy = POLICY_OF(MRTD_CLIENT, "key")});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(generation(&rig.server), 2);
    cr_expect(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    cr_expect_str_eq(ratls_verdict_measurement(ratls_conn_verdict(rig.server.conn)), MRTD_CLIENT);
    rig_pass(&rig.client, &rig.server, "ping");
}

/* T54: a verdict under other grounds does not count as one of the new trust ... */
Test(conn_rejudge, claims_are_not_enough_where_roots_changed)
{
    open_usual();
    server_trusts(&(struct change){.without_root = true});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(generation(&rig.server), 1);
    /* ... not even when the trust after that has no other change. */
    server_trusts(&(struct change){.without_root = true, .policy = POLICY_OF(MRTD_CLIENT, "key")});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(generation(&rig.server), 1);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_EVIDENCE_ROOT);
}

Test(conn_rejudge, claims_shorten_the_life_of_a_verdict)
{
    open_usual();
    int64_t before = ratls_verdict_expires(ratls_conn_verdict(rig.server.conn));
    server_trusts(&(struct change){
        .policy = "{\"tees\":{\"tdx\":{\"measurements\":[\"" MRTD_CLIENT
                  "\"],\"tcb_status\":[\"not_evaluated\"],\"insecure_simulated\":true}},"
                  "\"max_evidence_age_s\":60}"});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    int64_t after = ratls_verdict_expires(ratls_conn_verdict(rig.server.conn));
    cr_expect_lt(after, before);
    /* and give back what only the policy took */
    server_trusts(&(struct change){0});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(ratls_conn_verdict(rig.server.conn)), before);
}

/* T54: a verdict does not outlive what it was proven by, whichever pass is asked. */
Test(conn_rejudge, claims_are_not_enough_where_a_proof_has_ended)
{
    open_usual();
    rig.server.clocks.wall_offset = 3601;
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_CERT_EXPIRED);
    expect_closed(&rig.server, RATLS_E_CERT_EXPIRED);
}

/* ---- T53: the trust is swapped between appraisal and open ---- */

static void step(const struct side *s)
{
    enum ratls_err e = ratls_conn_handshake(s->conn);

    cr_assert(e == RATLS_OK || ratls_err_is_want(e), "%s", ratls_err_reason(e));
}

/* Steps of both ends until the server has appraised the client; it is not open yet. */
static void until_appraised(void)
{
    for (int i = 0; !rig.server.conn->verdict; i++) {
        cr_assert_lt(i, 100);
        step(&rig.client);
        if (!rig.server.conn->verdict)
            step(&rig.server);
    }
    cr_assert_eq(rig.server.conn->phase, RT_PHASE_FRAMES);
}

static void swap_before_allow(const struct change *change)
{
    rig_make(&rig, &usual, &usual);
    rig.client.end.stutter = true; /* its frames come later than its Finished */
    until_appraised();
    cr_assert_not(rt_session_allowed(&rig.server.conn->session));
    server_trusts(change);
    rig.client.end.stutter = false;
}

Test(conn_rejudge, a_policy_swapped_after_appraisal_counts)
{
    swap_before_allow(&(struct change){.policy = LEFT});
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    cr_expect_eq(generation(&rig.server), 2);
}

Test(conn_rejudge, roots_swapped_after_appraisal_count)
{
    swap_before_allow(&(struct change){.without_root = true});
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_EVIDENCE_ROOT);
}

Test(conn_rejudge, a_level_raised_after_appraisal_counts)
{
    swap_before_allow(&(struct change){.policy = POLICY_OF(MRTD_CLIENT, "quote")});
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_BINDING_LEVEL);
}

Test(conn_rejudge, a_trust_swapped_after_appraisal_that_is_as_good_changes_nothing)
{
    swap_before_allow(&(struct change){.other_root_also = true});
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(generation(&rig.server), 2);
    rig_pass(&rig.client, &rig.server, "ping");
}

/* The own ALLOW is out, that of the peer is still awaited. */
static void swap_after_allow(const struct change *change)
{
    rig_make(&rig, &usual, &usual);
    rig.client.end.chunk = 1;
    for (int i = 0; !rt_session_allowed(&rig.server.conn->session); i++) {
        cr_assert_lt(i, 100000);
        step(&rig.client);
        step(&rig.server);
    }
    cr_assert_eq(rig.server.conn->phase, RT_PHASE_FRAMES);
    server_trusts(change);
    rig.client.end.chunk = 0;
}

Test(conn_rejudge, a_policy_swapped_after_the_own_allow_counts)
{
    enum ratls_err c, s;
    uint8_t byte;
    size_t n;

    swap_after_allow(&(struct change){.policy = LEFT});
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_MEASUREMENT, "%s", ratls_err_reason(s));
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    /* The client may be open by now. It reads no end in order. */
    rig.server.wire.closed = true;
    if (c == RATLS_OK)
        cr_expect_eq(ratls_conn_read(rig.client.conn, &byte, 1, &n), RATLS_E_TRUNCATED);
}

Test(conn_rejudge, a_trust_swapped_after_the_own_allow_that_is_as_good_changes_nothing)
{
    swap_after_allow(&(struct change){0});
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(generation(&rig.server), 2);
}

/* Before appraisal: it is the newest trust that appraises in the end. */
Test(conn_rejudge, a_trust_swapped_before_appraisal_counts)
{
    rig_make(&rig, &usual, &usual);
    server_trusts(&(struct change){.policy = LEFT});
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    cr_expect_eq(generation(&rig.server), 2);
}

/* ---- level 3 ---- */

static void quote_for(const struct side *s)
{
    struct ratls_proof_request req;
    uint8_t spki[RT_SHA256_LEN], signature[RT_PROOF_SIG_LEN], binder[RT_BINDER_LEN];
    struct ratls_buffer quote = {0};

    cr_assert_eq(ratls_conn_proof_request(s->conn, &req, spki), RATLS_OK);
    cr_assert_eq(ratls_identity_prove(s->identity, &req, signature), RATLS_OK);
    cr_assert_eq(ratls_identity_binder(s->identity, &req, binder), RATLS_OK);
    cr_assert_eq(ratls_attester_evidence(s->attester, binder, &quote, NULL), RATLS_OK);
    cr_assert_eq(ratls_conn_supply_proof(s->conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         rt_bytes_of(&quote)),
                 RATLS_OK);
    ratls_buffer_free(&quote);
}

static void open_with_quote(void)
{
    const struct side_plan quotes = {.level = RATLS_LEVEL_QUOTE};
    const struct side_plan can_quote = {.proof = RATLS_LEVEL_QUOTE};
    enum ratls_err c, s;

    rig_make(&rig, &can_quote, &quotes);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF);
    quote_for(&rig.client);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_assert_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_QUOTE);
}

Test(conn_rejudge, a_quote_for_the_session_is_judged_again_too)
{
    open_with_quote();
    server_trusts(&(struct change){.policy = POLICY_OF(MRTD_CLIENT, "quote")});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_assert_eq(ratls_verdict_generation(rig.server.conn->quote.verdict), 2);
    /* what was kept of it decides, not that it was good once */
    rig.server.conn->quote.cmw.p[rig.server.conn->quote.cmw.len - 700] ^= 1;
    cr_expect_neq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
}

Test(conn_rejudge, a_quote_is_held_against_the_binder_of_its_session)
{
    open_with_quote();
    rig.server.conn->quote.binder[0] ^= 1;
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_BINDING_MISMATCH);
}

Test(conn_rejudge, the_claims_of_a_quote_are_asked_too)
{
    open_with_quote();
    struct ratls_claims *claims = rig.server.conn->quote.verdict->claims;
    cr_assert_eq(ratls_claims_set_text(claims, "measurement", "00"), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_MEASUREMENT);
}

/* The level rests on the quote. */
Test(conn_rejudge, a_verdict_ends_with_its_quote)
{
    open_with_quote();
    struct ratls_verdict *quote = rig.server.conn->quote.verdict;
    const int64_t now = rig.server.env.now(rig.server.env.arg);
    quote->proven_until = now + 600;
    server_trusts(&(struct change){.policy = POLICY_OF(MRTD_CLIENT, "quote")});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(ratls_conn_verdict(rig.server.conn)), now + 600);
    /* what ended is proven anew, as far as it can be */
    rig.server.conn->quote.verdict->proven_until = now - 1;
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_gt(ratls_verdict_expires(ratls_conn_verdict(rig.server.conn)), now + 600);
    rig.server.conn->quote.cmw.p[rig.server.conn->quote.cmw.len - 700] ^= 1;
    rig.server.conn->quote.verdict->proven_until = now - 1;
    cr_expect_neq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static enum ratls_err (*under_test)(struct ratls_conn *);

/* T77 */
static bool judge_again(void)
{
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    server_trusts(&(struct change){0});
    armed = true;
    enum ratls_err e = under_test(rig.server.conn);
    armed = false;
    cr_expect_eq(e == RATLS_OK, ratls_conn_verdict(rig.server.conn) &&
                                    ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    cr_expect_eq(e, ratls_conn_error(rig.server.conn)->code);
    return e == RATLS_OK;
}

Test(conn_rejudge, claims_survive_a_failure_at_each_allocation)
{
    rig_make_sides(&rig, &usual, &usual);
    under_test = ratls_conn_rejudge_claims;
    fail_each(judge_again, ONCE);
}

#endif
