/* What trust documents do to appraisals: stored reference values, and revocations before all
 * policy. */
#define RUNS 2000
#include "alloc_support.h"
#include "appraise_support.h"

#include <pthread.h>

#include "document_support.h"
#include "trust.h"
#include "verdict.h"

TestSuite(appraise_stored, .init = setup, .fini = teardown);

#define KEY_2  HEX_64("2")
#define STORED "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}}}"

static void use(const char *policy, const char *document)
{
    struct ratls_error err = {0};

    ratls_trust_unref(trust);
    trust = trust_with(policy);
    cr_assert_eq(ratls_trust_add_document(trust, ratls_bytes_str(document), &err), RATLS_OK,
                 "%s: %s", document, err.detail);
}

/* A document that revokes this value. */
static const char *revoking(const char *tee, const char *what, const char *hex)
{
    static char json[1024];
    uint8_t value[64], digest[32];
    char name[33];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    MUST(rt_sha256(ratls_bytes(value, len), digest));
    rt_hex(ratls_bytes(digest, 16), name);
    (void)snprintf(json, sizeof json,
                   DOCUMENT(ITEM("revocation", "%s", "%s-%s", "1", "active", "",
                                 "{\"what\":\"%s\",\"value\":\"%s\"}")),
                   tee, what, name, what, hex);
    return json;
}

static const char *revoking_bytes(const char *what, struct ratls_bytes spki)
{
    uint8_t digest[32];
    char hex[65];

    MUST(rt_sha256(spki, digest));
    rt_hex(ratls_bytes(digest, sizeof digest), hex);
    return revoking("", what, hex);
}

/* ---- reference values ---- */

Test(appraise_stored, allows_by_reference_values_and_names_them)
{
    struct peer p;
    struct ratls_verdict *v = NULL;
    struct ratls_buffer json = {0};

    use(STORED, DOCUMENT(ITEM("refval", "tdx", "web", "3", "active", ",\"not_after\":1750000060",
                              LISTS(M_AB))));
    make_peer(&(struct plan){0}, &p);
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    cr_assert_eq(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v),
                 RATLS_OK, "%s", ratls_verdict_detail(v));
    cr_expect_eq(ratls_verdict_expires(v), NOW + 60, "nobody is believed longer than the version");
    cr_expect_str_eq(ratls_claims_get(ratls_verdict_claims(v), "baseline.name")->text, "web");
    MUST(ratls_verdict_json(v, &json));
    cr_expect(strstr((char *)json.p, "\"baseline\":{\"id\":\"web\",\"version\":3}"));
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
    v = NULL;
    cr_expect_eq(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW + 61, &v),
                 RATLS_E_REFVAL_EXPIRED);
    MUST(ratls_verdict_json(v, &json));
    cr_expect(strstr((char *)json.p, "\"baseline\":null"));
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
    free_peer(&p);
}

/* T144: what the evidence says of itself is no reference value. */
Test(appraise_stored, takes_reference_values_from_documents_alone)
{
    use(STORED, DOCUMENT(""));
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_NO_REFERENCE_VALUE);
    use(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB))));
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_OK);
    fake.own_claim = "baseline.version";
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_VERIFIER_FAULT);
    fake.own_claim = "baseline.name";
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_VERIFIER_FAULT);
}

/* T45, T54: the same evidence by another trust; nothing of the first verdict is remembered. */
Test(appraise_stored, judges_the_same_evidence_by_each_trust_anew)
{
    struct peer p;

    make_peer(&(struct plan){0}, &p);
    use(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB))));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK);
    use(STORED, DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_AB)) "," REFVAL("web", "2", "active",
                                                                               LISTS(M_B))));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_REFVAL_REVOKED);
    use(STORED, DOCUMENT(ITEM("refval", "snp", "web", "1", "active", "", LISTS(M_AB))));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_NO_REFERENCE_VALUE);
    use(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB))));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK);
    free_peer(&p);
}

/* ---- revoked keys ---- */

Test(appraise_stored, denies_the_keys_of_a_certificate_that_are_revoked)
{
    struct peer p;
    const struct rt_cert_rules authentic = {.authenticity_only = true};

    fake.key = KEY_2;
    make_peer(&(struct plan){0}, &p);
    use(POLICY(""), revoking_bytes("key", rt_key_spki(p.tls)));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_KEY_REVOKED);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &authentic), RATLS_E_KEY_REVOKED);
    use(POLICY(""), revoking_bytes("key", rt_key_spki(p.ak)));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_E_KEY_REVOKED);
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &authentic), RATLS_E_KEY_REVOKED);
    use(POLICY(""), revoking("", "key", KEY_1));
    cr_expect_eq(judge(rt_bytes_of(&p.cert), &any_role), RATLS_OK, "some other key");
    free_peer(&p);
}

/* The key of evidence, by the TEE that the revocation names; `key` NULL: the verifier is silent. */
static const struct {
    const char *tee, *revoked, *key;
    enum ratls_err expected;
} keys[] = {
    {"", KEY_1, KEY_1, RATLS_E_KEY_REVOKED},  {"tdx", KEY_1, KEY_1, RATLS_E_KEY_REVOKED},
    {"snp", KEY_1, KEY_1, RATLS_OK},          {"", KEY_1, KEY_2, RATLS_OK},
    {"", KEY_1, NULL, RATLS_E_KEY_REVOKED},   {"tdx", KEY_1, NULL, RATLS_E_KEY_REVOKED},
    {"snp", KEY_1, NULL, RATLS_OK},           {"", KEY_1, "", RATLS_E_KEY_REVOKED},
    {"", KEY_1, "2222", RATLS_E_KEY_REVOKED},
};

Test(appraise_stored, denies_evidence_that_rests_on_a_revoked_key)
{
    struct ratls_buffer evidence = fake_evidence("FAKE", (const uint8_t[64]){1}, 0xab, 7);
    const struct ratls_bytes subject = rt_bytes_of(&evidence);

    for (size_t i = 0; i < RT_COUNT(keys); i++) {
        fake.key = keys[i].key;
        use(POLICY(""), revoking(keys[i].tee, "key", keys[i].revoked));
        cr_expect_eq(ask((struct ratls_appraisal){.subject = subject}), keys[i].expected, "row %zu",
                     i);
        cr_expect_eq(ask((struct ratls_appraisal){.subject = subject, .authenticity_only = true}),
                     keys[i].expected, "row %zu", i);
    }
    fake.key = KEY_1;
    use(NULL, revoking("", "key", KEY_1));
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject}), RATLS_E_KEY_REVOKED,
                 "before any policy");
    ratls_buffer_free(&evidence);
}

static enum ratls_err judge_quote(const char *key)
{
    uint8_t binder[64] = {9};
    struct ratls_buffer quote = fake_evidence("FAKE", binder, 0xab, 7), cmw = {0};
    struct ratls_verdict *of = rt_verdict_new(), *v = NULL;
    const struct rt_quote_rules rules = {.report_data = binder, .of = of};

    (void)snprintf(of->tee, sizeof of->tee, "tdx");
    (void)ratls_claims_set_text(of->claims, "measurement", M_AB);
    (void)ratls_claims_set_text(of->claims, "platform_id", "07");
    MUST(rt_cmw_write("application/vnd.ratls.tdx", rt_bytes_of(&quote), &cmw));
    fake.key = key;
    enum ratls_err e = rt_appraise_quote(trust, rt_bytes_of(&cmw), &rules, NOW, &v);
    ratls_verdict_unref(v);
    ratls_verdict_unref(of);
    ratls_buffer_free(&quote);
    ratls_buffer_free(&cmw);
    return e;
}

Test(appraise_stored, denies_quotes_of_a_session_under_a_revoked_key)
{
    use(POLICY(""), revoking("tdx", "key", KEY_1));
    cr_expect_eq(judge_quote(KEY_2), RATLS_OK);
    cr_expect_eq(judge_quote(KEY_1), RATLS_E_KEY_REVOKED);
    cr_expect_eq(judge_quote(NULL), RATLS_E_KEY_REVOKED);
}

static enum ratls_err endorse(const struct ratls_verify_input *input, struct ratls_claims *claims,
                              struct ratls_error *err)
{
    (void)input;
    (void)err;
    (void)ratls_claims_set_bool(claims, "simulated", false);
    if (fake.key)
        (void)ratls_claims_add_item(claims, "evidence_keys", fake.key);
    return ratls_claims_status(claims);
}

Test(appraise_stored, denies_a_vendors_certificates_with_a_revoked_key)
{
    const struct ratls_appraisal what = {
        .tee = "tdx", .authenticity_only = true, .certs = ratls_bytes_str("x")};

    rt_verifier_tdx.endorsements = endorse;
    use(NULL, revoking("tdx", "key", KEY_1));
    fake.key = KEY_2;
    cr_expect_eq(ask(what), RATLS_OK);
    fake.key = KEY_1;
    cr_expect_eq(ask(what), RATLS_E_KEY_REVOKED);
    fake.key = NULL;
    cr_expect_eq(ask(what), RATLS_E_KEY_REVOKED);
}

/* ---- revoked platforms and measurements ---- */

/* Evidence of this platform byte; 0: of none. */
static enum ratls_err judge_platform(uint8_t platform, bool authenticity_only)
{
    struct ratls_buffer evidence = fake_evidence("FAKE", (const uint8_t[64]){1}, 0xab, platform);
    enum ratls_err e = ask((struct ratls_appraisal){.subject = rt_bytes_of(&evidence),
                                                    .authenticity_only = authenticity_only});

    ratls_buffer_free(&evidence);
    return e;
}

/* T63: the same measurement on a machine that is not to be trusted any more. */
Test(appraise_stored, denies_a_revoked_platform_before_any_policy)
{
    use(POLICY(""), revoking("", "platform", "0707070707070707"));
    cr_expect_eq(judge_platform(7, false), RATLS_OK, "07 is another platform");
    fake.platform_id = "0707070707070707";
    cr_expect_eq(judge_platform(7, false), RATLS_E_PLATFORM_REVOKED);
    cr_expect_eq(judge_platform(7, true), RATLS_OK, "genuine it is");
    fake.platform_id = "0707070707070708";
    cr_expect_eq(judge_platform(7, false), RATLS_OK);
    fake.platform_id = NULL;
    cr_expect_eq(judge_platform(0, false), RATLS_E_PLATFORM_REVOKED, "it may be the revoked one");
    use(POLICY(""), revoking("snp", "platform", "0707070707070707"));
    cr_expect_eq(judge_platform(0, false), RATLS_OK, "no platform of this TEE is revoked");
    fake.platform_id = "0707070707070707";
    cr_expect_eq(judge_platform(7, false), RATLS_OK);
    use(NULL, revoking("tdx", "platform", "0707070707070707"));
    cr_expect_eq(judge_platform(7, false), RATLS_E_PLATFORM_REVOKED, "before any policy");
}

Test(appraise_stored, denies_a_revoked_measurement_before_any_policy)
{
    use(POLICY(""), revoking("tdx", "measurement", M_AB));
    cr_expect_eq(judge_platform(7, false), RATLS_E_REFVAL_REVOKED);
    cr_expect_eq(judge_platform(7, true), RATLS_OK);
    use(NULL, revoking("", "measurement", M_AB));
    cr_expect_eq(judge_platform(7, false), RATLS_E_REFVAL_REVOKED);
    use(POLICY(""), revoking("snp", "measurement", M_AB));
    cr_expect_eq(judge_platform(7, false), RATLS_OK);
    use(POLICY(""), revoking("", "measurement", M_B));
    cr_expect_eq(judge_platform(7, false), RATLS_OK);
    use(STORED, revoking("", "measurement", M_AB));
    MUST(ratls_trust_add_document(
        trust, ratls_bytes_str(DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB)))), NULL));
    cr_expect_eq(judge_platform(7, false), RATLS_E_REFVAL_REVOKED, "however it is listed");
}

/* ---- stored policies ---- */

#define POLICY_ITEM(version, state, body) ITEM("policy", "", "p", version, state, "", body)

Test(appraise_stored, uses_a_stored_policy_by_name)
{
    struct ratls_error err = {0};

    use(NULL, DOCUMENT(POLICY_ITEM("1", "active", STORED) "," POLICY_ITEM(
                  "2", "draft", "{\"tees\":{}}") "," REFVAL("web", "1", "active", LISTS(M_AB))));
    cr_expect_eq(ratls_trust_use_policy(trust, "q", NULL, &err), RATLS_E_NOT_FOUND);
    cr_expect(strstr(err.detail, "'q'"), "%s", err.detail);
    cr_expect_null(rt_trust_policy(trust));
    MUST(ratls_trust_use_policy(trust, "p", NULL, NULL));
    cr_expect_eq(judge_platform(7, false), RATLS_OK);
    cr_expect_eq(ratls_trust_use_policy(trust, "p", NULL, NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_add_document(trust, ratls_bytes_str(DOCUMENT("")), NULL),
                 RATLS_E_STATE);
}

/* ---- what is said when it is loaded (T47) ---- */

static char logged[4096];

static void remember(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    cr_expect_eq(level, RATLS_LOG_WARNING);
    (void)snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", line);
}

/* What is logged while a trust is filled and comes into use. */
static const char *log_of(const char *policy, const char *document)
{
    struct ratls_env env = *ratls_env_system();
    struct ratls_trust *t = NULL;

    env.log = remember;
    logged[0] = 0;
    MUST(ratls_trust_new(&env, &t));
    MUST(policy ? ratls_trust_set_policy(t, ratls_bytes_str(policy), NULL)
                : ratls_trust_use_default_policy(t, NULL));
    if (document)
        MUST(ratls_trust_add_document(t, ratls_bytes_str(document), NULL));
    rt_trust_freeze(t);
    rt_trust_freeze(t);
    ratls_trust_unref(t);
    return logged;
}

#define EMPTY "trust: the document holds no item, it allows nobody\n"
#define NOBODY                                                                                     \
    "trust: the policy goes by stored reference values and there are none, everybody is denied\n"

#define SETS_AND(tee) "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}," tee "}}"

Test(appraise_stored, warns_when_nobody_can_be_allowed)
{
    cr_expect_str_eq(log_of(STORED, DOCUMENT("")), EMPTY NOBODY);
    cr_expect_str_eq(log_of(STORED, NULL), NOBODY);
    cr_expect_str_eq(log_of(NULL, DOCUMENT("")), EMPTY NOBODY);
    cr_expect_str_eq(log_of(NULL, NULL), "", "its verdicts say so");
    cr_expect_str_eq(log_of(STORED, DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_B)))), NOBODY);
    cr_expect_str_eq(log_of(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_B)))), "");
    cr_expect_str_eq(log_of(POLICY(""), DOCUMENT("")), EMPTY);
    /* another TEE can be allowed, but not one that needs both */
    cr_expect_str_eq(log_of(SETS_AND("\"snp\":{\"measurements\":[\"" M_B "\"]}"), NULL), "");
    cr_expect_str_eq(log_of(SETS_AND("\"snp\":{\"insecure_any_measurement\":true}"), NULL),
                     "policy: insecure_any_measurement is set for snp\n");
    cr_expect_str_eq(log_of(SETS_AND("\"snp\":{\"measurements\":[\"" M_B "\"],"
                                     "\"reference_values\":[\"web\"]}"),
                            NULL),
                     NOBODY);
    cr_expect(strstr(log_of("{\"tees\":{}}", DOCUMENT("")), "no reference value is listed"));
}

/* ---- many threads, one trust ---- */

static void *judge_often(void *arg)
{
    const struct ratls_bytes *evidence = arg;
    struct ratls_appraisal what = {.subject = *evidence, .now = NOW};
    size_t allowed = 0;

    for (int i = 0; i < 200; i++) {
        struct ratls_verdict *v = NULL;
        allowed += ratls_appraise(trust, &what, &v) == RATLS_OK;
        ratls_verdict_unref(v);
    }
    return (void *)allowed;
}

Test(appraise_stored, is_shared_by_threads)
{
    struct ratls_buffer evidence = fake_evidence("FAKE", (const uint8_t[64]){1}, 0xab, 7);
    struct ratls_bytes bytes = rt_bytes_of(&evidence);
    pthread_t threads[4];
    void *allowed;

    use(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB)) "," REVOKE("", REVOKED_KEY,
                                                                              "key", KEY_1)));
    fake.key = KEY_2;
    for (size_t i = 0; i < RT_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, judge_often, &bytes), 0);
    for (size_t i = 0; i < RT_COUNT(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], &allowed), 0);
        cr_expect_eq((size_t)allowed, 200);
    }
    ratls_buffer_free(&evidence);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static struct ratls_buffer shown;

static enum ratls_err appraise_once(void)
{
    struct ratls_appraisal what = {.subject = rt_bytes_of(&shown), .now = NOW};
    struct ratls_verdict *v = NULL;

    armed = true;
    enum ratls_err e = ratls_appraise(trust, &what, &v);
    ratls_verdict_unref(v);
    armed = false;
    return e;
}

static bool allow_once(void)
{
    const enum ratls_err e = appraise_once();

    cr_expect(e == RATLS_OK || rt_is_own_failure(e) || e == RATLS_E_VERIFIER_FAULT, "%s",
              ratls_err_reason(e));
    return e == RATLS_OK;
}

static bool refuse_once(void)
{
    const enum ratls_err e = appraise_once();

    cr_expect(e == RATLS_E_KEY_REVOKED || rt_is_own_failure(e) || e == RATLS_E_VERIFIER_FAULT, "%s",
              ratls_err_reason(e));
    return e == RATLS_E_KEY_REVOKED;
}

Test(appraise_stored, survives_every_failure_of_memory_and_allows_nothing_by_it, .timeout = 60)
{
    shown = fake_evidence("FAKE", (const uint8_t[64]){1}, 0xab, 7);
    use(STORED, DOCUMENT(REFVAL("web", "1", "active", LISTS(M_AB)) "," REVOKE("", REVOKED_KEY,
                                                                              "key", KEY_1)));
    fake.key = KEY_2;
    fail_each(allow_once, OURS_ONCE);
    fake.key = KEY_1;
    fail_each(refuse_once, OURS_ONCE);
    ratls_buffer_free(&shown);
}

#endif
