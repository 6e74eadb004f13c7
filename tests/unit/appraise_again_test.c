/* A verdict judged again by its claims alone: what counts, what is forgotten, and when it is not
 * enough. */
#include "appraise_support.h"

#include "document_support.h"
#include "trust.h"
#include "vector.h"
#include "verdict.h"

static struct peer peer;
static struct ratls_verdict *of, *v;
static struct ratls_trust *next;

#define KEY_2  HEX_64("2")
#define STORED "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}}}"
#define WEB    REFVAL("web", "1", "active", LISTS(M_AB))

static void judge_first(const char *policy, const char *document)
{
    struct ratls_bytes cert = rt_bytes_of(&peer.cert);
    struct ratls_error err = {0};

    ratls_trust_unref(trust);
    ratls_verdict_unref(of);
    trust = trust_with(policy);
    cr_assert_eq(ratls_trust_add_document(trust, ratls_bytes_str(document), &err), RATLS_OK, "%s",
                 err.detail);
    MUST(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &of));
}

static void begin(void)
{
    setup();
    fake.key = KEY_2;
    fake.platform_id = "0707070707070707";
    make_peer(&(struct plan){0}, &peer);
    judge_first(STORED, DOCUMENT(WEB));
}

static void end(void)
{
    ratls_verdict_unref(of);
    ratls_verdict_unref(v);
    ratls_trust_unref(next);
    free_peer(&peer);
    teardown();
}

TestSuite(appraise_again, .init = begin, .fini = end);

static void make_next(const char *policy, const char *document)
{
    struct ratls_error err = {0};

    ratls_trust_unref(next);
    MUST(ratls_trust_new_after(trust, &next));
    if (policy)
        MUST(ratls_trust_set_policy(next, ratls_bytes_str(policy), NULL));
    cr_assert_eq(ratls_trust_add_document(next, ratls_bytes_str(document), &err), RATLS_OK, "%s",
                 err.detail);
}

static enum ratls_err again_at(int64_t now)
{
    ratls_verdict_unref(v);
    enum ratls_err e = rt_appraise_claims(next, of, now, &v);
    return code_of(v, e);
}

static enum ratls_err again(const char *policy, const char *document)
{
    make_next(policy, document);
    return again_at(NOW + 1);
}

static const char *revoking(const char *what, const char *hex)
{
    static char json[1024];
    uint8_t value[64], digest[32];
    char name[33];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    MUST(rt_sha256(ratls_bytes(value, len), digest));
    rt_hex(ratls_bytes(digest, 16), name);
    (void)snprintf(json, sizeof json,
                   DOCUMENT(WEB "," ITEM("revocation", "", "%s-%s", "1", "active", "",
                                         "{\"what\":\"%s\",\"value\":\"%s\"}")),
                   what, name, what, hex);
    return json;
}

static const char *revoking_key(struct ratls_bytes spki)
{
    uint8_t digest[32];
    char hex[65];

    MUST(rt_sha256(spki, digest));
    rt_hex(ratls_bytes(digest, sizeof digest), hex);
    return revoking("key", hex);
}

/* By whom and when is told of every verdict, refused early or late. */
static void expect(const char *policy, const char *document, enum ratls_err why)
{
    cr_expect_eq(again(policy, document), why, "%s: %s", document, ratls_verdict_reason(v));
    cr_expect_eq(ratls_verdict_generation(v), 2, "%s", document);
    cr_expect_eq(v->judged_at, NOW + 1);
    cr_expect_leq(ratls_verdict_expires(v), of->proven_until, "%s", document);
}

Test(appraise_again, everything_that_is_revoked_counts_at_once)
{
    expect(STORED, DOCUMENT(WEB), RATLS_OK);
    expect(STORED, revoking_key(rt_key_spki(peer.tls)), RATLS_E_KEY_REVOKED);
    expect(STORED, revoking_key(rt_key_spki(peer.ak)), RATLS_E_KEY_REVOKED);
    expect(STORED, revoking("key", KEY_2), RATLS_E_KEY_REVOKED);
    expect(STORED, revoking("key", KEY_1), RATLS_OK);
    expect(STORED, revoking("platform", "0707070707070707"), RATLS_E_PLATFORM_REVOKED);
    expect(STORED, revoking("measurement", M_AB), RATLS_E_REFVAL_REVOKED);
    expect(STORED, DOCUMENT(REFVAL("web", "1", "revoked", LISTS(M_AB))), RATLS_E_REFVAL_REVOKED);
    expect(STORED, DOCUMENT(""), RATLS_E_NO_REFERENCE_VALUE);
    expect(NULL, DOCUMENT(WEB), RATLS_E_NO_POLICY);
    expect("{\"tees\":{}}", DOCUMENT(WEB), RATLS_E_TEE_NOT_ALLOWED);
}

Test(appraise_again, refused_before_evidence_was_seen_it_names_its_trust_too)
{
    struct ratls_bytes cert = ratls_bytes_str("x");
    struct ratls_buffer cmw = {0};
    uint8_t binder[64] = {0};
    const struct rt_quote_rules rules = {binder, of};

    make_next(STORED, DOCUMENT(WEB));
    cr_expect_neq(rt_appraise_cert(next, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v),
                  RATLS_OK);
    cr_expect_eq(ratls_verdict_generation(v), 2);
    ratls_verdict_unref(v);
    cr_expect_neq(rt_appraise_quote(next, rt_bytes_of(&cmw), &rules, NOW + 3, &v), RATLS_OK);
    cr_expect_eq(ratls_verdict_generation(v), 2);
    cr_expect_eq(v->judged_at, NOW + 3);
    ratls_verdict_unref(v);
    cr_expect_neq(ratls_appraise(next, &(struct ratls_appraisal){.tee = "x", .n_crls = 1}, &v),
                  RATLS_OK);
    cr_expect_eq(ratls_verdict_generation(v), 2);
}

/* ---- what an earlier policy said ---- */

Test(appraise_again, reference_values_that_fitted_once_are_forgotten)
{
    cr_assert_not_null(ratls_claims_get(ratls_verdict_claims(of), "baseline.version"));
    cr_expect_eq(again(STORED, DOCUMENT(WEB "," REFVAL("web", "4", "active", LISTS(M_AB)))),
                 RATLS_OK);
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "baseline.version")->number, 4);
    cr_expect_eq(again(POLICY(""), DOCUMENT(WEB)), RATLS_OK);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "baseline.name"));
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "baseline.version"));
}

Test(appraise_again, what_earlier_rules_noted_is_forgotten)
{
    const char *listed = POLICY(",\"platform_ids\":[\"0707070707070707\"]");

    judge_first(listed, DOCUMENT(""));
    cr_expect_eq(ratls_verdict_vector(of, RT_INSTANCE_IDENTITY), 2);
    cr_expect_eq(ratls_verdict_vector(of, RT_EXECUTABLES), 3);
    cr_expect_eq(again(listed, DOCUMENT("")), RATLS_OK);
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        cr_expect_eq(ratls_verdict_vector(v, i), ratls_verdict_vector(of, i), "%zu", i);
    cr_expect_eq(again("{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}}}", DOCUMENT("")),
                 RATLS_OK);
    cr_expect_eq(ratls_verdict_vector(v, RT_INSTANCE_IDENTITY), 0);
    cr_expect_eq(ratls_verdict_vector(v, RT_EXECUTABLES), 0);
    cr_expect_eq(again(POLICY(",\"platform_ids\":[\"0808080808080808\"]"), DOCUMENT("")),
                 RATLS_E_PLATFORM);
    cr_expect_eq(ratls_verdict_vector(v, RT_INSTANCE_IDENTITY), 97);
}

/* A policy finds the level of a certificate, whatever the session reached since. */
Test(appraise_again, rules_see_the_claims_that_they_saw)
{
    const char *key = POLICY(",\"rules\":[{\"claim\":\"binding.level\",\"equals\":1}]");

    judge_first(key, DOCUMENT(""));
    MUST(rt_verdict_set_level(of, RATLS_LEVEL_SESSION));
    cr_expect_eq(again(key, DOCUMENT("")), RATLS_OK);
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v), "binding.level")->number,
                 RATLS_LEVEL_KEY);
    cr_expect_eq(ratls_claims_count(v->claims), ratls_claims_count(of->claims));
}

/* Of whom an evidence of its own says nothing. */
Test(appraise_again, a_quote_gets_no_level)
{
    of->is_certificate = false;
    cr_expect_eq(again(STORED, DOCUMENT(WEB)), RATLS_OK);
    cr_expect_null(ratls_claims_get(ratls_verdict_claims(v), "binding.level"));
}

/* ---- how long ---- */

#define UNTIL(t)                                                                                   \
    DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", ",\"not_after\":" t, LISTS(M_AB)))

Test(appraise_again, ends_with_what_counts_now)
{
    cr_expect_eq(again(STORED, UNTIL("1750000060")), RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(v), NOW + 60);
    cr_expect_eq(v->proven_until, of->proven_until);
    ratls_verdict_unref(of);
    of = v;
    v = NULL;
    cr_expect_eq(again(STORED, DOCUMENT(WEB)), RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(v), of->proven_until, "what a policy took is given back");
    cr_expect_eq(again(STORED, UNTIL("1750000000")), RATLS_E_REFVAL_EXPIRED);
    make_next("{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}},\"max_evidence_age_s\":60}",
              DOCUMENT(WEB));
    ratls_verdict_unref(v);
    cr_expect_eq(rt_appraise_claims(next, of, NOW + 60, &v), RATLS_OK);
    cr_expect_eq(ratls_verdict_expires(v), NOW + 60);
    ratls_verdict_unref(v);
    cr_expect_eq(rt_appraise_claims(next, of, NOW + 61, &v), RATLS_E_EVIDENCE_AGE);
}

/* T54: claims prove nothing; what was not proven, or is not any more, is not judged by them. */
Test(appraise_again, proves_nothing)
{
    make_next(STORED, DOCUMENT(WEB));
    cr_expect_eq(again_at(of->proven_until), RATLS_OK);
    cr_expect_eq(again_at(of->proven_until + 1), RATLS_E_INTERNAL);
    of->proven = false;
    cr_expect_eq(again_at(NOW), RATLS_E_INTERNAL);
    of->proven = true;
    cr_expect_eq(again_at(NOW), RATLS_OK);
    rt_verdict_deny(of, &(struct ratls_error){.code = RATLS_E_PROOF_SIGNATURE});
    cr_expect_eq(again_at(NOW), RATLS_E_INTERNAL);
}

/* ---- who hears why ---- */

static void hear(void *arg, const struct ratls_finding *finding)
{
    (void)finding;
    ++*(unsigned *)arg;
}

static struct ratls_buffer verdict_of(ratls_finding_fn *on_finding)
{
    unsigned heard = 0;
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&peer.cert),
                                         .now = NOW,
                                         .on_finding = on_finding,
                                         .finding_arg = &heard};
    struct ratls_buffer json = {0};

    ratls_verdict_unref(v);
    cr_expect_eq(ratls_appraise(trust, &what, &v), RATLS_E_DEBUG);
    cr_expect_eq(heard > 0, on_finding != NULL);
    MUST(ratls_verdict_json(v, &json));
    return json;
}

Test(appraise_again, a_refusal_is_the_same_for_whoever_hears_why)
{
    judge_first(STORED, UNTIL("1750000060"));
    fake.debug = true;
    struct ratls_buffer alone = verdict_of(NULL);
    int64_t expires = ratls_verdict_expires(v);
    struct ratls_buffer told = verdict_of(hear);
    cr_expect_str_eq((char *)told.p, (char *)alone.p);
    cr_expect_eq(ratls_verdict_expires(v), expires);
    ratls_buffer_free(&alone);
    ratls_buffer_free(&told);
}

/* ---- denied by others ---- */

Test(appraise_again, denied_it_still_says_all_that_was_found)
{
    MUST(rt_verdict_set_level(of, RATLS_LEVEL_SESSION));
    struct ratls_verdict *denied =
        rt_verdict_denied(of, &(struct ratls_error){.code = RATLS_E_OPA_DENIED});
    cr_expect_not(ratls_verdict_allowed(denied));
    cr_expect_eq(ratls_claims_count(denied->claims), ratls_claims_count(of->claims));
    cr_expect_eq(ratls_claims_get(denied->claims, "baseline.version")->number, 1);
    cr_expect_eq(ratls_claims_get(denied->claims, "binding.level")->number, RATLS_LEVEL_SESSION);
    ratls_verdict_unref(denied);
}
