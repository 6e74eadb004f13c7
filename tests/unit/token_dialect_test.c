/* Results of Veraison and Trustee, in the shapes that their sources show: what
 * is lifted for them, and that nothing else is (T37 to T41). */
#include "token_support.h"

#define TRUSTEE  "coco-as"
#define VERAISON "veraison"
#define TWO_KEYS "two"

/* Of the JWK set of TRUSTEE and VERAISON: `kid` is the thumbprint. */
static char members[256], foreign_members[256];

static void write_members(const struct rt_public_key *key, char *out)
{
    struct rt_writer w = {0};

    rt_jwk_put_members(&w, key);
    memcpy(out, w.p, w.len);
    out[w.len] = 0;
    rt_writer_free(&w);
}

/* `%k` stands for the members of the pinned key, `%f` for those of another,
 * `%t` for the thumbprint of the pinned one. New. */
static char *expand(const char *form)
{
    char thumb[RATLS_JWK_THUMB_LEN + 1];
    struct rt_public_key key = public_of(ES256);
    struct ratls_buffer out = {0};
    struct rt_writer w = {0};

    MUST(rt_jwk_thumb(&key, thumb));
    for (const char *c = form; *c; c++) {
        const char next = *c == '%' ? *++c : 0;
        rt_put_bytes(&w, !next         ? ratls_bytes(c, 1)
                         : next == 'k' ? TEXT(members)
                         : next == 'f' ? TEXT(foreign_members)
                                       : TEXT(thumb));
    }
    rt_put_u8(&w, 0);
    MUST(rt_writer_take(&w, &out));
    return (char *)out.p;
}

static void add(const char *iss, enum ratls_token_dialect dialect, const char *form)
{
    char *set = expand(form);

    MUST(ratls_issuers_add_dialect(issuers, iss, dialect, TEXT(set), &err));
    free(set);
}

static void open_dialects(void)
{
    struct rt_key *other = NULL;
    struct rt_public_key key;

    make_issuer();
    key = public_of(ES256);
    write_members(&key, members);
    MUST(rt_key_generate(&token_env, RT_P256, &other));
    MUST(rt_public_key_parse(rt_key_spki(other), &key, NULL));
    write_members(&key, foreign_members);
    rt_key_free(other);
    add(TRUSTEE, RATLS_DIALECT_TRUSTEE, "{\"keys\":[{%k,\"alg\":\"ES256\"}]}");
    add(VERAISON, RATLS_DIALECT_VERAISON, "{\"keys\":[{%k,\"alg\":\"ES256\"}]}");
    add(TWO_KEYS, RATLS_DIALECT_TRUSTEE,
        "{\"keys\":[{%k,\"alg\":\"ES256\"},{%f,\"alg\":\"ES256\"}]}");
}

TestSuite(token_dialect, .init = open_dialects, .fini = free_issuer, .timeout = 60);

#define ZEROS16 "00000000000000000000000000000000"
#define HEX64   "30313233343536373839" ZEROS16 ZEROS16 ZEROS16 "000000000000"
#define BASE64                                                                                     \
    "MDEyMzQ1Njc4OQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"                   \
    "AAAAAAAAAAAA=="
static const uint8_t nonce[] = "0123456789";

/* jsonwebtoken's header, and the payload that Trustee's broker makes. */
#define THEIRS "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%k}}"
#define BARE   "{\"typ\":\"JWT\",\"alg\":\"ES256\"}"
#define WHO                                                                                        \
    "\"ear.verifier-id\":{\"build\":\"attestation-service "                                        \
    "0.1.0\",\"developer\":\"https://x\"}"
#define WHEN     "\"iat\":1800000000,\"exp\":1800000300"
#define PROFILE  "\"eat_profile\":\"tag:github.com,2024:confidential-containers/Trustee\","
#define GOOD     "\"executables\":3,\"hardware\":2"
#define CLAIMS   "\"tdx\":{\"quote\":{\"body\":{\"mr_td\":\"00\"}},\"ccel\":{}}"
#define REPORTED "\"report_data\":\"" HEX64 "\",\"runtime_data_claims\":null,"
#define INIT     "\"init_data\":\"00\",\"init_data_claims\":null,"
#define CPU(status, vector, evidence)                                                              \
    "\"cpu0\":{\"ear.status\":\"" status "\",\"ear.trustworthiness-vector\":{" vector "},"         \
    "\"ear.appraisal-policy-id\":\"default\",\"ear.veraison.annotated-"                            \
    "evidence\":" evidence "}"
#define RESULT(more, submods) "{" PROFILE WHEN more "," WHO ",\"submods\":{" submods "}}"
#define SEEN                  "{" INIT REPORTED CLAIMS "}"
#define FINE                  CPU("affirming", GOOD, SEEN)
#define GPU0                                                                                       \
    "\"gpu0\":{\"ear.status\":\"affirming\",\"ear.trustworthiness-vector\":{" GOOD "},"            \
    "\"ear.veraison.annotated-evidence\":{\"nvidia\":{\"arch\":\"Hopper\"}}}"
#define ABOUT(ev) RESULT("", CPU("affirming", GOOD, ev))

#define ASKED                                                                                      \
    .typ = "JWT", .nonce = {nonce, 10}, .ear = true, .tee = "tdx", .allow_warning = true,          \
    .insecure_allow_none = true
static const struct ratls_token_rules trustee = {.issuer = TRUSTEE, ASKED};
static const struct ratls_token_rules for_web = {.issuer = TRUSTEE, .audience = AUD, ASKED};
static const struct ratls_token_rules fresh = {.issuer = TRUSTEE, .max_age_s = 60, ASKED};
static const struct ratls_token_rules two_keys = {.issuer = TWO_KEYS, ASKED};
static const struct ratls_token_rules veraison = {
    .issuer = VERAISON, .typ = "JWT", .nonce = {nonce, 10}, .ear = true};
static const struct ratls_token_rules nobody = {.issuer = "nobody", ASKED};
static const struct ratls_token_rules other_type = {
    .issuer = TRUSTEE, .typ = RATLS_EAR_TYP, .ear = true};
static const struct ratls_token_rules no_tee = {.issuer = TRUSTEE,
                                                .typ = "JWT",
                                                .nonce = {nonce, 10},
                                                .ear = true,
                                                .insecure_allow_none = true};
static const struct ratls_token_rules some_time = {
    .issuer = TRUSTEE, .typ = "JWT", .ear = true, .tee = "tdx"};
static const struct ratls_token_rules bound = {
    .issuer = TRUSTEE, .jkt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ASKED};
/* Without naming anybody, Trustee's is a token like others. */
static const struct ratls_token_rules strictly = {.audience = AUD, ASKED};
static const struct ratls_token_rules strict_issuer = {.issuer = ISS, .audience = AUD, ASKED};

#define VRESULT(more)                                                                              \
    "{\"eat_profile\":\"tag:github.com,2023:veraison/ear\"," WHEN more "," WHO                     \
    ",\"submods\":{\"PARSEC_TPM\":{\"ear.status\":\"affirming\",\"ear."                            \
    "trustworthiness-vector\":{"                                                                   \
    "\"hardware\":2,\"configuration\":0}}}}"

static const struct {
    const char *header, *payload;
    const struct ratls_token_rules *rules;
    enum ratls_err due;
    const char *detail;
} rows[] = {
    /* taken */
    {THEIRS, RESULT("", FINE), &trustee, RATLS_OK, ""},
    {BARE, RESULT("", FINE), &trustee, RATLS_OK, ""},
    {THEIRS, ABOUT("{\"report_data\":\"" BASE64 "\"," CLAIMS "}"), &trustee, RATLS_OK, ""},
    {THEIRS, RESULT(",\"iss\":\"" TRUSTEE "\"", FINE), &trustee, RATLS_OK, ""},
    {THEIRS, RESULT(",\"aud\":\"" AUD "\"", FINE), &for_web, RATLS_OK, ""},
    {THEIRS, RESULT("", FINE), &for_web, RATLS_OK, ""},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"%t\"}", RESULT("", FINE), &two_keys, RATLS_OK,
     ""},
    {BARE, VRESULT(",\"eat_nonce\":\"MDEyMzQ1Njc4OQ==\""), &veraison, RATLS_OK, ""},
    {BARE, VRESULT(",\"eat_nonce\":\"MDEyMzQ1Njc4OQ\""), &veraison, RATLS_OK, ""},

    /* the key is pinned, whatever the header brings along (T37, T40) */
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%f}}", RESULT("", FINE),
     &trustee, RATLS_E_TOKEN_KEY, "'jwk' is no pinned key"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"%t\",\"jwk\":{\"alg\":"
     "\"ES256\",%f}}",
     RESULT("", FINE), &trustee, RATLS_E_TOKEN_KEY, "'jwk' is no pinned key"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"HS256\",\"kty\":"
     "\"EC\"}}",
     RESULT("", FINE), &trustee, RATLS_E_TOKEN_KEY, "'jwk' is no pinned key"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%k,\"use\":"
     "\"enc\"}}",
     RESULT("", FINE), &trustee, RATLS_E_TOKEN_KEY, "'jwk' is no pinned key"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%k,\"d\":"
     "\"AA\"}}",
     RESULT("", FINE), &trustee, RATLS_E_TOKEN_FORMAT, "'jwk': JWK: a private"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{%k}}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'jwk': 'alg'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":\"%t\"}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'jwk' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":null}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'jwk' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"x5c\":[\"AA\"]}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'x5c' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jku\":\"https://x\"}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'jku' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"x5u\":\"https://x\"}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'x5u' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"crit\":[\"b64\"]}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_FORMAT, "'crit' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"k\"}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_KEY, "no key 'k'"},
    {THEIRS, RESULT("", FINE), &two_keys, RATLS_E_TOKEN_KEY, "or more than one"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES384\"}", RESULT("", FINE), &trustee, RATLS_E_TOKEN_KEY,
     "no key 'ES384'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES384\",\"kid\":\"%t\"}", RESULT("", FINE), &trustee,
     RATLS_E_TOKEN_ALGORITHM, "by a key for ES256"},
    {"{\"typ\":\"JWT\",\"alg\":\"none\"}", RESULT("", FINE), &trustee, RATLS_E_TOKEN_ALGORITHM,
     "'none'"},
    {"{\"typ\":\"JWT\",\"alg\":\"HS256\"}", RESULT("", FINE), &trustee, RATLS_E_TOKEN_ALGORITHM,
     "'HS256'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%k}}",
     VRESULT(",\"eat_nonce\":\"MDEyMzQ1Njc4OQ==\""), &veraison, RATLS_E_TOKEN_FORMAT,
     "'jwk' is not allowed"},

    /* whose, for whom, when (T38, T39) */
    {THEIRS, RESULT("", FINE), &nobody, RATLS_E_TOKEN_ISSUER, "'nobody'"},
    {THEIRS, RESULT(",\"iss\":\"" ISS "\"", FINE), &trustee, RATLS_E_TOKEN_ISSUER, ISS},
    {THEIRS, RESULT(",\"iss\":7", FINE), &trustee, RATLS_E_TOKEN_FORMAT, "'iss'"},
    {THEIRS, RESULT(",\"aud\":\"you\"", FINE), &for_web, RATLS_E_TOKEN_AUDIENCE, "'you'"},
    {THEIRS, RESULT(",\"aud\":\"you\"", FINE), &trustee, RATLS_E_TOKEN_AUDIENCE, "'you'"},
    {THEIRS, RESULT(",\"aud\":[]", FINE), &trustee, RATLS_E_TOKEN_FORMAT, "'aud'"},
    {THEIRS, RESULT(",\"nbf\":1800000001", FINE), &trustee, RATLS_E_TOKEN_NOT_YET_VALID, "'nbf'"},
    {THEIRS, RESULT(",\"nbf\":null", FINE), &trustee, RATLS_E_TOKEN_FORMAT, "'nbf'"},
    {THEIRS, "{" PROFILE "\"iat\":1800000000," WHO ",\"submods\":{" FINE "}}", &trustee,
     RATLS_E_TOKEN_FORMAT, "'exp'"},
    {THEIRS, "{" PROFILE "\"exp\":1800000300," WHO ",\"submods\":{" FINE "}}", &trustee,
     RATLS_E_TOKEN_FORMAT, "'iat'"},
    {THEIRS, "{" PROFILE "\"iat\":1799999000,\"exp\":1800000000," WHO ",\"submods\":{" FINE "}}",
     &trustee, RATLS_E_TOKEN_EXPIRED, "'exp'"},
    {THEIRS, "{" PROFILE "\"iat\":1799999939,\"exp\":1800000300," WHO ",\"submods\":{" FINE "}}",
     &fresh, RATLS_E_TOKEN_EXPIRED, "s old"},
    {THEIRS, "{" PROFILE "\"iat\":1800000001,\"exp\":1800000300," WHO ",\"submods\":{" FINE "}}",
     &trustee, RATLS_E_TOKEN_NOT_YET_VALID, "'iat'"},
    {THEIRS, RESULT("", FINE), &other_type, RATLS_E_TOKEN_TYPE, "typ 'JWT'"},
    {THEIRS, RESULT("", FINE), &bound, RATLS_E_TOKEN_BINDING, "not bound"},
    {THEIRS, RESULT(",\"cnf\":{\"jkt\":\"A\"}", FINE), &trustee, RATLS_E_TOKEN_BINDING, "'jkt'"},

    /* about what */
    {THEIRS, ABOUT("{" CLAIMS "}"), &trustee, RATLS_E_TOKEN_NONCE, "no 'report_data'"},
    {THEIRS, ABOUT("{\"report_data\":\"31" ZEROS16 "\"," CLAIMS "}"), &trustee, RATLS_E_TOKEN_NONCE,
     "'report_data' is another"},
    {THEIRS, ABOUT("{\"report_data\":\"30313233343536373839\"," CLAIMS "}"), &trustee,
     RATLS_E_TOKEN_NONCE, "'report_data' is another"},
    {THEIRS, ABOUT("{\"report_data\":7," CLAIMS "}"), &trustee, RATLS_E_TOKEN_NONCE,
     "no 'report_data'"},
    {THEIRS, RESULT(",\"eat_nonce\":\"YW5vdGhlciBvbmU\"", FINE), &trustee, RATLS_E_TOKEN_NONCE,
     "'eat_nonce' is another"},
    {THEIRS,
     RESULT("", FINE ",\"gpu0\":{\"ear.status\":\"affirming\","
                     "\"ear.veraison.annotated-evidence\":{" CLAIMS "}}"),
     &trustee, RATLS_E_TOKEN_NONCE, "no 'report_data'"},
    {THEIRS, ABOUT("{" REPORTED "\"snp\":{}}"), &trustee, RATLS_E_TOKEN_BINDING,
     "about 'snp', not 'tdx'"},
    {THEIRS, ABOUT("{" REPORTED CLAIMS ",\"snp\":{}}"), &trustee, RATLS_E_TOKEN_FORMAT,
     "annotated"},
    {THEIRS, ABOUT("{" REPORTED "\"tdx\":1}"), &trustee, RATLS_E_TOKEN_FORMAT, "annotated"},
    {THEIRS, ABOUT("{\"report_data\":\"" HEX64 "\"}"), &trustee, RATLS_E_TOKEN_FORMAT, "annotated"},
    {THEIRS, ABOUT("[{}]"), &trustee, RATLS_E_TOKEN_FORMAT, "annotated"},
    {THEIRS, ABOUT("null"), &trustee, RATLS_E_TOKEN_FORMAT, "annotated"},
    {THEIRS, RESULT("", "\"cpu0\":{\"ear.status\":\"none\"}"), &trustee, RATLS_E_TOKEN_FORMAT,
     "annotated"},
    {BARE, VRESULT(""), &veraison, RATLS_E_TOKEN_NONCE, "no 'eat_nonce'"},
    {BARE, VRESULT(",\"eat_nonce\":\"MDEyMzQ1Njc4OX==\""), &veraison, RATLS_E_TOKEN_NONCE,
     "another one"},
    {BARE, RESULT(",\"eat_nonce\":\"MDEyMzQ1Njc4OQ\"", FINE), &veraison, RATLS_E_TOKEN_TYPE,
     "profile"},

    /* the status is what follows from the vector (T41) */
    {THEIRS, RESULT("", CPU("affirming", "\"hardware\":33", SEEN)), &trustee, RATLS_E_TOKEN_STATUS,
     "'affirming' of what is warning"},
    {THEIRS, RESULT("", CPU("warning", "\"hardware\":97", SEEN)), &trustee, RATLS_E_TOKEN_STATUS,
     "of what is contraindicated"},
    {THEIRS, RESULT("", CPU("affirming", "", SEEN)), &trustee, RATLS_E_TOKEN_STATUS,
     "of what is none"},
    {THEIRS, RESULT("", CPU("contraindicated", "\"hardware\":97", SEEN)), &trustee,
     RATLS_E_TOKEN_STATUS, "'contraindicated'"},
    {THEIRS, RESULT("", CPU("warning", "\"hardware\":33", SEEN)), &no_tee, RATLS_E_TOKEN_STATUS,
     "status 'warning'"},
    /* nothing says that a device's evidence is as new */
    {THEIRS, RESULT("", FINE "," GPU0), &trustee, RATLS_E_TOKEN_NONCE, "no 'report_data'"},
    {THEIRS, RESULT("", FINE "," GPU0), &some_time, RATLS_OK, ""},
    {THEIRS, RESULT("", GPU0), &some_time, RATLS_E_TOKEN_FORMAT, "'submods'"},
    /* its test TEE affirms nothing */
    {THEIRS, ABOUT("{" REPORTED "\"sample\":{}}"), &no_tee, RATLS_E_TOKEN_STATUS, "simulator"},
    {THEIRS, ABOUT("{" REPORTED "\"sampledevice\":{}}"), &no_tee, RATLS_E_TOKEN_STATUS,
     "simulator"},

    /* nobody else's rules are changed */
    {BARE, "{" PROFILE IDS "," DATES "," WHO ",\"submods\":{" FINE "}}", &strictly,
     RATLS_E_TOKEN_FORMAT, "'kid' is missing"},
    {THEIRS, "{" PROFILE IDS "," DATES "," WHO ",\"submods\":{" FINE "}}", &strict_issuer,
     RATLS_E_TOKEN_FORMAT, "'jwk' is not allowed"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}",
     "{" PROFILE IDS "," DATES "," WHO ",\"submods\":{" FINE "}}", &strict_issuer,
     RATLS_E_TOKEN_NONCE, "no 'eat_nonce'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}", RESULT("", FINE), &strict_issuer,
     RATLS_E_TOKEN_FORMAT, "'iss'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}",
     "{" PROFILE "\"iss\":\"" ISS "\"," DATES "," WHO ",\"submods\":{" FINE "}}", &strict_issuer,
     RATLS_E_TOKEN_FORMAT, "'aud'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}",
     "{" PROFILE IDS "," WHEN "," WHO ",\"submods\":{" FINE "}}", &strict_issuer,
     RATLS_E_TOKEN_FORMAT, "'nbf'"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}",
     "{" PROFILE IDS "," DATES ",\"eat_nonce\":\"MDEyMzQ1Njc4OQ\"," WHO ",\"submods\":{" FINE "}}",
     &strict_issuer, RATLS_E_TOKEN_TYPE, "profile"},
    {"{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"es256\"}",
     "{" PROFILE IDS "," DATES ",\"eat_nonce\":\"MDEyMzQ1Njc4OQ==\"," WHO ",\"submods\":{" FINE
     "}}",
     &strict_issuer, RATLS_E_TOKEN_NONCE, "another one"},
};

Test(token_dialect, lifts_what_it_names_and_nothing_else)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        char *header = expand(rows[i].header);
        struct ratls_buffer token = make_token(header, rows[i].payload, ES256);
        expect_token(rt_bytes_of(&token), rows[i].rules, rows[i].due, rows[i].detail);
        ratls_buffer_free(&token);
        free(header);
    }
}

/* Only RSA has one key for two algorithms. */
Test(token_dialect, compares_the_algorithm_of_the_header_key)
{
    static const struct ratls_token_rules rules = {.issuer = "rsa", ASKED};
    static const char *const algs[] = {"PS256", "RS256"};
    const struct rt_public_key key = public_of(PS256);
    char rsa_members[512], text[1024];

    write_members(&key, rsa_members);
    (void)snprintf(text, sizeof text, "{\"keys\":[{%s,\"alg\":\"PS256\"}]}", rsa_members);
    MUST(ratls_issuers_add_dialect(issuers, "rsa", RATLS_DIALECT_TRUSTEE, TEXT(text), &err));
    for (size_t i = 0; i < RT_COUNT(algs); i++) {
        (void)snprintf(text, sizeof text,
                       "{\"typ\":\"JWT\",\"alg\":\"PS256\",\"jwk\":{\"alg\":\"%s\",%s}}", algs[i],
                       rsa_members);
        struct ratls_buffer token = make_token(text, RESULT("", FINE), PS256);
        expect_token(rt_bytes_of(&token), &rules, i ? RATLS_E_TOKEN_KEY : RATLS_OK, "");
        ratls_buffer_free(&token);
    }
}

/* T37, T40: whoever knows the public key signs nothing with it; nor does
 * another key that the header brings along, or keeps quiet about. */
Test(token_dialect, takes_no_other_signature)
{
    static const char *const headers[] = {
        THEIRS, BARE, "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",%f}}"};
    static const enum ratls_err due[] = {RATLS_E_TOKEN_SIGNATURE, RATLS_E_TOKEN_SIGNATURE,
                                         RATLS_E_TOKEN_KEY};

    for (size_t i = 0; i < RT_COUNT(headers); i++) {
        char *header = expand(headers[i]);
        struct rt_key *own = ec[P256], *other = NULL;
        MUST(rt_key_generate(&token_env, RT_P256, &other));
        ec[P256] = other;
        struct ratls_buffer token = make_token(header, RESULT("", FINE), ES256);
        ec[P256] = own;
        expect_token(rt_bytes_of(&token), &trustee, due[i], "");
        ratls_buffer_free(&token);
        rt_key_free(other);
        free(header);
    }
}

Test(token_dialect, tells_policies_which_tee_it_was)
{
    char *header = expand(THEIRS);
    struct ratls_buffer token = make_token(header, RESULT("", FINE), ES256);
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&token), &trustee, &t));
    const struct ratls_claims *claims = ratls_token_claims(t);
    cr_expect_str_eq(ratls_token_issuer(t), TRUSTEE);
    cr_expect_eq(strlen(ratls_token_key_id(t)), RATLS_JWK_THUMB_LEN);
    cr_expect_str_eq(ratls_claims_get(claims, "ear.tee")->text, "tdx");
    cr_expect_str_eq(ratls_claims_get(claims, "ear.submods")->items[0], "cpu0");
    cr_expect_str_eq(ratls_claims_get(claims, "ear.profile")->text,
                     "tag:github.com,2024:confidential-containers/Trustee");
    cr_expect_str_eq(ratls_claims_get(claims, "ear.policy")->items[0], "default");
    cr_expect_str_eq(ratls_claims_get(claims, "ear.hardware")->text, "affirming");
    cr_expect_null(ratls_claims_get(claims, "token.aud"));
    cr_expect_not(ratls_token_is_bound(t));
    ratls_token_free(t);
    ratls_buffer_free(&token);
    free(header);
}

Test(token_dialect, tells_devices_from_the_tee)
{
    char *header = expand(THEIRS);
    struct ratls_buffer token = make_token(header, RESULT("", GPU0 "," FINE), ES256);
    struct ratls_token *t = NULL;

    MUST(verify_with(rt_bytes_of(&token), &some_time, &t));
    cr_expect_str_eq(ratls_claims_get(ratls_token_claims(t), "ear.tee")->text, "tdx");
    cr_assert_eq(ratls_token_devices(t), 1);
    cr_expect_str_eq(ratls_token_device(t, 0, NULL)->label, "gpu0");
    cr_expect_str_eq(ratls_token_device(t, 0, NULL)->kind, "nvidia");
    ratls_token_free(t);
    ratls_buffer_free(&token);
    free(header);
}

Test(token_dialect, has_rules_that_make_sense)
{
    const struct ratls_token_rules bad[] = {
        {.issuer = TRUSTEE, .typ = "JWT"}, /* the nonce stands in the result */
        {.issuer = TRUSTEE, .ear = true},
        {.issuer = TRUSTEE, .typ = "JWT", .ear = true, .audience = ""},
        {.issuer = ISS, .typ = "JWT", .ear = true},
        {.issuer = ISS, .typ = "JWT", .audience = AUD, .tee = "tdx"},
    };
    struct ratls_issuers *others = NULL;
    enum ratls_token_dialect dialect;

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        expect_token(TEXT("a.b.c"), &bad[i], RATLS_E_USAGE, "");
    MUST(ratls_issuers_new(&token_env, &others));
    cr_expect_eq(
        ratls_issuers_add_dialect(others, "a", (enum ratls_token_dialect)3, TEXT("{}"), NULL),
        RATLS_E_USAGE);
    ratls_issuers_unref(others);
    cr_expect(ratls_token_dialect_find("trustee", &dialect) && dialect == RATLS_DIALECT_TRUSTEE);
    cr_expect(ratls_token_dialect_find("veraison", &dialect) && dialect == RATLS_DIALECT_VERAISON);
    cr_expect(ratls_token_dialect_find("strict", &dialect) && dialect == RATLS_DIALECT_STRICT);
    cr_expect_not(ratls_token_dialect_find("", &dialect));
}
