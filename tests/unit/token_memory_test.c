/* T77 for tokens: an allocation fails while one is made or verified. No crash, no leak; a wrong one
 * is never accepted, a good one never in part. */
#include "token_support.h"
#include "verdict.h"

#define RUNS 300
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(token_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

#define RESULT(status)                                                                             \
    PLAIN(",\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"jti\":\"j\","                      \
          "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{\"tdx\":{"       \
          "\"ear_status\":\"" status "\",\"ear_trustworthiness_vector\":{\"hardware\":2},"         \
          "\"ear_appraisal_policy_ids\":[\"p\"],\"ratls.claims\":{\"a\":[\"b\"],\"c\":1}}}")

static struct ratls_buffer good, wrong, jwks, sm2_pem, sm2_jwks;
static struct ratls_verdict *v;

static void setup(void)
{
    make_issuer();
    jwks = make_jwks();
    struct ratls_jwt_key *sm2 = NULL;
    MUST(ratls_jwt_key_generate(&token_env, "SM2", &sm2_pem));
    MUST(ratls_jwt_key_new(&token_env, rt_bytes_of(&sm2_pem), NULL, &sm2, NULL));
    MUST(ratls_jwks((const struct ratls_jwt_key *const *)&sm2, 1, &sm2_jwks));
    ratls_jwt_key_free(sm2);
    good = make_token(head_of[ES256], RESULT("affirming"), ES256);
    wrong = make_token(head_of[ES256], RESULT("contraindicated"), ES256);
    cr_assert_not_null(v = rt_verdict_new());
    v->allowed = true;
    v->why.code = RATLS_OK;
    memcpy(v->tee, "tdx", 4);
    ratls_claims_add_item(v->claims, "list", "a");
}

static void teardown(void)
{
    ratls_buffer_free(&good);
    ratls_buffer_free(&wrong);
    ratls_buffer_free(&jwks);
    ratls_buffer_free(&sm2_pem);
    ratls_buffer_free(&sm2_jwks);
    ratls_verdict_unref(v);
    free_issuer();
}

TestSuite(token_memory, .init = setup, .fini = teardown, .timeout = 300);

static bool work_verify(const struct ratls_buffer *token, enum ratls_err due)
{
    const struct ratls_token_rules rules = {.audience = AUD, .typ = "x+jwt", .ear = true};
    struct ratls_token *t = NULL;

    armed = true;
    enum ratls_err e = ratls_token_verify(issuers, rt_bytes_of(token), &rules, &t, NULL);
    const bool whole = e || ratls_claims_count(ratls_token_raw_claims(t)) == 2;
    ratls_token_free(t);
    armed = false;
    cr_expect(whole);
    cr_expect(e == due || e == RATLS_E_TOKEN_SIGNATURE || rt_is_own_failure(e), "%s",
              ratls_err_reason(e));
    return e == due;
}

static bool verify_good(void)
{
    return work_verify(&good, RATLS_OK);
}

static bool verify_wrong(void)
{
    return work_verify(&wrong, RATLS_E_TOKEN_STATUS);
}

static bool pin_set(const struct ratls_buffer *set)
{
    struct ratls_issuers *fresh = NULL;

    armed = true;
    enum ratls_err e = ratls_issuers_new(&token_env, &fresh);
    if (!e)
        e = ratls_issuers_add(fresh, ISS, rt_bytes_of(set), NULL);
    ratls_issuers_unref(fresh);
    armed = false;
    cr_expect(e == RATLS_OK || e == RATLS_E_CONFIG || rt_is_own_failure(e), "%s",
              ratls_err_reason(e));
    return e == RATLS_OK;
}

static bool pin(void)
{
    return pin_set(&jwks);
}

static bool pin_sm2(void)
{
    return pin_set(&sm2_jwks);
}

static bool make_with(struct ratls_bytes pem)
{
    const struct ratls_ear ear = {
        .iss = ISS, .aud = AUD, .lifetime_s = 60, .raw_claims = true, .secgear = true};
    struct ratls_jwt_key *key = NULL;
    struct ratls_buffer json = {0}, token = {0};

    armed = true;
    enum ratls_err e = ratls_jwt_key_new(&token_env, pem, NULL, &key, NULL);
    if (!e)
        e = ratls_ear_payload(&token_env, v, &ear, &json, NULL);
    if (!e)
        e = ratls_jwt_sign_json(key, "x+jwt", rt_bytes_of(&json), &token);
    const bool whole = (e == RATLS_OK) == (token.p != NULL);
    ratls_jwt_key_free(key);
    ratls_buffer_free(&json);
    ratls_buffer_free(&token);
    armed = false;
    cr_expect(whole);
    cr_expect(e == RATLS_OK || e == RATLS_E_CERT_KEY || e == RATLS_E_RANDOM || rt_is_own_failure(e),
              "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

static bool make(void)
{
    return make_with(rt_bytes_of(&private_pem[P256]));
}

static bool make_by_sm2(void)
{
    return make_with(rt_bytes_of(&sm2_pem));
}

#define JKT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BOUND                                                                                      \
    PLAIN(",\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\",\"cnf\":{\"jkt\":\"" JKT "\"},"      \
          "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{\"tdx\":{"       \
          "\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2},"          \
          "\"ratls.claims\":{\"a\":[\"b\"],\"c\":1}}}")

static bool pass(void)
{
    static const struct ratls_token_rules rules = {
        .audience = AUD, .typ = "x+jwt", .jkt = JKT, .ear = true};
    const struct ratls_ear ear = {.iss = ISS, .aud = AUD, .lifetime_s = 60, .jkt = JKT};
    struct ratls_buffer text = make_token(head_of[ES256], BOUND, ES256), json = {0};
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&text), &rules, &t));
    armed = true;
    enum ratls_err e = ratls_ear_payload_from(&token_env, t, &ear, &json, NULL);
    armed = false;
    cr_expect_eq(e == RATLS_OK, json.p != NULL);
    cr_expect(e == RATLS_OK || e == RATLS_E_RANDOM || rt_is_own_failure(e), "%s",
              ratls_err_reason(e));
    if (!e)
        cr_expect(strstr((const char *)json.p, "\"a\":[\"b\"],\"c\":1},\"ratls.appraisers\""));
    ratls_token_free(t);
    ratls_buffer_free(&text);
    ratls_buffer_free(&json);
    return e == RATLS_OK;
}

static void run_all(int how)
{
    fail_each(verify_good, how);
    fail_each(verify_wrong, how);
    fail_each(pin, how);
    fail_each(pin_sm2, how);
    fail_each(make, how);
    fail_each(make_by_sm2, how);
    fail_each(pass, how);
}

Test(token_memory, one_allocation_fails)
{
    run_all(ONCE);
}

Test(token_memory, all_allocations_fail_from_one_on)
{
    run_all(FOR_EVER);
}

Test(token_memory, nothing_of_ours_is_lost)
{
    run_all(OURS_ONCE);
}

#endif
