/* Evidence judged by somebody else: what is sent, and that nothing but a good result counts. */
#include "http_support.h"
#include "oauth.h"
#include "ratls/remote.h"

#define ISS "https://as.example"

static struct issuer {
    struct ratls_jwt_key *key;
    struct ratls_issuers *issuers;
    struct ratls_token_rules rules;
    struct ratls_remote remote;
} is;

static const uint8_t nonce[] = "0123456789";
static const struct ratls_bytes evidence = {(const uint8_t *)"\xff\xfe evidence", 11};

static void open_issuer(void)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer pem = {0}, set = {0};

    cr_assert_eq(ratls_jwt_key_generate(env, "ES256", &pem), RATLS_OK);
    cr_assert_eq(ratls_jwt_key_new(env, rt_bytes_of(&pem), NULL, &is.key, NULL), RATLS_OK);
    const struct ratls_jwt_key *keys[] = {is.key};
    cr_assert_eq(ratls_jwks(keys, 1, &set), RATLS_OK);
    cr_assert_eq(ratls_issuers_new(env, &is.issuers), RATLS_OK);
    cr_assert_eq(ratls_issuers_add(is.issuers, ISS, rt_bytes_of(&set), NULL), RATLS_OK);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&set);
    is.rules = (struct ratls_token_rules){.audience = "me",
                                          .typ = RATLS_EAR_TYP,
                                          .nonce = {nonce, 10},
                                          .ear = true,
                                          .allow_bearer = true};
    is.remote = (struct ratls_remote){
        .url = server.url, .issuers = is.issuers, .rules = &is.rules, .timeout_ms = 5000};
}

static void close_issuer(void)
{
    ratls_issuers_unref(is.issuers);
    ratls_jwt_key_free(is.key);
}

/* An answer with a result for this audience and nonce. New. */
static struct ratls_buffer answer(const char *aud, struct ratls_bytes eat_nonce)
{
    const struct ratls_env *env = ratls_env_system();
    const struct ratls_ear_subject subject = {.allowed = true,
                                              .tee = "tdx",
                                              .vector = {2, 2, 2, 2, 2, 2, 2, 2},
                                              .expires = env->now(NULL) + 300};
    const struct ratls_ear what = {.iss = ISS, .aud = aud, .lifetime_s = 60, .nonce = eat_nonce};
    struct ratls_buffer payload = {0}, token = {0}, out = {0};
    struct ratls_error err = {0};
    struct rt_writer w = {0};

    cr_assert_eq(ratls_ear_payload_of(env, &subject, &what, &payload, &err), RATLS_OK, "%s",
                 err.detail);
    cr_assert_eq(ratls_jwt_sign_json(is.key, RATLS_EAR_TYP, rt_bytes_of(&payload), &token),
                 RATLS_OK);
    rt_put_bytes(&w, ratls_bytes_str(OK_LINE CLOSE "Content-Type: application/json\r\n\r\n"
                                                   "{\"access_token\":\""));
    rt_put_bytes(&w, rt_bytes_of(&token));
    rt_put_bytes(&w, ratls_bytes_str("\",\"issued_token_type\":\"" RT_TYPE_JWT
                                     "\",\"token_type\":\"N_A\"}"));
    cr_assert_eq(rt_writer_take(&w, &out), RATLS_OK);
    ratls_buffer_free(&payload);
    ratls_buffer_free(&token);
    return out;
}

static enum ratls_err appraise(struct ratls_bytes said, struct ratls_token **out,
                               struct ratls_error *err)
{
    start_server(&said, 1, 0);
    enum ratls_err e = ratls_remote_appraise(ratls_env_system(), &is.remote, evidence, out, err);
    stop_server();
    cr_expect((e == RATLS_OK) == (*out != NULL));
    return e;
}

Test(remote, takes_a_result_about_this_evidence)
{
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};

    open_issuer();
    struct ratls_buffer said = answer("me", is.rules.nonce);
    cr_assert_eq(appraise(rt_bytes_of(&said), &token, &err), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(ratls_token_issuer(token), ISS);
    cr_expect(strncmp(server.requests[0], "POST /there", 11) == 0);
    cr_expect(strstr(server.requests[0], "Content-Type: application/x-www-form-urlencoded\r\n"));
    cr_expect_str_eq(strstr(server.requests[0], "\r\n\r\n") + 4,
                     "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&"
                     "subject_token_type=tag%3Aratls.invalid%2C2026%3Atoken-type%3Aevidence&"
                     "subject_token=__4gZXZpZGVuY2U&"
                     "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&"
                     "audience=me&nonce=MDEyMzQ1Njc4OQ");
    ratls_token_free(token);
    ratls_buffer_free(&said);
    close_issuer();
}

Test(remote, takes_no_result_for_others_or_of_others)
{
    struct ratls_token *token = NULL;

    open_issuer();
    struct ratls_buffer other_audience = answer("you", is.rules.nonce);
    struct ratls_buffer other_nonce = answer("me", ratls_bytes("another nonce", 13));
    struct ratls_buffer good = answer("me", is.rules.nonce);
    cr_expect_eq(appraise(rt_bytes_of(&other_audience), &token, NULL), RATLS_E_TOKEN_AUDIENCE);
    cr_expect_eq(appraise(rt_bytes_of(&other_nonce), &token, NULL), RATLS_E_TOKEN_NONCE);
    struct ratls_issuers *nobody = NULL;
    cr_assert_eq(ratls_issuers_new(ratls_env_system(), &nobody), RATLS_OK);
    is.remote.issuers = nobody;
    cr_expect_eq(appraise(rt_bytes_of(&good), &token, NULL), RATLS_E_TOKEN_ISSUER);
    ratls_issuers_unref(nobody);
    ratls_buffer_free(&other_audience);
    ratls_buffer_free(&other_nonce);
    ratls_buffer_free(&good);
    close_issuer();
}

Test(remote, gives_the_reason_of_an_error)
{
    static const struct {
        const char *said;
        enum ratls_err e;
    } cases[] = {
        {"HTTP/1.1 400 Bad\r\n" CLOSE
         "\r\n{\"error\":\"invalid_grant\",\"error_description\":\"no\"}",
         RATLS_E_PEER_DENIED},
        {"HTTP/1.1 500 Oh\r\n" CLOSE "\r\nanything", RATLS_E_FETCH},
        {"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\n" CLOSE "\r\n", RATLS_E_FETCH},
        {OK_LINE CLOSE "Content-Type: text/plain\r\n\r\n{\"access_token\":\"a.b.c\","
                       "\"issued_token_type\":\"" RT_TYPE_JWT "\",\"token_type\":\"N_A\"}",
         RATLS_E_FETCH},
        {OK_LINE CLOSE "Content-Type: application/json\r\n\r\n{}", RATLS_E_FETCH},
        {OK_LINE CLOSE "Content-Type: application/json\r\n\r\n{\"access_token\":\"a.b.c\","
                       "\"issued_token_type\":\"" RT_TYPE_JWT "\",\"token_type\":\"N_A\"}",
         RATLS_E_TOKEN_FORMAT},
        {OK_LINE "Content-Length: 70000\r\n" CLOSE "\r\n", RATLS_E_FETCH},
    };
    struct ratls_token *token = NULL;

    open_issuer();
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(appraise(ratls_bytes_str(cases[i].said), &token, &err), cases[i].e, "%s: %s",
                     cases[i].said, err.detail);
    }
    close_issuer();
}

static enum ratls_err try(struct ratls_remote remote, struct ratls_bytes what)
{
    struct ratls_token *token = NULL;

    remote.url = remote.ctx ? "https://127.0.0.1:1/" : "http://127.0.0.1:1/";
    return ratls_remote_appraise(ratls_env_system(), &remote, what, &token, NULL);
}

Test(remote, asks_nothing_that_makes_no_sense)
{
    static uint8_t much[RATLS_REMOTE_EVIDENCE_MAX + 1];
    struct ratls_remote r;

    open_issuer();
    cr_expect_eq(try(is.remote, evidence), RATLS_E_FETCH, "nobody is there");
    cr_expect_eq(try(is.remote, ratls_bytes("", 0)), RATLS_E_USAGE);
    cr_expect_eq(try(is.remote, ratls_bytes(much, sizeof much)), RATLS_E_USAGE);
    cr_expect_eq(try(is.remote, ratls_bytes(much, sizeof much - 1)), RATLS_E_FETCH);
    r = is.remote;
    r.issuers = NULL;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r = is.remote;
    r.rules = NULL;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r = is.remote;
    r.timeout_ms = -1;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r.timeout_ms = RATLS_REQUEST_TIMEOUT_MAX + 1;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r = is.remote;
    r.ca_file = "ca.pem";
    r.ctx = (struct ratls_ctx *)&is; /* nobody is there: not looked at */
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    is.rules.ear = false;
    cr_expect_eq(try(is.remote, evidence), RATLS_E_USAGE);
    close_issuer();
}

/* ---- Trustee, as its sources show it: no real one is here ---- */

#define TRUSTEE "coco-as"
#define TEXT    OK_LINE CLOSE "Content-Type: text/plain; charset=utf-8\r\n"
/* "0123456789" and zeros. */
#define REPORT_DATA "30313233343536373839"
#define RAW         "MDEyMzQ1Njc4OQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void open_trustee(void)
{
    const struct ratls_jwt_key *keys[1];
    struct ratls_buffer set = {0};

    open_issuer();
    keys[0] = is.key;
    cr_assert_eq(ratls_jwks(keys, 1, &set), RATLS_OK);
    cr_assert_eq(ratls_issuers_add_dialect(is.issuers, TRUSTEE, RATLS_DIALECT_TRUSTEE,
                                           rt_bytes_of(&set), NULL),
                 RATLS_OK);
    ratls_buffer_free(&set);
    is.rules.typ = "JWT";
    is.rules.audience = NULL;
    is.rules.issuer = TRUSTEE;
    is.remote.dialect = RATLS_DIALECT_TRUSTEE;
    is.remote.tee = "tdx";
}

/* What its broker signs, about this TEE and this report data. New. */
static struct ratls_buffer result(const char *tee, const char *report_data)
{
    const long long now = (long long)ratls_env_system()->now(NULL);
    struct ratls_buffer token = {0};
    char json[1024];

    (void)snprintf(json, sizeof json,
                   "{\"eat_profile\":\"tag:github.com,2024:confidential-containers/Trustee\","
                   "\"iat\":%lld,\"exp\":%lld,\"ear.verifier-id\":{\"developer\":\"d\",\"build\":"
                   "\"b\"},\"submods\":{\"cpu0\":{\"ear.status\":\"affirming\","
                   "\"ear.trustworthiness-vector\":{\"executables\":3,\"hardware\":2},"
                   "\"ear.appraisal-policy-id\":\"default\",\"ear.veraison.annotated-evidence\":{"
                   "\"report_data\":\"%s%0*d\",\"runtime_data_claims\":null,\"%s\":{}}}}}",
                   now, now + 300, report_data, 128 - (int)strlen(report_data), 0, tee);
    cr_assert_eq(ratls_jwt_sign_json(is.key, "JWT", ratls_bytes_str(json), &token), RATLS_OK);
    return token;
}

/* One or more results behind the head of an answer. */
static enum ratls_err appraise_after(const char *head, const struct ratls_buffer *token, int times,
                                     struct ratls_token **out, struct ratls_error *err)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, ratls_bytes_str(head));
    rt_put_bytes(&w, ratls_bytes_str("\r\n"));
    for (int i = 0; i < times; i++) {
        if (i > 0)
            rt_put_u8(&w, '\n');
        rt_put_bytes(&w, rt_bytes_of(token));
    }
    *out = NULL;
    enum ratls_err e = appraise(rt_written(&w), out, err);
    rt_writer_free(&w);
    return e;
}

Test(remote, asks_trustee_in_its_own_words)
{
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};

    open_trustee();
    struct ratls_buffer said = result("tdx", REPORT_DATA);
    cr_assert_eq(appraise_after(TEXT, &said, 1, &token, &err), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq(ratls_token_issuer(token), TRUSTEE);
    cr_expect(strstr(server.requests[0], "Content-Type: application/json\r\n"));
    cr_expect_null(strstr(server.requests[0], "urlencoded"));
    cr_expect_str_eq(strstr(server.requests[0], "\r\n\r\n") + 4,
                     "{\"verification_requests\":[{\"tee\":\"tdx\","
                     /* {"quote":"//4gZXZpZGVuY2U="} */
                     "\"evidence\":\"eyJxdW90ZSI6Ii8vNGdaWFpwWkdWdVkyVT0ifQ\","
                     "\"runtime_data\":{\"raw\":\"" RAW "\"},"
                     "\"runtime_data_hash_algorithm\":\"sha384\"}],\"policy_ids\":[\"default\"]}");
    ratls_token_free(token);
    is.remote.policy = "a \"b\"";
    cr_expect_eq(appraise_after(TEXT, &said, 1, &token, &err), RATLS_OK, "%s", err.detail);
    cr_expect(strstr(server.requests[0], "\"policy_ids\":[\"a \\\"b\\\"\"]}"));
    ratls_token_free(token);
    ratls_buffer_free(&said);
    close_issuer();
}

Test(remote, takes_of_trustee_only_a_result_about_this_evidence)
{
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};

    open_trustee();
    struct ratls_buffer good = result("tdx", REPORT_DATA), other = result("snp", REPORT_DATA),
                        stale = result("tdx", "31"), none = {0};
    cr_expect_eq(appraise_after(TEXT, &other, 1, &token, &err), RATLS_E_TOKEN_BINDING);
    cr_expect_eq(appraise_after(TEXT, &stale, 1, &token, &err), RATLS_E_TOKEN_NONCE);
    cr_expect_eq(appraise_after(TEXT, &good, 2, &token, &err), RATLS_E_TOKEN_FORMAT);
    cr_expect_eq(appraise_after(TEXT, &none, 0, &token, &err), RATLS_E_TOKEN_FORMAT);
    cr_expect_eq(
        appraise_after(OK_LINE CLOSE "Content-Type: application/json\r\n", &good, 1, &token, &err),
        RATLS_E_FETCH);
    cr_expect_eq(appraise_after(OK_LINE CLOSE, &good, 1, &token, &err), RATLS_E_FETCH);
    cr_expect_eq(appraise_after("HTTP/1.1 201 Made\r\n" CLOSE "Content-Type: text/plain\r\n", &good,
                                1, &token, &err),
                 RATLS_E_FETCH);
    is.remote.tee = "sgx";
    cr_expect_eq(appraise_after(TEXT, &good, 1, &token, &err), RATLS_E_TOKEN_BINDING);
    ratls_buffer_free(&good);
    ratls_buffer_free(&other);
    ratls_buffer_free(&stale);
    close_issuer();
}

Test(remote, gives_up_on_other_answers_of_trustee)
{
    static const struct {
        const char *said, *detail;
        enum ratls_err e;
    } cases[] = {
        {"HTTP/1.1 500 Oh\r\n" CLOSE "\r\nInternalError(\"Verifier evaluate failed\")",
         "status 500", RATLS_E_FETCH},
        {"HTTP/1.1 400 Bad\r\n" CLOSE "\r\n{\"error\":\"invalid_grant\"}", "status 400",
         RATLS_E_FETCH},
        {"HTTP/1.1 307 There\r\nLocation: http://127.0.0.1:1/\r\n" CLOSE "\r\n", "status 307",
         RATLS_E_FETCH},
        {TEXT "\r\n{\"error\":\"no\"}", "two dots", RATLS_E_TOKEN_FORMAT},
        {TEXT "\r\n\"a.b.c\"", "", RATLS_E_TOKEN_FORMAT},
        {TEXT "Content-Length: 70000\r\n\r\n", "", RATLS_E_FETCH},
    };
    struct ratls_token *token = NULL;

    open_trustee();
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(appraise(ratls_bytes_str(cases[i].said), &token, &err), cases[i].e, "%s: %s",
                     cases[i].said, err.detail);
        cr_expect(strstr(err.detail, cases[i].detail), "%s", err.detail);
    }
    close_issuer();
}

Test(remote, asks_trustee_nothing_that_makes_no_sense)
{
    static const char *const unknown[] = {"snp", "cca", "virtcca", "", "tdx2"};
    struct ratls_token_rules rules;
    struct ratls_remote r;

    open_trustee();
    cr_expect_eq(try(is.remote, evidence), RATLS_E_FETCH, "nobody is there");
    for (size_t i = 0; i < RT_COUNT(unknown); i++) {
        r = is.remote;
        r.tee = unknown[i];
        cr_expect_eq(try(r, evidence), RATLS_E_UNSUPPORTED, "%s", unknown[i]);
    }
    r = is.remote;
    r.tee = NULL;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r = is.remote;
    r.dialect = RATLS_DIALECT_VERAISON;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    r = is.remote;
    r.rules = &rules;
    rules = is.rules;
    rules.issuer = NULL;
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    rules = is.rules;
    rules.nonce = ratls_bytes("", 0);
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    rules.nonce = ratls_bytes(RAW, 65);
    cr_expect_eq(try(r, evidence), RATLS_E_USAGE);
    close_issuer();
}
