/* Tokens out of the results of other issuers (T39, T41, T49, T116): what is believed, and what is
 * made of it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "bundle_key.h"
#include "crypto.h"
#include "token_mint.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW      INT64_C(1800000000)
#define ISS      "https://first.example"
#define OWN      "https://as.example"
#define TYP      RATLS_EAR_TYP

static struct ratls_env env;
static int64_t now_s;
static struct ratls_jwt_key *key, *other_key;
static struct rt_key *peer_key;
static struct px_subject subject;
static struct px_grant grant;
static char jkt[RATLS_JWK_THUMB_LEN + 1], x5t[RATLS_JWK_THUMB_LEN + 1];
static uint8_t nonce[PX_NONCE_LEN] = {0, 16, 131, 16};

#define NONCE "ABCDEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static int64_t wall(void *arg)
{
    (void)arg;
    return now_s;
}

static void pin(void)
{
    const struct ratls_jwt_key *const keys[] = {key};
    struct ratls_buffer jwks = {0};

    cr_assert_eq(ratls_jwks(keys, 1, &jwks), RATLS_OK);
    cr_assert_eq(ratls_issuers_new(&env, &grant.issuers), RATLS_OK);
    cr_assert_eq(ratls_issuers_add(grant.issuers, ISS, ratls_bytes(jwks.p, jwks.len), NULL),
                 RATLS_OK);
    ratls_buffer_free(&jwks);
}

static void make_other_key(void)
{
    struct ratls_buffer pem = {0};

    cr_assert_eq(ratls_jwt_key_generate(&env, "ES256", &pem), RATLS_OK);
    cr_assert_eq(ratls_jwt_key_new(&env, ratls_bytes(pem.p, pem.len), NULL, &other_key, NULL),
                 RATLS_OK);
    ratls_buffer_free(&pem);
}

static void setup(void)
{
    static char own[] = OWN;

    env = *ratls_env_system();
    env.now = wall;
    now_s = NOW;
    cr_assert_eq(ratls_jwt_key_new(&env, ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL, &key, NULL),
                 RATLS_OK);
    make_other_key();
    cr_assert_eq(rt_key_generate(&env, RT_P256, &peer_key), RATLS_OK);
    const struct ratls_bytes spki = rt_key_spki(peer_key);
    subject = (struct px_subject){.attested = true,
                                  .policy = "file:p",
                                  .tee = "tdx",
                                  .expires = NOW + 1000,
                                  .cert_sha256 = {7}};
    subject.spki = spki;
    cr_assert_eq(rt_sha256(spki, subject.spki_sha256), RATLS_OK);
    cr_assert_eq(ratls_jwk_thumbprint(spki, jkt, NULL), RATLS_OK);
    rt_base64url(ratls_bytes(subject.cert_sha256, 32), x5t);
    grant = (struct px_grant){.issuer = own, .lifetime_s = 300, .n_keys = 1, .keys = {key}};
    pin();
}

static void teardown(void)
{
    ratls_issuers_unref(grant.issuers);
    ratls_jwt_key_free(key);
    ratls_jwt_key_free(other_key);
    rt_key_free(peer_key);
}

TestSuite(proxy_result, .init = setup, .fini = teardown, .timeout = 60);

/* ---- results ---- */

#define IDS       "\"iss\":\"" ISS "\",\"aud\":\"" OWN "\""
#define DATES     "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000200"
#define FRESH     "\"eat_nonce\":\"" NONCE "\""
#define CNF       "\"cnf\":{\"jkt\":\"@\"}" /* @: of the channel's key */
#define PROFILE   "\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\""
#define VERIFIER  "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"}"
#define SUB(said) "\"submods\":{\"tdx\":{" said "}}"
#define AFFIRMING "\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":{\"hardware\":2}"
#define NOTHING   "\"ear_status\":\"none\",\"ratls.simulated\":true"
#define EAR(ids, dates, fresh, cnf, sub)                                                           \
    "{" ids "," dates "," fresh "," cnf "," PROFILE "," VERIFIER "," sub "}"
#define GOOD EAR(IDS, DATES, FRESH, CNF, SUB(AFFIRMING))

static struct ratls_buffer sign(const char *text, const char *typ, struct ratls_jwt_key *by)
{
    static char payload[4096];
    struct ratls_buffer out = {0};
    size_t n = 0;

    for (; *text; text++) {
        const char one[2] = {*text};
        n += (size_t)snprintf(&payload[n], sizeof payload - n, "%s", *text == '@' ? jkt : one);
    }
    cr_assert_eq(ratls_jwt_sign_json(by, typ, ratls_bytes(payload, n), &out), RATLS_OK);
    return out;
}

static enum ratls_err mint(struct ratls_buffer *result, struct px_minted *out,
                           struct ratls_error *err)
{
    const struct px_mint what = {.grant = &grant,
                                 .subject = &subject,
                                 .target = "api",
                                 .nonce = ratls_bytes(nonce, sizeof nonce),
                                 .result = ratls_bytes(result->p, result->len)};
    enum ratls_err e = px_mint(&env, &what, out, err);

    ratls_buffer_free(result);
    return e;
}

static void expect_refused(struct ratls_buffer result, enum ratls_err due, const char *why)
{
    struct ratls_error err = {0};
    struct px_minted m;
    enum ratls_err e = mint(&result, &m, &err);

    cr_expect_eq(e, due, "%s: %s is %s, not %s", why, err.detail, ratls_err_reason(e),
                 ratls_err_reason(due));
    cr_expect_null(m.token.p, "%s", why);
    ratls_buffer_free(&m.token);
}

/* The payload of what is made. New. */
static cJSON *made(const char *text, int64_t lifetime_s)
{
    static uint8_t bytes[RATLS_TOKEN_MAX];
    struct ratls_buffer result = sign(text, TYP, key);
    struct ratls_error err = {0};
    struct px_minted m;
    size_t len = sizeof bytes - 1;

    cr_assert_eq(mint(&result, &m, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(m.lifetime_s, lifetime_s);
    const char *dot = strchr((const char *)m.token.p, '.');
    cr_assert(dot && rt_unbase64url(&dot[1], strcspn(&dot[1], "."), bytes, &len));
    bytes[len] = 0;
    ratls_buffer_free(&m.token);
    return cJSON_Parse((const char *)bytes);
}

static const cJSON *at(const cJSON *json, const char *a, const char *b)
{
    json = cJSON_GetObjectItem(json, a);
    return b ? cJSON_GetObjectItem(json, b) : json;
}

static const char *text_at(const cJSON *json, const char *a, const char *b)
{
    const char *text = cJSON_GetStringValue(at(json, a, b));

    return text ? text : "";
}

/* ---- what is made ---- */

Test(proxy_result, a_token_says_what_the_result_says)
{
    cJSON *json = made(GOOD, 200);
    const cJSON *tdx = at(json, "submods", "tdx");

    cr_expect_str_eq(text_at(json, "iss", NULL), OWN);
    cr_expect_str_eq(text_at(json, "aud", NULL), "api");
    cr_expect_str_eq(text_at(json, "eat_nonce", NULL), NONCE);
    cr_expect_str_eq(text_at(json, "cnf", "jkt"), jkt);
    cr_expect_str_eq(text_at(tdx, "ear_status", NULL), "affirming");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetArrayItem(at(tdx, "ratls.appraisers", NULL), 0)),
                     ISS);
    cJSON_Delete(json);
}

Test(proxy_result, a_token_ends_with_the_result_with_the_verdict_or_by_itself)
{
    cJSON *json = NULL;

    now_s = NOW + 150;
    cJSON_Delete(json = made(GOOD, 50));
    subject.expires = now_s + 20;
    json = made(GOOD, 20);
    cr_expect_eq(at(json, "exp", NULL)->valuedouble, (double)now_s + 20);
    cJSON_Delete(json);
    grant.lifetime_s = 10;
    cJSON_Delete(made(GOOD, 10));
}

Test(proxy_result, no_status_becomes_better)
{
    static const char *const said[] = {
        "\"ear_status\":\"warning\",\"ear_trustworthiness_vector\":{\"hardware\":2}",
        "\"ear_status\":\"none\"",
    };
    static const char *const status[] = {"warning", "none"};
    char text[2048];

    for (size_t i = 0; i < COUNT(said); i++) {
        (void)snprintf(text, sizeof text, EAR(IDS, DATES, FRESH, CNF, SUB("%s")), said[i]);
        cJSON *json = made(text, 200);
        cr_expect_str_eq(text_at(at(json, "submods", "tdx"), "ear_status", NULL), status[i]);
        cJSON_Delete(json);
    }
    cJSON *json =
        made(EAR(IDS, DATES, FRESH, CNF, "\"ear_status\":\"warning\"," SUB(AFFIRMING)), 200);
    cr_expect_str_eq(text_at(json, "ear_status", NULL), "warning", "that of all");
    cJSON_Delete(json);
}

Test(proxy_result, the_certificate_of_the_channel_may_be_named_as_well)
{
    char text[2048], cnf[256];

    (void)snprintf(cnf, sizeof cnf, "\"cnf\":{\"jkt\":\"@\",\"x5t#S256\":\"%s\"}", x5t);
    (void)snprintf(text, sizeof text, EAR(IDS, DATES, FRESH, "%s", SUB(AFFIRMING)), cnf);
    cJSON_Delete(made(text, 200));
    strchr(strstr(text, "S256"), 'B')[0] = 'C';
    expect_refused(sign(text, TYP, key), RATLS_E_TOKEN_BINDING, "another certificate");
}

/* ---- what is refused ---- */

static const struct {
    const char *payload;
    enum ratls_err due;
    const char *why;
} rows[] = {
    {EAR("\"iss\":\"https://other\",\"aud\":\"" OWN "\"", DATES, FRESH, CNF, SUB(AFFIRMING)),
     RATLS_E_TOKEN_ISSUER, "nobody believes him"},
    {EAR("\"iss\":\"" OWN "\",\"aud\":\"" OWN "\"", DATES, FRESH, CNF, SUB(AFFIRMING)),
     RATLS_E_TOKEN_ISSUER, "nor ourselves, unless somebody says so"},
    {EAR("\"iss\":\"" ISS "\",\"aud\":\"api\"", DATES, FRESH, CNF, SUB(AFFIRMING)),
     RATLS_E_TOKEN_AUDIENCE, "it is for the target, not for the exchange"},
    {EAR(IDS, "\"iat\":1799999000,\"nbf\":1799999000,\"exp\":1799999970", FRESH, CNF,
         SUB(AFFIRMING)),
     RATLS_E_TOKEN_EXPIRED, "over, by more than the skew"},
    {EAR(IDS, "\"iat\":1799999000,\"nbf\":1799999000,\"exp\":1800000000", FRESH, CNF,
         SUB(AFFIRMING)),
     RATLS_E_TOKEN_EXPIRED, "over, by less than the skew"},
    {EAR(IDS, "\"iat\":1800000031,\"nbf\":1800000000,\"exp\":1800000200", FRESH, CNF,
         SUB(AFFIRMING)),
     RATLS_E_TOKEN_NOT_YET_VALID, "of the future"},
    {EAR(IDS, DATES, "\"a\":1", CNF, SUB(AFFIRMING)), RATLS_E_TOKEN_NONCE, "no nonce"},
    {EAR(IDS, DATES, "\"nonce\":\"" NONCE "\"", CNF, SUB(AFFIRMING)), RATLS_E_TOKEN_NONCE,
     "another claim"},
    {EAR(IDS, DATES, "\"eat_nonce\":\"BBCDEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", CNF,
         SUB(AFFIRMING)),
     RATLS_E_TOKEN_NONCE, "another nonce"},
    {EAR(IDS, DATES, FRESH, "\"a\":1", SUB(AFFIRMING)), RATLS_E_TOKEN_BINDING, "of no key"},
    {EAR(IDS, DATES, FRESH, "\"cnf\":{\"jkt\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
         SUB(AFFIRMING)),
     RATLS_E_TOKEN_BINDING, "stolen"},
    {EAR(IDS, DATES, FRESH, "\"cnf\":{\"jkt\":\"@\",\"kid\":\"a\"}", SUB(AFFIRMING)),
     RATLS_E_TOKEN_BINDING, "and of something else"},
    {EAR(IDS, DATES, FRESH, CNF, SUB("\"ear_status\":\"affirming\"")), RATLS_E_TOKEN_STATUS,
     "better than its vector"},
    {EAR(IDS, DATES, FRESH, CNF, SUB("\"ear_status\":\"contraindicated\"")), RATLS_E_TOKEN_STATUS,
     "bad"},
    {"{" IDS "," DATES "," FRESH "," CNF "}", RATLS_E_TOKEN_FORMAT, "no result"},
    {EAR(IDS, DATES, FRESH, CNF, SUB(AFFIRMING ",\"ratls.appraisers\":7")), RATLS_E_TOKEN_FORMAT,
     "no list"},
};

Test(proxy_result, whatever_is_wrong_is_refused)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_refused(sign(rows[i].payload, TYP, key), rows[i].due, rows[i].why);
    expect_refused(sign(GOOD, "JWT", key), RATLS_E_TOKEN_TYPE, "another type");
    expect_refused(sign(GOOD, TYP, other_key), RATLS_E_TOKEN_KEY, "another key");
    struct ratls_buffer bent = sign(GOOD, TYP, key);
    uint8_t *digit = &bent.p[bent.len - 10];
    *digit = *digit == 'A' ? 'B' : 'A'; /* still base64url */
    expect_refused(bent, RATLS_E_TOKEN_SIGNATURE, "bent");
    bent = sign(GOOD, TYP, key);
    bent.len--;
    expect_refused(bent, RATLS_E_TOKEN_FORMAT, "cut off");
}

Test(proxy_result, a_peer_that_is_simulated_stays_so)
{
    subject.simulated = true;
    expect_refused(sign(GOOD, TYP, key), RATLS_E_TOKEN_STATUS, "affirming");
    expect_refused(sign(EAR(IDS, DATES, FRESH, CNF, SUB("\"ear_status\":\"none\"")), TYP, key),
                   RATLS_E_TOKEN_STATUS, "not said");
    expect_refused(
        sign(EAR(IDS, DATES, FRESH, CNF, SUB("\"ear_status\":\"none\",\"ratls.simulated\":false")),
             TYP, key),
        RATLS_E_TOKEN_STATUS, "denied");
    cJSON_Delete(made(EAR(IDS, DATES, FRESH, CNF, SUB(NOTHING)), 200));
}

/* A worker that mixes up two peers gives nobody the token of the other. */
Test(proxy_result, a_key_that_the_evidence_of_the_channel_does_not_name_gets_nothing)
{
    subject.spki_sha256[0] ^= 1;
    expect_refused(sign(GOOD, TYP, key), RATLS_E_TOKEN_BINDING, "another key");
}

Test(proxy_result, a_verdict_that_is_over_counts_no_more)
{
    subject.expires = NOW;
    expect_refused(sign(GOOD, TYP, key), RATLS_E_IDENTITY_EXPIRED, "of the channel");
}
