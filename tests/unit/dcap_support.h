/* dcap_support.h - a simulated platform with a quote and its collateral, judged through the public
 * API, for the tests of DCAP verification. Time stands still; no vectors are needed. */
#ifndef DCAP_SUPPORT_H
#define DCAP_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "ratls/appraise.h"
#include "sim_collateral.h"
#include "sim_sgx.h"
#include "sim_tdx.h"

#define NOW INT64_C(1750000000)
#define DAY 86400

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static inline int64_t dcap_frozen(void *arg)
{
    (void)arg;
    return NOW;
}

static inline const struct ratls_env *dcap_env(void)
{
    static struct ratls_env env;

    env = *ratls_env_system();
    env.now = dcap_frozen;
    env.log = NULL;
    return &env;
}

/* What to make; zeroed: a good TDX quote of version 4 with collateral that says UpToDate. */
struct dcap_plan {
    bool sgx;
    const struct rt_sim_pki_knobs *pki;
    const struct rt_sim_quote_knobs *quote;
    void (*td)(struct rt_sim_td *td);
    struct rt_sim_collateral_knobs collateral; /* `sgx` is that of the plan unless it is set */
};

struct platform {
    bool sgx;
    struct rt_sim_pki pki;
    struct ratls_buffer quote, collateral;
};

static inline void platform_free(struct platform *p)
{
    rt_sim_pki_free(&p->pki);
    ratls_buffer_free(&p->quote);
    ratls_buffer_free(&p->collateral);
}

/* A quote of this platform; `out` is new. */
static inline void platform_quote(const struct platform *p, const struct dcap_plan *plan,
                                  struct ratls_buffer *out)
{
    struct rt_sim_enclave enclave;
    struct rt_sim_td td;

    rt_sim_enclave_usual(&enclave);
    rt_sim_td_usual(&td);
    if (plan->td)
        plan->td(&td);
    if (plan->sgx)
        MUST(rt_sim_sgx_quote(dcap_env(), &p->pki, &enclave, plan->quote, out));
    else
        MUST(rt_sim_tdx_quote(dcap_env(), &p->pki, &td, plan->quote, out));
}

/* Collateral of this platform; `out` is new. RATLS_E_USAGE where the flaw cannot be made. */
static inline enum ratls_err platform_collateral(const struct platform *p,
                                                 struct rt_sim_collateral_knobs knobs,
                                                 struct ratls_buffer *out)
{
    knobs.sgx = knobs.sgx != p->sgx;
    return rt_sim_collateral(dcap_env(), &p->pki, &knobs, out);
}

/* The collateral is missing, and false is returned, where the flaw cannot be made. */
static inline bool platform_try(const struct dcap_plan *plan, struct platform *p)
{
    struct ratls_error err = {0};

    *p = (struct platform){.sgx = plan->sgx};
    cr_assert_eq(rt_sim_pki_make(dcap_env(), plan->pki, &p->pki, &err), RATLS_OK, "%s", err.detail);
    platform_quote(p, plan, &p->quote);
    enum ratls_err e = platform_collateral(p, plan->collateral, &p->collateral);
    cr_assert(e == RATLS_OK || e == RATLS_E_USAGE, "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

static inline void platform_make(const struct dcap_plan *plan, struct platform *p)
{
    cr_assert(platform_try(plan, p), "an edit finds nothing");
}

/* Another document for the same platform and quote. */
static inline void platform_renew(struct platform *p, struct rt_sim_collateral_knobs knobs)
{
    ratls_buffer_free(&p->collateral);
    MUST(platform_collateral(p, knobs, &p->collateral));
}

static inline struct ratls_bytes platform_root(const struct platform *p)
{
    return rt_bytes_of(&p->pki.der[RT_SIM_ROOT]);
}

/* ---- trust and verdicts ---- */

/* A trust with the simulated root of the platform and no policy. */
static inline struct ratls_trust *dcap_trust(const struct platform *p)
{
    struct ratls_trust *t = NULL;
    struct ratls_error err = {0};

    MUST(ratls_trust_new(dcap_env(), &t));
    cr_assert_eq(ratls_trust_insecure_add_sim_roots(t, platform_root(p), &err), RATLS_OK, "%s",
                 err.detail);
    return t;
}

/* What is genuine, whatever a policy says; the verdict is new. The code is also its own. */
static inline struct ratls_verdict *dcap_judge(const struct ratls_trust *t,
                                               struct ratls_appraisal what)
{
    struct ratls_verdict *v = NULL;

    what.authenticity_only = true;
    if (what.now == 0)
        what.now = NOW;
    enum ratls_err e = ratls_appraise(t, &what, &v);
    cr_assert(v);
    cr_assert_eq(e, ratls_verdict_code(v));
    cr_assert_eq(e == RATLS_OK, ratls_verdict_allowed(v));
    return v;
}

/* The quote with its own collateral, at a time. */
static inline struct ratls_verdict *platform_judge(const struct platform *p,
                                                   const struct ratls_trust *t, int64_t now)
{
    const struct ratls_bytes document = rt_bytes_of(&p->collateral);

    return dcap_judge(t, (struct ratls_appraisal){.subject = rt_bytes_of(&p->quote),
                                                  .now = now,
                                                  .collateral = &document,
                                                  .n_collateral = 1});
}

/* The code alone. */
static inline enum ratls_err dcap_code(struct ratls_verdict *v)
{
    enum ratls_err e = ratls_verdict_code(v);

    ratls_verdict_unref(v);
    return e;
}

static inline enum ratls_err platform_code(const struct platform *p, int64_t now)
{
    struct ratls_trust *t = dcap_trust(p);
    enum ratls_err e = dcap_code(platform_judge(p, t, now));

    ratls_trust_unref(t);
    return e;
}

static inline const struct ratls_claim *claim_of(const struct ratls_verdict *v, const char *name)
{
    return ratls_claims_get(ratls_verdict_claims(v), name);
}

/* `text`: the TCB status of an allow, part of the detail of a deny. The verdict is freed. */
static inline void expect_verdict(struct ratls_verdict *v, enum ratls_err e, const char *text)
{
    cr_expect_eq(ratls_verdict_code(v), e, "%s: %s (%s)", text, ratls_verdict_reason(v),
                 ratls_verdict_detail(v));
    if (e)
        cr_expect(strstr(ratls_verdict_detail(v), text), "%s: %s", text, ratls_verdict_detail(v));
    else
        cr_expect_str_eq(ratls_verdict_tcb_status(v), text);
    ratls_verdict_unref(v);
}

/* Advisories with a space between. */
static inline void advisories_of(const struct ratls_verdict *v, char *out, size_t cap)
{
    const struct ratls_claim *c = claim_of(v, "advisory_ids");
    size_t len = 0;

    out[0] = 0;
    cr_assert(c && c->type == RATLS_CLAIM_LIST);
    for (size_t i = 0; i < c->n_items; i++) {
        cr_assert_lt(len + strlen(c->items[i]) + 2, cap);
        len += (size_t)snprintf(out + len, cap - len, "%s%s", i ? " " : "", c->items[i]);
    }
}

#endif
