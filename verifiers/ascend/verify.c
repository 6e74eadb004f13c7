/* The host's TPM quote, then the log of the files that the host measured. */
#include "ak.h"
#include "ascend.h"
#include "npu_files.h"

enum { NONCE_LEN = 32 };

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_tpm_evidence evidence;
    struct rt_tpm_ak ak;
    struct rt_tpm_pool pool;
    struct rt_ima_log files;
};

/* ---- what it says ---- */

/* The nonce is all that is fresh; report data are nonce and zeros. */
static enum ratls_err nonce_claims(const struct work *w)
{
    const struct ratls_bytes nonce = w->evidence.quoted.quote.extra_data;
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};

    if (nonce.len != NONCE_LEN)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_FORMAT,
                          "the quote is over %zu bytes of extraData, no nonce of %d", nonce.len,
                          NONCE_LEN);
    memcpy(report_data, nonce.p, nonce.len);
    (void)ratls_claims_set_hex(w->claims, "report_data",
                               ratls_bytes(report_data, sizeof report_data));
    return RATLS_OK;
}

/* No NPU has a name here: the TPM of their host stands for them. */
static enum ratls_err device_claims(const struct work *w)
{
    enum ratls_err e = rt_tpm_key_claim(w->ak.spki, "platform_id", w->claims, w->err);

    if (e == RATLS_OK)
        e = rt_tpm_key_claim(w->ak.spki, "tpm.ak_spki_sha256", w->claims, w->err);
    const struct ratls_claim *id = ratls_claims_get(w->claims, "platform_id");
    if (e == RATLS_OK && id)
        (void)ratls_claims_add_item(w->claims, "device_ids", id->text);
    return e;
}

/* Nothing in it says whether an NPU is in a debug mode, and nobody publishes levels. */
static enum ratls_err evidence_claims(const struct work *w)
{
    enum ratls_err e;

    (void)ratls_claims_set_text(w->claims, "tee", "ascend_npu");
    (void)ratls_claims_set_text(w->claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(w->claims, "advisory_ids", NULL);
    (void)ratls_claims_set_bool(w->claims, "debug", false);
    rt_tpm_quoted_claims(&w->evidence.quoted, w->claims);
    if ((e = nonce_claims(w)) != RATLS_OK)
        return e;
    return device_claims(w);
}

static enum ratls_err read_log(struct work *w)
{
    if (w->evidence.event_log.p)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_PROFILE,
                          RT_TPM_NPU_BOOT_LOG ": no form of this log is published");
    if (!w->evidence.ima_log.p)
        return ratls_fail(w->err, RATLS_E_IMA_LOG_MISSING, "no " RT_TPM_NPU_RUNTIME_LOG);
    return rt_ascend_files_read(rt_bytes_of(&w->evidence.ima_log), &w->files, w->claims, w->err);
}

static enum ratls_err read(struct work *w, struct ratls_bytes evidence)
{
    enum ratls_err e;

    if ((e = rt_tpm_evidence_read_npu(evidence, &w->evidence, w->err)) != RATLS_OK ||
        (e = rt_tpm_ak_read(&w->evidence, &w->ak, w->err)) != RATLS_OK ||
        (e = evidence_claims(w)) != RATLS_OK)
        return e;
    return read_log(w);
}

/* ---- what is proven ---- */

/* Taken and ignored would look like a match. */
static enum ratls_err refuse_the_useless(const struct work *w)
{
    if (w->input->event_log.p || w->input->ima_log.p)
        return ratls_fail(w->err, RATLS_E_EVENT_LOG,
                          "a log beside the evidence of an NPU, which has its own");
    return RATLS_OK;
}

/* The order is that of README.md. */
static enum ratls_err prove(struct work *w)
{
    const struct rt_tpm_quoted *q = &w->evidence.quoted;
    enum ratls_err e;

    if ((e = refuse_the_useless(w)) != RATLS_OK ||
        (e = rt_tpm_ak_prove(&w->ak, w->input, &w->pool, w->err)) != RATLS_OK ||
        (e = rt_tpm_ak_judge_crls(&w->ak, w->input, w->err)) != RATLS_OK)
        return e;
    rt_tpm_ak_claims(&w->ak, w->claims);
    if ((e = rt_tpm_check_signature(&q->quote, &q->sig, &w->ak.key, w->err)) != RATLS_OK ||
        (e = rt_tpm_check_pcrs(&q->quote, &q->pcrs, w->err)) != RATLS_OK ||
        (e = rt_ascend_files_prove(&w->files, &q->pcrs, w->err)) != RATLS_OK)
        return e;
    return rt_tpm_ak_evidence_keys(&w->ak, w->claims, w->err);
}

/* ---- the verifier ---- */

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

const struct ratls_verifier rt_verifier_ascend_npu = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "ascend_npu",
    .media_type = "application/vnd.ratls.ascend-npu",
    .recognises = rt_tpm_recognises_npu,
    .describe = describe,
    .verify = verify,
    .device = true,
};
