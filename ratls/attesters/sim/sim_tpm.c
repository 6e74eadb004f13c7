#include "sim_tpm.h"

#include <stdlib.h>

#include "json.h"

enum {
    GENERATED_HIGH = 0xff54,
    GENERATED_LOW = 0x4347,
    ST_ATTEST_QUOTE = 0x8018,
    ALG_SHA256 = 0x000b,
    ALG_ECDSA = 0x0018,
    FIRST_DYNAMIC = 17, /* PCR 17 to 22 are ones until a dynamic launch */
    LAST_DYNAMIC = 22,
    FIRMWARE_PCRS = 8,
};

void rt_sim_tpm_usual(struct rt_sim_tpm *t)
{
    *t = (struct rt_sim_tpm){
        .magic = (uint32_t)GENERATED_HIGH << 16 | GENERATED_LOW,
        .type = ST_ATTEST_QUOTE,
        .clock = 1000,
        .reset_count = 2,
        .safe = 1,
        .n_banks = 1,
        .bank = ALG_SHA256,
        .n_select = RT_SIM_TPM_PCRS / 8,
        .selected = 0xffffff,
    };
    for (size_t i = 0; i < FIRMWARE_PCRS; i++) {
        t->pcr[i][0] = 0x70;
        t->pcr[i][1] = (uint8_t)i;
    }
    for (size_t i = FIRST_DYNAMIC; i <= LAST_DYNAMIC; i++)
        memset(t->pcr[i], 0xff, sizeof t->pcr[i]);
}

static void put_sized(struct rt_writer *w, struct ratls_bytes b)
{
    rt_put_u16be(w, (uint16_t)b.len);
    rt_put_bytes(w, b);
}

static enum ratls_err put_digest(struct rt_writer *w, const struct rt_sim_tpm *t)
{
    struct rt_writer all = {0};
    uint8_t digest[RT_SHA256_LEN];

    if (t->digest.p) {
        put_sized(w, t->digest);
        return RATLS_OK;
    }
    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++)
        if (t->selected >> i & 1)
            rt_put(&all, t->pcr[i], sizeof t->pcr[i]);
    enum ratls_err e = all.bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(&all), digest);
    if (e == RATLS_OK)
        put_sized(w, ratls_bytes(digest, sizeof digest));
    rt_writer_free(&all);
    return e;
}

enum ratls_err rt_sim_tpm_quote(const struct rt_sim_tpm *t, struct ratls_buffer *out)
{
    static const uint8_t signer[2 + RT_SHA256_LEN] = {0, ALG_SHA256};
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    rt_put_u32be(&w, t->magic);
    rt_put_u16be(&w, t->type);
    put_sized(&w, ratls_bytes(signer, sizeof signer));
    put_sized(&w, t->extra_data);
    rt_put_u64be(&w, t->clock);
    rt_put_u32be(&w, t->reset_count);
    rt_put_u32be(&w, t->restart_count);
    rt_put_u8(&w, t->safe);
    rt_put_u64be(&w, 1); /* firmwareVersion */
    rt_put_u32be(&w, t->n_banks);
    rt_put_u16be(&w, t->bank);
    rt_put_u8(&w, t->n_select);
    for (size_t i = 0; i < t->n_select; i++)
        rt_put_u8(&w, (uint8_t)(i < 4 ? t->selected >> 8 * i : 0));
    enum ratls_err e = put_digest(&w, t);
    rt_put_bytes(&w, t->behind);
    if (e == RATLS_OK)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

void rt_sim_tpm_put_rsa(struct rt_writer *w, uint16_t algorithm, struct ratls_bytes signature)
{
    rt_put_u16be(w, algorithm);
    rt_put_u16be(w, ALG_SHA256);
    put_sized(w, signature);
}

void rt_sim_tpm_put_ecdsa(struct rt_writer *w, struct ratls_bytes rs)
{
    const size_t half = rs.len / 2;

    rt_put_u16be(w, ALG_ECDSA);
    rt_put_u16be(w, ALG_SHA256);
    put_sized(w, ratls_bytes(rs.p, half));
    put_sized(w, ratls_bytes(rs.p + half, half));
}

static void put_hex(struct rt_writer *w, struct ratls_bytes b)
{
    char *hex = rt_hex_new(b);

    w->bad |= !hex;
    if (hex)
        rt_json_put_text(w, hex);
    free(hex);
}

void rt_sim_tpm_put_json(struct rt_writer *w, const struct rt_sim_tpm *t,
                         struct ratls_bytes message, struct ratls_bytes signature)
{
    const char *between = "";

    rt_json_put_raw(w, "\"message\":");
    put_hex(w, message);
    rt_json_put_raw(w, ",\"signature\":");
    put_hex(w, signature);
    rt_json_put_raw(w, ",\"pcrs\":[");
    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++)
        if (t->selected >> i & 1) {
            rt_json_put_raw(w, between);
            put_hex(w, ratls_bytes(t->pcr[i], sizeof t->pcr[i]));
            between = ",";
        }
    rt_json_put_raw(w, "]");
}
