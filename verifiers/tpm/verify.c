/* A plain TPM quote: find out by what its key is trusted, then what the quote says. */
#include "ak.h"
#include "tpm_logs.h"
#include "tpm.h"

enum { SELECTION_LEN = RT_TPM_PCRS / 8 };

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_tpm_evidence evidence;
    struct rt_tpm_ak ak;
    struct rt_tpm_pool pool;
};

/* ---- claims ---- */

/* Which PCRs, then their digest: that alone says as much of a PCR that anybody may reset and extend
 * as of the firmware's. */
static void measurement_claim(const struct rt_tpm_quote *q, struct ratls_claims *claims)
{
    uint8_t measurement[SELECTION_LEN + RT_SHA256_LEN];

    for (size_t i = 0; i < SELECTION_LEN; i++)
        measurement[i] = (uint8_t)(q->selected >> 8 * i);
    memcpy(measurement + SELECTION_LEN, q->pcr_digest.p, RT_SHA256_LEN);
    (void)ratls_claims_set_hex(claims, "measurement", ratls_bytes(measurement, sizeof measurement));
}

/* A TPM has no debug mode that a quote could show, and nobody publishes levels of its firmware. */
static enum ratls_err evidence_claims(struct work *w)
{
    struct rt_tpm_quoted *q = &w->evidence.quoted;
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    enum ratls_err e;

    (void)ratls_claims_set_text(w->claims, "tee", "tpm");
    (void)ratls_claims_set_text(w->claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(w->claims, "advisory_ids", NULL);
    (void)ratls_claims_set_bool(w->claims, "debug", false);
    measurement_claim(&q->quote, w->claims);
    rt_tpm_quoted_claims(q, w->claims);
    if ((e = rt_tpm_report_data(&q->quote, rt_bytes_of(&w->evidence.report_data), report_data,
                                w->err)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_hex(w->claims, "report_data",
                               ratls_bytes(report_data, sizeof report_data));
    if ((e = rt_tpm_key_claim(w->ak.spki, "tpm.ak_spki_sha256", w->claims, w->err)) != RATLS_OK)
        return e;
    return rt_tpm_key_claim(w->ak.spki, "platform_id", w->claims, w->err);
}

/* ---- what is proven ---- */

static enum ratls_err refuse_two_logs(const struct work *w)
{
    if ((w->input->event_log.p && w->evidence.event_log.p) ||
        (w->input->ima_log.p && w->evidence.ima_log.p))
        return ratls_fail(w->err, RATLS_E_EVENT_LOG, "a log in the evidence and one beside it");
    return RATLS_OK;
}

static enum ratls_err prove_key(struct work *w)
{
    enum ratls_err e = rt_tpm_ak_prove(&w->ak, w->input, &w->pool, w->err);

    if (e == RATLS_OK)
        e = rt_tpm_ak_judge_crls(&w->ak, w->input, w->err);
    if (e == RATLS_OK)
        rt_tpm_ak_claims(&w->ak, w->claims);
    return e;
}

static enum ratls_err judge_logs(const struct work *w)
{
    const struct rt_tpm_evidence *own = &w->evidence;
    const struct rt_tpm_logs logs = {
        own->event_log.p ? rt_bytes_of(&own->event_log) : w->input->event_log,
        own->ima_log.p ? rt_bytes_of(&own->ima_log) : w->input->ima_log,
    };

    return rt_tpm_judge_logs(&own->quoted.pcrs, &logs, w->claims, w->err);
}

/* ---- the verifier ---- */

/* The order is that of README.md. */
static enum ratls_err prove(struct work *w)
{
    const struct rt_tpm_quoted *q = &w->evidence.quoted;
    enum ratls_err e;

    if ((e = refuse_two_logs(w)) != RATLS_OK || (e = prove_key(w)) != RATLS_OK ||
        (e = rt_tpm_check_signature(&q->quote, &q->sig, &w->ak.key, w->err)) != RATLS_OK ||
        (e = rt_tpm_check_pcrs(&q->quote, &q->pcrs, w->err)) != RATLS_OK ||
        (e = judge_logs(w)) != RATLS_OK)
        return e;
    return rt_tpm_ak_evidence_keys(&w->ak, w->claims, w->err);
}

static enum ratls_err read(struct work *w, struct ratls_bytes evidence)
{
    enum ratls_err e;

    if ((e = rt_tpm_evidence_read(evidence, &w->evidence, w->err)) != RATLS_OK ||
        (e = rt_tpm_ak_read(&w->evidence, &w->ak, w->err)) != RATLS_OK)
        return e;
    return evidence_claims(w);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = read(&w, input->evidence);

    if (e == RATLS_OK)
        e = prove(&w);
    rt_tpm_pool_free(&w.pool);
    rt_tpm_evidence_free(&w.evidence);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = read(&w, evidence);

    rt_tpm_evidence_free(&w.evidence);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_tpm = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "tpm",
    .media_type = "application/vnd.ratls.tpm",
    .recognises = rt_tpm_recognises,
    .describe = describe,
    .verify = verify,
};
