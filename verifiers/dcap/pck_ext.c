/* The SGX extension of PCK certificates: SEQUENCE OF SEQUENCE { OID, value }. */
#include "der.h"
#include "oid.h"
#include "pck.h"

#define TCB_PCE_SVN 17 /* 1.2.840.113741.1.13.1.2.17 */
#define TCB_CPU_SVN 18

enum { TOP_STANDARD = 5, TOP_PLATFORM = 7, TCB_ENTRIES = 18, CONFIG_ENTRIES = 3 };

/* The arc below `parent`, 1..127; 0 for anything else. */
static unsigned last_arc(struct ratls_bytes oid, struct ratls_bytes parent)
{
    struct rt_reader r = rt_reader(oid);
    struct ratls_bytes head = rt_take_bytes(&r, parent.len);
    uint8_t arc = rt_u8(&r);

    return rt_at_end(&r) && ratls_bytes_equal(head, parent) && arc < 128 ? arc : 0;
}

/* Reads the value of entry `arc`; marks the reader as bad when it has another form. */
typedef void entry_fn(struct rt_reader *value, unsigned arc, struct rt_pck_ext *out);

/* Entries of one SEQUENCE, every arc from 1 to n once, in any order. */
static void read_entries(struct rt_reader *list, struct ratls_bytes parent, unsigned n,
                         entry_fn *entry, struct rt_pck_ext *out)
{
    uint32_t seen = 0;

    for (unsigned i = 0; i < n && !list->bad; i++) {
        struct rt_reader pair = rt_der_enter(list, RT_DER_SEQUENCE);
        unsigned arc = last_arc(rt_der_get(&pair, RT_DER_OID, NULL), parent);
        if (arc < 1 || arc > n || (seen & 1U << arc)) {
            list->bad = true;
            return;
        }
        seen |= 1U << arc;
        entry(&pair, arc, out);
        if (!rt_at_end(&pair))
            list->bad = true;
    }
    if (!rt_at_end(list))
        list->bad = true;
}

static void fixed(struct rt_reader *value, void *out, size_t len)
{
    struct ratls_bytes b = rt_der_get(value, RT_DER_OCTET_STRING, NULL);

    if (b.len == len)
        memcpy(out, b.p, len);
    else
        value->bad = true;
}

static uint64_t small(struct rt_reader *value, uint64_t max)
{
    uint64_t v = rt_der_uint(value);

    if (v > max)
        value->bad = true;
    return v;
}

static void tcb_entry(struct rt_reader *value, unsigned arc, struct rt_pck_ext *out)
{
    if (arc <= RT_PCK_COMPONENTS)
        out->component_svn[arc - 1] = (uint8_t)small(value, UINT8_MAX);
    else if (arc == TCB_PCE_SVN)
        out->pce_svn = (uint16_t)small(value, UINT16_MAX);
    else if (arc == TCB_CPU_SVN)
        fixed(value, out->cpu_svn, sizeof out->cpu_svn);
}

static void config_entry(struct rt_reader *value, unsigned arc, struct rt_pck_ext *out)
{
    bool *const flags[CONFIG_ENTRIES] = {&out->dynamic_platform, &out->cached_keys,
                                         &out->smt_enabled};

    *flags[arc - 1] = rt_der_bool(value);
}

/* A nested list below arc `arc` of the SGX OID. */
static void read_nested(struct rt_reader *value, uint8_t arc, unsigned n, entry_fn *entry,
                        struct rt_pck_ext *out)
{
    uint8_t oid[16];
    const struct ratls_bytes sgx = RT_OID(SGX);
    struct rt_reader list = rt_der_enter(value, RT_DER_SEQUENCE);

    memcpy(oid, sgx.p, sgx.len);
    oid[sgx.len] = arc;
    read_entries(&list, ratls_bytes(oid, sgx.len + 1), n, entry, out);
    if (list.bad)
        value->bad = true;
}

static void sgx_type(struct rt_reader *value, struct rt_pck_ext *out)
{
    struct ratls_bytes b = rt_der_get(value, RT_DER_ENUMERATED, NULL);

    if (b.len == 1 && b.p[0] <= 2)
        out->sgx_type = b.p[0];
    else
        value->bad = true;
}

static void top_entry(struct rt_reader *value, unsigned arc, struct rt_pck_ext *out)
{
    switch (arc) {
    case 1:
        fixed(value, out->ppid, sizeof out->ppid);
        break;
    case 2:
        read_nested(value, 2, TCB_ENTRIES, tcb_entry, out);
        break;
    case 3:
        fixed(value, out->pce_id, sizeof out->pce_id);
        break;
    case 4:
        fixed(value, out->fmspc, sizeof out->fmspc);
        break;
    case 5:
        sgx_type(value, out);
        break;
    case 6:
        fixed(value, out->platform_instance_id, sizeof out->platform_instance_id);
        break;
    case 7:
        read_nested(value, 7, CONFIG_ENTRIES, config_entry, out);
        break;
    default:
        value->bad = true;
    }
}

static unsigned count_entries(struct rt_reader list)
{
    unsigned n = 0;

    for (; !list.bad && list.left > 0 && n <= TOP_PLATFORM; n++)
        (void)rt_der_get(&list, RT_DER_SEQUENCE, NULL);
    return n;
}

enum ratls_err rt_pck_ext_parse(struct ratls_bytes value, struct rt_pck_ext *out,
                                struct ratls_error *err)
{
    struct rt_reader r = rt_reader(value);
    struct rt_reader list = rt_der_enter(&r, RT_DER_SEQUENCE);
    unsigned n = count_entries(list);

    *out = (struct rt_pck_ext){.has_platform = n == TOP_PLATFORM};
    if (n == TOP_STANDARD || n == TOP_PLATFORM)
        read_entries(&list, RT_OID(SGX), n, top_entry, out);
    else
        list.bad = true;
    if (list.bad || !rt_at_end(&r))
        return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN,
                          "the SGX extension of the PCK certificate is malformed");
    return RATLS_OK;
}
