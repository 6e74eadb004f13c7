/* Policies outside, asked again when the trust changed: under open connections and on the way. */
#include "conn.h"
#include "conn_support.h"

static struct rig rig;
static const struct side_plan usual = {0}, deferred = {.defer = true};
static struct ratls_trust *next;

static void teardown(void)
{
    ratls_trust_unref(next);
    rig_free(&rig);
}

TestSuite(conn_policy_again, .fini = teardown, .timeout = 60);

/* A successor as good as the former one. It asks whom that one asked. */
static void server_trusts_anew(void)
{
    struct ratls_trust *old = trust_now(rig.server.ctx);

    ratls_trust_unref(next);
    cr_assert_eq(ratls_trust_new_after(old, &next), RATLS_OK);
    ratls_trust_unref(old);
    cr_assert_eq(
        ratls_trust_set_policy(next, ratls_bytes_str(POLICY_OF(MRTD_CLIENT, "session")), NULL),
        RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(
                     next, ratls_attester_sim_root(rig.client.attester), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, NULL), RATLS_OK);
}

static void answer(enum ratls_err e)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(ratls_conn_policy_input(rig.server.conn, &json), RATLS_OK);
    cr_expect(strstr((char *)json.p,
                     "\"binding\":{\"level\":2,\"role\":\"client\",\"alpn\":\"ratls/1\"}"),
              "%s", (char *)json.p);
    ratls_buffer_free(&json);
    cr_assert_eq(ratls_conn_supply_policy(rig.server.conn, e, "it says so"), RATLS_OK);
}

static void open_with(const struct side_plan *server)
{
    rig_make(&rig, &usual, server);
    if (server->defer) {
        rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
        answer(RATLS_OK);
    }
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* ---- open connections ---- */

static void expect_asked_again(enum ratls_err (*pass)(struct ratls_conn *))
{
    open_with(&deferred);
    server_trusts_anew();
    cr_expect_eq(pass(rig.server.conn), RATLS_E_WANT_POLICY);
    rig_pass(&rig.client, &rig.server, "goes on meanwhile");
    answer(RATLS_OK);
    rig_pass(&rig.client, &rig.server, "and after");
    cr_expect(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
    cr_expect_eq(ratls_verdict_generation(ratls_conn_verdict(rig.server.conn)), 2);
    rig_free(&rig);
    rig = (struct rig){0};
}

Test(conn_policy_again, peer_who_is_still_welcome_stays)
{
    expect_asked_again(ratls_conn_rejudge);
    expect_asked_again(ratls_conn_rejudge_claims);
}

Test(conn_policy_again, peer_who_is_not_welcome_any_more_is_refused)
{
    uint8_t byte;
    size_t n;

    open_with(&deferred);
    server_trusts_anew();
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_WANT_POLICY);
    struct ratls_verdict *before =
        ratls_verdict_ref((struct ratls_verdict *)(uintptr_t)ratls_conn_verdict(rig.server.conn));
    cr_expect_eq(ratls_conn_supply_policy(rig.server.conn, RATLS_E_OPA_DENIED, "it says so"),
                 RATLS_E_OPA_DENIED);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_write(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_OPA_DENIED);
    cr_expect_str_eq(ratls_conn_error(rig.server.conn)->detail, "it says so");
    const struct ratls_verdict *v = ratls_conn_verdict(rig.server.conn);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_OPA_DENIED);
    cr_expect_str_eq(ratls_verdict_measurement(v), MRTD_CLIENT);
    cr_expect(ratls_verdict_allowed(before), "what was given out does not change");
    ratls_verdict_unref(before);
    cr_expect_eq(ratls_conn_supply_policy(rig.server.conn, RATLS_OK, NULL), RATLS_E_STATE);
}

/* Where roots changed, claims are not judged for good yet, and nobody is asked for good either. */
Test(conn_policy_again, is_asked_once_everything_else_was_judged)
{
    open_with(&deferred);
    server_trusts_anew();
    struct ratls_trust *first = ratls_trust_ref(next);
    cr_assert_eq(ratls_trust_new_after(first, &next), RATLS_OK);
    ratls_trust_unref(first);
    ratls_trust_unref(first);
    cr_assert_eq(
        ratls_trust_set_policy(next, ratls_bytes_str(POLICY_OF(MRTD_CLIENT, "session")), NULL),
        RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(
                     next, ratls_attester_sim_root(rig.client.attester), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(
                     next, ratls_attester_sim_root(rig.server.attester), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, NULL), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_WANT_POLICY);
}

static struct {
    enum ratls_err answer;
    unsigned times;
} asked;

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    (void)arg;
    (void)input;
    (void)err;
    asked.times++;
    return asked.answer;
}

Test(conn_policy_again, asked_at_once_it_refuses_at_once)
{
    const struct side_plan at_once = {.decide = decide};

    open_with(&at_once);
    cr_expect_eq(asked.times, 1);
    server_trusts_anew();
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_eq(asked.times, 2);
    server_trusts_anew();
    asked.answer = RATLS_E_OPA_DENIED;
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_OPA_DENIED);
    cr_expect_eq(ratls_verdict_code(ratls_conn_verdict(rig.server.conn)), RATLS_E_OPA_DENIED);
}

Test(conn_policy_again, judged_while_an_answer_is_awaited_it_is_asked_anew)
{
    open_with(&deferred);
    server_trusts_anew();
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_WANT_POLICY);
    server_trusts_anew();
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_WANT_POLICY);
    answer(RATLS_OK);
    cr_expect_eq(ratls_verdict_generation(ratls_conn_verdict(rig.server.conn)), 3);
}

/* T175: what was allowed under the former trust is asked for again. */
Test(conn_policy_again, key_is_another_under_another_trust)
{
    struct ratls_policy_key before, after;

    rig_make(&rig, &usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_assert_eq(ratls_conn_policy_key(rig.server.conn, &before), RATLS_OK);
    server_trusts_anew();
    answer(RATLS_OK);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_assert_eq(ratls_conn_policy_key(rig.server.conn, &after), RATLS_OK);
    cr_expect_neq(memcmp(before.sha256, after.sha256, sizeof before.sha256), 0);
}

static uint64_t generation_of_context(void)
{
    struct ratls_trust *t = trust_now(rig.server.ctx);
    const uint64_t generation = ratls_trust_generation(t);

    ratls_trust_unref(t);
    return generation;
}

/* ---- on the way ---- */

/* T53: the answer is about the former trust. */
Test(conn_policy_again, trust_swapped_while_an_answer_is_awaited_is_asked_about_anew)
{
    rig_make(&rig, &usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    server_trusts_anew();
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_POLICY);
    cr_expect_eq(ratls_verdict_generation(rig.server.conn->verdict), 1, "is about what was asked");
    answer(RATLS_OK);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_expect_eq(ratls_verdict_generation(rig.server.conn->verdict), 2);
    answer(RATLS_E_OPA_DENIED);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_OPA_DENIED);
}

/* Up to the server's ALLOW; the client's is still to come. */
static void reach_own_allow(void)
{
    const struct side_plan slow = {.defer = true};

    rig_make(&rig, &slow, &deferred);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_POLICY);
    answer(RATLS_OK);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_READ);
    cr_assert(rt_session_allowed(&rig.server.conn->session));
    server_trusts_anew();
    cr_assert_eq(ratls_conn_supply_policy(rig.client.conn, RATLS_OK, NULL), RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_E_WANT_POLICY);
}

Test(conn_policy_again, trust_swapped_behind_the_own_allow_is_asked_about_before_it_opens)
{
    uint8_t byte;
    size_t n;

    reach_own_allow();
    cr_assert_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)"x", 1, &n), RATLS_OK);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_POLICY);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    answer(RATLS_OK);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_OK);
}

Test(conn_policy_again, refusal_behind_the_own_allow_opens_nothing)
{
    uint8_t byte;
    size_t n;

    reach_own_allow();
    answer(RATLS_E_OPA_DENIED);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_OPA_DENIED);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
}

/* T53: another trust comes while the policy outside thinks; behind the own ALLOW nobody else would
 * notice. */
static enum ratls_err swap(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    if (asked.times == 1)
        server_trusts_anew();
    return decide(arg, input, err);
}

static void until_own_allow(void)
{
    for (int i = 0; !rt_session_allowed(&rig.server.conn->session); i++) {
        cr_assert_lt(i, 100000);
        cr_assert(ratls_err_is_want(ratls_conn_handshake(rig.client.conn)));
        cr_assert(ratls_err_is_want(ratls_conn_handshake(rig.server.conn)));
    }
}

Test(conn_policy_again, trust_swapped_by_the_time_of_the_last_answer_counts)
{
    const struct side_plan at_once = {.decide = swap};
    enum ratls_err c, s;

    rig_make(&rig, &usual, &at_once);
    rig.client.end.chunk = 1;
    until_own_allow();
    cr_expect_eq(asked.times, 1);
    server_trusts_anew();
    rig.client.end.chunk = 0;
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_OK);
    cr_expect_eq(asked.times, 3);
    cr_expect_eq(generation_of_context(), 3);
    cr_expect_eq(ratls_verdict_generation(ratls_conn_verdict(rig.server.conn)), 3);
}
