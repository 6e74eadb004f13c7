/* Who is believed: JWK sets that are pinned (RFC 7517). */
#include "token_support.h"

TestSuite(issuers, .init = make_issuer, .fini = free_issuer, .timeout = 60);

static enum ratls_err add(const char *iss, struct ratls_bytes jwks)
{
    struct ratls_issuers *fresh = NULL;

    err = (struct ratls_error){0};
    MUST(ratls_issuers_new(&token_env, &fresh));
    enum ratls_err e = ratls_issuers_add(fresh, iss, jwks, &err);
    cr_expect_eq(err.code, e, "%s: %s", ratls_err_reason(e), err.detail);
    ratls_issuers_unref(fresh);
    return e;
}

/* Of P-256 or of RSA: the members that say what the key is. */
static char ec_members[256], rsa_members[512];

static void write_members(void)
{
    const struct rt_public_key keys[] = {public_of(ES256), public_of(PS256)};
    char *const out[] = {ec_members, rsa_members};

    for (size_t i = 0; i < RT_COUNT(keys); i++) {
        struct rt_writer w = {0};
        rt_jwk_put_members(&w, &keys[i]);
        memcpy(out[i], w.p, w.len);
        rt_writer_free(&w);
    }
}

/* `%s` in a form stands for those of P-256, `%r` for those of RSA. */
static struct ratls_buffer expand(const char *form)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    for (const char *c = form; *c; c++) {
        if (*c != '%') {
            rt_put_u8(&w, (uint8_t)*c);
            continue;
        }
        c++;
        rt_put_bytes(&w, TEXT(*c == 's' ? ec_members : rsa_members));
    }
    MUST(rt_writer_take(&w, &out));
    return out;
}

#define ES "\"alg\":\"ES256\",\"kid\":\"k\""
#define PS "\"alg\":\"PS256\",\"kid\":\"k\""
#define Y0 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
static const struct {
    const char *set, *detail; /* detail NULL: it is taken */
} sets[] = {
    {"{\"keys\":[{%s," ES "}]}", NULL},
    {"{\"keys\":[{%r," PS "}]}", NULL},
    {"{\"keys\":[{%s," ES ",\"use\":\"sig\",\"x5c\":[\"M\"],\"other\":1}],\"more\":1}", NULL},
    {"{\"keys\":[{%s," ES ",\"key_ops\":[\"verify\"]}]}", NULL},
    /* not for us, beside one that is */
    {"{\"keys\":[{%s," ES "},{\"kty\":\"OKP\",\"alg\":\"EdDSA\"}]}", NULL},
    {"{\"keys\":[{%s," ES "},{%r,\"use\":\"enc\",\"alg\":\"RSA-OAEP-256\"}]}", NULL},
    {"{\"keys\":[{%s," ES "},{%r,\"use\":\"enc\"}]}", NULL},
    /* none that is */
    {"{\"keys\":[]}", "no key of it verifies"},
    {"{\"keys\":[{\"kty\":\"OKP\",\"alg\":\"EdDSA\"}]}", "no key of it verifies"},
    {"{\"keys\":[{%s," ES ",\"use\":\"enc\"}]}", "no key of it verifies"},
    {"{\"keys\":[{%s," ES ",\"use\":7}]}", "no key of it verifies"},
    {"{\"keys\":[{%s," ES ",\"key_ops\":[\"sign\"]}]}", "no key of it verifies"},
    {"{\"keys\":[{%s," ES ",\"key_ops\":[]}]}", "no key of it verifies"},
    {"{\"keys\":[{%s,\"alg\":\"HS256\",\"kid\":\"k\"}]}", "no key of it verifies"},
    {"{\"keys\":[{%s,\"alg\":\"none\",\"kid\":\"k\"}]}", "no key of it verifies"},
    /* form */
    {"", "JSON"},
    {"[]", "'keys'"},
    {"{}", "'keys'"},
    {"{\"keys\":{}}", "'keys'"},
    {"{%s," ES "}", "'keys'"},
    {"{\"keys\":[7]}", "not an object"},
    {"{\"keys\":[[]]}", "not an object"},
    {"{\"keys\":[{%s," ES ",\"kid\":\"k\"}]}", "appears twice"},
    /* members */
    {"{\"keys\":[{%s,\"alg\":\"ES256\"}]}", "'kid'"},
    {"{\"keys\":[{%s,\"alg\":\"ES256\",\"kid\":\"\"}]}", "'kid'"},
    {"{\"keys\":[{%s,\"alg\":\"ES256\",\"kid\":7}]}", "'kid'"},
    {"{\"keys\":[{%s," ES "},{%r," PS "}]}", "'kid' is that of an earlier key"},
    {"{\"keys\":[{%s,\"kid\":\"k\"}]}", "'alg'"},
    {"{\"keys\":[{%s,\"alg\":7,\"kid\":\"k\"}]}", "'alg'"},
    {"{\"keys\":[{%s," PS "}]}", "'kty'"},
    {"{\"keys\":[{%r," ES "}]}", "'kty'"},
    {"{\"keys\":[{%s,\"alg\":\"ES384\",\"kid\":\"k\"}]}", "'crv'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"x\":\"" Y0 "\",\"y\":\"" Y0 "\"," ES "}]}", "'crv'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"y\":\"" Y0 "\"," ES "}]}", "'x'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y0 "\"," ES "}]}", "'y'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y0 "\",\"y\":\"AA\"," ES "}]}", "'y'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y0 "=\",\"y\":\"" Y0 "\"," ES "}]}",
     "'x'"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"," ES "}]}", "2 bytes"},
    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y0 "\",\"y\":\"" Y0 "\"," ES "}]}",
     "not on its curve"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\"," PS "}]}", "'n'"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\"," PS "}]}", "'e'"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"\"," PS "}]}", "'e'"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"," PS "}]}", "at least 2048"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AAEAAQ\",\"e\":\"AQAB\"," PS "}]}", "modulus"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"Ag\"," PS "}]}", "exponent even"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQ\"," PS "}]}", "exponent even, below 3"},
    {"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AAM\"," PS "}]}", "exponent"},
    /* secrets */
    {"{\"keys\":[{%s," ES ",\"d\":\"AA\"}]}", "private or symmetric key ('d')"},
    {"{\"keys\":[{%r," PS ",\"p\":\"AA\"}]}", "('p')"},
    {"{\"keys\":[{%r," PS ",\"q\":\"AA\"}]}", "('q')"},
    {"{\"keys\":[{%r," PS ",\"dp\":\"AA\"}]}", "('dp')"},
    {"{\"keys\":[{%r," PS ",\"dq\":\"AA\"}]}", "('dq')"},
    {"{\"keys\":[{%r," PS ",\"qi\":\"AA\"}]}", "('qi')"},
    {"{\"keys\":[{%r," PS ",\"oth\":[]}]}", "('oth')"},
    {"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\",\"alg\":\"HS256\",\"kid\":\"k\"}]}", "('k')"},
    {"{\"keys\":[{%s," ES "},{%s,\"use\":\"enc\",\"d\":\"AA\"}]}", "key 1: JWK: a private"},
};

Test(issuers, take_sets_of_good_public_keys_only)
{
    write_members();
    for (size_t i = 0; i < RT_COUNT(sets); i++) {
        struct ratls_buffer set = expand(sets[i].set);
        enum ratls_err e = add(ISS, rt_bytes_of(&set));
        const char *detail = sets[i].detail ? sets[i].detail : "";
        cr_expect_eq(e, sets[i].detail ? RATLS_E_CONFIG : RATLS_OK, "row %zu: %s %s", i,
                     ratls_err_reason(e), err.detail);
        cr_expect(strstr(err.detail, detail), "row %zu: '%s', not '%s'", i, err.detail, detail);
        ratls_buffer_free(&set);
    }
}

Test(issuers, have_names)
{
    struct ratls_buffer jwks = make_jwks();
    static char name[258];

    cr_expect_eq(add(NULL, rt_bytes_of(&jwks)), RATLS_E_CONFIG);
    cr_expect_eq(add("", rt_bytes_of(&jwks)), RATLS_E_CONFIG);
    cr_expect_eq(add("a\nb", rt_bytes_of(&jwks)), RATLS_E_CONFIG);
    cr_expect_eq(add("\xc3\xa4", rt_bytes_of(&jwks)), RATLS_E_CONFIG);
    memset(name, 'x', 257);
    cr_expect_eq(add(name, rt_bytes_of(&jwks)), RATLS_E_CONFIG);
    name[256] = 0;
    cr_expect_eq(add(name, rt_bytes_of(&jwks)), RATLS_OK, "%s", err.detail);
    ratls_buffer_free(&jwks);
}

Test(issuers, are_not_given_twice_and_not_without_end)
{
    struct ratls_issuers *fresh = NULL;
    struct ratls_buffer jwks = make_jwks();
    char name[16];

    MUST(ratls_issuers_new(&token_env, &fresh));
    for (int i = 0; i < 64; i++) {
        (void)snprintf(name, sizeof name, "iss%d", i);
        MUST(ratls_issuers_add(fresh, name, rt_bytes_of(&jwks), &err));
    }
    cr_expect_eq(ratls_issuers_add(fresh, "iss7", rt_bytes_of(&jwks), NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_issuers_add(fresh, "more", rt_bytes_of(&jwks), NULL), RATLS_E_LIMIT);
    ratls_issuers_unref(fresh);
    ratls_buffer_free(&jwks);
}

Test(issuers, have_at_most_32_keys)
{
    struct rt_writer w = {0};

    write_members();
    for (int n = 32; n <= 33; n++) {
        rt_put_bytes(&w, TEXT("{\"keys\":["));
        for (int i = 0; i < n; i++) {
            char kid[64];
            (void)snprintf(kid, sizeof kid, ",\"alg\":\"ES256\",\"kid\":\"%d\"}", i);
            rt_put_bytes(&w, TEXT(i ? ",{" : "{"));
            rt_put_bytes(&w, TEXT(ec_members));
            rt_put_bytes(&w, TEXT(kid));
        }
        rt_put_bytes(&w, TEXT("]}"));
        cr_expect_eq(add(ISS, rt_written(&w)), n == 32 ? RATLS_OK : RATLS_E_CONFIG, "%s",
                     err.detail);
        rt_writer_free(&w);
    }
}

Test(issuers, are_frozen_once_used)
{
    struct ratls_buffer jwks = make_jwks();

    expect_payload(PLAIN(), &usual, RATLS_OK, "");
    cr_expect_eq(ratls_issuers_add(issuers, "late", rt_bytes_of(&jwks), NULL), RATLS_E_STATE);
    ratls_buffer_free(&jwks);
}

/* A key of one issuer says nothing in the name of another. */
Test(issuers, do_not_share_their_keys)
{
    struct ratls_issuers *fresh = NULL;
    struct ratls_buffer jwks = {0}, token = {0};
    struct ratls_token *t = NULL;

    write_members();
    jwks = expand("{\"keys\":[{%s," ES "}]}");
    MUST(ratls_issuers_new(&token_env, &fresh));
    MUST(ratls_issuers_add(fresh, "other", rt_bytes_of(&jwks), &err));
    ratls_buffer_free(&jwks);
    jwks = expand("{\"keys\":[{%r," PS "}]}");
    MUST(ratls_issuers_add(fresh, ISS, rt_bytes_of(&jwks), &err));
    ratls_issuers_unref(issuers);
    issuers = ratls_issuers_ref(fresh);
    token = make_token(HEAD("ES256", "k"), PLAIN(), ES256);
    cr_expect_eq(verify_with(rt_bytes_of(&token), &usual, &t), RATLS_E_TOKEN_ALGORITHM);
    ratls_buffer_free(&token);
    token = make_token(HEAD("PS256", "k"), PLAIN(), PS256);
    cr_expect_eq(verify_with(rt_bytes_of(&token), &usual, &t), RATLS_OK);
    ratls_token_free(t);
    ratls_buffer_free(&token);
    ratls_buffer_free(&jwks);
    ratls_issuers_unref(fresh);
}

/* A rotation: the set that a signer publishes holds both. */
Test(issuers, take_what_signers_publish)
{
    struct ratls_jwt_key *old = NULL, *new = NULL;
    struct ratls_buffer jwks = {0}, token = {0};
    struct ratls_token *t = NULL;

    MUST(ratls_jwt_key_new(&token_env, rt_bytes_of(&private_pem[P256]), NULL, &old, &err));
    MUST(ratls_jwt_key_new(&token_env, rt_bytes_of(&private_pem[RSA]), "RS256", &new, &err));
    const struct ratls_jwt_key *keys[] = {new, old};
    MUST(ratls_jwks(keys, 2, &jwks));
    ratls_issuers_unref(issuers);
    MUST(ratls_issuers_new(&token_env, &issuers));
    MUST(ratls_issuers_add(issuers, ISS, rt_bytes_of(&jwks), &err));
    for (size_t i = 0; i < 2; i++) {
        MUST(ratls_jwt_sign_json(i ? new : old, "x+jwt", TEXT(PLAIN()), &token));
        cr_expect_eq(verify_with(rt_bytes_of(&token), &usual, &t), RATLS_OK, "%s", err.detail);
        ratls_token_free(t);
        ratls_buffer_free(&token);
    }
    ratls_buffer_free(&jwks);
    ratls_jwt_key_free(old);
    ratls_jwt_key_free(new);
}
