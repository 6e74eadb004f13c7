/* Attestation results are made of verdicts (T32, T167). */
#include <cjson/cJSON.h>

#include "json.h"
#include "pki_support.h"
#include "token_support.h"
#include "verdict.h"

static struct ratls_verdict *v;
static struct ratls_ear ear;

static void setup(void)
{
    make_issuer();
    cr_assert_not_null(v = rt_verdict_new());
    v->allowed = true;
    v->why.code = RATLS_OK;
    v->proven = true;
    memcpy(v->tee, "tdx", 4);
    ratls_claims_set_text(v->claims, "tcb_status", "UpToDate");
    ratls_claims_set_bool(v->claims, "debug", false);
    ratls_claims_set_bool(v->claims, "simulated", false);
    ear = (struct ratls_ear){.iss = ISS, .aud = AUD, .lifetime_s = 300, .jti = "j1"};
}

static void teardown(void)
{
    ratls_verdict_unref(v);
    free_issuer();
}

TestSuite(ear, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err make(struct ratls_buffer *json)
{
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_ear_payload(&token_env, v, &ear, json, &err);

    cr_expect(e == err.code || e == RATLS_E_RANDOM, "%s", ratls_err_reason(e));
    cr_expect_eq(e == RATLS_OK, json->p != NULL);
    return e;
}

static void expect_made(const char *due)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(make(&json), RATLS_OK, "%s", err.detail);
    cr_expect_str_eq((const char *)json.p, due);
    cr_expect_eq(strlen((const char *)json.p), json.len);
    ratls_buffer_free(&json);
}

#define BUILD     "\"build\":\"ratls " RATLS_VERSION "\"}"
#define BEGIN     "{\"eat_profile\":\"tag:ietf.org,2026:rats/ear#03\","
#define IDENTITY  "\"iss\":\"" ISS "\",\"aud\":\"web\"," DATES ",\"jti\":\"j1\""
#define VERIFIER  ",\"ear_verifier_id\":{\"developer\":\"" ISS "\"," BUILD
#define GOOD      "{\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"
#define AFFIRMING "\"ear_status\":\"affirming\",\"ear_trustworthiness_vector\":" GOOD
#define NOTHING   "\"ear_status\":\"none\",\"ear_trustworthiness_vector\":{}"

Test(ear, says_what_the_verdict_says)
{
    expect_made(BEGIN IDENTITY VERIFIER ",\"submods\":{\"tdx\":{" AFFIRMING
                                        ",\"ratls.level\":0,\"ratls.simulated\":false}}}");
}

Test(ear, says_what_it_is_told_to_say)
{
    static const uint8_t nonce[] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const uint8_t hash[RT_SHA256_LEN];

    MUST(rt_dup(rt_key_spki(ec[P256]), &v->ak_spki));
    ear.sub = "spiffe://a/b";
    ear.nonce = ratls_bytes(nonce, sizeof nonce);
    ear.jkt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    ear.cert_sha256 = ratls_bytes(hash, sizeof hash);
    ear.policy = "web:7";
    ear.developer = "https://example.org";
    ear.level = RATLS_LEVEL_SESSION;
    ear.raw_claims = true;
    struct ratls_buffer json = {0};
    MUST(make(&json));
    const char *text = (const char *)json.p;
    cr_expect(strstr(text, "\"sub\":\"spiffe://a/b\",\"aud\""), "%s", text);
    cr_expect(strstr(text, ",\"eat_nonce\":\"AAECAwQFBgc\",\"cnf\":{\"jkt\":\"AAAAAAAA"));
    cr_expect(strstr(text, "AAA\",\"x5t#S256\":\"AAAA"));
    cr_expect(strstr(text, "{\"developer\":\"https://example.org\","));
    cr_expect(strstr(text, GOOD ",\"ear_appraisal_policy_ids\":[\"web:7\"],\"ratls.level\":2,"));
    cr_expect(strstr(text, ",\"ratls.ak\":\"MFkwEwYH"));
    cr_expect(strstr(text, ",\"ratls.claims\":{\"tcb_status\":\"UpToDate\",\"debug\":false,"
                           "\"simulated\":false}}}}"));
    ratls_buffer_free(&json);
}

/* T160: no text becomes syntax, and whatever is made is strict JSON. */
Test(ear, lets_no_text_become_syntax)
{
    ear.sub = "\",\"admin\":true,\"x\":\"";
    ear.policy = "\\\"";
    struct ratls_buffer json = {0};
    struct cJSON *parsed = NULL;

    MUST(make(&json));
    MUST(rt_json_parse(rt_bytes_of(&json), RATLS_E_TOKEN_FORMAT, &parsed, &err));
    cr_expect_str_eq(rt_token_text(parsed, "sub", 256), ear.sub);
    cr_expect_not(rt_json_has(parsed, "admin"));
    rt_json_free(parsed);
    ratls_buffer_free(&json);
}

Test(ear, has_a_random_jti_unless_it_is_given_one)
{
    struct ratls_buffer a = {0}, b = {0};

    ear.jti = NULL;
    MUST(make(&a));
    MUST(make(&b));
    cr_expect(strstr((const char *)a.p, "\"jti\":\""));
    cr_expect_str_neq((const char *)a.p, (const char *)b.p);
    ratls_buffer_free(&a);
    ratls_buffer_free(&b);
}

static int no_random(void *arg, uint8_t *out, size_t len)
{
    (void)arg, (void)out, (void)len;
    return -1;
}

Test(ear, is_not_made_without_randomness)
{
    struct ratls_buffer json = {0};

    ear.jti = NULL;
    token_env.random = no_random;
    cr_expect_eq(make(&json), RATLS_E_RANDOM);
}

/* ---- nothing is made ---- */

Test(ear, is_not_made_of_a_denial)
{
    struct ratls_buffer json = {0};
    struct ratls_ear_subject subject;

    v->allowed = false;
    v->why = (struct ratls_error){.code = RATLS_E_MEASUREMENT, .detail = "rtmr"};
    cr_expect_eq(make(&json), RATLS_E_MEASUREMENT);
    cr_expect_str_eq(err.detail, "rtmr");
    v->why.code = RATLS_OK;
    cr_expect_neq(make(&json), RATLS_OK);
    ratls_ear_subject_of(v, &subject);
    cr_expect_eq(ratls_ear_payload_of(&token_env, &subject, &ear, &json, NULL), RATLS_E_STATE);
    cr_expect_null(json.p);
}

Test(ear, does_not_outlive_the_verdict)
{
    struct ratls_buffer json = {0};

    v->expires = NOW + 10;
    MUST(make(&json));
    cr_expect(strstr((const char *)json.p, "\"exp\":1800000010,"), "%s", (const char *)json.p);
    ratls_buffer_free(&json);
    v->expires = NOW;
    cr_expect_eq(make(&json), RATLS_E_TOKEN_EXPIRED);
    v->expires = 0;
    cr_expect_eq(make(&json), RATLS_E_TOKEN_EXPIRED);
}

Test(ear, is_bound_to_the_key_that_the_evidence_names)
{
    struct ratls_buffer json = {0};
    char thumb[RATLS_JWK_THUMB_LEN + 1];

    MUST(rt_sha256(rt_key_spki(ec[P384]), v->spki_sha256));
    ear.spki = rt_key_spki(ec[P256]);
    cr_expect_eq(make(&json), RATLS_E_TOKEN_BINDING);
    ear.spki = rt_key_spki(ec[P384]);
    MUST(make(&json));
    MUST(ratls_jwk_thumbprint(ear.spki, thumb, NULL));
    cr_expect(strstr((const char *)json.p, thumb));
    ratls_buffer_free(&json);
    memset(v->spki_sha256, 0, sizeof v->spki_sha256);
    ear.spki = TEXT("no key");
    cr_expect_eq(make(&json), RATLS_E_CERT_FORMAT);
}

Test(ear, claims_no_higher_level_than_the_connection_has)
{
    struct ratls_buffer json = {0};

    ratls_claims_set_uint(v->claims, "binding.level", 1);
    ear.level = RATLS_LEVEL_SESSION;
    cr_expect_eq(make(&json), RATLS_E_USAGE);
    cr_expect(strstr(err.detail, "level"));
    ear.level = RATLS_LEVEL_KEY;
    cr_expect_eq(make(&json), RATLS_OK);
    ratls_buffer_free(&json);
}

/* RFC 9449 s.6.1: the token is that key's, and the evidence names the TLS key all the same. */
Test(ear, binds_to_a_proved_key_instead)
{
    struct ratls_buffer json = {0};

    MUST(rt_sha256(rt_key_spki(ec[P384]), v->spki_sha256));
    ear.dpop_jkt = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    ear.spki = rt_key_spki(ec[P256]);
    cr_expect_eq(make(&json), RATLS_E_TOKEN_BINDING);
    ear.spki = rt_key_spki(ec[P384]);
    MUST(make(&json));
    cr_expect(strstr((const char *)json.p,
                     "\"cnf\":{\"jkt\":\"BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\"}"));
    ratls_buffer_free(&json);
}

Test(ear, needs_a_tee)
{
    struct ratls_buffer json = {0};

    v->tee[0] = 0;
    cr_expect_eq(make(&json), RATLS_E_USAGE);
}

Test(ear, refuses_what_is_asked_wrongly)
{
    static const uint8_t bytes[80];
    static char longer[300];
    const struct ratls_ear good = ear;
    struct {
        struct ratls_ear what;
        const char *member;
    } rows[] = {{good, "iss"},        {good, "iss"},       {good, "aud"},
                {good, "aud"},        {good, "sub"},       {good, "jti"},
                {good, "policy"},     {good, "developer"}, {good, "lifetime_s"},
                {good, "lifetime_s"}, {good, "nonce"},     {good, "nonce"},
                {good, "jkt"},        {good, "jkt"},       {good, "cert_sha256"},
                {good, "level"},      {good, "jkt"},       {good, "dpop_jkt"}};
    struct ratls_buffer json = {0};

    memset(longer, 'x', sizeof longer - 1);
    rows[0].what.iss = NULL;
    rows[1].what.iss = longer;
    rows[2].what.aud = NULL;
    rows[3].what.aud = "";
    rows[4].what.sub = "a\nb";
    rows[5].what.jti = longer;
    rows[6].what.policy = "";
    rows[7].what.developer = "";
    rows[8].what.lifetime_s = 0;
    rows[9].what.lifetime_s = 86401;
    rows[10].what.nonce = ratls_bytes(bytes, 7);
    rows[11].what.nonce = ratls_bytes(bytes, 65);
    rows[12].what.jkt = "short";
    rows[13].what.jkt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    rows[13].what.spki = rt_key_spki(ec[P256]);
    rows[14].what.cert_sha256 = ratls_bytes(bytes, 33);
    rows[15].what.level = (enum ratls_level)4;
    rows[16].what.jkt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    rows[17].what.dpop_jkt = "short";
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        ear = rows[i].what;
        cr_expect_eq(make(&json), RATLS_E_USAGE, "row %zu", i);
        cr_expect(strstr(err.detail, rows[i].member), "row %zu: %s", i, err.detail);
    }
}

/* ---- simulated ---- */

Test(ear, tells_nothing_good_of_simulated_tees)
{
    ratls_claims_set_bool(v->claims, "simulated", true);
    expect_made(BEGIN IDENTITY VERIFIER ",\"submods\":{\"tdx\":{" NOTHING
                                        ",\"ratls.level\":0,\"ratls.simulated\":true}}}");
}

/* Whoever fills the subject himself cannot make it affirming either. */
Test(ear, looks_at_no_vector_of_simulated_tees)
{
    const struct ratls_ear_subject subject = {.allowed = true,
                                              .simulated = true,
                                              .tee = "tdx",
                                              .vector = {2, 2, 2, 2, 2, 2, 2, 2},
                                              .expires = INT64_MAX};
    struct ratls_buffer json = {0};

    MUST(ratls_ear_payload_of(&token_env, &subject, &ear, &json, &err));
    cr_expect(strstr((const char *)json.p, NOTHING), "%s", (const char *)json.p);
    ratls_buffer_free(&json);
}

/* ---- other forms ---- */

Test(ear, speaks_the_older_profile)
{
    ear.veraison = true;
    ear.policy = "web:7";
    ear.raw_claims = true;
    expect_made("{\"eat_profile\":\"tag:github.com,2023:veraison/ear\"," IDENTITY
                ",\"ear.verifier-id\":{\"developer\":\"" ISS "\"," BUILD
                ",\"submods\":{\"tdx\":{\"ear.status\":\"affirming\","
                "\"ear.trustworthiness-vector\":" GOOD ",\"ear.appraisal-policy-id\":\"web:7\","
                "\"ratls.level\":0,\"ratls.simulated\":false,"
                "\"ear.veraison.annotated-evidence\":{\"tcb_status\":\"UpToDate\",\"debug\":false,"
                "\"simulated\":false}}}}");
}

Test(ear, has_the_claims_of_secgear_beside_its_own)
{
    static const uint8_t nonce[] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct ratls_buffer json = {0};

    memcpy(v->tee, "virtcca", 8);
    ratls_claims_set_text(v->claims, "virtcca.cvm.rim", "ab");
    ratls_claims_set_text(v->claims, "virtcca.cvm.rem3", "cd");
    ratls_claims_set_bool(v->claims, "virtcca.platform_token_present", true);
    ear.secgear = true;
    ear.policy = "p";
    ear.nonce = ratls_bytes(nonce, sizeof nonce);
    MUST(make(&json));
    cr_expect(strstr((const char *)json.p,
                     "}},\"evaluation_reports\":{\"eval_result\":true,\"policy\":[\"p\"],"
                     "\"report\":{}},\"tee\":\"virtcca\",\"tcb_status\":{\"vcca.cvm.rim\":\"ab\","
                     "\"vcca.cvm.rem.3\":\"cd\",\"vcca.is_platform\":true},"
                     "\"nonce\":\"AAECAwQFBgc\"}"),
              "%s", (const char *)json.p);
    ratls_buffer_free(&json);
    ratls_claims_set_bool(v->claims, "simulated", true);
    ear.policy = NULL;
    MUST(make(&json));
    cr_expect(strstr((const char *)json.p, "\"eval_result\":false,\"policy\":[],"));
    ratls_buffer_free(&json);
}

/* ---- devices ---- */

static void with_devices(struct ratls_ear_subject *s, const struct ratls_claims *claims)
{
    static const struct ratls_ear_device gpu = {.label = "gpu0", .kind = "nvidia", .vector = {2}};

    ratls_ear_subject_of(v, s);
    s->device[0] = s->device[1] = gpu;
    s->device[0].claims = claims;
    s->device[1].label[3] = '1';
    s->n_devices = 2;
}

/* There are hundreds of them, and a token is short. */
Test(ear, tells_all_of_a_device_but_single_measurements_and_nonces)
{
    static const char *const names[] = {
        "measurement",
        "nvidia.measurements.1",
        "nvidia.measurement_counts",
        "nvidia.devices.0.measurements",
        "report_data",
        "nonce",
        "nvidia.nonce",
        "nvidia.arch",
    };
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_ear_subject s;
    struct ratls_buffer json = {0};

    for (size_t i = 0; i < RT_COUNT(names); i++)
        ratls_claims_set_text(claims, names[i], "1");
    with_devices(&s, claims);
    for (int raw = 0; raw < 2; raw++) {
        ear.raw_claims = raw;
        MUST(ratls_ear_payload_of(&token_env, &s, &ear, &json, &err));
        const char *at = strstr((const char *)json.p, ",\"ratls.device\":\"nvidia\"");
        cr_assert_not_null(at);
        const char *due = raw ? ",\"ratls.claims\":{\"measurement\":\"1\",\"nvidia.arch\":\"1\"},"
                                "\"x-nvidia-gpu-"
                              : "},\"gpu1\":{";
        at += strlen(",\"ratls.device\":\"nvidia\"");
        cr_expect_eq(strncmp(at, due, strlen(due)), 0, "%s", at);
        ratls_buffer_free(&json);
    }
    ratls_claims_free(claims);
}

/* A reader might take the second one of a name. */
Test(ear, no_device_is_called_like_the_tee_or_another_device)
{
    static const char *const labels[] = {"tdx", "gpu0"};
    struct ratls_ear_subject s;
    struct ratls_buffer json = {0};

    for (size_t i = 0; i < RT_COUNT(labels); i++) {
        with_devices(&s, NULL);
        (void)snprintf(s.device[1].label, sizeof s.device[1].label, "%s", labels[i]);
        cr_expect_eq(ratls_ear_payload_of(&token_env, &s, &ear, &json, &err),
                     RATLS_E_EVIDENCE_FORMAT);
        cr_expect_null(json.p);
    }
}

Test(ear, tells_large_numbers_as_text)
{
    struct ratls_buffer json = {0};

    ratls_claims_set_uint(v->claims, "max", UINT64_MAX);
    ratls_claims_set_uint(v->claims, "most", (uint64_t)RT_JSON_INT_MAX);
    ear.raw_claims = true;
    MUST(make(&json));
    cr_expect(strstr((const char *)json.p,
                     "\"max\":\"18446744073709551615\",\"most\":9007199254740991}"));
    ratls_buffer_free(&json);
}

/* ---- certificates ---- */

static void expect_key(struct ratls_bytes cert, const struct ca *ca)
{
    struct ratls_buffer spki = {0};
    uint8_t found[32], due[32];

    MUST(ratls_certificate_key(cert, &spki, found, &err));
    MUST(rt_sha256(rt_bytes_of(&ca->der), due));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&spki), rt_key_spki(ca->key)));
    cr_expect_arr_eq(found, due, sizeof due);
    ratls_buffer_free(&spki);
}

Test(ear, finds_the_key_of_a_certificate)
{
    static const char *const bad[] = {
        "", "0", "text", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n"};
    struct ratls_buffer pem = {0}, spki = {0};
    struct ca ca = {0};
    uint8_t hash[32];

    ca_make(&ca, "a");
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&ca.der), &pem));
    expect_key(rt_bytes_of(&ca.der), &ca);
    expect_key(rt_bytes_of(&pem), &ca);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_certificate_key(TEXT(bad[i]), &spki, hash, NULL), RATLS_E_CERT_FORMAT,
                     "%s", bad[i]);
    cr_expect_null(spki.p);
    ratls_buffer_free(&pem);
    ca_free(&ca);
}
