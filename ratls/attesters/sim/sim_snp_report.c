#include "cert_table.h"
#include "sim_snp.h"

enum { SIGNED_LEN = 0x2a0, SCALAR_LEN = 48, SCALAR_FIELD = 72 };

void rt_sim_snp_report_usual(const struct rt_sim_snp_platform *p, struct rt_sim_snp_report *out)
{
    *out = (struct rt_sim_snp_report){
        .version = p->product->report_version,
        .policy = RT_SIM_SNP_ONE | RT_SIM_SNP_SMT | 0x1f, /* ABI 0.31 */
        .signature_algo = 1,
        .platform_info = 0x25, /* SMT, ECC, alias check */
        .key_bits = p->vlek ? RT_SIM_SNP_VLEK_BITS : 0,
        .cpuid = {p->product->family, p->product->model, p->product->stepping},
        .current = {29, 55, 1},
        .committed = {29, 55, 1},
    };
    memset(out->measurement, 0x53, sizeof out->measurement);
    memset(out->report_id, 0x52, sizeof out->report_id);
    memset(out->report_id_ma, 0xff, sizeof out->report_id_ma); /* no migration agent */
    memcpy(out->current_tcb, p->tcb, 8);
    memcpy(out->reported_tcb, p->tcb, 8);
    memcpy(out->committed_tcb, p->tcb, 8);
    memcpy(out->launch_tcb, p->tcb, 8);
    if (!p->vlek) /* a VLEK hides the chip */
        memcpy(out->chip_id, p->chip_id, sizeof out->chip_id);
}

static void put_zeros(struct rt_writer *w, size_t n)
{
    while (n-- > 0)
        rt_put_u8(w, 0);
}

static void put_guest(struct rt_writer *w, const struct rt_sim_snp_report *r)
{
    rt_put_u32le(w, r->version);
    rt_put_u32le(w, r->guest_svn);
    rt_put_u64le(w, r->policy);
    rt_put(w, r->family_id, 16);
    rt_put(w, r->image_id, 16);
    rt_put_u32le(w, r->vmpl);
    rt_put_u32le(w, r->signature_algo);
    rt_put(w, r->current_tcb, 8);
    rt_put_u64le(w, r->platform_info);
    rt_put_u32le(w, r->key_bits);
    put_zeros(w, 4);
    rt_put(w, r->report_data, 64);
    rt_put(w, r->measurement, 48);
    rt_put(w, r->host_data, 32);
    rt_put(w, r->id_key_digest, 48);
    rt_put(w, r->author_key_digest, 48);
    rt_put(w, r->report_id, 32);
    rt_put(w, r->report_id_ma, 32);
}

static void put_firmware(struct rt_writer *w, const uint8_t version[3])
{
    rt_put(w, version, 3);
    put_zeros(w, 1);
}

static void put_platform(struct rt_writer *w, const struct rt_sim_snp_report *r)
{
    static const uint8_t none[16];

    rt_put(w, r->reported_tcb, 8);
    rt_put(w, r->version >= 3 ? r->cpuid : none, 3);
    put_zeros(w, 21);
    rt_put(w, r->chip_id, 64);
    rt_put(w, r->committed_tcb, 8);
    put_firmware(w, r->current);
    put_firmware(w, r->committed);
    rt_put(w, r->launch_tcb, 8);
    rt_put(w, r->version >= 5 ? r->launch_mit_vector : none, 8);
    rt_put(w, r->version >= 5 ? r->current_mit_vector : none, 8);
    put_zeros(w, 152);
}

/* Little endian. */
static void put_scalar(uint8_t *field, const uint8_t big_endian[SCALAR_LEN])
{
    for (size_t i = 0; i < SCALAR_LEN; i++)
        field[i] = big_endian[SCALAR_LEN - 1 - i];
}

enum ratls_err rt_sim_snp_sign(const struct ratls_env *env, const struct rt_sim_snp_keys *keys,
                               uint8_t report[RT_SNP_REPORT_LEN])
{
    uint8_t sig[2 * SCALAR_LEN];
    enum ratls_err e =
        rt_sign_raw(env, keys->vek, ratls_bytes(report, SIGNED_LEN), sig, sizeof sig);

    if (e == RATLS_OK) {
        put_scalar(report + SIGNED_LEN, sig);
        put_scalar(report + SIGNED_LEN + SCALAR_FIELD, sig + SCALAR_LEN);
    }
    return e;
}

enum ratls_err rt_sim_snp_report(const struct ratls_env *env, const struct rt_sim_snp_keys *keys,
                                 const struct rt_sim_snp_report *report, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    put_guest(&w, report);
    put_platform(&w, report);
    put_zeros(&w, RT_SNP_REPORT_LEN - SIGNED_LEN);
    enum ratls_err e = rt_writer_take(&w, out);
    if (e == RATLS_OK)
        e = rt_sim_snp_sign(env, keys, out->p);
    if (e)
        ratls_buffer_free(out);
    return e;
}

enum ratls_err rt_sim_snp_extend(struct ratls_bytes report, bool vlek,
                                 const struct rt_sim_snp_chain *chain, struct ratls_buffer *out)
{
    struct rt_cert_table table = {0};
    struct rt_writer w = {0};

    table.cert[vlek ? RT_CERT_VLEK : RT_CERT_VCEK] = rt_bytes_of(&chain->der[RT_SIM_VEK]);
    table.cert[RT_CERT_ASK] = rt_bytes_of(&chain->der[RT_SIM_ASK]);
    table.cert[RT_CERT_ARK] = rt_bytes_of(&chain->der[RT_SIM_ARK]);
    rt_put_bytes(&w, report);
    rt_cert_table_write(&table, &w);
    return rt_writer_take(&w, out);
}
