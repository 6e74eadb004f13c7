/* Certificates that a connection must refuse, and "attestation and identity" (threats T01-T03,
 * T09, T10, T59, T62, T65, T96, T185). The peer's TLS is genuine, its certificate is not. */
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

#include "conn_raw.h"
#include "pki_support.h"

static struct rig rig;
static struct raw raw;
static struct forged evil;
static struct ratls_identity *identity;
static const struct side_plan usual = {0};

static struct ca ca, other_ca;

static void setup(void)
{
    ca_make(&ca, "identity CA");
    ca_make(&other_ca, "identity CA"); /* the same name */
}

static void teardown(void)
{
    raw_free(&raw);
    forged_free(&evil);
    ratls_identity_unref(identity);
    rig_free(&rig);
    ca_free(&ca);
    ca_free(&other_ca);
}

TestSuite(conn_cert, .init = setup, .fini = teardown, .timeout = 60);

/* The forged certificate in the role given: refused for `why`, the peer is told the class only. */
static void expect_refused(enum ratls_role role, enum ratls_err why)
{
    raw_take(&raw, &rig, role, evil.identity);
    raw_meet(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ); /* DENY waits for the peer's HELLO */
    raw_hello(&raw, 2, 2);
    raw_expect(&raw, why);
    raw_expect_denial(&raw, RATLS_CLASS_ATTESTATION);
    raw_free(&raw);
}

static void expect_refused_both(const struct forgery *plan, enum ratls_err why)
{
    struct forgery f = *plan;

    rig_make(&rig, &usual, &usual);
    f.attester = rig.client.attester;
    evil = forge(&f);
    expect_refused(RATLS_CLIENT, why);
    forged_free(&evil);
    f.attester = rig.server.attester;
    evil = forge(&f);
    expect_refused(RATLS_SERVER, why);
}

/* ---- evidence ---- */

/* T09 */
Test(conn_cert, without_evidence_is_refused)
{
    expect_refused_both(&(struct forgery){.no_evidence = true}, RATLS_E_NO_EVIDENCE);
}

/* T10: claims and quote of another key. */
Test(conn_cert, with_the_claims_of_another_key_is_refused)
{
    static const uint8_t spki[RT_SHA256_LEN] = {1, 2, 3};

    expect_refused_both(&(struct forgery){.claimed_spki = spki}, RATLS_E_BINDING_MISMATCH);
}

/* T10: the quote of somebody else below claims of the own key. */
Test(conn_cert, with_the_quote_of_another_key_is_refused)
{
    struct forged honest;

    rig_make(&rig, &usual, &usual);
    honest = forge(&(struct forgery){.attester = rig.client.attester});
    evil = forge(&(struct forgery){.quote = rt_bytes_of(&honest.quote)});
    expect_refused(RATLS_CLIENT, RATLS_E_BINDING_MISMATCH);
    forged_free(&honest);
}

/* T185: minted by hand, since the certificate of an honest clock that far ahead is not valid yet.
 */
Test(conn_cert, from_the_future_is_refused)
{
    const int64_t now = ratls_env_system()->now(NULL);

    expect_refused_both(&(struct forgery){.iat = now + RT_CLOCK_SKEW_S + 30},
                        RATLS_E_EVIDENCE_FUTURE);
}

/* T185 */
Test(conn_cert, of_a_peer_whose_clock_is_ahead_is_refused)
{
    rig_make(&rig, &usual, &usual);
    rig.client.clocks.wall_offset = RT_CLOCK_SKEW_S + 30;
    ratls_identity_unref(rig.client.identity);
    side_make_identity(&rig.client, &usual);
    cr_assert_eq(ratls_ctx_set_identity(rig.client.ctx, rig.client.identity, NULL), RATLS_OK);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_CERT_NOT_YET_VALID);
}

/* ---- the certificate itself (T96) ---- */

Test(conn_cert, expired_is_refused_although_the_evidence_is_good)
{
    const int64_t now = ratls_env_system()->now(NULL);

    expect_refused_both(&(struct forgery){.not_before = now - 1000, .not_after = now - 10},
                        RATLS_E_CERT_EXPIRED);
}

Test(conn_cert, not_yet_valid_is_refused_although_the_evidence_is_good)
{
    const int64_t now = ratls_env_system()->now(NULL);

    expect_refused_both(&(struct forgery){.not_before = now + 100, .not_after = now + 1000},
                        RATLS_E_CERT_NOT_YET_VALID);
}

Test(conn_cert, living_too_long_is_refused)
{
    const int64_t now = ratls_env_system()->now(NULL);

    expect_refused_both(&(struct forgery){.not_after = now + 2 * RT_CERT_LIFETIME_S},
                        RATLS_E_CERT_LIFETIME);
}

Test(conn_cert, signed_by_somebody_else_is_refused)
{
    expect_refused_both(&(struct forgery){.sign_with = ca.key}, RATLS_E_CERT_SIGNATURE);
}

/* ---- attestation and identity ---- */

static const char *const names[] = {"client.example", "10.1.2.3", NULL};

static struct side_plan signed_side(const struct ca *by)
{
    return (struct side_plan){
        .san = names, .ca_cert = rt_bytes_of(&by->der), .ca_key = rt_bytes_of(&by->key_der)};
}

static struct side_plan strict_side(const char *name)
{
    return (struct side_plan){.peer_ca = rt_bytes_of(&ca.der), .peer_name = name};
}

static void expect_identity(const struct ca *by, const char *name, enum ratls_err due)
{
    const struct side_plan client = signed_side(by), server = strict_side(name);

    /* The server's own certificate is self-signed: only the client is asked for more. */
    rig_make(&rig, &client, &server);
    rig_expect(&rig, due ? RATLS_E_PEER_DENIED : RATLS_OK, due);
}

Test(conn_cert, of_the_ca_and_with_the_name_demanded_is_accepted)
{
    expect_identity(&ca, "client.example", RATLS_OK);
}

Test(conn_cert, of_the_ca_with_the_address_demanded_is_accepted)
{
    expect_identity(&ca, "10.1.2.3", RATLS_OK);
}

Test(conn_cert, of_the_ca_is_enough_where_no_name_is_demanded)
{
    expect_identity(&ca, NULL, RATLS_OK);
}

/* T62 */
Test(conn_cert, with_another_name_is_refused_although_the_evidence_is_good)
{
    expect_identity(&ca, "server.example", RATLS_E_IDENTITY_MISMATCH);
}

/* T62, T64: no fallback to the common name. */
Test(conn_cert, with_the_name_as_common_name_only_is_refused)
{
    expect_identity(&ca, "ratls", RATLS_E_IDENTITY_MISMATCH);
}

/* T62: another CA of the same name. */
Test(conn_cert, of_another_ca_is_refused)
{
    const struct side_plan client = signed_side(&other_ca), server = strict_side("client.example");
    enum ratls_err c, s;

    rig_make(&rig, &client, &server);
    rig_drive(&rig, &c, &s);
    cr_expect(s == RATLS_E_CERT_CHAIN || s == RATLS_E_CERT_SIGNATURE, "%s", ratls_err_reason(s));
    cr_expect_eq(c, RATLS_E_PEER_DENIED);
}

Test(conn_cert, that_signed_itself_is_refused_where_a_ca_is_demanded)
{
    const struct side_plan server = strict_side("client.example");

    rig_make(&rig, &usual, &server);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_CERT_CHAIN);
}

/* Without identity CAs exactly one certificate is taken. */
Test(conn_cert, with_a_chain_is_refused_where_none_is_asked_for)
{
    const struct side_plan client = signed_side(&ca);

    rig_make(&rig, &client, &usual);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_CERT_CHAIN_LENGTH);
}

Test(conn_cert, of_the_ca_is_refused_when_the_ca_is_out_of_date)
{
    const struct side_plan client = signed_side(&ca), server = strict_side("client.example");
    enum ratls_err c, s;

    rig_make(&rig, &client, &server);
    rig.server.clocks.wall_offset = 2 * 86400; /* behind the end of leaf and CA */
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_CERT_EXPIRED, "%s", ratls_err_reason(s));
}

static void use_foreign(const uint8_t *der, size_t len, const struct rt_key *key)
{
    struct ratls_buffer key_der = {0};
    struct ratls_error err = {0};

    cr_assert_eq(rt_key_export(key, &key_der), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), ratls_bytes(der, len),
                                       rt_bytes_of(&key_der), &identity, &err),
                 RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&key_der);
}

/* T01, T02 (CVE-2026-93302): the CA's certificate with the attacker's key in it. */
static void expect_clone_refused(enum ratls_role role)
{
    const struct side_plan client = role == RATLS_CLIENT ? signed_side(&ca) : strict_side(NULL);
    const struct side_plan server = role == RATLS_CLIENT ? strict_side(NULL) : signed_side(&ca);
    struct rt_key *key = NULL;
    struct ratls_buffer clone = {0};

    rig_make(&rig, &client, &server);
    rig_expect(&rig, RATLS_OK, RATLS_OK); /* the control */
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &key), RATLS_OK);
    cr_assert_eq(rt_dup(rt_bytes_of(&ca.der), &clone), RATLS_OK);
    memcpy(clone.p + (ca.cert.spki.p - ca.der.p), rt_key_spki(key).p, ca.cert.spki.len);
    use_foreign(clone.p, clone.len, key);
    raw_take(&raw, &rig, role, identity);
    raw_meet(&raw);
    raw_hello(&raw, 1, 1);
    raw_expect(&raw, RATLS_E_CERT_SIGNATURE);
    ratls_buffer_free(&clone);
    rt_key_free(key);
}

Test(conn_cert, clone_of_the_ca_as_client_is_refused)
{
    expect_clone_refused(RATLS_CLIENT);
}

Test(conn_cert, clone_of_the_ca_as_server_is_refused)
{
    expect_clone_refused(RATLS_SERVER);
}

/* T03: a TBS of the attacker's, with the CA's signature behind it and the name demanded. */
Test(conn_cert, splice_with_the_name_demanded_is_refused)
{
    static const char *const wanted[] = {"client.example", NULL};
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    const struct side_plan server = strict_side("client.example");
    struct rt_key *key = NULL;
    struct ratls_buffer der = {0};
    struct rt_x509 mine;

    rig_make(&rig, &usual, &server);
    cr_assert_eq(rt_key_generate(env, RT_P256, &key), RATLS_OK);
    do { /* until both signatures have one length, so that it can be put in place */
        ratls_buffer_free(&der);
        const struct rt_mint what = {.subject_spki = rt_key_spki(key),
                                     .subject = {.common_name = "identity CA"},
                                     .issuer_key = key,
                                     .not_before = now - 60,
                                     .not_after = now + 600,
                                     .path_len = -1,
                                     .tls_usage = true,
                                     .san = wanted};
        cr_assert_eq(rt_mint(env, &what, &der, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &mine, NULL), RATLS_OK);
    } while (mine.signature.len != ca.cert.signature.len);
    memcpy(der.p + (mine.signature.p - der.p), ca.cert.signature.p, mine.signature.len);
    use_foreign(der.p, der.len, key);
    raw_take(&raw, &rig, RATLS_CLIENT, identity);
    raw_meet(&raw);
    raw_hello(&raw, 1, 1);
    raw_expect(&raw, RATLS_E_CERT_SIGNATURE);
    ratls_buffer_free(&der);
    rt_key_free(key);
}

/* ---- leaf keys and sizes of other TLS stacks ---- */

/* A server with wolfSSL's defaults and a certificate that openssl made. */
static void serve_with_openssl(const char *new_key)
{
    char dir[] = "/tmp/ratls-leaf-XXXXXX", command[512], cert[64], key[64];
    struct rt_tls_ctx *c = calloc(1, sizeof *c);

    cr_assert(c && mkdtemp(dir));
    (void)snprintf(cert, sizeof cert, "%s/c", dir);
    (void)snprintf(key, sizeof key, "%s/k", dir);
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey %s -nodes -keyout %s -out %s -subj /CN=x -days 1 "
                   "2>/dev/null",
                   new_key, key, cert);
    cr_assert_eq(system(command), 0, "%s", command);
    c->role = RATLS_SERVER;
    cr_assert_not_null(c->ctx = wolfSSL_CTX_new(wolfTLSv1_3_server_method()));
    /* A key that wolfSSL itself refuses to serve with is refused as well. */
    bool served =
        wolfSSL_CTX_use_certificate_file(c->ctx, cert, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS &&
        wolfSSL_CTX_use_PrivateKey_file(c->ctx, key, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS;
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    cr_assert_eq(system(command), 0);
    if (!served)
        cr_log_info("wolfSSL serves no %s", new_key);
    raw_take(&raw, &rig, RATLS_SERVER, rig.server.identity);
    rt_tls_ctx_free(raw.ctx);
    raw.ctx = c;
}

/* T65. Strong keys get past the key check, to that of the usage: openssl makes CA certificates. */
Test(conn_cert, with_a_weak_or_exotic_key_is_refused)
{
    static const struct {
        const char *key;
        bool strong;
    } table[] = {
        {"ec -pkeyopt ec_paramgen_curve:P-256", true},
        {"ec -pkeyopt ec_paramgen_curve:P-384", true},
        {"rsa:3072", true},
        {"rsa:2048", false},
        {"rsa:1024", false},
        {"ec -pkeyopt ec_paramgen_curve:P-521", false},
        {"ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", false},
        {"ec -pkeyopt ec_paramgen_curve:secp256k1", false},
        {"ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit", false},
        {"ed25519", false},
    };
    const struct side_plan lax = {.level = RATLS_LEVEL_KEY,
                                  .policy = POLICY_OF(MRTD_SERVER, "key")};

    rig_make(&rig, &lax, &usual);
    for (size_t i = 0; i < RT_COUNT(table); i++) {
        serve_with_openssl(table[i].key);
        (void)raw_shake(&raw);
        enum ratls_err e = victim_step(&raw);
        if (table[i].strong)
            cr_expect_eq(e, RATLS_E_CERT_USAGE, "%s: %s", table[i].key, ratls_err_reason(e));
        else
            cr_expect(e == RATLS_E_CERT_KEY || e == RATLS_E_TLS || e == RATLS_E_CERT_FORMAT,
                      "%s: %s", table[i].key, ratls_err_reason(e));
        raw_free(&raw);
    }
}

/* T59: more certificates than a chain may have. */
Test(conn_cert, with_an_endless_chain_is_refused)
{
    struct rt_writer chain = {0};
    struct ratls_buffer key = {0};

    rig_make(&rig, &usual, &usual);
    rt_put_bytes(&chain, ratls_identity_certificate(rig.server.identity));
    for (int i = 0; i < RT_MAX_CHAIN; i++)
        rt_put_bytes(&chain, rt_bytes_of(&ca.der));
    cr_assert_eq(ratls_identity_export_key(rig.server.identity, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), rt_written(&chain), rt_bytes_of(&key),
                                       &identity, NULL),
                 RATLS_OK);
    raw_take(&raw, &rig, RATLS_SERVER, identity);
    (void)raw_shake(&raw);
    enum ratls_err e = victim_step(&raw);
    cr_expect(e == RATLS_E_CERT_CHAIN_LENGTH || e == RATLS_E_TLS, "%s: %s", ratls_err_reason(e),
              ratls_conn_error(rig.client.conn)->detail);
    ratls_buffer_free(&key);
    rt_writer_free(&chain);
}

/* T59, T141: a large certificate comes through, two of them are more than TLS carries. */
Test(conn_cert, of_a_size_that_tls_does_not_carry_is_refused)
{
    static uint8_t quote[16 * 1024];
    struct rt_writer chain = {0};
    struct ratls_buffer key = {0};

    rig_make(&rig, &usual, &usual);
    memset(quote, 0x11, sizeof quote);
    evil = forge(&(struct forgery){.quote = ratls_bytes(quote, sizeof quote)});
    expect_refused(RATLS_SERVER, RATLS_E_EVIDENCE_UNKNOWN);
    rt_put_bytes(&chain, ratls_identity_certificate(evil.identity));
    rt_put_bytes(&chain, ratls_identity_certificate(evil.identity));
    cr_assert_eq(ratls_identity_export_key(evil.identity, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(ratls_env_system(), rt_written(&chain), rt_bytes_of(&key),
                                       &identity, NULL),
                 RATLS_OK);
    raw_take(&raw, &rig, RATLS_SERVER, identity);
    (void)raw_shake(&raw);
    enum ratls_err e = victim_step(&raw);
    cr_expect_eq(e, RATLS_E_TLS, "%s: %s", ratls_err_reason(e),
                 ratls_conn_error(rig.client.conn)->detail);
    ratls_buffer_free(&key);
    rt_writer_free(&chain);
}
