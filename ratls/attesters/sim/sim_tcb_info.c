/* sim_tcb_info.c - TCB info, version 2 and 3, in the order of members of Intel's own (Intel
 * "Trusted Services API", version 4). */
#include <stdio.h>

#include "sim_documents.h"
#include "sim_tdx.h"

#define COMPONENTS 16

/* What a component is of; informative. */
struct kind {
    const char *category, *type;
};

struct components {
    int svn[COMPONENTS];
    const struct kind *kind;
    size_t n_kinds, n;
};

static void put_components(struct rt_writer *w, const char *name, const struct components *c)
{
    rt_sim_open(w, name, '[');
    for (size_t i = 0; i < c->n; i++) {
        rt_sim_open(w, NULL, '{');
        rt_sim_put_number(w, "svn", i < COMPONENTS ? (unsigned)c->svn[i] : 0);
        if (i < c->n_kinds && c->kind[i].category)
            rt_sim_put_text(w, "category", c->kind[i].category);
        if (i < c->n_kinds && c->kind[i].type)
            rt_sim_put_text(w, "type", c->kind[i].type);
        rt_put_u8(w, '}');
    }
    rt_put_u8(w, ']');
}

static struct components sgx_components(const struct rt_sim_collateral_knobs *k,
                                        const struct rt_sim_step *s)
{
    static const struct kind kinds[] = {
        {"BIOS", "Early Microcode Update"},
        {"OS/VMM", "SGX Late Microcode Update"},
        {"OS/VMM", "TXT SINIT"},
        {"BIOS", NULL},
        {"BIOS", NULL},
        {"BIOS", NULL},
        {NULL, NULL},
        {"OS/VMM", "SEAMLDR ACM"},
    };
    struct components c = {.kind = kinds,
                           .n_kinds = RT_COUNT(kinds),
                           .n = k->n_components ? k->n_components : COMPONENTS};
    struct rt_sim_platform p;

    rt_sim_platform_usual(&p);
    for (size_t i = 0; i < COMPONENTS; i++)
        c.svn[i] = p.component_svn[i] + (k->miss_component == i + 1 ? 2 : 0);
    c.svn[0] += s->more;
    return c;
}

/* As Intel's: the first two, which the TDX module's own levels judge, ask for less than there is.
 */
static struct components tdx_components(const struct rt_sim_collateral_knobs *k,
                                        const struct rt_sim_step *s)
{
    static const struct kind kinds[] = {{"OS/VMM", "TDX Module"},
                                        {"OS/VMM", "TDX Module"},
                                        {"OS/VMM", "TDX Late Microcode Update"}};
    struct components c = {.kind = kinds,
                           .n_kinds = RT_COUNT(kinds),
                           .n = k->n_tdx_components ? k->n_tdx_components : COMPONENTS};
    struct rt_sim_td td;

    rt_sim_td_usual(&td);
    td.tee_tcb_svn[0] -= 1;
    td.tee_tcb_svn[1] = 0;
    for (size_t i = 0; i < COMPONENTS; i++)
        c.svn[i] = td.tee_tcb_svn[i] + (k->miss_tdx_component == i + 1 ? 2 : 0);
    c.svn[2] += s->more;
    return c;
}

static void put_tcb_v2(struct rt_writer *w, const struct components *c)
{
    char name[32];

    for (unsigned i = 0; i < c->n; i++) {
        (void)snprintf(name, sizeof name, "sgxtcbcomp%02usvn", i + 1);
        rt_sim_put_number(w, name, i < COMPONENTS ? (unsigned)c->svn[i] : 0);
    }
}

static void put_tcb(struct rt_writer *w, const struct rt_sim_collateral_knobs *k,
                    const struct rt_sim_step *s)
{
    const struct components sgx = sgx_components(k, s), tdx = tdx_components(k, s);
    struct rt_sim_platform p;

    rt_sim_platform_usual(&p);
    rt_sim_open(w, "tcb", '{');
    if (k->tcb_info_version == 2)
        put_tcb_v2(w, &sgx);
    else
        put_components(w, "sgxtcbcomponents", &sgx);
    rt_sim_put_number(w, "pcesvn", (unsigned)(p.pce_svn + s->more_pce + (k->miss_pce_svn ? 4 : 0)));
    if (!k->sgx && k->tcb_info_version != 2)
        put_components(w, "tdxtcbcomponents", &tdx);
    rt_put_u8(w, '}');
}

static void put_module(struct rt_writer *w, const char *id, const struct rt_sim_collateral_knobs *k)
{
    static const uint8_t zero[48];

    if (id)
        rt_sim_put_text(w, "id", id);
    rt_sim_put_hex(w, "mrsigner", k ? k->module_mr_signer : NULL, ratls_bytes(zero, 48));
    rt_sim_put_hex(w, "attributes", k ? k->module_attributes : NULL, ratls_bytes(zero, 8));
    rt_sim_put_text(w, "attributesMask",
                    k && k->module_attributes_mask ? k->module_attributes_mask
                                                   : "FFFFFFFFFFFFFFFF");
}

/* Two identities: that of the platform's module is the second. */
static void put_modules(struct rt_writer *w, const struct rt_sim_collateral_knobs *k)
{
    static const char *const usual[] = {"INTEL-SA-01036", "INTEL-SA-01099", NULL};
    const struct rt_sim_outcome o = {k->module_status, k->module_advisories, usual};
    struct rt_sim_td td;
    char id[8];

    rt_sim_td_usual(&td);
    (void)snprintf(id, sizeof id, "TDX_%02X", td.tee_tcb_svn[1]);
    rt_sim_open(w, "tdxModule", '{');
    put_module(w, NULL, NULL);
    rt_put_u8(w, '}');
    if (k->no_module_identities)
        return;
    rt_sim_open(w, "tdxModuleIdentities", '[');
    rt_sim_open(w, NULL, '{');
    put_module(w, "TDX_03", NULL);
    rt_sim_put_svn_levels(w, 9, &(const struct rt_sim_outcome){.usual = usual}, k->shuffled);
    rt_put_u8(w, '}');
    rt_sim_open(w, NULL, '{');
    put_module(w, k->module_id ? k->module_id : id, k);
    rt_sim_put_svn_levels(w, td.tee_tcb_svn[0] + (k->miss_module_svn ? 5 : 0), &o, k->shuffled);
    rt_put(w, "}]", 2);
}

static void put_platform(struct rt_writer *w, const struct rt_sim_collateral_knobs *k)
{
    struct rt_sim_platform p;

    rt_sim_platform_usual(&p);
    rt_sim_put_hex(w, "fmspc", k->fmspc, ratls_bytes(p.fmspc, sizeof p.fmspc));
    rt_sim_put_hex(w, "pceId", k->pce_id, ratls_bytes(p.pce_id, sizeof p.pce_id));
    rt_sim_put_number(w, "tcbType", 0);
    rt_sim_put_eval_number(w, &k->tcb_info);
}

void rt_sim_put_tcb_info(struct rt_writer *w, const struct rt_sim_collateral_knobs *k, int64_t now)
{
    static const char *const usual[] = {"INTEL-SA-00837", "INTEL-SA-01036", NULL};
    const struct rt_sim_outcome o = {k->tcb_status, k->tcb_advisories, usual};
    const struct rt_sim_levels l = rt_sim_levels(&o, k->shuffled);
    const bool v2 = k->tcb_info_version == 2;

    rt_put_u8(w, '{');
    if (!v2)
        rt_sim_put_text(w, "id", k->sgx ? "SGX" : "TDX");
    rt_sim_put_number(w, "version", v2 ? 2 : 3);
    rt_sim_put_dates(w, &k->tcb_info, now);
    put_platform(w, k);
    if (!k->sgx && !v2)
        put_modules(w, k);
    rt_sim_open(w, "tcbLevels", '[');
    for (size_t i = 0; i < l.n; i++) {
        rt_sim_open(w, NULL, '{');
        put_tcb(w, k, l.step[i]);
        rt_sim_put_outcome(w, l.step[i], &o);
        rt_put_u8(w, '}');
    }
    rt_put(w, "]}", 2);
}
