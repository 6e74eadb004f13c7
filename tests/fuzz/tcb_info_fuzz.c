/* Any bytes as TCB info. What is read has levels in order, and judges every platform without fault:
 * one that has everything reaches the first level. */
#include <stdlib.h>

#include "tcb_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_svn_levels(const struct rt_svn_levels *levels)
{
    must(levels->n > 0 && rt_svn_levels_find(levels, UINT16_MAX) == &levels->p[0]);
    for (size_t i = 0; i < levels->n; i++) {
        must(i == 0 || levels->p[i - 1].isv_svn > levels->p[i].isv_svn);
        must(rt_svn_levels_find(levels, levels->p[i].isv_svn) == &levels->p[i]);
    }
}

/* Whatever an earlier level asks for, in the order of comparison. */
static bool is_above(const struct rt_tcb_level *a, const struct rt_tcb_level *b)
{
    int d = memcmp(a->sgx, b->sgx, sizeof a->sgx);

    if (d == 0)
        d = (int)a->pce_svn - (int)b->pce_svn;
    return d ? d > 0 : memcmp(a->tdx, b->tdx, sizeof a->tdx) > 0;
}

static void check_levels(const struct rt_tcb_info *t)
{
    must(t->n_levels > 0 && t->next_update >= t->issue_date);
    must(t->tdx ? t->version == 3 : t->n_modules == 0);
    for (size_t i = 0; i < t->n_levels; i++) {
        must(i == 0 || is_above(&t->levels[i - 1], &t->levels[i]));
        must(strcmp(rt_tcb_name(t->levels[i].status), "NotSupported") != 0);
    }
    for (size_t i = 0; i < t->n_modules; i++)
        check_svn_levels(&t->modules[i].levels);
}

static enum rt_tcb_status judge(const struct rt_tcb_info *t, const struct rt_pck_ext *pck,
                                const uint8_t *svn, bool tdx)
{
    const struct rt_svn_level qe = {.status = RT_TCB_UP_TO_DATE, .date = INT64_MAX};
    const struct rt_td_tcb td = {.svn = svn,
                                 .svn2 = svn,
                                 .mr_signer_seam = t->module.mr_signer,
                                 .seam_attributes = t->module.attributes};
    const struct rt_tcb_subject subject = {.pck = pck, .qe = &qe, .td = tdx ? &td : NULL};
    struct rt_tcb_result result;
    enum ratls_err e = rt_tcb_judge(t, &subject, &result, NULL);

    must(e == RATLS_OK || (tdx && e == RATLS_E_TDX_MODULE));
    return result.status;
}

/* `bytes` stand for the numbers of a platform. */
static void judge_all(const struct rt_tcb_info *t, struct ratls_bytes bytes)
{
    struct rt_reader r = rt_reader(bytes);
    struct rt_pck_ext best = {.pce_svn = UINT16_MAX}, any = {0};
    uint8_t svn[RT_TCB_COMPONENTS];

    memset(best.component_svn, UINT8_MAX, sizeof best.component_svn);
    rt_copy(&r, any.component_svn, sizeof any.component_svn);
    rt_copy(&r, svn, sizeof svn);
    any.pce_svn = rt_u16le(&r);
    must(judge(t, &best, NULL, false) == t->levels[0].status);
    (void)judge(t, &any, NULL, false);
    if (t->tdx) {
        (void)judge(t, &any, svn, true);
        memset(svn, UINT8_MAX, sizeof svn);
        (void)judge(t, &best, svn, true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rt_tcb_info t;
    struct ratls_error err = {0};
    enum ratls_err e = rt_tcb_info_parse(ratls_bytes(bytes, len), &t, &err);

    must(err.code == e);
    if (e == RATLS_OK) {
        check_levels(&t);
        judge_all(&t, ratls_bytes(bytes, len));
    }
    rt_tcb_info_free(&t);
    return 0;
}
