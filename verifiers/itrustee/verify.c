/* Huawei iTrustee: prove the device's certificate, by it the attestation key, by that the report.
 */
#include "claim_value.h"
#include "device_chain.h"
#include "evidence_keys.h"
#include "itrustee.h"
#include "oid.h"
#include "report.h"

enum { CHALLENGE_LEN = 32, NAME_LEN = 128 };

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_itrustee_report report;
    struct rt_huawei_certs certs;
    const struct rt_x509 *device; /* one of certs */
    struct rt_huawei_chain chain;
};

/* ---- what it says ---- */

static void report_claims(const struct rt_itrustee_report *r, struct ratls_claims *c)
{
    const struct {
        const char *name;
        struct ratls_bytes value;
    } list[] = {
        {"measurement", ratls_bytes(r->ta_img, sizeof r->ta_img)},
        {"itrustee.ta_img", ratls_bytes(r->ta_img, sizeof r->ta_img)},
        {"itrustee.ta_mem", ratls_bytes(r->ta_mem, sizeof r->ta_mem)},
        {"itrustee.qta_img", ratls_bytes(r->qta_img, sizeof r->qta_img)},
        {"itrustee.qta_mem", ratls_bytes(r->qta_mem, sizeof r->qta_mem)},
        {"itrustee.nonce", ratls_bytes(r->nonce, r->nonce_len)},
    };

    (void)ratls_claims_set_text(c, "tee", "itrustee");
    (void)ratls_claims_set_text(c, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(c, "advisory_ids", NULL);
    for (size_t i = 0; i < RT_COUNT(list); i++)
        (void)ratls_claims_set_hex(c, list[i].name, list[i].value);
    (void)ratls_claims_set_text(c, "itrustee.version", r->version);
    (void)ratls_claims_set_text(c, "itrustee.uuid", r->uuid);
    (void)ratls_claims_set_text(c, "itrustee.hash_alg", r->hash_alg);
    (void)ratls_claims_set_text(c, "itrustee.scenario", r->scenario);
    (void)ratls_claims_set_bool(c, "debug", false); /* a report knows no such mode */
}

static enum ratls_err ta_key_claim(const struct rt_itrustee_report *r, struct ratls_claims *c,
                                   struct ratls_error *err)
{
    struct rt_writer spki = {0};

    if (r->ta.n_len == 0)
        return RATLS_OK;
    rt_put_rsa_spki(&spki, r->ta.key.rsa_n, r->ta.key.rsa_e);
    const bool bad = spki.bad;
    if (!bad)
        (void)ratls_claims_set_hex(c, "itrustee.key", rt_written(&spki));
    rt_writer_free(&spki);
    return bad ? ratls_fail(err, RATLS_E_NO_MEMORY, "the TA's key") : RATLS_OK;
}

/* Printable ASCII; whatever else a name has is left out rather than shown otherwise. */
static void name_claim(const struct rt_x509 *device, struct ratls_claims *c)
{
    const struct ratls_bytes name = rt_x509_name_attr(device->subject, RT_OID(CN));
    char text[NAME_LEN] = {0};

    if (name.len == 0 || name.len >= sizeof text)
        return;
    for (size_t i = 0; i < name.len; i++)
        if (name.p[i] < 0x20 || name.p[i] > 0x7e)
            return;
    memcpy(text, name.p, name.len);
    (void)ratls_claims_set_text(c, "itrustee.drk.subject_cn", text);
}

static enum ratls_err device_claims(struct work *w)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_x509_spki_hash(w->device, spki);

    if (e)
        return ratls_fail(w->err, e, "hash of the device's key");
    (void)ratls_claims_set_hex(w->claims, "platform_id", ratls_bytes(spki, sizeof spki));
    name_claim(w->device, w->claims);
    rt_claim_set_time(w->claims, "itrustee.drk.not_after", w->device->not_after);
    return RATLS_OK;
}

/* ---- report data ---- */

static void report_data_claim(struct work *w, size_t len)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};

    memcpy(report_data, w->report.nonce, len);
    (void)ratls_claims_set_hex(w->claims, "report_data",
                               ratls_bytes(report_data, sizeof report_data));
}

/* With an IMA log the nonce is the challenge and the log's hash: the host gave both, so that the
 * log is no better than the host's word, but no other than the one that was meant. */
static enum ratls_err judge_ima_log(struct work *w)
{
    const struct rt_itrustee_report *r = &w->report;
    uint8_t digest[RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(w->input->ima_log, digest);

    if (e)
        return ratls_fail(w->err, e, "hash of an IMA log");
    if (r->nonce_len != CHALLENGE_LEN + RT_SHA256_LEN ||
        !rt_ct_equal(r->nonce + CHALLENGE_LEN, digest, sizeof digest))
        return ratls_fail(w->err, RATLS_E_EVENT_LOG_MISMATCH,
                          "the nonce does not end with the hash of the IMA log");
    (void)ratls_claims_set_text(w->claims, "itrustee.ima.source", "host");
    report_data_claim(w, CHALLENGE_LEN);
    return RATLS_OK;
}

static enum ratls_err judge_logs(struct work *w)
{
    if (w->input->event_log.p)
        return ratls_fail(w->err, RATLS_E_EVENT_LOG, "a report of iTrustee has no event log");
    if (w->input->ima_log.p)
        return judge_ima_log(w);
    report_data_claim(w, w->report.nonce_len);
    return RATLS_OK;
}

/* ---- what is proven ---- */

static enum ratls_err open_device(struct work *w, struct ratls_bytes pem)
{
    const struct ratls_bytes drk = rt_bytes_of(&w->report.drk_cert);
    enum ratls_err e;

    if ((e = rt_huawei_certs_open(&w->certs, &drk, 1, pem, w->err)) != RATLS_OK ||
        (e = rt_huawei_device(&w->certs, &w->device, w->err)) != RATLS_OK)
        return e;
    return device_claims(w);
}

static enum ratls_err prove_device(struct work *w)
{
    enum ratls_err e;

    if ((e = open_device(w, w->input->certs)) != RATLS_OK ||
        (e = rt_huawei_chain_prove(&w->certs, w->device, w->input, &w->chain, w->err)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_bool(w->claims, "simulated", w->chain.simulated);
    return rt_huawei_judge_revocation(&w->chain, w->input, w->claims, "itrustee.drk.revocation",
                                      w->err);
}

static enum ratls_err check_signature(const char *what, const struct rt_public_key *key,
                                      const struct rt_itrustee_signed *s, struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = rt_verify_spki(key, RT_SIG_RSAPSS_SHA256, rt_bytes_of(&s->text),
                                      ratls_bytes(s->sig, s->sig_len), &why);

    if (e == RATLS_OK)
        return RATLS_OK;
    if (!rt_is_own_failure(e))
        e = e == RATLS_E_CERT_KEY ? RATLS_E_EVIDENCE_ALGORITHM : RATLS_E_EVIDENCE_SIGNATURE;
    return ratls_fail(err, e, "%s: %s", what, why.detail);
}

static enum ratls_err key_claims(const struct work *w)
{
    struct ratls_bytes keys[RT_MAX_CHAIN + 1];
    struct rt_writer ak = {0};
    size_t n = 0;

    rt_put_rsa_spki(&ak, w->report.ak.key.rsa_n, w->report.ak.key.rsa_e);
    keys[n++] = rt_written(&ak);
    for (size_t i = 0; i < w->chain.n; i++)
        keys[n++] = w->chain.cert[i]->spki;
    enum ratls_err e =
        ak.bad ? ratls_fail(w->err, RATLS_E_NO_MEMORY, "attestation key")
               : rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, n}, w->err);
    rt_writer_free(&ak);
    return e;
}

/* ---- the verifier ---- */

/* The order is that of README.md. */
static enum ratls_err prove(struct work *w)
{
    enum ratls_err e;

    if ((e = judge_logs(w)) != RATLS_OK || (e = prove_device(w)) != RATLS_OK ||
        (e = check_signature("attestation key", &w->device->key, &w->report.by_drk, w->err)) !=
            RATLS_OK ||
        (e = check_signature("report", &w->report.ak.key, &w->report.by_ak, w->err)) != RATLS_OK ||
        (e = key_claims(w)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_uint(w->claims, "collateral_expires", (uint64_t)w->chain.expires);
    return RATLS_OK;
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = rt_itrustee_report_read(input->evidence, &w.report, err);

    if (e == RATLS_OK) {
        report_claims(&w.report, claims);
        e = ta_key_claim(&w.report, claims, err);
    }
    if (e == RATLS_OK)
        e = prove(&w);
    rt_huawei_certs_free(&w.certs);
    rt_itrustee_report_free(&w.report);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = rt_itrustee_report_read(evidence, &w.report, err);

    if (e == RATLS_OK) {
        report_claims(&w.report, claims);
        report_data_claim(&w, w.report.nonce_len);
        e = ta_key_claim(&w.report, claims, err);
    }
    if (e == RATLS_OK)
        e = open_device(&w, ratls_bytes(NULL, 0));
    if (e == RATLS_OK)
        (void)ratls_claims_set_bool(claims, "simulated", rt_x509_is_simulated(w.device));
    rt_huawei_certs_free(&w.certs);
    rt_itrustee_report_free(&w.report);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_itrustee = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "itrustee",
    .media_type = "application/vnd.ratls.itrustee",
    .recognises = rt_itrustee_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_huawei_pins,
    .n_pins = 1, /* that of RSA: nothing else signs devices of iTrustee */
};
