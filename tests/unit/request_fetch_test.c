/* Tokens and secrets by attested requests: what is sent, what is taken, and what errors mean. */
#include "oauth.h"
#include "ratls/remote.h"
#include "ratls/token.h"
#include "request_support.h"

#define JSON_HEAD(status) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\n"
#define TOKEN             "aaa.bb-_.c0c"
#define GOOD                                                                                       \
    "{\"access_token\":\"" TOKEN "\",\"issued_token_type\":"                                       \
    "\"urn:ietf:params:oauth:token-type:jwt\",\"token_type\":\"N_A\",\"expires_in\":60}"

static struct ratls_jwt_key *proved; /* NULL: the token is that of TLS */

static enum ratls_err fetch_token(const char *answer, struct ratls_response *out,
                                  struct ratls_error *err)
{
    const struct script s = {ratls_bytes_str(answer), 0, CLOSES, false};
    const struct ratls_token_fetch what = {.url = server.url,
                                           .audience = "https://a.example/v1?x y&",
                                           .timeout_ms = 20000,
                                           .dpop = proved,
                                           .dpop_url = proved ? "https://as.example/token" : NULL};

    *err = (struct ratls_error){0};
    server_start(&s);
    enum ratls_err e =
        ratls_token_fetch(ratls_env_system(), server.rig.client.ctx, &what, out, err);
    server_join();
    return e;
}

Test(token_fetch, exchanges_the_channel_for_a_token)
{
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_assert_eq(fetch_token(JSON_HEAD("200 OK") "\r\n" GOOD, &r, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_str_eq((char *)r.body.p, TOKEN);
    cr_expect_eq(r.body.len, strlen(TOKEN));
    cr_expect(ratls_verdict_allowed(r.verdict));
    cr_expect(strncmp(server.request, "POST /there", 11) == 0);
    cr_expect(strstr(server.request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    cr_expect_str_eq(strstr(server.request, "\r\n\r\n") + 4,
                     "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&"
                     "subject_token_type=tag%3Aratls.invalid%2C2026%3Atoken-type%3Achannel&"
                     "subject_token=channel&"
                     "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&"
                     "audience=https%3A%2F%2Fa.example%2Fv1%3Fx%20y%26");
    ratls_response_free(&r);
    server_close();
}

/* The one request is judged as the token endpoint does. */
static void expect_proof(void)
{
    const struct ratls_dpop_rules rules = {
        .method = "POST", .url = "https://as.example/token", .max_age_s = 60};
    const char *at = strstr(server.request, "\r\nDPoP: ");
    struct ratls_dpop_proof proof;

    cr_assert_not_null(at);
    at += strlen("\r\nDPoP: ");
    cr_expect_eq(ratls_dpop_verify(ratls_env_system(), ratls_bytes(at, strcspn(at, "\r")), &rules,
                                   &proof, NULL),
                 RATLS_OK);
    cr_expect_str_eq(proof.jkt, ratls_jwt_key_id(proved));
}

Test(token_fetch, binds_the_token_to_a_proved_key)
{
    static const char bound[] = "{\"access_token\":\"" TOKEN "\",\"issued_token_type\":"
                                "\"urn:ietf:params:oauth:token-type:jwt\",\"token_type\":\"DPoP\"}";
    static const struct {
        const char *answer;
        enum ratls_err due;
    } rows[] = {{bound, RATLS_OK}, {GOOD, RATLS_E_FETCH}};
    struct ratls_buffer pem = {0};
    struct ratls_response r;
    struct ratls_error err;
    char answer[512];

    cr_assert_eq(ratls_jwt_key_generate(ratls_env_system(), "ES256", &pem), RATLS_OK);
    cr_assert_eq(ratls_jwt_key_new(ratls_env_system(), rt_bytes_of(&pem), NULL, &proved, NULL),
                 RATLS_OK);
    ratls_buffer_free(&pem);
    server_usual();
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        (void)snprintf(answer, sizeof answer, JSON_HEAD("200 OK") "DPoP-Nonce: n-%zu\r\n\r\n%s", i,
                       rows[i].answer);
        cr_expect_eq(fetch_token(answer, &r, &err), rows[i].due, "%s", err.detail);
        cr_expect_eq(r.dpop_nonce[2], '0' + (char)i);
        expect_proof();
        ratls_response_free(&r);
    }
    cr_expect_eq(fetch_token(JSON_HEAD("400 Bad") "\r\n{\"error\":\"use_dpop_nonce\"}", &r, &err),
                 RATLS_E_USAGE, "no nonce, no second request");
    cr_expect_str_eq(err.detail, "status 400: use_dpop_nonce");
    ratls_response_free(&r);
    cr_expect_eq(fetch_token(JSON_HEAD("400 Bad") "DPoP-Nonce: a\r\nDPoP-Nonce: b\r\n\r\n"
                                                  "{\"error\":\"use_dpop_nonce\"}",
                             &r, &err),
                 RATLS_E_USAGE, "nor with two");
    ratls_response_free(&r);
    cr_expect_eq(fetch_token(JSON_HEAD("400 Bad") "DPoP-Nonce: a\r\n\r\n"
                                                  "{\"error\":\"invalid_dpop_proof\"}",
                             &r, &err),
                 RATLS_E_USAGE, "nor for another error");
    ratls_response_free(&r);
    server_close();
    ratls_jwt_key_free(proved);
}

Test(token_fetch, gives_the_reason_of_an_error)
{
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_expect_eq(fetch_token(JSON_HEAD("400 Bad") "\r\n{\"error\":\"invalid_target\","
                                                  "\"error_description\":\"not \\u0007 here\"}",
                             &r, &err),
                 RATLS_E_NOT_FOUND);
    cr_expect_str_eq(err.detail, "status 400: invalid_target: not ? here");
    cr_expect_null(r.body.p);
    cr_expect_eq(r.status, 400);
    ratls_response_free(&r);
    server_close();
}

Test(token_fetch, takes_a_token_of_no_other_media_type)
{
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_expect_eq(fetch_token(OK_HEAD "\r\n" GOOD, &r, &err), RATLS_E_FETCH);
    cr_expect_null(r.body.p);
    ratls_response_free(&r);
    cr_expect_eq(fetch_token(JSON_HEAD("201 Made") "\r\n" GOOD, &r, &err), RATLS_E_FETCH);
    ratls_response_free(&r);
    server_close();
}

#define JWT_TYPE "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:jwt\""
#define N_A      "\"token_type\":\"N_A\""

static const char *const bad_answers[] = {
    "",
    "[]",
    "{}",
    GOOD "x",
    "{\"access_token\":\"a.b.c\",\"access_token\":\"a.b.c\"," JWT_TYPE "," N_A "}",
    "{" JWT_TYPE "," N_A "}",
    "{\"access_token\":7," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b.c.d\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a..c\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\".b.c\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b.\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b.c=\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b~.c\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b.c\\n\"," JWT_TYPE "," N_A "}",
    "{\"access_token\":\"a.b.c\"," N_A "}",
    "{\"access_token\":\"a.b.c\",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:"
    "saml2\"," N_A "}",
    "{\"access_token\":\"a.b.c\"," JWT_TYPE "}",
    "{\"access_token\":\"a.b.c\"," JWT_TYPE ",\"token_type\":\"Bearer\"}",
    "{\"access_token\":\"a.b.c\"," JWT_TYPE ",\"token_type\":\"DPoP\"}",
    "{\"access_token\":\"a.b.c\"," JWT_TYPE "," N_A ",\"expires_in\":0}",
    "{\"access_token\":\"a.b.c\"," JWT_TYPE "," N_A ",\"expires_in\":\"60\"}",
};

Test(token_fetch, refuses_other_answers)
{
    struct ratls_buffer token;

    cr_assert_eq(rt_oauth_token(ratls_bytes_str(GOOD), RT_OAUTH_TLS, &token, NULL), RATLS_OK);
    ratls_buffer_free(&token);
    for (size_t i = 0; i < RT_COUNT(bad_answers); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(rt_oauth_token(ratls_bytes_str(bad_answers[i]), RT_OAUTH_TLS, &token, &err),
                     RATLS_E_FETCH, "%s", bad_answers[i]);
        cr_expect_null(token.p);
    }
}

Test(token_fetch, refuses_a_token_that_is_too_long)
{
    static char text[RATLS_TOKEN_MAX + 200];
    struct ratls_buffer token;

    for (size_t over = 0; over < 2; over++) {
        size_t n = (size_t)sprintf(text, "{" JWT_TYPE "," N_A ",\"access_token\":\"a.b.");
        memset(text + n, 'c', RATLS_TOKEN_MAX - 4 + over);
        (void)strcpy(text + n + RATLS_TOKEN_MAX - 4 + over, "\"}");
        cr_expect_eq(rt_oauth_token(ratls_bytes_str(text), RT_OAUTH_TLS, &token, NULL),
                     over ? RATLS_E_FETCH : RATLS_OK);
        ratls_buffer_free(&token);
    }
}

static const struct {
    int status;
    const char *body;
    enum ratls_err oauth, problem;
} errors[] = {
    {400, "{\"error\":\"invalid_request\"}", RATLS_E_USAGE, RATLS_E_USAGE},
    {400, "{\"error\":\"invalid_scope\"}", RATLS_E_USAGE, RATLS_E_USAGE},
    {400, "{\"error\":\"unsupported_grant_type\"}", RATLS_E_USAGE, RATLS_E_USAGE},
    {400, "{\"error\":\"invalid_target\"}", RATLS_E_NOT_FOUND, RATLS_E_USAGE},
    {400, "{\"error\":\"invalid_grant\"}", RATLS_E_PEER_DENIED, RATLS_E_USAGE},
    {400, "{\"error\":\"unauthorized_client\"}", RATLS_E_PEER_DENIED, RATLS_E_USAGE},
    {400, "{\"error\":\"access_denied\"}", RATLS_E_PEER_DENIED, RATLS_E_USAGE},
    {401, "{\"error\":\"invalid_client\"}", RATLS_E_PEER_DENIED, RATLS_E_PEER_DENIED},
    {429, "{\"error\":\"temporarily_unavailable\"}", RATLS_E_LIMIT, RATLS_E_LIMIT},
    {400, "{\"error\":\"slow_down\"}", RATLS_E_LIMIT, RATLS_E_USAGE},
    {500, "{\"error\":\"server_error\"}", RATLS_E_FETCH, RATLS_E_FETCH},
    {403, "{\"error\":\"what is this\"}", RATLS_E_FETCH, RATLS_E_PEER_DENIED},
    {403, "{\"error\":7}", RATLS_E_PEER_DENIED, RATLS_E_PEER_DENIED},
    {403, "<html>", RATLS_E_PEER_DENIED, RATLS_E_PEER_DENIED},
    {404, "", RATLS_E_NOT_FOUND, RATLS_E_NOT_FOUND},
    {405, "[\"error\"]", RATLS_E_USAGE, RATLS_E_USAGE},
    {406, "", RATLS_E_USAGE, RATLS_E_USAGE},
    {410, "", RATLS_E_NOT_FOUND, RATLS_E_NOT_FOUND},
    {302, "", RATLS_E_FETCH, RATLS_E_FETCH},
    {204, "", RATLS_E_FETCH, RATLS_E_FETCH},
    {503, "", RATLS_E_FETCH, RATLS_E_FETCH},
};

Test(token_fetch, knows_what_errors_mean)
{
    for (size_t i = 0; i < RT_COUNT(errors); i++) {
        const struct ratls_bytes body = ratls_bytes_str(errors[i].body);
        struct ratls_error err = {0};
        cr_expect_eq(rt_oauth_error(errors[i].status, body, &err), errors[i].oauth, "%s: %s",
                     errors[i].body, err.detail);
        err = (struct ratls_error){0};
        cr_expect_eq(rt_problem_error(errors[i].status, body, &err), errors[i].problem, "%s: %s",
                     errors[i].body, err.detail);
    }
}

/* ---- secrets ---- */

static enum ratls_err fetch_secret(struct ratls_secret_fetch what, const char *answer,
                                   struct ratls_response *out, struct ratls_error *err)
{
    const struct script s = {ratls_bytes_str(answer), 0, CLOSES, false};
    char url[64];

    (void)snprintf(url, sizeof url, "%.*s/secrets",
                   (int)(strstr(server.url, "/there") - server.url), server.url);
    what.url = url;
    what.timeout_ms = 20000;
    *err = (struct ratls_error){0};
    server_start(&s);
    enum ratls_err e =
        ratls_secret_fetch(ratls_env_system(), server.rig.client.ctx, &what, out, err);
    server_join();
    return e;
}

#define BYTES "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
#define JOSE  "HTTP/1.1 200 OK\r\nContent-Type: application/jose\r\n"

Test(secret_fetch, gets_a_value)
{
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_assert_eq(fetch_secret((struct ratls_secret_fetch){.name = "db_pass-1"},
                              BYTES "Content-Length: 5\r\n\r\nvalue", &r, &err),
                 RATLS_OK, "%s", err.detail);
    cr_expect_str_eq((char *)r.body.p, "value");
    cr_expect(strncmp(server.request, "GET /secrets/db_pass-1 HTTP/1.1\r\n", 33) == 0, "%s",
              server.request);
    cr_expect(strstr(server.request, "\r\nAccept: application/octet-stream\r\n"));
    ratls_response_free(&r);
    cr_assert_eq(fetch_secret((struct ratls_secret_fetch){.name = "a", .version = 7, .jwe = true},
                              JOSE "Content-Length: 9\r\n\r\na.b.c.d.e", &r, &err),
                 RATLS_OK, "%s", err.detail);
    cr_expect_str_eq((char *)r.body.p, "a.b.c.d.e");
    cr_expect(strncmp(server.request, "GET /secrets/a?version=7 HTTP/1.1\r\n", 35) == 0, "%s",
              server.request);
    cr_expect(strstr(server.request, "\r\nAccept: application/jose\r\n"));
    ratls_response_free(&r);
    server_close();
}

Test(secret_fetch, takes_nothing_else_for_a_value)
{
    static const struct {
        const char *answer;
        bool jwe;
        enum ratls_err e;
    } cases[] = {
        {BYTES "\r\nclear", true, RATLS_E_FETCH},
        {JOSE "\r\na.b.c.d.e", false, RATLS_E_FETCH},
        {"HTTP/1.1 200 OK\r\n\r\nvalue", false, RATLS_E_FETCH},
        {"HTTP/1.1 403 No\r\nContent-Type: application/octet-stream\r\n\r\nno", false,
         RATLS_E_PEER_DENIED},
        {"HTTP/1.1 302 There\r\nLocation: https://127.0.0.1:1/\r\n"
         "Content-Type: application/octet-stream\r\n\r\nno",
         false, RATLS_E_FETCH},
    };
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        cr_expect_eq(fetch_secret((struct ratls_secret_fetch){.name = "a", .jwe = cases[i].jwe},
                                  cases[i].answer, &r, &err),
                     cases[i].e, "%s: %s", cases[i].answer, err.detail);
        cr_expect_null(r.body.p);
        ratls_response_free(&r);
    }
    server_close();
}

Test(secret_fetch, gives_the_words_of_a_problem)
{
    struct ratls_response r;
    struct ratls_error err;

    server_usual();
    cr_expect_eq(fetch_secret((struct ratls_secret_fetch){.name = "a"},
                              "HTTP/1.1 404 No\r\nContent-Type: application/problem+json\r\n\r\n"
                              "{\"title\":\"no such secret\",\"status\":404}",
                              &r, &err),
                 RATLS_E_NOT_FOUND);
    cr_expect_str_eq(err.detail, "status 404: no such secret");
    ratls_response_free(&r);
    server_close();
}

Test(secret_fetch, refuses_names_that_are_none)
{
    static const struct ratls_secret_fetch bad[] = {
        {.url = "https://127.0.0.1:1/secrets"},
        {.url = "https://127.0.0.1:1/secrets", .name = ""},
        {.url = "https://127.0.0.1:1/secrets", .name = "a/b"},
        {.url = "https://127.0.0.1:1/secrets", .name = "a?version=1"},
        {.url = "https://127.0.0.1:1/secrets", .name = ".."},
        {.url = "https://127.0.0.1:1/secrets",
         .name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {.url = "https://127.0.0.1:1/secrets", .name = "a", .version = -1},
        {.url = "https://127.0.0.1:1/secrets?a=b", .name = "a"},
        {.name = "a"},
    };
    struct ratls_response r;

    server_usual();
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(
            ratls_secret_fetch(ratls_env_system(), server.rig.client.ctx, &bad[i], &r, NULL),
            RATLS_E_USAGE, "%zu", i);
    server_close();
}

/* ---- evidence to be judged ---- */

Test(remote, asks_over_the_attested_connection)
{
    static const struct ratls_token_rules rules = {
        .audience = "me", .typ = RATLS_EAR_TYP, .ear = true};
    const struct script s = {ratls_bytes_str(JSON_HEAD("200 OK") "\r\n" GOOD), 0, CLOSES, false};
    struct ratls_issuers *issuers = NULL;
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};

    server_usual();
    cr_assert_eq(ratls_issuers_new(ratls_env_system(), &issuers), RATLS_OK);
    const struct ratls_remote remote = {
        .url = server.url, .ctx = server.rig.client.ctx, .issuers = issuers, .rules = &rules};
    server_start(&s);
    cr_expect_eq(
        ratls_remote_appraise(ratls_env_system(), &remote, ratls_bytes("quote", 5), &token, &err),
        RATLS_E_TOKEN_FORMAT, "%s", err.detail);
    server_join();
    cr_expect_null(token);
    cr_expect(strstr(server.request, "&subject_token=cXVvdGU&"), "%s", server.request);
    ratls_issuers_unref(issuers);
    server_close();
}
