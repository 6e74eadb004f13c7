/* sim_platform.c - the facts, and the SGX extension that certifies them ("SGX PCK Certificate and
 * CRL Profile Specification" 1.5). */
#include "sim_platform.h"

#include "der.h"
#include "oid.h"

/* MRSIGNER, product, ATTRIBUTES (INIT, PROVISION_KEY) as in Intel's quoting enclaves. */
const struct rt_sim_qe rt_sim_td_qe = {
    .mr_signer = {0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
                  0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
                  0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5},
    .flags = 0x11,
    .xfrm = 0xe7,
    .prod_id = 2,
    .svn = 8,
};

const struct rt_sim_qe rt_sim_sgx_qe = {
    .mr_signer = {0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f,
                  0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70,
                  0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff},
    .flags = 0x11,
    .xfrm = 0xe7,
    .prod_id = 1,
    .svn = 8,
};

void rt_sim_platform_usual(struct rt_sim_platform *p)
{
    *p = (struct rt_sim_platform){
        .cpu_svn = {7, 9, 3, 3, 255, 255, 1},
        .component_svn = {7, 9, 3, 3, 255, 255, 1},
        .fmspc = {'R', 'A', 'T', 'L', 'S', 0},
        .pce_svn = 13,
    };
}

/* ---- the SGX extension ---- */

/* SEQUENCE { OID sgx.`arcs`, ... : opens the entry, the caller writes the value. */
static size_t begin_entry(struct rt_writer *w, const uint8_t *arcs, size_t n)
{
    const struct ratls_bytes sgx = RT_OID(SGX);
    uint8_t oid[16];
    size_t mark = rt_der_begin(w, RT_DER_SEQUENCE);

    memcpy(oid, sgx.p, sgx.len);
    memcpy(oid + sgx.len, arcs, n);
    rt_der_put_oid(w, ratls_bytes(oid, sgx.len + n));
    return mark;
}

static void put_octets(struct rt_writer *w, uint8_t arc, struct ratls_bytes value)
{
    size_t mark = begin_entry(w, &arc, 1);

    rt_der_put(w, RT_DER_OCTET_STRING, value);
    rt_der_end(w, mark);
}

static void put_tcb(struct rt_writer *w, const struct rt_sim_platform *p)
{
    size_t tcb = begin_entry(w, (const uint8_t[]){2}, 1);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    for (uint8_t i = 1; i <= 18; i++) {
        size_t entry = begin_entry(w, (const uint8_t[]){2, i}, 2);
        if (i <= 16)
            rt_der_put_uint(w, p->component_svn[i - 1]);
        else if (i == 17)
            rt_der_put_uint(w, p->pce_svn);
        else
            rt_der_put(w, RT_DER_OCTET_STRING, ratls_bytes(p->cpu_svn, sizeof p->cpu_svn));
        rt_der_end(w, entry);
    }
    rt_der_end(w, list);
    rt_der_end(w, tcb);
}

/* dynamicPlatform and cachedKeys yes, SMT no. */
static void put_configuration(struct rt_writer *w)
{
    size_t config = begin_entry(w, (const uint8_t[]){7}, 1);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    for (uint8_t i = 1; i <= 3; i++) {
        size_t entry = begin_entry(w, (const uint8_t[]){7, i}, 2);
        rt_der_put_bool(w, i != 3);
        rt_der_end(w, entry);
    }
    rt_der_end(w, list);
    rt_der_end(w, config);
}

enum ratls_err rt_sim_sgx_ext(const struct rt_sim_platform *p, struct ratls_buffer *out)
{
    static const uint8_t scalable[] = {1};
    struct rt_writer w = {0};
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE);

    put_octets(&w, 1, ratls_bytes(p->ppid, sizeof p->ppid));
    put_tcb(&w, p);
    put_octets(&w, 3, ratls_bytes(p->pce_id, sizeof p->pce_id));
    put_octets(&w, 4, ratls_bytes(p->fmspc, sizeof p->fmspc));
    size_t type = begin_entry(&w, (const uint8_t[]){5}, 1);
    rt_der_put(&w, RT_DER_ENUMERATED, ratls_bytes(scalable, sizeof scalable));
    rt_der_end(&w, type);
    if (!p->processor) {
        put_octets(&w, 6, ratls_bytes(p->platform_instance_id, sizeof p->platform_instance_id));
        put_configuration(&w);
    }
    rt_der_end(&w, all);
    return rt_writer_take(&w, out);
}
