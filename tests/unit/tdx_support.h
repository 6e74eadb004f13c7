/* tdx_support.h - a simulated platform, and one call of the TDX verifier, for the tests of
 * verifiers/tdx. */
#ifndef TDX_SUPPORT_H
#define TDX_SUPPORT_H

#include <criterion/criterion.h>

#include "registry.h"
#include "sim_tdx.h"
#include "tdx.h"
#include "x509.h"

/* Last verdict of tdx_verify(). */
struct tdx_outcome {
    enum ratls_err e;
    struct ratls_error err;
    struct ratls_claims *claims;
};

static inline void tdx_outcome_free(struct tdx_outcome *o)
{
    ratls_claims_free(o->claims);
    *o = (struct tdx_outcome){0};
}

static inline struct ratls_root tdx_root_of(const struct rt_sim_pki *pki, bool simulated)
{
    struct ratls_root root = {.simulated = simulated};
    struct rt_x509 cert;

    cr_assert_eq(rt_x509_parse(rt_bytes_of(&pki->der[RT_SIM_ROOT]), &cert, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&cert, root.spki_sha256), RATLS_OK);
    return root;
}

static inline enum ratls_err tdx_verify(struct ratls_bytes quote, const struct ratls_root *root,
                                        int64_t now, struct tdx_outcome *o)
{
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = quote, .roots = root, .n_roots = 1, .now = now};

    *o = (struct tdx_outcome){.claims = ratls_claims_new()};
    return o->e = rt_verifier_run(&rt_verifier_tdx, &input, o->claims, &o->err);
}

/* Verdict alone. */
static inline enum ratls_err tdx_verdict(struct ratls_bytes quote, const struct ratls_root *root,
                                         int64_t now)
{
    struct tdx_outcome o;
    enum ratls_err e = tdx_verify(quote, root, now, &o);

    tdx_outcome_free(&o);
    return e;
}

static inline int64_t tdx_now(void)
{
    const struct ratls_env *env = ratls_env_system();

    return env->now(env->arg);
}

/* A quote of a new simulated platform; `root` gets its pin. */
static inline void tdx_sim_quote(const struct rt_sim_pki_knobs *pki_knobs,
                                 const struct rt_sim_quote_knobs *knobs, struct ratls_buffer *quote,
                                 struct ratls_root *root)
{
    struct rt_sim_pki pki;
    struct rt_sim_td td;
    struct ratls_error err = {0};

    rt_sim_td_usual(&td);
    for (size_t i = 0; i < sizeof td.report_data; i++)
        td.report_data[i] = (uint8_t)i;
    cr_assert_eq(rt_sim_pki_make(ratls_env_system(), pki_knobs, &pki, &err), RATLS_OK, "%s",
                 err.detail);
    cr_assert_eq(rt_sim_tdx_quote(ratls_env_system(), &pki, &td, knobs, quote), RATLS_OK);
    *root = tdx_root_of(&pki, true);
    rt_sim_pki_free(&pki);
}

#endif
