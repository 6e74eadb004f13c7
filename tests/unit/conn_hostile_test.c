/* Peers that hold real keys and lie in frames: what threats.md calls replay, relay, reflection,
 * early data. The victim is a complete connection. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "conn_raw.h"

static struct rig rig;
static struct raw raw;
static struct forged evil;
static struct ratls_identity *stolen;
static const struct side_plan usual = {0};

static void teardown(void)
{
    raw_free(&raw);
    forged_free(&evil);
    ratls_identity_unref(stolen);
    rig_free(&rig);
}

TestSuite(hostile, .fini = teardown, .timeout = 60);

/* A client with an honest certificate whose AK the test holds, before its first frame. */
static void meet_as(const struct side_plan *client, const struct side_plan *server,
                    enum ratls_role role)
{
    rig_make(&rig, client, server);
    evil = forge(&(struct forgery){.attester = role == RATLS_CLIENT ? rig.client.attester
                                                                    : rig.server.attester});
    raw_take(&raw, &rig, role, evil.identity);
    raw_meet(&raw);
}

static void meet(void)
{
    meet_as(&usual, &usual, RATLS_CLIENT);
}

static void say_hello_and_prove(void)
{
    raw_hello(&raw, 2, 2);
    const struct ratls_proof_request req = raw_request(&raw);
    raw_proof(&raw, &req, evil.ak);
}

/* ---- controls: this peer is accepted when it behaves ---- */

Test(hostile, raw_client_that_behaves_is_accepted)
{
    meet();
    say_hello_and_prove();
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.server.conn)->detail);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
}

Test(hostile, raw_server_that_behaves_is_accepted)
{
    meet_as(&usual, &usual, RATLS_SERVER);
    say_hello_and_prove();
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.client.conn)->detail);
}

/* ---- replay and relay ---- */

/* T11: the frames of one connection on another one. */
Test(hostile, recorded_proof_is_refused_on_a_new_connection)
{
    struct ratls_proof_request old;

    meet();
    raw_hello(&raw, 2, 2);
    old = raw_request(&raw);
    raw_free(&raw);
    raw_take(&raw, &rig, RATLS_CLIENT, evil.identity);
    raw_meet(&raw);
    raw_hello(&raw, 2, 2); /* with the same random: the HELLO is recorded as well */
    raw_proof(&raw, &old, evil.ak);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
    raw_expect_denial(&raw, RATLS_CLASS_ATTESTATION);
}

static void meet_with_stolen_leaf(void)
{
    rig_make(&rig, &usual, &usual);
    stolen = stolen_leaf(rig.client.identity);
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
}

/* T12: the leaked leaf key and the evidence of the real TEE, without its AK. */
Test(hostile, relay_with_a_leaked_leaf_key_is_refused)
{
    struct rt_key *other = NULL;

    meet_with_stolen_leaf();
    raw_hello(&raw, 2, 2);
    const struct ratls_proof_request req = raw_request(&raw);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &other), RATLS_OK);
    raw_proof(&raw, &req, other);
    rt_key_free(other);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

/* T12: the real TEE proves, but on its own channel. */
Test(hostile, relayed_proof_of_the_real_tee_is_refused)
{
    struct ratls_proof_request req;
    uint8_t payload[1 + RT_PROOF_SIG_LEN] = {RATLS_LEVEL_SESSION};

    meet_with_stolen_leaf();
    raw_hello(&raw, 2, 2);
    req = raw_request(&raw);
    memset(req.exporter, 0x11, sizeof req.exporter); /* of the channel between TEE and attacker */
    cr_assert_eq(ratls_identity_prove(rig.client.identity, &req, payload + 1), RATLS_OK);
    raw_frame(&raw, RT_FRAME_PROOF, payload, sizeof payload);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

#define LEVEL_KEY                                                                                  \
    {                                                                                              \
        .level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_CLIENT, "key")                          \
    }

/* T183: lowest level 1 is configured, HELLO says "highest 1", the evidence names an AK. */
Test(hostile, downgrade_in_hello_is_refused_where_the_evidence_names_a_key)
{
    const struct side_plan lax = LEVEL_KEY;

    rig_make(&rig, &usual, &lax);
    stolen = stolen_leaf(rig.client.identity);
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
    raw_hello(&raw, 1, 1);
    raw_expect(&raw, RATLS_E_BINDING_LEVEL);
    raw_expect_denial(&raw, RATLS_CLASS_LEVEL);
}

/* A raw client whose TLS is not ours: settings by `tweak`. */
static struct rt_tls_ctx *plain_client(WOLFSSL_METHOD *method)
{
    struct rt_tls_ctx *c = calloc(1, sizeof *c);

    cr_assert(c && (c->ctx = wolfSSL_CTX_new(method)));
    c->role = RATLS_CLIENT;
    wolfSSL_CTX_set_verify(c->ctx, WOLFSSL_VERIFY_NONE, NULL);
    return c;
}

static void use(struct rt_tls_ctx *c, const struct ratls_identity *id)
{
    struct ratls_bytes cert = ratls_identity_certificate(id);
    struct ratls_buffer key = {0};

    cr_assert_eq(ratls_identity_export_key(id, &key), RATLS_OK);
    cr_assert_eq(
        wolfSSL_CTX_use_certificate_buffer(c->ctx, cert.p, (long)cert.len, WOLFSSL_FILETYPE_ASN1),
        WOLFSSL_SUCCESS);
    cr_assert_eq(
        wolfSSL_CTX_use_PrivateKey_buffer(c->ctx, key.p, (long)key.len, WOLFSSL_FILETYPE_ASN1),
        WOLFSSL_SUCCESS);
    ratls_buffer_free(&key);
}

static void take_with(struct rt_tls_ctx *c, struct ratls_identity *id)
{
    raw_take(&raw, &rig, RATLS_CLIENT, id);
    rt_tls_ctx_free(raw.ctx);
    raw.ctx = c;
}

/* T183: the same by leaving ALPN out. */
Test(hostile, downgrade_by_alpn_is_refused_where_the_evidence_names_a_key)
{
    const struct side_plan lax = LEVEL_KEY;
    struct rt_tls_ctx *c = plain_client(wolfTLSv1_3_client_method());

    rig_make(&rig, &usual, &lax);
    stolen = stolen_leaf(rig.client.identity);
    use(c, stolen);
    take_with(c, stolen);
    (void)raw_shake(&raw);
    raw_expect(&raw, RATLS_E_BINDING_LEVEL);
}

/* T12: what level 1 cannot stop, on record: classic RA-TLS evidence and its leaked key. */
Test(hostile, relay_with_a_leaked_leaf_key_succeeds_at_level_one)
{
    const struct side_plan lax = LEVEL_KEY, classic = {.without_ak = true};

    rig_make(&rig, &classic, &lax);
    stolen = stolen_leaf(rig.client.identity);
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
    raw_hello(&raw, 1, 1);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.server.conn)->detail);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_KEY);
}

/* Level 1 without frames, as peers of other projects speak. */
static void connect_without_alpn_at(const struct side_plan *server, enum ratls_err due,
                                    enum ratls_level level)
{
    const struct side_plan classic = {.without_ak = true};
    struct rt_tls_ctx *c = plain_client(wolfTLSv1_3_client_method());

    rig_make(&rig, &classic, server);
    use(c, rig.client.identity);
    take_with(c, rig.client.identity);
    (void)raw_shake(&raw);
    enum ratls_err e = victim_step(&raw);
    cr_expect_eq(e, due, "%s: %s", ratls_err_reason(e), ratls_conn_error(rig.server.conn)->detail);
    cr_expect_eq(ratls_conn_level(rig.server.conn), level);
}

static void connect_without_alpn(const struct side_plan *server, enum ratls_err due)
{
    connect_without_alpn_at(server, due, due ? RATLS_LEVEL_NONE : RATLS_LEVEL_KEY);
}

Test(hostile, peer_without_frames_reaches_level_one_where_that_is_enough)
{
    const struct side_plan lax = LEVEL_KEY;

    connect_without_alpn(&lax, RATLS_OK);
}

/* The policy outside is asked before the connection is open. */
static void answer_without_frames(enum ratls_err answer)
{
    const struct side_plan asks = {
        .level = RATLS_LEVEL_KEY, .policy = POLICY_OF(MRTD_CLIENT, "key"), .defer = true};
    struct ratls_buffer json = {0};
    uint8_t byte;
    size_t n = 0;

    connect_without_alpn_at(&asks, RATLS_E_WANT_POLICY, RATLS_LEVEL_KEY);
    cr_assert_eq(ratls_conn_policy_input(rig.server.conn, &json), RATLS_OK);
    cr_expect(strstr((char *)json.p, "\"level\":1,\"role\":\"client\",\"alpn\":null"), "%s",
              (char *)json.p);
    ratls_buffer_free(&json);
    raw_write(&raw, ratls_bytes_str("x"));
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), RATLS_E_WANT_POLICY);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
    cr_assert_eq(ratls_conn_supply_policy(rig.server.conn, answer, NULL), RATLS_OK);
    cr_expect_eq(ratls_conn_handshake(rig.server.conn), answer);
    cr_expect_eq(ratls_conn_read(rig.server.conn, &byte, 1, &n), answer ? RATLS_E_STATE : RATLS_OK);
}

Test(hostile, peer_without_frames_opens_once_the_outside_allows)
{
    answer_without_frames(RATLS_OK);
}

Test(hostile, peer_without_frames_is_refused_when_the_outside_denies)
{
    answer_without_frames(RATLS_E_OPA_DENIED);
}

Test(hostile, peer_without_frames_is_refused_at_level_two)
{
    connect_without_alpn(&usual, RATLS_E_BINDING_LEVEL);
}

/* The certificate's own fault comes before the level. */
Test(hostile, peer_without_frames_is_refused_for_what_its_certificate_lacks)
{
    const struct side_plan plan = {.level = RATLS_LEVEL_KEY,
                                   .policy = POLICY_OF(MRTD_SERVER, "key")};

    connect_without_alpn(&plan, RATLS_E_MEASUREMENT);
}

/* There is no PROOF that could show devices. */
Test(hostile, peer_without_frames_is_refused_where_devices_are_due)
{
    const struct side_plan plan = {
        .level = RATLS_LEVEL_KEY,
        .policy = "{\"tees\":{\"tdx\":{\"measurements\":[\"" MRTD_CLIENT "\"],\"tcb_status\":"
                  "[\"not_evaluated\"],\"insecure_simulated\":true}},\"binding\":\"key\","
                  "\"devices\":{\"nvidia\":1}}"};

    connect_without_alpn(&plan, RATLS_E_DEVICE_MISSING);
}

/* The policy raises the level: neither side's configuration lowers it. */
Test(hostile, policy_raises_the_level_of_the_configuration)
{
    const struct side_plan plan = {.level = RATLS_LEVEL_KEY,
                                   .policy = POLICY_OF(MRTD_CLIENT, "session")};

    connect_without_alpn(&plan, RATLS_E_BINDING_LEVEL);
}

Test(hostile, configuration_raises_the_level_of_the_policy)
{
    const struct side_plan plan = {.level = RATLS_LEVEL_SESSION,
                                   .policy = POLICY_OF(MRTD_CLIENT, "key")};

    connect_without_alpn(&plan, RATLS_E_BINDING_LEVEL);
}

/* ---- reflection ---- */

/* T13: the own certificate, with its key. */
Test(hostile, own_certificate_is_a_reflection)
{
    rig_make(&rig, &usual, &usual);
    stolen = stolen_leaf(rig.server.identity);
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, RATLS_E_REFLECTION);
    raw_expect_denial(&raw, RATLS_CLASS_ATTESTATION);
}

/* T13: also where the policy would accept this side's own measurement. */
Test(hostile, own_certificate_is_a_reflection_even_if_the_policy_likes_it)
{
    const struct side_plan twin = {.policy = POLICY_OF(MRTD_SERVER, "session"), .trust_own = true};

    rig_make(&rig, &usual, &twin);
    stolen = stolen_leaf(rig.server.identity);
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, RATLS_E_REFLECTION);
}

/* T13: the own key below evidence of its own. */
Test(hostile, own_key_in_another_certificate_is_a_reflection)
{
    rig_make(&rig, &usual, &usual);
    evil = forge(&(struct forgery){.attester = rig.client.attester, .key_of = rig.server.identity});
    raw_take(&raw, &rig, RATLS_CLIENT, evil.identity);
    raw_meet(&raw);
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, RATLS_E_REFLECTION);
}

/* T13: the own evidence in a certificate for another key. */
Test(hostile, own_evidence_is_a_reflection)
{
    struct rt_x509 own;
    struct rt_cert_evidence ev;

    rig_make(&rig, &usual, &usual);
    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(rig.server.identity), &own, NULL),
                 RATLS_OK);
    cr_assert_eq(rt_cert_evidence(&own, &ev, NULL), RATLS_OK);
    evil = forge(&(struct forgery){.quote = ev.evidence});
    raw_take(&raw, &rig, RATLS_CLIENT, evil.identity);
    raw_meet(&raw);
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, RATLS_E_REFLECTION);
}

/* T13: an echo server behind TLS. */
Test(hostile, own_frames_are_a_reflection)
{
    uint8_t frame[RT_MAX_FRAME];
    size_t n = 0;

    meet();
    cr_assert_eq(rt_tls_read(raw.tls, frame, sizeof frame, &n), RATLS_OK);
    raw_write(&raw, ratls_bytes(frame, n));
    raw_expect(&raw, RATLS_E_REFLECTION);
}

/* T13, T14: the victim's own proof behind an honest HELLO. */
Test(hostile, own_proof_is_a_reflection)
{
    uint8_t payload[RT_MAX_FRAME];
    size_t n = 0;

    meet();
    cr_assert_eq(raw_read(&raw, payload, sizeof payload, &n), RT_FRAME_HELLO);
    cr_assert_eq(raw_read(&raw, payload, sizeof payload, &n), RT_FRAME_PROOF);
    raw_hello(&raw, 2, 2);
    raw_frame(&raw, RT_FRAME_PROOF, payload, n);
    raw_expect(&raw, RATLS_E_REFLECTION);
}

/* T14 */
Test(hostile, proof_in_the_other_role_is_refused)
{
    meet();
    raw_hello(&raw, 2, 2);
    struct ratls_proof_request req = raw_request(&raw);
    req.role = RATLS_SERVER;
    memcpy(req.exporter, raw.exporter_peer, sizeof req.exporter);
    raw_proof(&raw, &req, evil.ak);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

/* ---- the binder, field by field, over real TLS ---- */

Test(hostile, proof_for_another_peer_is_refused)
{
    meet();
    raw_hello(&raw, 2, 2);
    struct ratls_proof_request req = raw_request(&raw);
    req.peer_spki_sha256[0] ^= 1;
    raw_proof(&raw, &req, evil.ak);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

/* T104: zeros in place of the victim's key, which did send a certificate. */
Test(hostile, proof_for_no_peer_is_refused)
{
    meet();
    raw_hello(&raw, 2, 2);
    struct ratls_proof_request req = raw_request(&raw);
    memset(req.peer_spki_sha256, 0, sizeof req.peer_spki_sha256);
    raw_proof(&raw, &req, evil.ak);
    raw_expect(&raw, RATLS_E_PROOF_SIGNATURE);
}

/* T182: a proof of level 2 offered as level 3. */
Test(hostile, proof_of_level_two_as_level_three_is_refused)
{
    uint8_t payload[1 + RT_PROOF_SIG_LEN + 9] = {RATLS_LEVEL_QUOTE};

    meet();
    raw_hello(&raw, 2, 3);
    raw_frame(&raw, RT_FRAME_PROOF, payload, sizeof payload);
    raw_expect(&raw, RATLS_E_BINDING_LEVEL);
}

/* ---- early data, order, sizes ---- */

/* T16: data right after Finished. */
Test(hostile, data_instead_of_frames_is_early)
{
    meet();
    raw_write(&raw, ratls_bytes_str("GET / HTTP/1.1\r\n\r\n"));
    raw_expect(&raw, RATLS_E_EARLY_DATA);
    raw_expect_denial(&raw, RATLS_CLASS_PROTOCOL);
}

/* T16: data behind the peer's ALLOW, before this side has allowed. */
Test(hostile, data_behind_allow_is_early_before_the_own_allow)
{
    meet();
    say_hello_and_prove();
    raw_allow(&raw);
    raw_write(&raw, ratls_bytes_str("GET / HTTP/1.1\r\n\r\n"));
    raw_expect(&raw, RATLS_E_EARLY_DATA);
}

/* T16: behind both ALLOWs it is delivered once. */
Test(hostile, data_behind_both_allows_is_delivered_once)
{
    uint8_t buf[64];
    size_t n = 0;

    meet();
    say_hello_and_prove();
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_allow(&raw);
    raw_write(&raw, ratls_bytes_str("GET /"));
    cr_assert_eq(victim_step(&raw), RATLS_OK);
    cr_assert_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_bytes(buf, n), ratls_bytes_str("GET /")));
    cr_expect_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_E_WANT_READ);
}

/* T16: verdict and data in one record. */
Test(hostile, data_in_the_record_of_allow_waits_for_the_application)
{
    uint8_t buf[64];
    size_t n = 0;

    meet();
    say_hello_and_prove();
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    raw_write(&raw, ratls_bytes("\x03\0\0\x03\x01\0\0data", 11));
    cr_assert_eq(victim_step(&raw), RATLS_OK);
    cr_expect_eq(ratls_conn_pending(rig.server.conn), 4);
    cr_assert_eq(ratls_conn_read(rig.server.conn, buf, sizeof buf, &n), RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_bytes(buf, n), ratls_bytes_str("data")));
}

/* T60 */
Test(hostile, frames_in_records_of_one_byte_are_accepted)
{
    struct rt_writer w = {0};

    meet();
    hello_put(&w, 2, 2);
    cr_assert_eq(rt_sha256(rt_written(&w), raw.hello_sha256), RATLS_OK);
    for (size_t i = 0; i < w.len; i++) {
        raw_write(&raw, ratls_bytes(w.p + i, 1));
        cr_assert_eq(victim_step(&raw), RATLS_E_WANT_READ);
    }
    rt_writer_free(&w);
    const struct ratls_proof_request req = raw_request(&raw);
    raw_proof(&raw, &req, evil.ak);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK);
}

/* T60: KeyUpdate before, between and behind the frames. */
Test(hostile, key_updates_between_frames_change_nothing)
{
    WOLFSSL *ssl;

    meet();
    ssl = rt_tls_wolfssl(raw.tls);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(wolfSSL_update_keys(ssl), WOLFSSL_SUCCESS);
    raw_hello(&raw, 2, 2);
    cr_assert_eq(wolfSSL_update_keys(ssl), WOLFSSL_SUCCESS);
    const struct ratls_proof_request req = raw_request(&raw);
    raw_proof(&raw, &req, evil.ak);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ);
    cr_assert_eq(wolfSSL_update_keys(ssl), WOLFSSL_SUCCESS);
    raw_allow(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.server.conn)->detail);
}

/* T60 */
Test(hostile, frame_sent_twice_is_refused)
{
    meet();
    raw_hello(&raw, 2, 2);
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, RATLS_E_FRAME_ORDER);
}

Test(hostile, allow_before_the_proof_is_refused)
{
    meet();
    raw_hello(&raw, 2, 2);
    raw_allow(&raw);
    raw_expect(&raw, RATLS_E_FRAME_ORDER);
    raw_expect_denial(&raw, RATLS_CLASS_PROTOCOL);
}

/* T59: nothing behind the header is read, no room is made. */
Test(hostile, huge_and_empty_frames_are_refused_by_their_header)
{
    static const char *const headers[] = {"\x01\xff\xff\xff", "\x01\0\0\0", "\x01\x01\0\0"};

    for (size_t i = 0; i < RT_COUNT(headers); i++) {
        meet();
        raw_write(&raw, ratls_bytes(headers[i], 4));
        raw_expect(&raw, RATLS_E_FRAME_SIZE);
        teardown();
    }
    meet();
    raw_hello(&raw, 2, 2);
    raw_write(&raw, ratls_bytes("\x02\xff\xff\xff", 4));
    raw_expect(&raw, RATLS_E_FRAME_SIZE);
}

/* The end of the stream before the verdict: with close_notify and without. */
Test(hostile, stream_that_ends_before_the_verdict_is_truncated)
{
    meet();
    say_hello_and_prove();
    rt_tls_fail(raw.tls);
    raw_expect(&raw, RATLS_E_TRUNCATED);
    teardown();
    meet();
    say_hello_and_prove();
    rig.client.wire.closed = true;
    raw_expect(&raw, RATLS_E_TRUNCATED);
    teardown();
    meet();
    rig.client.wire.closed = true;
    raw_expect(&raw, RATLS_E_TRUNCATED);
}

/* A denial is final, and its text cannot forge a log line (T79). */
Test(hostile, denial_of_the_peer_is_reported)
{
    meet();
    raw_hello(&raw, 2, 2);
    raw_frame(&raw, RT_FRAME_VERDICT, "\x02\0\x01no\n\x1b[0m", 10);
    raw_expect(&raw, RATLS_E_PEER_DENIED);
    cr_expect_str_eq(ratls_conn_error(rig.server.conn)->detail, "class 1: no??[0m");
}

/* ---- TLS itself ---- */

static void expect_no_tls(enum ratls_err a, enum ratls_err b)
{
    enum ratls_err e;

    (void)raw_shake(&raw);
    e = victim_step(&raw);
    cr_expect(e == a || e == b, "%s: %s", ratls_err_reason(e),
              ratls_conn_error(raw.victim->conn)->detail);
    cr_expect_null(ratls_conn_verdict(raw.victim->conn));
}

/* T04: and no canary on the wire, since no byte can be written. */
Test(hostile, client_with_null_suites_is_refused)
{
    static const char *const suites[] = {"TLS13-SHA256-SHA256", "TLS13-SHA384-SHA384"};
    uint8_t canary[] = "canary-canary-canary";
    size_t n;

    rig_make(&rig, &usual, &usual);
    for (size_t i = 0; i < RT_COUNT(suites); i++) {
        struct rt_tls_ctx *c = plain_client(wolfTLSv1_3_client_method());
        cr_assert_eq(wolfSSL_CTX_set_cipher_list(c->ctx, suites[i]), WOLFSSL_SUCCESS);
        use(c, rig.client.identity);
        take_with(c, rig.client.identity);
        expect_no_tls(RATLS_E_TLS, RATLS_E_TLS_SUITE);
        cr_expect_neq(rt_tls_write(raw.tls, canary, sizeof canary, &n), RATLS_OK);
        cr_expect_eq(ratls_conn_write(rig.server.conn, canary, sizeof canary, &n), RATLS_E_STATE);
        cr_expect_null(rig.server.wire.len
                           ? memmem(rig.server.wire.p, rig.server.wire.len, canary, 20)
                           : NULL);
        raw_free(&raw);
    }
}

static struct rt_tls_ctx *plain_server(WOLFSSL_METHOD *method)
{
    struct rt_tls_ctx *c = calloc(1, sizeof *c);

    cr_assert(c && (c->ctx = wolfSSL_CTX_new(method)));
    c->role = RATLS_SERVER;
    use(c, rig.server.identity);
    return c;
}

static void take_server_with(struct rt_tls_ctx *c)
{
    raw_take(&raw, &rig, RATLS_SERVER, rig.server.identity);
    rt_tls_ctx_free(raw.ctx);
    raw.ctx = c;
}

/* T04 */
Test(hostile, server_with_null_suites_is_refused)
{
    rig_make(&rig, &usual, &usual);
    struct rt_tls_ctx *c = plain_server(wolfTLSv1_3_server_method());
    cr_assert_eq(wolfSSL_CTX_set_cipher_list(c->ctx, "TLS13-SHA256-SHA256:TLS13-SHA384-SHA384"),
                 WOLFSSL_SUCCESS);
    take_server_with(c);
    expect_no_tls(RATLS_E_TLS, RATLS_E_TLS_SUITE);
}

/* T05 */
Test(hostile, client_of_tls_12_is_refused)
{
    rig_make(&rig, &usual, &usual);
    struct rt_tls_ctx *c = plain_client(wolfTLSv1_2_client_method());
    use(c, rig.client.identity);
    take_with(c, rig.client.identity);
    expect_no_tls(RATLS_E_TLS_VERSION, RATLS_E_TLS);
}

/* T05 */
Test(hostile, server_of_tls_12_is_refused)
{
    rig_make(&rig, &usual, &usual);
    take_server_with(plain_server(wolfTLSv1_2_server_method()));
    expect_no_tls(RATLS_E_TLS_VERSION, RATLS_E_TLS);
}

/* The peer's groups: P-521 is none of ours. */
Test(hostile, client_with_other_groups_is_refused)
{
    int groups[] = {WOLFSSL_ECC_SECP521R1};

    rig_make(&rig, &usual, &usual);
    struct rt_tls_ctx *c = plain_client(wolfTLSv1_3_client_method());
    use(c, rig.client.identity);
    cr_assert_eq(wolfSSL_CTX_set_groups(c->ctx, groups, 1), WOLFSSL_SUCCESS);
    take_with(c, rig.client.identity);
    expect_no_tls(RATLS_E_TLS, RATLS_E_TLS);
}

/* T06: a client that would resume gets a full handshake each time. */
Test(hostile, client_that_wants_to_resume_cannot)
{
    WOLFSSL_SESSION *session = NULL;
    uint8_t buf[RT_MAX_FRAME];
    size_t n = 0;

    rig_make(&rig, &usual, &usual);
    evil = forge(&(struct forgery){.attester = rig.client.attester});
    struct rt_tls_ctx *c = plain_client(wolfTLSv1_3_client_method());
    use(c, evil.identity);
    cr_assert_eq(wolfSSL_CTX_set_alpn_protos(c->ctx, (const unsigned char *)"\7ratls/1", 8), 0);
    take_with(c, evil.identity);
    for (int i = 0; i < 3; i++) {
        raw_open(&raw);
        if (session)
            (void)wolfSSL_set_session(rt_tls_wolfssl(raw.tls), session);
        raw_meet(&raw);
        say_hello_and_prove();
        cr_assert_eq(victim_step(&raw), RATLS_E_WANT_READ);
        raw_allow(&raw);
        cr_assert_eq(victim_step(&raw), RATLS_OK);
        cr_expect_eq(wolfSSL_session_reused(rt_tls_wolfssl(raw.tls)), 0);
        cr_expect_not_null(ratls_conn_verdict(rig.server.conn)); /* judged each time */
        cr_assert_eq(rt_tls_read(raw.tls, buf, sizeof buf, &n), RATLS_OK);
        wolfSSL_SESSION_free(session);
        session = wolfSSL_get1_session(rt_tls_wolfssl(raw.tls));
        rt_tls_free(raw.tls);
        raw.tls = NULL;
        rig_connect(&rig);
        ratls_conn_free(rig.client.conn);
        rig.client.conn = NULL;
    }
    wolfSSL_SESSION_free(session);
}

static int choose_frames(WOLFSSL *ssl, const unsigned char **out, unsigned char *out_len,
                         const unsigned char *in, unsigned in_len, void *arg)
{
    (void)ssl, (void)in, (void)in_len, (void)arg;
    *out = (const unsigned char *)RATLS_ALPN;
    *out_len = sizeof RATLS_ALPN - 1;
    return SSL_TLSEXT_ERR_OK;
}

static int accept_any(int preverify, WOLFSSL_X509_STORE_CTX *store)
{
    (void)preverify, (void)store;
    return 1;
}

/* A server with wolfSSL's defaults: tickets, session cache, everything. */
static void take_default_server(void)
{
    rig_make(&rig, &usual, &usual);
    evil = forge(&(struct forgery){.attester = rig.server.attester});
    struct rt_tls_ctx *c = calloc(1, sizeof *c);
    cr_assert(c && (c->ctx = wolfSSL_CTX_new(wolfTLSv1_3_server_method())));
    c->role = RATLS_SERVER;
    use(c, evil.identity);
    wolfSSL_CTX_set_verify(c->ctx, WOLFSSL_VERIFY_PEER, accept_any);
    wolfSSL_CTX_set_alpn_select_cb(c->ctx, choose_frames, NULL);
    take_server_with(c);
    raw.identity = evil.identity;
}

/* T07: tickets of a server are read and forgotten. */
Test(hostile, tickets_of_a_server_are_never_offered_again)
{
    take_default_server();
    for (int i = 0; i < 3; i++) {
        raw_meet(&raw);
        cr_expect_eq(wolfSSL_session_reused(rt_tls_wolfssl(raw.tls)), 0);
        cr_assert_eq(wolfSSL_send_SessionTicket(rt_tls_wolfssl(raw.tls)), WOLFSSL_SUCCESS);
        say_hello_and_prove();
        cr_assert_eq(victim_step(&raw), RATLS_E_WANT_READ);
        raw_allow(&raw);
        cr_assert_eq(victim_step(&raw), RATLS_OK, "%s", ratls_conn_error(rig.client.conn)->detail);
        cr_expect_not_null(ratls_conn_verdict(rig.client.conn));
        rt_tls_free(raw.tls);
        raw.tls = NULL;
        rig_connect(&rig);
        ratls_conn_free(rig.server.conn);
        rig.server.conn = NULL;
    }
}

/* T61: TLS 1.3 has no renegotiation; what it has instead was not offered. */
Test(hostile, server_cannot_ask_for_a_certificate_later)
{
    take_default_server();
    raw_meet(&raw);
    WOLFSSL *ssl = rt_tls_wolfssl(raw.tls);
    cr_expect_neq(wolfSSL_request_certificate(ssl), WOLFSSL_SUCCESS);
    cr_expect_neq(wolfSSL_Rehandshake(ssl), WOLFSSL_SUCCESS);
}
