/* Which collateral counts for which quote: several documents, several roots, revocation left out;
 * and what a trust takes when. */
#include "anchors_support.h"
#include "dcap_support.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "flaws.h"
#include "x509.h"

static struct platform p, q;
static struct ratls_trust *t;
static struct ratls_error err;

static void setup(void)
{
    p = q = (struct platform){0};
    platform_make(&(const struct dcap_plan){0}, &p);
    t = dcap_trust(&p);
    err = (struct ratls_error){0};
}

static void teardown(void)
{
    platform_free(&p);
    platform_free(&q);
    ratls_trust_unref(t);
}

TestSuite(dcap_trust, .init = setup, .fini = teardown, .timeout = 120);

/* Another document for the platform; the caller frees it. */
static struct ratls_buffer document(struct rt_sim_collateral_knobs knobs)
{
    struct ratls_buffer out;

    MUST(platform_collateral(&p, knobs, &out));
    return out;
}

/* The platform's quote with these documents; `n` 0: those of the trust. */
static struct ratls_verdict *judge(const struct ratls_buffer *documents, size_t n)
{
    struct ratls_bytes list[4];

    for (size_t i = 0; i < n; i++)
        list[i] = rt_bytes_of(&documents[i]);
    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote),
                                                  .collateral = list,
                                                  .n_collateral = n});
}

static void add(const struct ratls_buffer *text)
{
    cr_assert_eq(ratls_trust_add_collateral(t, rt_bytes_of(text), &err), RATLS_OK, "%s",
                 err.detail);
}

static void renew_trust(void)
{
    ratls_trust_unref(t);
    t = dcap_trust(&p);
}

/* ---- roots that are stored, with dates ---- */

static void store_root(const struct stored *s, const struct platform *of)
{
    char *body = body_of_der("insecure_sim_root", "CERTIFICATE", platform_root(of));

    cr_assert_eq(add_stored(anchors_of(t), s, body, &err), RATLS_OK, "%s", err.detail);
    free(body);
}

static void expect_at(int64_t now, enum ratls_err e, int64_t expires)
{
    struct ratls_verdict *v =
        dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p.quote), .now = now});

    cr_expect_eq(ratls_verdict_code(v), e, "%s", ratls_verdict_detail(v));
    if (e == RATLS_OK)
        cr_expect_eq(ratls_verdict_expires(v), expires);
    ratls_verdict_unref(v);
}

/* T139: what was proven once and kept ends with the root as well, and so do verdicts. */
Test(dcap_trust, a_stored_root_counts_in_its_time_for_its_tee)
{
    for (int with = 0; with < 2; with++) {
        ratls_trust_unref(t);
        MUST(ratls_trust_new(dcap_env(), &t));
        store_root(&(struct stored){"tdx", "insecure_x", NOW - DAY, NOW + DAY, false}, &p);
        store_root(&(struct stored){"sgx", "insecure_x", 0, 0, false}, &p);
        cr_expect(ratls_trust_simulated(t));
        if (with)
            add(&p.collateral);
        for (int i = 0; i < 2; i++) {
            expect_at(NOW, RATLS_OK, NOW + DAY);
            expect_at(NOW + DAY, RATLS_OK, NOW + DAY);
            expect_at(NOW + DAY + 1, RATLS_E_EVIDENCE_ROOT, 0);
            expect_at(NOW - DAY - 1, RATLS_E_EVIDENCE_ROOT, 0);
        }
    }
}

Test(dcap_trust, a_draft_is_no_root)
{
    ratls_trust_unref(t);
    MUST(ratls_trust_new(dcap_env(), &t));
    store_root(&(struct stored){"tdx", "insecure_x", 0, 0, true}, &p);
    cr_expect_not(ratls_trust_simulated(t));
    cr_expect_eq(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), NULL),
                 RATLS_E_COLLATERAL_SIGNATURE);
    expect_at(NOW, RATLS_E_EVIDENCE_ROOT, 0);
}

/* ---- T26, T130: the newest counts ---- */

/* In both orders, given and kept. */
static void expect_of_both(struct rt_sim_collateral_knobs a, struct rt_sim_collateral_knobs b,
                           enum ratls_err e, const char *text)
{
    struct ratls_buffer d[3] = {document(a), document(b), document(a)};

    for (size_t first = 0; first < 2; first++) {
        expect_verdict(judge(d + first, 2), e, text);
        renew_trust();
        add(&d[first]);
        add(&d[first + 1]);
        expect_verdict(judge(NULL, 0), e, text);
    }
    for (size_t i = 0; i < 3; i++)
        ratls_buffer_free(&d[i]);
}

Test(dcap_trust, the_higher_evaluation_number_counts)
{
    const struct rt_sim_collateral_knobs old = {.tcb_info.eval_number = 17,
                                                .qe_identity.eval_number = 17};
    const struct rt_sim_collateral_knobs new = {.tcb_status = "OutOfDate"};

    expect_of_both(old, new, RATLS_OK, "OutOfDate");
}

Test(dcap_trust, the_smaller_number_of_a_document_is_that_of_both)
{
    const struct rt_sim_collateral_knobs half = {.tcb_info.eval_number = 30,
                                                 .qe_identity.eval_number = 17};
    const struct rt_sim_collateral_knobs other_half = {.tcb_info.eval_number = 17,
                                                       .qe_identity.eval_number = 30};
    const struct rt_sim_collateral_knobs new = {.tcb_status = "OutOfDate"};

    expect_of_both(half, new, RATLS_OK, "OutOfDate");
    expect_of_both(other_half, new, RATLS_OK, "OutOfDate");
}

Test(dcap_trust, of_one_number_the_later_issue_counts)
{
    const struct rt_sim_collateral_knobs old = {.tcb_info.issue = NOW - 10};
    const struct rt_sim_collateral_knobs new = {.tcb_info.issue = NOW - 9,
                                                .tcb_status = "OutOfDate"};

    expect_of_both(old, new, RATLS_OK, "OutOfDate");
}

Test(dcap_trust, of_one_issue_the_later_part_counts)
{
    const struct rt_sim_collateral_knobs usual = {.qe_identity.issue = NOW - 10,
                                                  .pck_crl.this_update = NOW - 10,
                                                  .root_crl.this_update = NOW - 10};
    struct rt_sim_collateral_knobs qe = usual, pck_crl = usual, root_crl = usual;

    qe.qe_identity.issue = NOW - 9;
    pck_crl.pck_crl.this_update = NOW - 9;
    root_crl.root_crl.this_update = NOW - 9;
    qe.tcb_status = pck_crl.tcb_status = root_crl.tcb_status = "OutOfDate";
    expect_of_both(usual, qe, RATLS_OK, "OutOfDate");
    expect_of_both(usual, pck_crl, RATLS_OK, "OutOfDate");
    expect_of_both(usual, root_crl, RATLS_OK, "OutOfDate");
}

/* Whichever document is chosen, and whatever platform the list came with. */
Test(dcap_trust, a_revocation_in_any_list_counts)
{
    const struct rt_sim_collateral_knobs newest = {.tcb_info.eval_number = 99,
                                                   .qe_identity.eval_number = 99};
    struct rt_sim_collateral_knobs revoking[3] = {
        {.revoke_pck = true}, {.revoke_ca = true}, {.revoke_tcb_signer = true}};
    const char *const what[] = {"the PCK certificate", "the PCK CA", "the signer of the TCB info"};

    for (size_t i = 0; i < RT_COUNT(revoking); i++) {
        expect_of_both(newest, revoking[i], RATLS_E_REVOKED, what[i]);
        revoking[i].fmspc = "00906EA10000";
        expect_of_both(newest, revoking[i], RATLS_E_REVOKED, what[i]);
    }
}

/* An older one is no way out when the newest is over, or says what somebody does not like. */
Test(dcap_trust, the_newest_counts_even_if_it_denies)
{
    const struct rt_sim_collateral_knobs old = {.tcb_info.eval_number = 17};
    const struct rt_sim_collateral_knobs over = {
        .tcb_info = {.eval_number = 19, .issue = PAST, .next = NOW - 1},
        .qe_identity.eval_number = 19};
    const struct rt_sim_collateral_knobs revoked = {
        .tcb_info.eval_number = 19, .qe_identity.eval_number = 19, .revoke_pck = true};

    expect_of_both(old, over, RATLS_E_COLLATERAL_TIME, "the TCB info was valid until");
    expect_of_both(old, revoked, RATLS_E_REVOKED, "the PCK certificate is revoked");
}

Test(dcap_trust, documents_of_other_platforms_do_not_disturb)
{
    const struct rt_sim_collateral_knobs other = {
        .fmspc = "00906EA10000", .tcb_info.eval_number = 99, .qe_identity.eval_number = 99};
    const struct rt_sim_collateral_knobs of_sgx = {
        .sgx = true, .tcb_info.eval_number = 99, .qe_identity.eval_number = 99};
    const struct rt_sim_collateral_knobs usual = {0};

    expect_of_both(other, usual, RATLS_OK, "UpToDate");
    expect_of_both(of_sgx, usual, RATLS_OK, "UpToDate");
    expect_of_both(other, of_sgx, RATLS_E_COLLATERAL_MISSING,
                   "none of 2 collateral documents fits");
}

Test(dcap_trust, both_tees_may_be_in_one_trust)
{
    struct ratls_buffer of_sgx = document((struct rt_sim_collateral_knobs){.sgx = true});
    struct rt_sim_enclave enclave;
    struct ratls_buffer sgx_quote;

    rt_sim_enclave_usual(&enclave);
    MUST(rt_sim_sgx_quote(dcap_env(), &p.pki, &enclave, NULL, &sgx_quote));
    add(&p.collateral);
    add(&of_sgx);
    expect_verdict(judge(NULL, 0), RATLS_OK, "UpToDate");
    expect_verdict(dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&sgx_quote)}),
                   RATLS_OK, "UpToDate");
    ratls_buffer_free(&sgx_quote);
    ratls_buffer_free(&of_sgx);
}

Test(dcap_trust, what_is_given_takes_the_place_of_what_is_kept)
{
    struct ratls_buffer old = document((struct rt_sim_collateral_knobs){
        .tcb_status = "OutOfDate", .tcb_info.eval_number = 1, .qe_identity.eval_number = 1});

    add(&p.collateral);
    expect_verdict(judge(NULL, 0), RATLS_OK, "UpToDate");
    expect_verdict(judge(&old, 1), RATLS_OK, "OutOfDate");
    expect_verdict(judge(NULL, 0), RATLS_OK, "UpToDate");
    ratls_buffer_free(&old);
}

Test(dcap_trust, without_collateral_nothing_is_evaluated)
{
    expect_verdict(judge(NULL, 0), RATLS_OK, "not_evaluated");
}

/* ---- the floor of the policy ---- */

static enum ratls_err by_policy(const char *rules, bool with_collateral)
{
    const struct ratls_bytes doc = rt_bytes_of(&p.collateral);
    const struct ratls_appraisal what = {.subject = rt_bytes_of(&p.quote),
                                         .now = NOW,
                                         .collateral = &doc,
                                         .n_collateral = with_collateral ? 1 : 0};
    struct ratls_verdict *v = NULL;
    char policy[512];

    (void)snprintf(
        policy, sizeof policy,
        "{\"tees\":{\"%s\":{\"insecure_any_measurement\":true,"
        "\"insecure_simulated\":true,\"tcb_status\":[\"UpToDate\",\"not_evaluated\"]%s}}}",
        p.sgx ? "sgx" : "tdx", rules);
    renew_trust();
    cr_assert_eq(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), RATLS_OK, "%s",
                 err.detail);
    (void)ratls_appraise(t, &what, &v);
    return dcap_code(v);
}

static void expect_floor(void)
{
    cr_expect_eq(by_policy("", true), RATLS_OK);
    cr_expect_eq(by_policy(",\"min_tcb_eval_num\":17", true), RATLS_OK);
    cr_expect_eq(by_policy(",\"min_tcb_eval_num\":18", true), RATLS_E_COLLATERAL_ROLLBACK);
    cr_expect_eq(by_policy(",\"min_tcb_eval_num\":4294967295", true), RATLS_E_COLLATERAL_ROLLBACK);
    cr_expect_eq(by_policy(",\"min_tcb_eval_num\":1", true), RATLS_OK);
    cr_expect_eq(by_policy("", false), RATLS_OK);
    cr_expect_eq(by_policy(",\"min_tcb_eval_num\":1", false), RATLS_E_COLLATERAL_ROLLBACK);
}

/* K12, T130: the smaller of both numbers, 17, is held against it. */
Test(dcap_trust, a_policy_has_a_floor_for_the_number)
{
    platform_renew(&p, (struct rt_sim_collateral_knobs){.tcb_info.eval_number = 17});
    expect_floor();
    platform_renew(&p, (struct rt_sim_collateral_knobs){.qe_identity.eval_number = 17});
    expect_floor();
    platform_free(&p);
    platform_make(&(const struct dcap_plan){.sgx = true, .collateral.tcb_info.eval_number = 17},
                  &p);
    expect_floor();
}

/* ---- roots ---- */

/* `q` is a platform under a root without the simulator's mark; a trust for both. */
static void make_genuine(void)
{
    const struct rt_sim_pki_knobs unmarked = {.organization = "Intel Corporation"};

    platform_make(&(const struct dcap_plan){.pki = &unmarked}, &q);
    renew_trust();
    cr_assert_eq(ratls_trust_add_roots(t, platform_root(&q), &err), RATLS_OK, "%s", err.detail);
}

static struct ratls_verdict *judge_of(const struct platform *of, const struct ratls_bytes *list,
                                      size_t n)
{
    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&of->quote),
                                                  .collateral = list,
                                                  .n_collateral = n});
}

/* Neither vouches for the other, though both are trusted and the platforms are alike. */
Test(dcap_trust, collateral_of_another_root_does_not_count)
{
    make_genuine();
    const struct ratls_bytes simulated = rt_bytes_of(&p.collateral),
                             genuine = rt_bytes_of(&q.collateral);
    expect_verdict(judge_of(&q, &genuine, 1), RATLS_OK, "UpToDate");
    expect_verdict(judge_of(&p, &simulated, 1), RATLS_OK, "UpToDate");
    expect_verdict(judge_of(&q, &simulated, 1), RATLS_E_COLLATERAL_MISMATCH,
                   "the collateral has another root");
    expect_verdict(judge_of(&p, &genuine, 1), RATLS_E_COLLATERAL_MISMATCH,
                   "the collateral has another root");
}

Test(dcap_trust, each_root_finds_its_own_collateral)
{
    make_genuine();
    const struct ratls_bytes list[] = {rt_bytes_of(&p.collateral), rt_bytes_of(&q.collateral)};
    struct ratls_verdict *v = judge_of(&q, list, 2);
    cr_expect(ratls_verdict_allowed(v) && !ratls_verdict_simulated(v));
    expect_verdict(v, RATLS_OK, "UpToDate");
    v = judge_of(&p, list, 2);
    cr_expect(ratls_verdict_allowed(v) && ratls_verdict_simulated(v));
    expect_verdict(v, RATLS_OK, "UpToDate");
}

Test(dcap_trust, collateral_of_an_untrusted_root_is_refused)
{
    platform_make(&(const struct dcap_plan){0}, &q);
    const struct ratls_bytes strange = rt_bytes_of(&q.collateral);
    cr_expect_eq(ratls_trust_add_collateral(t, strange, &err), RATLS_E_COLLATERAL_SIGNATURE);
    expect_verdict(judge_of(&p, &strange, 1), RATLS_E_COLLATERAL_SIGNATURE,
                   "PCK CRL issuer: the root with key");
}

/* Chains of two trusted roots do not mix in one document. */
static void mix(const char *chain, const char *text)
{
    cJSON *mine = cJSON_ParseWithLength((const char *)p.collateral.p, p.collateral.len);
    cJSON *other = cJSON_ParseWithLength((const char *)q.collateral.p, q.collateral.len);
    const char *const members[] = {chain, text};

    for (size_t i = 0; i < RT_COUNT(members); i++)
        cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(
            mine, members[i], cJSON_DetachItemFromObjectCaseSensitive(other, members[i])));
    char *mixed = cJSON_PrintUnformatted(mine);
    const struct ratls_bytes list = ratls_bytes_str(mixed);
    expect_verdict(judge_of(&p, &list, 1), RATLS_E_COLLATERAL_SIGNATURE, "ends at another root");
    free(mixed);
    cJSON_Delete(mine);
    cJSON_Delete(other);
}

Test(dcap_trust, chains_of_two_roots_do_not_mix)
{
    make_genuine();
    mix("tcb_info_issuer_chain", "tcb_info");
    mix("qe_identity_issuer_chain", "qe_identity");
}

/* ---- revocation left out ---- */

Test(dcap_trust, revoked_certificates_pass_only_without_revocation)
{
    struct ratls_buffer d[] = {
        document((struct rt_sim_collateral_knobs){.revoke_pck = true}),
        document((struct rt_sim_collateral_knobs){.revoke_ca = true}),
        document((struct rt_sim_collateral_knobs){.revoke_tcb_signer = true})};

    for (size_t i = 0; i < RT_COUNT(d); i++)
        expect_verdict(judge(&d[i], 1), RATLS_E_REVOKED, "is revoked");
    renew_trust();
    MUST(ratls_trust_insecure_no_crl(t, &err));
    for (size_t i = 0; i < RT_COUNT(d); i++) {
        expect_verdict(judge(&d[i], 1), RATLS_OK, "UpToDate");
        ratls_buffer_free(&d[i]);
    }
}

Test(dcap_trust, crls_may_be_absent_only_without_revocation)
{
    static const char *const members[] = {"root_ca_crl", "pck_crl"};

    MUST(ratls_trust_insecure_no_crl(t, &err));
    for (size_t i = 0; i < RT_COUNT(members); i++) {
        struct ratls_buffer d = document((struct rt_sim_collateral_knobs){.without = members[i]});
        struct ratls_verdict *v = judge(&d, 1);
        cr_expect_null(claim_of(v, "tdx.pck_crl_num"));
        cr_expect_null(claim_of(v, "tdx.root_ca_crl_num"));
        expect_verdict(v, RATLS_OK, "UpToDate");
        ratls_buffer_free(&d);
        d = document(
            (struct rt_sim_collateral_knobs){.instead = members[i], .instead_json = "null"});
        expect_verdict(judge(&d, 1), RATLS_OK, "UpToDate");
        ratls_buffer_free(&d);
    }
}

/* Those that are there must be right all the same, and so must everything else. */
Test(dcap_trust, without_revocation_the_rest_is_checked)
{
    const struct {
        struct rt_sim_collateral_knobs knobs;
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {{.pck_crl.signer.by_stranger = true}, RATLS_E_COLLATERAL_SIGNATURE, "pck_crl: CRL"},
        {{.root_crl.no_number = true}, RATLS_E_COLLATERAL_FORMAT, "root_ca_crl: CRL"},
        {{.without = "pck_crl_issuer_chain"}, RATLS_E_COLLATERAL_MISSING, "is missing"},
        {{.without = "qe_identity"}, RATLS_E_COLLATERAL_MISSING, "qe_identity is missing"},
        {{.tcb_info.signer.by_stranger = true}, RATLS_E_COLLATERAL_SIGNATURE, "tcb_info"},
        {{.qe_prod_id = 9}, RATLS_E_QE_IDENTITY, "ISVPRODID"},
    };

    MUST(ratls_trust_insecure_no_crl(t, &err));
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_buffer d = document(rows[i].knobs);
        expect_verdict(judge(&d, 1), rows[i].e, rows[i].why);
        ratls_buffer_free(&d);
    }
}

Test(dcap_trust, numbers_of_crls_are_claims)
{
    struct ratls_verdict *v = judge(&p.collateral, 1);

    cr_assert(claim_of(v, "tdx.pck_crl_num") && claim_of(v, "tdx.root_ca_crl_num"));
    cr_expect_eq(claim_of(v, "tdx.pck_crl_num")->number, 1);
    cr_expect_eq(claim_of(v, "tdx.root_ca_crl_num")->number, 1);
    cr_expect_eq(claim_of(v, "tdx.tcb_eval_num")->number, 18);
    cr_expect_str_eq(claim_of(v, "tdx.earliest_expiration")->text, "2025-07-15T15:06:40Z");
    cr_expect_str_eq(claim_of(v, "tdx.tcb_date")->text, "2024-11-13T00:00:00Z");
    cr_expect_str_eq(claim_of(v, "tcb_date")->text, "2024-11-13T00:00:00Z");
    expect_verdict(v, RATLS_OK, "UpToDate");
}

/* ---- evidence first ---- */

Test(dcap_trust, a_flaw_of_the_evidence_is_named_before_one_of_the_collateral)
{
    const struct rt_sim_quote_knobs stranger = {.quote_by_stranger = true};
    struct ratls_buffer bad[] = {
        document((struct rt_sim_collateral_knobs){.tcb_info.signature = "00"}),
        document((struct rt_sim_collateral_knobs){.fmspc = "00906EA10000"}),
        document((struct rt_sim_collateral_knobs){.revoke_pck = true})};

    ratls_buffer_free(&p.quote);
    platform_quote(&p, &(const struct dcap_plan){.quote = &stranger}, &p.quote);
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        expect_verdict(judge(&bad[i], 1), RATLS_E_EVIDENCE_SIGNATURE,
                       "not signed by its attestation key");
        ratls_buffer_free(&bad[i]);
    }
}

/* ---- what a trust takes when ---- */

static void expect_state(bool changeable, enum ratls_err collateral)
{
    const struct ratls_bytes root = platform_root(&p), genuine = platform_root(&q);
    const enum ratls_err due = changeable ? RATLS_OK : RATLS_E_STATE;

    cr_expect_eq(ratls_trust_insecure_add_sim_roots(t, root, &err), due);
    cr_expect_eq(ratls_trust_add_roots(t, genuine, &err), due);
    cr_expect_eq(ratls_trust_insecure_no_crl(t, &err), due);
    if (!changeable)
        cr_expect_eq(ratls_trust_load_plugins(t, "/nonexistent", &err), due);
    cr_expect_eq(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err), collateral);
}

Test(dcap_trust, roots_come_before_collateral_and_both_before_use)
{
    make_genuine();
    expect_state(true, RATLS_OK);
    expect_state(false, RATLS_OK); /* more collateral is welcome */
    expect_verdict(judge(NULL, 0), RATLS_OK, "UpToDate");
    expect_state(false, RATLS_E_STATE);
    renew_trust();
    expect_verdict(judge(NULL, 0), RATLS_OK, "not_evaluated");
    expect_state(false, RATLS_E_STATE);
}

Test(dcap_trust, a_refused_document_leaves_nothing_behind)
{
    struct ratls_buffer bad =
        document((struct rt_sim_collateral_knobs){.qe_identity.signer.by_stranger = true});

    cr_expect_eq(ratls_trust_add_collateral(t, rt_bytes_of(&bad), &err),
                 RATLS_E_COLLATERAL_SIGNATURE);
    MUST(ratls_trust_insecure_add_sim_roots(t, platform_root(&p), &err));
    expect_verdict(judge(NULL, 0), RATLS_OK, "not_evaluated");
    ratls_buffer_free(&bad);
}

Test(dcap_trust, what_is_no_object_is_no_collateral)
{
    static const char *const texts[] = {"", "[]", "\"\"", "x{", "null"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        const struct ratls_bytes text = ratls_bytes_str(texts[i]);
        cr_expect_eq(ratls_trust_add_collateral(t, text, &err), RATLS_E_COLLATERAL_FORMAT, "%s",
                     texts[i]);
        expect_verdict(judge_of(&p, &text, 1), RATLS_E_COLLATERAL_FORMAT, "no collateral of tdx");
        renew_trust();
    }
}

Test(dcap_trust, broken_json_is_refused)
{
    for (size_t len = 1; len < p.collateral.len; len += 97) {
        const struct ratls_bytes text = ratls_bytes(p.collateral.p, len);
        expect_verdict(judge_of(&p, &text, 1), RATLS_E_COLLATERAL_FORMAT, "");
    }
}

/* Space in front of an object does not hide it. */
Test(dcap_trust, white_space_around_a_document_is_allowed)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, ratls_bytes_str(" \r\n\t"));
    rt_put_bytes(&w, rt_bytes_of(&p.collateral));
    rt_put_bytes(&w, ratls_bytes_str("\n"));
    const struct ratls_bytes text = rt_written(&w);
    expect_verdict(judge_of(&p, &text, 1), RATLS_OK, "UpToDate");
    rt_writer_free(&w);
}

Test(dcap_trust, the_number_of_documents_is_limited)
{
    struct ratls_bytes list[RT_MAX_COLLATERAL_DOCS + 1];

    for (size_t i = 0; i < RT_MAX_COLLATERAL_DOCS; i++) {
        add(&p.collateral);
        list[i] = rt_bytes_of(&p.collateral);
    }
    list[RT_MAX_COLLATERAL_DOCS] = rt_bytes_of(&p.collateral);
    cr_expect_eq(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), &err), RATLS_E_LIMIT);
    expect_verdict(judge(NULL, 0), RATLS_OK, "UpToDate");
    expect_verdict(judge_of(&p, list, RT_MAX_COLLATERAL_DOCS + 1), RATLS_E_LIMIT, "more than 256");
    expect_verdict(judge_of(&p, list, RT_MAX_COLLATERAL_DOCS), RATLS_OK, "UpToDate");
}
