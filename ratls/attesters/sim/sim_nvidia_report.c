/* sim_nvidia_report.c - the answer of a simulated device to GET_MEASUREMENTS (DSP0274 1.1). */
#include <stdlib.h>

#include "sim_nvidia.h"
#include "sim_nvidia_impl.h"

enum { SPDM_1_1 = 0x11, GET_MEASUREMENTS = 0xe0, MEASUREMENTS = 0x60, DMTF_DIGEST = 1 };
enum { LS10_BLOCKS = 31, BLOCK_LEN = 7 + RT_SIM_NVIDIA_DIGEST, EDITS = 2, PATCHES = 2 };
enum { SWITCHES = 4, GPUS = 8, LINKS = 18, PDI = 8 };

/* Types of opaque data (NVIDIA/nvtrust). */
enum {
    DRIVER = 3,
    VBIOS = 6,
    NVDEC0 = 11,
    COUNT = 12,
    BOARD = 14,
    CHIP_SKU = 15,
    FWID = 20,
    PROTECTED_PCIE = 21,
    SWITCH_PDIS = 22,
    GPU_PDIS = 26,
    FEATURE = 36
};
enum { OFF = 0x55, ON = 0xaa, MODE_SINGLE = 0, MODE_PROTECTED = 2 };

void rt_sim_nvidia_usual(struct rt_sim_nvidia_device device, struct rt_sim_nvidia_state *out)
{
    *out = (struct rt_sim_nvidia_state){.device = device, .driver = "590.12"};
    rt_sim_nvidia_fwid(device.arch, out->fwid);
    for (size_t i = 0; i < RT_SIM_NVIDIA_BLOCKS; i++)
        memset(out->block[i], (int)i + 1, sizeof out->block[i]);
}

static bool is_switch(const struct rt_sim_nvidia_state *s)
{
    return s->device.arch == RT_SIM_NVIDIA_LS10;
}

/* ---- opaque data, and edits of them ---- */

struct opaque {
    struct rt_writer w;
    const struct rt_sim_nvidia_edit *edits;
};

static void put_field(struct rt_writer *w, uint16_t type, struct ratls_bytes value)
{
    rt_put_u16le(w, type);
    rt_put_u16le(w, (uint16_t)value.len);
    rt_put_bytes(w, value);
}

static void add(struct opaque *o, uint16_t type, const void *value, size_t len)
{
    for (size_t i = 0; i < EDITS; i++) {
        const struct rt_sim_nvidia_edit *edit = &o->edits[i];
        if (edit->type != type || edit->in_addition)
            continue;
        if (edit->value.p)
            put_field(&o->w, type, edit->value);
        return;
    }
    put_field(&o->w, type, ratls_bytes(value, len));
}

/* The last byte says which of them. */
static void fill_pdi(uint8_t out[PDI], uint8_t of, size_t number, bool reversed)
{
    for (size_t i = 0; i < PDI; i++)
        out[reversed ? PDI - 1 - i : i] = i + 1 < PDI ? of : (uint8_t)number;
}

static void add_links(struct opaque *o, const struct rt_sim_nvidia_state *s)
{
    uint8_t switches[LINKS][PDI], gpus[GPUS][PDI], own[PDI];

    for (size_t i = 0; i < LINKS; i++)
        fill_pdi(switches[i], 0x53, i % SWITCHES, false);
    for (size_t i = 0; i < GPUS; i++)
        fill_pdi(gpus[i], 0x47, i, false);
    fill_pdi(own, 0x53, s->device.number % SWITCHES, true);
    if (is_switch(s)) {
        add(o, SWITCH_PDIS, own, sizeof own);
        add(o, GPU_PDIS, gpus, sizeof gpus);
    } else if (s->protected_pcie) {
        add(o, SWITCH_PDIS, switches, sizeof switches);
    }
}

static void add_gpu(struct opaque *o, const struct rt_sim_nvidia_state *s)
{
    static const uint8_t vbios[] = {0x00, 0xa5, 0x00, 0x96, 0x01, 0, 0, 0};
    static const uint8_t counts[4 * RT_SIM_NVIDIA_BLOCKS] = {1};
    static const uint8_t off[] = {OFF}, on[] = {ON};
    const uint8_t mode[] = {s->protected_pcie ? MODE_PROTECTED : MODE_SINGLE, 0};

    add(o, VBIOS, vbios, sizeof vbios);
    add(o, BOARD, "\xb1\x03\0", 4);
    add(o, CHIP_SKU, "882", 4);
    add(o, DRIVER, s->driver, strlen(s->driver) + 1);
    add(o, COUNT, counts, sizeof counts);
    add(o, NVDEC0, off, sizeof off);
    add(o, FWID, s->fwid, sizeof s->fwid);
    add(o, PROTECTED_PCIE, s->protected_pcie ? on : off, 1);
    add(o, FEATURE, mode, sizeof mode);
}

static void put_opaque(struct rt_writer *w, const struct rt_sim_nvidia_state *s,
                       const struct rt_sim_nvidia_knobs *k)
{
    struct opaque o = {.edits = k->edit};

    if (is_switch(s))
        add(&o, VBIOS, "96.10.6B.00.01", sizeof "96.10.6B.00.01");
    else
        add_gpu(&o, s);
    add_links(&o, s);
    for (size_t i = 0; i < EDITS; i++)
        if (k->edit[i].in_addition)
            put_field(&o.w, k->edit[i].type, k->edit[i].value);
    rt_put_u16le(w, (uint16_t)rt_written(&o.w).len);
    rt_put_bytes(w, rt_written(&o.w));
    w->bad |= o.w.bad;
    rt_writer_free(&o.w);
}

/* ---- request and response ---- */

static void put_request(struct rt_writer *w, const struct rt_sim_nvidia_state *s)
{
    rt_put_u8(w, SPDM_1_1);
    rt_put_u8(w, GET_MEASUREMENTS);
    rt_put_u8(w, 0x01); /* with a signature */
    rt_put_u8(w, 0xff); /* all of them */
    rt_put(w, s->nonce, sizeof s->nonce);
    rt_put_u8(w, 0); /* slot */
}

static void put_blocks(struct rt_writer *w, const struct rt_sim_nvidia_state *s)
{
    const uint8_t n = is_switch(s) ? LS10_BLOCKS : RT_SIM_NVIDIA_BLOCKS;

    rt_put_u8(w, n);
    rt_put_u16le(w, (uint16_t)(n * BLOCK_LEN));
    rt_put_u8(w, 0); /* the third byte of this length */
    for (uint8_t i = 0; i < n; i++) {
        rt_put_u8(w, i + 1);
        rt_put_u8(w, DMTF_DIGEST);
        rt_put_u16le(w, 3 + RT_SIM_NVIDIA_DIGEST);
        rt_put_u8(w, DMTF_DIGEST);
        rt_put_u16le(w, RT_SIM_NVIDIA_DIGEST);
        rt_put(w, s->block[i], RT_SIM_NVIDIA_DIGEST);
    }
}

static enum ratls_err put_response(const struct ratls_env *env, struct rt_writer *w,
                                   const struct rt_sim_nvidia_state *s,
                                   const struct rt_sim_nvidia_knobs *k)
{
    uint8_t nonce[RT_SIM_NVIDIA_NONCE];
    enum ratls_err e = env->random(env->arg, nonce, sizeof nonce) == 0 ? RATLS_OK : RATLS_E_RANDOM;

    rt_put_u8(w, SPDM_1_1);
    rt_put_u8(w, MEASUREMENTS);
    rt_put_u16le(w, 0); /* both parameters */
    put_blocks(w, s);
    rt_put(w, nonce, sizeof nonce);
    put_opaque(w, s, k);
    return e;
}

static void patch(struct rt_writer *w, const struct rt_sim_nvidia_knobs *k)
{
    for (size_t i = 0; i < PATCHES; i++)
        if (k->patch[i].at > 0 && k->patch[i].at < w->len)
            w->p[k->patch[i].at] = k->patch[i].value;
}

enum ratls_err rt_sim_nvidia_report(const struct ratls_env *env,
                                    const struct rt_sim_nvidia_keys *keys,
                                    const struct rt_sim_nvidia_state *state,
                                    const struct rt_sim_nvidia_knobs *knobs,
                                    struct ratls_buffer *out)
{
    static const struct rt_sim_nvidia_knobs usual;
    const struct rt_sim_nvidia_knobs *k = knobs ? knobs : &usual;
    struct rt_writer w = {0};
    uint8_t sig[2 * RT_SHA384_LEN];

    *out = (struct ratls_buffer){0};
    put_request(&w, state);
    enum ratls_err e = put_response(env, &w, state, k);
    patch(&w, k);
    if (e == RATLS_OK)
        e = rt_sign_raw(env, keys->key[k->wrong_key ? RT_SIM_NVIDIA_BROM : RT_SIM_NVIDIA_LEAF],
                        rt_written(&w), sig, sizeof sig);
    rt_put(&w, sig, sizeof sig);
    for (size_t i = 0; i < k->trailing; i++)
        rt_put_u8(&w, 0);
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

enum ratls_err rt_sim_nvidia_evidence(const struct ratls_env *env,
                                      const struct rt_sim_nvidia_keys *keys,
                                      const struct rt_sim_nvidia_state *state,
                                      struct ratls_buffer *out)
{
    struct rt_sim_nvidia_chain chain;
    struct ratls_bytes cert[RT_SIM_NVIDIA_CERTS];
    struct ratls_buffer report = {0};
    enum ratls_err e = rt_sim_nvidia_chain_make(env, keys, &state->device, NULL, &chain);

    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS; i++)
        cert[i] = rt_bytes_of(&chain.der[RT_SIM_NVIDIA_LEAF - i]);
    if (e == RATLS_OK)
        e = rt_sim_nvidia_report(env, keys, state, NULL, &report);
    const struct rt_nvidia_parts parts = {rt_bytes_of(&report), cert, RT_SIM_NVIDIA_LEAF};
    if (e == RATLS_OK)
        e = rt_nvidia_evidence(&parts, 1, out);
    ratls_buffer_free(&report);
    rt_sim_nvidia_chain_free(&chain);
    return e;
}
