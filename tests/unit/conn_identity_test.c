/* Who the peer is, beside or without what it runs: settings, ordinary certificates of this side,
 * and what a connection says of them. Refusals of each kind are in conn_modes_test.c. */
#include "conn_support.h"
#include "pki_support.h"

static struct rig rig;
static struct ca ca;
static struct leaf client, server;
static struct ratls_identity *identity;
static struct ratls_error err;

static void setup(void)
{
    static const char *const names[] = {"10.1.2.3", "2001:db8::1", "*.peer.example", NULL};

    ca_make(&ca, "CA");
    leaf_make(&client, &ca, (struct rt_mint){.san = names});
    leaf_make(&server, &ca, (struct rt_mint){.san = names});
}

static void teardown(void)
{
    rig_free(&rig);
    ca_free(&ca);
    leaf_free(&client);
    leaf_free(&server);
    ratls_identity_unref(identity);
}

TestSuite(conn_identity, .init = setup, .fini = teardown, .timeout = 60);

static struct side_plan plain_side(const struct leaf *l)
{
    return (struct side_plan){
        .mode = RATLS_NONE, .cert = rt_bytes_of(&l->der), .key = rt_bytes_of(&l->key_der)};
}

/* ---- the peer's names ---- */

static void expect_name(const char *name, enum ratls_err due)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server);

    c.peer_ca = rt_bytes_of(&ca.der);
    c.peer_name = name;
    rig_free(&rig);
    rig_make(&rig, &c, &s);
    rig_expect(&rig, due, RATLS_OK);
}

/* T64: addresses as iPAddress only, wildcards for one label, no common name. */
Test(conn_identity, names_are_those_of_rfc_9525)
{
    expect_name("10.1.2.3", RATLS_OK);
    expect_name("2001:db8:0::1", RATLS_OK);
    expect_name("a.peer.example", RATLS_OK);
    expect_name("A.Peer.Example.", RATLS_OK);
    expect_name("10.1.2.4", RATLS_E_IDENTITY_MISMATCH);
    expect_name("a.b.peer.example", RATLS_E_IDENTITY_MISMATCH);
    expect_name("peer.example", RATLS_E_IDENTITY_MISMATCH);
    expect_name("leaf", RATLS_E_IDENTITY_MISMATCH);
}

Test(conn_identity, mailboxes_and_names_are_one_list)
{
    static const uint8_t san[] = "\x30\x12\x81\x10ops@peer.example";
    struct side_plan c = plain_side(&client);
    struct side_plan s;
    struct leaf l;

    leaf_make(&l, &ca, (struct rt_mint){.ext[0] = {RT_OID(SAN), ratls_bytes(san, 20), false}});
    s = plain_side(&l);
    c.peer_ca = rt_bytes_of(&ca.der);
    c.peer_name = "a.example";
    c.peer_email = "ops@Peer.example";
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_free(&rig);
    c.peer_email = "dev@peer.example";
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_E_IDENTITY_MISMATCH, RATLS_OK);
    leaf_free(&l);
}

/* ---- pins ---- */

/* A pin is enough by itself: whoever signed the certificate, and whatever comes with it. */
Test(conn_identity, a_pinned_key_needs_no_ca)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server);

    c.peer_pin = server.spki_sha256;
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_assert_not_null(ratls_conn_identified(rig.client.conn));
    cr_expect_arr_eq(ratls_conn_identified(rig.client.conn), server.spki_sha256, RT_SHA256_LEN);
    cr_expect_null(ratls_conn_identified(rig.server.conn));
    rig_free(&rig);
    c.peer_pin = client.spki_sha256;
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_E_PIN_MISMATCH, RATLS_OK);
}

Test(conn_identity, a_pinned_certificate_has_dates_all_the_same)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server);

    c.peer_pin = server.spki_sha256;
    rig_make(&rig, &c, &s);
    rig.client.clocks.wall_offset = 7200;
    ratls_conn_free(rig.client.conn);
    rig.client.conn = NULL;
    ratls_ctx_unref(rig.client.ctx);
    rig.client.ctx = NULL;
    c.cert = c.key = ratls_bytes(NULL, 0); /* or its own would be out of date first */
    ratls_identity_unref(rig.client.identity);
    rig.client.identity = NULL;
    cr_assert_eq(side_context(&rig.client, &c, &err), RATLS_OK, "%s", err.detail);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_E_CERT_EXPIRED, RATLS_OK);
}

/* ---- what is bound to the peer ---- */

static void expect_peer(const struct ratls_conn *conn, struct ratls_bytes spki,
                        struct ratls_bytes cert)
{
    uint8_t hash[RT_SHA256_LEN];

    cr_expect(ratls_bytes_equal(ratls_conn_peer_spki(conn), spki));
    cr_assert_eq(rt_sha256(cert, hash), RATLS_OK);
    cr_assert_not_null(ratls_conn_peer_cert_sha256(conn));
    cr_expect_arr_eq(ratls_conn_peer_cert_sha256(conn), hash, sizeof hash);
}

static void expect_nobody(const struct ratls_conn *conn)
{
    cr_expect_eq(ratls_conn_peer_spki(conn).len, 0);
    cr_expect_null(ratls_conn_peer_cert_sha256(conn));
}

Test(conn_identity, a_peer_that_counts_has_key_and_certificate)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server), usual = {0};
    struct ratls_bytes leaf;
    struct rt_x509 cert;

    c.peer_pin = server.spki_sha256;
    rig_make(&rig, &c, &s);
    expect_nobody(rig.client.conn);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&server.der), &cert, &err), RATLS_OK);
    expect_peer(rig.client.conn, cert.spki, rt_bytes_of(&server.der));
    expect_nobody(rig.server.conn); /* it asked for no certificate, or checked none */
    rig_free(&rig);
    rig_make(&rig, &usual, &usual);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    leaf = ratls_identity_certificate(rig.client.identity);
    cr_assert_eq(rt_x509_parse(leaf, &cert, &err), RATLS_OK);
    expect_peer(rig.server.conn, cert.spki, leaf);
}

Test(conn_identity, a_peer_that_is_refused_has_neither)
{
    struct side_plan c = plain_side(&client);
    const struct side_plan s = plain_side(&server);

    c.peer_pin = client.spki_sha256;
    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_E_PIN_MISMATCH, RATLS_OK);
    expect_nobody(rig.client.conn);
}

/* An attested peer whose key is pinned besides still has to have signed its own certificate. */
Test(conn_identity, pins_stand_beside_evidence)
{
    const struct side_plan usual = {0};
    struct side_plan c = {0};

    rig_make(&rig, &usual, &usual);
    c.peer_pin = ratls_identity_spki_sha256(rig.server.identity);
    ratls_ctx_unref(rig.client.ctx);
    cr_assert_eq(side_context(&rig.client, &c, &err), RATLS_OK);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    c.peer_pin = client.spki_sha256;
    ratls_conn_free(rig.client.conn);
    rig.client.conn = NULL;
    ratls_ctx_unref(rig.client.ctx);
    cr_assert_eq(side_context(&rig.client, &c, &err), RATLS_OK);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_E_PIN_MISMATCH, RATLS_E_PEER_DENIED);
}

/* A good certificate is nobody's when the connection fails for another reason. */
Test(conn_identity, the_own_key_at_the_other_end_identifies_nobody)
{
    struct side_plan both = plain_side(&server);

    both.peer_pin = server.spki_sha256;
    rig_make(&rig, &both, &both);
    rig_expect(&rig, RATLS_E_REFLECTION, RATLS_E_REFLECTION);
    cr_expect_null(ratls_conn_identified(rig.client.conn));
    cr_expect_null(ratls_conn_identified(rig.server.conn));
}

/* ---- without attestation ---- */

Test(conn_identity, a_plain_connection_says_that_nobody_was_attested)
{
    const struct side_plan c = {.mode = RATLS_NONE}, s = plain_side(&server);

    rig_make(&rig, &c, &s);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_pass(&rig.client, &rig.server, "ping");
    rig_pass(&rig.server, &rig.client, "pong");
    cr_expect_null(ratls_conn_verdict(rig.client.conn));
    cr_expect_null(ratls_conn_identified(rig.client.conn));
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_NONE);
    cr_expect_null(ratls_conn_verdict(rig.server.conn));
    cr_expect_eq(ratls_conn_rejudge(rig.client.conn), RATLS_OK);
    cr_expect_null(ratls_conn_verdict(rig.client.conn));
}

Test(conn_identity, a_plain_server_without_a_certificate_has_no_connections)
{
    const struct side_plan plan = {.mode = RATLS_NONE};
    struct ratls_conn *conn = NULL;

    rig_make_sides(&rig, &plan, &plan);
    cr_expect_eq(ratls_conn_new(rig.server.ctx, RATLS_SERVER, end_io(&rig.server.end), &conn, &err),
                 RATLS_E_STATE);
    cr_expect_null(conn);
}

/* ---- identities of the wrong kind, or out of their dates ---- */

Test(conn_identity, evidence_is_for_modes_that_show_it_and_for_no_other)
{
    const struct side_plan usual = {0};

    for (enum ratls_mode m = 0; m < RATLS_MODE_COUNT; m++) {
        struct side_plan plan = plain_side(&client);
        plan.mode = m;
        rig_free(&rig);
        rig_make_sides(&rig, &plan, &usual);
        err = (struct ratls_error){0};
        cr_assert_eq(ratls_identity_load(&rig.client.env, plan.cert, plan.key, &identity, &err),
                     RATLS_OK, "%s", err.detail);
        cr_expect_eq(ratls_ctx_set_identity(rig.client.ctx, identity, NULL),
                     ratls_mode_shows(m) ? RATLS_E_CONFIG : RATLS_OK);
        cr_expect_eq(ratls_ctx_set_identity(rig.client.ctx, rig.server.identity, NULL),
                     ratls_mode_shows(m) ? RATLS_OK : RATLS_E_CONFIG);
        ratls_identity_unref(identity);
        identity = NULL;
    }
}

/* T107, of this side */
Test(conn_identity, an_own_certificate_that_ended_makes_no_connection)
{
    const struct side_plan plan = plain_side(&server);
    struct ratls_conn *conn = NULL;

    rig_make_sides(&rig, &plan, &plan);
    rig.server.clocks.wall_offset = 3601;
    cr_expect_eq(ratls_conn_new(rig.server.ctx, RATLS_SERVER, end_io(&rig.server.end), &conn, &err),
                 RATLS_E_IDENTITY_EXPIRED);
}

/* ---- loading ---- */

static void expect_load(const struct leaf *l, const struct leaf *key, enum ratls_err due)
{
    err = (struct ratls_error){0};
    cr_expect_eq(ratls_identity_load(ratls_env_system(), rt_bytes_of(&l->der),
                                     rt_bytes_of(&key->key_der), &identity, &err),
                 due, "%s: %s", ratls_err_reason(err.code), err.detail);
    cr_expect_eq(identity == NULL, due != RATLS_OK);
    ratls_identity_unref(identity);
    identity = NULL;
}

static void expect_leaf(const struct rt_mint what, enum ratls_err due)
{
    struct leaf l;

    leaf_make(&l, &ca, what);
    expect_load(&l, &l, due);
    leaf_free(&l);
}

Test(conn_identity, is_loaded_with_the_key_of_its_certificate_only)
{
    expect_load(&client, &client, RATLS_OK);
    expect_load(&client, &server, RATLS_E_CERT_KEY);
}

/* T107 */
Test(conn_identity, is_loaded_within_its_dates_only)
{
    const int64_t now = ratls_env_system()->now(NULL);

    expect_leaf((struct rt_mint){.not_before = now - 100, .not_after = now - 1},
                RATLS_E_CERT_EXPIRED);
    expect_leaf((struct rt_mint){.not_before = now + 50, .not_after = now + 100},
                RATLS_E_CERT_NOT_YET_VALID);
}

Test(conn_identity, is_no_ca)
{
    expect_leaf((struct rt_mint){.is_ca = true}, RATLS_E_CERT_USAGE);
}

Test(conn_identity, has_no_evidence_and_a_key_that_peers_take)
{
    const struct side_plan usual = {0};
    struct ratls_buffer key = {0};
    struct leaf l = {0};

    rig_make_sides(&rig, &usual, &usual);
    cr_assert_eq(ratls_identity_export_key(rig.client.identity, &key), RATLS_OK);
    cr_expect_eq(ratls_identity_load(ratls_env_system(),
                                     ratls_identity_certificate(rig.client.identity),
                                     rt_bytes_of(&key), &identity, NULL),
                 RATLS_E_CONFIG);
    ratls_buffer_free(&key);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P521, &l.key), RATLS_OK);
    leaf_sign(&l, &ca, (struct rt_mint){0});
    expect_load(&l, &l, RATLS_E_CERT_KEY);
    leaf_free(&l);
}

static void put_pem(struct rt_writer *w, const char *label, struct ratls_bytes der)
{
    struct ratls_buffer pem = {0};

    cr_assert_eq(rt_pem_write(label, der, &pem), RATLS_OK);
    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

static enum ratls_err load_text(const struct rt_writer *w)
{
    ratls_identity_unref(identity);
    identity = NULL;
    return ratls_identity_load(ratls_env_system(), rt_written(w), rt_written(w), &identity, NULL);
}

/* As stunnel's `cert` without `key`. */
Test(conn_identity, is_loaded_with_chain_and_key_from_one_text)
{
    struct rt_writer w = {0};

    put_pem(&w, "CERTIFICATE", rt_bytes_of(&client.der));
    cr_expect_eq(load_text(&w), RATLS_E_CERT_FORMAT); /* no key */
    put_pem(&w, "EC PRIVATE KEY", rt_bytes_of(&client.key_der));
    put_pem(&w, "CERTIFICATE", rt_bytes_of(&ca.der));
    cr_expect_eq(load_text(&w), RATLS_OK);
    cr_expect_eq(ratls_identity_chain(identity).len, client.der.len + ca.der.len);
    cr_expect_eq(ratls_identity_certificate(identity).len, client.der.len);
    put_pem(&w, "CERTIFICATE", rt_bytes_of(&server.der));
    cr_expect_eq(load_text(&w), RATLS_E_CERT_CHAIN);
    for (int i = 0; i < RT_MAX_CHAIN; i++)
        put_pem(&w, "CERTIFICATE", rt_bytes_of(&ca.der));
    cr_expect_eq(load_text(&w), RATLS_E_CERT_CHAIN_LENGTH);
    rt_writer_free(&w);
}

/* ---- settings ---- */

static struct ratls_config *config_of(enum ratls_mode mode, bool leave)
{
    struct ratls_config *c = NULL;

    cr_assert_eq(ratls_config_new(ratls_env_system(), &c), RATLS_OK);
    ratls_config_set_mode(c, mode);
    if (leave)
        ratls_config_insecure_no_attestation(c);
    return c;
}

static void expect_ctx(struct ratls_config *c, enum ratls_err due, const char *part)
{
    struct ratls_ctx *ctx = NULL;

    err = (struct ratls_error){0};
    cr_expect_eq(ratls_ctx_new(c, &ctx, &err), due, "%s", err.detail);
    cr_expect(strstr(err.detail, part), "%s", err.detail);
    ratls_ctx_unref(ctx);
    ratls_config_free(c);
}

/* T100: nothing else leads there, and nothing else is led there. */
Test(conn_identity, no_mode_goes_without_attestation_unless_told_to_by_name)
{
    for (enum ratls_mode m = 0; m < RATLS_MODE_COUNT; m++) {
        const bool plain = !ratls_mode_shows(m) && !ratls_mode_judges(m);
        if (plain)
            expect_ctx(config_of(m, false), RATLS_E_CONFIG, "insecure_no_attestation");
        else
            expect_ctx(config_of(m, true), RATLS_E_CONFIG, "insecure_no_attestation");
    }
    expect_ctx(config_of(RATLS_NONE, true), RATLS_OK, "");
}

Test(conn_identity, without_attestation_there_is_neither_trust_nor_level)
{
    struct ratls_config *c = config_of(RATLS_NONE, true);
    struct ratls_trust *t = NULL;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    ratls_config_set_trust(c, t);
    expect_ctx(c, RATLS_E_CONFIG, "nobody is judged");
    c = config_of(RATLS_NONE, true);
    ratls_config_set_level(c, RATLS_LEVEL_QUOTE);
    expect_ctx(c, RATLS_E_CONFIG, "level");
    c = config_of(RATLS_NONE, true);
    ratls_config_set_proof_level(c, RATLS_LEVEL_QUOTE);
    expect_ctx(c, RATLS_E_CONFIG, "level");
    ratls_trust_unref(t);
}

Test(conn_identity, names_mailboxes_and_lists_need_a_ca)
{
    struct ratls_buffer crl = ca_revoke(&ca, ratls_bytes(NULL, 0), 3600);
    struct ratls_config *c = config_of(RATLS_ATTEST, false);

    cr_assert_eq(ratls_config_add_peer_name(c, "a.example"), RATLS_OK);
    expect_ctx(c, RATLS_E_CONFIG, "names need an identity CA");
    c = config_of(RATLS_ATTEST, false);
    cr_assert_eq(ratls_config_add_peer_email(c, "ops@a.example"), RATLS_OK);
    cr_assert_eq(ratls_config_add_peer_pin(c, client.spki_sha256), RATLS_OK);
    expect_ctx(c, RATLS_E_CONFIG, "names need an identity CA");
    c = config_of(RATLS_ATTEST, false);
    cr_assert_eq(ratls_config_add_identity_crl(c, rt_bytes_of(&crl), NULL), RATLS_OK);
    expect_ctx(c, RATLS_E_CONFIG, "lists need an identity CA");
    ratls_buffer_free(&crl);
}

Test(conn_identity, settings_are_refused_that_could_never_hold)
{
    struct ratls_config *c = config_of(RATLS_ATTEST, false);

    cr_expect_eq(ratls_config_add_peer_email(c, "a.example"), RATLS_E_USAGE);
    cr_expect_eq(ratls_config_add_peer_email(c, NULL), RATLS_E_USAGE);
    cr_expect_neq(ratls_config_add_identity_crl(c, rt_bytes_of(&ca.der), NULL), RATLS_OK);
    cr_expect_neq(ratls_config_add_identity_crl(c, ratls_bytes_str("nothing"), NULL), RATLS_OK);
    cr_expect_neq(ratls_config_add_peer_certificate(c, ratls_bytes_str("nothing"), NULL), RATLS_OK);
    for (int i = 0; i < RT_MAX_PEER_PINS; i++)
        cr_expect_eq(ratls_config_add_peer_certificate(c, rt_bytes_of(&server.der), NULL),
                     RATLS_OK);
    cr_expect_eq(ratls_config_add_peer_pin(c, client.spki_sha256), RATLS_E_LIMIT);
    ratls_config_free(c);
}

Test(conn_identity, a_certificate_of_the_peer_pins_its_key)
{
    struct ratls_config *c = config_of(RATLS_NONE, true);

    cr_assert_eq(ratls_config_add_peer_certificate(c, rt_bytes_of(&server.der), NULL), RATLS_OK);
    cr_expect_arr_eq(c->set.peer.pins[0].spki_sha256, server.spki_sha256, RT_SHA256_LEN);
    ratls_config_free(c);
}

Test(conn_identity, modes_have_names)
{
    cr_expect_str_eq(ratls_mode_name(RATLS_MUTUAL), "mutual");
    cr_expect_str_eq(ratls_mode_name(RATLS_NONE), "none");
    cr_expect_str_eq(ratls_mode_name(RATLS_MODE_COUNT), "unknown");
}
