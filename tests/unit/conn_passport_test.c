/* Passports (RFC 9334 s.5.1): two TEEs of different kinds that know one issuer and nothing of each
 * other's hardware, and those who come with the passports of others. */
#include "conn_raw.h"
#include "passport_support.h"

static struct rig rig;
static struct raw raw;
static struct issuer issuer, stranger;
static struct forged evil;
static struct ratls_identity *stolen;
static struct ratls_trust *next;
static struct ratls_buffer token;   /* the client's */
static struct ratls_claims *of_gpu; /* that the issuer saw beside a TDX; NULL: none */

static void setup(void)
{
    issuer_make(&issuer);
    issuer_make(&stranger);
}

static void teardown(void)
{
    raw_free(&raw);
    forged_free(&evil);
    ratls_identity_unref(stolen);
    ratls_trust_unref(next);
    rig_free(&rig);
    ratls_buffer_free(&token);
    issuer_free(&issuer);
    issuer_free(&stranger);
    ratls_claims_free(of_gpu);
}

TestSuite(conn_passport, .init = setup, .fini = teardown, .timeout = 60);

/* ---- the issuer's work ---- */

#define ANY(status)                                                                                \
    "{\"insecure_any_measurement\":true,\"tcb_status\":[\"" status "\"],"                          \
    "\"insecure_simulated\":true}"
#define APPRAISES "{\"tees\":{\"tdx\":" ANY("not_evaluated") ",\"sgx\":" ANY("not_evaluated") "}}"

static struct ratls_verdict *appraised(const struct side *s)
{
    struct ratls_trust *t = NULL;
    struct ratls_verdict *v = NULL;

    cr_assert_eq(ratls_trust_new(&s->env, &t), RATLS_OK);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(APPRAISES), NULL), RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(s->attester), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_no_crl(t, NULL), RATLS_OK);
    const struct ratls_appraisal what = {.subject = ratls_identity_certificate(s->identity),
                                         .now = s->env.now(s->env.arg)};
    cr_assert_eq(ratls_appraise(t, &what, &v), RATLS_OK, "%s", ratls_verdict_detail(v));
    ratls_trust_unref(t);
    return v;
}

static void see_gpu(struct ratls_ear_subject *s)
{
    if (!of_gpu || strcmp(s->tee, "tdx") != 0)
        return;
    s->device[0] = (struct ratls_ear_device){
        .label = "gpu0", .kind = "nvidia", .simulated = true, .claims = of_gpu};
    s->n_devices = 1;
}

/* New. */
static struct ratls_buffer passport_of(const struct side *s)
{
    struct ratls_verdict *v = appraised(s);
    struct ratls_buffer spki = {0}, json = {0};
    struct ratls_error err = {0};
    uint8_t sha256[32];

    cr_assert_eq(
        ratls_certificate_key(ratls_identity_certificate(s->identity), &spki, sha256, NULL),
        RATLS_OK);
    const struct ratls_ear what = {.iss = ISS,
                                   .aud = AUD,
                                   .lifetime_s = 600,
                                   .spki = rt_bytes_of(&spki),
                                   .level = RATLS_LEVEL_KEY,
                                   .raw_claims = true};
    struct ratls_ear_subject subject;
    ratls_ear_subject_of(v, &subject);
    see_gpu(&subject);
    cr_assert_eq(ratls_ear_payload_of(&s->env, &subject, &what, &json, &err), RATLS_OK, "%s",
                 err.detail);
    struct ratls_buffer out = issuer_sign(&issuer, RATLS_EAR_TYP, rt_bytes_of(&json));
    ratls_buffer_free(&json);
    ratls_buffer_free(&spki);
    ratls_verdict_unref(v);
    return out;
}

/* ---- two sides ---- */

#define OF_TDX(binding) POLICY_OF(MRTD_CLIENT, binding)
#define OF_SGX          "{\"tees\":{\"sgx\":" ANY("not_evaluated") "}}"

static void travel(struct side *s, struct ratls_bytes with)
{
    struct ratls_identity *id = NULL;
    struct ratls_error err = {0};

    cr_assert_eq(ratls_identity_with_passport(s->identity, with, &id, &err), RATLS_OK, "%s",
                 err.detail);
    ratls_identity_unref(s->identity);
    s->identity = id;
}

/* No root of anybody's hardware: the issuer is all that is known. */
static struct ratls_trust *trusting(const struct side *s, const char *policy)
{
    struct ratls_trust *t = NULL;
    struct ratls_error err = {0};

    cr_assert_eq(ratls_trust_new(&s->env, &t), RATLS_OK);
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    return t;
}

static void make_with(const struct side_plan *client, const struct side_plan *server)
{
    struct ratls_error err = {0};
    struct ratls_buffer of_server;

    rig = (struct rig){0};
    side_open(&rig.client, client, MRTD_CLIENT);
    side_open(&rig.server, server, NULL);
    token = passport_of(&rig.client);
    of_server = passport_of(&rig.server);
    travel(&rig.client, rt_bytes_of(&token));
    travel(&rig.server, rt_bytes_of(&of_server));
    ratls_buffer_free(&of_server);
    rig.client.trust = trusting(&rig.client, OF_SGX);
    rig.server.trust = trusting(&rig.server, server->policy ? server->policy : OF_TDX("session"));
    issuer_believe(&issuer, rig.client.trust);
    issuer_believe(&issuer, rig.server.trust);
    cr_assert_eq(side_context(&rig.client, client, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(side_context(&rig.server, server, &err), RATLS_OK, "%s", err.detail);
    rig_connect(&rig);
}

static const struct side_plan usual = {.for_passport = true};

static void make(const char *server_policy)
{
    const struct side_plan server = {
        .attester = "sim-sgx", .for_passport = true, .policy = server_policy};

    make_with(&usual, &server);
}

static const char *text_of(const struct ratls_conn *c, const char *name)
{
    const struct ratls_claim *claim =
        ratls_claims_get(ratls_verdict_claims(ratls_conn_verdict(c)), name);

    return claim && claim->type == RATLS_CLAIM_TEXT ? claim->text : "";
}

Test(conn_passport, different_tees_authenticate_each_other)
{
    make(NULL);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_pass(&rig.client, &rig.server, "there");
    rig_pass(&rig.server, &rig.client, "and back");
    const struct ratls_verdict *of_client = ratls_conn_verdict(rig.server.conn);
    cr_expect_str_eq(ratls_verdict_tee(of_client), "tdx");
    cr_expect_str_eq(ratls_verdict_tee(ratls_conn_verdict(rig.client.conn)), "sgx");
    cr_expect_str_eq(ratls_verdict_measurement(of_client), MRTD_CLIENT);
    cr_expect_str_eq(text_of(rig.server.conn, "appraiser"), ISS);
    cr_expect_str_eq(text_of(rig.client.conn, "appraiser_key"), ratls_jwt_key_id(issuer.key));
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
    cr_expect_eq(ratls_conn_level(rig.client.conn), RATLS_LEVEL_SESSION);
    cr_expect_str_eq(ratls_verdict_tier(of_client), "none", "simulated: never affirming");
    cr_expect_leq(ratls_verdict_expires(of_client), rig.server.env.now(rig.server.env.arg) + 600);
}

Test(conn_passport, is_refused_where_nobody_said_that_simulated_tees_are_good)
{
    make("{\"tees\":{\"tdx\":{\"measurements\":[\"" MRTD_CLIENT
         "\"],\"tcb_status\":[\"not_evaluated\"]}}}");
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_SIMULATED);
}

Test(conn_passport, of_one_tee_is_refused_where_another_is_due)
{
    make(OF_SGX);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_TEE_NOT_ALLOWED);
}

Test(conn_passport, is_refused_where_no_issuer_is_trusted)
{
    struct ratls_error err = {0};

    make(NULL);
    next = trusting(&rig.server, OF_TDX("session"));
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, &err), RATLS_OK, "%s", err.detail);
    rig_connect(&rig);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_EVIDENCE_UNKNOWN);
}

Test(conn_passport, is_over_when_the_token_is)
{
    make(NULL);
    rig.server.clocks.wall_offset = 600;
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_TOKEN_EXPIRED);
}

/* ---- levels ---- */

Test(conn_passport, without_an_attestation_key_reaches_the_first_level)
{
    const struct side_plan client = {.for_passport = true, .without_ak = true};
    const struct side_plan server = {.attester = "sim-sgx",
                                     .for_passport = true,
                                     .policy = OF_TDX("key"),
                                     .level = RATLS_LEVEL_KEY};

    make_with(&client, &server);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_KEY);
}

Test(conn_passport, without_an_attestation_key_is_too_little_for_the_second_level)
{
    const struct side_plan client = {.for_passport = true, .without_ak = true};
    const struct side_plan server = {.attester = "sim-sgx", .for_passport = true};
    enum ratls_err c, s;

    make_with(&client, &server);
    rig_drive(&rig, &c, &s);
    cr_expect_eq(s, RATLS_E_BINDING_LEVEL, "%s", ratls_err_reason(s));
    cr_expect_neq(c, RATLS_OK);
}

/* T183: the first level is enough, HELLO says "highest 1", and the issuer names a key. */
Test(conn_passport, that_names_an_attestation_key_owes_its_proof)
{
    const struct side_plan server = {.attester = "sim-sgx",
                                     .for_passport = true,
                                     .policy = OF_TDX("key"),
                                     .level = RATLS_LEVEL_KEY};

    make_with(&usual, &server);
    stolen = stolen_leaf(rig.client.identity);
    cr_expect(ratls_identity_names_ak(stolen));
    raw_take(&raw, &rig, RATLS_CLIENT, stolen);
    raw_meet(&raw);
    raw_hello(&raw, 1, 1);
    raw_expect(&raw, RATLS_E_BINDING_LEVEL);
    raw_expect_denial(&raw, RATLS_CLASS_LEVEL);
}

/* Certificate, passport and TLS key are stolen, the attestation key is not. */
Test(conn_passport, is_proven_by_the_key_that_it_names_alone)
{
    uint8_t spki[32], signature[64] = {1};
    struct ratls_proof_request req;
    enum ratls_err c, s;

    make(NULL);
    stolen = stolen_leaf(rig.client.identity);
    cr_assert_eq(ratls_ctx_set_identity(rig.client.ctx, stolen, NULL), RATLS_OK);
    rig_connect(&rig);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF);
    cr_assert_eq(ratls_conn_proof_request(rig.client.conn, &req, spki), RATLS_OK);
    cr_assert_eq(ratls_identity_prove(rig.server.identity, &req, signature), RATLS_OK);
    cr_assert_eq(ratls_conn_supply_proof(rig.client.conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         ratls_bytes(NULL, 0)),
                 RATLS_OK);
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_PROOF_SIGNATURE);
}

/* ---- passports of others ---- */

static void come_with(struct ratls_bytes passport)
{
    const struct forgery plan = {.passport = passport};

    evil = forge(&plan);
    raw_take(&raw, &rig, RATLS_CLIENT, evil.identity);
    raw_meet(&raw);
    cr_expect_eq(victim_step(&raw), RATLS_E_WANT_READ); /* DENY waits for the peer's HELLO */
    raw_hello(&raw, 2, 2);
}

/* T39 */
Test(conn_passport, that_was_stolen_is_refused_on_another_key)
{
    make(NULL);
    come_with(rt_bytes_of(&token));
    raw_expect(&raw, RATLS_E_TOKEN_BINDING);
    raw_expect_denial(&raw, RATLS_CLASS_ATTESTATION);
}

/* A5: as a mirror. */
Test(conn_passport, of_this_side_is_refused)
{
    const struct side_plan tdx = {.attester = "sim-sgx", .for_passport = true};
    struct ratls_buffer own;

    make_with(&usual, &tdx);
    struct rt_x509 cert;
    struct rt_cert_evidence ev;
    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(rig.server.identity), &cert, NULL),
                 RATLS_OK);
    cr_assert_eq(rt_cert_evidence(&cert, &ev, NULL), RATLS_OK);
    cr_assert_eq(rt_passport_token(&ev, &own, NULL), RATLS_OK);
    come_with(rt_bytes_of(&own));
    raw_expect(&raw, RATLS_E_REFLECTION);
    ratls_buffer_free(&own);
}

/* ---- trust that changes under open connections ---- */

static void server_trusts_by(const struct issuer *whom, const char *policy)
{
    struct rt_standard old = rt_ctx_standard(rig.server.ctx);

    ratls_trust_unref(next);
    cr_assert_eq(ratls_trust_new_after(old.trust, &next), RATLS_OK);
    rt_standard_unref(&old);
    cr_assert_eq(ratls_trust_set_policy(next, ratls_bytes_str(policy), NULL), RATLS_OK);
    if (whom)
        issuer_believe(whom, next);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, NULL), RATLS_OK);
}

static void server_trusts(const struct issuer *whom)
{
    server_trusts_by(whom, OF_TDX("session"));
}

Test(conn_passport, goes_on_under_the_same_issuers)
{
    make(NULL);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    server_trusts(&issuer);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_verdict_generation(ratls_conn_verdict(rig.server.conn)), 2);
    server_trusts(&issuer);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    rig_pass(&rig.client, &rig.server, "goes on");
}

/* Claims alone do not say who is believed: that takes the other pass, as it does for roots. */
Test(conn_passport, ends_when_its_issuer_is_not_trusted_any_more)
{
    make(NULL);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    server_trusts(NULL);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_EVIDENCE_UNKNOWN);
    cr_expect_not(ratls_verdict_allowed(ratls_conn_verdict(rig.server.conn)));
}

Test(conn_passport, ends_when_the_key_of_its_issuer_is_replaced)
{
    make(NULL);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    server_trusts(&stranger);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_E_TOKEN_KEY);
}

/* ---- devices ---- */

#define WITH_GPUS(n)                                                                               \
    "{\"tees\":{\"tdx\":" ANY("not_evaluated") ",\"nvidia\":" ANY(                                 \
        "unrated") "},\"devices\":{\"nvidia\":" n "}}"

static size_t gpus(void)
{
    return ratls_verdict_devices(ratls_conn_verdict(rig.server.conn));
}

static void make_with_gpu(const char *policy)
{
    of_gpu = ratls_claims_new();
    ratls_claims_set_text(of_gpu, "tcb_status", "unrated");
    ratls_claims_set_bool(of_gpu, "debug", false);
    ratls_claims_set_bool(of_gpu, "simulated", true);
    ratls_claims_add_item(of_gpu, "device_ids", "a");
    make(policy);
}

Test(conn_passport, tells_of_devices_that_are_judged_again_with_it)
{
    make_with_gpu(WITH_GPUS("1"));
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(gpus(), 1);
    server_trusts_by(&issuer, WITH_GPUS("1"));
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_eq(gpus(), 1);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    cr_expect_eq(gpus(), 1);
    rig_pass(&rig.client, &rig.server, "goes on");
    server_trusts_by(&issuer, WITH_GPUS("2"));
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_DEVICE_MISSING);
}

Test(conn_passport, without_the_devices_that_are_due_is_refused)
{
    make(WITH_GPUS("1"));
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_DEVICE_MISSING);
}

Test(conn_passport, with_a_device_that_is_not_wanted_is_refused)
{
    make_with_gpu(WITH_GPUS("0"));
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_DEVICE_UNEXPECTED);
}
