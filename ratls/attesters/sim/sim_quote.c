/* sim_quote.c - everything of a quote but its body. */
#include "sim_quote.h"

#include "sim_sgx.h"

#define AUTH_LEN        32
#define CERT_TYPE_LEAF  4
#define CERT_TYPE_CHAIN 5
#define CERT_TYPE_QE    6
#define TEE_TYPE_SGX    0x00
#define TEE_TYPE_TDX    0x81

static const uint8_t qe_vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                         0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
struct quote_maker {
    const struct ratls_env *env;
    const struct rt_sim_pki *pki;
    const struct rt_sim_body *body;
    const struct rt_sim_quote_knobs *knobs;
    struct rt_sim_platform platform;
    struct rt_sim_qe qe;
    uint16_t layout, auth_len, cert_type;
    struct rt_key *ak, *stranger;
    uint8_t ak_point[64];
    enum ratls_err status; /* the first failure */
};

static void put_fill(struct rt_writer *w, uint8_t value, size_t n)
{
    while (n-- > 0)
        rt_put_u8(w, value);
}

static void note(struct quote_maker *m, enum ratls_err e)
{
    if (m->status == RATLS_OK)
        m->status = e;
}

static bool is_td(const struct quote_maker *m)
{
    return m->body->type != RT_SIM_ENCLAVE;
}

/* ---- header and body ---- */

static void put_header(struct quote_maker *m, struct rt_writer *w)
{
    const bool has_svn = m->layout == 3;
    const uint32_t tee_type = is_td(m) ? TEE_TYPE_TDX : TEE_TYPE_SGX;

    rt_put_u16le(w, m->knobs->version ? m->knobs->version : m->layout);
    rt_put_u16le(w, 2); /* ECDSA P-256 */
    rt_put_u32le(w, tee_type ^ m->knobs->tee_type_flaw);
    rt_put_u16le(w, has_svn ? m->qe.svn : 0);
    rt_put_u16le(w, has_svn ? m->platform.pce_svn : 0);
    if (m->knobs->other_vendor)
        put_fill(w, 0x93, sizeof qe_vendor_id);
    else
        rt_put(w, qe_vendor_id, sizeof qe_vendor_id);
    put_fill(w, 0x7e, 16); /* QE id */
    put_fill(w, 0, 4);
}

static void put_body(struct quote_maker *m, struct rt_writer *w)
{
    const struct rt_sim_quote_knobs *k = m->knobs;

    if (m->layout == 5) {
        rt_put_u16le(w, k->body_type ? k->body_type : (uint16_t)m->body->type);
        rt_put_u32le(w, k->body_len ? k->body_len : (uint32_t)m->body->bytes.len);
    }
    rt_put_bytes(w, m->body->bytes);
}

/* ---- QE report ---- */

static void put_signature(struct quote_maker *m, struct rt_key *key, struct ratls_bytes msg,
                          struct rt_writer *w)
{
    uint8_t sig[RT_P256_SIG_LEN] = {0};

    note(m, rt_sign_raw(m->env, key, msg, sig, sizeof sig));
    rt_put(w, sig, sizeof sig);
}

static void put_auth(const struct quote_maker *m, struct rt_writer *w)
{
    put_fill(w, 0xa7, m->auth_len);
}

/* SHA-256(AK || authentication data) || 32 zero bytes */
static void qe_report_data(struct quote_maker *m, uint8_t out[64])
{
    struct rt_writer w = {0};

    memset(out, m->knobs->qe_upper_half ? 0x01 : 0, 64);
    if (m->knobs->qe_names_stranger)
        rt_put_bytes(&w, rt_key_point(m->stranger));
    else
        rt_put(&w, m->ak_point, sizeof m->ak_point);
    put_auth(m, &w);
    note(m, rt_sha256(rt_written(&w), out));
    rt_writer_free(&w);
}

static void put_qe_report(struct quote_maker *m, struct rt_writer *w)
{
    struct rt_sim_enclave qe = {
        .misc_select = m->knobs->qe_misc_select,
        .flags = m->qe.flags,
        .xfrm = m->qe.xfrm,
        .isv_prod_id = m->qe.prod_id,
        .isv_svn = m->qe.svn,
    };

    memset(qe.cpu_svn, 3, sizeof qe.cpu_svn);
    memset(qe.mr_enclave, 0x9e, sizeof qe.mr_enclave);
    memcpy(qe.mr_signer, m->qe.mr_signer, sizeof qe.mr_signer);
    qe_report_data(m, qe.report_data);
    rt_sim_enclave_put(&qe, w);
}

/* ---- certification data ---- */

static void put_cert(struct quote_maker *m, enum rt_sim_cert which, struct rt_writer *w)
{
    struct ratls_buffer pem = {0};

    if (m->knobs->der_chain) {
        rt_put_bytes(w, rt_bytes_of(&m->pki->der[which]));
        return;
    }
    note(m, rt_pem_write("CERTIFICATE", rt_bytes_of(&m->pki->der[which]), &pem));
    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

static void put_chain(struct quote_maker *m, struct rt_writer *w)
{
    const unsigned n = m->knobs->n_certs ? m->knobs->n_certs : RT_SIM_QUOTE_CERTS;

    for (unsigned i = 0; i < n; i++) {
        unsigned which = i < RT_SIM_QUOTE_CERTS ? RT_SIM_PCK - i : RT_SIM_ROOT;
        if (m->knobs->order == RT_SIM_ROOT_FIRST)
            which = RT_SIM_PCK - which;
        put_cert(m, (enum rt_sim_cert)which, w);
    }
    rt_put_bytes(w, m->knobs->chain_tail);
}

/* Types 1 to 3 do not carry the PCK certificate, they name it: PPID, in plain or under RSA-2048 or
 * RSA-3072, CPUSVN, PCESVN and PCEID. */
static void put_cert_data(struct quote_maker *m, struct rt_writer *w)
{
    static const size_t ppid_len[] = {0, 16, 256, 384};

    if (m->cert_type == CERT_TYPE_LEAF) {
        put_cert(m, RT_SIM_PCK, w);
    } else if (m->cert_type < RT_COUNT(ppid_len)) {
        put_fill(w, 0x1d, ppid_len[m->cert_type]);
        rt_put(w, m->platform.cpu_svn, sizeof m->platform.cpu_svn);
        rt_put_u16le(w, m->platform.pce_svn);
        rt_put(w, m->platform.pce_id, sizeof m->platform.pce_id);
    } else {
        put_chain(m, w);
    }
}

/* ---- signature data ---- */

/* Type and length in front of what `put` writes. */
static void put_counted(struct quote_maker *m, uint16_t type,
                        void (*put)(struct quote_maker *, struct rt_writer *), struct rt_writer *w)
{
    struct rt_writer content = {0};

    put(m, &content);
    rt_put_u16le(w, type);
    rt_put_u32le(w, (uint32_t)content.len);
    rt_put_bytes(w, rt_written(&content));
    rt_writer_free(&content);
}

static void put_qe_part(struct quote_maker *m, struct rt_writer *w)
{
    struct rt_key *signer = m->knobs->qe_by_stranger ? m->stranger : m->pki->key[RT_SIM_PCK];
    struct rt_writer report = {0};

    put_qe_report(m, &report);
    rt_put_bytes(w, rt_written(&report));
    put_signature(m, signer, rt_written(&report), w);
    rt_put_u16le(w, m->auth_len);
    put_auth(m, w);
    put_counted(m, m->cert_type, put_cert_data, w);
    rt_writer_free(&report);
}

static void put_quote(struct quote_maker *m, struct rt_writer *w)
{
    const uint16_t outer = m->knobs->outer_type ? m->knobs->outer_type : CERT_TYPE_QE;
    struct rt_writer sig = {0};

    put_header(m, w);
    put_body(m, w);
    put_signature(m, m->knobs->quote_by_stranger ? m->stranger : m->ak, rt_written(w), &sig);
    rt_put(&sig, m->ak_point, sizeof m->ak_point);
    if (m->layout == 3)
        put_qe_part(m, &sig);
    else
        put_counted(m, outer, put_qe_part, &sig);
    rt_put_u32le(w, (uint32_t)sig.len);
    rt_put_bytes(w, rt_written(&sig));
    put_fill(w, 0xee, m->knobs->trailing_len);
    rt_writer_free(&sig);
}

static void settle_qe(const struct rt_sim_quote_knobs *k, struct rt_sim_qe *qe)
{
    if (k->qe_flags)
        qe->flags = k->qe_flags;
    if (k->qe_debug)
        qe->flags |= RT_SIM_SGX_DEBUG;
    if (k->qe_xfrm)
        qe->xfrm = k->qe_xfrm;
    if (k->qe_mr_signer)
        memcpy(qe->mr_signer, k->qe_mr_signer, sizeof qe->mr_signer);
    if (k->qe_isv_prod_id)
        qe->prod_id = k->qe_isv_prod_id;
    if (k->qe_isv_svn)
        qe->svn = k->qe_isv_svn;
}

/* What the knobs leave open. */
static void settle(struct quote_maker *m)
{
    const struct rt_sim_quote_knobs *k = m->knobs;

    rt_sim_platform_usual(&m->platform);
    m->qe = is_td(m) ? rt_sim_td_qe : rt_sim_sgx_qe;
    settle_qe(k, &m->qe);
    m->layout = is_td(m) ? 4 : 3;
    if (k->layout)
        m->layout = k->layout;
    m->auth_len = k->auth_len ? k->auth_len : AUTH_LEN;
    if (k->no_auth)
        m->auth_len = 0;
    m->cert_type = k->cert_type ? k->cert_type : CERT_TYPE_CHAIN;
}

enum ratls_err rt_sim_quote(const struct ratls_env *env, const struct rt_sim_pki *pki,
                            const struct rt_sim_body *body, const struct rt_sim_quote_knobs *knobs,
                            struct ratls_buffer *out)
{
    static const struct rt_sim_quote_knobs usual;
    struct quote_maker m = {.env = env, .pki = pki, .body = body, .knobs = knobs ? knobs : &usual};
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    settle(&m);
    if (m.layout < (is_td(&m) ? 4 : 3) || m.layout > 5)
        return RATLS_E_USAGE;
    note(&m, rt_key_generate(env, RT_P256, &m.ak));
    note(&m, rt_key_generate(env, RT_P256, &m.stranger));
    if (m.status == RATLS_OK) {
        memcpy(m.ak_point, rt_key_point(m.ak).p, sizeof m.ak_point);
        if (m.knobs->ak_off_curve)
            m.ak_point[63] ^= 1;
        put_quote(&m, &w);
    }
    if (m.status == RATLS_OK)
        m.status = rt_writer_take(&w, out);
    rt_writer_free(&w);
    rt_key_free(m.ak);
    rt_key_free(m.stranger);
    return m.status;
}
