/* SEV-SNP: prove the report, then say what it holds. */
#include "snp_verify.h"

#include "claims.h"
#include "evidence_keys.h"
#include "snp.h"

/* ---- the report itself ---- */

static enum ratls_err contradiction(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "SNP report: %s", what);
}

static uint32_t order(const struct rt_snp_firmware *f)
{
    return (uint32_t)f->major << 16 | (uint32_t)f->minor << 8 | f->build;
}

/* AMD 56860 1.58, s.3.3: what is reported and committed is at most what runs. */
static enum ratls_err check_versions(const struct rt_snp_report *r, enum rt_snp_product p,
                                     struct ratls_error *err)
{
    struct rt_snp_tcb tcb[RT_SNP_TCBS];

    for (size_t i = 0; i < RT_SNP_TCBS; i++)
        if (!rt_snp_tcb_read(p, r->tcb[i], &tcb[i]))
            return contradiction(err, "a reserved part of a TCB version is not zero");
    if (!rt_snp_tcb_covers(&tcb[RT_SNP_CURRENT], &tcb[RT_SNP_REPORTED]))
        return contradiction(err, "the reported TCB is above the current one");
    if (!rt_snp_tcb_covers(&tcb[RT_SNP_CURRENT], &tcb[RT_SNP_COMMITTED]))
        return contradiction(err, "the committed TCB is above the current one");
    if (order(&r->committed) > order(&r->current))
        return contradiction(err, "the committed firmware is newer than the current one");
    return RATLS_OK;
}

static enum ratls_err check_signature(const struct rt_snp_report *r, const struct rt_snp_vek *v,
                                      struct ratls_error *err)
{
    enum ratls_err e = rt_verify_raw(RT_P384, v->cert.key.point, RT_SHA384, r->signed_part,
                                     ratls_bytes(r->signature, sizeof r->signature));

    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "the report's signature could not be checked");
    return e ? ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE, "the report is not signed by its VEK")
             : RATLS_OK;
}

/* ---- the verifier ---- */

static void unjudged_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
}

/* CRLs are signed by the ARK as well. */
static enum ratls_err key_claims(const struct rt_snp_work *w)
{
    const struct ratls_bytes none = ratls_bytes(NULL, 0);
    const struct ratls_bytes keys[] = {
        w->vek ? w->vek->cert.spki : none,
        w->ca.issuer ? w->ca.issuer->spki : none,
        w->ca.ark->spki,
    };

    return rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, RT_COUNT(keys)}, w->err);
}

static enum ratls_err prove(struct rt_snp_work *w, const struct rt_snp_report *r)
{
    enum ratls_err e;

    if ((e = rt_snp_choose_vek(w, r)) != RATLS_OK)
        return e;
    rt_snp_vek_claims(w->vek, w->claims);
    rt_snp_product_claims(r, w->vek->product, w->claims);
    if ((e = check_versions(r, w->vek->product, w->err)) != RATLS_OK ||
        (e = rt_snp_prove_vek(w)) != RATLS_OK ||
        (e = check_signature(r, w->vek, w->err)) != RATLS_OK)
        return e;
    rt_snp_keep_vek(w);
    e = rt_snp_judge_revocation(w);
    return e ? e : key_claims(w);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct rt_snp_work w = {.input = input, .claims = claims, .err = err};
    struct rt_snp_report report;
    struct ratls_bytes table;
    enum ratls_err e = rt_snp_report_parse(input->evidence, &report, &table, err);

    if (e)
        return e;
    unjudged_claims(claims);
    rt_snp_report_claims(&report, claims);
    if (input->event_log.p || input->ima_log.p) /* ignored would look like a match */
        return ratls_fail(err, RATLS_E_EVENT_LOG, "a report of SNP has no event log");
    e = rt_snp_certs_open(&w.certs, table, input->certs, err);
    if (e == RATLS_OK)
        e = prove(&w, &report);
    rt_snp_work_free(&w);
    return e ? e : ratls_claims_status(claims);
}

/* Certificates and revocation lists without a report. */
static enum ratls_err endorsements(const struct ratls_verify_input *input,
                                   struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_snp_work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = rt_snp_certs_open(&w.certs, ratls_bytes(NULL, 0), input->certs, err);

    (void)ratls_claims_set_text(claims, "tee", "snp");
    unjudged_claims(claims);
    if (e == RATLS_OK)
        e = rt_snp_choose_any(&w);
    if (e == RATLS_OK && w.vek)
        rt_snp_vek_claims(w.vek, claims);
    if (e == RATLS_OK)
        e = rt_snp_prove_vek(&w);
    if (e == RATLS_OK)
        e = rt_snp_judge_revocation(&w);
    if (e == RATLS_OK)
        e = key_claims(&w);
    rt_snp_work_free(&w);
    return e ? e : ratls_claims_status(claims);
}

/* Without a VEK nothing is known of the generation, if the report does not say it itself. */
static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    const struct ratls_verify_input input = {.size = sizeof input};
    struct rt_snp_work w = {.input = &input, .claims = claims};
    struct rt_snp_report r;
    struct ratls_bytes table;
    enum rt_snp_product p;
    enum ratls_err e = rt_snp_report_parse(evidence, &r, &table, err);

    if (e)
        return e;
    unjudged_claims(claims);
    rt_snp_report_claims(&r, claims);
    if ((e = rt_snp_certs_open(&w.certs, table, input.certs, err)) == RATLS_OK) {
        bool known = r.has_cpuid && rt_snp_product_of_cpuid(r.cpu_family, r.cpu_model, &p);
        if (rt_snp_choose_vek(&w, &r) == RATLS_OK) {
            p = w.vek->product;
            known = true;
            rt_snp_vek_claims(w.vek, claims);
            (void)ratls_claims_set_bool(claims, "simulated", rt_x509_is_simulated(&w.vek->cert));
        }
        if (known)
            rt_snp_product_claims(&r, p, claims);
    }
    rt_snp_work_free(&w);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_snp = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "snp",
    .media_type = "application/vnd.ratls.snp",
    .recognises = rt_snp_recognises,
    .describe = describe,
    .verify = verify,
    .endorsements = endorsements,
    .pins = rt_snp_pins,
    .n_pins = RT_SNP_PRODUCTS,
    .collateral_recognises = rt_snp_collateral_recognises,
    .collateral_new = rt_snp_collateral_new,
    .collateral_free = rt_snp_collateral_free,
    .collateral_facts = rt_snp_collateral_facts,
};
