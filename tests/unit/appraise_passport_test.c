/* Attestation results of an issuer in the place of evidence (T37 to T41): when they count, and
 * everything that is refused. */
#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"
#include "appraise_passport_support.h"
#include "document_support.h"

TestSuite(appraise_passport, .init = start, .fini = end, .timeout = 60);

/* ---- what counts ---- */

Test(appraise_passport, counts_as_its_issuer_says)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){0});
    const struct ratls_claims *claims = ratls_verdict_claims(v);

    cr_expect_str_eq(ratls_verdict_tee(v), "tdx");
    cr_expect_str_eq(ratls_verdict_measurement(v), M_AB);
    cr_expect_str_eq(ratls_verdict_tcb_status(v), "UpToDate");
    cr_expect(ratls_claims_get(claims, "passport")->number);
    cr_expect_str_eq(text_of(v, "appraiser"), ISS);
    cr_expect_str_eq(text_of(v, "appraiser_key"), ratls_jwt_key_id(issuer.key));
    cr_expect_str_eq(text_of(v, "ear.status"), "affirming");
    cr_expect_eq(ratls_claims_get(claims, "binding.level")->number, RATLS_LEVEL_KEY);
    cr_expect(ratls_bytes_equal(ratls_verdict_ak_spki(v), rt_key_spki(ak)));
    cr_expect_not_null(ratls_verdict_evidence_sha256(v));
    cr_expect_str_eq(ratls_verdict_tier(v), "affirming");
    ratls_verdict_unref(v);
}

Test(appraise_passport, may_stand_in_json_and_name_no_attestation_key)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){.json = true, .without_ak = true});

    cr_expect_eq(ratls_verdict_ak_spki(v).len, 0);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "ratls.ak_sha256"));
    ratls_verdict_unref(v);
}

static int64_t end_of(const struct pass *p)
{
    struct ratls_verdict *v = verdict_of(p);
    const int64_t expires = ratls_verdict_expires(v);

    ratls_verdict_unref(v);
    return expires;
}

Test(appraise_passport, ends_with_the_token_or_the_certificate_or_the_age_of_the_evidence)
{
    cr_expect_eq(end_of(&(struct pass){0}), NOW + 300);
    cr_expect_eq(end_of(&(struct pass){.lifetime_s = 200}), NOW + 200);
    use_with_issuer("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB
                    "\"]}},\"max_evidence_age_s\":120}");
    cr_expect_eq(end_of(&(struct pass){0}), NOW + 120);
    cr_expect_eq(end_of(&(struct pass){.claims = GOOD ",\"ratls.iat\":1749999990"}), NOW + 110);
    cr_expect_eq(end_of(&(struct pass){.claims = GOOD ",\"ratls.iat\":1750000100"}), NOW + 120);
    expect(&(struct pass){.claims = GOOD ",\"ratls.iat\":1749999879"}, RATLS_E_EVIDENCE_AGE,
           "old evidence in a new token");
}

/* The clock of its issuer may be ahead of this one. */
Test(appraise_passport, may_be_younger_than_the_clock_says)
{
    expect(&(struct pass){.dates = "\"iat\":1750000300,\"nbf\":1750000300,\"exp\":1750000400"},
           RATLS_OK, "by the skew");
}

/* ---- what is refused ---- */

static const struct {
    const char *what;
    struct pass p;
    enum ratls_err due;
} refused[] = {
    {"T39: another TLS key", {.of_other_key = true}, RATLS_E_TOKEN_BINDING},
    {"no key", {.cnf = ""}, RATLS_E_TOKEN_BINDING},
    {"a certificate instead of a key",
     {.cnf = "\"cnf\":{\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},"},
     RATLS_E_TOKEN_BINDING},
    {"another kind of token", {.typ = "at+jwt"}, RATLS_E_TOKEN_TYPE},
    {"another issuer", {.iss = "https://as.example/"}, RATLS_E_TOKEN_ISSUER},
    {"another audience", {.aud = "mail"}, RATLS_E_TOKEN_AUDIENCE},
    {"expired this second", {.dates = DATES("1750000000")}, RATLS_E_TOKEN_EXPIRED},
    {"expired within the skew of clocks", {.dates = DATES("1749999990")}, RATLS_E_TOKEN_EXPIRED},
    {"expired", {.dates = DATES("1749990000")}, RATLS_E_TOKEN_EXPIRED},
    {"not valid yet",
     {.dates = "\"iat\":1750000000,\"nbf\":1750000301,\"exp\":1750000400"},
     RATLS_E_TOKEN_NOT_YET_VALID},
    {"altered", {.spoil = 3}, RATLS_E_TOKEN_SIGNATURE},
    {"altered at the other end", {.spoil = SIGNATURE}, RATLS_E_TOKEN_SIGNATURE},
    {"under the signature of another one", {.spliced = true}, RATLS_E_TOKEN_SIGNATURE},
    {"another TEE", {.tee = "snp", .claims = CLAIMS(M_AB, "UpToDate")}, RATLS_E_TOKEN_FORMAT},
    {"a TEE that the policy does not know",
     {.tee = "snp", .claims = "\"tee\":\"snp\",\"measurement\":\"" M_AB "\""},
     RATLS_E_TEE_NOT_ALLOWED},
    {"no name of a TEE", {.tee = "TDX"}, RATLS_E_TEE_NOT_ALLOWED},
    {"a long name of a TEE", {.tee = "a23456789012345678901234567890123"}, RATLS_E_TEE_NOT_ALLOWED},
    {"two TEEs",
     {.more = ",\"snp\":{" VECTOR "\"ear_status\":\"affirming\"}"},
     RATLS_E_TOKEN_FORMAT},
    {"a number for the TEE", {.claims = "\"tee\":7"}, RATLS_E_TOKEN_FORMAT},
    {"another measurement",
     {.claims = CLAIMS("00112233445566778899aabbccddeeff", "UpToDate")},
     RATLS_E_MEASUREMENT},
    {"another status of the TCB",
     {.claims = CLAIMS(M_AB, "SWHardeningNeeded")},
     RATLS_E_TCB_STATUS},
    {"no claims", {.raw_claims = ""}, RATLS_E_SIMULATED},
    {"a warning",
     {.status = "\"ear_trustworthiness_vector\":{\"hardware\":32},\"ear_status\":\"warning\""},
     RATLS_E_TOKEN_STATUS},
    {"nothing affirmed", {.status = "\"ear_status\":\"none\""}, RATLS_E_TOKEN_STATUS},
    {"a contraindication",
     {.status = "\"ear_trustworthiness_vector\":{\"hardware\":96},"
                "\"ear_status\":\"contraindicated\""},
     RATLS_E_TOKEN_STATUS},
    {"better than its vector",
     {.status = "\"ear_trustworthiness_vector\":{\"hardware\":32},\"ear_status\":\"affirming\""},
     RATLS_E_TOKEN_STATUS},
    {"a simulated TEE, as the result says",
     {.status = "\"ear_status\":\"none\",\"ratls.simulated\":true"},
     RATLS_E_SIMULATED},
    {"a simulated TEE, as the claims say",
     {.claims = "\"tee\":\"tdx\",\"measurement\":\"" M_AB "\",\"simulated\":true,\"debug\":false"},
     RATLS_E_SIMULATED},
    {"evidence as well", {.with_evidence = true}, RATLS_E_EVIDENCE_DUPLICATE},
    {"a certificate that outlives the hour", {.lifetime_s = 3601}, RATLS_E_CERT_LIFETIME},
};

Test(appraise_passport, is_refused)
{
    for (size_t i = 0; i < RT_COUNT(refused); i++)
        expect(&refused[i].p, refused[i].due, refused[i].what);
    expect(&(struct pass){.by = &stranger}, RATLS_E_TOKEN_KEY, "a key of somebody else");
    expect(&(struct pass){.lifetime_s = 3601, .without_ak = true}, RATLS_OK, "no key, no hour");
}

Test(appraise_passport, is_nothing_where_no_issuer_is_trusted)
{
    struct ratls_error err = {0};

    use(POLICY(""));
    expect(&(struct pass){0}, RATLS_E_EVIDENCE_UNKNOWN, "nobody");
    use(POLICY(""));
    MUST(ratls_trust_set_passport_audience(trust, AUD, &err));
    expect(&(struct pass){0}, RATLS_E_EVIDENCE_UNKNOWN, "an audience, and nobody");
    use(POLICY(""));
    MUST(ratls_trust_add_passport_issuer(trust, ISS, rt_bytes_of(&issuer.jwks), &err));
    expect(&(struct pass){0}, RATLS_E_EVIDENCE_UNKNOWN, "somebody, and no audience");
}

/* The same name with another key: what the issuer signed before counts no more. */
Test(appraise_passport, is_refused_under_the_next_key_of_its_issuer)
{
    use(POLICY(""));
    issuer_believe(&stranger, trust);
    expect(&(struct pass){0}, RATLS_E_TOKEN_KEY, "the old key");
    expect(&(struct pass){.by = &stranger}, RATLS_OK, "the new key");
}

/* ---- policy ---- */

#define WHOLE(tdx, more)                                                                           \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\"],\"tcb_status\":[\"UpToDate\","            \
    "\"not_evaluated\"]" tdx "}}" more "}"

Test(appraise_passport, may_be_refused_or_demanded_by_the_policy)
{
    use_with_issuer(WHOLE("", ",\"passports\":\"refused\""));
    expect(&(struct pass){0}, RATLS_E_PASSPORT, "refused");
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_OK);
    use_with_issuer(WHOLE("", ",\"passports\":\"required\""));
    expect(&(struct pass){0}, RATLS_OK, "required");
    cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_PASSPORT);
}

Test(appraise_passport, is_as_good_as_what_was_found)
{
    const struct pass warned = {.status = "\"ear_trustworthiness_vector\":{\"hardware\":32},"
                                          "\"ear_status\":\"warning\""};
    const struct pass simulated = {.status = "\"ear_status\":\"none\",\"ratls.simulated\":true"};

    use_with_issuer(WHOLE("", ",\"passport_status\":[\"affirming\",\"warning\"]"));
    struct ratls_verdict *v = verdict_of(&warned);
    cr_expect_str_eq(ratls_verdict_tier(v), "warning");
    ratls_verdict_unref(v);
    use_with_issuer(WHOLE(",\"insecure_simulated\":true", ""));
    v = verdict_of(&simulated);
    cr_expect(ratls_verdict_simulated(v));
    cr_expect_str_eq(ratls_verdict_tier(v), "none");
    ratls_verdict_unref(v);
}

/* Without a policy nobody says that less is enough. */
Test(appraise_passport, affirms_or_is_nothing_without_a_policy)
{
    static const struct rt_cert_rules authentic = {.authenticity_only = true};
    static const struct pass less[] = {
        {.status = "\"ear_trustworthiness_vector\":{\"hardware\":32},\"ear_status\":\"warning\""},
        {.status = "\"ear_status\":\"none\",\"ratls.simulated\":true"},
    };
    struct ratls_verdict *v = NULL;

    cr_expect_eq(judge_at(&(struct pass){0}, &authentic, NOW, &v), RATLS_OK);
    ratls_verdict_unref(v);
    for (size_t i = 0; i < RT_COUNT(less); i++) {
        cr_expect_eq(judge_at(&less[i], &authentic, NOW, &v), RATLS_E_TOKEN_STATUS);
        ratls_verdict_unref(v);
    }
}

/* ---- what only this side says ---- */

Test(appraise_passport, does_not_bring_what_only_the_relying_party_says)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){
        .claims = GOOD
        ",\"peer.names\":[\"peer.example\"],\"baseline.name\":\"web\",\"baseline.version\":7,"
        "\"binding.level\":3,\"cert.subject\":\"CN=other\",\"passport\":false,\"appraiser\":\"me\","
        "\"ear.status\":\"none\",\"token.kid\":\"other\",\"ratls.ak_sha256\":\"00\","
        "\"ear.policy\":[\"mine\"],\"token.sub\":\"me\",\"ratls.other\":1,\"cert.other\":1,"
        "\"binding.other\":1"});
    const struct ratls_claims *claims = ratls_verdict_claims(v);
    static const char *const absent[] = {"peer.names", "baseline.name", "baseline.version",
                                         "ear.policy", "token.sub",     "ratls.other",
                                         "cert.other", "binding.other"};

    for (size_t i = 0; i < RT_COUNT(absent); i++)
        cr_expect_null(ratls_claims_get(claims, absent[i]), "%s", absent[i]);
    cr_expect_eq(ratls_claims_get(claims, "binding.level")->number, RATLS_LEVEL_KEY);
    cr_expect(ratls_claims_get(claims, "passport")->number);
    cr_expect_str_eq(text_of(v, "cert.subject"), "CN=peer");
    cr_expect_str_eq(text_of(v, "appraiser"), ISS);
    cr_expect_str_eq(text_of(v, "ear.status"), "affirming");
    cr_expect_str_eq(text_of(v, "token.kid"), ratls_jwt_key_id(issuer.key));
    cr_expect_eq(strlen(text_of(v, "ratls.ak_sha256")), 64);
    ratls_verdict_unref(v);
}

/* The other way round: no verifier says that somebody else did its work. */
Test(appraise_passport, is_not_for_verifiers_to_claim)
{
    static const char *const names[] = {"passport", "appraiser", "appraiser_key"};

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        fake.own_claim = names[i];
        cr_expect_eq(judge_plan(&(struct plan){0}), RATLS_E_VERIFIER_FAULT, "%s", names[i]);
    }
}

/* ---- revocations ---- */

static void revoke(const char *what, struct ratls_bytes value)
{
    char json[1024], hex[129], name[33];
    uint8_t digest[32];
    struct ratls_error err = {0};

    use_with_issuer(POLICY(""));
    MUST(rt_sha256(value, digest));
    rt_hex(ratls_bytes(digest, 16), name);
    rt_hex(value, hex);
    (void)snprintf(json, sizeof json,
                   DOCUMENT(ITEM("revocation", "", "%s-%s", "1", "active", "",
                                 "{\"what\":\"%s\",\"value\":\"%s\"}")),
                   what, name, what, hex);
    cr_assert_eq(ratls_trust_add_document(trust, ratls_bytes_str(json), &err), RATLS_OK, "%s",
                 err.detail);
}

static void revoke_key(const struct rt_key *key)
{
    uint8_t digest[32];

    MUST(rt_sha256(rt_key_spki(key), digest));
    revoke("key", ratls_bytes(digest, sizeof digest));
}

#define KEYS GOOD ",\"evidence_keys\":[\"" HEX_64("3") "\"]"

Test(appraise_passport, is_refused_for_what_is_revoked_here)
{
    static const uint8_t id[32] = {7};
    uint8_t m[32], key[32];

    revoke_key(tls);
    expect(&(struct pass){.claims = KEYS}, RATLS_E_KEY_REVOKED, "the TLS key");
    revoke_key(ak);
    expect(&(struct pass){.claims = KEYS}, RATLS_E_KEY_REVOKED, "the attestation key");
    expect(&(struct pass){.claims = KEYS, .without_ak = true}, RATLS_OK, "a key of nobody");
    expect(&(struct pass){.without_ak = true}, RATLS_E_KEY_REVOKED, "the issuer tells no keys");
    memset(m, 0xab, sizeof m);
    revoke("measurement", ratls_bytes(m, sizeof m));
    expect(&(struct pass){0}, RATLS_E_REFVAL_REVOKED, "the measurement");
    revoke("platform", ratls_bytes(id, sizeof id));
    expect(&(struct pass){.claims = GOOD ",\"platform_id\":\"07" HEX_16("0") HEX_16("0")
                              HEX_16("0") "00000000000000\""},
           RATLS_E_PLATFORM_REVOKED, "the platform");
    memset(key, 0x33, sizeof key);
    revoke("key", ratls_bytes(key, sizeof key));
    expect(&(struct pass){.claims = KEYS}, RATLS_E_KEY_REVOKED, "a key of the evidence");
}

/* ---- ratls_appraise() ---- */

Test(appraise_passport, answers_no_challenge_and_no_other_tee)
{
    struct ratls_buffer cert = make_cert(&(struct pass){0});
    const struct ratls_bytes subject = rt_bytes_of(&cert);

    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject}), RATLS_OK);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject, .tee = "tdx"}), RATLS_OK);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject, .tee = "snp"}),
                 RATLS_E_TEE_NOT_ALLOWED);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject,
                                              .report_data = ratls_bytes_str("challenge")}),
                 RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(
        ask((struct ratls_appraisal){.subject = subject, .nonce = ratls_bytes_str("challenge")}),
        RATLS_E_BINDING_MISMATCH);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject, .now = NOW + 299}), RATLS_OK);
    cr_expect_eq(ask((struct ratls_appraisal){.subject = subject, .now = NOW + 300}),
                 RATLS_E_TOKEN_EXPIRED);
    ratls_buffer_free(&cert);
}

Test(appraise_passport, is_named_by_inspection)
{
    struct ratls_buffer cert = make_cert(&(struct pass){0});
    struct ratls_claims *claims = NULL;

    MUST(ratls_inspect(trust, rt_bytes_of(&cert), &claims, NULL));
    cr_expect_str_eq(ratls_claims_get(claims, "cert.evidence")->text, "passport");
    cr_expect_str_eq(ratls_claims_get(claims, "passport.issuer")->text, ISS);
    cr_expect_str_eq(ratls_claims_get(claims, "passport.audience")->text, AUD);
    cr_expect_not_null(ratls_claims_get(claims, "passport.cnf.jkt"));
    cr_expect_not_null(ratls_claims_get(claims, "passport.expires"));
    ratls_claims_free(claims);
    ratls_buffer_free(&cert);
}

/* ---- claims judged again ---- */

Test(appraise_passport, is_judged_again_by_the_next_policy)
{
    struct ratls_verdict *v = verdict_of(&(struct pass){0}), *again = NULL;

    use_with_issuer(WHOLE("", ",\"passports\":\"required\""));
    cr_expect_eq(rt_appraise_claims(trust, v, NOW, &again), RATLS_OK);
    ratls_verdict_unref(again);
    use_with_issuer(WHOLE("", ",\"passports\":\"refused\""));
    cr_expect_eq(rt_appraise_claims(trust, v, NOW, &again), RATLS_E_PASSPORT);
    ratls_verdict_unref(again);
    use_with_issuer(POLICY(""));
    cr_expect_eq(rt_appraise_claims(trust, v, NOW + 301, &again), RATLS_E_INTERNAL, "it is over");
    ratls_verdict_unref(again);
    ratls_verdict_unref(v);
}

/* ---- the trust ---- */

Test(appraise_passport, has_issuers_that_are_grounds)
{
    struct ratls_trust *first = trust_with(NULL), *next = NULL;

    MUST(ratls_trust_new_after(first, &next));
    cr_expect(ratls_trust_same_grounds(first, next));
    issuer_believe(&issuer, next);
    cr_expect_not(ratls_trust_same_grounds(first, next));
    ratls_trust_unref(first);
    MUST(ratls_trust_new_after(next, &first));
    issuer_believe(&issuer, first);
    cr_expect(ratls_trust_same_grounds(first, next));
    ratls_trust_unref(first);
    MUST(ratls_trust_new_after(next, &first));
    MUST(ratls_trust_add_passport_issuer(first, ISS, rt_bytes_of(&issuer.jwks), NULL));
    cr_expect_not(ratls_trust_same_grounds(first, next), "no audience");
    ratls_trust_unref(first);
    MUST(ratls_trust_new_after(next, &first));
    issuer_believe(&stranger, first);
    cr_expect_not(ratls_trust_same_grounds(first, next), "another key");
    ratls_trust_unref(first);
    MUST(ratls_trust_new_after(next, &first));
    MUST(ratls_trust_add_passport_issuer(first, ISS "/", rt_bytes_of(&issuer.jwks), NULL));
    MUST(ratls_trust_set_passport_audience(first, AUD, NULL));
    cr_expect_not(ratls_trust_same_grounds(first, next), "another issuer");
    ratls_trust_unref(first);
    ratls_trust_unref(next);
}

Test(appraise_passport, has_issuers_that_are_well_formed_and_fixed)
{
    const struct ratls_bytes jwks = rt_bytes_of(&issuer.jwks);
    struct ratls_error err = {0};

    cr_expect_eq(ratls_trust_add_passport_issuer(trust, ISS, jwks, &err), RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "twice"), "%s", err.detail);
    cr_expect_eq(ratls_trust_add_passport_issuer(trust, "", jwks, NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_trust_add_passport_issuer(trust, "b", ratls_bytes_str("{}"), NULL),
                 RATLS_E_CONFIG);
    cr_expect_eq(ratls_trust_set_passport_audience(trust, "", NULL), RATLS_E_CONFIG);
    cr_expect_eq(ratls_trust_set_passport_audience(trust, "a\n", NULL), RATLS_E_CONFIG);
    expect(&(struct pass){0}, RATLS_OK, "nothing of it counts");
    cr_expect_eq(ratls_trust_add_passport_issuer(trust, "b", jwks, NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_trust_set_passport_audience(trust, AUD, NULL), RATLS_E_STATE);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static struct ratls_buffer shown;

static enum ratls_err appraise_once(void)
{
    struct ratls_appraisal what = {.subject = rt_bytes_of(&shown), .now = NOW};
    struct ratls_verdict *v = NULL;

    armed = true;
    enum ratls_err e = ratls_appraise(trust, &what, &v);
    ratls_verdict_unref(v);
    armed = false;
    return e;
}

static bool allow_once(void)
{
    const enum ratls_err e = appraise_once();

    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

static bool refuse_once(void)
{
    const enum ratls_err e = appraise_once();

    cr_expect(e == RATLS_E_MEASUREMENT || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_E_MEASUREMENT;
}

/* T77 */
Test(appraise_passport, survives_every_failure_of_memory_and_allows_nothing_by_it)
{
    shown = make_cert(&(struct pass){.json = true});
    fail_each(allow_once, OURS_ONCE);
    ratls_buffer_free(&shown);
    shown =
        make_cert(&(struct pass){.claims = CLAIMS("00112233445566778899aabbccddeeff", "UpToDate")});
    fail_each(refuse_once, OURS_ONCE);
    ratls_buffer_free(&shown);
}

#endif
