/* The bypass matrix (T100): every mode of the table, in both roles, against every class of bad
 * evidence and bad certificate. A mode that is added to the table is in it. Each row breaks one
 * condition while all others hold, so that none can stand in for another (T177). */
#include "conn_raw.h"
#include "pki_support.h"

static struct rig rig;
static struct raw raw;
static struct forged evil;
static struct ca ca, other_ca;
static struct leaf own, peer; /* ordinary certificates of victim and peer */
static struct ratls_buffer crl, stale_crl, foreign_crl;
static const char *const names[] = {"peer.example", NULL};
static const char *const other_names[] = {"*.peer.example", "peer.example.org", NULL};

#define REVOKED ratls_bytes_str("\x42")

static void setup(void)
{
    ca_make(&ca, "identity CA");
    ca_make(&other_ca, "identity CA"); /* the same name */
    leaf_make(&own, &ca, (struct rt_mint){.san = names});
    leaf_make(&peer, &ca, (struct rt_mint){.san = names});
    crl = ca_revoke(&ca, REVOKED, 3600);
    stale_crl = ca_revoke(&ca, REVOKED, -10);
    foreign_crl = ca_revoke(&other_ca, REVOKED, 3600);
}

static void teardown(void)
{
    raw_free(&raw);
    forged_free(&evil);
    rig_free(&rig);
    ca_free(&ca);
    ca_free(&other_ca);
    leaf_free(&own);
    leaf_free(&peer);
    ratls_buffer_free(&crl);
    ratls_buffer_free(&stale_crl);
    ratls_buffer_free(&foreign_crl);
}

TestSuite(conn_modes, .init = setup, .fini = teardown, .timeout = 120);

/* ---- the victim ---- */

enum victim { USUAL, STALE_CRL, FOREIGN_CRL, OTHER_PIN, OTHER_POLICY, VICTIMS };

static struct side_plan victim_plan(enum ratls_mode mode, enum ratls_role peer_role,
                                    enum victim kind)
{
    static const uint8_t nobody[RT_SHA256_LEN] = {1};
    struct side_plan p = {
        .mode = mode,
        .cert = rt_bytes_of(&own.der),
        .key = rt_bytes_of(&own.key_der),
        .peer_ca = rt_bytes_of(&ca.der),
        .peer_crl = rt_bytes_of(&crl),
        .peer_name = "peer.example",
        .peer_pin = peer.spki_sha256,
    };

    if (kind == STALE_CRL)
        p.peer_crl = rt_bytes_of(&stale_crl);
    if (kind == FOREIGN_CRL)
        p.peer_crl = rt_bytes_of(&foreign_crl);
    if (kind == OTHER_PIN)
        p.peer_pin = nobody;
    if (kind == OTHER_POLICY)
        p.policy = peer_role == RATLS_CLIENT ? POLICY_OF(MRTD_SERVER, "session")
                                             : POLICY_OF(MRTD_CLIENT, "session");
    return p;
}

/* The peer's place; it only lends attester and key. */
static void make_rig(enum ratls_mode mode, enum ratls_role peer_role, enum victim kind)
{
    const struct side_plan victim = victim_plan(mode, peer_role, kind);
    const struct side_plan lender = {
        .mode = RATLS_VERIFY, .cert = rt_bytes_of(&peer.der), .key = rt_bytes_of(&peer.key_der)};

    rig_free(&rig);
    if (peer_role == RATLS_CLIENT)
        rig_make(&rig, &lender, &victim);
    else
        rig_make(&rig, &victim, &lender);
}

/* ---- the peer ---- */

static const uint8_t other_spki[RT_SHA256_LEN] = {1, 2, 3};

static void good(struct forgery *f)
{
    (void)f;
}

static void without_evidence(struct forgery *f)
{
    f->no_evidence = true;
}

static void with_evidence(struct forgery *f)
{
    f->no_evidence = false;
}

static void claims_of_another_key(struct forgery *f)
{
    f->claimed_spki = other_spki;
}

static void from_the_future(struct forgery *f)
{
    f->iat = ratls_env_system()->now(NULL) + RT_CLOCK_SKEW_S + 30;
}

static void of_an_unknown_platform(struct forgery *f)
{
    f->attester = raw.victim->attester;
}

static void signed_by_nobody(struct forgery *f)
{
    f->issuer_key = NULL;
    f->issuer_name = ratls_bytes(NULL, 0);
}

static void signed_by_another(struct forgery *f)
{
    f->sign_with = other_ca.key;
}

static void expired(struct forgery *f)
{
    f->not_before = ratls_env_system()->now(NULL) - 1000;
    f->not_after = f->not_before + 990;
}

static void not_yet_valid(struct forgery *f)
{
    f->not_before = ratls_env_system()->now(NULL) + 100;
    f->not_after = f->not_before + 1000;
}

static void revoked(struct forgery *f)
{
    f->serial = REVOKED;
}

static void of_another_name(struct forgery *f)
{
    f->san = other_names;
}

static void of_no_name(struct forgery *f)
{
    f->san = NULL;
}

static void of_another_key(struct forgery *f)
{
    f->key_of = NULL;
}

static void a_ca_itself(struct forgery *f)
{
    f->is_ca = true;
}

enum when { ALWAYS, JUDGING, PLAIN };

static const struct {
    const char *name;
    void (*spoil)(struct forgery *f);
    enum ratls_err why;
    enum victim victim;
    enum when when;
} rows[] = {
    {"nothing wrong", good, RATLS_OK, USUAL, ALWAYS},
    {"no evidence", without_evidence, RATLS_E_NO_EVIDENCE, USUAL, JUDGING},
    {"evidence where it is off", with_evidence, RATLS_E_ATTESTATION_MODE, USUAL, PLAIN},
    {"another key's claims", claims_of_another_key, RATLS_E_BINDING_MISMATCH, USUAL, JUDGING},
    {"future", from_the_future, RATLS_E_EVIDENCE_FUTURE, USUAL, JUDGING},
    {"unknown platform", of_an_unknown_platform, RATLS_E_EVIDENCE_ROOT, USUAL, JUDGING},
    {"measurement", good, RATLS_E_MEASUREMENT, OTHER_POLICY, JUDGING},
    {"self-signed", signed_by_nobody, RATLS_E_CERT_CHAIN, USUAL, ALWAYS},
    {"another CA", signed_by_another, RATLS_E_CERT_SIGNATURE, USUAL, ALWAYS},
    {"expired", expired, RATLS_E_CERT_EXPIRED, USUAL, ALWAYS},
    {"not yet valid", not_yet_valid, RATLS_E_CERT_NOT_YET_VALID, USUAL, ALWAYS},
    {"revoked", revoked, RATLS_E_CERT_REVOKED, USUAL, ALWAYS},
    {"revoked by an old list", revoked, RATLS_E_CERT_REVOKED, STALE_CRL, ALWAYS},
    {"old list", good, RATLS_E_CRL_TIME, STALE_CRL, ALWAYS},
    {"another issuer's list", good, RATLS_E_CRL_MISSING, FOREIGN_CRL, ALWAYS},
    {"another name", of_another_name, RATLS_E_IDENTITY_MISMATCH, USUAL, ALWAYS},
    {"no name", of_no_name, RATLS_E_IDENTITY_MISMATCH, USUAL, ALWAYS},
    {"another key", of_another_key, RATLS_E_PIN_MISMATCH, USUAL, ALWAYS},
    {"another pin", good, RATLS_E_PIN_MISMATCH, OTHER_PIN, ALWAYS},
    {"a CA", a_ca_itself, RATLS_E_CERT_USAGE, USUAL, ALWAYS},
};

static bool applies(enum when when, enum ratls_mode mode)
{
    const bool judges = ratls_mode_judges(mode), plain = !judges && !ratls_mode_shows(mode);

    return when == ALWAYS || (when == JUDGING && judges) || (when == PLAIN && plain);
}

/* A good certificate with one flaw, with evidence where the victim judges some. */
static void forge_peer(enum ratls_mode mode, void (*spoil)(struct forgery *f))
{
    struct forgery f = {
        .attester = raw.me->attester,
        .key_of = raw.me->identity,
        .no_evidence = !ratls_mode_judges(mode),
        .issuer_key = ca.key,
        .issuer_name = ca.cert.subject,
        .san = names,
    };

    spoil(&f);
    forged_free(&evil);
    evil = forge(&f);
}

/* A victim without frames says what it thinks at once. */
static void meet(enum ratls_mode mode)
{
    if (applies(PLAIN, mode)) {
        (void)raw_shake(&raw);
        return;
    }
    raw_meet(&raw);
    raw_hello(&raw, ratls_mode_shows(mode) ? 1 : 0, 2);
}

/* Nothing was objected to: a victim that judges waits for the proof now, others are open. */
static void expect_welcome(enum ratls_mode mode, const char *where)
{
    const enum ratls_err e = victim_step(&raw);

    cr_expect_eq(ratls_conn_error(raw.victim->conn)->code, RATLS_OK, "%s: %s", where,
                 ratls_conn_error(raw.victim->conn)->detail);
    cr_expect_eq(e, applies(PLAIN, mode) ? RATLS_OK : RATLS_E_WANT_READ, "%s: %s", where,
                 ratls_err_reason(e));
}

static void try_row(enum ratls_mode mode, enum ratls_role role, size_t row)
{
    char where[128];

    (void)snprintf(where, sizeof where, "mode %s, peer %d: %s", ratls_mode_name(mode), (int)role,
                   rows[row].name);
    raw.me = role == RATLS_CLIENT ? &rig.client : &rig.server;
    raw.victim = role == RATLS_CLIENT ? &rig.server : &rig.client;
    forge_peer(mode, rows[row].spoil);
    raw_take(&raw, &rig, role, evil.identity);
    meet(mode);
    if (rows[row].why == RATLS_OK) {
        expect_welcome(mode, where);
    } else {
        raw_expect(&raw, rows[row].why);
        cr_expect_eq(ratls_conn_error(raw.victim->conn)->code, rows[row].why, "%s: %s", where,
                     ratls_err_reason(ratls_conn_error(raw.victim->conn)->code));
        cr_expect_null(ratls_conn_identified(raw.victim->conn), "%s", where);
    }
    raw_free(&raw);
}

static void try_all(enum ratls_mode mode, enum ratls_role role)
{
    for (enum victim v = USUAL; v < VICTIMS; v++) {
        make_rig(mode, role, v);
        for (size_t i = 0; i < RT_COUNT(rows); i++)
            if (rows[i].victim == v && applies(rows[i].when, mode))
                try_row(mode, role, i);
    }
}

/* T96, T100, T107, T177 */
Test(conn_modes, refuse_every_bad_client_by_its_reason)
{
    for (enum ratls_mode m = 0; m < RATLS_MODE_COUNT; m++)
        try_all(m, RATLS_CLIENT);
}

Test(conn_modes, refuse_every_bad_server_by_its_reason)
{
    for (enum ratls_mode m = 0; m < RATLS_MODE_COUNT; m++)
        try_all(m, RATLS_SERVER);
}

/* A server that has any condition takes nobody without a certificate (T08). */
Test(conn_modes, refuse_clients_without_a_certificate)
{
    for (enum ratls_mode m = 0; m < RATLS_MODE_COUNT; m++) {
        make_rig(m, RATLS_CLIENT, USUAL);
        raw_take(&raw, &rig, RATLS_CLIENT, NULL);
        (void)raw_shake(&raw);
        raw_expect(&raw, RATLS_E_NO_PEER_CERT);
        raw_free(&raw);
    }
}

/* ---- each mode with each ---- */

static struct side_plan plan_of(enum ratls_mode mode, const struct leaf *leaf)
{
    return (struct side_plan){.mode = mode,
                              .san = names,
                              .ca_cert = rt_bytes_of(&ca.der),
                              .ca_key = rt_bytes_of(&ca.key_der),
                              .cert = rt_bytes_of(&leaf->der),
                              .key = rt_bytes_of(&leaf->key_der),
                              .peer_ca = rt_bytes_of(&ca.der),
                              .peer_name = "peer.example"};
}

static bool is_plain(enum ratls_mode m)
{
    return applies(PLAIN, m);
}

static bool fit(enum ratls_mode client, enum ratls_mode server)
{
    return (!ratls_mode_judges(client) || ratls_mode_shows(server)) &&
           (!ratls_mode_judges(server) || ratls_mode_shows(client)) &&
           is_plain(client) == is_plain(server);
}

static void expect_known(const struct side *s, enum ratls_mode mode)
{
    const bool judges = ratls_mode_judges(mode);

    cr_expect_eq(ratls_conn_level(s->conn), judges ? RATLS_LEVEL_SESSION : RATLS_LEVEL_NONE);
    cr_expect_eq(ratls_conn_verdict(s->conn) != NULL, judges);
    cr_expect_eq(ratls_conn_identified(s->conn) != NULL, !judges);
}

/* An ordinary certificate of a CA with its chain, where evidence is due and no CA is named. */
Test(conn_modes, call_an_ordinary_peer_by_its_name)
{
    const struct side_plan ordinary = {
        .mode = RATLS_VERIFY, .cert = rt_bytes_of(&peer.der), .key = rt_bytes_of(&peer.key_der)};
    const struct side_plan usual = {0};
    struct ratls_buffer key = {0};
    struct ratls_identity *with_chain = NULL;
    struct rt_writer chain = {0};

    rig_make(&rig, &ordinary, &usual);
    raw_take(&raw, &rig, RATLS_CLIENT, rig.client.identity);
    raw_meet(&raw);
    raw_hello(&raw, 0, 2);
    raw_expect(&raw, RATLS_E_NO_EVIDENCE);
    raw_free(&raw);
    rt_put_bytes(&chain, rt_bytes_of(&peer.der));
    rt_put_bytes(&chain, rt_bytes_of(&ca.der));
    cr_assert_eq(rt_key_export(peer.key, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), rt_written(&chain), rt_bytes_of(&key),
                                       &with_chain, NULL),
                 RATLS_OK);
    raw_take(&raw, &rig, RATLS_CLIENT, with_chain);
    raw_meet(&raw);
    raw_hello(&raw, 0, 2);
    raw_expect(&raw, RATLS_E_NO_EVIDENCE);
    ratls_identity_unref(with_chain);
    ratls_buffer_free(&key);
    rt_writer_free(&chain);
}

/* Even where no certificate gives anybody away. */
Test(conn_modes, tell_attested_and_plain_peers_apart_without_certificates)
{
    const struct side_plan verify = {.mode = RATLS_VERIFY}, attest = {.mode = RATLS_ATTEST};
    const struct side_plan plain = {
        .mode = RATLS_NONE, .cert = rt_bytes_of(&own.der), .key = rt_bytes_of(&own.key_der)};

    rig_make(&rig, &verify, &plain);
    rig_expect(&rig, RATLS_E_NO_EVIDENCE, RATLS_E_ATTESTATION_MODE);
    rig_free(&rig);
    rig_make(&rig, &attest, &plain);
    rig_expect(&rig, RATLS_E_ATTESTATION_MODE, RATLS_E_ATTESTATION_MODE);
}

static bool is_clear(enum ratls_err e)
{
    return e == RATLS_E_NO_EVIDENCE || e == RATLS_E_ATTESTATION_MODE;
}

static void try_pair(enum ratls_mode client, enum ratls_mode server)
{
    const struct side_plan c = plan_of(client, &own), s = plan_of(server, &peer);
    enum ratls_err ce, se;

    rig_free(&rig);
    rig_make(&rig, &c, &s);
    rig_drive(&rig, &ce, &se);
    if (fit(client, server)) {
        cr_assert(ce == RATLS_OK && se == RATLS_OK, "%s, %s: %s, %s", ratls_mode_name(client),
                  ratls_mode_name(server), ratls_err_reason(ce), ratls_err_reason(se));
        rig_pass(&rig.client, &rig.server, "ping");
        expect_known(&rig.client, client);
        expect_known(&rig.server, server);
        return;
    }
    cr_expect(is_clear(ce) || is_clear(se), "%s, %s: %s, %s", ratls_mode_name(client),
              ratls_mode_name(server), ratls_err_reason(ce), ratls_err_reason(se));
    /* Who judges nobody cannot tell a plain peer from a classic one, and is left by it. */
    cr_expect(ce != RATLS_OK || !ratls_mode_judges(client), "%s, %s: client open",
              ratls_mode_name(client), ratls_mode_name(server));
    cr_expect(se != RATLS_OK || !ratls_mode_judges(server), "%s, %s: server open",
              ratls_mode_name(client), ratls_mode_name(server));
}

Test(conn_modes, open_with_those_that_fit_and_refuse_the_others_clearly)
{
    for (enum ratls_mode c = 0; c < RATLS_MODE_COUNT; c++)
        for (enum ratls_mode s = 0; s < RATLS_MODE_COUNT; s++)
            try_pair(c, s);
}
