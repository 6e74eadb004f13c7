/* Collateral of AMD's key service: what is refused when it is read, revocation and dates. */
#include "anchors_support.h"
#include "evidence_keys_support.h"
#include "ratls/collateral.h"
#include "snp_collateral.h"
#include "snp_judge.h"
#include "trust.h"

TestSuite(snp_collateral, .init = setup, .fini = teardown, .timeout = 120);

/* ---- reading ---- */

static enum ratls_err read_document(bool no_crl)
{
    const struct ratls_collateral_input in = {.size = sizeof in,
                                              .document = rt_bytes_of(&json),
                                              .roots = &g.root,
                                              .n_roots = 1,
                                              .insecure_no_crl = no_crl};
    void *out = &g;

    err = (struct ratls_error){0};
    enum ratls_err e = rt_snp_collateral_new(&in, &out, &err);
    cr_expect_eq(e == RATLS_OK, out != NULL);
    rt_snp_collateral_free(out);
    return e;
}

static const struct {
    const char *name;
    struct rt_sim_snp_collateral_knobs knobs;
    enum ratls_err e;
    const char *why;
} flaws[] = {
    {"no-chain",
     {.without = "vek_issuer_chain"},
     RATLS_E_COLLATERAL_MISSING,
     "vek_issuer_chain is missing"},
    {"chain-null",
     {.instead = "vek_issuer_chain", .instead_json = "null"},
     RATLS_E_COLLATERAL_MISSING,
     "vek_issuer_chain is missing"},
    {"chain-number",
     {.instead = "vek_issuer_chain", .instead_json = "7"},
     RATLS_E_COLLATERAL_FORMAT,
     "vek_issuer_chain: no text"},
    {"chain-empty",
     {.instead = "vek_issuer_chain", .instead_json = "\"\""},
     RATLS_E_COLLATERAL_FORMAT,
     "too few certificates"},
    {"chain-garbage",
     {.instead = "vek_issuer_chain",
      .instead_json = "\"-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n"
                      "-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n\""},
     RATLS_E_COLLATERAL_FORMAT,
     "vek_issuer_chain: certificate"},
    {"no-crl", {.without = "crl"}, RATLS_E_COLLATERAL_MISSING, "crl is missing"},
    {"crl-null",
     {.instead = "crl", .instead_json = "null"},
     RATLS_E_COLLATERAL_MISSING,
     "crl is missing"},
    {"crl-number",
     {.instead = "crl", .instead_json = "7"},
     RATLS_E_COLLATERAL_FORMAT,
     "crl: no text"},
    {"crl-text",
     {.instead = "crl", .instead_json = "\"zz\""},
     RATLS_E_COLLATERAL_FORMAT,
     "neither DER nor hex nor PEM"},
    {"crl-structure",
     {.instead = "crl", .instead_json = "\"3003020100\""},
     RATLS_E_COLLATERAL_FORMAT,
     "CRL: malformed structure"},
    {"crl-by-the-ask", {.by_ask = true}, RATLS_E_COLLATERAL_SIGNATURE, "its signature is wrong"},
    {"crl-by-ecdsa", {.by_ec = true}, RATLS_E_COLLATERAL_SIGNATURE, "not signed with RSASSA-PSS"},
    {"crl-of-the-ask",
     {.wrong_issuer_name = true},
     RATLS_E_COLLATERAL_SIGNATURE,
     "its issuer has another name"},
    {"vek-number",
     {.with_vek = true, .instead = "vek", .instead_json = "7"},
     RATLS_E_COLLATERAL_FORMAT,
     "vek: no text"},
    {"vek-empty",
     {.with_vek = true, .instead = "vek", .instead_json = "\"\""},
     RATLS_E_COLLATERAL_FORMAT,
     "vek: too few"},
    {"not-an-object", {.instead = "crl", .instead_json = "\"00\"]"}, RATLS_E_COLLATERAL_FORMAT, ""},
};

Test(snp_collateral, refuses_each_flaw)
{
    make_json(NULL);
    cr_expect_eq(read_document(false), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < RT_COUNT(flaws); i++) {
        make_json(&flaws[i].knobs);
        cr_expect_eq(read_document(false), flaws[i].e, "%s: %s", flaws[i].name, err.detail);
        cr_expect(strstr(err.detail, flaws[i].why), "%s: %s", flaws[i].name, err.detail);
    }
}

Test(snp_collateral, is_an_object)
{
    ratls_buffer_free(&json);
    MUST(rt_dup(ratls_bytes_str("[\"vek_issuer_chain\"]"), &json));
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_FORMAT);
    cr_expect(strstr(err.detail, "no JSON object"), "%s", err.detail);
}

/* Chain and VEK are proven when the document is read. */
Test(snp_collateral, refuses_chains_that_reach_no_root)
{
    static const struct {
        struct rt_sim_snp_knobs chain;
        const char *why;
    } rows[] = {
        {{.wrong_issuer_key[RT_SIM_ASK] = true}, "ASK:"},
        {{.wrong_issuer_key[RT_SIM_ARK] = true}, "ARK:"},
        {{.name[RT_SIM_ARK] = "ARK-Genoa"}, "not of the ARK's generation"},
        {{.wrong_issuer_key[RT_SIM_VEK] = true}, "VEK certificate:"},
        {{.ext = {{.arcs = "\x01", .value = {NULL, 0}}}}, "structVersion"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        make(&(const struct bad_snp){.chain = rows[i].chain});
        make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
        cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_SIGNATURE, "row %zu: %s", i,
                     err.detail);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
    }
    make(&(const struct bad_snp){0});
    make_json(NULL);
    g.root.spki_sha256[0] ^= 1;
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_SIGNATURE);
}

static void replace_chain(const int *which, size_t n, const char *tail)
{
    struct ratls_buffer pem = snp_pem(&g.chain, which, n);
    char *quoted = malloc(2 * pem.len + 64);
    size_t at = 0;

    cr_assert(quoted);
    quoted[at++] = '"';
    for (size_t i = 0; i < pem.len; i++) {
        if (pem.p[i] == '\n')
            quoted[at++] = '\\';
        quoted[at++] = pem.p[i] == '\n' ? 'n' : (char)pem.p[i];
    }
    (void)snprintf(quoted + at, 64, "%s\"", tail);
    make_json(&(const struct rt_sim_snp_collateral_knobs){.instead = "vek_issuer_chain",
                                                          .instead_json = quoted});
    free(quoted);
    ratls_buffer_free(&pem);
}

Test(snp_collateral, a_chain_has_two_certificates_in_order)
{
    static const int right[] = {RT_SIM_ASK, RT_SIM_ARK}, reversed[] = {RT_SIM_ARK, RT_SIM_ASK},
                     three[] = {RT_SIM_ASK, RT_SIM_ARK, RT_SIM_ARK};

    replace_chain(right, 2, "");
    cr_expect_eq(read_document(false), RATLS_OK, "%s", err.detail);
    replace_chain(right, 2, " \\n");
    cr_expect_eq(read_document(false), RATLS_OK, "%s", err.detail);
    replace_chain(reversed, 2, "");
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_SIGNATURE);
    replace_chain(right, 1, "");
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_FORMAT);
    replace_chain(three, 3, "");
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_FORMAT);
    replace_chain(right, 2, "x");
    cr_expect_eq(read_document(false), RATLS_E_COLLATERAL_FORMAT);
}

Test(snp_collateral, without_a_list_only_where_revocation_is_not_asked_for)
{
    make_json(&(const struct rt_sim_snp_collateral_knobs){.without = "crl"});
    cr_expect_eq(read_document(true), RATLS_OK, "%s", err.detail);
    make_json(&(const struct rt_sim_snp_collateral_knobs){.by_ask = true});
    cr_expect_eq(read_document(true), RATLS_E_COLLATERAL_SIGNATURE, "a bad list is still bad");
}

Test(snp_collateral, is_told_from_that_of_intel)
{
    cr_expect_not(rt_snp_collateral_recognises(ratls_bytes_str("")));
    cr_expect_not(rt_snp_collateral_recognises(ratls_bytes_str("{}")));
    cr_expect_not(rt_snp_collateral_recognises(ratls_bytes_str("{\"tcb_info\":\"\"}")));
    cr_expect_not(rt_snp_collateral_recognises(ratls_bytes_str("[\"vek_issuer_chain\"]")));
    cr_expect(rt_snp_collateral_recognises(ratls_bytes_str(" {\"vek_issuer_chain\":0}")));
}

Test(snp_collateral, says_what_it_is)
{
    struct ratls_collateral_facts facts;
    struct ratls_trust *t = trust();
    char expected[RATLS_COLLATERAL_NAME_LEN], chip[17];

    make_json(&(const struct rt_sim_snp_collateral_knobs){.number = 300});
    cr_assert_eq(ratls_collateral_check(t, "snp", rt_bytes_of(&json), &facts, &err), RATLS_OK);
    cr_expect_str_eq(facts.name, "snp-milan-vcek");
    cr_expect_eq(facts.number, 300);
    cr_expect_eq(facts.n_issue, 2);
    cr_expect_eq(facts.issue[0], 300);
    cr_expect_lt(facts.begins, snp_now());
    cr_expect_gt(facts.expires, snp_now() + 29 * DAY_S);
    cr_expect_lt(facts.expires, snp_now() + 31 * DAY_S);
    make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
    cr_assert_eq(ratls_collateral_check(t, "snp", rt_bytes_of(&json), &facts, &err), RATLS_OK);
    rt_hex(ratls_bytes(g.platform.chip_id, 8), chip);
    (void)snprintf(expected, sizeof expected, "snp-milan-vcek-%s-04000000000018db", chip);
    cr_expect_str_eq(facts.name, expected);
    ratls_trust_unref(t);
    make(&(const struct bad_snp){.product = "Turin", .vlek = true});
    t = trust();
    make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
    cr_assert_eq(ratls_collateral_check(t, "snp", rt_bytes_of(&json), &facts, &err), RATLS_OK);
    cr_expect_str_eq(facts.name, "snp-turin-vlek");
    ratls_trust_unref(t);
    make(&(const struct bad_snp){.product = "Turin"});
    t = trust();
    make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
    cr_assert_eq(ratls_collateral_check(t, "snp", rt_bytes_of(&json), &facts, &err), RATLS_OK);
    (void)snprintf(expected, sizeof expected, "snp-turin-vcek-%s-0101010400000051", chip);
    cr_expect_str_eq(facts.name, expected);
    ratls_trust_unref(t);
}

/* A CRL number has up to 20 bytes, a fact is a number that may be compared: T130. */
Test(snp_collateral, large_crl_numbers_are_the_largest)
{
    static const struct {
        uint64_t number, shown;
    } rows[] = {{1, 1},
                {UINT64_C(1) << 55, UINT64_C(1) << 55},
                {UINT64_C(1) << 63, INT64_MAX},
                {UINT64_MAX, INT64_MAX}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_collateral_facts facts;
        struct ratls_trust *t = trust();
        make_json(&(const struct rt_sim_snp_collateral_knobs){.number = rows[i].number});
        cr_assert_eq(ratls_collateral_check(t, "snp", rt_bytes_of(&json), &facts, &err), RATLS_OK);
        cr_expect_eq(facts.number, rows[i].shown, "row %zu", i);
        cr_expect_eq(facts.issue[0], (int64_t)rows[i].shown, "row %zu", i);
        ratls_trust_unref(t);
    }
}

/* ---- judging with it ---- */

Test(snp_collateral, a_list_makes_the_status_unrated_and_ends_the_verdict)
{
    const int64_t next = snp_now() + 3 * DAY_S;
    struct ratls_trust *t = trust();

    make_json(&(const struct rt_sim_snp_collateral_knobs){.next_update = next});
    struct outcome o = judge_by(t, &g.evidence, &json);
    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    cr_expect_str_eq(o.status, "unrated");
    cr_expect_eq(o.expires, next);
    o = judge_by(t, &g.evidence, NULL);
    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    cr_expect_str_eq(o.status, "not_evaluated");
    ratls_trust_unref(t);
}

/* The VEK is kept from the first report on. */
Test(snp_collateral, a_kept_certificate_names_its_keys_too)
{
    struct ratls_trust *t = trust();
    struct key_digest due[RT_SIM_SNP_CERTS];

    for (size_t i = 0; i < RT_SIM_SNP_CERTS; i++)
        due[RT_SIM_SNP_CERTS - 1 - i] = digest_of_cert(&g.chain.der[i]);
    make_json(NULL);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    for (int i = 0; i < 3; i++) {
        const struct ratls_appraisal what = {
            .subject = rt_bytes_of(&g.evidence), .now = snp_now(), .authenticity_only = true};
        struct ratls_verdict *v = NULL;
        cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_OK, "%s", ratls_verdict_detail(v));
        expect_evidence_keys(ratls_verdict_claims(v), due, RT_SIM_SNP_CERTS);
        ratls_verdict_unref(v);
    }
    ratls_trust_unref(t);
}

/* T139: what was proven once and kept ends with the root as well. */
Test(snp_collateral, a_stored_root_counts_in_its_time)
{
    const int64_t now = snp_now();
    const struct {
        int64_t now;
        enum ratls_err e;
    } rows[] = {{now - 1, RATLS_E_EVIDENCE_ROOT},
                {now, RATLS_OK},
                {now, RATLS_OK}, /* kept */
                {now + DAY_S, RATLS_OK},
                {now + DAY_S + 1, RATLS_E_EVIDENCE_ROOT},
                {now - 1, RATLS_E_EVIDENCE_ROOT},
                {now, RATLS_OK}};
    const struct stored s = {"snp", "insecure_x", now, now + DAY_S, false};
    char *body =
        body_of_der("insecure_sim_root", "CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_ARK]));
    struct ratls_trust *t;

    for (int with_vek = 0; with_vek < 2; with_vek++) {
        MUST(ratls_trust_new(ratls_env_system(), &t));
        cr_assert_eq(add_stored(anchors_of(t), &s, body, &err), RATLS_OK, "%s", err.detail);
        make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = with_vek});
        MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
        for (size_t i = 0; i < RT_COUNT(rows); i++) {
            struct outcome o =
                judge(t, &(const struct ratls_appraisal){
                             .subject = rt_bytes_of(with_vek ? &g.report : &g.evidence),
                             .now = rows[i].now});
            cr_expect_eq(o.e, rows[i].e, "row %zu: %s", i, o.detail);
            if (o.e == RATLS_OK)
                cr_expect_eq(o.expires, now + DAY_S, "row %zu", i);
        }
        ratls_trust_unref(t);
    }
    free(body);
}

/* T131, T139: dates count at every use, not when the document is read. */
Test(snp_collateral, dates_are_judged_at_every_use)
{
    const int64_t begin = snp_now() - DAY_S, end = snp_now() + DAY_S;
    const struct {
        int64_t now;
        enum ratls_err e;
    } rows[] = {{begin - 1, RATLS_E_COLLATERAL_TIME},
                {begin, RATLS_OK},
                {end, RATLS_OK},
                {end + 1, RATLS_E_COLLATERAL_TIME},
                {begin, RATLS_OK}};
    struct ratls_trust *t = trust();

    make_json(
        &(const struct rt_sim_snp_collateral_knobs){.this_update = begin, .next_update = end});
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct outcome o = judge(t, &(const struct ratls_appraisal){
                                        .subject = rt_bytes_of(&g.evidence), .now = rows[i].now});
        cr_expect_eq(o.e, rows[i].e, "row %zu: %s", i, o.detail);
    }
    ratls_trust_unref(t);
}

Test(snp_collateral, dates_of_a_kept_certificate_are_judged_again)
{
    const int64_t end = snp_now() + 10 * DAY_S;

    make(&(const struct bad_snp){.chain.not_after[RT_SIM_VEK] = end});
    struct ratls_trust *t = trust();
    make_json(NULL);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence)};
    cr_expect_eq(judge(t, &what).e, RATLS_OK);
    what.now = end;
    cr_expect_eq(judge(t, &what).e, RATLS_OK);
    what.now = end + 1;
    cr_expect_eq(judge(t, &what).e, RATLS_E_EVIDENCE_TIME);
    ratls_trust_unref(t);
}

Test(snp_collateral, a_revoked_issuer_is_refused)
{
    for (int vlek = 0; vlek < 2; vlek++) {
        make(&(const struct bad_snp){.vlek = vlek});
        struct ratls_trust *t = trust();
        make_json(&(const struct rt_sim_snp_collateral_knobs){.revoke = true});
        struct outcome o = judge_by(t, &g.evidence, &json);
        cr_expect_eq(o.e, RATLS_E_REVOKED, "%s", o.detail);
        cr_expect_str_eq(o.detail, vlek ? "the ASVK is revoked" : "the ASK is revoked");
        ratls_trust_unref(t);
        t = trust();
        MUST(ratls_trust_insecure_no_crl(t, &err));
        o = judge_by(t, &g.evidence, &json);
        cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
        cr_expect_str_eq(o.status, "unrated");
        ratls_trust_unref(t);
    }
}

/* T130: a revocation stands, in however old a list, whichever comes first. */
Test(snp_collateral, every_list_counts_for_what_it_revokes)
{
    const struct rt_sim_snp_collateral_knobs old = {
        .this_update = PAST, .next_update = PAST + DAY_S, .revoke = true, .number = 1};

    for (int first = 0; first < 2; first++) {
        struct ratls_trust *t = trust();
        make_json(first ? &old : NULL);
        MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
        make_json(first ? NULL : &old);
        MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
        struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence)};
        cr_expect_eq(judge(t, &what).e, RATLS_E_REVOKED, "the old one is document %d", first);
        ratls_trust_unref(t);
    }
}

Test(snp_collateral, the_newest_list_counts_for_its_dates)
{
    struct ratls_trust *t = trust();
    const int64_t now = snp_now();

    make_json(&(const struct rt_sim_snp_collateral_knobs){.this_update = now - 9 * DAY_S,
                                                          .next_update = now - 8 * DAY_S});
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence)};
    cr_expect_eq(judge(t, &what).e, RATLS_E_COLLATERAL_TIME);
    ratls_trust_unref(t);
    t = trust();
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    make_json(NULL);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    cr_expect_eq(judge(t, &what).e, RATLS_OK);
    ratls_trust_unref(t);
}

/* Documents of another generation, under the same root, say nothing of this one. */
Test(snp_collateral, another_generation_is_another_matter)
{
    struct ratls_trust *t = trust();
    struct snp_guest genoa;
    struct ratls_buffer other;

    snp_make(&(const struct bad_snp){.product = "Genoa"}, &genoa);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &genoa.chain, NULL, &other));
    struct outcome o = judge_by(t, &g.evidence, &other);
    cr_expect_eq(o.e, RATLS_E_COLLATERAL_MISMATCH, "%s", o.detail);
    ratls_trust_unref(t);
    t = trust();
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&other), &err));
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&other), &err));
    o = judge_by(t, &g.evidence, NULL);
    cr_expect_eq(o.e, RATLS_E_COLLATERAL_MISSING, "%s", o.detail);
    ratls_trust_unref(t);
    t = trust();
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&other), &err));
    make_json(NULL);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    cr_expect_eq(judge_by(t, &g.evidence, NULL).e, RATLS_OK);
    cr_expect_eq(judge_by(t, &genoa.evidence, NULL).e, RATLS_OK);
    ratls_buffer_free(&other);
    snp_free(&genoa);
    ratls_trust_unref(t);
}

/* AMD gives out two lists by one ARK. */
Test(snp_collateral, the_list_for_the_other_kind_of_key_only_revokes)
{
    struct snp_guest vlek;
    struct ratls_buffer both[2];
    struct rt_sim_snp_chain mixed;
    struct ratls_trust *t = trust();

    snp_make(&(const struct bad_snp){.vlek = true}, &vlek);
    make_json(NULL);
    struct outcome o = judge_by(t, &vlek.evidence, &json);
    cr_expect_eq(o.e, RATLS_E_COLLATERAL_MISMATCH, "%s", o.detail);
    cr_expect_str_eq(o.status, "not_evaluated");
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &vlek.chain, NULL, &both[0]));
    cr_expect_eq(judge_by(t, &vlek.evidence, &both[0]).e, RATLS_OK);
    /* a list that came with the ASK's chain and holds the ASVK: by the serial alone */
    mixed = g.chain;
    mixed.der[RT_SIM_ASK] = vlek.chain.der[RT_SIM_ASK];
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &mixed,
                               &(const struct rt_sim_snp_collateral_knobs){.revoke = true},
                               &both[1]));
    const char *from = strstr((const char *)both[1].p, "\"crl\""), *to = strstr(from, "\"\n");
    const char *usual = strstr((const char *)json.p, "\"crl\"");
    struct rt_writer w = {0};
    rt_put(&w, json.p, (size_t)(usual - (const char *)json.p));
    rt_put(&w, from, (size_t)(to + 1 - from));
    rt_put(&w, "}", 1);
    const struct ratls_bytes documents[] = {rt_bytes_of(&both[0]), rt_written(&w)};
    for (size_t n = 0; n < 2; n++) {
        o = judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(&vlek.evidence),
                                                     .collateral = documents + n,
                                                     .n_collateral = 2 - n});
        cr_expect_eq(o.e, RATLS_E_REVOKED, "%s", o.detail);
    }
    o = judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(&g.evidence),
                                                 .collateral = documents,
                                                 .n_collateral = 2});
    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    rt_writer_free(&w);
    ratls_buffer_free(&both[0]);
    ratls_buffer_free(&both[1]);
    snp_free(&vlek);
    ratls_trust_unref(t);
}

/* Two machines may bear the same names: keys tell them apart. */
Test(snp_collateral, lists_of_another_ark_of_the_same_name_do_not_count)
{
    const struct rt_sim_snp_keys swapped = {
        .ark = snp_keys.ask, .ask = snp_keys.ark, .vek = snp_keys.vek};
    struct rt_sim_snp_chain other;
    struct ratls_buffer pem;
    struct ratls_trust *t = trust();

    MUST(rt_sim_snp_chain_make(ratls_env_system(), &swapped, &g.platform, NULL, &other));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&other.der[RT_SIM_ARK]), &pem));
    MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err));
    ratls_buffer_free(&json);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &swapped, &other,
                               &(const struct rt_sim_snp_collateral_knobs){.revoke = true}, &json));
    struct outcome o = judge_by(t, &g.evidence, &json);
    cr_expect_eq(o.e, RATLS_E_COLLATERAL_MISMATCH, "%s", o.detail);
    rt_sim_snp_chain_free(&other);
    ratls_buffer_free(&pem);
    ratls_trust_unref(t);
}
