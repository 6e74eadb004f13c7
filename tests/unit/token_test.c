/* Tokens: form, header, key and signature (T37, T40). */
#include <jwt.h>

#include "token_support.h"

TestSuite(token, .init = make_issuer, .fini = free_issuer, .timeout = 60);

Test(token, is_accepted_under_every_algorithm)
{
    for (enum alg i = ES256; i < ALGS; i++) {
        struct ratls_buffer token = make_token(head_of[i], PLAIN(), i);
        struct ratls_token *t = NULL;
        MUST(verify_with(rt_bytes_of(&token), &usual, &t));
        cr_expect_str_eq(ratls_token_issuer(t), ISS);
        cr_expect_str_eq(ratls_token_key_id(t), kid_of[i]);
        cr_expect_eq(ratls_token_issued(t), NOW);
        cr_expect_eq(ratls_token_expires(t), NOW + 300);
        cr_expect_null(ratls_token_id(t));
        cr_expect_null(ratls_token_subject(t));
        cr_expect_not(ratls_token_is_bound(t));
        cr_expect(ratls_bytes_equal(ratls_token_json(t), TEXT(PLAIN())));
        cr_expect_eq(ratls_token_ak_spki(t).len, 0);
        cr_expect_eq(ratls_claims_count(ratls_token_raw_claims(t)), 0);
        ratls_token_free(t);
        ratls_buffer_free(&token);
    }
    ratls_token_free(NULL);
}

/* libjwt signs; it sets no kid by itself, and its typ is JWT. */
Test(token, of_another_library_is_accepted)
{
    static const struct {
        enum alg alg;
        enum signer by;
        jwt_alg_t foreign;
    } rows[] = {
        {ES256, P256, JWT_ALG_ES256}, {ES384, P384, JWT_ALG_ES384}, {RS256, RSA, JWT_ALG_RS256}};
    const struct ratls_token_rules rules = {.audience = AUD, .typ = "JWT"};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const struct ratls_buffer *pem = &private_pem[rows[i].by];
        jwt_t *jwt = NULL;
        cr_assert_eq(jwt_new(&jwt), 0);
        cr_assert_eq(jwt_add_grants_json(jwt, PLAIN()), 0);
        cr_assert_eq(jwt_add_header(jwt, "kid", kid_of[rows[i].alg]), 0);
        cr_assert_eq(jwt_set_alg(jwt, rows[i].foreign, pem->p, (int)pem->len), 0);
        char *text = jwt_encode_str(jwt);
        cr_assert_not_null(text);
        expect_token(TEXT(text), &rules, RATLS_OK, "");
        free(text);
        jwt_free(jwt);
    }
}

/* ---- form (RFC 7515 s.5.2, RFC 4648 s.3) ---- */

/* The parts of a good token, changed. */
static const struct {
    const char *name, *form; /* 1, 2 and 3 stand for its parts */
    const char *detail;
} forms[] = {
    {"empty", "", "two dots"},
    {"one part", "1", "two dots"},
    {"two parts", "1.2", "two dots"},
    {"four parts", "1.2.3.3", "signature"},
    {"a dot behind", "1.2.3.", "signature"},
    {"a dot before", ".1.2.3", "JSON"},
    {"a line end behind", "1.2.3\n", "signature"},
    {"a space before", " 1.2.3", "header"},
    {"a space within", "1.2 .3", "payload"},
    {"padding of the header", "1=.2.3", "header"},
    {"padding of the payload", "1.2=.3", "payload"},
    {"padding of the signature", "1.2.3==", "signature"},
    {"base64 instead of base64url", "1.2.+/3", "signature"},
    {"no header", ".2.3", "JSON"},
    {"no payload", "1..3", "JSON"},
    {"header and payload exchanged", "2.1.3", "header 'iss'"},
    {"trailing bits", "1.2.3B", "signature"},
    {"JSON around it", "{\"token\":\"1.2.3\"}", "header"},
};

Test(token, refuses_what_is_no_strict_compact_form)
{
    struct ratls_buffer token = make_token(head_of[ES256], PLAIN(), ES256);
    char *part[3] = {(char *)token.p};

    for (size_t i = 1; i < 3; i++) {
        part[i] = strchr(part[i - 1], '.') + 1;
        part[i][-1] = 0;
    }
    for (size_t i = 0; i < RT_COUNT(forms); i++) {
        struct rt_writer w = {0};
        for (const char *c = forms[i].form; *c; c++)
            rt_put_bytes(&w, *c >= '1' && *c <= '3' ? TEXT(part[*c - '1']) : ratls_bytes(c, 1));
        expect_token(rt_written(&w), &usual, RATLS_E_TOKEN_FORMAT, forms[i].detail);
        rt_writer_free(&w);
    }
    ratls_buffer_free(&token);
}

/* 64 bytes are 86 characters, the last of which has four bits too many. */
Test(token, refuses_other_spellings_of_the_same_bytes)
{
    struct ratls_buffer token = make_token(head_of[ES256], PLAIN(), ES256);
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t *last = &token.p[token.len - 1];

    *last = (uint8_t)alphabet[(strchr(alphabet, *last) - alphabet) + 1];
    expect_token(rt_bytes_of(&token), &usual, RATLS_E_TOKEN_FORMAT, "signature is not strict");
    ratls_buffer_free(&token);
}

Test(token, refuses_every_shorter_and_every_changed_one)
{
    struct ratls_buffer token = make_token(head_of[ES256], PLAIN(), ES256);
    struct ratls_token *t = NULL;

    for (size_t len = 0; len < token.len; len++)
        cr_expect_neq(verify_with(ratls_bytes(token.p, len), &usual, &t), RATLS_OK, "%zu", len);
    for (size_t i = 0; i < token.len; i++) {
        token.p[i] ^= 1;
        cr_expect_neq(verify_with(rt_bytes_of(&token), &usual, &t), RATLS_OK, "%zu", i);
        token.p[i] ^= 1;
    }
    expect_token(rt_bytes_of(&token), &usual, RATLS_OK, "");
    ratls_buffer_free(&token);
}

Test(token, refuses_long_ones)
{
    static char payload[13000];
    static const char begin[] = "{" IDS "," DATES ",\"x\":\"";

    memset(payload, 'x', sizeof payload);
    memcpy(payload, begin, strlen(begin));
    memcpy(payload + 11000, "\"}", 3);
    expect_payload(payload, &usual, RATLS_OK, "");
    payload[11000] = payload[11001] = payload[11002] = 'x';
    memcpy(payload + 12200, "\"}", 3);
    expect_payload(payload, &usual, RATLS_E_TOKEN_FORMAT, "at most 16384");
}

/* ---- header ---- */

static const struct {
    const char *header;
    enum ratls_err due;
    const char *detail;
} headers[] = {
    {"[]", RATLS_E_TOKEN_FORMAT, "no object"},
    {"{", RATLS_E_TOKEN_FORMAT, "JSON"},
    {"{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"x+jwt\"}",
     RATLS_E_TOKEN_FORMAT, "appears twice"},
    {"{\"alg\":\"none\",\"\\u0061lg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"x+jwt\"}",
     RATLS_E_TOKEN_FORMAT, "appears twice"},
    {HEAD("none", "es256"), RATLS_E_TOKEN_ALGORITHM, "'none'"},
    {HEAD("None", "es256"), RATLS_E_TOKEN_ALGORITHM, "'None'"},
    {HEAD("NONE", "es256"), RATLS_E_TOKEN_ALGORITHM, "'NONE'"},
    {HEAD("es256", "es256"), RATLS_E_TOKEN_ALGORITHM, "'es256'"},
    {HEAD("HS256", "es256"), RATLS_E_TOKEN_ALGORITHM, "'HS256'"},
    {HEAD("ES512", "es256"), RATLS_E_TOKEN_ALGORITHM, "'ES512'"},
    {HEAD("EdDSA", "es256"), RATLS_E_TOKEN_ALGORITHM, "'EdDSA'"},
    {HEAD("", "es256"), RATLS_E_TOKEN_FORMAT, "'alg' is malformed"},
    {"{\"typ\":\"x+jwt\",\"kid\":\"es256\"}", RATLS_E_TOKEN_ALGORITHM, "algorithm ''"},
    {"{\"alg\":[\"ES256\"],\"typ\":\"x+jwt\",\"kid\":\"es256\"}", RATLS_E_TOKEN_FORMAT, "'alg'"},
    {HEAD("ES384", "es256"), RATLS_E_TOKEN_ALGORITHM, "ES384 by a key for ES256"},
    {HEAD("PS256", "es256"), RATLS_E_TOKEN_ALGORITHM, "PS256 by a key for ES256"},
    {"{\"alg\":\"ES256\",\"typ\":\"x+jwt\"}", RATLS_E_TOKEN_FORMAT, "'kid' is missing"},
    {"{\"alg\":\"ES256\",\"typ\":\"x+jwt\",\"kid\":1}", RATLS_E_TOKEN_FORMAT, "'kid' is malformed"},
    {HEAD("ES256", "es257"), RATLS_E_TOKEN_KEY, "no key 'es257'"},
    {HEAD("ES256", "ES256"), RATLS_E_TOKEN_KEY, "no key 'ES256'"},
    {HEAD("ES256", "es384"), RATLS_E_TOKEN_ALGORITHM, "ES256 by a key for ES384"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\"}", RATLS_E_TOKEN_TYPE, "typ ''"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"JWT\"}", RATLS_E_TOKEN_TYPE, "typ 'JWT'"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"X+JWT\"}", RATLS_E_TOKEN_TYPE, "typ 'X+JWT'"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":7}", RATLS_E_TOKEN_FORMAT, "'typ' is malformed"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"x+jwt\",\"cty\":{}}", RATLS_E_TOKEN_FORMAT,
     "'cty' is malformed"},
    {"{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"x+jwt\",\"cty\":\"json\"}", RATLS_OK, ""},
};

Test(token, refuses_headers_that_say_something_else)
{
    for (size_t i = 0; i < RT_COUNT(headers); i++) {
        struct ratls_buffer token = make_token(headers[i].header, PLAIN(), ES256);
        expect_token(rt_bytes_of(&token), &usual, headers[i].due, headers[i].detail);
        ratls_buffer_free(&token);
    }
}

Test(token, refuses_headers_that_bring_keys_along_or_want_to_be_understood)
{
    static const char *const members[] = {
        "\"crit\":[\"exp\"]",    "\"crit\":[]",           "\"jwk\":{\"kty\":\"EC\"}",
        "\"jku\":\"https://e\"", "\"x5u\":\"https://e\"", "\"x5c\":[\"MIIB\"]",
        "\"x5t\":\"AAAA\"",      "\"x5t#S256\":\"AAAA\"", "\"b64\":false",
        "\"zip\":\"DEF\"",       "\"enc\":\"A256GCM\"",   "\"Alg\":\"none\"",
    };
    char header[256];

    for (size_t i = 0; i < RT_COUNT(members); i++) {
        (void)snprintf(header, sizeof header,
                       "{\"alg\":\"ES256\",\"kid\":\"es256\",\"typ\":\"x+jwt\",%s}", members[i]);
        struct ratls_buffer token = make_token(header, PLAIN(), ES256);
        expect_token(rt_bytes_of(&token), &usual, RATLS_E_TOKEN_FORMAT, "is not allowed");
        ratls_buffer_free(&token);
    }
}

/* T37: the public key, which everybody has, as secret of an HMAC; RFC 8725 s.2.1. */
Test(token, refuses_an_hmac_under_the_public_key)
{
    for (enum signer by = P256; by <= RSA; by++) {
        jwt_t *jwt = NULL;
        cr_assert_eq(jwt_new(&jwt), 0);
        cr_assert_eq(jwt_add_grants_json(jwt, PLAIN()), 0);
        cr_assert_eq(jwt_add_header(jwt, "kid", by == RSA ? "rs256" : "es256"), 0);
        cr_assert_eq(jwt_set_alg(jwt, JWT_ALG_HS256, public_pem[by].p, (int)public_pem[by].len), 0);
        char *text = jwt_encode_str(jwt);
        expect_token(TEXT(text), &usual, RATLS_E_TOKEN_ALGORITHM, "'HS256'");
        free(text);
        jwt_free(jwt);
    }
}

/* The same RSA key has two names here, and under each just one algorithm. */
Test(token, fixes_the_algorithm_by_the_key_and_not_by_its_type)
{
    struct ratls_buffer token = make_token(HEAD("RS256", "ps256"), PLAIN(), RS256);

    expect_token(rt_bytes_of(&token), &usual, RATLS_E_TOKEN_ALGORITHM, "RS256 by a key for PS256");
    ratls_buffer_free(&token);
    token = make_token(HEAD("PS256", "rs256"), PLAIN(), PS256);
    expect_token(rt_bytes_of(&token), &usual, RATLS_E_TOKEN_ALGORITHM, "PS256 by a key for RS256");
    ratls_buffer_free(&token);
}

/* ---- signature ---- */

static void expect_signature(const char *header, struct ratls_bytes sig, const char *what)
{
    struct rt_writer w = {0};

    put_text(&w, header, PLAIN());
    struct ratls_buffer token = with_signature(&w, sig);
    struct ratls_token *t = NULL;
    cr_expect_eq(verify_with(rt_bytes_of(&token), &usual, &t), RATLS_E_TOKEN_SIGNATURE, "%s: %s",
                 what, err.detail);
    ratls_token_free(t);
    ratls_buffer_free(&token);
}

Test(token, refuses_signatures_of_others)
{
    for (enum alg i = ES256; i < ALGS; i++)
        for (enum alg by = ES256; by < ALGS; by++) {
            struct ratls_buffer token = make_token(head_of[i], PLAIN(), by);
            expect_token(rt_bytes_of(&token), &usual, i == by ? RATLS_OK : RATLS_E_TOKEN_SIGNATURE,
                         i == by ? "" : "not signed");
            ratls_buffer_free(&token);
        }
}

Test(token, refuses_the_signature_of_another_payload)
{
    struct rt_writer other = {0};

    put_text(&other, head_of[ES256], PLAIN(",\"admin\":true"));
    struct ratls_buffer sig = sign_as(ES256, rt_written(&other));
    expect_signature(head_of[ES256], rt_bytes_of(&sig), "of another payload");
    ratls_buffer_free(&sig);
    rt_writer_free(&other);
}

/* FIPS 186-4 D.1.2: the orders of P-256 and P-384. */
static const char order256[] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
static const char order384[] = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                               "581a0db248b0a77aecec196accc52973";

/* After Wycheproof's ecdsa_*_p1363_test: numbers at and beyond the ends of their range. */
static void try_numbers(enum alg alg, const char *order, const uint8_t *good, size_t size)
{
    uint8_t special[5][48] = {{0}}, sig[96];
    size_t len = size;

    special[1][size - 1] = 1;
    cr_assert(rt_unhex(order, strlen(order), special[2], &len));
    memcpy(special[3], special[2], size);
    special[3][size - 1]++;
    memset(special[4], 0xff, size);
    for (size_t r = 0; r <= 5; r++)
        for (size_t s = 0; s <= 5; s++) {
            if (r == 5 && s == 5) /* the good ones */
                continue;
            memcpy(sig, r == 5 ? good : special[r], size);
            memcpy(sig + size, s == 5 ? good + size : special[s], size);
            expect_signature(head_of[alg], ratls_bytes(sig, 2 * size), "special numbers");
        }
}

static struct ratls_buffer good_signature(enum alg alg)
{
    struct rt_writer w = {0};

    put_text(&w, head_of[alg], PLAIN());
    struct ratls_buffer sig = sign_as(alg, rt_written(&w));
    rt_writer_free(&w);
    return sig;
}

Test(token, refuses_ecdsa_numbers_out_of_range)
{
    struct ratls_buffer sig = good_signature(ES256);

    try_numbers(ES256, order256, sig.p, 32);
    ratls_buffer_free(&sig);
    sig = good_signature(ES384);
    try_numbers(ES384, order384, sig.p, 48);
    ratls_buffer_free(&sig);
}

/* RFC 7518 s.3.4: r || s of fixed width, never DER. */
Test(token, refuses_der_and_other_lengths)
{
    struct ratls_buffer sig = {0}, der = {0};
    struct rt_writer w = {0};
    uint8_t room[1024] = {0};

    put_text(&w, head_of[ES256], PLAIN());
    MUST(rt_sign_der(&token_env, ec[P256], rt_written(&w), &der));
    expect_signature(head_of[ES256], rt_bytes_of(&der), "DER");
    rt_writer_free(&w);
    for (enum alg i = ES256; i < ALGS; i++) {
        sig = good_signature(i);
        memcpy(room + 1, sig.p, sig.len);
        expect_signature(head_of[i], ratls_bytes(NULL, 0), "empty");
        expect_signature(head_of[i], ratls_bytes(sig.p, sig.len - 1), "cut behind");
        expect_signature(head_of[i], ratls_bytes(sig.p + 1, sig.len - 1), "cut before");
        expect_signature(head_of[i], ratls_bytes(room, sig.len + 1), "a zero before");
        expect_signature(head_of[i], ratls_bytes(room + 1, sig.len + 1), "a zero behind");
        expect_signature(head_of[i], ratls_bytes(sig.p, sig.len / 2), "half");
        memset(room, 0, sizeof room);
        expect_signature(head_of[i], ratls_bytes(room, sig.len), "zeros");
        ratls_buffer_free(&sig);
    }
    ratls_buffer_free(&der);
}

/* RFC 8017 s.5.2.2: the representative is below the modulus. */
Test(token, refuses_an_rsa_signature_not_below_the_modulus)
{
    const struct rt_public_key key = public_of(RS256);
    uint8_t ones[256];

    memset(ones, 0xff, sizeof ones);
    expect_signature(head_of[RS256], key.rsa_n, "n");
    expect_signature(head_of[PS256], ratls_bytes(ones, sizeof ones), "ones");
}

/* ---- rules ---- */

Test(token, refuses_rules_that_ask_nothing_or_nonsense)
{
    static const uint8_t bytes[80];
    const struct ratls_token_rules bad[] = {
        {.typ = "x+jwt"},
        {.audience = "", .typ = "x+jwt"},
        {.audience = AUD},
        {.audience = AUD, .typ = ""},
        {.audience = AUD, .typ = "x+jwt", .nonce = {bytes, 7}},
        {.audience = AUD, .typ = "x+jwt", .nonce = {bytes, 65}},
        {.audience = AUD, .typ = "x+jwt", .jkt = "short"},
        {.audience = AUD, .typ = "x+jwt", .cert_sha256 = {bytes, 31}},
        {.audience = AUD, .typ = "x+jwt", .max_age_s = -1},
        {.audience = AUD, .typ = "x+jwt", .skew_s = -1},
        {.audience = AUD, .typ = "x+jwt", .skew_s = 301},
        {.audience = AUD, .typ = "x+jwt", .now = -1},
        {.audience = AUD, .typ = "x+jwt", .allow_warning = true},
        {.audience = AUD, .typ = "x+jwt", .insecure_allow_none = true},
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        expect_payload(PLAIN(), &bad[i], RATLS_E_USAGE, "rules of tokens");
}
