/* Proofs of possession: every refusal of T50, and proofs that are made here. */
#include "htu.h"
#include "ratls/dpop.h"
#include "token_support.h"

#define URL   "https://api.example/v1/things"
#define TOKEN "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
/* base64url(SHA-256(TOKEN)), by openssl. */
#define ATH "nFBa7eL_9LTPdWQjoARojISeBgKvyFWbKk6SFP2tlCU"

#define JTI      "\"jti\":\"j-1\""
#define AT(iat)  "{" JTI ",\"htm\":\"GET\",\"htu\":\"" URL "\",\"iat\":" #iat
#define GOOD     AT(1800000000) "}"
#define WITH(m)  AT(1800000000) "," m "}"
#define HTU(htu) "{" JTI ",\"htm\":\"GET\",\"iat\":1800000000,\"htu\":\"" htu "\"}"

static struct ratls_replay *seen;
static struct ratls_dpop_rules rules;
static struct ratls_dpop_proof proof;
static char jwk[ALGS][1024]; /* members, without braces */

static int64_t standing_monotonic(void *arg)
{
    return 1000 * standing_clock(arg);
}

static void setup(void)
{
    make_issuer();
    token_env.monotonic_ms = standing_monotonic;
    MUST(ratls_replay_new(&token_env, 80, 8, &seen));
    rules = (struct ratls_dpop_rules){.method = "GET", .url = URL, .max_age_s = 60, .skew_s = 10};
    for (enum alg i = ES256; i < ALGS; i++) {
        const struct rt_public_key key = public_of(i);
        struct rt_writer w = {0};
        rt_jwk_put_members(&w, &key);
        cr_assert(!w.bad && w.len < sizeof jwk[i]);
        memcpy(jwk[i], w.p, w.len);
        rt_writer_free(&w);
    }
}

static void teardown(void)
{
    ratls_replay_free(seen);
    free_issuer();
}

TestSuite(dpop, .init = setup, .fini = teardown, .timeout = 60);

/* From a block of its own size. */
static enum ratls_err verify(struct ratls_bytes text)
{
    uint8_t *copy = malloc(text.len + 1);

    cr_assert(copy);
    memcpy(copy, text.p, text.len);
    err = (struct ratls_error){0};
    enum ratls_err e =
        ratls_dpop_verify(&token_env, ratls_bytes(copy, text.len), &rules, &proof, &err);
    cr_expect_eq(err.code, e, "%s: %s", ratls_err_reason(e), err.detail);
    cr_expect_eq(e == RATLS_OK, proof.jkt[0] != 0);
    free(copy);
    return e;
}

static void expect(struct ratls_bytes text, enum ratls_err due, const char *detail,
                   const char *what)
{
    enum ratls_err e = verify(text);

    cr_expect_eq(e, due, "%s: %s '%s', not %s", what, ratls_err_reason(e), err.detail,
                 ratls_err_reason(due));
    cr_expect(strstr(err.detail, detail), "%s: '%s', not '%s'", what, err.detail, detail);
}

/* "$" in a header is the public key of `by`. */
static void fill(const char *header, enum alg by, char out[2048])
{
    const char *at = strchr(header, '$');

    if (at)
        (void)snprintf(out, 2048, "%.*s%s%s", (int)(at - header), header, jwk[by], at + 1);
    else
        (void)snprintf(out, 2048, "%s", header);
}

static void expect_proof(const char *header, const char *payload, enum alg by, enum ratls_err due,
                         const char *detail)
{
    char head[2048];

    fill(header, by, head);
    struct ratls_buffer text = make_token(head, payload, by);
    expect(rt_bytes_of(&text), due, detail, due ? detail : payload);
    ratls_buffer_free(&text);
}

#define DPOP(alg) "{\"typ\":\"dpop+jwt\",\"alg\":\"" alg "\",\"jwk\":{$}}"

static const char *const usual_head[ALGS] = {DPOP("ES256"), DPOP("ES384"), DPOP("PS256"),
                                             DPOP("RS256")};

static void expect_payload_of(const char *payload, enum ratls_err due, const char *detail)
{
    expect_proof(usual_head[ES256], payload, ES256, due, detail);
}

/* ---- header ---- */

static const struct {
    const char *header;
    enum ratls_err due;
    const char *detail;
} headers[] = {
    {"{\"alg\":\"ES256\",\"jwk\":{$}}", RATLS_E_TOKEN_TYPE, "typ ''"},
    {"{\"typ\":\"jwt\",\"alg\":\"ES256\",\"jwk\":{$}}", RATLS_E_TOKEN_TYPE, "typ 'jwt'"},
    {"{\"typ\":\"DPOP+JWT\",\"alg\":\"ES256\",\"jwk\":{$}}", RATLS_E_TOKEN_TYPE, "typ"},
    {"{\"typ\":7,\"alg\":\"ES256\",\"jwk\":{$}}", RATLS_E_TOKEN_FORMAT, "'typ'"},
    {"{\"typ\":\"dpop+jwt\",\"jwk\":{$}}", RATLS_E_TOKEN_ALGORITHM, "''"},
    {DPOP("none"), RATLS_E_TOKEN_ALGORITHM, "'none'"},
    {DPOP("HS256"), RATLS_E_TOKEN_ALGORITHM, "'HS256'"},
    {DPOP("EdDSA"), RATLS_E_TOKEN_ALGORITHM, "'EdDSA'"},
    {DPOP("ES384"), RATLS_E_TOKEN_KEY, "'crv'"},
    {DPOP("PS256"), RATLS_E_TOKEN_KEY, "'kty'"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}", RATLS_E_TOKEN_FORMAT, "'jwk' is missing"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"kid\":\"es256\"}", RATLS_E_TOKEN_FORMAT,
     "'kid' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"kid\":\"k\"}", RATLS_E_TOKEN_FORMAT,
     "'kid' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"x5c\":[\"AA\"]}", RATLS_E_TOKEN_FORMAT,
     "'x5c' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"jku\":\"https://a/\"}",
     RATLS_E_TOKEN_FORMAT, "'jku' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"x5u\":\"https://a/\"}",
     RATLS_E_TOKEN_FORMAT, "'x5u' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"crit\":[\"b64\"]}",
     RATLS_E_TOKEN_FORMAT, "'crit' is not allowed"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$},\"jwk\":{}}", RATLS_E_TOKEN_FORMAT,
     "twice"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":\"k\"}", RATLS_E_TOKEN_KEY, "not an object"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{}}", RATLS_E_TOKEN_KEY, "'kty'"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"d\":\"AA\"}}", RATLS_E_TOKEN_KEY,
     "private or symmetric key ('d')"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
     RATLS_E_TOKEN_KEY, "private or symmetric key ('k')"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"oct\"}}", RATLS_E_TOKEN_KEY,
     "'kty'"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"use\":\"enc\"}}", RATLS_E_TOKEN_KEY,
     "another use"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"key_ops\":[\"sign\"]}}",
     RATLS_E_TOKEN_KEY, "another use"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"alg\":\"ES384\"}}", RATLS_E_TOKEN_KEY,
     "not for ES256"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"alg\":7}}", RATLS_E_TOKEN_KEY,
     "not for ES256"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":"
     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}",
     RATLS_E_TOKEN_KEY, "JWK"},
    {"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$,\"alg\":\"ES256\",\"use\":\"sig\","
     "\"kid\":\"k\"}}",
     RATLS_OK, ""},
};

Test(dpop, headers_name_one_public_key_and_nothing_else)
{
    for (size_t i = 0; i < RT_COUNT(headers); i++)
        expect_proof(headers[i].header, GOOD, ES256, headers[i].due, headers[i].detail);
    expect_proof("{\"typ\":\"dpop+jwt\",\"alg\":\"RS256\",\"jwk\":{$,\"p\":\"AA\"}}", GOOD, RS256,
                 RATLS_E_TOKEN_KEY, "('p')");
    expect_proof("{\"typ\":\"dpop+jwt\",\"alg\":\"RS256\",\"jwk\":{\"kty\":\"RSA\",\"e\":\"AQAB\","
                 "\"n\":\"wWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
                 "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
                 "WWWWWWWWWWWWWWWWWWWWWWWWWWU\"}}",
                 GOOD, RS256, RATLS_E_TOKEN_KEY, "bits");
}

Test(dpop, all_four_algorithms_are_taken)
{
    for (enum alg i = ES256; i < ALGS; i++) {
        const struct rt_public_key key = public_of(i);
        char thumb[RATLS_JWK_THUMB_LEN + 1];
        expect_proof(usual_head[i], GOOD, i, RATLS_OK, "");
        MUST(rt_jwk_thumb(&key, thumb));
        cr_expect_str_eq(proof.jkt, thumb);
        cr_expect_eq(proof.issued, NOW);
        cr_expect_str_eq(proof.nonce, "");
    }
}

Test(dpop, the_signature_is_by_the_key_of_the_header)
{
    char head[2048];

    fill(usual_head[PS256], PS256, head);
    struct ratls_buffer other = make_token(head, GOOD, RS256);
    expect(rt_bytes_of(&other), RATLS_E_TOKEN_SIGNATURE, "not signed", "another scheme");
    ratls_buffer_free(&other);
    fill("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{$}}", ES256, head);
    struct ratls_buffer good = make_token(head, GOOD, ES256);
    const struct ratls_bytes text = rt_bytes_of(&good);
    uint8_t *last = good.p + good.len - 5;
    *last = *last == 'A' ? 'B' : 'A';
    expect(text, RATLS_E_TOKEN_SIGNATURE, "not signed", "a changed signature");
    expect(ratls_bytes(text.p, text.len - 86), RATLS_E_TOKEN_SIGNATURE, "not signed", "none");
    expect(ratls_bytes(text.p, text.len - 87), RATLS_E_TOKEN_FORMAT, "two dots", "no dot");
    ratls_buffer_free(&good);
}

Test(dpop, a_key_of_another_is_no_help)
{
    struct rt_key *mine = ec[ES256];
    struct rt_key *theirs = NULL;
    char head[2048];

    fill(usual_head[ES256], ES256, head);
    MUST(rt_key_generate(&token_env, RT_P256, &theirs));
    ec[ES256] = theirs;
    struct ratls_buffer text = make_token(head, GOOD, ES256);
    expect(rt_bytes_of(&text), RATLS_E_TOKEN_SIGNATURE, "not signed", "foreign");
    ratls_buffer_free(&text);
    ec[ES256] = mine;
    rt_key_free(theirs);
}

Test(dpop, a_proof_has_a_bounded_size)
{
    static char large[RATLS_DPOP_MAX + 2];

    memset(large, 'A', sizeof large - 1);
    expect(ratls_bytes(large, RATLS_DPOP_MAX + 1), RATLS_E_TOKEN_FORMAT, "at most", "large");
    expect(ratls_bytes(large, RATLS_DPOP_MAX), RATLS_E_TOKEN_FORMAT, "two dots", "not larger");
    expect(ratls_bytes("", 0), RATLS_E_TOKEN_FORMAT, "two dots", "empty");
    expect(TEXT("a.b.c, a.b.c"), RATLS_E_TOKEN_FORMAT, "base64url", "two of them in one field");
}

/* ---- claims ---- */

static const struct {
    const char *payload;
    enum ratls_err due;
    const char *detail;
} payloads[] = {
    {"{\"htm\":\"GET\",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_FORMAT, "'jti'"},
    {"{\"jti\":\"\",\"htm\":\"GET\",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_FORMAT,
     "'jti'"},
    {"{\"jti\":7,\"htm\":\"GET\",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_FORMAT,
     "'jti'"},
    {"{" JTI ",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_FORMAT, "'htm'"},
    {"{" JTI ",\"htm\":\"POST\",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_AUDIENCE,
     "'POST', not 'GET'"},
    {"{" JTI ",\"htm\":\"get\",\"htu\":\"" URL "\",\"iat\":1800000000}", RATLS_E_TOKEN_AUDIENCE,
     "'get'"},
    {"{" JTI ",\"htm\":\"GET\",\"iat\":1800000000}", RATLS_E_TOKEN_FORMAT, "'htu'"},
    {HTU("/v1/things"), RATLS_E_TOKEN_FORMAT, "'htu'"},
    {HTU("https://api.example/v1/thing"), RATLS_E_TOKEN_AUDIENCE, "'htu'"},
    {HTU("https://api.example/v1/things/"), RATLS_E_TOKEN_AUDIENCE, "'htu'"},
    {HTU("http://api.example/v1/things"), RATLS_E_TOKEN_AUDIENCE, "'htu'"},
    {HTU("https://api.example:8443/v1/things"), RATLS_E_TOKEN_AUDIENCE, "'htu'"},
    {HTU("https://evil.example/v1/things"), RATLS_E_TOKEN_AUDIENCE, "'htu'"},
    {HTU("HTTPS://API.example:443/v1/x/../%74hings?a=b#c"), RATLS_OK, ""},
    {"{" JTI ",\"htm\":\"GET\",\"htu\":\"" URL "\"}", RATLS_E_TOKEN_FORMAT, "'iat'"},
    {AT("1800000000") "}", RATLS_E_TOKEN_FORMAT, "'iat'"},
    {AT(-1) "}", RATLS_E_TOKEN_FORMAT, "'iat'"},
    {AT(1800000010) "}", RATLS_OK, ""},
    {AT(1800000011) "}", RATLS_E_TOKEN_NOT_YET_VALID, "'iat' lies ahead"},
    {AT(1799999930) "}", RATLS_OK, ""},
    {AT(1799999929) "}", RATLS_E_TOKEN_EXPIRED, "71 s old"},
    {WITH("\"exp\":1799999990"), RATLS_E_TOKEN_EXPIRED, "'exp' is over"},
    {WITH("\"exp\":1799999991"), RATLS_OK, ""},
    {WITH("\"exp\":\"x\""), RATLS_E_TOKEN_FORMAT, "'exp'"},
    {WITH("\"nbf\":1800000011"), RATLS_E_TOKEN_NOT_YET_VALID, "'nbf' lies ahead"},
    {WITH("\"nbf\":null"), RATLS_E_TOKEN_FORMAT, "'nbf'"},
    {WITH("\"ath\":\"" ATH "\""), RATLS_E_TOKEN_BINDING, "for an access token"},
    {WITH("\"ath\":7"), RATLS_E_TOKEN_FORMAT, "'ath'"},
    {WITH("\"nonce\":7"), RATLS_E_TOKEN_FORMAT, "'nonce'"},
    {WITH("\"nonce\":\"\""), RATLS_E_TOKEN_FORMAT, "'nonce'"},
    {WITH("\"other\":[1]"), RATLS_OK, ""},
};

Test(dpop, claims_are_those_of_the_request)
{
    for (size_t i = 0; i < RT_COUNT(payloads); i++)
        expect_payload_of(payloads[i].payload, payloads[i].due, payloads[i].detail);
}

Test(dpop, jti_has_a_bounded_length)
{
    char payload[1024];

    for (int len = 256; len <= 257; len++) {
        (void)snprintf(payload, sizeof payload,
                       "{\"jti\":\"%0*d\",\"htm\":\"GET\",\"htu\":\"" URL "\",\"iat\":1800000000}",
                       len, 1);
        expect_payload_of(payload, len == 256 ? RATLS_OK : RATLS_E_TOKEN_FORMAT,
                          len == 256 ? "" : "'jti'");
    }
}

Test(dpop, a_proof_is_for_one_access_token)
{
    rules.token = TEXT(TOKEN);
    expect_payload_of(WITH("\"ath\":\"" ATH "\""), RATLS_OK, "");
    expect_payload_of(GOOD, RATLS_E_TOKEN_BINDING, "no 'ath'");
    rules.token = TEXT(TOKEN "A");
    expect_payload_of(WITH("\"ath\":\"" ATH "\""), RATLS_E_TOKEN_BINDING, "another token");
    rules.token = TEXT(TOKEN);
    expect_payload_of(WITH("\"ath\":\"" ATH "=\""), RATLS_E_TOKEN_BINDING, "another token");
}

Test(dpop, a_proof_has_the_nonce_of_the_server)
{
    expect_payload_of(WITH("\"nonce\":\"n-1\""), RATLS_OK, "");
    cr_expect_str_eq(proof.nonce, "n-1");
    rules.nonce = "n-1";
    expect_payload_of(WITH("\"nonce\":\"n-1\""), RATLS_OK, "");
    expect_payload_of(WITH("\"nonce\":\"n-2\""), RATLS_E_TOKEN_NONCE, "another one");
    expect_payload_of(GOOD, RATLS_E_TOKEN_NONCE, "no 'nonce'");
}

Test(dpop, a_proof_is_good_once)
{
    rules.seen = seen;
    expect_payload_of(GOOD, RATLS_OK, "");
    expect_payload_of(GOOD, RATLS_E_TOKEN_REPLAYED, "'jti' was used");
    expect_payload_of(WITH("\"x\":1"), RATLS_E_TOKEN_REPLAYED, "'jti' was used");
    expect_proof(usual_head[ES384], GOOD, ES384, RATLS_OK, "");
    token_now += 70;
    expect_payload_of(GOOD, RATLS_E_TOKEN_REPLAYED, "'jti' was used");
    token_now += 1;
    expect_payload_of(GOOD, RATLS_E_TOKEN_EXPIRED, "71 s old");
}

Test(dpop, what_is_refused_is_not_remembered)
{
    rules.seen = seen;
    rules.nonce = "n-1";
    expect_payload_of(GOOD, RATLS_E_TOKEN_NONCE, "no 'nonce'");
    rules.nonce = NULL;
    expect_payload_of(GOOD, RATLS_OK, "");
}

Test(dpop, the_memory_is_bounded_and_forgets_what_is_over)
{
    uint8_t id[32] = {0};

    for (; id[0] < 8; id[0]++)
        MUST(ratls_replay_take(seen, id));
    cr_expect_eq(ratls_replay_take(seen, id), RATLS_E_LIMIT);
    rules.seen = seen;
    expect_payload_of(GOOD, RATLS_E_LIMIT, "too many");
    id[0] = 0;
    cr_expect_eq(ratls_replay_take(seen, id), RATLS_E_TOKEN_REPLAYED);
    token_now += 80;
    cr_expect_eq(ratls_replay_take(seen, id), RATLS_E_TOKEN_REPLAYED, "its last moment");
    token_now += 1;
    for (; id[0] < 20; id[0]++)
        cr_expect_eq(ratls_replay_take(seen, id), id[0] < 8 ? RATLS_OK : RATLS_E_LIMIT);
}

Test(dpop, memories_have_a_life_and_a_size)
{
    static const struct {
        int64_t life_s;
        size_t max;
    } bad[] = {{0, 1}, {86401, 1}, {1, 0}, {1, 65537}};
    struct ratls_replay *r = seen;

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(ratls_replay_new(&token_env, bad[i].life_s, bad[i].max, &r), RATLS_E_USAGE);
        cr_expect_null(r);
    }
    ratls_replay_free(NULL);
}

Test(dpop, rules_that_are_none_are_refused)
{
    const struct ratls_dpop_rules good = rules;
    struct ratls_dpop_rules bad[] = {good, good, good, good, good, good,
                                     good, good, good, good, good};

    bad[0].method = NULL;
    bad[1].method = "";
    bad[2].url = NULL;
    bad[3].url = "ftp://api.example/";
    bad[4].token = ratls_bytes(TOKEN, RATLS_TOKEN_MAX + 1);
    bad[5].nonce = "";
    bad[6].max_age_s = 0;
    bad[7].max_age_s = RATLS_DPOP_AGE_MAX_S + 1;
    bad[8].skew_s = 301;
    bad[9].now = -1;
    bad[10].seen = seen;
    bad[10].max_age_s = 61;
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        rules = bad[i];
        expect_payload_of(GOOD, RATLS_E_USAGE, "rules of proofs");
    }
    rules = good;
    rules.now = NOW + 71;
    expect_payload_of(GOOD, RATLS_E_TOKEN_EXPIRED, "71 s old");
}

/* ---- a token with its proof ---- */

Test(dpop, a_token_counts_with_a_proof_by_its_key)
{
    struct ratls_token_rules due = usual;
    char payload[256];

    expect_payload_of(GOOD, RATLS_OK, "");
    const struct ratls_dpop_proof by_owner = proof;
    (void)snprintf(payload, sizeof payload, PLAIN(",\"cnf\":{\"jkt\":\"%s\"}"), proof.jkt);
    due.jkt = proof.jkt;
    expect_payload(payload, &due, RATLS_OK, "");
    expect_payload(PLAIN(), &due, RATLS_E_TOKEN_BINDING, "not bound");
    expect_proof(usual_head[ES384], GOOD, ES384, RATLS_OK, "");
    cr_expect_str_neq(proof.jkt, by_owner.jkt);
    expect_payload(payload, &due, RATLS_E_TOKEN_BINDING, "'jkt' of 'cnf' is another one");
    due.jkt = NULL;
    expect_payload(payload, &due, RATLS_E_TOKEN_BINDING, "cannot be compared");
}

/* ---- URLs ---- */

static const struct {
    const char *url, *normal; /* NULL: none */
} urls[] = {
    {"https://a", "https://a/"},
    {"https://a?q", "https://a/"},
    {"https://a#f", "https://a/"},
    {"HTTP://A.B/", "http://a.b/"},
    {"https://a:443/x", "https://a/x"},
    {"https://a:00443/x", "https://a/x"},
    {"https://a:/x", "https://a/x"},
    {"http://a:443/x", "http://a:443/x"},
    {"http://a:80", "http://a/"},
    {"https://a:80/", "https://a:80/"},
    {"https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443/x"},
    {"https://a/X", "https://a/X"},
    {"https://a/%7eb%2f%3a", "https://a/~b%2F%3A"},
    {"https://a/%41", "https://a/A"},
    {"https://a/b/./c/../d", "https://a/b/d"},
    {"https://a/b/..", "https://a/"},
    {"https://a/b/.", "https://a/b/"},
    {"https://a/../../b", "https://a/b"},
    {"https://a/b/%2e%2E/c", "https://a/c"},
    {"https://a//b/", "https://a//b/"},
    {"https://a/b/.../c", "https://a/b/.../c"},
    {"https://a/b?x=../..", "https://a/b"},
    {"", NULL},
    {"https://", NULL},
    {"https:///x", NULL},
    {"https:/a", NULL},
    {"a/b", NULL},
    {"ftp://a/", NULL},
    {"https://u@a/", NULL},
    {"https://u:p@a/", NULL},
    {"https://a:0/", NULL},
    {"https://a:65536/", NULL},
    {"https://a:443x/", NULL},
    {"https://a:-1/", NULL},
    {"https://a%2eb/", NULL},
    {"https://[::1/", NULL},
    {"https://[]/", NULL},
    {"https://[::1]x/", NULL},
    {"https://[::g]/", NULL},
    {"https://a/%4", NULL},
    {"https://a/%zz", NULL},
    {"https://a/ b", NULL},
    {"https://a/\"", NULL},
    {"https://a\\b/", NULL},
    {"https://a/\x80", NULL},
};

Test(dpop, urls_have_one_form)
{
    struct rt_htu htu;

    for (size_t i = 0; i < RT_COUNT(urls); i++) {
        const bool good = rt_htu_normal(urls[i].url, &htu);
        cr_expect_eq(good, urls[i].normal != NULL, "%s", urls[i].url);
        if (good && urls[i].normal)
            cr_expect_str_eq(htu.text, urls[i].normal, "%s: %s", urls[i].url, htu.text);
    }
    cr_expect_not(rt_htu_normal(NULL, &htu));
}

Test(dpop, urls_have_a_bounded_length)
{
    static char url[RATLS_DPOP_URL_MAX + 2];
    struct rt_htu htu;

    memset(url, 'a', RATLS_DPOP_URL_MAX);
    memcpy(url, "https://", 8);
    cr_expect(rt_htu_normal(url, &htu));
    cr_expect_eq(htu.len, RATLS_DPOP_URL_MAX + 1);
    url[RATLS_DPOP_URL_MAX] = 'a';
    cr_expect_not(rt_htu_normal(url, &htu));
}

/* ---- made here ---- */

static struct ratls_jwt_key *open_key(const char *alg)
{
    struct ratls_buffer pem = {0};
    struct ratls_jwt_key *key = NULL;

    MUST(ratls_jwt_key_generate(&token_env, alg, &pem));
    MUST(ratls_jwt_key_new(&token_env, rt_bytes_of(&pem), alg, &key, &err));
    ratls_buffer_free(&pem);
    return key;
}

Test(dpop, what_is_made_is_taken)
{
    for (size_t i = ES256; i <= ES384; i++) {
        struct ratls_jwt_key *key = open_key(alg_name[i]);
        const struct ratls_dpop what = {
            .method = "GET", .url = URL "?q=1", .token = TEXT(TOKEN), .nonce = "n-1"};
        struct ratls_buffer one = {0}, two = {0};
        rules.token = TEXT(TOKEN);
        rules.nonce = "n-1";
        rules.seen = seen;
        MUST(ratls_dpop_make(key, &what, &one, &err));
        MUST(ratls_dpop_make(key, &what, &two, &err));
        expect(rt_bytes_of(&one), RATLS_OK, "", "one");
        cr_expect_str_eq(proof.jkt, ratls_jwt_key_id(key));
        expect(rt_bytes_of(&two), RATLS_OK, "", "another jti");
        expect(rt_bytes_of(&two), RATLS_E_TOKEN_REPLAYED, "'jti'", "the same");
        ratls_buffer_free(&one);
        ratls_buffer_free(&two);
        ratls_jwt_key_free(key);
    }
}

Test(dpop, what_cannot_be_proved_is_not_made)
{
    struct ratls_jwt_key *key = open_key("ES256");
    const struct ratls_dpop bad[] = {
        {.url = URL},
        {.method = "GET"},
        {.method = "GET", .url = "api.example"},
        {.method = "GET", .url = URL, .nonce = ""},
        {.method = "GET", .url = URL, .token = ratls_bytes(TOKEN, RATLS_TOKEN_MAX + 1)},
    };
    struct ratls_buffer out;

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(ratls_dpop_make(key, &bad[i], &out, &err), RATLS_E_USAGE, "row %zu", i);
        cr_expect_null(out.p);
    }
    ratls_jwt_key_free(key);
}
