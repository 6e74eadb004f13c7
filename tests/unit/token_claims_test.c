/* Tokens: claims against rules (T38, T39). */
#include "token_support.h"

TestSuite(token_claims, .init = make_issuer, .fini = free_issuer, .timeout = 60);

/* ---- claims ---- */

static const struct {
    const char *payload;
    enum ratls_err due;
    const char *detail;
} payloads[] = {
    {"[]", RATLS_E_TOKEN_FORMAT, "no object"},
    {"7", RATLS_E_TOKEN_FORMAT, "no object"},
    {"", RATLS_E_TOKEN_FORMAT, "JSON"},
    {PLAIN() " ,", RATLS_E_TOKEN_FORMAT, "trailing"},
    {PLAIN(",\"exp\":9"), RATLS_E_TOKEN_FORMAT, "appears twice"},
    {PLAIN(",\"x\":\"\\u0000\""), RATLS_E_TOKEN_FORMAT, "NUL"},
    {PLAIN(",\"x\":\"\xff\""), RATLS_E_TOKEN_FORMAT, "UTF-8"},

    {"{\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_FORMAT, "'iss'"},
    {"{\"iss\":7,\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_FORMAT, "'iss'"},
    {"{\"iss\":\"\",\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_FORMAT, "'iss'"},
    {"{\"iss\":[\"" ISS "\"],\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_FORMAT, "'iss'"},
    {"{\"iss\":\"https://as.example/\",\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_ISSUER,
     "'https://as.example/'"},
    {"{\"iss\":\"https://AS.example\",\"aud\":\"web\"," DATES "}", RATLS_E_TOKEN_ISSUER, "AS"},

    {"{\"iss\":\"" ISS "\"," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[]," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":null," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":{\"web\":1}," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"web\",7]," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[[\"web\"]]," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"web\",\"\"]," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"web\",\"a\\nb\"]," DATES "}", RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"iss\":\"" ISS "\",\"aud\":\"we\"," DATES "}", RATLS_E_TOKEN_AUDIENCE, "'we', not 'web'"},
    {"{\"iss\":\"" ISS "\",\"aud\":\"web2\"," DATES "}", RATLS_E_TOKEN_AUDIENCE, "'web2'"},
    {"{\"iss\":\"" ISS "\",\"aud\":\"Web\"," DATES "}", RATLS_E_TOKEN_AUDIENCE, "'Web'"},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"a\",\"b\"]," DATES "}", RATLS_E_TOKEN_AUDIENCE,
     "'a' and others"},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"a\",\"web\"]," DATES "}", RATLS_OK, ""},
    {"{\"iss\":\"" ISS "\",\"aud\":[\"web\"]," DATES "}", RATLS_OK, ""},

    {"{" IDS ",\"nbf\":1800000000,\"exp\":1800000300}", RATLS_E_TOKEN_FORMAT, "'iat'"},
    {"{" IDS ",\"iat\":1800000000,\"exp\":1800000300}", RATLS_E_TOKEN_FORMAT, "'nbf'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000}", RATLS_E_TOKEN_FORMAT, "'exp'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":\"1800000300\"}", RATLS_E_TOKEN_FORMAT,
     "'exp'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300.5}", RATLS_E_TOKEN_FORMAT,
     "not an integer"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1e12}", RATLS_E_TOKEN_FORMAT,
     "not an integer"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":-1}", RATLS_E_TOKEN_FORMAT, "'exp'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":null}", RATLS_E_TOKEN_FORMAT, "'exp'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":true}", RATLS_E_TOKEN_FORMAT, "'exp'"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":1800000000,\"exp\":99999999999999999999}",
     RATLS_E_TOKEN_FORMAT, "2^53"},
    {"{" IDS ",\"iat\":1800000000,\"nbf\":-5,\"exp\":1800000300}", RATLS_E_TOKEN_FORMAT, "'nbf'"},
    {"{" IDS ",\"iat\":\"now\",\"nbf\":1800000000,\"exp\":1800000300}", RATLS_E_TOKEN_FORMAT,
     "'iat'"},

    {PLAIN(",\"sub\":7"), RATLS_E_TOKEN_FORMAT, "'sub'"},
    {PLAIN(",\"sub\":\"\""), RATLS_E_TOKEN_FORMAT, "'sub'"},
    {PLAIN(",\"jti\":7"), RATLS_E_TOKEN_FORMAT, "'jti'"},
    {PLAIN(",\"jti\":\"a\\nb\""), RATLS_E_TOKEN_FORMAT, "'jti'"},
    {PLAIN(",\"eat_nonce\":7"), RATLS_E_TOKEN_FORMAT, "'eat_nonce'"},
    {PLAIN(",\"eat_nonce\":[]"), RATLS_E_TOKEN_FORMAT, "'eat_nonce'"},
    {PLAIN(",\"eat_nonce\":\"1234567\""), RATLS_E_TOKEN_FORMAT, "'eat_nonce'"},
    {PLAIN(",\"eat_nonce\":[\"12345678\",\"1\"]"), RATLS_E_TOKEN_FORMAT, "'eat_nonce'"},
    {PLAIN(",\"eat_nonce\":\"1234567890123456789012345678901234567890123456789012345678901234567890"
           "1234567890123456789\""),
     RATLS_E_TOKEN_FORMAT, "'eat_nonce'"},
    {PLAIN(",\"cnf\":\"x\""), RATLS_E_TOKEN_FORMAT, "'cnf'"},
    {PLAIN(",\"cnf\":{}"), RATLS_E_TOKEN_FORMAT, "'cnf'"},
    {PLAIN(",\"cnf\":[\"jkt\"]"), RATLS_E_TOKEN_FORMAT, "'cnf'"},
    {PLAIN(",\"other\":{\"deep\":[1,2,{\"a\":null}]}"), RATLS_OK, ""},
};

Test(token_claims, are_of_the_right_kind)
{
    for (size_t i = 0; i < RT_COUNT(payloads); i++)
        expect_payload(payloads[i].payload, &usual, payloads[i].due, payloads[i].detail);
}

Test(token_claims, have_texts_of_bounded_length)
{
    static const char *const names[] = {"sub", "jti"};
    char payload[1024], text[258];

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < RT_COUNT(names); i++)
        for (size_t len = 256; len <= 257; len++) {
            text[len] = 0;
            (void)snprintf(payload, sizeof payload, PLAIN(",\"%s\":\"%s\""), names[i], text);
            expect_payload(payload, &usual, len == 256 ? RATLS_OK : RATLS_E_TOKEN_FORMAT,
                           len == 256 ? "" : names[i]);
            text[len] = 'x';
        }
}

Test(token_claims, have_audiences_of_a_bounded_number)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, TEXT("{\"iss\":\"" ISS "\"," DATES ",\"aud\":[\"web\""));
    for (size_t i = 0; i < 16; i++)
        rt_put_bytes(&w, TEXT(",\"a\""));
    rt_put_bytes(&w, TEXT("]}"));
    rt_put_u8(&w, 0);
    expect_payload((const char *)w.p, &usual, RATLS_E_TOKEN_FORMAT, "'aud'");
    rt_writer_free(&w);
}

Test(token_claims, become_claims_for_policies)
{
    struct ratls_buffer token =
        make_token(head_of[ES256], PLAIN(",\"sub\":\"spiffe://a/b\",\"jti\":\"j1\""), ES256);
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&token), &usual, &t));
    const struct ratls_claims *claims = ratls_token_claims(t);
    cr_expect_str_eq(ratls_claims_get(claims, "token.iss")->text, ISS);
    cr_expect_str_eq(ratls_claims_get(claims, "token.kid")->text, "es256");
    cr_expect_str_eq(ratls_claims_get(claims, "token.aud")->items[0], AUD);
    cr_expect_eq(ratls_claims_get(claims, "token.iat")->number, NOW);
    cr_expect_eq(ratls_claims_get(claims, "token.exp")->number, NOW + 300);
    cr_expect_eq(ratls_claims_get(claims, "token.bound")->number, 0);
    cr_expect_str_eq(ratls_token_id(t), "j1");
    cr_expect_str_eq(ratls_token_subject(t), "spiffe://a/b");
    cr_expect_null(ratls_claims_get(claims, "ear.status"));
    ratls_token_free(t);
    ratls_buffer_free(&token);
}

/* ---- dates ---- */

static const struct {
    int64_t now, skew, max_age;
    enum ratls_err due;
    const char *detail;
} moments[] = {
    {NOW, 0, 0, RATLS_OK, ""},
    {NOW + 299, 0, 0, RATLS_OK, ""},
    {NOW + 300, 0, 0, RATLS_E_TOKEN_EXPIRED, "'exp'"},
    {NOW + 359, 60, 0, RATLS_OK, ""},
    {NOW + 360, 60, 0, RATLS_E_TOKEN_EXPIRED, "'exp'"},
    {NOW - 1, 0, 0, RATLS_E_TOKEN_NOT_YET_VALID, "'nbf'"},
    {NOW - 60, 60, 0, RATLS_OK, ""},
    {NOW - 61, 60, 0, RATLS_E_TOKEN_NOT_YET_VALID, "'nbf'"},
    {NOW + 100, 0, 100, RATLS_OK, ""},
    {NOW + 101, 0, 100, RATLS_E_TOKEN_EXPIRED, "101 s old, at most 100"},
    {NOW + 110, 10, 100, RATLS_OK, ""},
    {NOW + 111, 10, 100, RATLS_E_TOKEN_EXPIRED, "111 s old"},
    {0, 300, 0, RATLS_E_TOKEN_NOT_YET_VALID, "'nbf'"},
    {INT64_MAX / 2, 300, 0, RATLS_E_TOKEN_EXPIRED, "'exp'"},
};

Test(token_claims, hold_at_their_time_only)
{
    for (size_t i = 0; i < RT_COUNT(moments); i++) {
        struct ratls_token_rules rules = usual;
        token_now = moments[i].now;
        rules.skew_s = moments[i].skew;
        rules.max_age_s = moments[i].max_age;
        expect_payload(PLAIN(), &rules, moments[i].due, moments[i].detail);
    }
}

/* The clock of the issuers is not asked. */
Test(token_claims, hold_at_the_time_that_is_asked_for)
{
    for (size_t i = 0; i < RT_COUNT(moments); i++) {
        struct ratls_token_rules rules = usual;
        if (moments[i].now == 0)
            continue;
        rules.now = moments[i].now;
        rules.skew_s = moments[i].skew;
        rules.max_age_s = moments[i].max_age;
        expect_payload(PLAIN(), &rules, moments[i].due, moments[i].detail);
    }
}

/* `iat` may lie behind `nbf` or before it: each counts for itself. */
Test(token_claims, do_not_come_from_the_future)
{
    expect_payload("{" IDS ",\"iat\":1800000001,\"nbf\":1800000000,\"exp\":1800000300}", &usual,
                   RATLS_E_TOKEN_NOT_YET_VALID, "'iat'");
    expect_payload("{" IDS ",\"iat\":1800000000,\"nbf\":1800000001,\"exp\":1800000300}", &usual,
                   RATLS_E_TOKEN_NOT_YET_VALID, "'nbf'");
    expect_payload("{" IDS ",\"iat\":9007199254740991,\"nbf\":0,\"exp\":9007199254740991}", &usual,
                   RATLS_E_TOKEN_NOT_YET_VALID, "'iat'");
    expect_payload("{" IDS ",\"iat\":0,\"nbf\":0,\"exp\":9007199254740991}", &usual, RATLS_OK, "");
}

/* ---- nonce ---- */

Test(token_claims, answer_the_nonce)
{
    static const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct ratls_token_rules rules = usual;

    rules.nonce = ratls_bytes(bytes, sizeof bytes);
    expect_payload(PLAIN(",\"eat_nonce\":\"AAECAwQFBgc\""), &rules, RATLS_OK, "");
    expect_payload(PLAIN(",\"eat_nonce\":[\"AAAAAAAAAAA\",\"AAECAwQFBgc\"]"), &rules, RATLS_OK, "");
    expect_payload(PLAIN(), &rules, RATLS_E_TOKEN_NONCE, "no 'eat_nonce'");
    expect_payload(PLAIN(",\"nonce\":\"AAECAwQFBgc\""), &rules, RATLS_E_TOKEN_NONCE, "no");
    expect_payload(PLAIN(",\"eat_nonce\":\"AAECAwQFBgd\""), &rules, RATLS_E_TOKEN_NONCE, "another");
    expect_payload(PLAIN(",\"eat_nonce\":\"AAECAwQFBgcI\""), &rules, RATLS_E_TOKEN_NONCE,
                   "another");
    expect_payload(PLAIN(",\"eat_nonce\":\"AAECAwQFBg\""), &rules, RATLS_E_TOKEN_NONCE, "another");
    expect_payload(PLAIN(",\"eat_nonce\":\"AAECAwQFBgc\""), &usual, RATLS_OK, "");
}

/* ---- whose token it is ---- */

#define JKT   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* of 32 zeros, like the next */
#define CERT  JKT
#define OTHER "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"

enum { KEY = 1, CERTIFICATE = 2, BEARER = 4 };
static const struct {
    const char *cnf;
    int known;
    enum ratls_err due;
    bool bound;
} bindings[] = {
    {"", 0, RATLS_OK, false},
    {"", KEY, RATLS_E_TOKEN_BINDING, false},
    {"", CERTIFICATE, RATLS_E_TOKEN_BINDING, false},
    {"", KEY | BEARER, RATLS_OK, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", 0, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", KEY, RATLS_OK, true},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", KEY | CERTIFICATE, RATLS_OK, true},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", KEY | BEARER, RATLS_OK, true},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", BEARER, RATLS_OK, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\"}", CERTIFICATE, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" OTHER "\"}", KEY, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" OTHER "\"}", KEY | BEARER, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":7}", KEY, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"x5t#S256\":\"" CERT "\"}", 0, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"x5t#S256\":\"" CERT "\"}", CERTIFICATE, RATLS_OK, true},
    {",\"cnf\":{\"x5t#S256\":\"" CERT "\"}", KEY, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"x5t#S256\":\"" OTHER "\"}", KEY | CERTIFICATE, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\",\"x5t#S256\":\"" CERT "\"}", KEY | CERTIFICATE, RATLS_OK, true},
    {",\"cnf\":{\"jkt\":\"" JKT "\",\"x5t#S256\":\"" OTHER "\"}", KEY | CERTIFICATE,
     RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\",\"x5t#S256\":\"" CERT "\"}", KEY, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\",\"x5t#S256\":\"" CERT "\"}", KEY | BEARER, RATLS_OK, false},
    {",\"cnf\":{\"jwk\":{\"kty\":\"EC\"}}", KEY | CERTIFICATE, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"kid\":\"es256\"}", KEY | CERTIFICATE, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"jkt\":\"" JKT "\",\"jwk\":{}}", KEY, RATLS_E_TOKEN_BINDING, false},
    {",\"cnf\":{\"kid\":\"es256\"}", BEARER, RATLS_OK, false},
};

Test(token_claims, bind_the_token_to_a_key)
{
    static const uint8_t zeros[RT_SHA256_LEN];
    char payload[512];

    for (size_t i = 0; i < RT_COUNT(bindings); i++) {
        struct ratls_token_rules rules = usual;
        struct ratls_token *t = NULL;
        rules.jkt = bindings[i].known & KEY ? JKT : NULL;
        rules.cert_sha256 = ratls_bytes(zeros, bindings[i].known & CERTIFICATE ? 32 : 0);
        rules.allow_bearer = bindings[i].known & BEARER;
        (void)snprintf(payload, sizeof payload, "{" IDS "," DATES "%s}", bindings[i].cnf);
        struct ratls_buffer token = make_token(head_of[ES256], payload, ES256);
        enum ratls_err e = verify_with(rt_bytes_of(&token), &rules, &t);
        cr_expect_eq(e, bindings[i].due, "row %zu: %s", i, err.detail);
        if (e == RATLS_OK)
            cr_expect_eq(ratls_token_is_bound(t), bindings[i].bound, "row %zu", i);
        ratls_token_free(t);
        ratls_buffer_free(&token);
    }
}
