/* Attestation results of others are told on (T41, T116). */
#include "token_support.h"

#define JKT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct ratls_ear ear;

static void setup(void)
{
    make_issuer();
    ear = (struct ratls_ear){
        .iss = "https://b", .aud = "api", .lifetime_s = 600, .jti = "j2", .jkt = JKT};
}

TestSuite(ear_pass, .init = setup, .fini = free_issuer, .timeout = 60);

static const struct ratls_token_rules any = {.audience = AUD,
                                             .typ = "x+jwt",
                                             .jkt = JKT,
                                             .ear = true,
                                             .allow_warning = true,
                                             .insecure_allow_none = true};

#define PROFILE      "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\""
#define VERIFIER     "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"}"
#define CNF          ",\"cnf\":{\"jkt\":\"" JKT "\"}"
#define EAR(submods) "{" PROFILE "," IDS "," DATES CNF "," VERIFIER ",\"submods\":{" submods "}}"
#define VECTOR       "\"ear_trustworthiness_vector\":{\"hardware\":2}"
#define TDX(more)    "\"tdx\":{\"ear_status\":\"affirming\"," VECTOR more "}"
#define HEAD_OF(exp)                                                                               \
    "{\"iss\":\"https://b\",\"aud\":\"api\",\"iat\":1800000000,\"nbf\":1800000000,"                \
    "\"exp\":" exp ",\"jti\":\"j2\"" CNF

static struct ratls_token *read_token(const char *payload, const struct ratls_token_rules *rules)
{
    struct ratls_buffer text = make_token(head_of[ES256], payload, ES256);
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&text), rules, &t));
    ratls_buffer_free(&text);
    return t;
}

static enum ratls_err pass(const char *payload, const struct ratls_token_rules *rules,
                           struct ratls_buffer *json)
{
    struct ratls_token *t = read_token(payload, rules);

    err = (struct ratls_error){0};
    enum ratls_err e = ratls_ear_payload_from(&token_env, t, &ear, json, &err);
    cr_expect_eq(e == RATLS_OK, json->p != NULL);
    ratls_token_free(t);
    return e;
}

static void expect_passed(const char *payload, const char *due)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(pass(payload, &any, &json), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq((const char *)json.p, due);
    ratls_buffer_free(&json);
}

static void expect_refused(const char *payload, const struct ratls_token_rules *rules,
                           enum ratls_err due, const char *detail)
{
    struct ratls_buffer json = {0};
    enum ratls_err e = pass(payload, rules, &json);

    cr_expect_eq(e, due, "%s", ratls_err_reason(e));
    cr_expect(strstr(err.detail, detail), "'%s', not '%s'", err.detail, detail);
    ratls_buffer_free(&json);
}

Test(ear_pass, what_was_found_out_stays_and_its_finder_is_named)
{
    expect_passed(
        EAR(TDX(",\"ratls.level\":2,\"x\":[9007199254740991,-1,null,true,{\"y\":"
                "\"\\\"\\u00e4\"}]")),
        HEAD_OF("1800000300") "," PROFILE "," VERIFIER ",\"submods\":{\"tdx\":{"
                              "\"ear_status\":\"affirming\"," VECTOR ",\"ratls.level\":2,"
                              "\"x\":[9007199254740991,-1,null,true,{\"y\":\"\\\"\xc3\xa4\"}],"
                              "\"ratls.appraisers\":[\"" ISS "\"]}}}");
}

Test(ear_pass, no_submodule_is_lost_and_the_status_of_all_stays)
{
    expect_passed(
        "{" PROFILE "," IDS "," DATES CNF "," VERIFIER
        ",\"ear_status\":\"warning\",\"submods\":{" TDX("") ",\"gpu\":{\"ear_status\":\"none\"}}}",
        HEAD_OF("1800000300") "," PROFILE "," VERIFIER
                              ",\"ear_status\":\"warning\",\"submods\":{\"tdx\":{\"ear_status\":"
                              "\"affirming\"," VECTOR ",\"ratls.appraisers\":[\"" ISS
                              "\"]},\"gpu\":{\"ear_status\":\"none\","
                              "\"ratls.appraisers\":[\"" ISS "\"]}}}");
}

Test(ear_pass, who_appraised_before_stays_in_the_list)
{
    expect_passed(EAR(TDX(",\"ratls.appraisers\":[\"https://first\"]")),
                  HEAD_OF("1800000300") "," PROFILE "," VERIFIER ",\"submods\":{" TDX(
                      ",\"ratls.appraisers\":[\"https://first\",\"" ISS "\"]") "}}");
}

Test(ear_pass, a_list_of_appraisers_is_short_and_of_names)
{
#define SEVEN "\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\""
    static const char *const bad[] = {
        EAR(TDX(",\"ratls.appraisers\":7")),
        EAR(TDX(",\"ratls.appraisers\":{\"a\":\"b\"}")),
        EAR(TDX(",\"ratls.appraisers\":[7]")),
        EAR(TDX(",\"ratls.appraisers\":[\"\"]")),
        EAR(TDX(",\"ratls.appraisers\":[\"a\\nb\"]")),
        EAR(TDX(",\"ratls.appraisers\":[" SEVEN ",\"h\"]")),
    };
    struct ratls_buffer json = {0};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(bad[i], &any, RATLS_E_TOKEN_FORMAT, "'ratls.appraisers'");
    MUST(pass(EAR(TDX(",\"ratls.appraisers\":[" SEVEN "]")), &any, &json));
    ratls_buffer_free(&json);
}

Test(ear_pass, what_was_told_on_is_a_result_again)
{
    static const struct ratls_token_rules then = {
        .audience = "api", .typ = "x+jwt", .jkt = JKT, .ear = true};
    struct ratls_buffer json = {0}, jwks = make_jwks();

    MUST(pass(EAR(TDX(",\"ratls.claims\":{\"tdx.mr_td\":\"c0de\"}")), &any, &json));
    ratls_issuers_unref(issuers);
    MUST(ratls_issuers_new(&token_env, &issuers));
    MUST(ratls_issuers_add(issuers, "https://b", rt_bytes_of(&jwks), &err));
    struct ratls_token *t = read_token((const char *)json.p, &then);
    cr_expect_str_eq(ratls_claims_get(ratls_token_raw_claims(t), "tdx.mr_td")->text, "c0de");
    ratls_token_free(t);
    ratls_buffer_free(&json);
    ratls_buffer_free(&jwks);
}

Test(ear_pass, it_ends_with_the_token_that_it_is_made_of)
{
    struct ratls_token *t = read_token(EAR(TDX("")), &any);
    struct ratls_buffer json = {0};

    ear.lifetime_s = 10;
    expect_passed(EAR(TDX("")), HEAD_OF("1800000010") "," PROFILE "," VERIFIER ",\"submods\":{" TDX(
                                    ",\"ratls.appraisers\":[\"" ISS "\"]") "}}");
    token_now = NOW + 300;
    cr_expect_eq(ratls_ear_payload_from(&token_env, t, &ear, &json, NULL), RATLS_E_TOKEN_EXPIRED);
    cr_expect_null(json.p);
    ratls_token_free(t);
}

Test(ear_pass, a_result_of_nobody_gets_no_owner)
{
    static const struct ratls_token_rules bearer = {
        .audience = AUD, .typ = "x+jwt", .ear = true, .allow_bearer = true};

    expect_refused("{" PROFILE "," IDS "," DATES "," VERIFIER ",\"submods\":{" TDX("") "}}",
                   &bearer, RATLS_E_TOKEN_BINDING, "not bound");
    expect_refused(EAR(TDX("")), &bearer, RATLS_E_TOKEN_BINDING, "not bound");
}

Test(ear_pass, another_token_is_no_result)
{
    expect_refused(PLAIN(""), &usual, RATLS_E_USAGE, "the token is none");
    ear.iss = NULL;
    expect_refused(EAR(TDX("")), &any, RATLS_E_USAGE, "iss");
}
