/* Level 3, and proofs that come from another process (ratls/ratls.h, RATLS_E_WANT_PROOF). */
#include "conn_raw.h"

static struct rig rig;
static const struct side_plan usual = {0};
static struct ratls_identity *master;

static void teardown(void)
{
    ratls_identity_unref(master);
    rig_free(&rig);
}

TestSuite(conn_proof, .fini = teardown, .timeout = 60);

/* ---- who answers WANT_PROOF ---- */

struct answer {
    struct ratls_proof_request req;
    uint8_t spki[RT_SHA256_LEN], signature[RT_PROOF_SIG_LEN], binder[RT_BINDER_LEN];
    struct ratls_buffer quote;
};

/* As an issuer does it: find the identity by the SPKI, build the binder, sign, quote. */
static void make_answer(const struct side *s, struct ratls_identity *holder,
                        struct ratls_attester *attester, struct answer *a)
{
    *a = (struct answer){0};
    cr_assert_eq(ratls_conn_proof_request(s->conn, &a->req, a->spki), RATLS_OK);
    cr_assert_eq(memcmp(a->spki, ratls_identity_spki_sha256(holder), sizeof a->spki), 0);
    cr_assert_eq(ratls_identity_prove(holder, &a->req, a->signature), RATLS_OK);
    cr_assert_eq(ratls_identity_binder(holder, &a->req, a->binder), RATLS_OK);
    if (a->req.level == RATLS_LEVEL_QUOTE)
        cr_assert_eq(ratls_attester_evidence(attester, a->binder, &a->quote, NULL), RATLS_OK);
}

static enum ratls_err supply(const struct side *s, const struct answer *a)
{
    return ratls_conn_supply_proof(
        s->conn, RATLS_OK, ratls_bytes(a->signature, sizeof a->signature), rt_bytes_of(&a->quote));
}

static void answer_honestly(const struct side *s, struct ratls_identity *holder)
{
    struct answer a;

    make_answer(s, holder, s->attester, &a);
    cr_assert_eq(supply(s, &a), RATLS_OK);
    ratls_buffer_free(&a.quote);
}

/* Both ends; WANT_PROOF is answered with the sides' own attesters. */
static void drive(enum ratls_err *c, enum ratls_err *s)
{
    for (int i = 0; i < 8; i++) {
        rig_drive(&rig, c, s);
        if (*c == RATLS_E_WANT_PROOF)
            answer_honestly(&rig.client, rig.client.identity);
        if (*s == RATLS_E_WANT_PROOF)
            answer_honestly(&rig.server, rig.server.identity);
        if (*c != RATLS_E_WANT_PROOF && *s != RATLS_E_WANT_PROOF)
            return;
    }
}

static void expect(enum ratls_err client, enum ratls_err server)
{
    enum ratls_err c, s;

    drive(&c, &s);
    cr_expect_eq(c, client, "client: %s: %s", ratls_err_reason(c),
                 ratls_conn_error(rig.client.conn)->detail);
    cr_expect_eq(s, server, "server: %s: %s", ratls_err_reason(s),
                 ratls_conn_error(rig.server.conn)->detail);
}

/* ---- level 3 ---- */

static const struct side_plan quotes = {.level = RATLS_LEVEL_QUOTE, .proof = RATLS_LEVEL_QUOTE};
static const struct side_plan can_quote = {.proof = RATLS_LEVEL_QUOTE};

Test(conn_proof, level_three_is_complete_with_fresh_quotes)
{
    rig_make(&rig, &quotes, &quotes);
    expect(RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_QUOTE);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_QUOTE);
    rig_pass(&rig.client, &rig.server, "ping");
}

#define NAMED(mrtd, name)                                                                          \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" mrtd "\"],\"tcb_status\":[\"not_evaluated\"],"      \
    "\"insecure_simulated\":true}},\"binding\":\"quote\",\"peer_names\":[\"" name "\"]}"

/* The quote of a session names nobody; its certificate did. */
Test(conn_proof, level_three_knows_the_peer_by_its_certificate)
{
    static const char *const names[] = {"client.example", NULL};
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer der = {0}, key_der = {0};
    struct rt_key *key = NULL;

    cr_assert_eq(rt_key_generate(env, RT_P256, &key), RATLS_OK);
    const struct rt_mint what = {.subject_spki = rt_key_spki(key),
                                 .subject = {.common_name = "identity CA"},
                                 .issuer_key = key,
                                 .not_before = env->now(env->arg) - 3600,
                                 .not_after = env->now(env->arg) + 86400,
                                 .is_ca = true,
                                 .path_len = -1};
    cr_assert_eq(rt_mint(env, &what, &der, NULL), RATLS_OK);
    cr_assert_eq(rt_key_export(key, &key_der), RATLS_OK);
    const struct side_plan client = {.proof = RATLS_LEVEL_QUOTE,
                                     .san = names,
                                     .ca_cert = rt_bytes_of(&der),
                                     .ca_key = rt_bytes_of(&key_der)};
    const struct side_plan server = {.policy = NAMED(MRTD_CLIENT, "client.example"),
                                     .proof = RATLS_LEVEL_QUOTE,
                                     .peer_ca = rt_bytes_of(&der)};
    rig_make(&rig, &client, &server);
    expect(RATLS_OK, RATLS_OK);
    rig_free(&rig);
    const struct side_plan other = {.policy = NAMED(MRTD_CLIENT, "other.example"),
                                    .proof = RATLS_LEVEL_QUOTE,
                                    .peer_ca = rt_bytes_of(&der)};
    rig_make(&rig, &client, &other);
    expect(RATLS_E_PEER_DENIED, RATLS_E_IDENTITY_MISMATCH);
    rt_key_free(key);
    ratls_buffer_free(&der);
    ratls_buffer_free(&key_der);
}

Test(conn_proof, level_three_may_be_demanded_by_one_side)
{
    rig_make(&rig, &quotes, &can_quote);
    expect(RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_QUOTE);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
}

Test(conn_proof, level_three_may_be_demanded_by_the_policy)
{
    const struct side_plan strict = {.policy = POLICY_OF(MRTD_SERVER, "quote"),
                                     .proof = RATLS_LEVEL_QUOTE};

    rig_make(&rig, &strict, &can_quote);
    expect(RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_QUOTE);
}

Test(conn_proof, level_three_is_not_reached_with_a_peer_that_proves_two)
{
    rig_make(&rig, &usual, &quotes);
    expect(RATLS_E_BINDING_LEVEL, RATLS_E_BINDING_LEVEL);
}

/* Nobody asks for a quote: none is made, no proof from outside is needed. */
Test(conn_proof, a_side_that_can_quote_signs_where_that_is_enough)
{
    rig_make(&rig, &can_quote, &can_quote);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
}

/* Up to the client's quote, which is what the tests spoil. */
static void reach_client_quote(const struct side_plan *client, const struct side_plan *server)
{
    enum ratls_err c, s;

    rig_make(&rig, client, server);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF, "%s", ratls_err_reason(c));
}

static void expect_refused(struct answer *a, enum ratls_err why)
{
    cr_assert_eq(supply(&rig.client, a), RATLS_OK);
    ratls_buffer_free(&a->quote);
    expect(RATLS_E_PEER_DENIED, why);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
}

#define BOTH_OF(a, b)                                                                              \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" a "\",\"" b                                         \
    "\"],\"tcb_status\":[\"not_evaluated\"],"                                                      \
    "\"insecure_simulated\":true}},\"binding\":\"quote\"}"

static struct ratls_attester *attester_of(const char *options)
{
    struct ratls_attester *a = NULL;

    cr_assert_eq(ratls_attester_open(&rig.client.env, "sim-tdx", options, &a, NULL), RATLS_OK);
    return a;
}

/* T181: the measurement is accepted too, the platform is trusted too; it is another one. The server
 * brings its own simulator into its trust: that one plays the other platform. */
Test(conn_proof, quote_of_another_platform_is_refused)
{
    const struct side_plan client = {.attester_options = "mrtd=" MRTD_SERVER,
                                     .level = RATLS_LEVEL_QUOTE,
                                     .proof = RATLS_LEVEL_QUOTE};
    const struct side_plan server = {
        .policy = POLICY_OF(MRTD_SERVER, "quote"), .proof = RATLS_LEVEL_QUOTE, .trust_own = true};
    struct answer a;

    reach_client_quote(&client, &server);
    make_answer(&rig.client, rig.client.identity, rig.server.attester, &a);
    expect_refused(&a, RATLS_E_PROOF_EVIDENCE);
    cr_expect(strstr(ratls_conn_error(rig.server.conn)->detail, "platform"), "%s",
              ratls_conn_error(rig.server.conn)->detail);
}

/* T181 */
Test(conn_proof, quote_with_another_measurement_is_refused)
{
    char dir[] = "/tmp/ratls-pki-XXXXXX", own[256], other[256], clean[64];
    struct answer a;

    cr_assert(mkdtemp(dir));
    (void)snprintf(own, sizeof own, "mrtd=%s,pki=%s", MRTD_CLIENT, dir);
    (void)snprintf(other, sizeof other, "mrtd=%s,pki=%s", MRTD_SERVER, dir);
    const struct side_plan client = {
        .attester_options = own, .level = RATLS_LEVEL_QUOTE, .proof = RATLS_LEVEL_QUOTE};
    const struct side_plan server = {.policy = BOTH_OF(MRTD_CLIENT, MRTD_SERVER),
                                     .proof = RATLS_LEVEL_QUOTE};
    reach_client_quote(&client, &server);
    struct ratls_attester *sibling = attester_of(other);
    make_answer(&rig.client, rig.client.identity, sibling, &a);
    ratls_attester_close(sibling);
    expect_refused(&a, RATLS_E_PROOF_EVIDENCE);
    (void)snprintf(clean, sizeof clean, "rm -r %s", dir);
    cr_expect_eq(system(clean), 0);
}

/* T11: a quote is for one channel. */
Test(conn_proof, quote_of_an_earlier_session_is_refused)
{
    struct answer a, old;
    enum ratls_err c, s;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &old);
    rig_connect(&rig);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    ratls_buffer_free(&a.quote);
    a.quote = old.quote;
    expect_refused(&a, RATLS_E_BINDING_MISMATCH);
}

/* R7: what a certificate shows is no quote of a session. */
Test(conn_proof, evidence_of_the_certificate_is_no_quote_of_a_session)
{
    struct rt_x509 cert;
    struct rt_cert_evidence ev;
    struct answer a;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    ratls_buffer_free(&a.quote);
    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(rig.client.identity), &cert, NULL),
                 RATLS_OK);
    cr_assert_eq(rt_cert_evidence(&cert, &ev, NULL), RATLS_OK);
    cr_assert_eq(rt_dup(ev.evidence, &a.quote), RATLS_OK);
    expect_refused(&a, RATLS_E_BINDING_MISMATCH);
}

/* T182: the quote is right, the signature is not. */
Test(conn_proof, quote_without_the_right_signature_is_refused)
{
    struct answer a;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    a.signature[40] ^= 1;
    expect_refused(&a, RATLS_E_PROOF_SIGNATURE);
}

/* T19 */
Test(conn_proof, quote_with_a_flipped_bit_is_refused)
{
    struct answer a;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    a.quote.p[200] ^= 1;
    expect_refused(&a, RATLS_E_EVIDENCE_SIGNATURE);
}

/* T169: a server quotes for those who proved themselves. */
Test(conn_proof, server_makes_its_quote_after_the_clients_proof)
{
    enum ratls_err c, s;

    reach_client_quote(&quotes, &quotes);
    for (int i = 0; i < 3; i++) {
        rig_drive(&rig, &c, &s);
        cr_expect_eq(s, RATLS_E_WANT_READ, "%s", ratls_err_reason(s));
    }
    answer_honestly(&rig.client, rig.client.identity);
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_WANT_PROOF, "%s", ratls_err_reason(s));
}

/* ---- supplying ---- */

Test(conn_proof, level_three_without_quote_is_refused_at_home)
{
    struct answer a;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    ratls_buffer_free(&a.quote);
    cr_expect_eq(supply(&rig.client, &a), RATLS_E_USAGE);
    answer_honestly(&rig.client, rig.client.identity); /* a second try is allowed */
    expect(RATLS_OK, RATLS_OK);
}

Test(conn_proof, quote_that_no_verifier_knows_is_refused_at_home)
{
    struct answer a;

    reach_client_quote(&quotes, &quotes);
    make_answer(&rig.client, rig.client.identity, rig.client.attester, &a);
    memset(a.quote.p, 0xee, a.quote.len);
    cr_expect_eq(supply(&rig.client, &a), RATLS_E_EVIDENCE_UNKNOWN);
    ratls_buffer_free(&a.quote);
}

Test(conn_proof, supplied_with_an_error_fails_the_handshake_with_it)
{
    const struct ratls_bytes none = {0};

    reach_client_quote(&quotes, &quotes);
    cr_expect_eq(ratls_conn_supply_proof(rig.client.conn, RATLS_E_ATTESTER, none, none), RATLS_OK);
    expect(RATLS_E_ATTESTER, RATLS_E_PEER_DENIED);
}

/* Waiting is no reason to fail with: it would never end. */
Test(conn_proof, supplied_with_a_want_is_refused)
{
    static const enum ratls_err wants[] = {RATLS_E_WANT_READ, RATLS_E_WANT_WRITE,
                                           RATLS_E_WANT_PROOF};
    const struct ratls_bytes none = {0};

    reach_client_quote(&quotes, &quotes);
    for (size_t i = 0; i < RT_COUNT(wants); i++)
        cr_expect_eq(ratls_conn_supply_proof(rig.client.conn, wants[i], none, none), RATLS_E_USAGE);
    answer_honestly(&rig.client, rig.client.identity);
    expect(RATLS_OK, RATLS_OK);
}

static void expect_no_proof_wanted(const struct side *s)
{
    struct ratls_proof_request req;
    uint8_t spki[RT_SHA256_LEN];
    static const uint8_t signature[RT_PROOF_SIG_LEN];

    cr_expect_eq(ratls_conn_proof_request(s->conn, &req, spki), RATLS_E_STATE);
    cr_expect_eq(ratls_conn_supply_proof(s->conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         ratls_bytes(NULL, 0)),
                 RATLS_E_STATE);
    cr_expect_eq(ratls_conn_supply_proof(s->conn, RATLS_E_ATTESTER, ratls_bytes(NULL, 0),
                                         ratls_bytes(NULL, 0)),
                 RATLS_E_STATE);
}

Test(conn_proof, nothing_is_to_be_supplied_unless_asked_for)
{
    enum ratls_err c, s;

    rig_make(&rig, &quotes, &quotes);
    expect_no_proof_wanted(&rig.client);
    expect_no_proof_wanted(&rig.server);
    rig_drive(&rig, &c, &s);
    expect_no_proof_wanted(&rig.server);
    answer_honestly(&rig.client, rig.client.identity);
    expect_no_proof_wanted(&rig.client); /* twice */
    expect(RATLS_OK, RATLS_OK);
    expect_no_proof_wanted(&rig.client);
}

/* ---- workers ---- */

/* The server's context holds the leaf alone. */
static void make_worker(struct side *s)
{
    struct ratls_error err = {0};

    master = ratls_identity_ref(s->identity);
    ratls_identity_unref(s->identity);
    s->identity = stolen_leaf(master);
    cr_assert_eq(ratls_ctx_set_identity(s->ctx, s->identity, &err), RATLS_OK, "%s", err.detail);
    rig_connect(&rig);
}

Test(conn_proof, worker_opens_with_the_proof_of_its_master)
{
    enum ratls_err c, s;

    rig_make(&rig, &usual, &usual);
    make_worker(&rig.server);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(s, RATLS_E_WANT_PROOF, "%s", ratls_err_reason(s));
    cr_assert_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_PROOF); /* and again */
    answer_honestly(&rig.server, master);
    expect(RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
}

Test(conn_proof, worker_with_the_proof_of_another_master_is_refused)
{
    struct ratls_proof_request req;
    uint8_t spki[RT_SHA256_LEN], signature[RT_PROOF_SIG_LEN];
    enum ratls_err c, s;

    rig_make(&rig, &usual, &usual);
    make_worker(&rig.server);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(ratls_conn_proof_request(rig.server.conn, &req, spki), RATLS_OK);
    cr_assert_eq(ratls_identity_prove(rig.client.identity, &req, signature), RATLS_OK);
    cr_assert_eq(ratls_conn_supply_proof(rig.server.conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         ratls_bytes(NULL, 0)),
                 RATLS_OK);
    expect(RATLS_E_PROOF_SIGNATURE, RATLS_E_PEER_DENIED);
}

Test(conn_proof, waiting_for_a_master_ends_with_the_timer)
{
    enum ratls_err c, s;

    rig_make(&rig, &usual, &usual);
    make_worker(&rig.server);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(s, RATLS_E_WANT_PROOF);
    rig.server.clocks.monotonic_ms = ratls_conn_deadline_ms(rig.server.conn);
    expect(RATLS_E_PEER_DENIED, RATLS_E_TIMEOUT);
}
