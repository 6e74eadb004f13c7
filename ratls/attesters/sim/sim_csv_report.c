/* sim_csv_report.c - reports of simulated CSV guests. Layout: verifiers/csv/README.md. */
#include "sim_csv.h"

enum {
    HEAD_LEN = 188,
    ANONCE_AT = 188,
    V1_SIGNED = 180,
    V1_SIG = 192,
    V1_PEK = 336,
    V2_BUILD = 188,
    V2_RTMR_VERSION = 192,
    V2_RTMR = 208,
    V2_SIGNED = 1024,
    V2_PEK = 1168,
    SERIAL_LEN = 64,
    RESERVED_LEN = 32,
    MNONCE_AT = 128,
    MNONCE_LEN = 16,
    PAGE = 4096,
};

#define SERIAL "SIMULATED0051"

void rt_sim_csv_usual(struct rt_sim_csv_state *out)
{
    *out = (struct rt_sim_csv_state){.version = 1, .policy = 0x40000001}; /* nodbg, API 0.64 */
    memset(out->measure, 0x4d, sizeof out->measure);
    memset(out->anonce, 0xa5, sizeof out->anonce);
    for (size_t i = 0; i < RT_SIM_CSV_RTMRS; i++)
        memset(out->rtmr[i], 0x70 + (int)i, sizeof out->rtmr[i]);
}

static void put_u32(uint8_t *at, uint32_t v)
{
    for (size_t i = 0; i < sizeof v; i++)
        at[i] = (uint8_t)(v >> 8 * i);
}

/* ---- fields ---- */

static void put_head(const struct rt_sim_csv_state *s, uint8_t *report)
{
    memcpy(report, s->user_pubkey_digest, 32);
    memcpy(report + 32, s->vm_id, 16);
    memcpy(report + 48, s->vm_version, 16);
    memcpy(report + 64, s->report_data, 64);
    memcpy(report + MNONCE_AT, s->mnonce, MNONCE_LEN);
    memcpy(report + 144, s->measure, 32);
    put_u32(report + 176, s->policy);
    put_u32(report + 180, RT_HYGON_PEK);
    put_u32(report + 184, RT_HYGON_ALGO);
}

static void mask(uint8_t *at, size_t len, const uint8_t by[4])
{
    for (size_t i = 0; i < len; i++)
        at[i] ^= by[i % 4];
}

/* PEK and serial number. */
static void mask_owner(uint8_t *pek, const uint8_t by[4])
{
    mask(pek, RT_HYGON_LEAF_LEN + SERIAL_LEN, by); /* each a multiple of the mask */
}

static void put_owner(const struct rt_sim_csv_chain *chain, uint8_t *pek)
{
    memcpy(pek, chain->pek, RT_HYGON_LEAF_LEN);
    memcpy(pek + RT_HYGON_LEAF_LEN, SERIAL, sizeof SERIAL - 1);
}

struct maker {
    const struct rt_sim_csv_signer *by;
    const struct rt_sim_csv_state *state;
    const struct rt_sim_csv_knobs *knobs;
};

static enum ratls_err sign(const struct maker *m, const uint8_t *report, size_t signed_len,
                           uint8_t *numbers)
{
    const enum rt_sim_csv_part signer =
        m->knobs->own_key[RT_SIM_CSV_REPORT] ? RT_SIM_CSV_CEK : RT_SIM_CSV_PEK;
    const struct rt_sm2_message msg = {
        rt_sim_csv_id(m->knobs, RT_SIM_CSV_REPORT, rt_sim_csv_uids[RT_SIM_CSV_PEK]),
        ratls_bytes(report, signed_len)};
    uint8_t sig[RT_SM2_SIG_LEN] = {0};
    const enum ratls_err e = rt_sm2_sign(&m->by->keys->key[signer], &msg, sig);

    rt_sim_csv_put_pair(numbers, sig);
    return e;
}

/* From PEK to the MAC itself, over what stands there. */
static enum ratls_err put_mac(const struct rt_sim_csv_state *s, uint8_t *pek)
{
    const size_t len = RT_HYGON_LEAF_LEN + SERIAL_LEN + RESERVED_LEN;

    return rt_hmac_sm3(ratls_bytes(s->mnonce, MNONCE_LEN), ratls_bytes(pek, len), pek + len);
}

/* ---- the two versions ---- */

static enum ratls_err make_v1(const struct maker *m, uint8_t *report)
{
    uint8_t *pek = report + V1_PEK;

    put_head(m->state, report);
    put_owner(m->by->chain, pek);
    rt_sim_csv_patch(m->knobs, RT_SIM_CSV_REPORT, false, report);
    enum ratls_err e =
        m->knobs->sign_clear ? sign(m, report, V1_SIGNED, report + V1_SIG) : RATLS_OK;
    mask(report, HEAD_LEN, m->state->anonce);
    mask_owner(pek, m->state->anonce);
    mask(pek + RT_HYGON_LEAF_LEN + SERIAL_LEN, RESERVED_LEN, m->state->anonce);
    memcpy(report + ANONCE_AT, m->state->anonce, 4);
    if (!m->knobs->sign_clear)
        e = sign(m, report, V1_SIGNED, report + V1_SIG);
    if (e == RATLS_OK)
        e = put_mac(m->state, pek);
    if (m->knobs->clear_owner)
        mask_owner(pek, m->state->anonce);
    mask(report + 180, 8, m->knobs->mask_again); /* usage and algorithm: nobody signed them */
    mask(report + ANONCE_AT, 4, m->knobs->mask_again);
    mask_owner(pek, m->knobs->mask_again);
    return e;
}

static enum ratls_err make_v2(const struct maker *m, uint8_t *report)
{
    put_head(m->state, report);
    put_u32(report + V2_BUILD, 2100);
    report[V2_RTMR_VERSION] = 1;
    memcpy(report + V2_RTMR, m->state->rtmr, sizeof m->state->rtmr);
    put_owner(m->by->chain, report + V2_PEK);
    rt_sim_csv_patch(m->knobs, RT_SIM_CSV_REPORT, false, report);
    const enum ratls_err e = sign(m, report, V2_SIGNED, report + V2_SIGNED);
    return e ? e : put_mac(m->state, report + V2_PEK);
}

static void put_evidence(const struct maker *m, const uint8_t *page, struct rt_writer *w)
{
    static const char magic[16] = "ATTESTATION_EXT";
    const bool is_v2 = m->state->version == 2;
    const struct rt_sim_csv_chain *chain = m->by->chain;

    if (is_v2 || m->knobs->magic) {
        rt_put(w, magic, sizeof magic);
        rt_put_u32le(w, m->knobs->flags ? m->knobs->flags : is_v2);
    }
    rt_put(w, page, m->knobs->page ? PAGE : is_v2 ? RT_SIM_CSV_V2_LEN : RT_SIM_CSV_V1_LEN);
    if (!m->knobs->no_pair) {
        rt_put(w, chain->hsk, sizeof chain->hsk);
        rt_put(w, chain->cek, sizeof chain->cek);
    }
    if (m->knobs->with_len)
        rt_put_u32le(w, RT_HYGON_PAIR_LEN);
}

enum ratls_err rt_sim_csv_report(const struct rt_sim_csv_signer *by,
                                 const struct rt_sim_csv_state *state,
                                 const struct rt_sim_csv_knobs *knobs, struct ratls_buffer *out)
{
    static const struct rt_sim_csv_knobs none;
    const struct maker m = {by, state, knobs ? knobs : &none};
    struct rt_writer w = {0};
    uint8_t page[PAGE] = {0};
    const enum ratls_err e = (state->version == 2 ? make_v2 : make_v1)(&m, page);

    *out = (struct ratls_buffer){0};
    if (e)
        return e;
    rt_sim_csv_patch(m.knobs, RT_SIM_CSV_REPORT, true, page);
    put_evidence(&m, page, &w);
    return rt_writer_take(&w, out);
}
