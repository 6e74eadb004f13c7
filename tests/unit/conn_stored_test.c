/* Trust documents under connections that live: what the pass by claims alone carries out at once,
 * and what it leaves to the full one (T54, T175). */
#include "conn.h"
#include "conn_support.h"
#include "document_support.h"
#include "mint.h"
#include "mint_crl.h"
#include "verdict.h"

static struct rig rig;
static struct ratls_trust *next;
static struct ratls_buffer ca, ca_key;

static void teardown(void)
{
    ratls_trust_unref(next);
    rig_free(&rig);
    ratls_buffer_free(&ca);
    ratls_buffer_free(&ca_key);
}

TestSuite(conn_stored, .fini = teardown, .timeout = 120);

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

#define POLICY(tdx, rest)                                                                          \
    "{\"tees\":{\"tdx\":{" tdx                                                                     \
    ",\"tcb_status\":[\"not_evaluated\"],\"insecure_simulated\":true}}" rest "}"
#define STORED POLICY("\"reference_values\":[\"web\"]", "")
#define BODY   "{\"measurements\":[\"" MRTD_CLIENT "\"]}"
#define WEB    REFVAL("web", "1", "active", BODY)

/* ---- trusts ---- */

struct plan {
    const char *policy; /* NULL: STORED */
    const char *items;  /* NULL: WEB */
    bool without_root;  /* of the client's simulator, as a file */
    struct ratls_bytes crl;
};

static void fill(struct ratls_trust *t, const struct plan *plan)
{
    char json[8192];
    struct ratls_error err = {0};

    cr_assert_lt(snprintf(json, sizeof json, DOCUMENT("%s"), plan->items ? plan->items : WEB),
                 (int)sizeof json);
    cr_assert_eq(
        ratls_trust_set_policy(t, ratls_bytes_str(plan->policy ? plan->policy : STORED), &err),
        RATLS_OK, "%s", err.detail);
    cr_assert_eq(ratls_trust_add_document(t, ratls_bytes_str(json), &err), RATLS_OK, "%s: %s", json,
                 err.detail);
    if (!plan->without_root)
        MUST(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(rig.client.attester),
                                                NULL));
    if (plan->crl.len)
        cr_assert_eq(ratls_trust_add_crl(t, "snp", plan->crl, &err), RATLS_OK, "%s", err.detail);
}

/* The server's context has it when this returns. */
static void server_trusts(const struct plan *plan)
{
    struct ratls_trust *old = trust_now(rig.server.ctx);
    struct ratls_error err = {0};

    ratls_trust_unref(next);
    MUST(ratls_trust_new_after(old, &next));
    ratls_trust_unref(old);
    fill(next, plan);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, &err), RATLS_OK, "%s", err.detail);
}

static void make_ca(void)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct rt_key *key = NULL;

    MUST(rt_key_generate(env, RT_P256, &key));
    MUST(rt_mint(env,
                 &(struct rt_mint){.subject_spki = rt_key_spki(key),
                                   .subject = {.common_name = "identity CA"},
                                   .issuer_key = key,
                                   .not_before = now - 3600,
                                   .not_after = now + 86400,
                                   .is_ca = true,
                                   .path_len = -1},
                 &ca, NULL));
    MUST(rt_key_export(key, &ca_key));
    rt_key_free(key);
}

/* A client with a name, at a server whose trust is made of the plan. */
static void open_with(const struct plan *plan)
{
    static const char *const names[] = {"a.example", NULL};

    rig_free(&rig);
    rig = (struct rig){0};
    if (!ca.p)
        make_ca();
    const struct side_plan client = {
        .san = names, .ca_cert = rt_bytes_of(&ca), .ca_key = rt_bytes_of(&ca_key)};
    const struct side_plan server = {.peer_ca = rt_bytes_of(&ca)};
    rig_make(&rig, &client, &server);
    server_trusts(plan);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_assert_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_SESSION);
}

static const struct ratls_verdict *verdict(void)
{
    return ratls_conn_verdict(rig.server.conn);
}

static bool is_behind(void)
{
    return ratls_verdict_generation(verdict()) != ratls_trust_generation(next);
}

static const struct ratls_claim *claim(const char *name)
{
    return ratls_claims_get(ratls_verdict_claims(verdict()), name);
}

/* ---- what is revoked ---- */

static const char *revoking(const char *what, const char *hex)
{
    static char items[2048];
    uint8_t value[64], digest[32];
    char name[33];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len), "%s", hex);
    MUST(rt_sha256(ratls_bytes(value, len), digest));
    rt_hex(ratls_bytes(digest, 16), name);
    (void)snprintf(items, sizeof items,
                   WEB "," ITEM("revocation", "", "%s-%s", "1", "active", "",
                                "{\"what\":\"%s\",\"value\":\"%s\"}"),
                   what, name, what, hex);
    return items;
}

static const char *hex_of(const uint8_t digest[32])
{
    static char hex[65];

    rt_hex(ratls_bytes(digest, 32), hex);
    return hex;
}

static const char *leaf(void)
{
    return revoking("key", hex_of(rt_verdict_spki_sha256(verdict())));
}

static const char *session_key(void)
{
    uint8_t digest[32];

    cr_assert_gt(ratls_verdict_ak_spki(verdict()).len, 0);
    MUST(rt_sha256(ratls_verdict_ak_spki(verdict()), digest));
    return revoking("key", hex_of(digest));
}

static const char *first_evidence_key(void)
{
    return revoking("key", claim("evidence_keys")->items[0]);
}

static const char *last_evidence_key(void)
{
    const struct ratls_claim *keys = claim("evidence_keys");

    cr_assert_gt(keys->n_items, 1);
    return revoking("key", keys->items[keys->n_items - 1]);
}

static const char *platform(void)
{
    return revoking("platform", claim("platform_id")->text);
}

static const char *measurement(void)
{
    return revoking("measurement", MRTD_CLIENT);
}

static const char *version(void)
{
    return REFVAL("web", "1", "revoked", BODY);
}

static const char *another_measurement(void)
{
    return REFVAL("web", "2", "active", "{\"measurements\":[\"" MRTD_SERVER "\"]}");
}

static const char *nothing(void)
{
    return "";
}

static const struct {
    const char *what, *(*items)(void);
    const char *policy;
    enum ratls_err why;
} refused[] = {
    {"the TLS key", leaf, NULL, RATLS_E_KEY_REVOKED},
    {"the session's AK", session_key, NULL, RATLS_E_KEY_REVOKED},
    {"the first key of the evidence", first_evidence_key, NULL, RATLS_E_KEY_REVOKED},
    {"the last key of the evidence", last_evidence_key, NULL, RATLS_E_KEY_REVOKED},
    {"the platform", platform, NULL, RATLS_E_PLATFORM_REVOKED},
    {"the measurement", measurement, NULL, RATLS_E_REFVAL_REVOKED},
    {"the version", version, NULL, RATLS_E_REFVAL_REVOKED},
    {"the version, for another", another_measurement, NULL, RATLS_E_MEASUREMENT},
    {"all there was", nothing, NULL, RATLS_E_NO_REFERENCE_VALUE},
    {"the level", NULL, POLICY("\"reference_values\":[\"web\"]", ",\"binding\":\"quote\""),
     RATLS_E_BINDING_LEVEL},
    {"the name", NULL, POLICY("\"reference_values\":[\"web\"]", ",\"peer_names\":[\"b.example\"]"),
     RATLS_E_IDENTITY_MISMATCH},
    {"simulators", NULL, "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}}}",
     RATLS_E_SIMULATED},
    {"the TEE", NULL, "{\"tees\":{\"snp\":{\"reference_values\":[\"web\"]}}}",
     RATLS_E_TEE_NOT_ALLOWED},
};

/* Also where grounds changed as well: what can be refused by claims is not put off. */
static void expect_refused(size_t i, struct ratls_bytes crl)
{
    uint8_t byte = 0;
    size_t n;

    open_with(&(struct plan){0});
    const char *items = refused[i].items ? refused[i].items() : NULL;
    server_trusts(&(struct plan){.items = items, .policy = refused[i].policy, .crl = crl});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), refused[i].why, "%s: %s",
                 refused[i].what, ratls_conn_error(rig.server.conn)->detail);
    cr_expect_eq(ratls_verdict_code(verdict()), refused[i].why, "%s", refused[i].what);
    cr_expect_not(is_behind(), "%s", refused[i].what);
    cr_expect_eq(ratls_conn_write(rig.server.conn, &byte, 1, &n), RATLS_E_STATE);
}

Test(conn_stored, what_is_trusted_no_more_is_refused_by_claims)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++)
        expect_refused(i, ratls_bytes(NULL, 0));
}

static struct ratls_buffer make_crl(void)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct ratls_buffer crl = {0};
    struct rt_key *key = NULL;
    struct rt_x509 issuer;

    MUST(rt_x509_parse(rt_bytes_of(&ca), &issuer, NULL));
    MUST(rt_key_generate(env, RT_P256, &key));
    MUST(rt_mint_crl(env,
                     &(struct rt_mint_crl){.issuer_key = key,
                                           .issuer_name = issuer.subject,
                                           .this_update = now - 60,
                                           .next_update = now + 86400,
                                           .number = 1},
                     &crl, NULL));
    rt_key_free(key);
    return crl;
}

Test(conn_stored, what_is_trusted_no_more_is_refused_by_claims_whatever_else_changed)
{
    make_ca();
    struct ratls_buffer crl = make_crl();
    for (size_t i = 0; i < RT_COUNT(refused); i++)
        expect_refused(i, rt_bytes_of(&crl));
    ratls_buffer_free(&crl);
}

/* Some other key, platform and measurement; the name it has. */
Test(conn_stored, what_is_not_the_peers_changes_nothing)
{
    const char *const name =
        POLICY("\"reference_values\":[\"web\"]", ",\"peer_names\":[\"b.example\",\"a.example\"]");

    open_with(&(struct plan){0});
    server_trusts(&(struct plan){.items = revoking("key", KEY_1)});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    server_trusts(&(struct plan){.items = revoking("platform", KEY_1)});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    server_trusts(&(struct plan){.items = revoking("measurement", MRTD_SERVER)});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    server_trusts(&(struct plan){.policy = name});
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect_not(is_behind());
    cr_expect_eq(claim("binding.level")->number, RATLS_LEVEL_SESSION);
    cr_expect_eq(claim("baseline.version")->number, 1);
}

/* ---- what proofs rest on ---- */

static void expect_left_to_the_full_pass(const struct plan *plan, enum ratls_err why)
{
    server_trusts(plan);
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_OK);
    cr_expect(is_behind());
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), why);
    cr_expect_not(is_behind());
}

static const char *anchored(const char *state, int64_t not_after)
{
    static char items[8000];
    struct ratls_buffer pem = {0}, text = {0};
    struct rt_writer w = {0};

    MUST(rt_pem_write("CERTIFICATE", ratls_attester_sim_root(rig.client.attester), &pem));
    for (size_t i = 0; i < pem.len; i++)
        if (pem.p[i] == '\n')
            rt_put_bytes(&w, ratls_bytes_str("\\n"));
        else
            rt_put_u8(&w, pem.p[i]);
    MUST(rt_writer_take(&w, &text));
    (void)snprintf(items, sizeof items,
                   WEB "," ITEM("anchor", "tdx", "insecure_a", "1", "%s", ",\"not_after\":%lld",
                                "{\"type\":\"insecure_sim_root\",\"pem\":\"%.*s\"}"),
                   state, (long long)not_after, (int)text.len, (const char *)text.p);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&text);
    return items;
}

Test(conn_stored, a_root_that_left_is_found_by_the_full_pass)
{
    open_with(&(struct plan){0});
    expect_left_to_the_full_pass(&(struct plan){.without_root = true}, RATLS_E_EVIDENCE_ROOT);
}

/* A root that only a document has. */
static void open_anchored(int64_t not_after)
{
    open_with(&(struct plan){0});
    server_trusts(&(struct plan){.items = anchored("active", not_after), .without_root = true});
    MUST(ratls_conn_rejudge(rig.server.conn));
}

Test(conn_stored, an_anchor_that_is_revoked_is_found_by_the_full_pass)
{
    open_anchored(0);
    expect_left_to_the_full_pass(
        &(struct plan){.items = anchored("revoked", 0), .without_root = true},
        RATLS_E_EVIDENCE_ROOT);
}

Test(conn_stored, an_anchor_with_an_earlier_end_is_found_by_the_full_pass)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t end = env->now(env->arg) + 60;

    open_anchored(0);
    expect_left_to_the_full_pass(
        &(struct plan){.items = anchored("active", end), .without_root = true}, RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(verdict()), end);
}

Test(conn_stored, an_anchor_that_has_ended_is_no_ground_for_claims)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t end = env->now(env->arg) + 60;

    open_anchored(end);
    cr_expect_eq(ratls_verdict_expires(verdict()), end);
    MUST(ratls_conn_rejudge_claims(rig.server.conn));
    rig.server.clocks.wall_offset = 62;
    cr_expect_eq(ratls_conn_rejudge_claims(rig.server.conn), RATLS_E_EVIDENCE_ROOT);
}

Test(conn_stored, a_crl_that_was_added_is_for_the_full_pass)
{
    open_with(&(struct plan){0});
    struct ratls_buffer crl = make_crl();
    expect_left_to_the_full_pass(&(struct plan){.crl = rt_bytes_of(&crl)}, RATLS_OK);
    ratls_buffer_free(&crl);
}

/* ---- T53 ---- */

Test(conn_stored, what_is_revoked_between_appraisal_and_open_opens_nothing)
{
    open_with(&(struct plan){0});
    rig_connect(&rig);
    rig.client.end.stutter = true;
    for (int i = 0; !rig.server.conn->verdict; i++) {
        cr_assert_lt(i, 100);
        cr_assert(ratls_err_is_want(ratls_conn_handshake(rig.client.conn)));
        if (!rig.server.conn->verdict)
            cr_assert(ratls_err_is_want(ratls_conn_handshake(rig.server.conn)));
    }
    cr_assert_eq(rig.server.conn->phase, RT_PHASE_FRAMES);
    server_trusts(&(struct plan){
        .items = revoking("key", hex_of(rt_verdict_spki_sha256(rig.server.conn->verdict)))});
    rig.client.end.stutter = false;
    rig_expect(&rig, RATLS_E_PEER_DENIED, RATLS_E_KEY_REVOKED);
    cr_expect_not(is_behind());
}
