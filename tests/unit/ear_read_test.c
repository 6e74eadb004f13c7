/* Attestation results of others (T41). */
#include "token_support.h"
#include "verdict.h"

TestSuite(ear_read, .init = make_issuer, .fini = free_issuer, .timeout = 60);

#define PROFILE   "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\","
#define VERIFIER  ",\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"}"
#define EAR(more) "{" PROFILE IDS "," DATES VERIFIER ",\"submods\":{" more "}}"
#define ONE(status, vector, more)                                                                  \
    "\"tdx\":{\"ear_status\":\"" status "\",\"ear_trustworthiness_vector\":{" vector "}" more "}"
#define GOOD "\"hardware\":2"

static const struct ratls_token_rules strict = {.audience = AUD, .typ = "x+jwt", .ear = true};
static const struct ratls_token_rules warning = {
    .audience = AUD, .typ = "x+jwt", .ear = true, .allow_warning = true};
static const struct ratls_token_rules none = {
    .audience = AUD, .typ = "x+jwt", .ear = true, .insecure_allow_none = true};
static const struct ratls_token_rules any = {.audience = AUD,
                                             .typ = "x+jwt",
                                             .ear = true,
                                             .allow_warning = true,
                                             .insecure_allow_none = true};

static const struct ratls_token_rules about_tdx = {
    .audience = AUD, .typ = "x+jwt", .ear = true, .tee = "tdx"};
#define GPU(status)                                                                                \
    "\"gpu0\":{\"ear_status\":\"" status                                                           \
    "\",\"ear_trustworthiness_vector\":{\"hardware\":2},\"ratls.device\":\"nvidia\"}"

#define DEVICE(label, kind, more)                                                                  \
    "\"" label "\":{\"ear_status\":\"none\",\"ratls.device\":" kind more "}"

static const struct {
    const char *payload;
    const struct ratls_token_rules *rules;
    enum ratls_err due;
    const char *detail;
} rows[] = {
    {EAR(ONE("affirming", GOOD, "")), &strict, RATLS_OK, ""},

    /* form */
    {"{" IDS "," DATES VERIFIER ",\"submods\":{" ONE("affirming", GOOD, "") "}}", &any,
     RATLS_E_TOKEN_FORMAT, "'eat_profile'"},
    {"{\"eat_profile\":7," IDS "," DATES VERIFIER ",\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_FORMAT, "'eat_profile'"},
    {"{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#04\"," IDS "," DATES VERIFIER
     ",\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_TYPE, "profile 'tag:ietf.org,2026:rats/ear#04'"},
    {"{" PROFILE IDS "," DATES ",\"submods\":{" ONE("affirming", GOOD, "") "}}", &any,
     RATLS_E_TOKEN_FORMAT, "'ear_verifier_id'"},
    {"{" PROFILE IDS "," DATES
     ",\"ear_verifier_id\":{\"developer\":\"d\"},\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_FORMAT, "'ear_verifier_id'"},
    {"{" PROFILE IDS "," DATES
     ",\"ear_verifier_id\":{\"build\":\"b\"},\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_FORMAT, "'ear_verifier_id'"},
    {"{" PROFILE IDS "," DATES VERIFIER "}", &any, RATLS_E_TOKEN_FORMAT, "'submods'"},
    {EAR(""), &any, RATLS_E_TOKEN_FORMAT, "'submods'"},
    {"{" PROFILE IDS "," DATES VERIFIER ",\"submods\":[{}]}", &any, RATLS_E_TOKEN_FORMAT,
     "'submods'"},
    {EAR("\"tdx\":7"), &any, RATLS_E_TOKEN_FORMAT, "'submods'"},
    {EAR("\"\":{\"ear_status\":\"none\"}"), &any, RATLS_E_TOKEN_FORMAT, "'submods'"},
    {EAR("\"t\\u00e4\":{\"ear_status\":\"none\"}"), &any, RATLS_E_TOKEN_FORMAT, "'submods'"},

    /* status */
    {EAR("\"tdx\":{\"ear_trustworthiness_vector\":{" GOOD "}}"), &any, RATLS_E_TOKEN_FORMAT,
     "'ear_status'"},
    {EAR("\"tdx\":{\"ear_status\":2,\"ear_trustworthiness_vector\":{" GOOD "}}"), &any,
     RATLS_E_TOKEN_FORMAT, "'ear_status'"},
    {EAR(ONE("excellent", GOOD, "")), &any, RATLS_E_TOKEN_STATUS, "'excellent'"},
    {EAR(ONE("Affirming", GOOD, "")), &any, RATLS_E_TOKEN_STATUS, "'Affirming'"},
    {EAR("\"tdx\":{\"ear_status\":\"affirming\"}"), &any, RATLS_E_TOKEN_STATUS,
     "'affirming' of what is none by its vector"},
    {EAR(ONE("affirming", "", "")), &any, RATLS_E_TOKEN_STATUS, "is none by its vector"},
    {EAR(ONE("affirming", "\"hardware\":0", "")), &any, RATLS_E_TOKEN_STATUS, "is none"},
    {EAR(ONE("affirming", GOOD ",\"executables\":1", "")), &any, RATLS_E_TOKEN_STATUS, "is none"},
    {EAR(ONE("affirming", GOOD ",\"executables\":-1", "")), &any, RATLS_E_TOKEN_STATUS, "is none"},
    {EAR(ONE("affirming", GOOD ",\"executables\":33", "")), &any, RATLS_E_TOKEN_STATUS,
     "is warning by its vector"},
    {EAR(ONE("affirming", GOOD ",\"executables\":-33", "")), &any, RATLS_E_TOKEN_STATUS,
     "is warning by its vector"},
    {EAR(ONE("none", GOOD ",\"executables\":33", "")), &any, RATLS_E_TOKEN_STATUS,
     "'none' of what is warning by its vector"},
    {EAR(ONE("affirming", GOOD ",\"sourced-data\":96", "")), &any, RATLS_E_TOKEN_STATUS,
     "is contraindicated by its vector"},
    {EAR(ONE("warning", GOOD ",\"sourced-data\":99", "")), &any, RATLS_E_TOKEN_STATUS,
     "is contraindicated by its vector"},
    {EAR(ONE("warning", GOOD, "")), &warning, RATLS_OK, ""},
    {EAR(ONE("warning", GOOD, "")), &strict, RATLS_E_TOKEN_STATUS, "status 'warning'"},
    {EAR(ONE("warning", GOOD, "")), &none, RATLS_E_TOKEN_STATUS, "status 'warning'"},
    {EAR(ONE("none", "", "")), &none, RATLS_OK, ""},
    {EAR(ONE("none", GOOD, "")), &none, RATLS_OK, ""},
    {EAR(ONE("none", "", "")), &strict, RATLS_E_TOKEN_STATUS, "status 'none'"},
    {EAR(ONE("none", "", "")), &warning, RATLS_E_TOKEN_STATUS, "status 'none'"},
    {EAR(ONE("contraindicated", GOOD, "")), &any, RATLS_E_TOKEN_STATUS, "'contraindicated'"},

    /* vector */
    {EAR("\"tdx\":{\"ear_status\":\"none\",\"ear_trustworthiness_vector\":[]}"), &any,
     RATLS_E_TOKEN_FORMAT, "'ear_trustworthiness_vector'"},
    {EAR(ONE("none", "\"hardware\":\"2\"", "")), &any, RATLS_E_TOKEN_FORMAT, "'hardware'"},
    {EAR(ONE("none", "\"hardware\":128", "")), &any, RATLS_E_TOKEN_FORMAT, "'hardware'"},
    {EAR(ONE("none", "\"hardware\":-129", "")), &any, RATLS_E_TOKEN_FORMAT, "'hardware'"},
    {EAR(ONE("none", "\"hardware\":2.0", "")), &any, RATLS_E_TOKEN_FORMAT, "not an integer"},
    {EAR(ONE("none", "\"software\":2", "")), &any, RATLS_E_TOKEN_FORMAT, "'software'"},
    {EAR(ONE("contraindicated", "\"hardware\":127,\"configuration\":-128", "")), &any,
     RATLS_E_TOKEN_STATUS, "status 'contraindicated'"},

    /* several submodules: all of them count */
    {EAR(ONE("affirming", GOOD, "") ",\"gpu\":{\"ear_status\":\"warning\"}"), &strict,
     RATLS_E_TOKEN_STATUS, "status 'warning'"},
    {EAR("\"gpu\":{\"ear_status\":\"warning\"}," ONE("affirming", GOOD, "")), &strict,
     RATLS_E_TOKEN_STATUS, "status 'warning'"},
    {EAR(ONE("affirming", GOOD, "") ",\"gpu\":{\"ear_status\":\"none\"}"), &strict,
     RATLS_E_TOKEN_STATUS, "status 'none'"},

    /* of devices */
    {EAR(ONE("affirming", GOOD, "") "," GPU("affirming")), &about_tdx, RATLS_OK, ""},
    {EAR(GPU("affirming") "," ONE("affirming", GOOD, "")), &about_tdx, RATLS_OK, ""},
    {EAR(ONE("affirming", GOOD, "") "," GPU("warning")), &about_tdx, RATLS_E_TOKEN_STATUS,
     "status 'warning'"},
    {EAR("\"sgx\":{\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2}}"
         "," GPU("affirming")),
     &about_tdx, RATLS_E_TOKEN_BINDING, "about 'sgx'"},
    {EAR(GPU("affirming")), &strict, RATLS_E_TOKEN_FORMAT, "'submods'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("a_b-0", "\"gpu\"", "")), &any, RATLS_OK, ""},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("GPU", "\"gpu\"", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'submods'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu.0", "\"gpu\"", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'submods'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("abcdefghabcdefghi", "\"gpu\"", "")), &any,
     RATLS_E_TOKEN_FORMAT, "'submods'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "7", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.device'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "null", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.device'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "\"\"", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.device'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "\"a-b\"", "")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.device'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "\"abcdefghabcdefghabcdefghabcdefgha\"",
                                               "")),
     &any, RATLS_E_TOKEN_FORMAT, "'ratls.device'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "\"gpu\"", ",\"ratls.claims\":7")), &any,
     RATLS_E_TOKEN_FORMAT, "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, "") "," DEVICE("gpu0", "\"gpu\"", ",\"ratls.claims\":{\"A\":1}")),
     &any, RATLS_E_TOKEN_FORMAT, "'ratls.claims'"},

    /* one status for all */
    {EAR(ONE("affirming", GOOD, "")), &strict, RATLS_OK, ""},
    {"{" PROFILE IDS "," DATES VERIFIER
     ",\"ear_status\":\"affirming\",\"submods\":{" ONE("warning", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_STATUS, "'affirming' of what is warning by its submodules"},
    {"{" PROFILE IDS "," DATES VERIFIER
     ",\"ear_status\":\"warning\",\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &strict, RATLS_E_TOKEN_STATUS, "status 'warning'"},
    {"{" PROFILE IDS "," DATES VERIFIER
     ",\"ear_status\":\"best\",\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_STATUS, "'best'"},
    {"{" PROFILE IDS "," DATES VERIFIER
     ",\"ear_status\":7,\"submods\":{" ONE("affirming", GOOD, "") "}}",
     &any, RATLS_E_TOKEN_FORMAT, "'ear_status'"},

    /* policies */
    {EAR(ONE("affirming", GOOD, ",\"ear_appraisal_policy_ids\":\"a\"")), &any, RATLS_E_TOKEN_FORMAT,
     "'ear_appraisal_policy_ids'"},
    {EAR(ONE("affirming", GOOD, ",\"ear_appraisal_policy_ids\":[7]")), &any, RATLS_E_TOKEN_FORMAT,
     "'ear_appraisal_policy_ids'"},
    {EAR(ONE("affirming", GOOD,
             ",\"ear_appraisal_policy_ids\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
             "\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]")),
     &any, RATLS_E_TOKEN_FORMAT, "'ear_appraisal_policy_ids'"},

    /* extensions */
    {EAR(ONE("affirming", GOOD, ",\"ratls.simulated\":true")), &any, RATLS_E_TOKEN_STATUS,
     "is none by its simulator"},
    {EAR(ONE("none", "", ",\"ratls.simulated\":true")), &strict, RATLS_E_TOKEN_STATUS, "'none'"},
    {EAR(ONE("none", "", ",\"ratls.simulated\":true")), &none, RATLS_OK, ""},
    {EAR(ONE("affirming", GOOD, ",\"ratls.simulated\":1")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.simulated'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.level\":4")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.level'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.level\":-1")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.level'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.level\":\"2\"")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.level'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.ak\":7")), &any, RATLS_E_TOKEN_FORMAT, "'ratls.ak'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.ak\":\"MA==\"")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.ak'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.ak\":\"MAA\"")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.ak'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":[]")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"a\":{}}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"a\":null}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"a\":-1}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"a\":[1]}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"A B\":1}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"ratls.claims\":{\"a\":\"\\n\"}")), &any, RATLS_E_TOKEN_FORMAT,
     "'ratls.claims'"},
    {EAR(ONE("affirming", GOOD, ",\"other\":{\"x\":[null]}")), &strict, RATLS_OK, ""},
};

Test(ear_read, is_as_strict_as_the_rules)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        expect_payload(rows[i].payload, rows[i].rules, rows[i].due, rows[i].detail);
}

/* A result taken for an ordinary token says nothing as a result. */
Test(ear_read, is_asked_for)
{
    struct ratls_buffer token =
        make_token(head_of[ES256], EAR(ONE("contraindicated", GOOD, "")), ES256);
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&token), &usual, &t));
    cr_expect_null(ratls_claims_get(ratls_token_claims(t), "ear.status"));
    ratls_token_free(t);
    ratls_buffer_free(&token);
}

Test(ear_read, has_at_most_seventeen_submodules)
{
    struct rt_writer w = {0};

    for (int n = 17; n <= 18; n++) {
        rt_put_bytes(&w, TEXT("{" PROFILE IDS "," DATES VERIFIER ",\"submods\":{"));
        for (int i = 0; i < n; i++) {
            char one[128];
            (void)snprintf(one, sizeof one, "%s\"t%d\":{\"ear_status\":\"none\"}", i ? "," : "", i);
            rt_put_bytes(&w, TEXT(one));
        }
        rt_put_bytes(&w, TEXT("}}"));
        rt_put_u8(&w, 0);
        expect_payload((const char *)w.p, &none, n == 17 ? RATLS_OK : RATLS_E_TOKEN_FORMAT,
                       n == 17 ? "" : "'submods'");
        rt_writer_free(&w);
    }
}

/* ---- what policies see ---- */

static struct ratls_token *accepted(const char *payload, const struct ratls_token_rules *rules)
{
    struct ratls_buffer token = make_token(head_of[ES256], payload, ES256);
    struct ratls_token *t = NULL;

    cr_assert_eq(verify_with(rt_bytes_of(&token), rules, &t), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&token);
    return t;
}

static const char *text_claim(const struct ratls_token *t, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(ratls_token_claims(t), name);

    return c && c->text ? c->text : "(none)";
}

Test(ear_read, becomes_claims_for_policies)
{
    struct ratls_token *t = accepted(
        EAR(ONE("warning", "\"hardware\":2,\"runtime-opaque\":32,\"executables\":0",
                ",\"ear_appraisal_policy_ids\":[\"p:1\",\"q\"],\"ratls.level\":2,"
                "\"ratls.simulated\":false,\"ratls.claims\":{\"tdx.mr_td\":\"ab\",\"debug\":false,"
                "\"svn\":7,\"list\":[\"x\",\"y\"],\"none\":[]}")),
        &warning);
    const struct ratls_claims *claims = ratls_token_claims(t), *raw = ratls_token_raw_claims(t);

    cr_expect_str_eq(text_claim(t, "ear.profile"), "tag:ietf.org,2026:rats/ear#03");
    cr_expect_str_eq(text_claim(t, "ear.status"), "warning");
    cr_expect_str_eq(text_claim(t, "ear.tee"), "tdx");
    cr_expect_str_eq(text_claim(t, "ear.hardware"), "affirming");
    cr_expect_str_eq(text_claim(t, "ear.runtime_opaque"), "warning");
    cr_expect_str_eq(text_claim(t, "ear.executables"), "(none)");
    cr_expect_eq(ratls_claims_get(claims, "ear.policy")->n_items, 2);
    cr_expect_eq(ratls_claims_get(claims, "ear.submods")->n_items, 1);
    cr_expect_eq(ratls_claims_get(claims, "ear.level")->number, 2);
    cr_expect_eq(ratls_claims_get(claims, "ear.simulated")->number, 0);
    cr_expect_eq(ratls_claims_count(raw), 5);
    cr_expect_str_eq(ratls_claims_get(raw, "tdx.mr_td")->text, "ab");
    cr_expect_eq(ratls_claims_get(raw, "svn")->number, 7);
    cr_expect_eq(ratls_claims_get(raw, "list")->n_items, 2);
    cr_expect_eq(ratls_claims_get(raw, "none")->n_items, 0);
    ratls_token_free(t);
}

Test(ear_read, joins_submodules_by_the_worst)
{
    struct ratls_token *t =
        accepted(EAR(ONE("affirming", "\"hardware\":2",
                         ",\"ratls.level\":1,"
                         "\"ratls.claims\":{\"a\":1}") ","
                                                       "\"gpu\":{\"ear_status\":\"none\",\"ear_"
                                                       "trustworthiness_vector\":{"
                                                       "\"configuration\":2},\"ratls.simulated\":"
                                                       "true,\"ratls.level\":2}"),
                 &none);
    const struct ratls_claims *claims = ratls_token_claims(t);

    cr_expect_str_eq(text_claim(t, "ear.status"), "none");
    cr_expect_str_eq(text_claim(t, "ear.hardware"), "none");
    cr_expect_str_eq(text_claim(t, "ear.configuration"), "none");
    cr_expect_str_eq(text_claim(t, "ear.tee"), "(none)");
    cr_expect_eq(ratls_claims_get(claims, "ear.submods")->n_items, 2);
    cr_expect_eq(ratls_claims_get(claims, "ear.simulated")->number, 1);
    cr_expect_eq(ratls_claims_get(claims, "ear.level")->number, 1);
    cr_expect_eq(ratls_claims_count(ratls_token_raw_claims(t)), 0);
    ratls_token_free(t);
}

Test(ear_read, tells_the_devices_from_the_tee)
{
    struct ratls_token *t =
        accepted(EAR(DEVICE("npu0", "\"ascend_npu\"", ",\"ratls.simulated\":true") "," ONE(
                     "affirming", GOOD,
                     ",\"ratls.claims\":{\"a\":1}") ","
                                                    "\"gpu0\":{\"ear_status\":\"warning\",\"ear_"
                                                    "trustworthiness_vector\":{\"hardware\":2},"
                                                    "\"ratls.device\":\"nvidia\",\"ratls.claims\":{"
                                                    "\"b\":\"x\"}}"),
                 &any);
    const char *status = NULL;

    cr_expect_str_eq(text_claim(t, "ear.tee"), "tdx");
    cr_expect_eq(ratls_claims_count(ratls_token_raw_claims(t)), 1);
    cr_assert_eq(ratls_token_devices(t), 2);
    cr_expect_null(ratls_token_device(t, 2, NULL));
    const struct ratls_ear_device *npu = ratls_token_device(t, 0, &status);
    cr_expect_str_eq(status, "none");
    cr_expect_str_eq(npu->label, "npu0");
    cr_expect_str_eq(npu->kind, "ascend_npu");
    cr_expect(npu->simulated && ratls_claims_count(npu->claims) == 0);
    const struct ratls_ear_device *gpu = ratls_token_device(t, 1, &status);
    cr_expect_str_eq(status, "warning");
    cr_expect_str_eq(gpu->kind, "nvidia");
    cr_expect(!gpu->simulated && gpu->vector[4] == 2);
    cr_expect_str_eq(ratls_claims_get(gpu->claims, "b")->text, "x");
    ratls_token_free(t);
}

Test(ear_read, has_no_level_if_one_does_not_say)
{
    struct ratls_token *t = accepted(
        EAR(ONE("affirming", GOOD, ",\"ratls.level\":2") ","
                                                         "\"x\":{\"ear_status\":\"none\"}"),
        &none);

    cr_expect_null(ratls_claims_get(ratls_token_claims(t), "ear.level"));
    ratls_token_free(t);
}

/* ---- both ends ---- */

static struct ratls_verdict *verdict(void)
{
    struct ratls_verdict *v = rt_verdict_new();

    cr_assert_not_null(v);
    v->allowed = v->proven = true;
    v->why.code = RATLS_OK;
    memcpy(v->tee, "tdx", 4);
    ratls_claims_set_text(v->claims, "tcb_status", "UpToDate");
    ratls_claims_set_bool(v->claims, "debug", false);
    ratls_claims_add_item(v->claims, "advisory_ids", NULL);
    MUST(rt_dup(rt_key_spki(ec[P256]), &v->ak_spki));
    return v;
}

static void go_round(bool veraison)
{
    static const uint8_t nonce[16] = {1};
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    struct ratls_verdict *v = verdict();
    const struct ratls_ear ear = {.iss = ISS,
                                  .aud = AUD,
                                  .lifetime_s = 60,
                                  .policy = "p",
                                  .nonce = {nonce, 16},
                                  .spki = rt_key_spki(ec[P384]),
                                  .raw_claims = true,
                                  .veraison = veraison};
    struct ratls_buffer json = {0};

    MUST(ratls_ear_payload(&token_env, v, &ear, &json, &err));
    MUST(ratls_jwk_thumbprint(ear.spki, jkt, NULL));
    const struct ratls_token_rules rules = {
        .audience = AUD, .typ = "x+jwt", .nonce = {nonce, 16}, .jkt = jkt, .ear = true};
    struct ratls_token *t = accepted((const char *)json.p, &rules);
    cr_expect(ratls_token_is_bound(t));
    cr_expect(ratls_bytes_equal(ratls_token_ak_spki(t), rt_key_spki(ec[P256])));
    cr_expect_str_eq(text_claim(t, "ear.status"), "affirming");
    cr_expect_eq(ratls_claims_get(ratls_token_claims(t), "ear.policy")->n_items, 1);
    cr_expect_eq(ratls_claims_count(ratls_token_raw_claims(t)), veraison ? 0 : 3);
    ratls_token_free(t);
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
}

Test(ear_read, takes_what_is_made_here)
{
    go_round(false);
    go_round(true);
}

/* The key of an attestation is on P-256, and nothing else. */
Test(ear_read, takes_no_other_attestation_key)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, TEXT("{" PROFILE IDS "," DATES VERIFIER ",\"submods\":{\"tdx\":{"
                          "\"ear_status\":\"none\",\"ratls.ak\":\""));
    rt_put_base64url(&w, rt_key_spki(ec[P384]));
    rt_put_bytes(&w, TEXT("\"}}}"));
    rt_put_u8(&w, 0);
    expect_payload((const char *)w.p, &none, RATLS_E_TOKEN_FORMAT, "'ratls.ak'");
    rt_writer_free(&w);
}
