/* Revocation: the CRLs of the ARK, which list ASKs and ASVKs. A VEK is in no list: its serial is
 * always 0 (AMD 57230, table 9); chips are kept out by policy. */
#include "claim_value.h"
#include "snp_verify.h"

/* The newest list counts for its dates, every list for what it revokes. */
struct lists {
    struct rt_snp_work *w;
    const struct rt_crl *newest;
    struct rt_crl given[RT_SNP_MAX_CRLS]; /* owned */
    struct ratls_buffer der[RT_SNP_MAX_CRLS];
    size_t n_given;
    bool is_revoked;
};

/* AMD gives out a list for VCEKs and one for VLEKs, both by the same ARK: the other kind's revokes,
 * but does not say that nothing of this kind is revoked. */
static void note(struct lists *l, const struct rt_crl *crl, bool is_of_kind)
{
    const struct rt_x509 *issuer = l->w->ca.issuer;

    if (is_of_kind && (!l->newest || crl->this_update > l->newest->this_update))
        l->newest = crl;
    l->is_revoked = l->is_revoked || (issuer && rt_crl_lists(crl, issuer->serial));
}

static bool is_same_ark(const struct rt_x509 *a, const struct rt_x509 *b)
{
    return ratls_bytes_equal(a->subject, b->subject) && ratls_bytes_equal(a->spki, b->spki);
}

/* Proven with their documents. */
static void note_collateral(struct lists *l)
{
    for (size_t i = 0; i < l->w->input->n_collateral; i++) {
        const struct rt_snp_collateral *c = l->w->input->collateral[i];
        if (c->has_crl && is_same_ark(&c->ark, l->w->ca.ark))
            note(l, &c->crl, c->ca.key == l->w->ca.key);
    }
}

/* One list from beside the evidence. Those of other generations are left out. */
static enum ratls_err note_given(struct lists *l, struct ratls_bytes text)
{
    const size_t i = l->n_given++;
    struct rt_crl *crl = &l->given[i];
    struct ratls_error *err = l->w->err;
    enum ratls_err e = rt_crl_decode(text, &l->der[i], err);

    if (e || (e = rt_crl_parse(rt_bytes_of(&l->der[i]), crl, err)) != RATLS_OK)
        return e;
    if (!ratls_bytes_equal(crl->issuer, l->w->ca.ark->subject))
        return RATLS_OK;
    if ((e = rt_amd_check_crl(crl, l->w->ca.ark, err)) == RATLS_OK)
        note(l, crl, true);
    return e;
}

static enum ratls_err note_all(struct lists *l)
{
    const struct ratls_verify_input *in = l->w->input;
    enum ratls_err e = RATLS_OK;

    if (in->n_crls > RT_SNP_MAX_CRLS)
        return ratls_fail(l->w->err, RATLS_E_LIMIT, "more than %d CRLs", RT_SNP_MAX_CRLS);
    note_collateral(l);
    for (size_t i = 0; i < in->n_crls && e == RATLS_OK; i++)
        e = note_given(l, in->crls[i]);
    return e;
}

/* ---- claims ---- */

static void crl_claims(const struct rt_snp_work *w, const struct rt_crl *crl)
{
    char hex[2 * 20 + 1]; /* RFC 5280 s.4.1.2.2: 20 bytes at most */

    rt_claim_set_crl_number(w->claims, "snp.crl_number", crl);
    rt_claim_set_time(w->claims, "snp.crl_this_update", crl->this_update);
    rt_claim_set_time(w->claims, "snp.crl_next_update", crl->next_update);
    (void)ratls_claims_add_item(w->claims, "snp.crl_revoked", NULL);
    for (size_t i = 0; i < crl->n_revoked && i < RT_SNP_MAX_REVOKED_SHOWN; i++) {
        rt_hex(crl->revoked[i], hex);
        (void)ratls_claims_add_item(w->claims, "snp.crl_revoked", hex);
    }
}

/* ---- judgement ---- */

static enum ratls_err check_newest(const struct lists *l)
{
    struct rt_snp_work *w = l->w;
    const int64_t now = w->input->now;
    const struct rt_crl *crl = l->newest;

    if (now < crl->this_update)
        return ratls_fail(w->err, RATLS_E_COLLATERAL_TIME, "the CRL of the ARK is not valid yet");
    if (now > crl->next_update)
        return ratls_fail(w->err, RATLS_E_COLLATERAL_TIME, "the CRL of the ARK is out of date");
    if (crl->next_update < w->expires)
        w->expires = crl->next_update;
    return RATLS_OK;
}

/* Nothing configured at all leaves the status "not_evaluated", which a policy must name. */
static enum ratls_err no_list(const struct rt_snp_work *w)
{
    if (w->input->n_crls == 0 && w->input->n_collateral == 0)
        return RATLS_OK;
    if (w->input->n_crls + w->input->n_collateral == 1)
        return ratls_fail(w->err, RATLS_E_COLLATERAL_MISMATCH,
                          "the CRL or collateral is of another ARK or kind of key");
    return ratls_fail(w->err, RATLS_E_COLLATERAL_MISSING,
                      "no CRL of this ARK and kind of key is there");
}

static enum ratls_err judge(struct lists *l)
{
    struct rt_snp_work *w = l->w;
    enum ratls_err e = note_all(l);

    if (e)
        return e;
    if (l->newest)
        crl_claims(w, l->newest);
    if (l->is_revoked)
        return ratls_fail(w->err, RATLS_E_REVOKED, "the %s is revoked",
                          rt_amd_issuer_word(w->ca.key));
    e = l->newest ? check_newest(l) : no_list(w);
    if (e == RATLS_OK && l->newest)
        (void)ratls_claims_set_text(w->claims, "tcb_status", "unrated");
    return e;
}

enum ratls_err rt_snp_judge_revocation(struct rt_snp_work *w)
{
    struct lists l = {.w = w};
    enum ratls_err e = RATLS_OK;

    if (w->input->insecure_no_crl)
        (void)ratls_claims_set_text(w->claims, "tcb_status", "unrated");
    else
        e = judge(&l);
    for (size_t i = 0; i < l.n_given; i++) {
        rt_crl_free(&l.given[i]);
        ratls_buffer_free(&l.der[i]);
    }
    if (e == RATLS_OK)
        (void)ratls_claims_set_uint(w->claims, "collateral_expires", (uint64_t)w->expires);
    return e;
}
