/* sim_quote.c - the bytes of a TDX quote, version 4. */
#include "sim_tdx.h"

#define QE_REPORT_LEN   384
#define AUTH_LEN        32
#define SGX_FLAG_DEBUG  0x02ULL
#define CERT_TYPE_CHAIN 5
#define CERT_TYPE_QE    6
#define TEE_TYPE_TDX    0x81

static const uint8_t qe_vendor_id[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                         0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

struct quote_maker {
    const struct ratls_env *env;
    const struct rt_sim_pki *pki;
    const struct rt_sim_quote_knobs *knobs;
    struct rt_key *ak, *stranger;
    uint8_t ak_point[64];
    uint8_t auth[AUTH_LEN];
    enum ratls_err status; /* the first failure */
};

void rt_sim_td_usual(struct rt_sim_td *td)
{
    *td = (struct rt_sim_td){
        .tee_tcb_svn = {6, 1, 3},
        .td_attributes = RT_SIM_TD_SEPT_VE_DISABLE,
        .xfam = 0x00000000000602e7ULL,
    };
    memset(td->mr_seam, 0x5e, sizeof td->mr_seam);
    memset(td->mr_td, 0x51, sizeof td->mr_td);
    for (size_t i = 0; i < RT_COUNT(td->rtmr); i++)
        memset(td->rtmr[i], (int)(0xa0 + i), sizeof td->rtmr[i]);
}

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

/* ---- header and TD report ---- */

static void put_header(struct quote_maker *m, struct rt_writer *w)
{
    rt_put_u16le(w, m->knobs->version ? m->knobs->version : 4);
    rt_put_u16le(w, 2); /* ECDSA P-256 */
    rt_put_u32le(w, TEE_TYPE_TDX);
    rt_put_u32le(w, 0);
    rt_put(w, qe_vendor_id, sizeof qe_vendor_id);
    put_fill(w, 0x7e, 16); /* QE id */
    put_fill(w, 0, 4);
}

static void put_report(const struct rt_sim_td *td, struct rt_writer *w)
{
    rt_put(w, td->tee_tcb_svn, sizeof td->tee_tcb_svn);
    rt_put(w, td->mr_seam, sizeof td->mr_seam);
    rt_put(w, td->mr_signer_seam, sizeof td->mr_signer_seam);
    rt_put_u64le(w, td->seam_attributes);
    rt_put_u64le(w, td->td_attributes);
    rt_put_u64le(w, td->xfam);
    rt_put(w, td->mr_td, sizeof td->mr_td);
    rt_put(w, td->mr_config_id, sizeof td->mr_config_id);
    rt_put(w, td->mr_owner, sizeof td->mr_owner);
    rt_put(w, td->mr_owner_config, sizeof td->mr_owner_config);
    rt_put(w, td->rtmr, sizeof td->rtmr);
    rt_put(w, td->report_data, sizeof td->report_data);
}

/* ---- signature data ---- */

static void put_signature(struct quote_maker *m, struct rt_key *key, struct ratls_bytes msg,
                          struct rt_writer *w)
{
    uint8_t sig[RT_P256_SIG_LEN] = {0};

    note(m, rt_sign_raw(m->env, key, msg, sig, sizeof sig));
    rt_put(w, sig, sizeof sig);
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
    rt_put(&w, m->auth, m->knobs->no_auth ? 0 : sizeof m->auth);
    note(m, rt_sha256(rt_written(&w), out));
    rt_writer_free(&w);
}

static void put_qe_report(struct quote_maker *m, struct rt_writer *w)
{
    const struct rt_sim_qe *qe = &rt_sim_td_qe;
    uint8_t report_data[64];

    qe_report_data(m, report_data);
    put_fill(w, 3, 16); /* CPUSVN */
    rt_put_u32le(w, 0); /* MISCSELECT */
    put_fill(w, 0, 12 + 16);
    rt_put_u64le(w, qe->flags | (m->knobs->qe_debug ? SGX_FLAG_DEBUG : 0));
    rt_put_u64le(w, qe->xfrm);
    put_fill(w, 0x9e, 32); /* MRENCLAVE */
    put_fill(w, 0, 32);
    rt_put(w, qe->mr_signer, sizeof qe->mr_signer);
    put_fill(w, 0, 32 + 64); /* reserved, CONFIGID */
    rt_put_u16le(w, qe->prod_id);
    rt_put_u16le(w, qe->svn);
    put_fill(w, 0, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
    rt_put(w, report_data, sizeof report_data);
}

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
    const uint16_t auth_len = m->knobs->no_auth ? 0 : AUTH_LEN;
    struct rt_writer report = {0};

    put_qe_report(m, &report);
    rt_put_bytes(w, rt_written(&report));
    put_signature(m, signer, rt_written(&report), w);
    rt_put_u16le(w, auth_len);
    rt_put(w, m->auth, auth_len);
    put_counted(m, m->knobs->cert_type ? m->knobs->cert_type : CERT_TYPE_CHAIN, put_chain, w);
    rt_writer_free(&report);
}

static void put_quote(struct quote_maker *m, const struct rt_sim_td *td, struct rt_writer *w)
{
    struct rt_writer sig = {0};

    put_header(m, w);
    put_report(td, w);
    put_signature(m, m->knobs->quote_by_stranger ? m->stranger : m->ak, rt_written(w), &sig);
    rt_put(&sig, m->ak_point, sizeof m->ak_point);
    put_counted(m, m->knobs->outer_type ? m->knobs->outer_type : CERT_TYPE_QE, put_qe_part, &sig);
    rt_put_u32le(w, (uint32_t)sig.len);
    rt_put_bytes(w, rt_written(&sig));
    put_fill(w, 0xee, m->knobs->trailing_len);
    rt_writer_free(&sig);
}

enum ratls_err rt_sim_tdx_quote(const struct ratls_env *env, const struct rt_sim_pki *pki,
                                const struct rt_sim_td *td, const struct rt_sim_quote_knobs *knobs,
                                struct ratls_buffer *out)
{
    static const struct rt_sim_quote_knobs usual;
    struct quote_maker m = {.env = env, .pki = pki, .knobs = knobs ? knobs : &usual};
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    memset(m.auth, 0xa7, sizeof m.auth);
    note(&m, rt_key_generate(env, RT_P256, &m.ak));
    note(&m, rt_key_generate(env, RT_P256, &m.stranger));
    if (m.status == RATLS_OK) {
        memcpy(m.ak_point, rt_key_point(m.ak).p, sizeof m.ak_point);
        if (m.knobs->ak_off_curve)
            m.ak_point[63] ^= 1;
        put_quote(&m, td, &w);
    }
    if (m.status == RATLS_OK)
        m.status = rt_writer_take(&w, out);
    rt_writer_free(&w);
    rt_key_free(m.ak);
    rt_key_free(m.stranger);
    return m.status;
}
