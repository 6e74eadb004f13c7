/* npu_evidence.h - what the host of NPUs sends, in the JSON of global-trust-authority, out of its
 * parts. */
#ifndef NPU_EVIDENCE_H
#define NPU_EVIDENCE_H

#include "plain_tpm.h"

struct npu_evidence {
    struct ratls_bytes ak_public, ak_cert, ca; /* len 0: no member; `ca`: they are a list */
    struct ratls_bytes message, tpmt, ima_log;
    const struct rt_sim_tpm *tpm; /* whose PCRs stand beside the quote */
    const char *logs;             /* JSON in their place */
    const char *more;             /* further members, with a comma in front */
};

static inline void npu_put_cert(struct rt_writer *w, struct ratls_bytes der)
{
    rt_json_put_raw(w, "{\"cert_type\":\"aik\",\"cert_data\":");
    put_base64(w, der);
    rt_json_put_raw(w, "}");
}

static inline void npu_put_key(struct rt_writer *w, const struct npu_evidence *p)
{
    if (p->ak_public.len) {
        rt_json_put_raw(w, "\"ak_public\":");
        put_base64(w, p->ak_public);
        rt_json_put_raw(w, ",");
    }
    if (p->ca.len) {
        rt_json_put_raw(w, "\"ak_certs\":[");
        npu_put_cert(w, p->ak_cert);
        rt_json_put_raw(w, ",");
        npu_put_cert(w, p->ca);
        rt_json_put_raw(w, "],");
    } else if (p->ak_cert.len) {
        rt_json_put_raw(w, "\"ak_cert\":");
        put_base64(w, p->ak_cert);
        rt_json_put_raw(w, ",");
    }
}

static inline void npu_put_pcrs(struct rt_writer *w, const struct rt_sim_tpm *t)
{
    char hex[2 * RT_SHA256_LEN + 1], index[32];
    const char *between = "";

    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++)
        if (t->selected >> i & 1) {
            rt_hex(ratls_bytes(t->pcr[i], RT_SHA256_LEN), hex);
            (void)snprintf(index, sizeof index, "%s{\"pcr_index\":%zu,", between, i);
            rt_json_put_raw(w, index);
            rt_json_put_raw(w, "\"pcr_value\":");
            rt_json_put_text(w, hex);
            rt_json_put_raw(w, "}");
            between = ",";
        }
}

static inline bool npu_evidence_json(const struct npu_evidence *p, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{");
    npu_put_key(&w, p);
    rt_json_put_raw(&w, "\"quote\":{\"quote_data\":");
    put_base64(&w, p->message);
    rt_json_put_raw(&w, ",\"signature\":");
    put_base64(&w, p->tpmt);
    rt_json_put_raw(&w, "},\"pcrs\":{\"hash_alg\":\"sha256\",\"pcr_values\":[");
    npu_put_pcrs(&w, p->tpm);
    rt_json_put_raw(&w, "]},\"logs\":");
    if (p->logs) {
        rt_json_put_raw(&w, p->logs);
    } else {
        rt_json_put_raw(&w, "[{\"log_type\":\"runtime_measurement\",\"log_data\":");
        put_base64(&w, p->ima_log);
        rt_json_put_raw(&w, "}]");
    }
    rt_json_put_raw(&w, p->more ? p->more : "");
    rt_json_put_raw(&w, "}");
    return rt_writer_take(&w, out) == RATLS_OK;
}

#endif
