/* Certificates that were refused a moment ago: whose evidence is not looked at again (T54, T58). */
#include "appraise_support.h"

#include "document_support.h"
#include "trust.h"

TestSuite(appraise_refused, .init = setup, .fini = teardown);

#define ALL_AB                                                                                     \
    "{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB "\"],\"tcb_status\":[\"UpToDate\"]}}}"
#define STORED "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}}}"
#define M_CD   "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static struct peer p;

static struct ratls_verdict *verdict_at(const struct ratls_trust *t,
                                        const struct rt_cert_rules *rules, int64_t now)
{
    struct ratls_verdict *v = NULL;
    struct ratls_bytes cert = rt_bytes_of(&p.cert);

    enum ratls_err e = rt_appraise_cert(t, (struct rt_der_list){&cert, 1}, rules, now, &v);

    (void)code_of(v, e);
    return v;
}

static enum ratls_err at(int64_t now)
{
    struct ratls_verdict *v = verdict_at(trust, &any_role, now);
    enum ratls_err e = ratls_verdict_code(v);

    ratls_verdict_unref(v);
    return e;
}

static void refuse_with(enum ratls_err e)
{
    fake.result = e;
    fake.why = "for this reason";
}

static void use(const char *policy)
{
    ratls_trust_unref(trust);
    trust = trust_with(policy);
}

Test(appraise_refused, the_same_is_said_again_and_nothing_is_verified)
{
    struct ratls_verdict *v[3];
    struct ratls_buffer text[3];

    make_peer(&(struct plan){0}, &p);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    for (int i = 0; i < 3; i++) {
        v[i] = verdict_at(trust, &any_role, NOW + i);
        MUST(ratls_verdict_json(v[i], &text[i]));
        MUST(rt_verdict_set_level(v[i], RATLS_LEVEL_QUOTE)); /* who gets one may write into it */
    }
    cr_expect_eq(fake.calls, 1);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(ratls_verdict_code(v[i]), RATLS_E_EVIDENCE_SIGNATURE);
        cr_expect_str_eq(ratls_verdict_detail(v[i]), "for this reason");
        cr_expect_str_eq((char *)text[i].p, (char *)text[0].p);
        cr_expect_arr_eq(rt_verdict_evidence_sha256(v[i]), rt_verdict_evidence_sha256(v[0]), 32);
        cr_expect_not(rt_verdict_stands(v[i], NOW));
    }
    for (int i = 0; i < 3; i++) {
        ratls_verdict_unref(v[i]);
        ratls_buffer_free(&text[i]);
    }
    free_peer(&p);
}

Test(appraise_refused, a_refusal_stands_for_seconds)
{
    make_peer(&(struct plan){0}, &p);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_eq(at(NOW), RATLS_E_EVIDENCE_SIGNATURE);
    fake.result = RATLS_OK;
    cr_expect_eq(at(NOW + RT_REFUSED_FOR_S), RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_eq(fake.calls, 1);
    cr_expect_eq(at(NOW + RT_REFUSED_FOR_S + 1), RATLS_OK);
    cr_expect_eq(fake.calls, 2);
    free_peer(&p);
}

/* A hit makes none of them younger, and a clock that went back none older. */
Test(appraise_refused, no_refusal_outlives_its_seconds)
{
    make_peer(&(struct plan){0}, &p);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    for (int i = 0; i <= RT_REFUSED_FOR_S; i++)
        cr_expect_eq(at(NOW + i), RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_eq(fake.calls, 1);
    fake.result = RATLS_OK;
    cr_expect_eq(at(NOW - 1), RATLS_OK);
    cr_expect_eq(fake.calls, 2);
    free_peer(&p);
}

/* What may be had a moment later, or comes with time, or is a failure of this side. */
Test(appraise_refused, what_may_pass_is_asked_again)
{
    static const enum ratls_err passing[] = {
        RATLS_E_COLLATERAL_MISSING,
        RATLS_E_COLLATERAL_TIME,
        RATLS_E_EVIDENCE_TIME,
        RATLS_E_CRL_MISSING,
        RATLS_E_CRL_TIME,
        RATLS_E_NO_MEMORY,
        RATLS_E_CRYPTO,
        RATLS_E_INTERNAL,
        RATLS_E_VERIFIER_FAULT,
        RATLS_E_TCB_AGE,
        RATLS_E_EVIDENCE_FUTURE,
        RATLS_E_REFVAL_EXPIRED,
        RATLS_E_COLLATERAL_FORMAT,
        RATLS_E_FETCH,
        RATLS_E_OPA_FAILED,
    };

    for (size_t i = 0; i < RT_COUNT(passing); i++) {
        make_peer(&(struct plan){0}, &p);
        refuse_with(passing[i]);
        cr_expect_eq(at(NOW), passing[i]);
        fake.result = RATLS_OK;
        cr_expect_eq(at(NOW), RATLS_OK, "%s", ratls_err_reason(passing[i]));
        free_peer(&p);
    }
    cr_expect_eq(fake.calls, 2 * RT_COUNT(passing));
}

Test(appraise_refused, a_certificate_that_begins_is_asked_again)
{
    make_peer(&(struct plan){.not_before = NOW + 1, .not_after = NOW + 100}, &p);
    cr_expect_eq(at(NOW), RATLS_E_CERT_NOT_YET_VALID);
    cr_expect_eq(at(NOW + 1), RATLS_OK);
    free_peer(&p);
}

Test(appraise_refused, the_refusals_of_a_policy_are_kept_with_what_was_claimed)
{
    struct ratls_verdict *v;

    use("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_CD "\"]}}}");
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(NOW), RATLS_E_MEASUREMENT);
    v = verdict_at(trust, &any_role, NOW + 1);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_MEASUREMENT);
    cr_expect_str_eq(ratls_verdict_measurement(v), M_AB);
    cr_expect_eq(fake.calls, 1);
    ratls_verdict_unref(v);
    free_peer(&p);
}

/* A change of policy, of reference values, of collateral, of anchors: it is another trust. */
Test(appraise_refused, another_trust_judges_for_itself)
{
    struct ratls_trust *next;
    struct ratls_error err = {0};
    struct ratls_verdict *v;

    use("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_CD "\"]}}}");
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(NOW), RATLS_E_MEASUREMENT);
    MUST(ratls_trust_new_after(trust, &next));
    MUST(ratls_trust_set_policy(next, ratls_bytes_str(ALL_AB), &err));
    v = verdict_at(next, &any_role, NOW);
    cr_expect(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
    cr_expect_eq(at(NOW), RATLS_E_MEASUREMENT, "the old one is as it was");
    ratls_trust_unref(next);
    free_peer(&p);
}

Test(appraise_refused, other_rules_judge_for_themselves)
{
    static const struct rt_cert_rules rules[] = {
        {.peer_role = RATLS_CLIENT}, {.peer_role = RATLS_SERVER}, {.authenticity_only = true}};

    use("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_CD "\"]}}}");
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(NOW), RATLS_E_MEASUREMENT);
    for (size_t i = 0; i < RT_COUNT(rules); i++) {
        struct ratls_verdict *v = verdict_at(trust, &rules[i], NOW);
        cr_expect_eq(ratls_verdict_allowed(v), rules[i].authenticity_only);
        cr_expect_eq(fake.calls, i + 2);
        ratls_verdict_unref(v);
    }
    free_peer(&p);
}

Test(appraise_refused, another_certificate_with_the_same_evidence_is_another)
{
    make_peer(&(struct plan){0}, &p);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    cr_expect_eq(at(NOW), RATLS_E_EVIDENCE_SIGNATURE);
    p.cert.p[p.cert.len - 1] ^= 1;
    cr_expect_eq(at(NOW), RATLS_E_CERT_SIGNATURE);
    free_peer(&p);
}

/* ---- the dates of stored items ---- */

static void use_stored(const char *dates)
{
    struct ratls_error err = {0};
    char document[1024];

    use(STORED);
    (void)snprintf(document, sizeof document,
                   DOCUMENT(ITEM("refval", "tdx", "web", "1", "active", "%s", LISTS(M_AB))), dates);
    cr_assert_eq(ratls_trust_add_document(trust, ratls_bytes_str(document), &err), RATLS_OK, "%s",
                 err.detail);
}

/* `dates` of the only reference values; who has evidence of others is refused, then asked again. */
static void expect_kept(const char *dates, bool kept)
{
    use_stored(dates);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    make_peer(&(struct plan){0}, &p);
    const unsigned before = fake.calls;
    (void)at(NOW);
    (void)at(NOW);
    cr_expect_eq(fake.calls - before, kept ? 1 : 2, "%s", dates);
    free_peer(&p);
}

/* A version that begins or ends before the refusal would be forgotten may turn it. */
Test(appraise_refused, nothing_is_kept_across_the_date_of_an_item)
{
    expect_kept("", true);
    expect_kept(",\"not_before\":1750000000", true);
    expect_kept(",\"not_before\":1750000001", false);
    expect_kept(",\"not_before\":1750000005", false);
    expect_kept(",\"not_before\":1750000006", true);
    expect_kept(",\"not_after\":1749999999", true);
    expect_kept(",\"not_after\":1750000000", false);
    expect_kept(",\"not_after\":1750000004", false);
    expect_kept(",\"not_after\":1750000005", true);
}

Test(appraise_refused, reference_values_that_begin_are_seen_at_once)
{
    use_stored(",\"not_before\":1750000003");
    make_peer(&(struct plan){0}, &p);
    cr_expect_neq(at(NOW), RATLS_OK);
    cr_expect_neq(at(NOW + 2), RATLS_OK);
    cr_expect_eq(at(NOW + 3), RATLS_OK);
    free_peer(&p);
}

/* ---- bounds ---- */

Test(appraise_refused, there_is_room_for_few_and_the_proven_keep_theirs)
{
    enum { MANY = 3 * RT_MAX_REFUSED };
    struct peer good, *flood = calloc(MANY, sizeof *flood);
    unsigned calls;

    cr_assert_not_null(flood);
    make_peer(&(struct plan){0}, &good);
    p = good;
    cr_expect_eq(at(NOW), RATLS_OK);
    refuse_with(RATLS_E_EVIDENCE_SIGNATURE);
    for (size_t i = 0; i < MANY; i++) {
        make_peer(&(struct plan){0}, &flood[i]);
        p = flood[i];
        (void)at(NOW);
    }
    calls = fake.calls;
    p = good;
    cr_expect_eq(at(NOW), RATLS_OK);
    cr_expect_eq(fake.calls, calls, "pushed out");
    for (size_t i = MANY; i-- > 0;) {
        p = flood[i];
        (void)at(NOW);
        free_peer(&flood[i]);
    }
    cr_expect_geq(fake.calls - calls, MANY - RT_MAX_REFUSED);
    cr_expect_lt(fake.calls - calls, MANY);
    free_peer(&good);
    free(flood);
}
