/* Policies outside, asked by connections: last of all, before the peer hears ALLOW. */
#include "conn.h"
#include "conn_raw.h"
#include "verdict.h"

static struct rig rig;
static const struct side_plan usual = {0};

static void teardown(void)
{
    rig_free(&rig);
}

TestSuite(conn_policy, .fini = teardown, .timeout = 60);

/* ---- sides whose trust asks outside ---- */

static struct {
    enum ratls_err answer;
    unsigned times;
    char input[8192];
} asked;

static enum ratls_err decide(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    (void)arg;
    cr_assert_lt(input.len, sizeof asked.input);
    memcpy(asked.input, input.p, input.len);
    asked.input[input.len] = 0;
    asked.times++;
    return asked.answer ? ratls_fail(err, asked.answer, "told so") : RATLS_OK;
}

static const struct side_plan at_once = {.decide = decide}, deferred = {.defer = true};

static void make(const struct side_plan *client, const struct side_plan *server)
{
    asked.answer = RATLS_OK;
    asked.times = 0;
    rig_make(&rig, client, server);
}

static void expect_input(const struct side *s, const char *part)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(ratls_conn_policy_input(s->conn, &json), RATLS_OK);
    cr_expect(strstr((char *)json.p, part), "%s", (char *)json.p);
    ratls_buffer_free(&json);
}

static void supply(const struct side *s, enum ratls_err e)
{
    cr_assert_eq(ratls_conn_supply_policy(s->conn, e, "it says so"), RATLS_OK);
}

/* ---- deferred ---- */

Test(conn_policy, client_waits_for_the_answer_and_opens)
{
    make(&deferred, &usual);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_READ);
    expect_input(&rig.client, "\"binding\":{\"level\":2,\"role\":\"server\",\"alpn\":\"ratls/1\"}");
    expect_input(&rig.client, "\"measurement\":\"" MRTD_SERVER "\"");
    cr_expect_null(ratls_conn_verdict(rig.client.conn));
    supply(&rig.client, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect(ratls_verdict_allowed(ratls_conn_verdict(rig.client.conn)));
    rig_pass(&rig.client, &rig.server, "ping");
}

Test(conn_policy, server_waits_for_the_answer_and_opens)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    expect_input(&rig.server, "\"binding\":{\"level\":2,\"role\":\"client\",\"alpn\":\"ratls/1\"}");
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_pass(&rig.server, &rig.client, "pong");
}

Test(conn_policy, both_may_wait)
{
    make(&deferred, &deferred);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_POLICY);
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_READ);
    supply(&rig.client, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* Until the answer is there the peer has no ALLOW, so that none is ever taken back. */
Test(conn_policy, peer_is_told_nothing_before_the_answer)
{
    make(&usual, &deferred);
    for (int i = 0; i < 3; i++)
        rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_expect_not(rig.client.conn->session.got_allow);
    cr_expect(rig.server.conn->session.got_allow);
}

static void expect_refusal(struct side *asking, bool client, enum ratls_err e)
{
    supply(asking, e);
    rig_expect(&rig, client ? e : RATLS_E_PEER_DENIED, client ? RATLS_E_PEER_DENIED : e);
    const struct ratls_verdict *v = ratls_conn_verdict(asking->conn);
    cr_expect_not(ratls_verdict_allowed(v));
    cr_expect_eq(ratls_verdict_code(v), e);
    cr_expect_str_eq(ratls_conn_error(asking->conn)->detail, "it says so");
}

Test(conn_policy, refusal_is_told_to_the_server)
{
    make(&deferred, &usual);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_READ);
    expect_refusal(&rig.client, true, RATLS_E_OPA_DENIED);
    cr_expect_str_eq(ratls_conn_error(rig.server.conn)->detail, "class 1: attestation refused");
}

Test(conn_policy, refusal_is_told_to_the_client)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    expect_refusal(&rig.server, false, RATLS_E_OPA_FAILED);
}

Test(conn_policy, refusal_has_a_text_without_detail)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_assert_eq(ratls_conn_supply_policy(rig.server.conn, RATLS_E_OPA_DENIED, NULL), RATLS_OK);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_OPA_DENIED);
    cr_expect_str_eq(ratls_conn_error(rig.server.conn)->detail, "the outside policy denies");
}

/* T16: nothing of the peer's passes while the answer is awaited, nor after it. */
Test(conn_policy, data_behind_allow_while_waiting_is_refused)
{
    uint8_t buf[8];
    size_t n = 0;

    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_assert_eq(rt_tls_write(rig.client.conn->tls, (const uint8_t *)"early", 5, &n), RATLS_OK);
    cr_expect_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_E_STATE);
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_EARLY_DATA);
}

Test(conn_policy, denial_of_the_peer_while_waiting_ends_it)
{
    make(&deferred, &deferred);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_POLICY);
    supply(&rig.client, RATLS_E_OPA_DENIED);
    rig_expect(&rig, RATLS_E_OPA_DENIED, RATLS_E_PEER_DENIED);
    cr_expect_eq(ratls_conn_supply_policy(rig.server.conn, RATLS_OK, NULL), RATLS_E_STATE);
}

Test(conn_policy, waiting_ends_with_the_timer)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    rig.server.clocks.monotonic_ms = ratls_conn_deadline_ms(rig.server.conn);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_TIMEOUT);
}

/* An answer in time that is read too late is too late. */
Test(conn_policy, answer_does_not_stop_the_timer)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    supply(&rig.server, RATLS_OK);
    rig.server.clocks.monotonic_ms = ratls_conn_deadline_ms(rig.server.conn);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_TIMEOUT);
}

static void expect_no_answer_wanted(const struct side *s)
{
    struct ratls_buffer json = {0};

    cr_expect_eq(ratls_conn_policy_input(s->conn, &json), RATLS_E_STATE);
    cr_expect_null(json.p);
    cr_expect_eq(ratls_conn_supply_policy(s->conn, RATLS_OK, NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_supply_policy(s->conn, RATLS_E_OPA_DENIED, NULL), RATLS_E_STATE);
}

Test(conn_policy, nothing_is_to_be_answered_unless_asked)
{
    make(&usual, &deferred);
    expect_no_answer_wanted(&rig.client);
    expect_no_answer_wanted(&rig.server);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    expect_no_answer_wanted(&rig.client);
    supply(&rig.server, RATLS_OK);
    expect_no_answer_wanted(&rig.server); /* twice */
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    expect_no_answer_wanted(&rig.server);
}

Test(conn_policy, refusal_cannot_be_taken_back)
{
    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    supply(&rig.server, RATLS_E_OPA_DENIED);
    expect_no_answer_wanted(&rig.server);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_OPA_DENIED);
    expect_no_answer_wanted(&rig.server);
}

/* Waiting is no reason to refuse by, and numbers beyond the list are none either. */
Test(conn_policy, answer_that_says_nothing_is_refused)
{
    static const enum ratls_err nothing[] = {
        RATLS_E_WANT_READ, RATLS_E_WANT_WRITE, RATLS_E_WANT_PROOF,  RATLS_E_WANT_POLICY,
        RATLS_E_CLOSED,    RATLS_ERR_COUNT,    (enum ratls_err) - 1};

    make(&usual, &deferred);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    for (size_t i = 0; i < RT_COUNT(nothing); i++)
        cr_expect_eq(ratls_conn_supply_policy(rig.server.conn, nothing[i], NULL), RATLS_E_USAGE);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* Whom the own policy refuses nobody is asked about. */
Test(conn_policy, is_not_asked_about_whom_the_policy_refuses)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "session"), .defer = true};

    make(&usual, &strict);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_MEASUREMENT);
    expect_no_answer_wanted(&rig.server);
}

/* Who judges nobody has nothing to ask. */
Test(conn_policy, anonymous_peers_are_nobodys_question)
{
    const struct side_plan attest = {.mode = RATLS_ATTEST, .defer = true};
    const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true, .defer = true};

    make(&verify, &attest);
    rig_expect(&rig, RATLS_E_WANT_POLICY, RATLS_E_WANT_READ);
    supply(&rig.client, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}

/* ---- what an answer may be remembered by ---- */

static struct ratls_policy_key key_now(void)
{
    struct ratls_policy_key key;

    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    cr_assert_eq(ratls_conn_policy_key(rig.server.conn, &key), RATLS_OK);
    return key;
}

static bool same_key(const struct ratls_policy_key *a, const struct ratls_policy_key *b)
{
    return memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

Test(conn_policy, key_is_that_of_the_peer_at_any_time)
{
    make(&usual, &deferred);
    const struct ratls_policy_key first = key_now();
    cr_expect_eq(first.expires, ratls_verdict_expires(rig.server.conn->verdict));
    rig.server.clocks.wall_offset = 7;
    rig_connect(&rig);
    const struct ratls_policy_key again = key_now();
    cr_expect(same_key(&first, &again));
}

/* T54 */
Test(conn_policy, key_is_another_for_another_peer)
{
    make(&usual, &deferred);
    const struct ratls_policy_key first = key_now();
    ratls_identity_unref(rig.client.identity);
    side_make_identity(&rig.client, &usual); /* the same code, with new keys */
    cr_assert_eq(ratls_ctx_set_identity(rig.client.ctx, rig.client.identity, NULL), RATLS_OK);
    rig_connect(&rig);
    const struct ratls_policy_key other = key_now();
    cr_expect_not(same_key(&first, &other));
}

Test(conn_policy, key_is_there_when_asked_only)
{
    struct ratls_policy_key key;

    make(&usual, &deferred);
    cr_expect_eq(ratls_conn_policy_key(rig.server.conn, &key), RATLS_E_STATE);
    (void)key_now();
    supply(&rig.server, RATLS_OK);
    cr_expect_eq(ratls_conn_policy_key(rig.server.conn, &key), RATLS_E_STATE);
}

/* ---- at once ---- */

Test(conn_policy, asked_at_once_it_knows_the_level)
{
    make(&usual, &at_once);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(asked.times, 1);
    cr_expect(strstr(asked.input, "\"level\":2,\"role\":\"client\",\"alpn\":\"ratls/1\""), "%s",
              asked.input);
}

Test(conn_policy, asked_at_once_its_refusal_is_told)
{
    make(&usual, &at_once);
    asked.answer = RATLS_E_OPA_DENIED;
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_OPA_DENIED);
    cr_expect_eq(asked.times, 1);
    cr_expect_str_eq(ratls_conn_error(rig.server.conn)->detail, "told so");
}

/* What came while `decide` blocked is read before ALLOW leaves. */
static enum ratls_err decide_slowly(void *arg, struct ratls_bytes input, struct ratls_error *err)
{
    size_t n = 0;

    (void)arg;
    (void)input;
    (void)err;
    cr_assert_eq(rt_tls_write(rig.client.conn->tls, (const uint8_t *)"early", 5, &n), RATLS_OK);
    return RATLS_OK;
}

Test(conn_policy, data_that_comes_while_it_decides_is_refused)
{
    const struct side_plan slow = {.decide = decide_slowly};

    make(&usual, &slow);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_EARLY_DATA);
}

/* ---- levels ---- */

static const struct side_plan classic = {.without_ak = true,
                                         .level = RATLS_LEVEL_KEY,
                                         .policy = POLICY_OF(MRTD_CLIENT, "key"),
                                         .defer = true};
static const struct side_plan classic_client = {
    .without_ak = true, .level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_SERVER, "key")};

Test(conn_policy, is_told_of_level_key)
{
    make(&classic_client, &classic);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    expect_input(&rig.server, "\"binding\":{\"level\":1,\"role\":\"client\",\"alpn\":\"ratls/1\"}");
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_KEY);
}

static void quote_for(const struct side *s)
{
    struct ratls_proof_request req;
    struct ratls_buffer quote = {0};
    uint8_t spki[RT_SHA256_LEN], signature[RT_PROOF_SIG_LEN], binder[RT_BINDER_LEN];

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

/* The document then speaks of the quote: its report data is the binder, not the certificate's. */
Test(conn_policy, is_told_of_level_quote_with_the_claims_of_the_quote)
{
    const struct side_plan quotes = {.proof = RATLS_LEVEL_QUOTE};
    const struct side_plan wants = {.level = RATLS_LEVEL_QUOTE, .defer = true};
    const char *of_certificate;
    char part[200];

    make(&quotes, &wants);
    rig_expect(&rig, RATLS_E_WANT_PROOF, RATLS_E_WANT_READ);
    quote_for(&rig.client);
    rig_expect(&rig, RATLS_E_WANT_READ, RATLS_E_WANT_POLICY);
    expect_input(&rig.server, "\"binding\":{\"level\":3,\"role\":\"client\",\"alpn\":\"ratls/1\"}");
    const struct ratls_verdict *v = rig.server.conn->verdict;
    of_certificate = ratls_claims_get(ratls_verdict_claims(v), "report_data")->text;
    struct ratls_buffer json = {0};
    cr_assert_eq(ratls_conn_policy_input(rig.server.conn, &json), RATLS_OK);
    (void)snprintf(part, sizeof part, "\"report_data\":\"%s\"", of_certificate);
    cr_expect_not(strstr((char *)json.p, part));
    cr_expect(strstr((char *)json.p, "\"report_data\":\""));
    ratls_buffer_free(&json);
    struct ratls_policy_key key;
    rig.server.conn->quote.verdict->expires = 4711; /* it may end before the certificate */
    cr_assert_eq(ratls_conn_policy_key(rig.server.conn, &key), RATLS_OK);
    cr_expect_eq(key.expires, 4711);
    supply(&rig.server, RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
}
