/* Azure's guests: prove the hardware's report, by it the data of the paravisor, by the key in them
 * the quote. */
#include "azure.h"
#include "azure_evidence.h"
#include "evidence_keys.h"
#include "tpm_logs.h"
#include "dcap_verify.h"
#include "snp.h"
#include "snp_collateral.h"
#include "tdx.h"

/* Per kind of hardware. */
struct kind {
    enum rt_hcl_type type;
    const char *tee;
    const struct ratls_verifier *hardware;
};

static const struct kind snp = {RT_HCL_SNP, "az_snp_vtpm", &rt_verifier_snp};
static const struct kind tdx = {RT_HCL_TDX, "az_tdx_vtpm", &rt_verifier_tdx};

struct work {
    const struct kind *kind;
    const struct ratls_verify_input *input;
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_azure_evidence evidence;
    struct rt_hcl hcl;
    struct rt_hcl_data data;
    struct rt_public_key ak; /* borrows from data */
    struct rt_writer spki;   /* of the same */
};

static void release(struct work *w)
{
    rt_azure_evidence_free(&w->evidence);
    rt_writer_free(&w->spki);
}

static enum ratls_err mismatch(const struct work *w, const char *what)
{
    return ratls_fail(w->err, RATLS_E_EVIDENCE_MISMATCH, "%s", what);
}

/* ---- what is read ---- */

static enum ratls_err read_key(struct work *w)
{
    const struct ratls_bytes n = ratls_bytes(w->data.n, w->data.n_len);
    const struct ratls_bytes e = ratls_bytes(w->data.e, w->data.e_len);
    struct ratls_error why = {0};
    enum ratls_err code = rt_public_key_of_rsa(n, e, &w->ak, &why);

    if (code)
        return ratls_fail(w->err, rt_is_own_failure(code) ? code : RATLS_E_EVIDENCE_ALGORITHM,
                          "HCLAkPub: %s", why.detail);
    rt_put_rsa_spki(&w->spki, n, e);
    if (w->spki.bad)
        return ratls_fail(w->err, RATLS_E_NO_MEMORY, "HCLAkPub");
    return rt_tpm_check_key(&w->ak, w->err);
}

static enum ratls_err read(struct work *w, struct ratls_bytes evidence)
{
    enum ratls_err e;

    if ((e = rt_azure_evidence_read(evidence, w->kind->type, &w->evidence, w->err)) != RATLS_OK ||
        (e = rt_hcl_read(rt_bytes_of(&w->evidence.hcl_report), &w->hcl, w->err)) != RATLS_OK)
        return e;
    if (w->hcl.type != w->kind->type)
        return mismatch(w, "HCL report: of other hardware than what is beside it");
    e = rt_hcl_read_data(w->hcl.var_data, &w->data, w->err);
    return e ? e : read_key(w);
}

/* ---- claims ---- */

/* In version 2 the paravisor was told the report data: they are the quote's extraData, padded, or
 * what extraData must be the SHA-256 of. */
static enum ratls_err judge_user_data(const struct work *w, struct ratls_bytes *named)
{
    const struct ratls_bytes extra = w->evidence.quoted.quote.extra_data;
    uint8_t due[RT_HCL_USER_DATA] = {0};
    const struct ratls_bytes user = ratls_bytes(w->data.user_data, sizeof w->data.user_data);

    *named = ratls_bytes(NULL, 0);
    if (w->evidence.version < 2)
        return RATLS_OK;
    if (!w->data.has_user_data)
        return mismatch(w, "HCL report: no user-data, which are what the quote is over");
    if (extra.len > 0)
        memcpy(due, extra.p, extra.len);
    if (!rt_ct_equal(due, user.p, sizeof due))
        *named = user;
    return RATLS_OK;
}

/* Over those that the hardware's verifier set: the guest is known by its TPM. */
static enum ratls_err own_claims(const struct work *w)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    struct ratls_bytes named;
    enum ratls_err e;

    (void)ratls_claims_set_text(w->claims, "tee", w->kind->tee);
    rt_tpm_quoted_claims(&w->evidence.quoted, w->claims);
    if ((e = rt_hcl_claims(&w->hcl, &w->data, w->claims, w->err)) != RATLS_OK ||
        (e = rt_tpm_key_claim(rt_written(&w->spki), "tpm.ak_spki_sha256", w->claims, w->err)) !=
            RATLS_OK ||
        (e = judge_user_data(w, &named)) != RATLS_OK ||
        (e = rt_tpm_report_data(&w->evidence.quoted.quote, named, report_data, w->err)) != RATLS_OK)
        return e;
    (void)ratls_claims_set_hex(w->claims, "report_data",
                               ratls_bytes(report_data, sizeof report_data));
    return RATLS_OK;
}

/* ---- the hardware ---- */

static struct ratls_bytes hardware_evidence(const struct work *w)
{
    return w->kind->type == RT_HCL_SNP ? ratls_bytes(w->hcl.hardware.p, RT_HCL_SNP_REPORT)
                                       : rt_bytes_of(&w->evidence.td_quote);
}

/* Evidence of SNP brings its chain along, this here the VCEK alone: the ARK is one that was given
 * as a root. */
static enum ratls_err put_arks(const struct work *w, struct rt_writer *out)
{
    struct ratls_buffer pem;
    struct rt_x509 cert;

    for (size_t i = 0; i < w->input->n_roots; i++) {
        const struct ratls_bytes der = w->input->roots[i].cert;
        if (!der.len || rt_x509_parse(der, &cert, NULL) != RATLS_OK || !rt_amd_is_ark(&cert))
            continue;
        enum ratls_err e = rt_pem_write("CERTIFICATE", der, &pem);
        if (e)
            return e;
        rt_put_bytes(out, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    return RATLS_OK;
}

static enum ratls_err put_certs(const struct work *w, struct rt_writer *out)
{
    rt_put_bytes(out, rt_bytes_of(&w->evidence.vcek));
    rt_put_u8(out, '\n');
    rt_put_bytes(out, w->input->certs);
    enum ratls_err e = put_arks(w, out);
    if (e == RATLS_OK && out->bad)
        e = RATLS_E_NO_MEMORY;
    return e ? ratls_fail(w->err, e, "certificates") : RATLS_OK;
}

/* The verifier of the hardware sees what it would see by itself: logs are not about it. */
static enum ratls_err prove_hardware(const struct work *w)
{
    struct ratls_verify_input input = *w->input;
    struct rt_writer certs = {0};
    enum ratls_err e = RATLS_OK;

    input.evidence = hardware_evidence(w);
    input.event_log = input.ima_log = ratls_bytes(NULL, 0);
    if (w->kind->type == RT_HCL_SNP && (e = put_certs(w, &certs)) == RATLS_OK)
        input.certs = rt_written(&certs);
    if (e == RATLS_OK)
        e = w->kind->hardware->verify(&input, w->claims, w->err);
    rt_writer_free(&certs);
    return e;
}

/* Whoever runs beside the paravisor may have the hardware report whatever he likes; at VMPL 0 there
 * is nobody but the paravisor. */
static enum ratls_err check_vmpl(const struct work *w)
{
    const struct ratls_claim *vmpl = ratls_claims_get(w->claims, "snp.vmpl");

    if (w->kind->type != RT_HCL_SNP ||
        (vmpl && vmpl->type == RATLS_CLAIM_UINT && vmpl->number == 0))
        return RATLS_OK;
    return ratls_fail(w->err, RATLS_E_VMPL, "the report of SNP is not of VMPL 0");
}

/* The report data that the hardware's verifier found: the hash, then zeros. */
static enum ratls_err check_var_data(const struct work *w)
{
    const struct ratls_claim *c = ratls_claims_get(w->claims, "report_data");
    uint8_t due[RATLS_REPORT_DATA_LEN] = {0}, found[RATLS_REPORT_DATA_LEN];
    size_t len = sizeof found;
    enum ratls_err e = rt_sha256(w->hcl.var_data, due);

    if (e)
        return ratls_fail(w->err, e, "hash of the data of an HCL report");
    if (!c || c->type != RATLS_CLAIM_TEXT || !rt_unhex(c->text, strlen(c->text), found, &len) ||
        len != sizeof found || !rt_ct_equal(found, due, sizeof due))
        return mismatch(w, "HCL report: its data are not those that the hardware vouches for");
    return RATLS_OK;
}

/* ---- the verifiers ---- */

/* The order is that of README.md. */
static enum ratls_err prove(const struct work *w)
{
    const struct rt_tpm_quoted *q = &w->evidence.quoted;
    const struct ratls_bytes ak = rt_written(&w->spki);
    const struct rt_tpm_logs logs = {w->input->event_log, w->input->ima_log};
    enum ratls_err e;

    if ((e = prove_hardware(w)) != RATLS_OK || (e = check_vmpl(w)) != RATLS_OK ||
        (e = check_var_data(w)) != RATLS_OK || (e = own_claims(w)) != RATLS_OK ||
        (e = rt_tpm_check_signature(&q->quote, &q->sig, &w->ak, w->err)) != RATLS_OK ||
        (e = rt_tpm_check_pcrs(&q->quote, &q->pcrs, w->err)) != RATLS_OK ||
        (e = rt_tpm_judge_logs(&q->pcrs, &logs, w->claims, w->err)) != RATLS_OK)
        return e;
    return rt_claim_evidence_keys(w->claims, (struct rt_spki_list){&ak, 1}, w->err);
}

static enum ratls_err verify(const struct kind *kind, const struct ratls_verify_input *input,
                             struct ratls_claims *claims, struct ratls_error *err)
{
    struct work w = {.kind = kind, .input = input, .claims = claims, .err = err};
    enum ratls_err e = read(&w, input->evidence);

    if (e == RATLS_OK)
        e = prove(&w);
    release(&w);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err describe(const struct kind *kind, struct ratls_bytes evidence,
                               struct ratls_claims *claims, struct ratls_error *err)
{
    struct work w = {.kind = kind, .claims = claims, .err = err};
    enum ratls_err e = read(&w, evidence);

    if (e == RATLS_OK)
        e = kind->hardware->describe(hardware_evidence(&w), claims, err);
    if (e == RATLS_OK)
        e = own_claims(&w);
    release(&w);
    return e ? e : ratls_claims_status(claims);
}

static enum ratls_err verify_snp(const struct ratls_verify_input *input,
                                 struct ratls_claims *claims, struct ratls_error *err)
{
    return verify(&snp, input, claims, err);
}

static enum ratls_err describe_snp(struct ratls_bytes evidence, struct ratls_claims *claims,
                                   struct ratls_error *err)
{
    return describe(&snp, evidence, claims, err);
}

static enum ratls_err verify_tdx(const struct ratls_verify_input *input,
                                 struct ratls_claims *claims, struct ratls_error *err)
{
    return verify(&tdx, input, claims, err);
}

static enum ratls_err describe_tdx(struct ratls_bytes evidence, struct ratls_claims *claims,
                                   struct ratls_error *err)
{
    return describe(&tdx, evidence, claims, err);
}

const struct ratls_verifier rt_verifier_az_snp_vtpm = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "az_snp_vtpm",
    .media_type = "application/vnd.ratls.az-snp-vtpm",
    .recognises = rt_azure_recognises_snp,
    .describe = describe_snp,
    .verify = verify_snp,
    .pins = rt_snp_pins,
    .n_pins = RT_SNP_PRODUCTS,
    .collateral_recognises = rt_snp_collateral_recognises,
    .collateral_new = rt_snp_collateral_new,
    .collateral_free = rt_snp_collateral_free,
    .collateral_facts = rt_snp_collateral_facts,
};

const struct ratls_verifier rt_verifier_az_tdx_vtpm = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "az_tdx_vtpm",
    .media_type = "application/vnd.ratls.az-tdx-vtpm",
    .recognises = rt_azure_recognises_tdx,
    .describe = describe_tdx,
    .verify = verify_tdx,
    .pins = rt_intel_pins,
    .n_pins = RT_INTEL_PINS,
    .collateral_recognises = rt_dcap_collateral_recognises,
    .collateral_new = rt_dcap_collateral_new,
    .collateral_free = rt_dcap_collateral_free,
    .collateral_facts = rt_dcap_collateral_facts,
};
