#include "chain_crls.h"
#include "device_chain.h"

/* Huawei publishes no levels of firmware: "unrated" says that every certificate below the root was
 * looked up, and no more. */
static void set_claims(const struct rt_huawei_chain *chain, const struct rt_chain_crls *found,
                       struct ratls_claims *claims, const char *name)
{
    bool all = true;

    for (size_t i = 0; i + 1 < chain->n; i++)
        all = all && found->looked_up[i];
    if (all)
        (void)ratls_claims_set_text(claims, "tcb_status", "unrated");
    (void)ratls_claims_set_text(claims, name, found->looked_up[0] ? "good" : "not_checked");
}

enum ratls_err rt_huawei_judge_revocation(struct rt_huawei_chain *chain,
                                          const struct ratls_verify_input *input,
                                          struct ratls_claims *claims, const char *name,
                                          struct ratls_error *err)
{
    struct rt_chain_crls found;
    enum ratls_err e =
        rt_chain_crls_judge((struct rt_proven_chain){chain->cert, chain->n}, input, &found, err);

    if (e)
        return e;
    if (found.expires < chain->expires)
        chain->expires = found.expires;
    set_claims(chain, &found, claims, name);
    if (input->insecure_no_crl)
        (void)ratls_claims_set_text(claims, "tcb_status", "unrated");
    return RATLS_OK;
}
