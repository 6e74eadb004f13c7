/* Policies that go by stored reference values. */
#define RUNS 2000
#include "alloc_support.h"
#include "document_support.h"
#include "policy.h"
#include "trust_document.h"

#define NOW        INT64_C(1750000000)
#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_stored stored;
static struct ratls_claims *claims;
static struct ratls_error err;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M_A);
    (void)ratls_claims_set_text(claims, "cca.platform.lifecycle_state", "secured");
}

static void teardown(void)
{
    ratls_claims_free(claims);
    rt_stored_free(&stored);
}

TestSuite(policy_baseline, .init = setup, .fini = teardown);

static void load(const char *json)
{
    rt_stored_free(&stored);
    MUST(rt_document_add(&stored, NULL, ratls_bytes_str(json), NULL));
}

static enum ratls_err decide_with(const char *json, struct rt_policy_subject subject)
{
    struct rt_policy *p = NULL;

    err = (struct ratls_error){0};
    cr_assert_eq(rt_policy_parse(ratls_bytes_str(json), &p, &err), RATLS_OK, "%s: %s", json,
                 err.detail);
    subject.claims = claims;
    subject.now = NOW;
    enum ratls_err e = rt_policy_decide(p, &subject, &err);
    rt_policy_free(p);
    return e;
}

static enum ratls_err decide(const char *json)
{
    return decide_with(json,
                       (struct rt_policy_subject){.tee = "tdx", .baselines = &stored.baselines});
}

#define RULES(members) "{\"tees\":{\"tdx\":{" members "}}}"
#define WEB            "\"reference_values\":[\"web\"]"
#define ANY            "\"reference_values\":[\"*\"]"

static const struct {
    const char *json, *why;
} malformed[] = {
    {RULES("\"reference_values\":\"web\""), "must be a list"},
    {RULES("\"reference_values\":{}"), "must be a list"},
    {RULES("\"reference_values\":[7]"), "other than names"},
    /* T157 */
    {RULES("\"reference_values\":[\"web\",\"\"]"), "other than names"},
    {RULES("\"reference_values\":[\"web*\"]"), "other than names"},
    {RULES("\"reference_values\":[\"../web\"]"), "other than names"},
    {RULES("\"reference_values\":[\"" HEX_64("a") "a\"]"), "other than names"},
    {RULES(ANY ",\"insecure_any_measurement\":true"), "contradicts 'reference_values'"},
    {"{\"tees\":{}," WEB "}", "'reference_values' is not a member"},
};

Test(policy_baseline, malformed_names_are_refused)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct rt_policy *p = NULL;
        err = (struct ratls_error){0};
        cr_expect_eq(rt_policy_parse(ratls_bytes_str(malformed[i].json), &p, &err),
                     RATLS_E_POLICY_FORMAT, "row %zu", i);
        cr_expect(strstr(err.detail, malformed[i].why), "row %zu: %s", i, err.detail);
    }
}

static enum ratls_err parse_names(size_t n)
{
    struct rt_policy *p = NULL;
    struct rt_writer w = {0};

    rt_put_bytes(&w, ratls_bytes_str("{\"tees\":{\"tdx\":{\"reference_values\":[\"a\""));
    for (size_t i = 1; i < n; i++)
        rt_put_bytes(&w, ratls_bytes_str(",\"a\""));
    rt_put_bytes(&w, ratls_bytes_str("]}}}"));
    enum ratls_err e = rt_policy_parse(rt_written(&w), &p, NULL);
    rt_policy_free(p);
    rt_writer_free(&w);
    return e;
}

Test(policy_baseline, names_are_bounded)
{
    cr_expect_eq(parse_names(64), RATLS_OK);
    cr_expect_eq(parse_names(65), RATLS_E_POLICY_FORMAT);
}

Test(policy_baseline, decides_alone_or_with_measurements)
{
    load(DOCUMENT(
        REFVAL("web", "1", "active", LISTS(M_A)) "," REFVAL("db", "1", "active", LISTS(M_B))));
    cr_expect_eq(decide(RULES(WEB)), RATLS_OK);
    cr_expect_eq(decide(RULES(ANY)), RATLS_OK);
    cr_expect_eq(decide(RULES("\"reference_values\":[\"db\",\"web\"]")), RATLS_OK);
    cr_expect_eq(decide(RULES("\"reference_values\":[\"db\"]")), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide(RULES("\"reference_values\":[\"none\"]")), RATLS_E_NO_REFERENCE_VALUE);
    /* T157: nothing named, nobody allowed */
    cr_expect_eq(decide(RULES("\"reference_values\":[]")), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(decide(RULES("")), RATLS_E_NO_REFERENCE_VALUE, "stored values alone allow nobody");
    cr_expect_eq(decide(RULES(WEB ",\"measurements\":[\"" M_A "\"]")), RATLS_OK);
    cr_expect_eq(decide(RULES(WEB ",\"measurements\":[\"" M_B "\"]")), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide(RULES("\"reference_values\":[\"db\"],\"measurements\":[\"" M_A "\"]")),
                 RATLS_E_MEASUREMENT);
    cr_expect_eq(decide(rt_policy_default), RATLS_OK);
}

/* The policy's own rules hold beside them. */
Test(policy_baseline, does_not_replace_other_rules)
{
    load(DOCUMENT(REFVAL("web", "1", "active",
                         "{\"measurements\":[\"" M_A "\"],\"tcb_status\":[\"OutOfDate\"]}")));
    (void)ratls_claims_set_text(claims, "tcb_status", "OutOfDate");
    cr_expect_eq(decide(RULES(WEB)), RATLS_E_TCB_STATUS);
    cr_expect_eq(decide(RULES(WEB ",\"tcb_status\":[\"OutOfDate\"]")), RATLS_OK);
    cr_expect_eq(decide(RULES(WEB ",\"registers\":{\"tdx.rtmr_0\":[\"00\"]}")),
                 RATLS_E_MEASUREMENT);
    (void)ratls_claims_set_bool(claims, "debug", true);
    cr_expect_eq(decide(RULES(WEB ",\"tcb_status\":[\"OutOfDate\"]")), RATLS_E_DEBUG);
}

Test(policy_baseline, denies_without_a_document)
{
    cr_expect_eq(decide(RULES(WEB)), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(decide_with(RULES(ANY), (struct rt_policy_subject){.tee = "tdx"}),
                 RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(decide(rt_policy_default), RATLS_E_NO_REFERENCE_VALUE);
}

Test(policy_baseline, puts_down_what_fitted_and_its_end)
{
    int64_t expires = INT64_MAX;
    const struct rt_policy_found found = {.claims = claims, .expires = &expires};
    const struct rt_policy_subject subject = {
        .tee = "tdx", .baselines = &stored.baselines, .found = &found};

    load(DOCUMENT(
        ITEM("refval", "tdx", "web", "7", "active", ",\"not_after\":1750000009", LISTS(M_A))));
    MUST(decide_with(RULES(WEB), subject));
    cr_expect_str_eq(ratls_claims_get(claims, "baseline.name")->text, "web");
    cr_expect_eq(ratls_claims_get(claims, "baseline.version")->number, 7);
    cr_expect_eq(expires, 1750000009);
    expires = NOW;
    MUST(decide_with(RULES(WEB), subject));
    cr_expect_eq(expires, NOW, "an end that is nearer stays");
}

/* ---- beside the file of CCA ---- */

#define CCA(members) "{\"tees\":{\"cca\":{" members ",\"tcb_status\":[\"UpToDate\"]}}}"
#define STORE                                                                                      \
    "{\"platform\":[{\"implementation-id\":\"" HEX_64(                                             \
        "1") "\",\"sw-components\":["                                                              \
             "{\"measurement-value\":\"01\",\"signer-id\":\"02\"}]}],"                             \
             "\"realm\":[{\"initial-measurement\":\"03\"}]}"

static enum ratls_err decide_cca(const char *json)
{
    struct rt_refvals *refvals = NULL;

    MUST(rt_refvals_read(ratls_bytes_str(STORE), &refvals, NULL));
    enum ratls_err e =
        decide_with(json, (struct rt_policy_subject){
                              .tee = "cca", .refvals = refvals, .baselines = &stored.baselines});
    rt_refvals_free(refvals);
    return e;
}

Test(policy_baseline, all_sets_of_none_leave_the_file_of_cca_alone)
{
    (void)ratls_claims_set_text(claims, "cca.platform.implementation_id", HEX_64("1"));
    (void)ratls_claims_set_uint(claims, "cca.platform.sw_components.count", 1);
    (void)ratls_claims_set_text(claims, "cca.platform.sw_components.0.measurement", "01");
    (void)ratls_claims_set_text(claims, "cca.platform.sw_components.0.signer_id", "02");
    (void)ratls_claims_set_text(claims, "cca.realm.initial_measurement", "03");
    cr_expect_eq(decide_cca(CCA(ANY)), RATLS_OK);
    cr_expect_eq(decide_cca(CCA(WEB)), RATLS_E_NO_REFERENCE_VALUE, "a set that is named is due");
    cr_expect_eq(decide_cca(CCA("\"reference_values\":[\"*\",\"web\"]")),
                 RATLS_E_NO_REFERENCE_VALUE, "also beside all of them");
    load(DOCUMENT(ITEM("refval", "cca", "web", "1", "revoked", "", LISTS(M_B))));
    cr_expect_eq(decide_cca(CCA(ANY)), RATLS_E_NO_REFERENCE_VALUE, "there is one, revoked or not");
    load(DOCUMENT(ITEM("refval", "cca", "web", "1", "active", "", LISTS(M_A))));
    cr_expect_eq(decide_cca(CCA(ANY)), RATLS_OK);
    (void)ratls_claims_set_text(claims, "cca.realm.initial_measurement", "04");
    cr_expect_eq(decide_cca(CCA(ANY)), RATLS_E_MEASUREMENT, "both must hold");
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static bool parse_once(void)
{
    struct rt_policy *p = NULL;

    armed = true;
    enum ratls_err e =
        rt_policy_parse(ratls_bytes_str(RULES("\"reference_values\":[\"a\",\"b\"]")), &p, NULL);
    rt_policy_free(p);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

Test(policy_baseline, survives_every_failure_of_memory, .timeout = 60)
{
    fail_each(parse_once, OURS_ONCE);
}

#endif
