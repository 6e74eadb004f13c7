/* Signed bundles: made and opened, and each way in which a token may lie (T37, T43). */
#include <jwt.h>
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/hmac.h>

#include "bundle_support.h"

static void setup(void)
{
    make_keys();
}

static void teardown(void)
{
    free_keys();
}

TestSuite(bundle, .init = setup, .fini = teardown, .timeout = 60);

static struct ratls_buffer made_by(enum signer by)
{
    struct ratls_buffer jws = {0};

    cr_assert_eq(ratls_bundle_sign(TEXT(DOCUMENT), rt_bytes_of(&private_pem[by]), "k1", &jws, &err),
                 RATLS_OK, "%s", err.detail);
    return jws;
}

/* ---- good ones ---- */

Test(bundle, gives_back_the_very_bytes_that_were_signed)
{
    static const enum signer good[] = {P256, P384, RSA};

    for (size_t i = 0; i < RT_COUNT(good); i++) {
        struct ratls_buffer jws = made_by(good[i]), document = {0};
        cr_assert_eq(open_with(rt_bytes_of(&jws), rt_bytes_of(&public_pem[good[i]]), &document),
                     RATLS_OK, "%s: %s", alg_of[good[i]], err.detail);
        cr_expect(ratls_bytes_equal(rt_bytes_of(&document), TEXT(DOCUMENT)));
        ratls_buffer_free(&document);
        ratls_buffer_free(&jws);
    }
}

/* What wolfCrypt signed, libjwt verifies. */
Test(bundle, opens_what_another_library_signed)
{
    static const struct {
        enum signer by;
        const char *header;
    } rows[] = {
        {P256, HEADER("ES256")},
        {P384, HEADER("ES384")},
        {RSA, HEADER("RS256")},
        {P256, "{ \"kid\" : \"k1\", \"alg\":\"ES256\",\n\"typ\":\"ratls-bundle\\u002bjws\" }"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_buffer jws = forge(TEXT(rows[i].header), TEXT(DOCUMENT), rows[i].by);
        expect_open(rt_bytes_of(&jws), rows[i].by, RATLS_OK, "");
        ratls_buffer_free(&jws);
    }
}

/* And what libjwt signed, wolfCrypt verifies. */
Test(bundle, is_a_jws_to_another_library)
{
    struct ratls_buffer jws = made_by(P256);
    const char *text = (const char *)jws.p, *dot = strrchr(text, '.');
    uint8_t sig[64];
    size_t len = sizeof sig;

    cr_assert(rt_unbase64url(dot + 1, (size_t)(text + jws.len - dot) - 1, sig, &len));
    cr_expect_eq(rt_verify_raw(RT_P256, rt_key_point(ec[P256]), RT_SHA256,
                               ratls_bytes(text, (size_t)(dot - text)), ratls_bytes(sig, len)),
                 RATLS_OK);
    ratls_buffer_free(&jws);
}

static struct ratls_buffer pkcs8(const char *label, struct ratls_bytes head, struct ratls_bytes key)
{
    struct rt_writer w = {0};
    struct ratls_buffer pem = {0};

    rt_put_bytes(&w, head);
    rt_put_bytes(&w, key);
    MUST(rt_pem_write(label, rt_written(&w), &pem));
    rt_writer_free(&w);
    return pem;
}

/* As `openssl genpkey` writes them. */
Test(bundle, takes_rsa_keys_in_pkcs8)
{
    struct ratls_buffer der = {0}, jws = {0};
    MUST(rt_rsa_export(rsa, &der));
    const uint16_t len = (uint16_t)der.len;
    const uint8_t head[] = {0x30,
                            0x82,
                            (uint8_t)((len + 22) >> 8),
                            (uint8_t)(len + 22),
                            2,
                            1,
                            0,
                            0x30,
                            13,
                            6,
                            9,
                            0x2a,
                            0x86,
                            0x48,
                            0x86,
                            0xf7,
                            13,
                            1,
                            1,
                            1,
                            5,
                            0,
                            4,
                            0x82,
                            (uint8_t)(len >> 8),
                            (uint8_t)len};
    struct ratls_buffer pem =
        pkcs8("PRIVATE KEY", ratls_bytes(head, sizeof head), rt_bytes_of(&der));

    cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), rt_bytes_of(&pem), "k", &jws, &err), RATLS_OK,
                 "%s", err.detail);
    expect_open(rt_bytes_of(&jws), RSA, RATLS_OK, "");
    ratls_buffer_free(&jws);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&der);
}

static struct ratls_buffer large_document(size_t len)
{
    static const char head[] = "{\"format\":\"ratls-trust/1\",\"issuer\":\"i\",\"bundle\":\"b\","
                               "\"revision\":1,\"items\":[]";
    struct ratls_buffer document = {.p = malloc(len), .len = len};

    cr_assert(document.p);
    memset(document.p, ' ', len);
    memcpy(document.p, head, sizeof head - 1);
    document.p[len - 1] = '}';
    return document;
}

/* The largest trust document, byte for byte; libjwt's own decoder would put it on the stack. */
Test(bundle, carries_a_document_of_one_mebibyte_and_no_more)
{
    struct ratls_buffer document = large_document(RT_MAX_FILE), jws = {0}, got = {0};

    MUST(ratls_bundle_sign(rt_bytes_of(&document), rt_bytes_of(&private_pem[P384]), "k", &jws,
                           &err));
    cr_expect_lt(jws.len, RATLS_BUNDLE_MAX);
    MUST(open_with(rt_bytes_of(&jws), rt_bytes_of(&public_pem[P384]), &got));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&got), rt_bytes_of(&document)));
    ratls_buffer_free(&got);
    ratls_buffer_free(&jws);
    ratls_buffer_free(&document);
    document = large_document(RT_MAX_FILE + 1);
    cr_expect_eq(
        ratls_bundle_sign(rt_bytes_of(&document), rt_bytes_of(&private_pem[P384]), "k", &jws, &err),
        RATLS_E_BUNDLE_FORMAT);
    jws = forge(TEXT(HEADER("ES384")), rt_bytes_of(&document), P384);
    expect_open(rt_bytes_of(&jws), P384, RATLS_E_BUNDLE_FORMAT, "at most 1048576");
    ratls_buffer_free(&jws);
    ratls_buffer_free(&document);
}

Test(bundle, is_no_larger_than_its_limit)
{
    struct ratls_buffer jws = {.p = malloc(RATLS_BUNDLE_MAX + 1), .len = RATLS_BUNDLE_MAX + 1};

    cr_assert(jws.p);
    memset(jws.p, 'A', jws.len);
    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, "1572865 bytes");
    jws.len--;
    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, "three parts");
    ratls_buffer_free(&jws);
}

/* ---- kid ---- */

Test(bundle, tells_the_kid_before_it_is_opened)
{
    struct ratls_buffer jws = made_by(P256);
    char kid[RATLS_BUNDLE_KID_MAX + 1];

    cr_expect_eq(ratls_bundle_kid(rt_bytes_of(&jws), kid, NULL), RATLS_OK);
    cr_expect_str_eq(kid, "k1");
    cr_expect_eq(ratls_bundle_kid(TEXT("a.b.c"), kid, NULL), RATLS_E_BUNDLE_FORMAT);
    cr_expect_str_eq(kid, "");
    ratls_buffer_free(&jws);
}

Test(bundle, bounds_the_kid)
{
    char kid[RATLS_BUNDLE_KID_MAX + 2], read[RATLS_BUNDLE_KID_MAX + 1];
    struct ratls_buffer jws = {0};
    const struct ratls_bytes key = rt_bytes_of(&private_pem[P256]);

    memset(kid, '"', sizeof kid);
    kid[sizeof kid - 1] = 0;
    static const char *const bad[] = {"", "a\nb", "\x7f", "\xc3\xa4", NULL};
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), key, bad[i], &jws, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), key, kid, &jws, NULL), RATLS_E_USAGE);
    kid[sizeof kid - 2] = 0;
    MUST(ratls_bundle_sign(TEXT(DOCUMENT), key, kid, &jws, &err));
    expect_open(rt_bytes_of(&jws), P256, RATLS_OK, "");
    MUST(ratls_bundle_kid(rt_bytes_of(&jws), read, &err));
    cr_expect_str_eq(read, kid);
    ratls_buffer_free(&jws);
}

/* ---- headers that lie ---- */

#define TYP          ",\"typ\":\"ratls-bundle+jws\""
#define KID          ",\"kid\":\"k1\""
#define MORE(member) "{\"alg\":\"ES256\"" TYP KID "," member "}"

static const struct {
    const char *header;
    enum ratls_err due;
    const char *detail;
} bad_headers[] = {
    {"{\"alg\":\"none\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is 'none'"},
    {"{\"alg\":\"HS256\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is 'HS256'"},
    {"{\"alg\":\"ES384\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is 'ES384'"},
    {"{\"alg\":\"RS256\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is 'RS256'"},
    {"{\"alg\":\"es256\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is 'es256'"},
    {"{\"alg\":\"\"" TYP KID "}", RATLS_E_BUNDLE_SIGNATURE, "alg is ''"},
    {"{\"alg\":1" TYP KID "}", RATLS_E_BUNDLE_FORMAT, "no alg"},
    {"{\"alg\":null" TYP KID "}", RATLS_E_BUNDLE_FORMAT, "no alg"},
    {"{\"kid\":\"k1\"" TYP "}", RATLS_E_BUNDLE_FORMAT, "no alg"},
    {"{\"alg\":\"ES256\"" TYP "}", RATLS_E_BUNDLE_FORMAT, "no good kid"},
    {"{\"alg\":\"ES256\"" TYP ",\"kid\":\"\"}", RATLS_E_BUNDLE_FORMAT, "no good kid"},
    {"{\"alg\":\"ES256\"" TYP ",\"kid\":7}", RATLS_E_BUNDLE_FORMAT, "no good kid"},
    {"{\"alg\":\"ES256\"" TYP ",\"kid\":\"a\\nb\"}", RATLS_E_BUNDLE_FORMAT, "no good kid"},
    {"{\"alg\":\"ES256\"" KID "}", RATLS_E_BUNDLE_FORMAT, "typ is not"},
    {"{\"alg\":\"ES256\",\"typ\":\"JWT\"" KID "}", RATLS_E_BUNDLE_FORMAT, "typ is not"},
    {"{\"alg\":\"ES256\",\"typ\":\"RATLS-bundle+jws\"" KID "}", RATLS_E_BUNDLE_FORMAT,
     "typ is not"},
    {MORE("\"crit\":[\"b64\"]"), RATLS_E_BUNDLE_FORMAT, "'crit'"},
    {MORE("\"b64\":false"), RATLS_E_BUNDLE_FORMAT, "'b64'"},
    {MORE("\"jwk\":{\"kty\":\"EC\"}"), RATLS_E_BUNDLE_FORMAT, "'jwk'"},
    {MORE("\"jku\":\"https://example.org/\""), RATLS_E_BUNDLE_FORMAT, "'jku'"},
    {MORE("\"x5u\":\"https://example.org/\""), RATLS_E_BUNDLE_FORMAT, "'x5u'"},
    {MORE("\"x5c\":[]"), RATLS_E_BUNDLE_FORMAT, "'x5c'"},
    {MORE("\"x5t\":\"\""), RATLS_E_BUNDLE_FORMAT, "'x5t'"},
    {MORE("\"cty\":\"json\""), RATLS_E_BUNDLE_FORMAT, "'cty'"},
    {MORE("\"zip\":\"DEF\""), RATLS_E_BUNDLE_FORMAT, "'zip'"},
    {MORE("\"Alg\":\"none\""), RATLS_E_BUNDLE_FORMAT, "'Alg'"},
    {MORE("\"alg\":\"ES256\""), RATLS_E_BUNDLE_FORMAT, "'alg' appears twice"},
    {MORE("\"\\u0061lg\":\"none\""), RATLS_E_BUNDLE_FORMAT, "'alg' appears twice"},
    {MORE("\"kid\":\"k2\""), RATLS_E_BUNDLE_FORMAT, "'kid' appears twice"},
    {HEADER("ES256") " x", RATLS_E_BUNDLE_FORMAT, "trailing"},
    {"[" HEADER("ES256") "]", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"\"ES256\"", RATLS_E_BUNDLE_FORMAT, "no object"},
    {"", RATLS_E_BUNDLE_FORMAT, "not a value"},
};

Test(bundle, refuses_headers_that_lie)
{
    for (size_t i = 0; i < RT_COUNT(bad_headers); i++) {
        struct ratls_buffer jws = forge(TEXT(bad_headers[i].header), TEXT(DOCUMENT), P256);
        expect_open(rt_bytes_of(&jws), P256, bad_headers[i].due, bad_headers[i].detail);
        ratls_buffer_free(&jws);
    }
}

/* Longer than three short members ever are. */
Test(bundle, refuses_a_long_header)
{
    char header[600];
    struct rt_writer w = {0};

    memset(header, ' ', sizeof header);
    rt_put_bytes(&w, TEXT(HEADER("ES256")));
    rt_put(&w, header, sizeof header);
    struct ratls_buffer jws = forge(rt_written(&w), TEXT(DOCUMENT), P256);
    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, "a header of");
    ratls_buffer_free(&jws);
    rt_writer_free(&w);
}

/* ---- tokens without a key pair ---- */

/* The public key as the secret of a MAC, as its text stands in the file. New. */
static struct ratls_buffer forge_mac(const char *header)
{
    uint8_t mac[WC_SHA256_DIGEST_SIZE];
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};
    Hmac hmac;

    rt_put_base64url(&w, TEXT(header));
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, TEXT(DOCUMENT));
    cr_assert_eq(wc_HmacInit(&hmac, NULL, INVALID_DEVID), 0);
    cr_assert_eq(wc_HmacSetKey(&hmac, WC_SHA256, public_pem[P256].p, (word32)public_pem[P256].len),
                 0);
    cr_assert_eq(wc_HmacUpdate(&hmac, w.p, (word32)w.len), 0);
    cr_assert_eq(wc_HmacFinal(&hmac, mac), 0);
    wc_HmacFree(&hmac);
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, ratls_bytes(mac, sizeof mac));
    rt_put_u8(&w, 0);
    MUST(rt_writer_take(&w, &out));
    out.len--;
    return out;
}

/* libjwt itself takes such a token: the key fixes the algorithm before it is asked. */
Test(bundle, refuses_the_public_key_as_a_secret)
{
    struct ratls_buffer jws = forge_mac(HEADER("HS256"));
    jwt_t *taken = NULL;

    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_SIGNATURE, "alg is 'HS256'");
    ratls_buffer_free(&jws);
    jws = forge_mac("{\"alg\":\"HS256\"}");
    cr_expect_eq(
        jwt_decode(&taken, (const char *)jws.p, public_pem[P256].p, (int)public_pem[P256].len), 0);
    jwt_free(taken);
    ratls_buffer_free(&jws);
}

Test(bundle, refuses_what_nobody_signed)
{
    struct rt_writer w = {0};

    rt_put_base64url(&w, TEXT(HEADER("none")));
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, TEXT(DOCUMENT));
    rt_put_u8(&w, '.');
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_FORMAT, "three parts");
    rt_put_bytes(&w, TEXT("AAAA"));
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_SIGNATURE, "alg is 'none'");
    rt_writer_free(&w);
}

/* ---- signatures ---- */

Test(bundle, refuses_a_signature_of_another_key)
{
    struct ratls_buffer jws[] = {made_by(P256), made_by(P384), made_by(RSA)};
    static const enum signer by[] = {P256, P384, RSA};

    for (size_t i = 0; i < RT_COUNT(by); i++) {
        for (size_t k = 0; k < RT_COUNT(by); k++)
            if (i != k)
                expect_open(rt_bytes_of(&jws[i]), by[k], RATLS_E_BUNDLE_SIGNATURE, "alg is");
    }
    free_keys();
    make_keys();
    for (size_t i = 0; i < RT_COUNT(by); i++) {
        expect_open(rt_bytes_of(&jws[i]), by[i], RATLS_E_BUNDLE_SIGNATURE, "not signed by this");
        ratls_buffer_free(&jws[i]);
    }
}

/* P-384 signs, the header says what P-256 would do. */
Test(bundle, refuses_an_algorithm_of_another_key_than_signed)
{
    struct ratls_buffer jws = forge(TEXT(HEADER("ES256")), TEXT(DOCUMENT), P384);

    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_SIGNATURE, "96 bytes, not 64");
    expect_open(rt_bytes_of(&jws), P384, RATLS_E_BUNDLE_SIGNATURE, "alg is 'ES256'");
    ratls_buffer_free(&jws);
}

static size_t nth_dot(const struct ratls_buffer *jws, unsigned n)
{
    size_t at = 0;

    for (; n > 0; at++)
        if (jws->p[at] == '.')
            n--;
    return at;
}

/* Every byte of header, payload and signature is covered. */
Test(bundle, refuses_every_changed_character)
{
    struct ratls_buffer jws = made_by(P256), document = {0};

    for (size_t i = 0; i < jws.len; i++) {
        const uint8_t was = jws.p[i];
        jws.p[i] = was == '.' ? 'A' : was == 'A' ? 'B' : 'A';
        enum ratls_err e = open_with(rt_bytes_of(&jws), rt_bytes_of(&public_pem[P256]), &document);
        cr_expect(e == RATLS_E_BUNDLE_FORMAT || e == RATLS_E_BUNDLE_SIGNATURE, "byte %zu", i);
        jws.p[i] = was;
    }
    for (size_t len = 0; len < jws.len; len++)
        cr_expect_neq(open_with(ratls_bytes(jws.p, len), rt_bytes_of(&public_pem[P256]), &document),
                      RATLS_OK);
    ratls_buffer_free(&jws);
}

Test(bundle, has_three_parts)
{
    struct rt_writer w = {0};
    struct ratls_buffer jws = made_by(P256);

    rt_put_bytes(&w, rt_bytes_of(&jws));
    rt_put_bytes(&w, TEXT(".AAAA"));
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_FORMAT, "signature is not strict");
    rt_writer_free(&w);
    ratls_buffer_free(&jws);
}

/* An attacker's text behind what was signed, which a reader of C strings does not see. */
Test(bundle, refuses_nul_in_each_part)
{
    for (unsigned part = 0; part < 3; part++) {
        struct ratls_buffer jws = made_by(P256);
        struct rt_writer w = {0};
        const size_t at = part == 2 ? jws.len : nth_dot(&jws, part + 1) - 1;
        rt_put(&w, jws.p, at);
        rt_put(&w, "\0AAA", 4);
        rt_put(&w, jws.p + at, jws.len - at);
        expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_FORMAT, "strict base64url");
        rt_writer_free(&w);
        ratls_buffer_free(&jws);
    }
}

Test(bundle, refuses_signatures_of_other_forms)
{
    struct rt_writer w = {0};
    struct ratls_buffer der = {0};
    const uint8_t zero[64] = {0};

    rt_put_base64url(&w, TEXT(HEADER("ES256")));
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, TEXT(DOCUMENT));
    MUST(rt_sign_der(ratls_env_system(), ec[P256], rt_written(&w), &der));
    rt_put_u8(&w, '.');
    const size_t len = w.len;
    rt_put_base64url(&w, rt_bytes_of(&der));
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_SIGNATURE, "bytes, not 64");
    w.len = len;
    rt_put_base64url(&w, ratls_bytes(zero, sizeof zero));
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_SIGNATURE, "not signed");
    w.len = len;
    expect_open(rt_written(&w), P256, RATLS_E_BUNDLE_FORMAT, "three parts");
    ratls_buffer_free(&der);
    rt_writer_free(&w);
}

/* ---- base64url ---- */

Test(bundle, reads_strict_base64url_only)
{
    struct ratls_buffer good = made_by(P256);
    char *text = strndup((const char *)good.p, good.len);
    cr_assert(text);
    char *payload = strchr(text, '.'), *sig = strrchr(text, '.');
    *payload++ = *sig++ = 0;
    const struct {
        const char *before, *after;
        unsigned part;
    } rows[] = {
        {"", "=", 0},
        {"", "==", 1},
        {"", "=", 2},
        {" ", "", 0},
        {"", " ", 1},
        {"", "\n", 2},
        {"+", "", 0},
        {"/", "aaa", 1},
        {"", "\n", 1},
        {"",
         "\xc3\xa4"
         "aa",
         1},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        char bad[2048];
        (void)snprintf(
            bad, sizeof bad, "%s%s%s.%s%s%s.%s%s%s", rows[i].part == 0 ? rows[i].before : "", text,
            rows[i].part == 0 ? rows[i].after : "", rows[i].part == 1 ? rows[i].before : "",
            payload, rows[i].part == 1 ? rows[i].after : "",
            rows[i].part == 2 ? rows[i].before : "", sig, rows[i].part == 2 ? rows[i].after : "");
        expect_open(TEXT(bad), P256, RATLS_E_BUNDLE_FORMAT, "strict base64url");
    }
    free(text);
    ratls_buffer_free(&good);
}

/* The same payload in two texts: trailing bits that are not zero, signed all the same. */
Test(bundle, reads_one_text_of_a_payload)
{
    char header[256];

    rt_base64url(TEXT(HEADER("ES256")), header);
    struct ratls_buffer jws = forge_of_parts(header, "eyB", P256);
    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, "payload is not strict");
    ratls_buffer_free(&jws);
}

/* ---- payloads ---- */

#define DOC(members) "{\"format\":\"ratls-trust/1\"," members "}"
#define ORIGIN       "\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":1"

static const struct {
    const char *payload, *detail;
} bad_payloads[] = {
    {"", "not a value"},
    {"[]", "'format' is not"},
    {"{}", "'format' is not"},
    {"{\"format\":\"ratls-trust/2\"," ORIGIN ",\"items\":[]}", "'format' is not"},
    {DOC("\"items\":[]"), "no issuer, bundle and revision"},
    {DOC("\"bundle\":\"b\",\"revision\":1,\"items\":[]"), "'issuer'"},
    {DOC("\"issuer\":\"i\",\"revision\":1,\"items\":[]"), "'bundle'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"b\",\"items\":[]"), "'revision'"},
    {DOC("\"issuer\":\"\",\"bundle\":\"b\",\"revision\":1,\"items\":[]"), "'issuer'"},
    {DOC("\"issuer\":\"a\\nb\",\"bundle\":\"b\",\"revision\":1,\"items\":[]"), "'issuer'"},
    {DOC("\"issuer\":1,\"bundle\":\"b\",\"revision\":1,\"items\":[]"), "'issuer'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"b c\",\"revision\":1,\"items\":[]"), "'bundle'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"\",\"revision\":1,\"items\":[]"), "'bundle'"},
    {DOC("\"issuer\":\"i\",\"bundle\":2,\"revision\":1,\"items\":[]"), "'bundle'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":0,\"items\":[]"), "'revision'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":-1,\"items\":[]"), "'revision'"},
    {DOC("\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":\"1\",\"items\":[]"), "'revision'"},
    {DOC(ORIGIN), "'items'"},
    {DOC(ORIGIN ",\"items\":{}"), "'items'"},
    {DOC(ORIGIN ",\"items\":[1]"), "item 0 is no object"},
    {DOC(ORIGIN ",\"items\":[],\"more\":1"), "unknown member 'more'"},
    {DOC(ORIGIN ",\"items\":[],\"issuer\":\"j\""), "'issuer' appears twice"},
    {DOC(ORIGIN ",\"items\":[]") "x", "trailing"},
};

Test(bundle, carries_trust_documents_only)
{
    struct ratls_buffer jws = {0};

    for (size_t i = 0; i < RT_COUNT(bad_payloads); i++) {
        const struct ratls_bytes payload = TEXT(bad_payloads[i].payload);
        err = (struct ratls_error){0};
        cr_expect_eq(ratls_bundle_sign(payload, rt_bytes_of(&private_pem[P256]), "k", &jws, &err),
                     RATLS_E_BUNDLE_FORMAT);
        cr_expect(strstr(err.detail, bad_payloads[i].detail), "%s", err.detail);
        cr_expect_null(jws.p);
        jws = forge(TEXT(HEADER("ES256")), payload, P256);
        expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, bad_payloads[i].detail);
        ratls_buffer_free(&jws);
    }
}

Test(bundle, carries_no_nul_behind_a_document)
{
    struct ratls_buffer jws =
        forge(TEXT(HEADER("ES256")), ratls_bytes(DOCUMENT, sizeof DOCUMENT), P256);

    expect_open(rt_bytes_of(&jws), P256, RATLS_E_BUNDLE_FORMAT, "trailing");
    ratls_buffer_free(&jws);
}

Test(bundle, holds_at_most_4096_items)
{
    for (size_t n = 4096; n <= 4097; n++) {
        struct rt_writer w = {0};
        struct ratls_buffer jws = {0};
        rt_put_bytes(&w, TEXT("{\"format\":\"ratls-trust/1\"," ORIGIN ",\"items\":[{}"));
        for (size_t i = 1; i < n; i++)
            rt_put_bytes(&w, TEXT(",{}"));
        rt_put_bytes(&w, TEXT("]}"));
        cr_expect_eq(
            ratls_bundle_sign(rt_written(&w), rt_bytes_of(&private_pem[P256]), "k", &jws, NULL),
            n == 4096 ? RATLS_OK : RATLS_E_BUNDLE_FORMAT);
        ratls_buffer_free(&jws);
        rt_writer_free(&w);
    }
}

/* ---- keys ---- */

static void expect_key(struct ratls_bytes key, enum ratls_err due, const char *detail)
{
    struct ratls_buffer jws = made_by(P256), document = {0}, again = {0};

    cr_expect_eq(open_with(rt_bytes_of(&jws), key, &document), due, "%s", err.detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
    err = (struct ratls_error){0};
    cr_expect_neq(ratls_bundle_sign(TEXT(DOCUMENT), key, "k", &again, &err), RATLS_OK);
    ratls_buffer_free(&jws);
}

Test(bundle, takes_one_public_key_in_pem)
{
    struct rt_writer two = {0};

    rt_put_bytes(&two, rt_bytes_of(&public_pem[P256]));
    rt_put_bytes(&two, rt_bytes_of(&public_pem[P384]));
    expect_key(rt_written(&two), RATLS_E_CERT_FORMAT, "2 keys");
    rt_writer_free(&two);
    expect_key(TEXT(""), RATLS_E_CERT_FORMAT, "0 keys");
    expect_key(rt_key_spki(ec[P256]), RATLS_E_CERT_FORMAT, "0 keys");
    expect_key(TEXT("-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----"),
               RATLS_E_CERT_FORMAT, "unreadable");
    expect_key(TEXT("-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n"
                    "-----END PUBLIC KEY-----"),
               RATLS_E_CERT_FORMAT, "unreadable");
    expect_key(rt_bytes_of(&public_pem[P521]), RATLS_E_CERT_KEY, "neither P-256");
}

/* The private half verifies nothing, so that nobody hands it about. */
Test(bundle, opens_with_public_keys_only)
{
    struct ratls_buffer jws = made_by(P256), document = {0};

    cr_expect_eq(open_with(rt_bytes_of(&jws), rt_bytes_of(&private_pem[P256]), &document),
                 RATLS_E_CERT_FORMAT);
    ratls_buffer_free(&jws);
}

Test(bundle, signs_with_one_strong_key_without_password)
{
    static const char *const encrypted[] = {
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n"
        "-----END EC PRIVATE KEY-----\n",
    };
    struct ratls_buffer jws = {0};

    for (size_t i = 0; i < RT_COUNT(encrypted); i++)
        cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), TEXT(encrypted[i]), "k", &jws, NULL),
                     RATLS_E_CERT_FORMAT);
    cr_expect_eq(
        ratls_bundle_sign(TEXT(DOCUMENT), rt_bytes_of(&private_pem[P521]), "k", &jws, NULL),
        RATLS_E_CERT_KEY);
    struct rt_writer two = {0};
    rt_put_bytes(&two, rt_bytes_of(&private_pem[P256]));
    rt_put_bytes(&two, rt_bytes_of(&private_pem[RSA]));
    cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), rt_written(&two), "k", &jws, NULL),
                 RATLS_E_CERT_FORMAT);
    rt_writer_free(&two);
}

Test(bundle, takes_no_rsa_key_below_2048_bits)
{
    struct ratls_buffer der = {0}, private = {0}, public = {0}, jws = {0}, document = {0};
    struct rt_rsa_key *weak = NULL;

    MUST(rt_rsa_generate(ratls_env_system(), 1024, &weak));
    MUST(rt_rsa_export(weak, &der));
    MUST(rt_pem_write("RSA PRIVATE KEY", rt_bytes_of(&der), &private));
    MUST(rt_pem_write("PUBLIC KEY", rt_rsa_spki(weak), &public));
    cr_expect_eq(ratls_bundle_sign(TEXT(DOCUMENT), rt_bytes_of(&private), "k", &jws, NULL),
                 RATLS_E_CERT_KEY);
    jws = made_by(RSA);
    cr_expect_eq(open_with(rt_bytes_of(&jws), rt_bytes_of(&public), &document), RATLS_E_CERT_KEY);
    rt_rsa_free(weak);
    ratls_buffer_free(&der);
    ratls_buffer_free(&private);
    ratls_buffer_free(&public);
    ratls_buffer_free(&jws);
}
