#include "chain_crls.h"

#include "cert_text.h"

enum { MAX_CRLS = 16 };

struct lists {
    struct rt_proven_chain chain;
    const struct ratls_verify_input *input;
    struct ratls_error *err;
    struct rt_crl crl[MAX_CRLS];       /* owned */
    struct ratls_buffer der[MAX_CRLS]; /* owned */
    size_t n, n_fitting;
    /* by issuer in the chain: the newest counts for its dates, every list for what it revokes */
    const struct rt_crl *newest[RT_MAX_CHAIN + 1];
};

/* The CA of the chain that issued this list; RATLS_E_CLOSED: there is none of its name. Several may
 * bear one. */
static enum ratls_err find_issuer(const struct lists *l, const struct rt_crl *crl, size_t *out)
{
    struct ratls_error why = {0};

    for (size_t i = 1; i < l->chain.n; i++) {
        if (!ratls_bytes_equal(crl->issuer, l->chain.cert[i]->subject))
            continue;
        *out = i;
        enum ratls_err e = rt_crl_check_issuer(crl, l->chain.cert[i], &why);
        if (e == RATLS_OK || rt_is_own_failure(e))
            return e ? ratls_fail(l->err, e, "signature of a CRL") : RATLS_OK;
    }
    return why.code ? ratls_fail(l->err, why.code, "%s", why.detail) : RATLS_E_CLOSED;
}

static enum ratls_err note(struct lists *l, const struct rt_crl *crl)
{
    size_t by = 0;
    enum ratls_err e = find_issuer(l, crl, &by);

    if (e)
        return e == RATLS_E_CLOSED ? RATLS_OK : e;
    l->n_fitting++;
    if (rt_crl_lists(crl, l->chain.cert[by - 1]->serial))
        return ratls_fail(l->err, RATLS_E_REVOKED, "the certificate of %s is revoked",
                          by == 1 ? "the device" : "a CA");
    if (!l->newest[by] || crl->this_update > l->newest[by]->this_update)
        l->newest[by] = crl;
    return RATLS_OK;
}

static enum ratls_err note_all(struct lists *l)
{
    enum ratls_err e = RATLS_OK;

    if (l->input->n_crls > MAX_CRLS)
        return ratls_fail(l->err, RATLS_E_LIMIT, "more than %d CRLs", MAX_CRLS);
    while (l->n < l->input->n_crls && e == RATLS_OK) {
        const size_t i = l->n++;
        e = rt_crl_decode(l->input->crls[i], &l->der[i], l->err);
        if (e == RATLS_OK)
            e = rt_crl_parse(rt_bytes_of(&l->der[i]), &l->crl[i], l->err);
        if (e == RATLS_OK)
            e = note(l, &l->crl[i]);
    }
    if (e == RATLS_OK && l->n > 0 && l->n_fitting == 0)
        e = ratls_fail(l->err, RATLS_E_COLLATERAL_MISMATCH, "no CRL is of a CA above this device");
    return e;
}

static enum ratls_err check_dates(const struct lists *l, struct rt_chain_crls *out)
{
    const int64_t now = l->input->now;

    for (size_t i = 1; i < l->chain.n; i++) {
        const struct rt_crl *crl = l->newest[i];
        if (!crl)
            continue;
        if (now < crl->this_update)
            return ratls_fail(l->err, RATLS_E_COLLATERAL_TIME, "a CRL is not valid yet");
        if (now > crl->next_update)
            return ratls_fail(l->err, RATLS_E_COLLATERAL_TIME, "a CRL is out of date");
        out->looked_up[i - 1] = true;
        if (crl->next_update < out->expires)
            out->expires = crl->next_update;
    }
    return RATLS_OK;
}

enum ratls_err rt_chain_crls_judge(struct rt_proven_chain chain,
                                   const struct ratls_verify_input *input,
                                   struct rt_chain_crls *out, struct ratls_error *err)
{
    struct lists l = {.chain = chain, .input = input, .err = err};
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_chain_crls){.expires = INT64_MAX};
    if (!input->insecure_no_crl)
        e = note_all(&l);
    if (e == RATLS_OK)
        e = check_dates(&l, out);
    for (size_t i = 0; i < l.n; i++) {
        rt_crl_free(&l.crl[i]);
        ratls_buffer_free(&l.der[i]);
    }
    return e;
}
