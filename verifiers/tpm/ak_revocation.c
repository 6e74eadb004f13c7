#include "ak.h"
#include "chain_crls.h"
#include "oid.h"

/* A certificate that names no list is withdrawn in another way, if at all: nobody can ask more. */
static bool is_settled(const struct rt_x509 *cert, bool looked_up)
{
    return looked_up || !rt_x509_ext(cert, RT_OID(CRL_DISTRIBUTION));
}

enum ratls_err rt_tpm_ak_judge_crls(struct rt_tpm_ak *ak, const struct ratls_verify_input *input,
                                    struct ratls_error *err)
{
    const struct rt_x509 *chain[RT_MAX_CHAIN + 1];
    struct rt_chain_crls found;

    if (ak->n_chain == 0)
        return RATLS_OK;
    for (size_t i = 0; i < ak->n_chain; i++)
        chain[i] = &ak->chain[i];
    enum ratls_err e =
        rt_chain_crls_judge((struct rt_proven_chain){chain, ak->n_chain}, input, &found, err);
    if (e)
        return e;
    ak->crls_end = found.expires;
    ak->looked_up = found.looked_up[0];
    ak->not_revoked = true;
    for (size_t i = 0; i + 1 < ak->n_chain; i++)
        ak->not_revoked = ak->not_revoked && is_settled(chain[i], found.looked_up[i]);
    ak->not_revoked = ak->not_revoked || input->insecure_no_crl;
    return RATLS_OK;
}
