/* forge corpus: seeds of tokens. The first byte chooses what the rest is: a token, a header,
 * claims, and three more of Veraison, and of Trustee (tests/fuzz/token_fuzz.c). And of JWK sets and
 * proofs. */
#include "bundle_key.h"
#include "corpus.h"
#include "ratls/dpop.h"
#include "ratls/token.h"

#define DATES "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300"
#define IDS   "\"iss\":\"https://as.example\",\"aud\":[\"a\",\"web\"]," DATES
#define RESULT                                                                                     \
    "{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\"," IDS ",\"jti\":\"j1\",\"sub\":\"s\","     \
    "\"eat_nonce\":[\"AAECAwQFBgc\",\"AAECAwQFBgcI\"],\"cnf\":{\"jkt\":\"A\",\"x5t#S256\":\"A\"}," \
    "\"ear_status\":\"warning\",\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},"        \
    "\"submods\":{\"tdx\":{\"ear_status\":\"warning\",\"ear_trustworthiness_vector\":{"            \
    "\"hardware\":2,\"configuration\":32,\"executables\":-33,\"runtime-opaque\":2},"               \
    "\"ear_appraisal_policy_ids\":[\"p:1\"],\"ratls.level\":2,\"ratls.simulated\":false,"          \
    "\"ratls.ak\":\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWtwDY_a6wOkTxyrKiW3FNK_J1DLLERxTkd5yxqbB"  \
    "7TsKoEQbu1dpoNaoO-44eqyA9vDc2DoFAv9RQwpeQKNhtg\","                                            \
    "\"ratls.claims\":{\"tdx.mr_td\":\"ab\",\"debug\":false,\"n\":7,\"l\":[\"x\"]}},"              \
    "\"gpu0\":{\"ear_status\":\"none\",\"ratls.device\":\"nvidia\",\"ratls.simulated\":true,"      \
    "\"ratls.claims\":{\"device_ids\":[\"a\"],\"n\":7}}}}"
#define OLDER                                                                                      \
    "{\"eat_profile\":\"tag:github.com,2023:veraison/ear\"," IDS                                   \
    ",\"ear.verifier-id\":{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{\"a\":{"              \
    "\"ear.status\":\"none\",\"ear.trustworthiness-vector\":{},\"ear.appraisal-policy-id\":"       \
    "\"p\"},\"b\":{\"ear.status\":\"none\",\"ratls.simulated\":true,\"ratls.level\":0}}}"
#define THEIRS                                                                                     \
    "{\"eat_profile\":\"tag:github.com,2024:confidential-containers/Trustee\",\"iat\":1800000000," \
    "\"exp\":1800000300,\"ear.verifier-id\":{\"developer\":\"d\",\"build\":\"b\"},\"submods\":{"   \
    "\"cpu0\":{\"ear.status\":\"affirming\",\"ear.trustworthiness-vector\":{\"hardware\":2},"      \
    "\"ear.appraisal-policy-id\":\"default\",\"ear.veraison.annotated-evidence\":{"                \
    "\"report_data\":\"00\",\"runtime_data_claims\":null,\"tdx\":{\"quote\":{}}}},\"gpu0\":{"      \
    "\"ear.status\":\"affirming\",\"ear.trustworthiness-vector\":{\"hardware\":2},"                \
    "\"ear.veraison.annotated-evidence\":{\"report_data\":\"00\",\"nvidia\":{}}}}}"
#define THEIR_HEADER                                                                               \
    "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"jwk\":{\"alg\":\"ES256\",\"kty\":\"EC\",\"crv\":\"P-"    \
    "256\","                                                                                       \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                                       \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}}"

static const char *const payloads[] = {RESULT, OLDER, "{" IDS "}"};
static const char *const headers[] = {
    "{\"alg\":\"ES256\",\"typ\":\"eat+jwt\",\"kid\":\"k\",\"cty\":\"json\"}",
    "{\"alg\":\"SM2\",\"typ\":\"eat+jwt\",\"kid\":\"k\"}",
    "{\"alg\":\"none\",\"crit\":[\"b64\"],\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
};

static bool put_text(const struct corpus *c, const char *kind, uint8_t reader, const char *text)
{
    struct ratls_buffer copy = {0};
    char name[32];

    (void)snprintf(name, sizeof name, "%s-%zu", kind, strlen(text));
    return rt_dup(ratls_bytes_str(text), &copy) == RATLS_OK &&
           seed_for_reader(c, name, reader, &copy);
}

static bool put_token(const struct corpus *c, struct ratls_jwt_key *key)
{
    struct ratls_buffer token = {0};

    return ratls_jwt_sign_json(key, RATLS_EAR_TYP, ratls_bytes_str(RESULT), &token) == RATLS_OK &&
           seed_for_reader(c, "token", 0, &token);
}

static struct ratls_jwt_key *open_key(const struct ratls_env *env)
{
    struct ratls_jwt_key *key = NULL;

    if (ratls_jwt_key_new(env, ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL, &key, NULL) != RATLS_OK)
        return NULL;
    return key;
}

bool corpus_token(const struct corpus *c)
{
    enum { HEADER = 1, CLAIMS, TRUSTEE_HEADER = 7, TRUSTEE_CLAIMS };
    struct ratls_jwt_key *key = open_key(ratls_env_system());
    bool good = key && put_token(c, key);

    for (size_t i = 0; i < RT_COUNT(headers); i++)
        good = good && put_text(c, "header", HEADER, headers[i]);
    for (size_t i = 0; i < RT_COUNT(payloads); i++)
        good = good && put_text(c, "claims", CLAIMS, payloads[i]);
    good = good && put_text(c, "trustee", TRUSTEE_HEADER, THEIR_HEADER) &&
           put_text(c, "trustee", TRUSTEE_CLAIMS, THEIRS);
    ratls_jwt_key_free(key);
    return good;
}

bool corpus_jwks(const struct corpus *c)
{
    static const char *const sets[] = {
        "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\",\"alg\":\"PS256\",\"kid\":\"k\","
        "\"use\":\"sig\",\"key_ops\":[\"verify\"]}]}",
        /* the key of GB/T 32918.5, annex A.2 */
        ("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"SM2\",\"alg\":\"SM2\",\"kid\":\"k\","
         "\"x\":\"CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA\","
         "\"y\":\"zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM\"}]}"),
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\",\"alg\":\"HS256\"},{\"kty\":\"OKP\",\"use\":"
        "\"enc\"}]}",
        NULL};
    struct ratls_jwt_key *key = open_key(ratls_env_system());
    struct ratls_buffer set = {0};
    bool good = key && ratls_jwks((const struct ratls_jwt_key *const *)&key, 1, &set) == RATLS_OK &&
                seed_buffer(c, "set", &set) && corpus_texts(c, sets);

    ratls_jwt_key_free(key);
    return good;
}

static int64_t standing_clock(void *arg)
{
    (void)arg;
    return 1800000000;
}

/* A proof, headers, claims, URLs (tests/fuzz/dpop_fuzz.c). */
bool corpus_dpop(const struct corpus *c)
{
    enum { HEADER = 1, CLAIMS, URL };
    static const char *const proof_headers[] = {
        "{\"typ\":\"dpop+jwt\",\"alg\":\"PS256\",\"jwk\":{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"
        "\"AQAB\","
        "\"use\":\"sig\",\"key_ops\":[\"verify\"],\"alg\":\"PS256\"}}",
        "{\"typ\":\"dpop+jwt\",\"alg\":\"SM2\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"SM2\"}}",
        ("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"kid\":\"k\",\"jwk\":{\"kty\":\"oct\",\"k\":"
         "\"AA\"}}")};
    static const char *const claims[] = {
        "{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":\"HTTPS://API.example:443/a/../%761?q#f\","
        "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000060,\"nonce\":\"n\"}",
        "{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":\"https://api.example/v1\",\"iat\":1800000000,"
        "\"ath\":\"AA\"}"};
    static const char *const urls[] = {"https://[2001:DB8::1]:8443/a/./b/../%2e%2E/%c3%7e;x=1,2//",
                                       "http://a:80?q", "https://u:p@a:443/"};
    struct ratls_env env = *ratls_env_system();
    const struct ratls_dpop what = {
        .method = "POST", .url = "https://api.example/v1", .nonce = "n"};
    struct ratls_buffer proof = {0};

    env.now = standing_clock;
    struct ratls_jwt_key *key = open_key(&env);
    bool good = key && ratls_dpop_make(key, &what, &proof, NULL) == RATLS_OK &&
                seed_for_reader(c, "proof", 0, &proof);
    for (size_t i = 0; i < RT_COUNT(proof_headers); i++)
        good = good && put_text(c, "header", HEADER, proof_headers[i]);
    for (size_t i = 0; i < RT_COUNT(claims); i++)
        good = good && put_text(c, "claims", CLAIMS, claims[i]);
    for (size_t i = 0; i < RT_COUNT(urls); i++)
        good = good && put_text(c, "url", URL, urls[i]);
    ratls_jwt_key_free(key);
    return good;
}
