#include "sim_azure.h"

#include <stdlib.h>

#include "json.h"

enum { VERSION = 1, REQUEST = 2, HASH_SHA256 = 1, HEAD_REST = 16, RUNTIME_HEAD = 20 };

static uint32_t or_usual(uint32_t knob, uint32_t usual)
{
    return knob ? knob : usual;
}

enum ratls_err rt_sim_hcl(enum rt_sim_hcl_type type, struct ratls_bytes hardware,
                          struct ratls_bytes var_data, const struct rt_sim_hcl_knobs *knobs,
                          struct ratls_buffer *out)
{
    static const struct rt_sim_hcl_knobs none;
    static const uint8_t zeros[RT_SIM_HCL_HARDWARE];
    const struct rt_sim_hcl_knobs *k = knobs ? knobs : &none;
    const uint32_t len = (uint32_t)var_data.len;
    struct rt_writer w = {0};

    rt_put(&w, k->magic ? k->magic : "HCLA", 4);
    rt_put_u32le(&w, or_usual(k->version, VERSION));
    rt_put_u32le(&w, 0x20 + RT_SIM_HCL_HARDWARE + RUNTIME_HEAD + len);
    rt_put_u32le(&w, or_usual(k->request, REQUEST));
    rt_put(&w, zeros, HEAD_REST);
    rt_put_bytes(&w, hardware);
    rt_put(&w, zeros, RT_SIM_HCL_HARDWARE - hardware.len);
    rt_put_u32le(&w, RUNTIME_HEAD + len);
    rt_put_u32le(&w, 1);
    rt_put_u32le(&w, or_usual(k->type, (uint32_t)type));
    rt_put_u32le(&w, or_usual(k->hash, HASH_SHA256));
    rt_put_u32le(&w, or_usual(k->var_size, len));
    rt_put_bytes(&w, var_data);
    rt_put_bytes(&w, k->behind);
    return rt_writer_take(&w, out);
}

static void put_base64url_text(struct rt_writer *w, struct ratls_bytes b, bool padded)
{
    rt_put_u8(w, '"');
    rt_put_base64url(w, b);
    if (padded)
        rt_put(w, "==", (3 - b.len % 3) % 3);
    rt_put_u8(w, '"');
}

enum ratls_err rt_sim_hcl_data(struct ratls_bytes ak_spki, struct ratls_bytes user_data,
                               struct ratls_buffer *out)
{
    struct rt_public_key ak;
    struct rt_writer w = {0};
    char *user = rt_hex_new(user_data);
    enum ratls_err e = rt_public_key_parse(ak_spki, &ak, NULL);

    *out = (struct ratls_buffer){0};
    if (e == RATLS_OK && !user)
        e = RATLS_E_NO_MEMORY;
    if (e == RATLS_OK) {
        rt_json_put_raw(&w, "{\"keys\":[{\"kid\":\"HCLAkPub\",\"key_ops\":[\"sign\"],\"kty\":"
                            "\"RSA\",\"e\":");
        put_base64url_text(&w, ak.rsa_e, false);
        rt_json_put_raw(&w, ",\"n\":");
        put_base64url_text(&w, ak.rsa_n, false);
        rt_json_put_raw(&w, "}],\"vm-configuration\":{\"secure-boot\":true,\"tpm-enabled\":true,"
                            "\"vmUniqueId\":\"00000000-0000-0000-0000-000000000000\"},"
                            "\"user-data\":");
        rt_json_put_text(&w, user);
        rt_json_put_raw(&w, "}");
        e = rt_writer_take(&w, out);
    }
    free(user);
    return e;
}

enum ratls_err rt_sim_hcl_report_data(struct ratls_bytes var_data,
                                      uint8_t out[RATLS_REPORT_DATA_LEN])
{
    memset(out, 0, RATLS_REPORT_DATA_LEN);
    return rt_sha256(var_data, out);
}

enum ratls_err rt_sim_azure_json(const struct rt_sim_azure_parts *parts, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"version\":2,\"hcl_report\":");
    put_base64url_text(&w, parts->hcl_report, true);
    rt_json_put_raw(&w, parts->type == RT_SIM_HCL_SNP ? ",\"vcek\":" : ",\"td_quote\":");
    put_base64url_text(&w, parts->hardware, true);
    rt_json_put_raw(&w, ",\"tpm_quote\":{");
    rt_sim_tpm_put_json(&w, parts->tpm, parts->message, parts->signature);
    rt_json_put_raw(&w, "}}");
    return rt_writer_take(&w, out);
}
