/* GPUs of a client, shown in its PROOF and judged by the server; and by trusts that come later. */
#include "conn_support.h"

static struct rig rig;
static struct ratls_trust *next;
static struct ratls_attester *gpu[2];
static char pki[] = "/tmp/ratls-conn-devices-XXXXXX";

static void setup(void)
{
    char options[128];

    cr_assert_not_null(mkdtemp(pki));
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(options, sizeof options, "pki=%s,device=%zu", pki, i);
        cr_assert_eq(ratls_attester_open(ratls_env_system(), "sim-nvidia", options, &gpu[i], NULL),
                     RATLS_OK);
    }
}

static void teardown(void)
{
    char command[128];

    ratls_trust_unref(next);
    rig_free(&rig);
    for (size_t i = 0; i < 2; i++)
        ratls_attester_close(gpu[i]);
    (void)snprintf(command, sizeof command, "rm -rf %s", pki);
    cr_assert_eq(system(command), 0);
}

TestSuite(conn_devices, .init = setup, .fini = teardown, .timeout = 120);

#define TD                                                                                         \
    "\"tdx\":{\"measurements\":[\"" MRTD_CLIENT "\"],\"tcb_status\":[\"not_evaluated\"],"          \
    "\"insecure_simulated\":true}"
#define GPU "\"nvidia\":{\"insecure_any_measurement\":true,\"insecure_simulated\":true}"
#define DUE(n, binding)                                                                            \
    "{\"tees\":{" TD "," GPU "},\"devices\":{\"nvidia\":" n "},\"binding\":\"" binding "\"}"

/* ---- both sides ---- */

static void server_trusts(const char *policy)
{
    struct ratls_trust *old = trust_now(rig.server.ctx);
    struct ratls_error err = {0};

    ratls_trust_unref(next);
    cr_assert_eq(ratls_trust_new_after(old, &next), RATLS_OK);
    ratls_trust_unref(old);
    cr_assert_eq(ratls_trust_set_policy(next, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(
                     next, ratls_attester_sim_root(rig.client.attester), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(next, ratls_attester_sim_root(gpu[0]), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_ctx_set_trust(rig.server.ctx, next, &err), RATLS_OK, "%s", err.detail);
}

struct shown {
    size_t n;
    size_t device[2];
    bool of_another; /* nonces name the other side's evidence */
    bool without_ak;
    enum ratls_level level;
};

static void add_device(struct ratls_identity *id, size_t i, const struct shown *s)
{
    const struct ratls_identity *host = s->of_another ? rig.server.identity : id;
    struct ratls_buffer evidence;
    char label[RATLS_DEVICE_LABEL_LEN];

    ratls_device_label("nvidia", (unsigned)i, label);
    cr_assert_eq(ratls_attester_evidence(gpu[s->device[i]], ratls_identity_device_report_data(host),
                                         &evidence, NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_identity_add_device(id, label, ratls_attester_media_type(gpu[0]),
                                           ratls_bytes(evidence.p, evidence.len), NULL),
                 RATLS_OK);
    ratls_buffer_free(&evidence);
}

static void client_shows(const struct shown *s)
{
    const struct ratls_identity_params params = {.without_ak = s->without_ak};
    struct ratls_buffer evidence;
    struct ratls_error err = {0};

    ratls_identity_unref(rig.client.identity);
    rig.client.identity = NULL;
    cr_assert_eq(ratls_identity_prepare(&rig.client.env, &params, &rig.client.identity, &err),
                 RATLS_OK);
    for (size_t i = 0; i < s->n; i++)
        add_device(rig.client.identity, i, s);
    cr_assert_eq(ratls_attester_evidence(rig.client.attester,
                                         ratls_identity_report_data(rig.client.identity), &evidence,
                                         &err),
                 RATLS_OK);
    cr_assert_eq(
        ratls_identity_complete(rig.client.identity, ratls_bytes(evidence.p, evidence.len), &err),
        RATLS_OK);
    ratls_buffer_free(&evidence);
    cr_assert_eq(ratls_ctx_set_identity(rig.client.ctx, rig.client.identity, &err), RATLS_OK, "%s",
                 err.detail);
}

static void make(const char *policy, const struct shown *s)
{
    const struct side_plan client = {.proof = s->level,
                                     .level = s->without_ak ? RATLS_LEVEL_KEY : 0},
                           server = {.level = s->without_ak ? RATLS_LEVEL_KEY : 0};

    rig_make_sides(&rig, &client, &server);
    server_trusts(policy);
    client_shows(s);
    rig_connect(&rig);
}

static const struct shown two = {.n = 2, .device = {0, 1}};

/* ---- handshakes ---- */

Test(conn_devices, that_are_due_are_shown)
{
    make(DUE("2", "session"), &two);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    const struct ratls_verdict *v = ratls_conn_verdict(rig.server.conn);
    cr_expect_eq(ratls_verdict_devices(v), 2);
    cr_expect_eq(ratls_verdict_devices(ratls_conn_verdict(rig.client.conn)), 0);
}

Test(conn_devices, are_shown_in_every_connection)
{
    make(DUE("2", "session"), &two);
    for (int i = 0; i < 3; i++) {
        rig_connect(&rig);
        rig_expect(&rig, RATLS_OK, RATLS_OK);
        cr_expect_eq(ratls_verdict_devices(ratls_conn_verdict(rig.server.conn)), 2);
    }
}

static struct ratls_identity *id_of_proofs;

/* The AK is elsewhere: devices come from the leaf's holder all the same. */
Test(conn_devices, are_shown_by_whoever_asks_for_his_proofs)
{
    struct ratls_buffer key;
    struct ratls_identity *leaf;
    struct ratls_proof_request req;
    uint8_t spki[32], signature[64];
    enum ratls_err c, s;

    make(DUE("2", "session"), &two);
    id_of_proofs = rig.client.identity;
    cr_assert_eq(ratls_identity_export_key(id_of_proofs, &key), RATLS_OK);
    cr_assert_eq(ratls_identity_import(&rig.client.env, ratls_identity_chain(id_of_proofs),
                                       ratls_bytes(key.p, key.len), &leaf, NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_identity_import_devices(leaf, ratls_identity_devices(id_of_proofs), NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_ctx_set_identity(rig.client.ctx, leaf, NULL), RATLS_OK);
    ratls_identity_unref(leaf);
    ratls_buffer_free(&key);
    rig_connect(&rig);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF);
    cr_assert_eq(ratls_conn_proof_request(rig.client.conn, &req, spki), RATLS_OK);
    cr_assert_eq(ratls_identity_prove(id_of_proofs, &req, signature), RATLS_OK);
    cr_assert_eq(ratls_conn_supply_proof(rig.client.conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         ratls_bytes(NULL, 0)),
                 RATLS_OK);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_verdict_devices(ratls_conn_verdict(rig.server.conn)), 2);
}

Test(conn_devices, beside_a_quote_of_the_session)
{
    const struct shown quoted = {.n = 2, .device = {0, 1}, .level = RATLS_LEVEL_QUOTE};
    struct ratls_proof_request req;
    struct ratls_buffer quote;
    uint8_t spki[32], signature[64], binder[64];
    enum ratls_err c, s;

    make(DUE("2", "quote"), &quoted);
    rig_drive(&rig, &c, &s);
    cr_assert_eq(c, RATLS_E_WANT_PROOF);
    cr_assert_eq(ratls_conn_proof_request(rig.client.conn, &req, spki), RATLS_OK);
    cr_assert_eq(ratls_identity_binder(rig.client.identity, &req, binder), RATLS_OK);
    cr_assert_eq(ratls_identity_prove(rig.client.identity, &req, signature), RATLS_OK);
    cr_assert_eq(ratls_attester_evidence(rig.client.attester, binder, &quote, NULL), RATLS_OK);
    cr_assert_eq(ratls_conn_supply_proof(rig.client.conn, RATLS_OK,
                                         ratls_bytes(signature, sizeof signature),
                                         ratls_bytes(quote.p, quote.len)),
                 RATLS_OK);
    ratls_buffer_free(&quote);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    cr_expect_eq(ratls_conn_level(rig.server.conn), RATLS_LEVEL_QUOTE);
    cr_expect_eq(ratls_verdict_devices(ratls_conn_verdict(rig.server.conn)), 2);
}

/* T31 */
static const struct {
    const char *name, *policy;
    struct shown shown;
    enum ratls_err why;
} refused[] = {
    {"none", DUE("1", "session"), {.n = 0}, RATLS_E_DEVICE_MISSING},
    {"too few", DUE("2", "session"), {.n = 1}, RATLS_E_DEVICE_MISSING},
    {"too many", DUE("1", "session"), {.n = 2, .device = {0, 1}}, RATLS_E_DEVICE_UNEXPECTED},
    {"of another host",
     DUE("2", "session"),
     {.n = 2, .device = {0, 1}, .of_another = true},
     RATLS_E_BINDING_MISMATCH},
    {"one twice", DUE("2", "session"), {.n = 2}, RATLS_E_DEVICE_DUPLICATE},
    {"level 1", DUE("1", "key"), {.without_ak = true}, RATLS_E_DEVICE_MISSING},
    {"a kind without rules", "{\"tees\":{" TD "}}", {.n = 1}, RATLS_E_TEE_NOT_ALLOWED},
};

Test(conn_devices, that_do_not_belong_here_end_the_handshake)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++) {
        enum ratls_err c, s;
        make(refused[i].policy, &refused[i].shown);
        rig_drive(&rig, &c, &s);
        cr_expect_eq(s, refused[i].why, "%s: %s: %s", refused[i].name, ratls_err_reason(s),
                     ratls_conn_error(rig.server.conn)->detail);
        cr_expect_eq(c, RATLS_E_PEER_DENIED, "%s: %s", refused[i].name, ratls_err_reason(c));
        rig_free(&rig);
    }
    make(DUE("2", "session"), &two);
}

/* ---- trusts that come later ---- */

static const struct {
    const char *policy;
    enum ratls_err why; /* of the pass by claims alone as well */
} later[] = {
    {DUE("2", "session"), RATLS_OK},
    {DUE("[0,8]", "session"), RATLS_OK},
    {DUE("3", "session"), RATLS_E_DEVICE_MISSING},
    {DUE("1", "session"), RATLS_E_DEVICE_UNEXPECTED},
    {"{\"tees\":{" TD "}}", RATLS_E_TEE_NOT_ALLOWED},
};

Test(conn_devices, are_judged_again)
{
    for (size_t i = 0; i < 2 * RT_COUNT(later); i++) {
        make(DUE("2", "session"), &two);
        rig_expect(&rig, RATLS_OK, RATLS_OK);
        server_trusts(later[i / 2].policy);
        enum ratls_err e = i % 2 ? ratls_conn_rejudge(rig.server.conn)
                                 : ratls_conn_rejudge_claims(rig.server.conn);
        cr_expect_eq(e, later[i / 2].why, "%zu: %s", i, ratls_err_reason(e));
        cr_expect_eq(ratls_verdict_devices(ratls_conn_verdict(rig.server.conn)),
                     later[i / 2].why == RATLS_E_TEE_NOT_ALLOWED ? 0 : 2, "%zu", i);
        rig_free(&rig);
    }
    make(DUE("2", "session"), &two);
}
