#include "dcap.h"

#include "claim_name.h"

#define SIG_LEN 64
#define AK_LEN  64

static const uint8_t intel_qe_vendor_id[RT_QE_VENDOR_ID_LEN] = {
    0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

/* ---- header ---- */

static void read_header(struct rt_reader *r, struct rt_quote_header *out)
{
    out->version = rt_u16le(r);
    out->key_type = rt_u16le(r);
    out->tee_type = rt_u32le(r);
    out->qe_svn = rt_u16le(r);
    out->pce_svn = rt_u16le(r);
    rt_copy(r, out->qe_vendor_id, sizeof out->qe_vendor_id);
    rt_copy(r, out->user_data, sizeof out->user_data);
}

static bool is_version_of(uint16_t version, uint32_t tee_type)
{
    return version == 4 || version == 5 || (version == 3 && tee_type == RT_QUOTE_TEE_SGX);
}

bool rt_quote_recognises(struct ratls_bytes evidence, uint32_t tee_type)
{
    struct rt_reader r = rt_reader(evidence);
    struct rt_quote_header h;

    read_header(&r, &h);
    return !r.bad && is_version_of(h.version, tee_type) && h.key_type == RT_QUOTE_KEY_P256 &&
           h.tee_type == tee_type;
}

static enum ratls_err check_header(const struct rt_quote_header *h, uint32_t tee_type,
                                   struct ratls_error *err)
{
    if (!is_version_of(h->version, tee_type))
        return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "quote version %u", h->version);
    if (h->tee_type != tee_type)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "TEE type 0x%08x, not 0x%08x",
                          (unsigned)h->tee_type, (unsigned)tee_type);
    if (h->key_type != RT_QUOTE_KEY_P256)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "attestation key type %u, not ECDSA P-256",
                          h->key_type);
    if (memcmp(h->qe_vendor_id, intel_qe_vendor_id, sizeof intel_qe_vendor_id) != 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the QE vendor is not Intel");
    return RATLS_OK;
}

/* ---- body ---- */

static const struct body_row {
    enum rt_quote_body type;
    uint32_t tee_type, len;
} bodies[] = {
    {RT_BODY_SGX_REPORT, RT_QUOTE_TEE_SGX, RT_SGX_REPORT_LEN},
    {RT_BODY_TD_REPORT10, RT_QUOTE_TEE_TDX, RT_TD_REPORT10_LEN},
    {RT_BODY_TD_REPORT15, RT_QUOTE_TEE_TDX, RT_TD_REPORT15_LEN},
};

/* Version 5: u16 type, u32 size. The size never drives a copy, it only has to be the right one. */
static enum ratls_err read_descriptor(struct rt_reader *r, uint32_t tee_type,
                                      const struct body_row **out, struct ratls_error *err)
{
    const uint16_t type = rt_u16le(r);
    const uint32_t size = rt_u32le(r);

    if (r->bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the body descriptor is cut off");
    if (type == 4)
        return ratls_fail(
            err, RATLS_E_EVIDENCE_VERSION,
            "quote version 5, body type 4 (TD report 1.5 extended) is not supported yet");
    for (size_t i = 0; i < RT_COUNT(bodies); i++) {
        if (bodies[i].type != type)
            continue;
        if (bodies[i].tee_type != tee_type)
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                              "body type %u in a quote of TEE type 0x%08x", type,
                              (unsigned)tee_type);
        if (bodies[i].len != size)
            return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "body type %u of %u bytes, not %u",
                              type, (unsigned)size, (unsigned)bodies[i].len);
        *out = &bodies[i];
        return RATLS_OK;
    }
    return ratls_fail(err, RATLS_E_EVIDENCE_VERSION, "quote version 5, unknown body type %u", type);
}

static enum ratls_err read_body(struct rt_reader *r, struct rt_quote *out, struct ratls_error *err)
{
    const struct body_row *row = &bodies[out->header.tee_type == RT_QUOTE_TEE_SGX ? 0 : 1];

    if (out->header.version == 5) {
        enum ratls_err e = read_descriptor(r, out->header.tee_type, &row, err);
        if (e)
            return e;
    }
    out->body_type = row->type;
    out->body = rt_take_bytes(r, row->len);
    return r->bad ? ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the report is cut off") : RATLS_OK;
}

void rt_sgx_report_read(struct ratls_bytes in, struct rt_sgx_report *out)
{
    struct rt_reader r = rt_reader(in);

    rt_copy(&r, out->cpu_svn, sizeof out->cpu_svn);
    rt_copy(&r, out->misc_select, sizeof out->misc_select);
    rt_skip(&r, 12);
    rt_copy(&r, out->isv_ext_prod_id, sizeof out->isv_ext_prod_id);
    rt_copy(&r, out->attributes, sizeof out->attributes);
    rt_copy(&r, out->mr_enclave, sizeof out->mr_enclave);
    rt_skip(&r, 32);
    rt_copy(&r, out->mr_signer, sizeof out->mr_signer);
    rt_skip(&r, 32);
    rt_copy(&r, out->config_id, sizeof out->config_id);
    out->isv_prod_id = rt_u16le(&r);
    out->isv_svn = rt_u16le(&r);
    out->config_svn = rt_u16le(&r);
    rt_skip(&r, 42);
    rt_copy(&r, out->isv_family_id, sizeof out->isv_family_id);
    rt_copy(&r, out->report_data, sizeof out->report_data);
}

/* ---- signature data ---- */

/* QE report, authentication data and what certifies the PCK, to the end. */
static enum ratls_err read_qe_part(struct rt_reader *r, struct rt_quote_signature *out,
                                   struct ratls_error *err)
{
    out->qe_report = rt_take_bytes(r, RT_SGX_REPORT_LEN);
    out->qe_signature = rt_take_bytes(r, SIG_LEN);
    out->qe_auth = rt_take_bytes(r, rt_u16le(r));
    out->cert_type = rt_u16le(r);
    out->cert_data = rt_take_bytes(r, rt_u32le(r));
    if (!rt_at_end(r))
        return ratls_fail(
            err, RATLS_E_EVIDENCE_FORMAT,
            "QE report, authentication and certification data do not fill their place");
    rt_sgx_report_read(out->qe_report, &out->qe);
    return RATLS_OK;
}

/* From version 4 on the QE part is itself certification data, of type 6. */
static enum ratls_err enter_qe_part(struct rt_reader *all, struct rt_reader *inner,
                                    struct ratls_error *err)
{
    const uint16_t type = rt_u16le(all);

    *inner = rt_reader(rt_take_bytes(all, rt_u32le(all)));
    if (!rt_at_end(all))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "the certification data does not fill the signature data");
    if (type != RT_CERT_DATA_QE_REPORT)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "outer certification data of type %u, not 6", type);
    return RATLS_OK;
}

static enum ratls_err read_signature(struct rt_reader *r, struct rt_quote *out,
                                     struct ratls_error *err)
{
    struct rt_reader all = rt_reader(rt_take_bytes(r, rt_u32le(r)));
    struct rt_reader inner;

    if (r->bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the signature data overruns the quote");
    out->sig.signature = rt_take_bytes(&all, SIG_LEN);
    out->sig.ak = rt_take_bytes(&all, AK_LEN);
    if (out->header.version == 3)
        return read_qe_part(&all, &out->sig, err);
    enum ratls_err e = enter_qe_part(&all, &inner, err);
    return e ? e : read_qe_part(&inner, &out->sig, err);
}

/* ---- quote ---- */

enum ratls_err rt_quote_parse(struct ratls_bytes evidence, uint32_t tee_type, struct rt_quote *out,
                              struct ratls_error *err)
{
    struct rt_reader r = rt_reader(evidence);
    enum ratls_err e;

    *out = (struct rt_quote){0};
    read_header(&r, &out->header);
    if (r.bad)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "the quote header is cut off");
    if ((e = check_header(&out->header, tee_type, err)) != RATLS_OK ||
        (e = read_body(&r, out, err)) != RATLS_OK)
        return e;
    struct rt_reader start = rt_reader(evidence);
    out->signed_part = rt_take_bytes(&start, evidence.len - r.left);
    if ((e = read_signature(&r, out, err)) != RATLS_OK)
        return e;
    out->trailing_len = r.left;
    return RATLS_OK;
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

void rt_quote_claims(const struct rt_quote *q, const char *prefix, struct ratls_claims *claims)
{
    const struct rt_quote_header *h = &q->header;
    const struct rt_sgx_report *qe = &q->sig.qe;

    set_uint(claims, prefix, "quote_version", h->version);
    if (h->version == 5)
        set_uint(claims, prefix, "body_type", q->body_type);
    if (h->version == 3) {
        set_uint(claims, prefix, "header_qe_svn", h->qe_svn);
        set_uint(claims, prefix, "header_pce_svn", h->pce_svn);
    }
    set_hex(claims, prefix, "qe_vendor_id", ratls_bytes(h->qe_vendor_id, sizeof h->qe_vendor_id));
    set_hex(claims, prefix, "qe_user_data", ratls_bytes(h->user_data, sizeof h->user_data));
    set_hex(claims, prefix, "qe_mr_enclave", ratls_bytes(qe->mr_enclave, 32));
    set_hex(claims, prefix, "qe_mr_signer", ratls_bytes(qe->mr_signer, 32));
    set_hex(claims, prefix, "qe_attributes", ratls_bytes(qe->attributes, 16));
    set_hex(claims, prefix, "qe_misc_select", ratls_bytes(qe->misc_select, 4));
    set_uint(claims, prefix, "qe_isv_prod_id", qe->isv_prod_id);
    set_uint(claims, prefix, "qe_isv_svn", qe->isv_svn);
    set_uint(claims, prefix, "cert_data_type", q->sig.cert_type);
    set_uint(claims, prefix, "trailing_bytes", q->trailing_len);
}
