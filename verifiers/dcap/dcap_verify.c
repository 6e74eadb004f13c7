#include "dcap_verify.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_name.h"
#include "claim_value.h"
#include "crypto.h"
#include "evidence_keys.h"
#include "json.h"
#include "tcb_judge.h"

struct work {
    const struct rt_quote *q;
    const struct rt_td_tcb *td; /* NULL: SGX */
    const struct ratls_verify_input *input;
    const char *prefix;
    struct ratls_claims *claims;
    struct ratls_error *err;

    struct rt_pck_chain *pck;         /* owned reference */
    const struct rt_collateral *with; /* the one for this platform; NULL: none */
    bool was_cached, simulated;
};

static const struct rt_collateral *collateral_at(const struct work *w, size_t i)
{
    return w->input->collateral[i];
}

/* ---- the PCK chain ---- */

/* `e` is what became of checking a signature; `reason` and `text` say that it is wrong. */
static enum ratls_err signature_verdict(const struct work *w, enum ratls_err e,
                                        enum ratls_err reason, const char *text)
{
    if (rt_is_own_failure(e))
        return ratls_fail(w->err, e, "a signature could not be checked");
    return e ? ratls_fail(w->err, reason, "%s", text) : RATLS_OK;
}

static enum ratls_err check_qe_signature(const struct work *w)
{
    const struct rt_x509 *pck = &w->pck->chain.certs[0];
    const struct rt_quote_signature *s = &w->q->sig;

    return signature_verdict(
        w, rt_verify_raw(RT_P256, pck->key.point, RT_SHA256, s->qe_report, s->qe_signature),
        RATLS_E_EVIDENCE_QE, "the QE report is not signed by the PCK");
}

static struct rt_pck_chain *cached_chain(const struct work *w, struct ratls_bytes pem)
{
    struct rt_pck_chain *found = NULL;

    for (size_t i = 0; i < w->input->n_collateral && !found; i++)
        found = (struct rt_pck_chain *)rt_kept_cache_get(collateral_at(w, i)->pck_cache, pem);
    return found;
}

static enum ratls_err open_pem(struct work *w, struct ratls_bytes pem)
{
    rt_pck_chain_unref(w->pck);
    w->pck = cached_chain(w, pem);
    w->was_cached = w->pck != NULL;
    return w->pck ? RATLS_OK : rt_pck_chain_new(pem, &w->pck, w->err);
}

/* Several documents may each bring the chain of their platform: the one that signed is meant. */
static enum ratls_err open_from_collateral(struct work *w, const char *type)
{
    enum ratls_err e = RATLS_E_CERTIFICATION_TYPE;
    struct ratls_error *const report = w->err;
    struct ratls_error last = {0};

    for (size_t i = 0; i < w->input->n_collateral; i++) {
        const struct ratls_bytes pem = rt_bytes_of(&collateral_at(w, i)->pck_pem);
        if (pem.len == 0)
            continue;
        last = (struct ratls_error){0};
        w->err = &last;
        e = open_pem(w, pem);
        if (e == RATLS_OK)
            e = check_qe_signature(w);
        if (e == RATLS_OK || rt_is_own_failure(e))
            break;
    }
    w->err = report;
    if (e == RATLS_OK)
        return RATLS_OK;
    return last.code
               ? ratls_fail(report, e, "%s", last.detail)
               : ratls_fail(report, e, "certification data of type %s carries no PCK chain", type);
}

/* Types 1 to 4 carry no chain: it comes from outside, beside the evidence or in the collateral.
 * Their data is not signed, and nothing depends on it. */
static enum ratls_err open_chain(struct work *w)
{
    static const char *const names[] = {
        [RT_CERT_DATA_PPID_PLAIN] = "1 (plain PPID)",
        [RT_CERT_DATA_PPID_RSA2048] = "2 (PPID under RSA-2048)",
        [RT_CERT_DATA_PPID_RSA3072] = "3 (PPID under RSA-3072)",
        [RT_CERT_DATA_PCK_LEAF] = "4 (PCK leaf alone)",
    };
    const uint16_t type = w->q->sig.cert_type;

    if (type == RT_CERT_DATA_PCK_CHAIN)
        return open_pem(w, w->q->sig.cert_data);
    if (type == 0 || type >= RT_COUNT(names))
        return ratls_fail(w->err, RATLS_E_CERTIFICATION_TYPE,
                          "certification data of unknown type %u", type);
    return w->input->certs.len > 0 ? open_pem(w, w->input->certs)
                                   : open_from_collateral(w, names[type]);
}

/* ---- which collateral ---- */

static bool is_same_issuer(const struct rt_x509 *a, const struct rt_x509 *b)
{
    return ratls_bytes_equal(a->subject, b->subject) && ratls_bytes_equal(a->spki, b->spki);
}

static enum ratls_err check_platform(const struct work *w, const struct rt_collateral *c,
                                     struct ratls_error *err)
{
    const struct rt_tcb_info *tcb = &c->tcb;
    const struct rt_pck_ext *pck = &w->pck->ext;

    if (tcb->tdx != (w->td != NULL))
        return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the TCB info is of %s",
                          tcb->tdx ? "TDX" : "SGX");
    if (memcmp(tcb->fmspc, pck->fmspc, sizeof tcb->fmspc) != 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the TCB info is of another FMSPC");
    if (!tcb->has_pce_id || memcmp(tcb->pce_id, pck->pce_id, sizeof tcb->pce_id) != 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the TCB info is of another PCE");
    if (!rt_intel_same_root(&w->pck->chain, &c->crl_issuer))
        return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the collateral has another root");
    if (!is_same_issuer(&w->pck->chain.certs[1], &c->crl_issuer.certs[0]))
        return ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "the PCK CRL is of another PCK CA");
    return RATLS_OK;
}

/* Newer by evaluation number, then by the dates of its parts: among several nobody may choose an
 * older issue. */
static bool is_newer(const struct rt_collateral *a, const struct rt_collateral *b)
{
    const int64_t pairs[][2] = {
        {rt_collateral_eval_num(a), rt_collateral_eval_num(b)},
        {a->tcb.issue_date, b->tcb.issue_date},
        {a->qe.issue_date, b->qe.issue_date},
        {a->pck_crl.this_update, b->pck_crl.this_update},
        {a->root_crl.this_update, b->root_crl.this_update},
    };

    for (size_t i = 0; i < RT_COUNT(pairs); i++)
        if (pairs[i][0] != pairs[i][1])
            return pairs[i][0] > pairs[i][1];
    return false;
}

/* Fills w->with. The chain need not be proven yet: this only chooses. */
static enum ratls_err choose_collateral(struct work *w, struct ratls_error *why)
{
    w->with = NULL;
    for (size_t i = 0; i < w->input->n_collateral; i++) {
        const struct rt_collateral *c = collateral_at(w, i);
        if (check_platform(w, c, why) == RATLS_OK && (!w->with || is_newer(c, w->with)))
            w->with = c;
    }
    if (w->with || w->input->n_collateral == 0)
        return RATLS_OK;
    if (w->input->n_collateral == 1)
        return why->code;
    *why = (struct ratls_error){0};
    return ratls_fail(why, RATLS_E_COLLATERAL_MISSING, "none of %zu collateral documents fits",
                      w->input->n_collateral);
}

/* ---- proof ---- */

static enum ratls_err prove_chain(struct work *w)
{
    const struct rt_roots roots = {w->input->roots, w->input->n_roots};
    enum ratls_err e =
        rt_intel_chain_check_root(&rt_intel_pck, &w->pck->chain, roots, &w->simulated, w->err);

    if (e == RATLS_OK && !w->was_cached)
        e = rt_pck_chain_prove(w->pck, w->with ? &w->with->crl_issuer : NULL, w->err);
    if (e == RATLS_OK)
        e = rt_intel_chain_check_dates(&rt_intel_pck, &w->pck->chain, w->input->now, w->err);
    return e;
}

/* QE report data = SHA-256(AK || authentication data) || 32 zero bytes. */
static enum ratls_err check_qe_report(const struct work *w)
{
    const struct rt_quote_signature *s = &w->q->sig;
    uint8_t expected[64] = {0};
    struct rt_writer buf = {0};

    rt_put_bytes(&buf, s->ak);
    rt_put_bytes(&buf, s->qe_auth);
    enum ratls_err e = buf.bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&buf), expected);
    rt_writer_free(&buf);
    if (e)
        return ratls_fail(w->err, e, "hash of the attestation key");
    if (!rt_ct_equal(expected, s->qe.report_data, sizeof expected))
        return ratls_fail(w->err, RATLS_E_EVIDENCE_QE,
                          "the QE report does not name the attestation key");
    if (s->qe.attributes[0] & RT_SGX_FLAG_DEBUG)
        return ratls_fail(w->err, RATLS_E_EVIDENCE_QE, "the quoting enclave runs in debug mode");
    return RATLS_OK;
}

static enum ratls_err check_quote_signature(const struct work *w)
{
    const struct rt_quote_signature *s = &w->q->sig;

    return signature_verdict(
        w, rt_verify_raw(RT_P256, s->ak, RT_SHA256, w->q->signed_part, s->signature),
        RATLS_E_EVIDENCE_SIGNATURE, "the quote is not signed by its attestation key");
}

static void chain_claims(const struct work *w)
{
    rt_pck_chain_claims(w->pck, w->prefix, w->claims);
    (void)ratls_claims_set_bool(w->claims, "simulated", w->simulated);
    (void)ratls_claims_set_uint(w->claims, "collateral_expires",
                                (uint64_t)rt_pck_chain_end(w->pck));
}

/* The chain is kept for the next quote of this machine only after it proved a whole quote. */
static enum ratls_err prove(struct work *w)
{
    enum ratls_err e;

    if ((e = prove_chain(w)) != RATLS_OK || (e = check_qe_signature(w)) != RATLS_OK ||
        (e = check_qe_report(w)) != RATLS_OK || (e = check_quote_signature(w)) != RATLS_OK)
        return e;
    if (w->with && !w->was_cached)
        rt_kept_cache_put(w->with->pck_cache, &w->pck->kept);
    chain_claims(w);
    return RATLS_OK;
}

/* ---- judgement by collateral ---- */

/* What one document's lists revoke of everything that this verdict rests on; NULL: nothing. A list
 * speaks for its issuer, whatever platform the document beside it is about. */
static const char *revoked_by(const struct rt_collateral *lists, const struct work *w)
{
    const struct rt_x509 *pck = w->pck->chain.certs;
    const struct {
        const struct rt_crl *crl;
        const struct rt_x509 *cert;
        const char *what;
    } rows[] = {
        {&lists->pck_crl, &pck[0], "the PCK certificate"},
        {&lists->root_crl, &pck[1], "the PCK CA"},
        {&lists->root_crl, &w->with->crl_issuer.certs[0], "the issuer of the PCK CRL"},
        {&lists->root_crl, &w->with->tcb_signer.certs[0], "the signer of the TCB info"},
        {&lists->root_crl, &w->with->qe_signer.certs[0], "the signer of the QE identity"},
    };

    if (!lists->has_crls || !rt_intel_same_root(&lists->crl_issuer, &w->pck->chain))
        return NULL;
    for (size_t i = is_same_issuer(&lists->crl_issuer.certs[0], &pck[1]) ? 0 : 1;
         i < RT_COUNT(rows); i++)
        if (rt_crl_lists(rows[i].crl, rows[i].cert->serial))
            return rows[i].what;
    return NULL;
}

/* Every list counts: a revocation in a newer one stands, whichever document was chosen. */
static enum ratls_err check_revocation(const struct work *w)
{
    if (w->input->insecure_no_crl)
        return RATLS_OK;
    if (!w->with->has_crls)
        return ratls_fail(w->err, RATLS_E_COLLATERAL_MISSING, "the CRLs are missing");
    for (size_t i = 0; i < w->input->n_collateral; i++) {
        const char *what = revoked_by(collateral_at(w, i), w);
        if (what)
            return ratls_fail(w->err, RATLS_E_REVOKED, "%s is revoked", what);
    }
    return RATLS_OK;
}

static void collateral_claims(const struct work *w, int64_t expires)
{
    const struct rt_collateral *c = w->with;

    (void)ratls_claims_set_uint(w->claims, rt_claim_name(w->prefix, "tcb_eval_num").text,
                                rt_collateral_eval_num(c));
    if (c->has_crls) {
        rt_claim_set_crl_number(w->claims, rt_claim_name(w->prefix, "pck_crl_num").text,
                                &c->pck_crl);
        rt_claim_set_crl_number(w->claims, rt_claim_name(w->prefix, "root_ca_crl_num").text,
                                &c->root_crl);
    }
    rt_claim_set_time(w->claims, rt_claim_name(w->prefix, "earliest_expiration").text, expires);
    (void)ratls_claims_set_uint(w->claims, "collateral_expires", (uint64_t)expires);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The union of the lists, sorted. */
static enum ratls_err advisory_claims(const struct work *w, const struct rt_tcb_result *r)
{
    const char **ids = NULL;
    const cJSON *item;
    size_t n = 0;

    for (size_t i = 0; i < RT_TCB_PARTS; i++)
        n += r->advisories[i] ? (size_t)cJSON_GetArraySize(r->advisories[i]) : 0;
    if (n == 0)
        return RATLS_OK;
    if (!(ids = calloc(n, sizeof *ids)))
        return ratls_fail(w->err, RATLS_E_NO_MEMORY, "advisories");
    n = 0;
    for (size_t i = 0; i < RT_TCB_PARTS; i++)
        cJSON_ArrayForEach(item, r->advisories[i]) ids[n++] = item->valuestring;
    qsort(ids, n, sizeof *ids, by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(ids[i - 1], ids[i]) != 0)
            (void)ratls_claims_add_item(w->claims, "advisory_ids", ids[i]);
    free(ids);
    return RATLS_OK;
}

static enum ratls_err tcb_claims(const struct work *w, const struct rt_tcb_result *r)
{
    (void)ratls_claims_set_text(w->claims, "tcb_status", rt_tcb_name(r->status));
    if (r->status == RT_TCB_NOT_SUPPORTED)
        return ratls_fail(w->err, RATLS_E_TCB_STATUS, "no TCB level fits: NotSupported");
    rt_claim_set_time(w->claims, "tcb_date", r->date);
    rt_claim_set_time(w->claims, rt_claim_name(w->prefix, "tcb_date").text, r->date);
    enum ratls_err e = advisory_claims(w, r);
    if (e == RATLS_OK && r->status == RT_TCB_REVOKED)
        e = ratls_fail(w->err, RATLS_E_TCB_STATUS, "the TCB is Revoked");
    return e;
}

static enum ratls_err judge(const struct work *w)
{
    const bool with_crls = !w->input->insecure_no_crl;
    struct rt_tcb_subject subject = {.pck = &w->pck->ext, .td = w->td};
    int64_t expires = rt_pck_chain_end(w->pck);
    struct rt_tcb_result result;
    enum ratls_err e;

    if (with_crls && !w->with->has_crls)
        return ratls_fail(w->err, RATLS_E_COLLATERAL_MISSING, "the CRLs are missing");
    if ((e = rt_collateral_check_dates(w->with, w->input->now, with_crls, &expires, w->err)) !=
            RATLS_OK ||
        (with_crls && (e = check_revocation(w)) != RATLS_OK))
        return e;
    collateral_claims(w, expires);
    if ((e = rt_qe_identity_check(&w->with->qe, &w->q->sig.qe, &subject.qe, w->err)) != RATLS_OK ||
        (e = rt_tcb_judge(&w->with->tcb, &subject, &result, w->err)) != RATLS_OK)
        return e;
    return tcb_claims(w, &result);
}

/* The PCK chain, the attestation key, and who signed what Intel says of the platform. The issuer of
 * the PCK CRL has the key of the PCK CA, and all chains end at one root. */
static enum ratls_err key_claims(const struct work *w)
{
    const struct rt_x509 *pck = w->pck->chain.certs;
    struct rt_writer ak = {0};

    rt_put_spki(&ak, RT_P256, w->q->sig.ak);
    const struct ratls_bytes keys[] = {
        pck[0].spki,
        pck[1].spki,
        rt_intel_root(&w->pck->chain)->spki,
        rt_written(&ak),
        w->with ? w->with->tcb_signer.certs[0].spki : ratls_bytes(NULL, 0),
        w->with ? w->with->qe_signer.certs[0].spki : ratls_bytes(NULL, 0),
    };
    enum ratls_err e = ak.bad ? ratls_fail(w->err, RATLS_E_NO_MEMORY, "attestation key")
                              : rt_claim_evidence_keys(
                                    w->claims, (struct rt_spki_list){keys, RT_COUNT(keys)}, w->err);
    rt_writer_free(&ak);
    return e;
}

static void unjudged_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
}

enum ratls_err rt_dcap_verify(const struct rt_quote *q, const struct rt_td_tcb *td,
                              const struct ratls_verify_input *input, struct ratls_claims *claims,
                              struct ratls_error *err)
{
    struct work w = {.q = q,
                     .td = td,
                     .input = input,
                     .prefix = td ? "tdx" : "sgx",
                     .claims = claims,
                     .err = err};
    struct ratls_error unfit = {0};

    unjudged_claims(claims);
    if (input->n_crls > 0)
        return ratls_fail(err, RATLS_E_COLLATERAL_FORMAT,
                          "CRLs of Intel are part of the collateral");
    enum ratls_err e = open_chain(&w), chosen = RATLS_OK;
    if (e == RATLS_OK) {
        chosen = choose_collateral(&w, &unfit);
        e = prove(&w);
    }
    if (e == RATLS_OK && chosen)
        e = ratls_fail(err, chosen, "%s", unfit.detail);
    if (e == RATLS_OK && w.with)
        e = judge(&w);
    if (e == RATLS_OK)
        e = key_claims(&w);
    rt_pck_chain_unref(w.pck);
    return e;
}

enum ratls_err rt_dcap_describe(const struct rt_quote *q, const char *prefix,
                                struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_pck_chain *pck = NULL;

    unjudged_claims(claims);
    if (q->sig.cert_type != RT_CERT_DATA_PCK_CHAIN)
        return RATLS_OK;
    enum ratls_err e = rt_pck_chain_new(q->sig.cert_data, &pck, NULL);
    if (e == RATLS_E_NO_MEMORY)
        return ratls_fail(err, e, "PCK chain");
    if (e) {
        (void)ratls_claims_set_text(claims, rt_claim_name(prefix, "pck_chain").text, "malformed");
        return RATLS_OK;
    }
    const struct rt_x509 *root = rt_intel_root(&pck->chain);
    rt_pck_chain_claims(pck, prefix, claims);
    (void)ratls_claims_set_bool(claims, "simulated", rt_x509_is_simulated(root));
    rt_pck_chain_unref(pck);
    return RATLS_OK;
}

/* ---- hooks ---- */

bool rt_dcap_collateral_recognises(struct ratls_bytes document)
{
    static const char *const members[] = {"tcb_info", "qe_identity", "tcb_info_issuer_chain",
                                          "qe_identity_issuer_chain", "pck_crl_issuer_chain"};

    for (size_t i = 0; i < RT_COUNT(members); i++)
        if (rt_json_mentions(document, members[i]))
            return rt_starts_with(rt_without_space(document), "{");
    return false;
}

enum ratls_err rt_dcap_collateral_new(const struct ratls_collateral_input *input, void **out,
                                      struct ratls_error *err)
{
    struct rt_collateral *c = NULL;
    enum ratls_err e =
        rt_collateral_new(input->document, (struct rt_roots){input->roots, input->n_roots},
                          input->insecure_no_crl, &c, err);

    *out = c;
    return e;
}

void rt_dcap_collateral_free(void *collateral)
{
    rt_collateral_free(collateral);
}

void rt_dcap_collateral_facts(const void *collateral, struct ratls_collateral_facts *out)
{
    rt_collateral_facts(collateral, out);
}
