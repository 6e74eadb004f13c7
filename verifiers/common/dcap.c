#include "dcap.h"

#include "claim_name.h"
#include "crypto.h"

#define SIG_LEN RT_P256_SIG_LEN
#define AK_LEN  64

static const uint8_t intel_qe_vendor_id[RT_QE_VENDOR_ID_LEN] = {
    0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

/* ---- parsing ---- */

void rt_quote_header_read(struct rt_reader *r, struct rt_quote_header *out)
{
    out->version = rt_u16le(r);
    out->key_type = rt_u16le(r);
    out->tee_type = rt_u32le(r);
    rt_skip(r, 4); /* reserved; version 3: QE SVN and PCE SVN */
    rt_copy(r, out->qe_vendor_id, sizeof out->qe_vendor_id);
    rt_copy(r, out->user_data, sizeof out->user_data);
}

enum ratls_err rt_quote_header_check(const struct rt_quote_header *h, struct ratls_error *err)
{
    if (h->key_type != RT_QUOTE_KEY_P256)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "attestation key type %u, not ECDSA P-256",
                          h->key_type);
    if (memcmp(h->qe_vendor_id, intel_qe_vendor_id, sizeof intel_qe_vendor_id) != 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the QE vendor is not Intel");
    return RATLS_OK;
}

static void sgx_report_read(struct ratls_bytes in, struct rt_sgx_report *out)
{
    struct rt_reader r = rt_reader(in);

    rt_skip(&r, 48); /* CPUSVN, MISCSELECT, reserved, ISVEXTPRODID */
    out->flags = rt_u64le(&r);
    rt_skip(&r, 8); /* XFRM */
    rt_copy(&r, out->mr_enclave, sizeof out->mr_enclave);
    rt_skip(&r, 32);
    rt_copy(&r, out->mr_signer, sizeof out->mr_signer);
    rt_skip(&r, 32 + 64); /* reserved, CONFIGID */
    out->isv_prod_id = rt_u16le(&r);
    out->isv_svn = rt_u16le(&r);
    rt_skip(&r, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
    rt_copy(&r, out->report_data, sizeof out->report_data);
}

/* Content of the outer certification data, type 6. */
static void qe_report_data_read(struct rt_reader *r, struct rt_quote_signature *out)
{
    out->qe_report = rt_take_bytes(r, RT_SGX_REPORT_LEN);
    out->qe_signature = rt_take_bytes(r, SIG_LEN);
    out->qe_auth = rt_take_bytes(r, rt_u16le(r));
    out->cert_type = rt_u16le(r);
    out->cert_data = rt_take_bytes(r, rt_u32le(r));
}

enum ratls_err rt_quote_signature_read(struct rt_reader *r, struct rt_quote_signature *out,
                                       struct ratls_error *err)
{
    *out = (struct rt_quote_signature){0};
    struct rt_reader all = rt_reader(rt_take_bytes(r, rt_u32le(r)));
    if (r->bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the signature data overruns the quote");
    out->signature = rt_take_bytes(&all, SIG_LEN);
    out->ak = rt_take_bytes(&all, AK_LEN);
    uint16_t outer_type = rt_u16le(&all);
    struct rt_reader inner = rt_reader(rt_take_bytes(&all, rt_u32le(&all)));
    if (!rt_at_end(&all))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "the certification data does not fill the signature data");
    if (outer_type != RT_CERT_DATA_QE_REPORT)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "outer certification data of type %u, not 6", outer_type);
    qe_report_data_read(&inner, out);
    if (!rt_at_end(&inner))
        return ratls_fail(
            err, RATLS_E_EVIDENCE_FORMAT,
            "QE report, authentication and certification data do not fill their place");
    sgx_report_read(out->qe_report, &out->qe);
    return RATLS_OK;
}

/* ---- proof ---- */

static enum ratls_err check_type(uint16_t type, struct ratls_error *err)
{
    static const char *const names[] = {
        [RT_CERT_DATA_PPID_PLAIN] = "1 (plain PPID)",
        [RT_CERT_DATA_PPID_RSA2048] = "2 (PPID under RSA-2048)",
        [RT_CERT_DATA_PPID_RSA3072] = "3 (PPID under RSA-3072)",
        [RT_CERT_DATA_PCK_LEAF] = "4 (PCK leaf alone)",
    };

    if (type == RT_CERT_DATA_PCK_CHAIN)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_CERTIFICATION_TYPE,
                      "certification data of type %s carries no PCK chain",
                      type > 0 && type < RT_COUNT(names) ? names[type] : "unknown");
}

static enum ratls_err check_qe_signature(const struct rt_quote_signature *s,
                                         const struct rt_x509 *pck, struct ratls_error *err)
{
    if (rt_verify_raw(RT_P256, pck->key.point, RT_SHA256, s->qe_report, s->qe_signature) !=
        RATLS_OK)
        return ratls_fail(err, RATLS_E_EVIDENCE_QE, "the QE report is not signed by the PCK");
    return RATLS_OK;
}

/* QE report data = SHA-256(AK || authentication data) || 32 zero bytes. */
static enum ratls_err check_qe_report(const struct rt_quote_signature *s, struct ratls_error *err)
{
    uint8_t expected[64] = {0};
    struct rt_writer w = {0};

    rt_put_bytes(&w, s->ak);
    rt_put_bytes(&w, s->qe_auth);
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&w), expected);
    rt_writer_free(&w);
    if (e)
        return ratls_fail(err, e, "hash of the attestation key");
    if (!rt_ct_equal(expected, s->qe.report_data, sizeof expected))
        return ratls_fail(err, RATLS_E_EVIDENCE_QE,
                          "the QE report does not name the attestation key");
    if (s->qe.flags & RT_SGX_FLAG_DEBUG)
        return ratls_fail(err, RATLS_E_EVIDENCE_QE, "the quoting enclave runs in debug mode");
    return RATLS_OK;
}

static enum ratls_err check_quote_signature(const struct rt_quote_signature *s,
                                            struct ratls_bytes signed_part, struct ratls_error *err)
{
    if (rt_verify_raw(RT_P256, s->ak, RT_SHA256, signed_part, s->signature) != RATLS_OK)
        return ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE,
                          "the quote is not signed by its attestation key");
    return RATLS_OK;
}

enum ratls_err rt_quote_prove(const struct rt_quote_signature *s, struct ratls_bytes signed_part,
                              const struct ratls_verify_input *input, struct rt_pck_chain *chain,
                              struct ratls_error *err)
{
    enum ratls_err e;

    memset(chain, 0, sizeof *chain);
    if ((e = check_type(s->cert_type, err)) != RATLS_OK ||
        (e = rt_pck_chain_read(s->cert_data, chain, err)) != RATLS_OK ||
        (e = rt_pck_chain_check(chain, input, err)) != RATLS_OK ||
        (e = check_qe_signature(s, &chain->certs[0], err)) != RATLS_OK ||
        (e = check_qe_report(s, err)) != RATLS_OK)
        return e;
    return check_quote_signature(s, signed_part, err);
}

/* ---- claims ---- */

static void set_hex(struct ratls_claims *c, const char *prefix, const char *field,
                    struct ratls_bytes value)
{
    (void)ratls_claims_set_hex(c, rt_claim_name(prefix, field).text, value);
}

static void set_uint(struct ratls_claims *c, const char *prefix, const char *field, uint64_t value)
{
    (void)ratls_claims_set_uint(c, rt_claim_name(prefix, field).text, value);
}

void rt_quote_claims(const struct rt_quote_header *h, const struct rt_quote_signature *s,
                     const char *prefix, struct ratls_claims *claims)
{
    set_uint(claims, prefix, "quote_version", h->version);
    set_hex(claims, prefix, "qe_vendor_id", ratls_bytes(h->qe_vendor_id, sizeof h->qe_vendor_id));
    set_hex(claims, prefix, "qe_user_data", ratls_bytes(h->user_data, sizeof h->user_data));
    set_hex(claims, prefix, "qe_mr_enclave", ratls_bytes(s->qe.mr_enclave, 32));
    set_hex(claims, prefix, "qe_mr_signer", ratls_bytes(s->qe.mr_signer, 32));
    set_uint(claims, prefix, "qe_isv_prod_id", s->qe.isv_prod_id);
    set_uint(claims, prefix, "qe_isv_svn", s->qe.isv_svn);
    set_uint(claims, prefix, "certification_type", s->cert_type);
}
