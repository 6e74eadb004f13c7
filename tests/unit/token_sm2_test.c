/* Tokens by SM2 with SM3: keys read and made, JWK, signatures; and that nobody takes them who has
 * not pinned such a key. */
#include <sys/wait.h>
#include <unistd.h>

#include "der.h"
#include "jwt_key.h"
#include "oid.h"
#include "ratls/dpop.h"
#include "token_support.h"

/* GB/T 32918.5-2017, annex A.2. */
#define SCALAR "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
#define POINT                                                                                      \
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"                             \
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
#define X  "CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA"
#define Y  "zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM"
#define EC "\"crv\":\"SM2\",\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\""

#define SM2_HEAD HEAD("SM2", "sm2")

static struct rt_sm2_key own;
static struct ratls_issuers *believed;

static void unhex(const char *text, uint8_t *out, size_t len)
{
    size_t got = len;

    cr_assert(rt_unhex(text, strlen(text), out, &got) && got == len, "%s", text);
}

static enum ratls_err add(const char *jwks, struct ratls_issuers **out)
{
    err = (struct ratls_error){0};
    MUST(ratls_issuers_new(&token_env, out));
    return ratls_issuers_add(*out, ISS, TEXT(jwks), &err);
}

static void setup(void)
{
    uint8_t scalar[RT_SM2_SIZE];

    make_issuer();
    unhex(SCALAR, scalar, sizeof scalar);
    MUST(rt_sm2_key_of(scalar, &own));
    MUST(add("{\"keys\":[{" EC ",\"alg\":\"SM2\",\"kid\":\"sm2\",\"use\":\"sig\"}]}", &believed));
}

static void teardown(void)
{
    ratls_issuers_unref(believed);
    free_issuer();
}

TestSuite(token_sm2, .init = setup, .fini = teardown, .timeout = 60);

/* ---- private keys ---- */

/* What a file says of a key, and how. */
struct form {
    const char *scalar, *point; /* hex; NULL: not there */
    struct ratls_bytes curve;   /* OID; len 0: not there */
    struct ratls_bytes pkcs8;   /* and that of PKCS#8 around it; len 0: nothing is */
    unsigned version;
    bool trailing;
};

static void put_ec(struct rt_writer *w, const struct form *f)
{
    uint8_t bytes[1 + RT_SM2_POINT_LEN + 1];
    const size_t whole = rt_der_begin(w, RT_DER_SEQUENCE), size = strlen(f->scalar) / 2;

    rt_der_put_uint(w, f->version);
    unhex(f->scalar, bytes, size);
    rt_der_put(w, RT_DER_OCTET_STRING, ratls_bytes(bytes, size));
    if (f->curve.len) {
        const size_t curve = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED);
        rt_der_put_oid(w, f->curve);
        rt_der_end(w, curve);
    }
    if (f->point) {
        const size_t point = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED | 1);
        unhex(f->point, bytes, strlen(f->point) / 2);
        rt_der_put_bits(w, ratls_bytes(bytes, strlen(f->point) / 2));
        rt_der_end(w, point);
    }
    if (f->trailing)
        rt_der_put_bool(w, true);
    rt_der_end(w, whole);
}

static void put_form(struct rt_writer *w, const struct form *f)
{
    struct rt_writer inner = {0};

    put_ec(&inner, f);
    if (f->pkcs8.len) {
        const size_t whole = rt_der_begin(w, RT_DER_SEQUENCE);
        rt_der_put_uint(w, 0);
        const size_t alg = rt_der_begin(w, RT_DER_SEQUENCE);
        rt_der_put_oid(w, RT_OID(EC_PUBLIC_KEY));
        rt_der_put_oid(w, f->pkcs8);
        rt_der_end(w, alg);
        rt_der_put(w, RT_DER_OCTET_STRING, rt_written(&inner));
        rt_der_end(w, whole);
    } else {
        rt_put_bytes(w, rt_written(&inner));
    }
    cr_assert_not(w->bad);
    rt_writer_free(&inner);
}

Test(token_sm2, reads_private_keys_of_its_curve_alone)
{
    const struct ratls_bytes sm2 = RT_OID(SM2), p256 = RT_OID(P256), none = {0};
    const struct {
        struct form form;
        enum ratls_err due;
    } rows[] = {
        {{SCALAR, "04" POINT, sm2, none, 1, false}, RATLS_OK},
        {{SCALAR, NULL, sm2, none, 1, false}, RATLS_OK},
        {{SCALAR, "04" POINT, none, sm2, 1, false}, RATLS_OK},
        {{SCALAR, NULL, none, sm2, 1, false}, RATLS_OK},
        {{SCALAR, NULL, sm2, sm2, 1, false}, RATLS_OK},
        /* of another kind, or of none that is known */
        {{SCALAR, NULL, none, none, 1, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, p256, none, 1, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, none, p256, 1, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, p256, sm2, 1, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, sm2, p256, 1, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, sm2, none, 0, false}, RATLS_E_CERT_FORMAT},
        {{SCALAR, NULL, sm2, none, 1, true}, RATLS_E_CERT_FORMAT},
        {{"00" SCALAR, NULL, sm2, none, 1, false}, RATLS_E_CERT_FORMAT},
        {{"7f", NULL, sm2, none, 1, false}, RATLS_E_CERT_FORMAT},
        /* no key, or two halves */
        {{"0000000000000000000000000000000000000000000000000000000000000000", NULL, sm2, none, 1,
          false},
         RATLS_E_CERT_KEY},
        {{"fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122", NULL, sm2, none, 1,
          false},
         RATLS_E_CERT_KEY},
        {{"3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b9", "04" POINT, sm2, none,
          1, false},
         RATLS_E_CERT_KEY},
        {{SCALAR, "05" POINT, sm2, none, 1, false}, RATLS_E_CERT_KEY},
        {{SCALAR, POINT, sm2, none, 1, false}, RATLS_E_CERT_KEY},
        {{SCALAR, "04" POINT "00", sm2, none, 1, false}, RATLS_E_CERT_KEY},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_writer w = {0};
        struct rt_sm2_key key;
        put_form(&w, &rows[i].form);
        cr_expect_eq(rt_token_sm2_import(rt_written(&w), &key), rows[i].due, "row %zu", i);
        if (!rows[i].due)
            cr_expect_eq(memcmp(&key, &own, sizeof key), 0, "row %zu", i);
        rt_put_u8(&w, 0);
        cr_expect_eq(rt_token_sm2_import(rt_written(&w), &key), RATLS_E_CERT_FORMAT, "row %zu", i);
        rt_writer_free(&w);
    }
}

Test(token_sm2, reads_no_shorter_and_takes_no_changed_private_key)
{
    struct ratls_buffer der = {0};
    struct rt_sm2_key key;

    MUST(rt_token_sm2_export(&own, &der));
    MUST(rt_token_sm2_import(rt_bytes_of(&der), &key));
    for (size_t len = 0; len < der.len; len++)
        cr_expect_eq(rt_token_sm2_import(ratls_bytes(der.p, len), &key), RATLS_E_CERT_FORMAT, "%zu",
                     len);
    for (size_t i = 0; i < der.len; i++) {
        der.p[i] ^= 1;
        cr_expect_neq(rt_token_sm2_import(rt_bytes_of(&der), &key), RATLS_OK, "byte %zu", i);
        der.p[i] ^= 1;
    }
    ratls_buffer_free(&der);
}

static struct ratls_buffer own_pem(void)
{
    struct ratls_buffer der = {0}, pem = {0};

    MUST(rt_token_sm2_export(&own, &der));
    MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &pem));
    ratls_buffer_free(&der);
    return pem;
}

static struct ratls_jwt_key *own_signer(void)
{
    struct ratls_buffer pem = own_pem();
    struct ratls_jwt_key *key = NULL;

    MUST(ratls_jwt_key_new(&token_env, rt_bytes_of(&pem), NULL, &key, &err));
    ratls_buffer_free(&pem);
    return key;
}

static void expect_key(struct ratls_bytes text, const char *alg, enum ratls_err due,
                       const char *detail)
{
    struct ratls_jwt_key *key = NULL;

    err = (struct ratls_error){0};
    cr_expect_eq(ratls_jwt_key_new(&token_env, text, alg, &key, &err), due, "%s", err.detail);
    cr_expect(strstr(err.detail, detail), "'%s', not '%s'", err.detail, detail);
    if (!due)
        cr_expect_str_eq(ratls_jwt_key_alg(key), "SM2");
    ratls_jwt_key_free(key);
}

Test(token_sm2, is_the_one_algorithm_of_its_keys)
{
    struct ratls_buffer pem = own_pem();
    struct rt_writer two = {0};

    expect_key(rt_bytes_of(&pem), NULL, RATLS_OK, "");
    expect_key(rt_bytes_of(&pem), "SM2", RATLS_OK, "");
    expect_key(rt_bytes_of(&pem), "ES256", RATLS_E_CERT_KEY, "not on P-256");
    expect_key(rt_bytes_of(&pem), "PS256", RATLS_E_CERT_KEY, "not RSA");
    expect_key(rt_bytes_of(&pem), "sm2", RATLS_E_USAGE, "'sm2'");
    expect_key(rt_bytes_of(&private_pem[P256]), "SM2", RATLS_E_CERT_KEY, "not on SM2's curve");
    expect_key(rt_bytes_of(&private_pem[RSA]), "SM2", RATLS_E_CERT_KEY, "not on SM2's curve");
    rt_put_bytes(&two, rt_bytes_of(&pem));
    rt_put_bytes(&two, rt_bytes_of(&private_pem[P256]));
    expect_key(rt_written(&two), NULL, RATLS_E_CERT_FORMAT, "2 private keys");
    rt_writer_free(&two);
    two = (struct rt_writer){0};
    rt_put_bytes(&two, rt_bytes_of(&private_pem[P256]));
    rt_put_bytes(&two, rt_bytes_of(&pem));
    expect_key(rt_written(&two), NULL, RATLS_E_CERT_FORMAT, "2 private keys");
    rt_writer_free(&two);
    ratls_buffer_free(&pem);
}

Test(token_sm2, does_not_sign_with_halves_of_two_keys)
{
    struct ratls_buffer der = {0};

    MUST(rt_token_sm2_export(&own, &der));
    der.p[der.len - 1] ^= 1;
    expect_key(rt_bytes_of(&der), NULL, RATLS_E_CERT_KEY, "do not belong together");
    ratls_buffer_free(&der);
}

Test(token_sm2, does_not_sign_in_a_child)
{
    struct ratls_jwt_key *key = own_signer();
    struct ratls_buffer token = {0};
    int status = 0;
    const pid_t child = fork();

    if (child == 0)
        _exit(ratls_jwt_sign_json(key, "JWT", TEXT("{}"), &token) != RATLS_E_STATE);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    MUST(ratls_jwt_sign_json(key, "JWT", TEXT("{}"), &token));
    ratls_buffer_free(&token);
    ratls_jwt_key_free(key);
}

/* ---- JWK ---- */

Test(token_sm2, shows_its_public_half)
{
    struct ratls_jwt_key *key = own_signer();
    struct ratls_buffer jwk = {0};
    uint8_t hash[RT_SHA256_LEN];
    char thumb[RATLS_JWK_THUMB_LEN + 1], due[512];

    MUST(rt_sha256(TEXT("{" EC "}"), hash));
    rt_base64url(ratls_bytes(hash, sizeof hash), thumb);
    cr_expect_str_eq(ratls_jwt_key_id(key), thumb);
    (void)snprintf(due, sizeof due, "{" EC ",\"use\":\"sig\",\"alg\":\"SM2\",\"kid\":\"%s\"}",
                   thumb);
    MUST(ratls_jwt_key_jwk(key, &jwk));
    cr_expect_str_eq((const char *)jwk.p, due);
    ratls_buffer_free(&jwk);
    ratls_jwt_key_free(key);
}

#define SET(members) "{\"keys\":[{" members ",\"kid\":\"k\"}]}"
#define P_X          "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" /* RFC 7515 A.3.1 */
#define P_Y          "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

Test(token_sm2, is_pinned_with_its_curve_and_a_point_on_it)
{
    static const struct {
        const char *set, *detail;
    } rows[] = {
        {SET(EC ",\"alg\":\"ES256\""), "'crv'"},
        {SET("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P_X "\",\"y\":\"" P_Y
             "\",\"alg\":\"SM2\""),
         "'crv'"},
        {SET("\"kty\":\"EC\",\"crv\":\"SM2\",\"x\":\"" P_X "\",\"y\":\"" P_Y "\",\"alg\":\"SM2\""),
         "not on its curve"},
        {SET("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\",\"alg\":\"ES256\""),
         "not on its curve"},
        {SET("\"kty\":\"EC\",\"crv\":\"SM2\",\"x\":\"" Y "\",\"y\":\"" X "\",\"alg\":\"SM2\""),
         "not on its curve"},
        {SET("\"kty\":\"EC\",\"crv\":\"SM2\",\"x\":\"AA\",\"y\":\"AA\",\"alg\":\"SM2\""),
         "2 bytes"},
        {SET("\"kty\":\"EC\",\"crv\":\"SM2\",\"x\":\"" X "\",\"y\":\"AA\",\"alg\":\"SM2\""), "'y'"},
        {SET("\"kty\":\"EC\",\"crv\":\"sm2\",\"x\":\"" X "\",\"y\":\"" Y "\",\"alg\":\"SM2\""),
         "'crv'"},
        {SET("\"kty\":\"SM2\",\"crv\":\"SM2\",\"x\":\"" X "\",\"y\":\"" Y "\",\"alg\":\"SM2\""),
         "'kty'"},
        {SET(EC), "'alg'"},
        {SET(EC ",\"alg\":\"SGD_SM3_SM2\""), "no key of it verifies"},
        {SET(EC ",\"alg\":\"SM2\",\"use\":\"enc\""), "no key of it verifies"},
        {SET(EC ",\"alg\":\"SM2\",\"d\":\"AA\""), "private or symmetric"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_issuers *fresh = NULL;
        cr_expect_eq(add(rows[i].set, &fresh), RATLS_E_CONFIG, "row %zu", i);
        cr_expect(strstr(err.detail, rows[i].detail), "row %zu: '%s', not '%s'", i, err.detail,
                  rows[i].detail);
        ratls_issuers_unref(fresh);
    }
}

/* ---- tokens ---- */

static struct ratls_buffer token_with(const char *header, struct ratls_bytes sig)
{
    struct rt_writer w = {0};

    put_text(&w, header, PLAIN());
    return with_signature(&w, sig);
}

/* By `key`, under `id`. */
static void sign_under(const char *id, const struct rt_sm2_key *key, const char *header,
                       uint8_t sig[RT_SM2_SIG_LEN])
{
    struct rt_writer w = {0};

    put_text(&w, header, PLAIN());
    const struct rt_sm2_message msg = {TEXT(id), rt_written(&w)};
    MUST(rt_sm2_sign(key, &msg, sig));
    rt_writer_free(&w);
}

static void expect_by(struct ratls_issuers *pinned, struct ratls_buffer token, enum ratls_err due,
                      const char *detail)
{
    struct ratls_issuers *usual_ones = issuers;

    issuers = pinned;
    expect_token(rt_bytes_of(&token), &usual, due, detail);
    issuers = usual_ones;
    ratls_buffer_free(&token);
}

Test(token_sm2, is_taken_by_who_has_pinned_its_key)
{
    uint8_t sig[RT_SM2_SIG_LEN];

    sign_under("1234567812345678", &own, SM2_HEAD, sig);
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, sizeof sig)), RATLS_OK, "");
}

Test(token_sm2, is_made_and_taken)
{
    struct ratls_jwt_key *key = own_signer();
    const struct ratls_jwt_key *keys[] = {key};
    struct ratls_buffer token = {0}, jwks = {0};
    struct ratls_issuers *pinned = NULL;
    static const char begin[] = "eyJhbGciOiJTTTIi"; /* {"alg":"SM2" */

    MUST(ratls_jwks(keys, 1, &jwks));
    MUST(add((const char *)jwks.p, &pinned));
    MUST(ratls_jwt_sign_json(key, "x+jwt", TEXT(PLAIN()), &token));
    cr_expect_eq(strncmp((const char *)token.p, begin, strlen(begin)), 0, "%s", token.p);
    cr_expect_eq(strlen(strrchr((const char *)token.p, '.') + 1), 86);
    expect_by(pinned, token, RATLS_OK, "");
    ratls_issuers_unref(pinned);
    ratls_buffer_free(&jwks);
    ratls_jwt_key_free(key);
}

/* The header alone makes nobody take it: `issuers` have pinned the four others. */
Test(token_sm2, is_not_taken_by_who_has_pinned_other_keys)
{
    static const struct {
        const char *header;
        enum ratls_err due;
        const char *detail;
    } rows[] = {
        {HEAD("SM2", "sm2"), RATLS_E_TOKEN_KEY, "no key 'sm2'"},
        {HEAD("SM2", "es256"), RATLS_E_TOKEN_ALGORITHM, "SM2 by a key for ES256"},
        {HEAD("SM2", "rs256"), RATLS_E_TOKEN_ALGORITHM, "SM2 by a key for RS256"},
        {HEAD("ES256", "es256"), RATLS_E_TOKEN_SIGNATURE, "not signed"},
        {HEAD("SM2SM3", "sm2"), RATLS_E_TOKEN_ALGORITHM, "'SM2SM3'"},
        {HEAD("SGD_SM3_SM2", "sm2"), RATLS_E_TOKEN_ALGORITHM, "'SGD_SM3_SM2'"},
        {"{\"alg\":\"SM2\",\"typ\":\"x+jwt\",\"kid\":\"sm2\",\"jwk\":{" EC "}}",
         RATLS_E_TOKEN_FORMAT, "'jwk' is not allowed"},
    };
    uint8_t sig[RT_SM2_SIG_LEN];

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        sign_under("1234567812345678", &own, rows[i].header, sig);
        expect_by(issuers, token_with(rows[i].header, ratls_bytes(sig, sizeof sig)), rows[i].due,
                  rows[i].detail);
    }
}

Test(token_sm2, fixes_the_algorithm_by_its_key)
{
    static const char header[] = HEAD("ES256", "sm2");
    uint8_t sig[RT_SM2_SIG_LEN];

    sign_under("1234567812345678", &own, header, sig);
    expect_by(believed, token_with(header, ratls_bytes(sig, sizeof sig)), RATLS_E_TOKEN_ALGORITHM,
              "ES256 by a key for SM2");
    expect_by(believed, make_token(SM2_HEAD, PLAIN(), ES256), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
}

Test(token_sm2, refuses_other_keys_ids_and_texts)
{
    uint8_t sig[RT_SM2_SIG_LEN];
    struct rt_sm2_key other;

    MUST(rt_sm2_key_new(&token_env, &other));
    sign_under("1234567812345678", &other, SM2_HEAD, sig);
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, sizeof sig)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
    sign_under("1234567812345679", &own, SM2_HEAD, sig);
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, sizeof sig)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
    sign_under(ISS, &own, SM2_HEAD, sig);
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, sizeof sig)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
    sign_under("1234567812345678", &own, HEAD("SM2", "sm3"), sig);
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, sizeof sig)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
}

/* r || s, 32 bytes each, as of the other curves: neither DER nor with a byte more or less. */
Test(token_sm2, refuses_signatures_of_another_form)
{
    uint8_t sig[RT_SM2_SIG_LEN + 1], zero[RT_SM2_SIG_LEN] = {0};
    struct rt_writer der = {0};

    sign_under("1234567812345678", &own, SM2_HEAD, sig);
    sig[RT_SM2_SIG_LEN] = 0;
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, RT_SM2_SIG_LEN + 1)),
              RATLS_E_TOKEN_SIGNATURE, "not signed");
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, RT_SM2_SIG_LEN - 1)),
              RATLS_E_TOKEN_SIGNATURE, "not signed");
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(sig, 0)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
    expect_by(believed, token_with(SM2_HEAD, ratls_bytes(zero, sizeof zero)),
              RATLS_E_TOKEN_SIGNATURE, "not signed");
    const size_t pair = rt_der_begin(&der, RT_DER_SEQUENCE);
    rt_der_put_positive(&der, ratls_bytes(sig, RT_SM2_SIZE));
    rt_der_put_positive(&der, ratls_bytes(sig + RT_SM2_SIZE, RT_SM2_SIZE));
    rt_der_end(&der, pair);
    expect_by(believed, token_with(SM2_HEAD, rt_written(&der)), RATLS_E_TOKEN_SIGNATURE,
              "not signed");
    rt_writer_free(&der);
}

/* Trustee shows its key in the header: it has to be the pinned one all the same. */
Test(token_sm2, is_not_taken_for_a_key_that_a_dialect_lets_the_header_show)
{
    static const char header[] =
        "{\"alg\":\"SM2\",\"typ\":\"x+jwt\",\"jwk\":{" EC ",\"alg\":\"SM2\"}}";
    static const struct ratls_token_rules rules = {
        .typ = "x+jwt", .audience = AUD, .issuer = ISS, .ear = true};
    struct ratls_issuers *fresh = NULL;
    struct ratls_token *t = NULL;
    uint8_t sig[RT_SM2_SIG_LEN];

    MUST(ratls_issuers_new(&token_env, &fresh));
    MUST(ratls_issuers_add_dialect(fresh, ISS, RATLS_DIALECT_TRUSTEE,
                                   TEXT("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P_X
                                        "\",\"y\":\"" P_Y "\",\"alg\":\"ES256\"}]}"),
                                   &err));
    sign_under("1234567812345678", &own, header, sig);
    struct ratls_buffer token = token_with(header, ratls_bytes(sig, sizeof sig));
    cr_expect_eq(ratls_token_verify(fresh, rt_bytes_of(&token), &rules, &t, &err),
                 RATLS_E_TOKEN_KEY, "%s", err.detail);
    cr_expect(strstr(err.detail, "no key 'SM2'"), "%s", err.detail);
    ratls_buffer_free(&token);
    ratls_issuers_unref(fresh);
}

/* ---- proofs: their key stands in the header, and nobody pinned it ---- */

Test(token_sm2, proves_no_possession)
{
    static const struct ratls_dpop what = {.method = "GET", .url = "https://api.example/v1"};
    static const struct ratls_dpop_rules rules = {
        .method = "GET", .url = "https://api.example/v1", .max_age_s = 60};
    static const char header[] = "{\"typ\":\"dpop+jwt\",\"alg\":\"SM2\",\"jwk\":{" EC "}}";
    struct ratls_jwt_key *key = own_signer();
    struct ratls_buffer proof = {0};
    struct ratls_dpop_proof out;

    cr_expect_eq(ratls_dpop_make(key, &what, &proof, &err), RATLS_E_USAGE);
    cr_expect(strstr(err.detail, "by SM2"), "%s", err.detail);
    cr_expect_null(proof.p);
    MUST(rt_jws_make(key, TEXT(header),
                     TEXT("{\"jti\":\"j\",\"htm\":\"GET\",\"htu\":\"https://api.example/v1\","
                          "\"iat\":1800000000}"),
                     RATLS_DPOP_MAX, &proof));
    err = (struct ratls_error){0};
    cr_expect_eq(ratls_dpop_verify(&token_env, rt_bytes_of(&proof), &rules, &out, &err),
                 RATLS_E_TOKEN_ALGORITHM, "%s", err.detail);
    cr_expect(strstr(err.detail, "'SM2'"), "%s", err.detail);
    ratls_buffer_free(&proof);
    ratls_jwt_key_free(key);
}
