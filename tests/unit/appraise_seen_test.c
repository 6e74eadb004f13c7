/* Certificates that were seen before: what is proven once, and what is asked each time (T54). */
#include "appraise_support.h"

#include "verdict_cache.h"

#define M_CD "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

TestSuite(appraise_seen, .init = setup, .fini = teardown);

static struct peer p;

static enum ratls_err at(const struct ratls_trust *t, const struct rt_cert_rules *rules,
                         int64_t now)
{
    struct ratls_verdict *v = NULL;
    struct ratls_bytes cert = rt_bytes_of(&p.cert);
    enum ratls_err e = rt_appraise_cert(t, (struct rt_der_list){&cert, 1}, rules, now, &v);

    e = code_of(v, e);
    ratls_verdict_unref(v);
    return e;
}

/* Calls of the verifier so far. */
static void expect_calls(unsigned n, const char *why)
{
    cr_expect_eq(fake.calls, n, "%s: %u calls", why, fake.calls);
}

Test(appraise_seen, evidence_is_proven_once)
{
    struct ratls_verdict *v[2];
    struct ratls_buffer text[2];
    struct ratls_bytes cert;

    make_peer(&(struct plan){0}, &p);
    cert = rt_bytes_of(&p.cert);
    for (int i = 0; i < 2; i++) {
        MUST(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v[i]));
        MUST(ratls_verdict_json(v[i], &text[i]));
    }
    expect_calls(1, "seen");
    cr_expect(v[0] != v[1]); /* connections write into theirs */
    cr_expect_str_eq((char *)text[0].p, (char *)text[1].p);
    cr_expect_eq(ratls_verdict_expires(v[0]), ratls_verdict_expires(v[1]));
    cr_expect(ratls_bytes_equal(ratls_verdict_ak_spki(v[1]), rt_key_spki(p.ak)));
    cr_expect_arr_eq(rt_verdict_spki_sha256(v[0]), rt_verdict_spki_sha256(v[1]), 32);
    cr_expect_arr_eq(rt_verdict_evidence_sha256(v[0]), rt_verdict_evidence_sha256(v[1]), 32);
    MUST(rt_verdict_set_level(v[1], RATLS_LEVEL_QUOTE));
    rt_verdict_deny(v[1], &(struct ratls_error){.code = RATLS_E_TLS});
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    for (int i = 0; i < 2; i++) {
        ratls_verdict_unref(v[i]);
        ratls_buffer_free(&text[i]);
    }
    free_peer(&p);
}

Test(appraise_seen, what_was_proven_is_held_once)
{
    struct ratls_verdict *v[4];
    struct ratls_bytes cert;

    make_peer(&(struct plan){0}, &p);
    cert = rt_bytes_of(&p.cert);
    for (int i = 0; i < 3; i++)
        MUST(rt_appraise_cert(trust, (struct rt_der_list){&cert, 1}, &any_role, NOW, &v[i]));
    MUST(rt_appraise_claims(trust, v[2], NOW, &v[3]));
    for (int i = 2; i < 4; i++)
        cr_expect_eq(ratls_verdict_measurement(v[i]), ratls_verdict_measurement(v[1]));
    MUST(rt_verdict_set_level(v[1], RATLS_LEVEL_SESSION));
    MUST(rt_verdict_set_level(v[2], RATLS_LEVEL_QUOTE));
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v[1]), "binding.level")->number,
                 RATLS_LEVEL_SESSION);
    cr_expect_eq(ratls_claims_get(ratls_verdict_claims(v[3]), "binding.level")->number,
                 RATLS_LEVEL_KEY);
    for (int i = 0; i < 4; i++)
        ratls_verdict_unref(v[i]);
    free_peer(&p);
}

/* A bit of the certificate, whichever, makes it another one. */
Test(appraise_seen, every_bit_of_a_certificate_counts)
{
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    for (size_t i = 0; i < p.cert.len; i++) {
        p.cert.p[i] ^= 1;
        cr_expect_neq(at(trust, &any_role, NOW), RATLS_OK, "byte %zu", i);
        p.cert.p[i] ^= 1;
    }
    free_peer(&p);
}

Test(appraise_seen, the_time_is_asked_each_time)
{
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    cr_expect_eq(at(trust, &any_role, NOW + RT_CERT_LIFETIME_S), RATLS_OK);
    expect_calls(1, "to the last second");
    cr_expect_eq(at(trust, &any_role, NOW + RT_CERT_LIFETIME_S + 1), RATLS_E_CERT_EXPIRED);
    cr_expect_eq(at(trust, &any_role, NOW - RT_CERT_BACKDATE_S - 1), RATLS_E_CERT_NOT_YET_VALID);
    cr_expect_eq(at(trust, &any_role, NOW - 1), RATLS_OK);
    expect_calls(2, "a clock that went back");
    free_peer(&p);
}

Test(appraise_seen, the_policy_is_asked_each_time)
{
    ratls_trust_unref(trust);
    trust = trust_with("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_AB
                       "\"],\"tcb_status\":[\"UpToDate\"]}},\"max_evidence_age_s\":60}");
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    cr_expect_eq(at(trust, &any_role, NOW + 61), RATLS_E_EVIDENCE_AGE);
    expect_calls(1, "too old by the policy");
    free_peer(&p);
}

/* A trust knows nothing of what another one proved: roots, collateral and keys may differ. */
Test(appraise_seen, another_trust_proves_for_itself)
{
    struct ratls_trust *other = trust_with(POLICY(""));

    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    cr_expect_eq(at(other, &any_role, NOW), RATLS_OK);
    expect_calls(2, "another trust");
    free_peer(&p);
    ratls_trust_unref(other);
}

/* What the rules ask besides is asked in full, of clients as clients, and of nobody by heart. */
Test(appraise_seen, other_rules_prove_for_themselves)
{
    static const char *const names[] = {"other.example"};
    static const struct rt_pin pin = {{1}};
    const struct {
        struct rt_cert_rules rules;
        bool refused;
    } rows[] = {
        {{.peer_role = RATLS_CLIENT}, false},   {{.peer_role = RATLS_SERVER}, false},
        {{.names = names, .n_names = 1}, true}, {{.emails = names, .n_emails = 1}, true},
        {{.pins = &pin, .n_pins = 1}, true},    {{.authenticity_only = true}, false},
    };

    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const unsigned before = fake.calls;
        enum ratls_err e = at(trust, &rows[i].rules, NOW);
        cr_expect(rows[i].refused == (e != RATLS_OK), "row %zu: %s", i, ratls_err_reason(e));
        if (!rows[i].refused)
            cr_expect_eq(fake.calls, before + 1, "row %zu", i);
    }
    /* one that was let pass without its policy stays unknown to others */
    fake.calls = 0;
    cr_expect_eq(at(trust, &any_role, NOW), RATLS_OK);
    expect_calls(0, "of any role");
    free_peer(&p);
}

Test(appraise_seen, a_policy_is_not_passed_by_who_was_not_asked)
{
    const struct rt_cert_rules no_policy = {.authenticity_only = true};

    ratls_trust_unref(trust);
    trust = trust_with("{\"tees\":{\"tdx\":{\"measurements\":[\"" M_CD "\"]}}}");
    make_peer(&(struct plan){0}, &p);
    cr_expect_eq(at(trust, &no_policy, NOW), RATLS_OK);
    cr_expect_neq(at(trust, &any_role, NOW), RATLS_OK);
    free_peer(&p);
}

/* ---- the cache itself ---- */

static void key_of(unsigned i, uint8_t key[RT_SHA256_LEN])
{
    memset(key, 0, RT_SHA256_LEN);
    memcpy(key, &i, sizeof i);
}

Test(appraise_seen, the_cache_is_bounded_and_keeps_what_is_used)
{
    enum { MANY = 5000, HOT = 7 };
    struct rt_verdict_cache *c = rt_verdict_cache_new(RT_MAX_PROVEN);
    struct ratls_verdict *v = rt_verdict_new();
    uint8_t key[RT_SHA256_LEN], hot[RT_SHA256_LEN];
    unsigned found = 0;

    cr_assert(c && v);
    key_of(HOT, hot);
    for (unsigned i = 0; i < MANY; i++) {
        key_of(i, key);
        cr_expect(i == HOT || !rt_verdict_cache_get(c, key));
        rt_verdict_cache_put(c, key, v);
        rt_verdict_cache_put(c, key, v); /* in the place of itself */
        struct ratls_verdict *again = rt_verdict_cache_get(c, hot);
        cr_expect_eq(again != NULL, i >= HOT, "%u", i);
        ratls_verdict_unref(again);
    }
    for (unsigned i = 0; i < MANY; i++) {
        key_of(i, key);
        struct ratls_verdict *kept = rt_verdict_cache_get(c, key);
        found += kept != NULL;
        ratls_verdict_unref(kept);
    }
    cr_expect_eq(found, RT_MAX_PROVEN);
    key_of(HOT, key);
    key[31] ^= 1; /* the same set, another key */
    cr_expect_null(rt_verdict_cache_get(c, key));
    cr_expect_eq(atomic_load(&v->refs), RT_MAX_PROVEN + 1);
    rt_verdict_cache_free(c);
    cr_expect_eq(atomic_load(&v->refs), 1);
    ratls_verdict_unref(v);
}
