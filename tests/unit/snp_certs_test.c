/* SEV-SNP: where certificates come from and which of them count, lists beside the evidence,
 * endorsements alone, certificates that are kept. */
#include "cert_table.h"
#include "certs.h"
#include "snp_collateral.h"
#include "snp_judge.h"

TestSuite(snp_certs, .init = setup, .fini = teardown, .timeout = 120);

/* ---- where they come from ---- */

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

Test(snp_certs, certificates_come_from_wherever_they_are)
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
Test(snp_certs, the_certificate_that_fits_is_used)
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
Test(snp_certs, a_table_may_hold_pem)
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

Test(snp_certs, refuses_malformed_certificates_beside_the_evidence)
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

Test(snp_certs, a_list_beside_the_evidence_counts_like_one_of_collateral)
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

Test(snp_certs, certificates_are_judged_alone)
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
Test(snp_certs, certificates_alone_need_a_tee_and_no_policy)
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

/* Free with rt_snp_collateral_free(). */
static void *keep_collateral(void)
{
    struct ratls_collateral_input in = {.size = sizeof in, .roots = &g.root, .n_roots = 1};
    void *kept = NULL;

    make_json(NULL);
    in.document = rt_bytes_of(&json);
    MUST(rt_snp_collateral_new(&in, &kept, &err));
    return kept;
}

static struct ratls_verify_input input_with(void *const *kept)
{
    return (struct ratls_verify_input){.size = sizeof(struct ratls_verify_input),
                                       .evidence = rt_bytes_of(&g.evidence),
                                       .roots = &g.root,
                                       .n_roots = 1,
                                       .now = snp_now(),
                                       .collateral = (const void *const *)kept,
                                       .n_collateral = 1};
}

/* What was proven once is not proven again: a VEK whose signature nobody made is accepted only when
 * it was put there, and its dates still count. */
Test(snp_certs, a_kept_certificate_is_not_proven_again)
{
    struct rt_snp_vek *vek;
    void *kept = keep_collateral();

    make(&(const struct bad_snp){.chain.wrong_issuer_key[RT_SIM_VEK] = true});
    struct ratls_verify_input input = input_with(&kept);
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
Test(snp_certs, a_certificate_is_kept_after_it_proved_a_report)
{
    void *kept = keep_collateral();
    const struct ratls_verify_input input = input_with(&kept);

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

/* ---- several candidates ---- */

static struct ratls_buffer garbage(void)
{
    struct ratls_buffer pem;

    MUST(rt_pem_write("CERTIFICATE", ratls_bytes_str("no certificate"), &pem));
    return pem;
}

static struct ratls_buffer joined(const struct ratls_buffer *a, const struct ratls_buffer *b)
{
    struct rt_writer w = {0};
    struct ratls_buffer out;

    rt_put_bytes(&w, rt_bytes_of(a));
    rt_put_bytes(&w, rt_bytes_of(b));
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* What cannot be read is passed over beside a report, where the rest is enough, and refused where
 * certificates are all there is to judge. */
Test(snp_certs, one_that_cannot_be_read_is_no_help)
{
    static const int chain[] = {RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK};
    struct ratls_buffer good = snp_pem(&g.chain, chain, 3), bad = garbage(),
                        first = joined(&bad, &good), last = joined(&good, &bad);
    struct ratls_trust *t = trust();
    struct ratls_appraisal alone = {.tee = "snp", .certs = rt_bytes_of(&last)};

    cr_expect_eq(judge_bare(t, &first, false).e, RATLS_OK);
    cr_expect_eq(judge_bare(t, &last, false).e, RATLS_OK);
    cr_expect_eq(judge_bare(t, &bad, false).e, RATLS_E_EVIDENCE_CHAIN);
    cr_expect_eq(judge(t, &alone).e, RATLS_E_EVIDENCE_CHAIN);
    alone.certs = rt_bytes_of(&good);
    cr_expect_eq(judge(t, &alone).e, RATLS_OK);
    ratls_buffer_free(&good);
    ratls_buffer_free(&bad);
    ratls_buffer_free(&first);
    ratls_buffer_free(&last);
    ratls_trust_unref(t);
}

Test(snp_certs, a_flawed_vek_alone_is_not_left_out)
{
    static const int chain[] = {RT_SIM_VEK, RT_SIM_ASK, RT_SIM_ARK};

    make(&(const struct bad_snp){.chain.ext = {{.arcs = "\x01", .value = {NULL, 0}}}});
    struct ratls_trust *t = trust();
    struct outcome o = judge_alone(t, chain, 3, NULL);
    cr_expect_eq(o.e, RATLS_E_EVIDENCE_CHAIN, "%s", o.detail);
    cr_expect(strstr(o.detail, "structVersion"), "%s", o.detail);
    ratls_trust_unref(t);
}

/* AMD replaced the ASK of Genoa: two keys of one name. The one that signed is found, whatever the
 * order of the documents. */
Test(snp_certs, issuers_of_one_name_are_told_by_their_keys)
{
    static const int vek[] = {RT_SIM_VEK};
    const struct rt_sim_snp_keys swapped = {
        .ark = snp_keys.ask, .ask = snp_keys.ark, .vek = snp_keys.vek};
    struct rt_sim_snp_chain other;
    struct ratls_buffer pem, foreign, leaf = snp_pem(&g.chain, vek, 1);

    MUST(rt_sim_snp_chain_make(ratls_env_system(), &swapped, &g.platform, NULL, &other));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&other.der[RT_SIM_ARK]), &pem));
    MUST(rt_sim_snp_collateral(ratls_env_system(), &swapped, &other, NULL, &foreign));
    make_json(NULL);
    for (int order = 0; order < 2; order++) {
        const struct ratls_bytes documents[] = {rt_bytes_of(order ? &foreign : &json),
                                                rt_bytes_of(order ? &json : &foreign)};
        struct ratls_trust *t = trust();
        MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err));
        struct ratls_appraisal what = {.subject = rt_bytes_of(&g.report),
                                       .certs = rt_bytes_of(&leaf),
                                       .collateral = documents,
                                       .n_collateral = 2};
        struct outcome o = judge(t, &what);
        cr_expect_eq(o.e, RATLS_OK, "order %d: %s", order, o.detail);
        what.collateral = documents + !order;
        what.n_collateral = 1;
        o = judge(t, &what);
        cr_expect_eq(o.e, RATLS_E_EVIDENCE_CHAIN, "the other alone: %s", o.detail);
        ratls_trust_unref(t);
    }
    rt_sim_snp_chain_free(&other);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&foreign);
    ratls_buffer_free(&leaf);
}

/* The same without collateral: ASKs and ARKs of one name, in both orders. */
Test(snp_certs, the_issuer_that_signed_is_found_among_the_certificates)
{
    static const int leaf[] = {RT_SIM_VEK}, cas[] = {RT_SIM_ASK, RT_SIM_ARK};
    const struct rt_sim_snp_keys swapped = {
        .ark = snp_keys.ask, .ask = snp_keys.ark, .vek = snp_keys.vek};
    struct rt_sim_snp_chain other;
    struct ratls_buffer pem, vek = snp_pem(&g.chain, leaf, 1), own = snp_pem(&g.chain, cas, 2);

    MUST(rt_sim_snp_chain_make(ratls_env_system(), &swapped, &g.platform, NULL, &other));
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&other.der[RT_SIM_ARK]), &pem));
    struct ratls_buffer foreign = snp_pem(&other, cas, 2);
    for (int order = 0; order < 2; order++) {
        struct ratls_buffer both = order ? joined(&foreign, &own) : joined(&own, &foreign),
                            all = joined(&vek, &both), wrong = joined(&vek, &foreign);
        struct ratls_trust *t = trust();
        MUST(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&pem), &err));
        struct outcome o = judge_bare(t, &all, false);
        cr_expect_eq(o.e, RATLS_OK, "order %d: %s", order, o.detail);
        o = judge_bare(t, &wrong, false);
        cr_expect_eq(o.e, RATLS_E_EVIDENCE_CHAIN, "%s", o.detail);
        ratls_buffer_free(&both);
        ratls_buffer_free(&all);
        ratls_buffer_free(&wrong);
        ratls_trust_unref(t);
    }
    rt_sim_snp_chain_free(&other);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&vek);
    ratls_buffer_free(&own);
    ratls_buffer_free(&foreign);
}

/* A document of another generation is no chain of this VEK. */
Test(snp_certs, issuers_of_another_name_are_not_tried)
{
    static const int vek[] = {RT_SIM_VEK};
    struct ratls_buffer leaf = snp_pem(&g.chain, vek, 1);
    struct snp_guest genoa;
    struct ratls_trust *t = trust();

    snp_make(&(const struct bad_snp){.product = "Genoa"}, &genoa);
    ratls_buffer_free(&json);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &genoa.chain, NULL, &json));
    cr_expect_eq(judge_bare(t, &leaf, true).e, RATLS_E_COLLATERAL_MISSING);
    ratls_buffer_free(&leaf);
    snp_free(&genoa);
    ratls_trust_unref(t);
}
