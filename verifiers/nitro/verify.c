/* AWS Nitro Enclaves: prove the enclave's certificate, then the document by its key. */
#include "chain.h"
#include "claim_name.h"
#include "evidence_keys.h"
#include "nitro.h"

enum { PCR_IMAGE = 0, PCR_INSTANCE = 4 }; /* the enclave's image; the EC2 instance it runs on */

struct work {
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_nitro_document doc;
    struct rt_nitro_chain chain;
};

/* ---- what it says ---- */

static void hex_claim(struct ratls_claims *claims, const char *name, struct ratls_bytes value)
{
    if (value.p)
        (void)ratls_claims_set_hex(claims, name, value);
}

static void text_claim(struct ratls_claims *claims, const char *name, struct ratls_bytes text)
{
    char copy[RT_NITRO_MODULE_ID + 1] = {0};

    memcpy(copy, text.p, text.len);
    (void)ratls_claims_set_text(claims, name, copy);
}

static void pcr_claims(const struct rt_nitro_document *doc, struct ratls_claims *claims)
{
    char field[8];

    for (size_t i = 0; i < RT_NITRO_PCRS; i++) {
        (void)snprintf(field, sizeof field, "pcr%zu", i);
        hex_claim(claims, rt_claim_name("nitro", field).text, doc->pcr[i]);
    }
    hex_claim(claims, "measurement", doc->pcr[PCR_IMAGE]);
    if (!rt_nitro_is_debug(doc))
        hex_claim(claims, "platform_id", doc->pcr[PCR_INSTANCE]);
}

/* The nonce is claimed where there is none, too: whoever expects one must not be sent on to the
 * report data. */
static void document_claims(const struct rt_nitro_document *doc, struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "nitro");
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
    text_claim(claims, "nitro.module_id", doc->module_id);
    (void)ratls_claims_set_uint(claims, "nitro.timestamp", doc->timestamp_ms);
    (void)ratls_claims_set_text(claims, "nitro.digest", "SHA384");
    pcr_claims(doc, claims);
    hex_claim(claims, "nitro.public_key", doc->public_key);
    hex_claim(claims, "nitro.user_data", doc->user_data);
    hex_claim(claims, "nitro.nonce", doc->nonce);
    (void)ratls_claims_set_hex(claims, "nonce", doc->nonce);
    (void)ratls_claims_set_bool(claims, "debug", rt_nitro_is_debug(doc));
}

/* Report data are the user data alone, and no hash of them: longer ones are an application's. */
static enum ratls_err report_data_claim(const struct work *w)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};
    const struct ratls_bytes user = w->doc.user_data;

    if (user.len > sizeof report_data)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_PROFILE,
                          "document of Nitro: %zu bytes of user_data are no report data", user.len);
    if (user.len > 0)
        memcpy(report_data, user.p, user.len);
    (void)ratls_claims_set_hex(w->claims, "report_data",
                               ratls_bytes(report_data, sizeof report_data));
    return RATLS_OK;
}

/* ---- what is proven ---- */

/* Taken and ignored would look like a match. Certificates are left alone: those configured beside
 * the roots of other TEEs come with them. */
static enum ratls_err refuse_the_useless(const struct ratls_verify_input *input,
                                         struct ratls_error *err)
{
    if (input->event_log.p || input->ima_log.p)
        return ratls_fail(err, RATLS_E_EVENT_LOG, "a document of Nitro has no event log");
    if (input->n_crls > 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT,
                          "CRLs are not asked for certificates of Nitro, which live for hours");
    return RATLS_OK;
}

/* Made while the certificate held, which is some hours at most, and not in the future. */
static enum ratls_err check_timestamp(const struct work *w)
{
    const int64_t made = (int64_t)(w->doc.timestamp_ms / 1000);
    const struct rt_x509 *leaf = &w->chain.cert[0];

    if (made < leaf->not_before || made > leaf->not_after)
        return ratls_fail(
            w->err, RATLS_E_EVIDENCE_TIME,
            "document of Nitro: its timestamp lies outside of its certificate's dates");
    if (made - RT_CLOCK_SKEW_S > w->input->now)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_TIME,
                          "document of Nitro: its timestamp is %lld s ahead",
                          (long long)(made - w->input->now));
    return RATLS_OK;
}

static enum ratls_err prove_chain(struct work *w)
{
    enum ratls_err e = rt_nitro_chain_read(&w->doc, &w->chain, w->err);

    if (e == RATLS_OK)
        e = rt_nitro_chain_prove(&w->chain, w->input, w->err);
    if (e == RATLS_OK)
        (void)ratls_claims_set_bool(w->claims, "simulated", w->chain.simulated);
    return e;
}

static enum ratls_err key_claims(const struct work *w)
{
    struct ratls_bytes keys[RT_NITRO_MAX_CAS + 1];

    for (size_t i = 0; i < w->chain.n; i++)
        keys[i] = w->chain.cert[i].spki;
    return rt_claim_evidence_keys(w->claims, (struct rt_spki_list){keys, w->chain.n}, w->err);
}

/* ---- the verifier ---- */

/* The order is that of README.md. */
static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work w = {.input = input, .claims = claims, .err = err};
    enum ratls_err e = rt_nitro_document_read(input->evidence, &w.doc, err);

    if (e)
        return e;
    document_claims(&w.doc, claims);
    if ((e = report_data_claim(&w)) != RATLS_OK ||
        (e = refuse_the_useless(input, err)) != RATLS_OK || (e = prove_chain(&w)) != RATLS_OK ||
        (e = check_timestamp(&w)) != RATLS_OK ||
        (e = rt_cose_verify(&w.doc.message, &w.chain.cert[0].key, err)) != RATLS_OK ||
        (e = key_claims(&w)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_text(claims, "tcb_status", "unrated"); /* AWS publishes no levels */
    (void)ratls_claims_set_uint(claims, "collateral_expires", (uint64_t)w.chain.expires);
    return ratls_claims_status(claims);
}

static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work w = {.claims = claims, .err = err};
    enum ratls_err e = rt_nitro_document_read(evidence, &w.doc, err);

    if (e)
        return e;
    document_claims(&w.doc, claims);
    if (w.doc.user_data.len <= RATLS_REPORT_DATA_LEN)
        (void)report_data_claim(&w);
    if ((e = rt_nitro_chain_read(&w.doc, &w.chain, err)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_bool(claims, "simulated",
                                rt_x509_is_simulated(&w.chain.cert[w.chain.n - 1]));
    return ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_nitro = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "nitro",
    .media_type = "application/vnd.ratls.nitro",
    .recognises = rt_nitro_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_nitro_pins,
    .n_pins = RT_COUNT(rt_nitro_pins),
};
