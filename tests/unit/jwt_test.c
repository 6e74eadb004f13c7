/* Tokens for others: verified by libjwt, and what they may not say. */
#include <jwt.h>

#include "bundle_support.h"
#include "json.h"
#include "jwk.h"
#include "ratls/jwt.h"

static struct ratls_jwt_key *key;
static struct ratls_claims *claims;

static void setup(void)
{
    make_keys();
    MUST(ratls_jwt_key_new(ratls_env_system(), rt_bytes_of(&private_pem[P256]), NULL, &key, &err));
    cr_assert_not_null(claims = ratls_claims_new());
}

static void teardown(void)
{
    ratls_claims_free(claims);
    ratls_jwt_key_free(key);
    free_keys();
}

TestSuite(jwt, .init = setup, .fini = teardown, .timeout = 120);

/* libjwt knows no typ but "JWT". */
static struct ratls_buffer sign(void)
{
    struct ratls_buffer token = {0};

    MUST(ratls_jwt_sign(key, "JWT", claims, &token));
    cr_assert_eq(strlen((const char *)token.p), token.len);
    return token;
}

static jwt_t *decode(const struct ratls_buffer *token, enum signer by)
{
    jwt_t *jwt = NULL;

    if (jwt_decode(&jwt, (const char *)token->p, public_pem[by].p, (int)public_pem[by].len) != 0)
        return NULL;
    return jwt;
}

Test(jwt, is_verified_by_another_library)
{
    ratls_claims_set_text(claims, "iss", "web");
    ratls_claims_set_uint(claims, "exp", 4102444800);
    ratls_claims_set_bool(claims, "simulated", true);
    struct ratls_buffer token = sign();
    jwt_t *jwt = decode(&token, P256);

    cr_assert_not_null(jwt);
    cr_expect_eq(jwt_get_alg(jwt), JWT_ALG_ES256);
    cr_expect_str_eq(jwt_get_grant(jwt, "iss"), "web");
    cr_expect_eq(jwt_get_grant_int(jwt, "exp"), 4102444800);
    cr_expect_eq(jwt_get_grant_bool(jwt, "simulated"), 1);
    cr_expect_str_eq(jwt_get_header(jwt, "kid"), ratls_jwt_key_id(key));
    jwt_free(jwt);
    ratls_buffer_free(&token);
}

Test(jwt, is_of_one_key_and_its_very_bytes)
{
    ratls_claims_set_text(claims, "sub", "a");
    struct ratls_buffer token = sign();

    cr_expect_null(decode(&token, P384));
    for (size_t i = 0; i + 1 < token.len; i += 7) {
        token.p[i] ^= 1;
        cr_expect_null(decode(&token, P256), "byte %zu", i);
        token.p[i] ^= 1;
    }
    ratls_buffer_free(&token);
}

static struct cJSON *payload_of(const struct ratls_buffer *token)
{
    const char *begin = strchr((const char *)token->p, '.') + 1, *end = strchr(begin, '.');
    uint8_t json[RATLS_JWT_MAX];
    size_t len = sizeof json;
    struct cJSON *parsed = NULL;

    cr_assert(rt_unbase64url(begin, (size_t)(end - begin), json, &len));
    MUST(rt_json_parse(ratls_bytes(json, len), RATLS_E_TRUST_FORMAT, &parsed, &err));
    return parsed;
}

/* Quotes and backslashes end no text early: the text is what a strict reader finds. */
Test(jwt, lets_no_text_become_syntax)
{
    static const char *const texts[] = {
        "\"", "\\", "\",\"admin\":true,\"x\":\"", "}", "\\u0022", "</script>", "%00", "{\"a\":1}"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        ratls_claims_set_text(claims, "sub", texts[i]);
        struct ratls_buffer token = sign();
        jwt_t *jwt = decode(&token, P256);
        cr_assert_not_null(jwt);
        cr_expect_str_eq(jwt_get_grant(jwt, "sub"), texts[i]);
        cr_expect_null(jwt_get_grant(jwt, "admin"));
        jwt_free(jwt);
        struct cJSON *strict = payload_of(&token);
        rt_json_free(strict);
        ratls_buffer_free(&token);
    }
}

Test(jwt, holds_lists)
{
    ratls_claims_add_item(claims, "aud", "a");
    ratls_claims_add_item(claims, "aud", "b\"");
    struct ratls_buffer token = sign();
    struct cJSON *json = payload_of(&token);

    cr_expect(rt_json_has(json, "aud"));
    rt_json_free(json);
    ratls_buffer_free(&token);
}

static void expect_refusal(const char *typ, enum ratls_err expected)
{
    struct ratls_buffer token = {0};

    cr_expect_eq(ratls_jwt_sign(key, typ, claims, &token), expected, "%s", typ);
    cr_expect_null(token.p);
}

Test(jwt, refuses_control_characters_and_what_claims_refuse)
{
    cr_expect_neq(ratls_claims_set_text(claims, "sub", "a\nb"), RATLS_OK);
    expect_refusal("JWT", RATLS_E_USAGE);
}

Test(jwt, refuses_a_typ_that_is_no_media_type)
{
    static const char *const typs[] = {"",
                                       "a b",
                                       "a\"",
                                       "a\n",
                                       "\xc3\xa4",
                                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                       "aaaaaaaaaa"};

    for (size_t i = 0; i < RT_COUNT(typs); i++)
        expect_refusal(typs[i], RATLS_E_USAGE);
    expect_refusal(NULL, RATLS_E_USAGE);
}

Test(jwt, refuses_numbers_that_readers_round)
{
    ratls_claims_set_uint(claims, "exp", (uint64_t)RT_JSON_INT_MAX + 1);
    expect_refusal("JWT", RATLS_E_USAGE);
}

Test(jwt, refuses_to_become_too_long)
{
    char text[2000], name[] = "a";

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    for (; name[0] < 'e'; name[0]++)
        ratls_claims_set_text(claims, name, text);
    expect_refusal("JWT", RATLS_E_LIMIT);
}

/* ---- keys ---- */

static const struct {
    const char *asked, *alg; /* asked NULL: what the key says */
    enum signer by;
    enum ratls_err due;
} choices[] = {
    {NULL, "ES256", P256, RATLS_OK},         {NULL, "ES384", P384, RATLS_OK},
    {NULL, "PS256", RSA, RATLS_OK},          {NULL, NULL, P521, RATLS_E_CERT_KEY},
    {"ES256", "ES256", P256, RATLS_OK},      {"ES384", "ES384", P384, RATLS_OK},
    {"PS256", "PS256", RSA, RATLS_OK},       {"RS256", "RS256", RSA, RATLS_OK},
    {"ES256", NULL, P384, RATLS_E_CERT_KEY}, {"ES384", NULL, P256, RATLS_E_CERT_KEY},
    {"ES256", NULL, RSA, RATLS_E_CERT_KEY},  {"PS256", NULL, P256, RATLS_E_CERT_KEY},
    {"RS256", NULL, P384, RATLS_E_CERT_KEY}, {"HS256", NULL, P256, RATLS_E_USAGE},
    {"none", NULL, P256, RATLS_E_USAGE},     {"ES512", NULL, P521, RATLS_E_USAGE},
    {"", NULL, P256, RATLS_E_USAGE},
};

static enum ratls_err open_key(struct ratls_bytes text, const char *alg, struct ratls_jwt_key **out)
{
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_jwt_key_new(ratls_env_system(), text, alg, out, &err);

    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, *out != NULL);
    return e;
}

Test(jwt, takes_its_algorithm_from_the_key)
{
    for (size_t i = 0; i < RT_COUNT(choices); i++) {
        struct ratls_jwt_key *other = NULL;
        enum ratls_err e =
            open_key(rt_bytes_of(&private_pem[choices[i].by]), choices[i].asked, &other);
        cr_expect_eq(e, choices[i].due, "row %zu: %s", i, err.detail);
        cr_expect(e || strcmp(ratls_jwt_key_alg(other), choices[i].alg) == 0, "row %zu", i);
        ratls_jwt_key_free(other);
    }
}

Test(jwt, wants_one_private_key)
{
    struct ratls_jwt_key *other = NULL;
    struct rt_writer two = {0};

    rt_put_bytes(&two, rt_bytes_of(&private_pem[P256]));
    rt_put_bytes(&two, rt_bytes_of(&private_pem[RSA]));
    cr_expect_eq(open_key(rt_written(&two), NULL, &other), RATLS_E_CERT_FORMAT);
    cr_expect_eq(open_key(rt_bytes_of(&public_pem[P256]), NULL, &other), RATLS_E_CERT_FORMAT);
    cr_expect_eq(open_key(TEXT(""), NULL, &other), RATLS_E_CERT_FORMAT);
    cr_expect_eq(open_key(TEXT("0"), NULL, &other), RATLS_E_CERT_FORMAT);
    rt_writer_free(&two);
}

Test(jwt, refuses_small_rsa_keys)
{
    struct ratls_jwt_key *other = NULL;
    struct rt_rsa_key *small = NULL;
    struct ratls_buffer der = {0};

    MUST(rt_rsa_generate(ratls_env_system(), 1024, &small));
    MUST(rt_rsa_export(small, &der));
    cr_expect_eq(open_key(rt_bytes_of(&der), NULL, &other), RATLS_E_CERT_KEY);
    cr_expect(strstr(err.detail, "1024 bits"), "%s", err.detail);
    ratls_buffer_free(&der);
    rt_rsa_free(small);
}

/* Of RFC 8017's RSAPrivateKey, the exponent that is public. */
Test(jwt, refuses_an_rsa_key_whose_halves_differ)
{
    static const uint8_t exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    struct ratls_jwt_key *other = NULL;
    struct ratls_buffer der = {0};

    MUST(rt_rsa_export(rsa, &der));
    uint8_t *at = memmem(der.p, der.len, exponent, sizeof exponent);
    cr_assert(at);
    at[sizeof exponent - 1] = 0x03;
    cr_expect_eq(open_key(rt_bytes_of(&der), NULL, &other), RATLS_E_CERT_KEY);
    cr_expect(strstr(err.detail, "do not belong together"), "%s", err.detail);
    ratls_buffer_free(&der);
}

Test(jwt, makes_keys_for_every_algorithm)
{
    static const char *const algs[] = {"ES256", "ES384", "PS256", "RS256", "SM2"};

    for (size_t i = 0; i < RT_COUNT(algs); i++) {
        struct ratls_jwt_key *made = NULL;
        struct ratls_buffer pem = {0};
        MUST(ratls_jwt_key_generate(ratls_env_system(), algs[i], &pem));
        cr_expect_eq(strlen((const char *)pem.p), pem.len);
        MUST(open_key(rt_bytes_of(&pem), algs[i], &made));
        ratls_buffer_free(&pem);
        ratls_jwt_key_free(made);
    }
    struct ratls_buffer none = {0};
    cr_expect_eq(ratls_jwt_key_generate(ratls_env_system(), "HS256", &none), RATLS_E_USAGE);
    cr_expect_eq(ratls_jwt_key_generate(ratls_env_system(), NULL, &none), RATLS_E_USAGE);
    cr_expect_null(none.p);
}

/* libjwt has no PS256: tests/scenario/tokens.sh has a foreign verifier of that. */
Test(jwt, is_verified_by_another_library_under_every_algorithm)
{
    static const struct {
        const char *alg;
        enum signer by;
        jwt_alg_t foreign;
    } rows[] = {{"ES256", P256, JWT_ALG_ES256},
                {"ES384", P384, JWT_ALG_ES384},
                {"RS256", RSA, JWT_ALG_RS256}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_jwt_key *signer = NULL;
        struct ratls_buffer token = {0};
        MUST(open_key(rt_bytes_of(&private_pem[rows[i].by]), rows[i].alg, &signer));
        MUST(ratls_jwt_sign_json(signer, "JWT", TEXT("{\"sub\":\"\u00e4\",\"n\":[1,{}]}"), &token));
        jwt_t *jwt = decode(&token, rows[i].by);
        cr_assert_not_null(jwt, "%s", rows[i].alg);
        cr_expect_eq(jwt_get_alg(jwt), rows[i].foreign);
        cr_expect_str_eq(jwt_get_grant(jwt, "sub"), "\xc3\xa4");
        jwt_free(jwt);
        ratls_buffer_free(&token);
        ratls_jwt_key_free(signer);
    }
}

Test(jwt, signs_json_byte_by_byte_and_nothing_else)
{
    static const char *const bad[] = {
        "", "[]", "1", "{", "{} ,", " {}", "{\"a\":1,\"a\":2}", "{\"a\":1.5}"};
    struct ratls_buffer token = {0};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_jwt_sign_json(key, "JWT", TEXT(bad[i]), &token), RATLS_E_USAGE, "%s",
                     bad[i]);
    cr_expect_eq(ratls_jwt_sign_json(key, "J T", TEXT("{}"), &token), RATLS_E_USAGE);
    cr_expect_null(token.p);
    MUST(ratls_jwt_sign_json(key, "JWT", TEXT("{ \"a\" : 1 }\n"), &token));
    cr_expect(strstr((const char *)token.p, ".eyAiYSIgOiAxIH0K."), "%s", (const char *)token.p);
    ratls_buffer_free(&token);
}

Test(jwt, limits_the_length_of_signed_json)
{
    static char text[RATLS_TOKEN_MAX];
    struct ratls_buffer token = {0};

    memset(text, 'x', sizeof text);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + 12000, "\"}", 3);
    MUST(ratls_jwt_sign_json(key, "JWT", TEXT(text), &token));
    ratls_buffer_free(&token);
    text[12000] = 'x';
    memcpy(text + 12290, "\"}", 3);
    text[12001] = 'x';
    text[12002] = 'x';
    cr_expect_eq(ratls_jwt_sign_json(key, "JWT", TEXT(text), &token), RATLS_E_LIMIT);
    cr_expect_null(token.p);
}

/* Longer than any JSON that is read: that is not what is wrong with it. */
Test(jwt, tells_too_long_from_malformed)
{
    static char text[RT_MAX_JSON + 16];
    struct ratls_buffer token = {0};

    memset(text, ' ', sizeof text);
    text[0] = '{';
    memcpy(text + sizeof text - 2, "}", 2);
    cr_expect_eq(ratls_jwt_sign_json(key, "JWT", TEXT(text), &token), RATLS_E_LIMIT);
}

/* ---- public halves ---- */

/* RFC 7638 s.3. */
Test(jwt, names_its_key_by_the_thumbprint)
{
    char text[512], id[44];
    char x[44], y[44];
    uint8_t hash[32];
    struct ratls_bytes point = rt_key_point(ec[P256]);

    rt_base64url(ratls_bytes(point.p, 32), x);
    rt_base64url(ratls_bytes(point.p + 32, 32), y);
    (void)snprintf(text, sizeof text,
                   "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
    MUST(rt_sha256(TEXT(text), hash));
    rt_base64url(ratls_bytes(hash, 32), id);
    cr_expect_str_eq(ratls_jwt_key_id(key), id);
}

/* RFC 7638 s.3.1. */
Test(jwt, knows_the_thumbprint_of_the_rfc)
{
    static const char modulus[] =
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
        "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    uint8_t n[256];
    size_t len = sizeof n;
    struct rt_public_key public;
    char thumb[RATLS_JWK_THUMB_LEN + 1];

    cr_assert(rt_unbase64url(modulus, strlen(modulus), n, &len));
    MUST(rt_public_key_of_rsa(ratls_bytes(n, len), ratls_bytes("\x01\x00\x01", 3), &public, &err));
    MUST(rt_jwk_thumb(&public, thumb));
    cr_expect_str_eq(thumb, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

Test(jwt, names_keys_of_certificates_as_it_names_its_own)
{
    static const uint8_t ed25519[12 + 32] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                             0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    char thumb[RATLS_JWK_THUMB_LEN + 1];

    MUST(ratls_jwk_thumbprint(rt_key_spki(ec[P256]), thumb, &err));
    cr_expect_str_eq(thumb, ratls_jwt_key_id(key));
    MUST(ratls_jwk_thumbprint(rt_key_spki(ec[P521]), thumb, &err));
    MUST(ratls_jwk_thumbprint(rt_rsa_spki(rsa), thumb, &err));
    cr_expect_eq(strlen(thumb), RATLS_JWK_THUMB_LEN);
    cr_expect_eq(ratls_jwk_thumbprint(TEXT("x"), thumb, NULL), RATLS_E_CERT_FORMAT);
    cr_expect_eq(ratls_jwk_thumbprint(ratls_bytes(ed25519, sizeof ed25519), thumb, NULL),
                 RATLS_E_CERT_KEY);
    cr_expect_str_eq(thumb, "");
}

Test(jwt, publishes_a_set_of_its_keys)
{
    struct ratls_jwt_key *other = NULL;
    struct ratls_buffer jwk = {0}, set = {0};
    struct cJSON *json = NULL;

    MUST(open_key(rt_bytes_of(&private_pem[RSA]), NULL, &other));
    const struct ratls_jwt_key *keys[] = {key, other, key};
    MUST(ratls_jwks(keys, 2, &set));
    MUST(rt_json_parse(rt_bytes_of(&set), RATLS_E_CONFIG, &json, &err));
    MUST(ratls_jwt_key_jwk(other, &jwk));
    cr_expect(strstr((const char *)set.p, (const char *)jwk.p));
    cr_expect(strstr((const char *)jwk.p, "\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\""));
    cr_expect(strstr((const char *)jwk.p, "\"use\":\"sig\",\"alg\":\"PS256\",\"kid\":\""));
    cr_expect_null(strstr((const char *)jwk.p, "\"d\""));
    rt_json_free(json);
    ratls_buffer_free(&set);
    ratls_buffer_free(&jwk);
    cr_expect_eq(ratls_jwks(keys, 3, &set), RATLS_E_USAGE, "one key twice");
    cr_expect_eq(ratls_jwks(keys, 0, &set), RATLS_E_USAGE, "none");
    cr_expect_null(set.p);
    ratls_jwt_key_free(other);
}
