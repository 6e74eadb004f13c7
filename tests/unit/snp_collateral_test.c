/* Collateral of AMD's key service: what is refused when it is read, revocation and dates, where
 * certificates come from, endorsements alone. */
#include "cert_table.h"
#include "certs.h"
#include "ratls/collateral.h"
#include "snp_collateral.h"
#include "snp_support.h"
#include "trust.h"

static struct snp_guest g;
static struct ratls_buffer json, root_pem;
static struct ratls_error err;

static void make(const struct bad_snp *plan)
{
    snp_free(&g);
    snp_make(plan, &g);
    ratls_buffer_free(&root_pem);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_ARK]), &root_pem));
}

static void setup(void)
{
    snp_open_keys();
    make(&(const struct bad_snp){0});
}

static void teardown(void)
{
    snp_free(&g);
    snp_close_keys();
    ratls_buffer_free(&json);
    ratls_buffer_free(&root_pem);
}

TestSuite(snp_collateral, .init = setup, .fini = teardown, .timeout = 120);

static void make_json(const struct rt_sim_snp_collateral_knobs *knobs)
{
    ratls_buffer_free(&json);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &g.chain, knobs, &json));
}

static struct ratls_trust *trust(void)
{
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root_pem), &err), RATLS_OK,
                 "%s", err.detail);
    return t;
}

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

struct outcome {
    enum ratls_err e;
    char detail[RATLS_ERROR_DETAIL_MAX], status[32];
    int64_t expires;
};

static struct outcome judge(const struct ratls_trust *t, const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct outcome o = {0};
    struct ratls_verdict *v = NULL;

    what.authenticity_only = true;
    what.now = what.now ? what.now : snp_now();
    o.e = ratls_appraise(t, &what, &v);
    (void)snprintf(o.detail, sizeof o.detail, "%s", ratls_verdict_detail(v));
    (void)snprintf(o.status, sizeof o.status, "%s", ratls_verdict_tcb_status(v));
    o.expires = ratls_verdict_expires(v);
    ratls_verdict_unref(v);
    return o;
}

static struct outcome judge_by(const struct ratls_trust *t, const struct ratls_buffer *evidence,
                               const struct ratls_buffer *document)
{
    const struct ratls_bytes one = document ? rt_bytes_of(document) : ratls_bytes(NULL, 0);

    return judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(evidence),
                                                    .collateral = &one,
                                                    .n_collateral = document ? 1 : 0});
}

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

/* A revocation stands, in however old a list. */
Test(snp_collateral, every_list_counts_for_what_it_revokes)
{
    struct ratls_trust *t = trust();

    make_json(NULL);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    make_json(&(const struct rt_sim_snp_collateral_knobs){
        .this_update = PAST, .next_update = PAST + DAY_S, .revoke = true, .number = 1});
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&json), &err));
    struct ratls_appraisal what = {.subject = rt_bytes_of(&g.evidence)};
    cr_expect_eq(judge(t, &what).e, RATLS_E_REVOKED);
    ratls_trust_unref(t);
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

/* ---- where certificates come from ---- */

static struct outcome judge_bare(const struct ratls_trust *t, const struct ratls_buffer *pem,
                                 bool with_document)
{
    const struct ratls_bytes one = rt_bytes_of(&json);

    return judge(
        t, &(const struct ratls_appraisal){.subject = rt_bytes_of(&g.report),
                                           .certs = pem ? rt_bytes_of(pem) : ratls_bytes(NULL, 0),
                                           .collateral = &one,
                                           .n_collateral = with_document});
}

Test(snp_collateral, certificates_come_from_wherever_they_are)
{
    static const int all[] = {RT_SIM_ARK, RT_SIM_ASK, RT_SIM_VEK}, vek[] = {RT_SIM_VEK};
    struct ratls_trust *t = trust();
    struct ratls_buffer chain = snp_pem(&g.chain, all, 3), leaf = snp_pem(&g.chain, vek, 1);

    cr_expect_eq(judge_bare(t, NULL, false).e, RATLS_E_COLLATERAL_MISSING);
    cr_expect_eq(judge_bare(t, &leaf, false).e, RATLS_E_COLLATERAL_MISSING);
    cr_expect_eq(judge_bare(t, &chain, false).e, RATLS_OK, "in any order");
    make_json(NULL);
    cr_expect_eq(judge_bare(t, NULL, true).e, RATLS_E_COLLATERAL_MISSING);
    cr_expect_eq(judge_bare(t, &leaf, true).e, RATLS_OK);
    make_json(&(const struct rt_sim_snp_collateral_knobs){.with_vek = true});
    cr_expect_eq(judge_bare(t, NULL, true).e, RATLS_OK);
    ratls_buffer_free(&chain);
    ratls_buffer_free(&leaf);
    ratls_trust_unref(t);
}

/* A host may hand over a certificate of before a firmware update: one that fits is enough. */
Test(snp_collateral, the_certificate_that_fits_is_used)
{
    static const int all[] = {RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK};
    struct rt_sim_snp_platform old = g.platform;
    struct rt_sim_snp_chain stale;
    struct ratls_buffer mixed, fitting = snp_pem(&g.chain, all, 3);
    struct ratls_trust *t = trust();

    old.tcb[7]--;
    MUST(rt_sim_snp_chain_make(ratls_env_system(), &snp_keys, &old, NULL, &stale));
    MUST(rt_sim_snp_extend(rt_bytes_of(&g.report), false, &stale, &mixed));
    struct ratls_appraisal what = {.subject = rt_bytes_of(&mixed)};
    struct outcome o = judge(t, &what);
    cr_expect_eq(o.e, RATLS_E_ENDORSEMENT, "%s", o.detail);
    what.certs = rt_bytes_of(&fitting);
    o = judge(t, &what);
    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    rt_sim_snp_chain_free(&stale);
    ratls_buffer_free(&mixed);
    ratls_buffer_free(&fitting);
    ratls_trust_unref(t);
}

static struct ratls_buffer with_table(const struct ratls_buffer *ask)
{
    struct rt_cert_table table = {0};
    struct rt_writer w = {0};
    struct ratls_buffer out;

    table.cert[RT_CERT_VCEK] = rt_bytes_of(&g.chain.der[RT_SIM_VEK]);
    table.cert[RT_CERT_ASK] = rt_bytes_of(ask);
    table.cert[RT_CERT_ARK] = rt_bytes_of(&g.chain.der[RT_SIM_ARK]);
    rt_put_bytes(&w, rt_bytes_of(&g.report));
    rt_cert_table_write(&table, &w);
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* Hosts hand over what their operators put there, such as the PEM text of the key service. */
Test(snp_collateral, a_table_may_hold_pem)
{
    static const int chain[] = {RT_SIM_ASK, RT_SIM_ARK};
    int many[RT_SNP_MAX_CERTS];
    struct ratls_trust *t = trust();
    struct ratls_buffer pem = snp_pem(&g.chain, chain, 2), evidence = with_table(&pem);
    struct outcome o = judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(&evidence)});

    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&evidence);
    for (size_t extra = 2; extra > 0; extra--) { /* VCEK and ARK are two more */
        for (size_t i = 0; i < RT_SNP_MAX_CERTS; i++)
            many[i] = RT_SIM_ASK;
        pem = snp_pem(&g.chain, many, RT_SNP_MAX_CERTS - 3 + extra);
        evidence = with_table(&pem);
        o = judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(&evidence)});
        cr_expect_eq(o.e, extra == 2 ? RATLS_E_EVIDENCE_CHAIN : RATLS_OK, "%s", o.detail);
        ratls_buffer_free(&pem);
        ratls_buffer_free(&evidence);
    }
    ratls_trust_unref(t);
}

Test(snp_collateral, refuses_malformed_certificates_beside_the_evidence)
{
    struct ratls_trust *t = trust();
    struct rt_writer w = {0};
    struct ratls_buffer pem = {0};

    struct ratls_buffer broken = {.p = (uint8_t *)"-----BEGIN CERTIFICATE-----\nx", .len = 29};
    cr_expect_eq(judge_bare(t, &broken, false).e, RATLS_E_EVIDENCE_CHAIN);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_ARK]), &pem));
    for (int i = 0; i < 17; i++)
        rt_put_bytes(&w, rt_bytes_of(&pem));
    struct ratls_buffer many = {.p = w.p, .len = w.len};
    struct outcome o = judge_bare(t, &many, false);
    cr_expect_eq(o.e, RATLS_E_EVIDENCE_CHAIN);
    cr_expect(strstr(o.detail, "more than 16"), "%s", o.detail);
    ratls_buffer_free(&pem);
    rt_writer_free(&w);
    ratls_trust_unref(t);
}

/* ---- lists beside the evidence, endorsements alone ---- */

static struct ratls_buffer crl_of(const struct rt_sim_snp_collateral_knobs *knobs)
{
    struct ratls_buffer der = {0};

    make_json(knobs);
    const char *hex = strstr((const char *)json.p, "\"crl\": \"") + 8;
    size_t len = strcspn(hex, "\"");
    der.p = malloc(len / 2);
    der.len = len / 2;
    cr_assert(der.p && rt_unhex(hex, len, der.p, &der.len));
    return der;
}

static struct outcome judge_lists(const struct ratls_trust *t, const struct ratls_buffer *list,
                                  size_t n)
{
    struct ratls_bytes crls[17];

    for (size_t i = 0; i < RT_COUNT(crls); i++)
        crls[i] = rt_bytes_of(&list[i == 1 && n > 1]);

    return judge(t, &(const struct ratls_appraisal){
                        .subject = rt_bytes_of(&g.evidence), .crls = crls, .n_crls = n});
}

Test(snp_collateral, a_list_beside_the_evidence_counts_like_one_of_collateral)
{
    struct ratls_trust *t = trust();
    struct ratls_buffer list[2] = {crl_of(NULL), crl_of(NULL)};
    struct outcome o = judge_lists(t, list, 1);

    cr_expect_eq(o.e, RATLS_OK, "%s", o.detail);
    cr_expect_str_eq(o.status, "unrated");
    ratls_buffer_free(&list[1]);
    list[1] = crl_of(&(const struct rt_sim_snp_collateral_knobs){
        .this_update = PAST, .next_update = PAST + DAY_S, .revoke = true});
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_E_REVOKED);
    cr_expect_eq(judge_lists(t, list + 1, 1).e, RATLS_E_REVOKED);
    ratls_buffer_free(&list[1]);
    list[1] = crl_of(&(const struct rt_sim_snp_collateral_knobs){.this_update = PAST,
                                                                 .next_update = PAST + DAY_S});
    cr_expect_eq(judge_lists(t, list + 1, 1).e, RATLS_E_COLLATERAL_TIME);
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_OK);
    ratls_buffer_free(&list[1]);
    list[1] = crl_of(&(const struct rt_sim_snp_collateral_knobs){.by_ask = true});
    cr_expect_eq(judge_lists(t, list + 1, 1).e, RATLS_E_COLLATERAL_SIGNATURE);
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_E_COLLATERAL_SIGNATURE);
    ratls_buffer_free(&list[1]);
    list[1] = crl_of(&(const struct rt_sim_snp_collateral_knobs){.by_ec = true});
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_E_COLLATERAL_SIGNATURE);
    ratls_buffer_free(&list[1]);
    list[1] = crl_of(&(const struct rt_sim_snp_collateral_knobs){.wrong_issuer_name = true});
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_OK, "of somebody else");
    cr_expect_eq(judge_lists(t, list + 1, 1).e, RATLS_E_COLLATERAL_MISMATCH);
    list[1].p[0] ^= 1;
    cr_expect_eq(judge_lists(t, list, 2).e, RATLS_E_COLLATERAL_FORMAT);
    cr_expect_eq(judge_lists(t, list, 17).e, RATLS_E_LIMIT);
    list[1].p[0] ^= 1;
    cr_expect_eq(judge_lists(t, list, 16).e, RATLS_OK);
    ratls_buffer_free(&list[0]);
    ratls_buffer_free(&list[1]);
    ratls_trust_unref(t);
}

static struct outcome judge_alone(const struct ratls_trust *t, const int *which, size_t n,
                                  const struct ratls_buffer *crl)
{
    struct ratls_buffer pem = snp_pem(&g.chain, which, n);
    const struct ratls_bytes one = crl ? rt_bytes_of(crl) : ratls_bytes(NULL, 0);
    struct outcome o = judge(
        t, &(const struct ratls_appraisal){
               .tee = "snp", .certs = rt_bytes_of(&pem), .crls = &one, .n_crls = crl ? 1 : 0});

    ratls_buffer_free(&pem);
    return o;
}

Test(snp_collateral, certificates_are_judged_alone)
{
    static const int chain[] = {RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK},
                     no_ask[] = {RT_SIM_VEK, RT_SIM_ARK},
                     two[] = {RT_SIM_VEK, RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK};
    struct ratls_trust *t = trust();
    struct ratls_buffer crl = crl_of(NULL),
                        revoked =
                            crl_of(&(const struct rt_sim_snp_collateral_knobs){.revoke = true});

    cr_expect_eq(judge_alone(t, chain, 3, NULL).e, RATLS_OK);
    cr_expect_str_eq(judge_alone(t, chain, 3, &crl).status, "unrated");
    cr_expect_eq(judge_alone(t, chain + 1, 2, &crl).e, RATLS_OK, "ASK and ARK");
    cr_expect_eq(judge_alone(t, chain + 2, 1, &crl).e, RATLS_OK, "ARK and list");
    cr_expect_eq(judge_alone(t, chain + 2, 1, &revoked).e, RATLS_OK, "who is listed is not there");
    cr_expect_eq(judge_alone(t, chain, 3, &revoked).e, RATLS_E_REVOKED);
    cr_expect_eq(judge_alone(t, chain + 1, 2, &revoked).e, RATLS_E_REVOKED);
    cr_expect_eq(judge_alone(t, no_ask, 2, NULL).e, RATLS_E_COLLATERAL_MISSING);
    cr_expect_eq(judge_alone(t, chain, 2, NULL).e, RATLS_E_COLLATERAL_MISSING);
    cr_expect_eq(judge_alone(t, two, 4, NULL).e, RATLS_E_EVIDENCE_CHAIN);
    cr_expect_eq(judge_alone(t, NULL, 0, &crl).e, RATLS_E_COLLATERAL_MISSING);
    ratls_buffer_free(&crl);
    ratls_buffer_free(&revoked);
    ratls_trust_unref(t);
}

/* No policy can be asked about a TEE that is not there. */
Test(snp_collateral, certificates_alone_need_a_tee_and_no_policy)
{
    static const int chain[] = {RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK};
    struct ratls_buffer pem = snp_pem(&g.chain, chain, 3);
    struct ratls_appraisal what = {
        .tee = "snp", .certs = rt_bytes_of(&pem), .now = snp_now(), .authenticity_only = true};
    struct ratls_trust *t = trust();
    struct ratls_verdict *v = NULL;

    MUST(ratls_trust_use_default_policy(t, &err));
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_OK);
    ratls_verdict_unref(v);
    what.authenticity_only = false;
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_USAGE);
    ratls_verdict_unref(v);
    what.authenticity_only = true;
    what.tee = NULL;
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_USAGE);
    ratls_verdict_unref(v);
    what.tee = "tdx";
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_UNSUPPORTED);
    ratls_verdict_unref(v);
    what.tee = "snp";
    what.certs = ratls_bytes(NULL, 0);
    cr_expect_eq(ratls_appraise(t, &what, &v), RATLS_E_NO_EVIDENCE);
    ratls_verdict_unref(v);
    ratls_buffer_free(&pem);
    ratls_trust_unref(t);
}

/* What was proven once is not proven again: a VEK whose signature nobody made is accepted only when
 * it was put there, and its dates still count. */
Test(snp_collateral, a_kept_certificate_is_not_proven_again)
{
    struct ratls_collateral_input in = {.size = sizeof in, .roots = &g.root, .n_roots = 1};
    struct rt_snp_vek *vek;
    void *kept = NULL;

    make_json(NULL);
    in.document = rt_bytes_of(&json);
    MUST(rt_snp_collateral_new(&in, &kept, &err));
    make(&(const struct bad_snp){.chain.wrong_issuer_key[RT_SIM_VEK] = true});
    const void *const list[] = {kept};
    struct ratls_verify_input input = {.size = sizeof input,
                                       .evidence = rt_bytes_of(&g.evidence),
                                       .roots = &g.root,
                                       .n_roots = 1,
                                       .now = snp_now(),
                                       .collateral = list,
                                       .n_collateral = 1};
    struct ratls_claims *claims = ratls_claims_new();
    cr_expect_eq(rt_verifier_snp.verify(&input, claims, NULL), RATLS_E_EVIDENCE_CHAIN);
    MUST(rt_snp_vek_new(rt_bytes_of(&g.chain.der[RT_SIM_VEK]), &vek, &err));
    rt_kept_cache_put(((struct rt_snp_collateral *)kept)->veks, &vek->kept);
    cr_expect_eq(rt_verifier_snp.verify(&input, claims, NULL), RATLS_OK);
    input.now = vek->cert.not_after + 1;
    cr_expect_eq(rt_verifier_snp.verify(&input, claims, NULL), RATLS_E_EVIDENCE_TIME);
    rt_snp_vek_unref(vek);
    ratls_claims_free(claims);
    rt_snp_collateral_free(kept);
}

/* Only after it proved a whole report. */
Test(snp_collateral, a_certificate_is_kept_after_it_proved_a_report)
{
    struct ratls_collateral_input in = {.size = sizeof in, .roots = &g.root, .n_roots = 1};
    void *kept = NULL;

    make_json(NULL);
    in.document = rt_bytes_of(&json);
    MUST(rt_snp_collateral_new(&in, &kept, &err));
    const void *const list[] = {kept};
    struct ratls_verify_input input = {.size = sizeof input,
                                       .evidence = rt_bytes_of(&g.evidence),
                                       .roots = &g.root,
                                       .n_roots = 1,
                                       .now = snp_now(),
                                       .collateral = list,
                                       .n_collateral = 1};
    for (int good = 0; good < 2; good++) {
        struct ratls_claims *claims = ratls_claims_new();
        g.evidence.p[0x50] ^= 1; /* report data: wrong the first time, right the second */
        cr_expect_eq(rt_verifier_snp.verify(&input, claims, NULL),
                     good ? RATLS_OK : RATLS_E_EVIDENCE_SIGNATURE);
        struct rt_kept *found = rt_kept_cache_get(((struct rt_snp_collateral *)kept)->veks,
                                                  rt_bytes_of(&g.chain.der[RT_SIM_VEK]));
        cr_expect_eq(found != NULL, good);
        rt_kept_unref(found);
        ratls_claims_free(claims);
    }
    rt_snp_collateral_free(kept);
}
