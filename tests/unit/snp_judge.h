/* snp_judge.h - one simulated guest, collateral for it, and the verdict of a trust about both. */
#ifndef SNP_JUDGE_H
#define SNP_JUDGE_H

#include "snp_support.h"

static struct snp_guest g;
static struct ratls_buffer json, root_pem;
static struct ratls_error err;

static inline void make(const struct bad_snp *plan)
{
    snp_free(&g);
    snp_make(plan, &g);
    ratls_buffer_free(&root_pem);
    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&g.chain.der[RT_SIM_ARK]), &root_pem));
}

static inline void setup(void)
{
    snp_open_keys();
    make(&(const struct bad_snp){0});
}

static inline void teardown(void)
{
    snp_free(&g);
    snp_close_keys();
    ratls_buffer_free(&json);
    ratls_buffer_free(&root_pem);
}

static inline void make_json(const struct rt_sim_snp_collateral_knobs *knobs)
{
    ratls_buffer_free(&json);
    MUST(rt_sim_snp_collateral(ratls_env_system(), &snp_keys, &g.chain, knobs, &json));
}

static inline struct ratls_trust *trust(void)
{
    struct ratls_trust *t;

    MUST(ratls_trust_new(ratls_env_system(), &t));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, rt_bytes_of(&root_pem), &err), RATLS_OK,
                 "%s", err.detail);
    return t;
}

struct outcome {
    enum ratls_err e;
    char detail[RATLS_ERROR_DETAIL_MAX], status[32];
    int64_t expires;
};

static inline struct outcome judge(const struct ratls_trust *t, const struct ratls_appraisal *like)
{
    struct ratls_appraisal what = *like;
    struct outcome o = {0};
    struct ratls_verdict *v = NULL;

    what.authenticity_only = true;
    what.now = what.now ? what.now : snp_now();
    o.e = ratls_appraise(t, &what, &v);
    (void)snprintf(o.detail, sizeof o.detail, "%s", ratls_verdict_detail(v));
    (void)snprintf(o.status, sizeof o.status, "%s", ratls_verdict_tcb_status(v));
    o.expires = ratls_verdict_expires(v);
    ratls_verdict_unref(v);
    return o;
}

static inline struct outcome judge_by(const struct ratls_trust *t,
                                      const struct ratls_buffer *evidence,
                                      const struct ratls_buffer *document)
{
    const struct ratls_bytes one = document ? rt_bytes_of(document) : ratls_bytes(NULL, 0);

    return judge(t, &(const struct ratls_appraisal){.subject = rt_bytes_of(evidence),
                                                    .collateral = &one,
                                                    .n_collateral = document ? 1 : 0});
}

#endif
