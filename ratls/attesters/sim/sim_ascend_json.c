#include <stdio.h>

#include "json.h"
#include "sim_ascend.h"

static void put_base64(struct rt_writer *w, const char *before, struct ratls_bytes b)
{
    rt_json_put_raw(w, before);
    rt_json_put_base64(w, b);
}

static void put_key(struct rt_writer *w, const struct rt_sim_ascend *p)
{
    if (p->ak_public.len) {
        put_base64(w, "\"ak_public\":", p->ak_public);
        rt_json_put_raw(w, ",");
    }
    if (p->ca.len) {
        put_base64(w, "\"ak_certs\":[{\"cert_type\":\"aik\",\"cert_data\":", p->ak_cert);
        put_base64(w, "},{\"cert_type\":\"ca\",\"cert_data\":", p->ca);
        rt_json_put_raw(w, "}],");
    } else if (p->ak_cert.len) {
        put_base64(w, "\"ak_cert\":", p->ak_cert);
        rt_json_put_raw(w, ",");
    }
}

static void put_pcrs(struct rt_writer *w, const struct rt_sim_tpm *t)
{
    char hex[2 * RT_SHA256_LEN + 1], item[160];
    const char *between = "";

    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++)
        if (t->selected >> i & 1) {
            rt_hex(ratls_bytes(t->pcr[i], RT_SHA256_LEN), hex);
            (void)snprintf(item, sizeof item, "%s{\"pcr_index\":%zu,\"pcr_value\":\"%s\"}", between,
                           i, hex);
            rt_json_put_raw(w, item);
            between = ",";
        }
}

static void put_logs(struct rt_writer *w, const struct rt_sim_ascend *p)
{
    if (p->logs) {
        rt_json_put_raw(w, p->logs);
        return;
    }
    put_base64(w, "[{\"log_type\":\"runtime_measurement\",\"log_data\":", p->ima_log);
    rt_json_put_raw(w, "}]");
}

enum ratls_err rt_sim_ascend_json(const struct rt_sim_ascend *parts, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{");
    put_key(&w, parts);
    put_base64(&w, "\"quote\":{\"quote_data\":", parts->message);
    put_base64(&w, ",\"signature\":", parts->tpmt);
    rt_json_put_raw(&w, "},\"pcrs\":{\"hash_alg\":\"sha256\",\"pcr_values\":[");
    put_pcrs(&w, parts->tpm);
    rt_json_put_raw(&w, "]},\"logs\":");
    put_logs(&w, parts);
    rt_json_put_raw(&w, parts->more ? parts->more : "");
    rt_json_put_raw(&w, "}");
    return rt_writer_take(&w, out);
}
