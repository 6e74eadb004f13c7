#include "tcb_judge.h"

/* Bytes of TEE_TCB_SVN: security version of the module, its major version, then components. */
enum { MODULE_SVN, MODULE_VERSION, FIRST_COMPONENT };

/* What one TCB of a platform matched. */
struct match {
    const struct rt_tcb_level *platform; /* NULL: not supported */
    const struct rt_svn_level *module;   /* NULL: not supported, where `by_module` */
    bool by_module;                      /* the module has an identity of its own */
};

/* ---- TDX module ---- */

static const struct rt_tdx_module *find_module(const struct rt_tcb_info *info, uint8_t version)
{
    for (size_t i = 0; i < info->n_modules; i++)
        if (info->modules[i].version == version)
            return &info->modules[i];
    return NULL;
}

/* SEAMATTRIBUTES under the mask are those expected, and no other bit is set. */
static bool has_attributes(const uint8_t *found, const struct rt_tdx_module *m)
{
    for (size_t i = 0; i < sizeof m->attributes; i++)
        if ((found[i] & m->attributes_mask[i]) != m->attributes[i] ||
            (found[i] & ~m->attributes_mask[i]) != 0)
            return false;
    return true;
}

/* The module that launched the TD. Those of version 0 are described by tdxModule. */
static enum ratls_err check_module(const struct rt_tcb_info *info, const struct rt_td_tcb *td,
                                   struct ratls_error *err)
{
    const uint8_t version = td->svn[MODULE_VERSION];
    const struct rt_tdx_module *m = version ? find_module(info, version) : &info->module;

    if (!m)
        return ratls_fail(err, RATLS_E_TDX_MODULE, "the TCB info has no module TDX_%02X", version);
    if (memcmp(td->mr_signer_seam, m->mr_signer, sizeof m->mr_signer) != 0)
        return ratls_fail(err, RATLS_E_TDX_MODULE, "MRSIGNERSEAM of the TDX module");
    if (!has_attributes(td->seam_attributes, m))
        return ratls_fail(err, RATLS_E_TDX_MODULE, "SEAMATTRIBUTES of the TDX module");
    return RATLS_OK;
}

/* ---- levels ---- */

static bool reaches(const uint8_t *have, const uint8_t *need, size_t from)
{
    for (size_t i = from; i < RT_TCB_COMPONENTS; i++)
        if (have[i] < need[i])
            return false;
    return true;
}

/* The newest level that nothing of the platform is below. A module with an identity of its own is
 * compared there, not here. */
static const struct rt_tcb_level *find_level(const struct rt_tcb_info *info,
                                             const struct rt_pck_ext *pck, const uint8_t *svn)
{
    const size_t from = svn && svn[MODULE_VERSION] > 0 ? FIRST_COMPONENT : MODULE_SVN;

    for (size_t i = 0; i < info->n_levels; i++) {
        const struct rt_tcb_level *level = &info->levels[i];
        if (reaches(pck->component_svn, level->sgx, 0) && pck->pce_svn >= level->pce_svn &&
            (!svn || reaches(svn, level->tdx, from)))
            return level;
    }
    return NULL;
}

static struct match match(const struct rt_tcb_info *info, const struct rt_pck_ext *pck,
                          const uint8_t *svn)
{
    struct match m = {.platform = find_level(info, pck, svn)};

    if (svn && svn[MODULE_VERSION] > 0) {
        const struct rt_tdx_module *module = find_module(info, svn[MODULE_VERSION]);
        m.by_module = true;
        m.module = module ? rt_svn_levels_find(&module->levels, svn[MODULE_SVN]) : NULL;
    }
    return m;
}

static enum rt_tcb_status status_of(const struct match *m, const struct rt_svn_level *qe)
{
    if (!m->platform || !qe || (m->by_module && !m->module))
        return RT_TCB_NOT_SUPPORTED;
    enum rt_tcb_status s = m->platform->status;
    if (m->by_module)
        s = rt_tcb_converge(s, m->module->status);
    return rt_tcb_converge(s, qe->status);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Of a match that is supported. */
static void take_levels(const struct match *m, const struct rt_svn_level *qe,
                        struct rt_tcb_result *out)
{
    out->date = earlier(m->platform->date, qe->date);
    out->advisories[0] = m->platform->advisories;
    out->advisories[1] = qe->advisories;
    if (!m->by_module)
        return;
    out->date = earlier(out->date, m->module->date);
    out->advisories[2] = m->module->advisories;
}

enum ratls_err rt_tcb_judge(const struct rt_tcb_info *info, const struct rt_tcb_subject *subject,
                            struct rt_tcb_result *out, struct ratls_error *err)
{
    const struct rt_td_tcb *td = subject->td;
    const enum ratls_err e = td ? check_module(info, td, err) : RATLS_OK;

    *out = (struct rt_tcb_result){.status = RT_TCB_NOT_SUPPORTED};
    if (e)
        return e;
    const struct match launch = match(info, subject->pck, td ? td->svn : NULL);
    out->status = status_of(&launch, subject->qe);
    if (td && td->svn2) {
        const struct match current = match(info, subject->pck, td->svn2);
        out->status = rt_tcb_relaunch(out->status, status_of(&current, subject->qe));
    }
    if (out->status != RT_TCB_NOT_SUPPORTED)
        take_levels(&launch, subject->qe, out);
    return RATLS_OK;
}
