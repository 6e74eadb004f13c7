#include "revocation.h"

#include "oid.h"

enum ratls_err rt_nvidia_crls_open(struct rt_nvidia_crls *out,
                                   const struct ratls_verify_input *input, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    out->covered = true;
    if (input->insecure_no_crl)
        return RATLS_OK;
    if (input->n_crls > RT_NVIDIA_MAX_CRLS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d CRLs", RT_NVIDIA_MAX_CRLS);
    while (out->n < input->n_crls && e == RATLS_OK) {
        const size_t i = out->n++;
        e = rt_crl_decode(input->crls[i], &out->der[i], err);
        if (e == RATLS_OK)
            e = rt_crl_parse(rt_bytes_of(&out->der[i]), &out->crl[i], err);
    }
    return e;
}

void rt_nvidia_crls_free(struct rt_nvidia_crls *crls)
{
    for (size_t i = 0; i < crls->n; i++) {
        rt_crl_free(&crls->crl[i]);
        ratls_buffer_free(&crls->der[i]);
    }
    crls->n = 0;
}

static enum ratls_err check_dates(const struct rt_crl *crl, struct rt_nvidia_chain *chain,
                                  int64_t now, struct ratls_error *err)
{
    if (now < crl->this_update)
        return ratls_fail(err, RATLS_E_COLLATERAL_TIME, "a CRL is not valid yet");
    if (now > crl->next_update)
        return ratls_fail(err, RATLS_E_COLLATERAL_TIME, "a CRL is out of date");
    if (crl->next_update < chain->expires)
        chain->expires = crl->next_update;
    return RATLS_OK;
}

/* Certificate `i` in the lists of its issuer: every one counts for what it revokes, the newest for
 * its dates. *newest NULL: there is none. */
static enum ratls_err look_up(struct rt_nvidia_crls *crls, const struct rt_nvidia_chain *chain,
                              size_t i, const struct rt_crl **newest, struct ratls_error *err)
{
    const struct rt_x509 *issuer = &chain->cert[i + 1];

    *newest = NULL;
    for (size_t k = 0; k < crls->n; k++) {
        const struct rt_crl *crl = &crls->crl[k];
        if (!ratls_bytes_equal(crl->issuer, issuer->subject))
            continue;
        enum ratls_err e = rt_crl_check_issuer(crl, issuer, err);
        if (e)
            return e;
        crls->fits[k] = true;
        if (rt_crl_lists(crl, chain->cert[i].serial))
            return ratls_fail(err, RATLS_E_REVOKED, "the certificate of %s is revoked",
                              i == 0 ? "the device" : "a CA");
        if (!*newest || crl->this_update > (*newest)->this_update)
            *newest = crl;
    }
    return RATLS_OK;
}

enum ratls_err rt_nvidia_crls_judge(struct rt_nvidia_crls *crls, struct rt_nvidia_chain *chain,
                                    int64_t now, struct ratls_error *err)
{
    for (size_t i = 0; i + 1 < chain->n_with_root; i++) {
        const struct rt_crl *newest;
        enum ratls_err e = look_up(crls, chain, i, &newest, err);
        if (e == RATLS_OK && newest)
            e = check_dates(newest, chain, now, err);
        if (e)
            return e;
        if (!newest && rt_x509_ext(&chain->cert[i], RT_OID(CRL_DISTRIBUTION)))
            crls->covered = false;
    }
    return RATLS_OK;
}

enum ratls_err rt_nvidia_crls_check_use(const struct rt_nvidia_crls *crls, struct ratls_error *err)
{
    bool any = crls->n == 0;

    for (size_t i = 0; i < crls->n; i++)
        any |= crls->fits[i];
    return any ? RATLS_OK
               : ratls_fail(err, RATLS_E_COLLATERAL_MISMATCH, "no CRL is of a CA above a device");
}
