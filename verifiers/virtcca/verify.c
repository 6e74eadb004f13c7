/* Huawei virtCCA: prove the tokens, then what the logs say of them. */
#include "claims.h"
#include "device_chain.h"
#include "envelope.h"
#include "evidence_keys.h"
#include "logs.h"
#include "virtcca.h"

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_virtcca_evidence evidence;
    struct rt_virtcca_token token;
    struct rt_huawei_certs certs;
    const struct rt_x509 *device; /* one of certs */
    struct rt_huawei_chain chain;
};

static void unjudged_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "virtcca");
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
}

/* ---- the steps ---- */

static enum ratls_err parse(struct work *w, struct ratls_bytes evidence)
{
    enum ratls_err e = rt_virtcca_evidence_read(evidence, &w->evidence, w->err);

    unjudged_claims(w->claims);
    if (e == RATLS_OK)
        e = rt_virtcca_token_read(w->evidence.token, &w->token, w->err);
    if (e == RATLS_OK)
        rt_virtcca_token_claims(&w->token, w->claims);
    return e;
}

/* From the device's certificate to a trusted root. */
static enum ratls_err prove_device(struct work *w)
{
    enum ratls_err e;

    if ((e = rt_virtcca_certs_open(&w->certs, &w->evidence, w->input->certs, w->err)) != RATLS_OK ||
        (e = rt_huawei_device(&w->certs, &w->device, w->err)) != RATLS_OK ||
        (e = rt_virtcca_device_claims(w->device, w->claims, w->err)) != RATLS_OK ||
        (e = rt_huawei_chain_prove(&w->certs, w->device, w->input, &w->chain, w->err)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_bool(w->claims, "simulated", w->chain.simulated);
    return rt_huawei_judge_revocation(&w->chain, w->input, w->claims, "virtcca.dev_cert.revocation",
                                      w->err);
}

/* Two accounts of one boot: which of them was meant is nobody's to guess. */
static enum ratls_err choose_log(const char *which, struct ratls_bytes inside,
                                 struct ratls_bytes beside, struct ratls_bytes *out,
                                 struct ratls_error *err)
{
    if (inside.p && beside.p)
        return ratls_fail(err, RATLS_E_EVENT_LOG, "%s in the evidence and another beside it",
                          which);
    *out = inside.p ? inside : beside;
    return RATLS_OK;
}

static enum ratls_err judge_logs(struct work *w)
{
    struct rt_virtcca_logs logs;
    enum ratls_err e;

    if ((e = choose_log("an event log", w->evidence.ccel, w->input->event_log, &logs.ccel,
                        w->err)) != RATLS_OK ||
        (e = choose_log("an IMA log", w->evidence.ima_log, w->input->ima_log, &logs.ima_log,
                        w->err)) != RATLS_OK)
        return e;
    return rt_virtcca_judge_logs(&w->token.guest, &logs, w->claims, w->err);
}

/* The device's chain, then the guest's key: without a platform token the device's once more. */
static enum ratls_err key_claims(const struct work *w)
{
    struct ratls_bytes keys[RT_MAX_CHAIN + 1];
    struct rt_writer guest = {0};
    size_t n = 0;

    for (; n < w->chain.n; n++)
        keys[n] = w->chain.cert[n]->spki;
    if (w->token.key.type == RT_KEY_RSA)
        rt_put_bytes(&guest, w->token.guest.rak);
    else
        rt_put_spki(&guest, RT_P521, w->token.key.point);
    keys[n++] = rt_written(&guest);
    enum ratls_err e =
        guest.bad ? ratls_fail(w->err, RATLS_E_NO_MEMORY, "guest's key")
                  : rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, n}, w->err);
    rt_writer_free(&guest);
    return e;
}

/* ---- the verifier ---- */

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = parse(&w, input->evidence);

    if (e == RATLS_OK)
        e = prove_device(&w);
    if (e == RATLS_OK)
        e = rt_virtcca_token_prove(&w.token, &w.device->key, err);
    if (e == RATLS_OK)
        e = judge_logs(&w);
    if (e == RATLS_OK)
        e = key_claims(&w);
    if (e == RATLS_OK)
        (void)ratls_claims_set_uint(claims, "collateral_expires", (uint64_t)w.chain.expires);
    rt_huawei_certs_free(&w.certs);
    return e ? e : ratls_claims_status(claims);
}

/* Certificates and logs as far as they come along; a log is replayed for nobody here. */
static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = parse(&w, evidence);

    if (e)
        return e;
    (void)ratls_claims_set_bool(claims, "virtcca.eventlog.present", w.evidence.ccel.p != NULL);
    (void)ratls_claims_set_bool(claims, "virtcca.ima.present", w.evidence.ima_log.p != NULL);
    e = rt_virtcca_certs_open(&w.certs, &w.evidence, ratls_bytes(NULL, 0), err);
    if (e == RATLS_OK && rt_huawei_device(&w.certs, &w.device, NULL) == RATLS_OK) {
        e = rt_virtcca_device_claims(w.device, claims, err);
        (void)ratls_claims_set_bool(claims, "simulated", rt_x509_is_simulated(w.device));
    }
    rt_huawei_certs_free(&w.certs);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_virtcca = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "virtcca",
    .media_type = "application/vnd.ratls.virtcca",
    .recognises = rt_virtcca_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_huawei_pins,
    .n_pins = RT_COUNT(rt_huawei_pins),
};
