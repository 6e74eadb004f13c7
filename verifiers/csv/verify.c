/* Hygon CSV: prove the platform, then the report, then say what it holds. */
#include "chain.h"
#include "claims.h"
#include "csv.h"
#include "event_log.h"
#include "evidence_keys.h"
#include "x509.h"

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_csv_report report;
    struct rt_csv_chain chain;
};

static void first_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "csv");
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
}

static enum ratls_err parse(struct work *w, struct ratls_bytes evidence)
{
    enum ratls_err e = rt_csv_report_read(evidence, &w->report, w->err);

    first_claims(w->claims);
    if (e == RATLS_OK)
        rt_csv_report_claims(&w->report, w->claims);
    return e;
}

/* Taken and ignored would look like a match. */
static enum ratls_err refuse_the_useless(const struct ratls_verify_input *input,
                                         struct ratls_error *err)
{
    if (input->ima_log.p)
        return ratls_fail(err, RATLS_E_EVENT_LOG, "no IMA log is replayed for CSV");
    if (input->n_crls > 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "no CRL revokes a key of CSV");
    return RATLS_OK;
}

static enum ratls_err prove_platform(struct work *w)
{
    enum ratls_err e =
        rt_csv_chain_prove(&w->report.pek, w->report.pair, w->input, &w->chain, w->err);

    return e ? e : rt_csv_chain_claims(&w->chain, w->claims, w->err);
}

static enum ratls_err key_claims(const struct work *w)
{
    const struct rt_hygon_cert *const certs[] = {&w->report.pek, &w->chain.cek, &w->chain.hsk,
                                                 &w->chain.hrk};
    uint8_t spki[RT_COUNT(certs)][RT_SM2_SPKI_LEN];
    struct ratls_bytes keys[RT_COUNT(certs)];

    for (size_t i = 0; i < RT_COUNT(certs); i++) {
        rt_hygon_spki(certs[i], spki[i]);
        keys[i] = ratls_bytes(spki[i], sizeof spki[i]);
    }
    return rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, RT_COUNT(keys)}, w->err);
}

/* ---- the verifier ---- */

/* The order is that of README.md. */
static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e;

    if ((e = parse(&w, input->evidence)) == RATLS_OK &&
        (e = refuse_the_useless(input, err)) == RATLS_OK && (e = prove_platform(&w)) == RATLS_OK &&
        (e = rt_csv_report_prove(&w.report, err)) == RATLS_OK &&
        (e = rt_csv_check_event_log(&w.report, input->event_log, claims, err)) == RATLS_OK &&
        (e = key_claims(&w)) == RATLS_OK)
        (void)ratls_claims_set_text(claims, "tcb_status", "unrated"); /* Hygon rates none */
    rt_csv_chain_free(&w.chain);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = parse(&w, evidence);

    if (e == RATLS_OK)
        e = rt_csv_check_event_log(&w.report, ratls_bytes(NULL, 0), claims, err);
    if (e == RATLS_OK && w.report.pair.len > 0) {
        e = rt_csv_pair_read(w.report.pair, &w.chain.hsk, &w.chain.cek, err);
        if (e == RATLS_OK)
            e = rt_csv_pair_claims(&w.chain, claims, err);
        (void)ratls_claims_set_bool(claims, "simulated",
                                    rt_hygon_has_mark(&w.chain.hsk, RT_SIM_ORGANIZATION));
    }
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_csv = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "csv",
    .media_type = "application/vnd.ratls.csv",
    .recognises = rt_csv_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_csv_pins,
    .n_pins = RT_COUNT(rt_csv_pins),
};
