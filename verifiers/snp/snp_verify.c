#include "snp_verify.h"

static struct rt_snp_collateral *collateral_at(const struct rt_snp_work *w, size_t i)
{
    /* Only its cache, which has a lock, is ever written to. */
    return (struct rt_snp_collateral *)(uintptr_t)w->input->collateral[i];
}

void rt_snp_work_free(struct rt_snp_work *w)
{
    rt_snp_vek_unref(w->vek);
    w->vek = NULL;
    rt_snp_certs_free(&w->certs);
}

/* ---- which VEK ---- */

/* A VEK that may be meant, and whose proof it rests on if it was kept. */
struct candidate {
    struct rt_snp_vek *vek; /* with a reference */
    struct rt_snp_collateral *kept_by;
};

static struct candidate find_kept(const struct rt_snp_work *w, struct ratls_bytes der)
{
    struct candidate c = {0};

    for (size_t i = 0; i < w->input->n_collateral && !c.vek; i++) {
        c.kept_by = collateral_at(w, i);
        c.vek = (struct rt_snp_vek *)rt_kept_cache_get(c.kept_by->veks, der);
    }
    return c;
}

static void take(struct rt_snp_work *w, const struct candidate *c)
{
    w->vek = c->vek;
    w->was_kept = c->kept_by != NULL;
    w->with = c->kept_by;
    if (c->kept_by)
        w->ca = c->kept_by->ca;
}

/* True ends the search: a fitting one, or a failure of our own. What is wrong with the first stays
 * in `why`. */
static bool try_vek(struct rt_snp_work *w, const struct candidate *c, const struct rt_snp_report *r,
                    struct ratls_error *why)
{
    enum ratls_err e = rt_snp_vek_fits(c->vek, r, why);

    if (e == RATLS_OK)
        take(w, c);
    else
        rt_snp_vek_unref(c->vek);
    return e == RATLS_OK;
}

/* One that cannot be read may have been the VEK. True: for a failure of our own. */
static bool note_malformed(struct rt_snp_work *w, size_t i, struct ratls_error *why)
{
    struct ratls_error inner = {0};
    struct rt_x509 cert;

    if (w->certs.failure)
        return true;
    (void)!rt_x509_parse(w->certs.item[i].der, &cert, &inner); /* once more, for its words */
    (void)ratls_fail(why, RATLS_E_EVIDENCE_CHAIN, "one of the certificates: %s", inner.detail);
    return false;
}

/* What to say when nothing fits: our own failure, the first objection, or that nothing is there. */
static enum ratls_err refuse(const struct rt_snp_work *w, const struct ratls_error *why,
                             const char *missing)
{
    if (w->certs.failure)
        return ratls_fail(w->err, w->certs.failure, "certificates");
    if (why->code)
        return ratls_fail(w->err, why->code, "%s", why->detail);
    return ratls_fail(w->err, RATLS_E_COLLATERAL_MISSING, "%s", missing);
}

static bool try_cert(struct rt_snp_work *w, size_t i, const struct rt_snp_report *r,
                     struct ratls_error *why)
{
    struct candidate c = find_kept(w, w->certs.item[i].der);

    if (!c.vek) {
        const struct rt_x509 *cert = rt_snp_certs_at(&w->certs, i);
        if (!cert)
            return note_malformed(w, i, why);
        if (!rt_snp_is_vek(cert))
            return false;
        c.kept_by = NULL;
        if (rt_snp_vek_new(w->certs.item[i].der, &c.vek, why) != RATLS_OK)
            return rt_is_own_failure(why->code);
    }
    return try_vek(w, &c, r, why);
}

/* A VCEK of the key service: proven with its document. */
static bool try_collateral(struct rt_snp_work *w, size_t i, const struct rt_snp_report *r,
                           struct ratls_error *why)
{
    struct candidate c = {.kept_by = collateral_at(w, i)};

    if (!c.kept_by->vek)
        return false;
    c.vek = rt_snp_vek_ref(c.kept_by->vek);
    return try_vek(w, &c, r, why);
}

enum ratls_err rt_snp_choose_vek(struct rt_snp_work *w, const struct rt_snp_report *r)
{
    struct ratls_error why = {0};

    for (size_t i = 0; i < w->certs.n; i++)
        if (try_cert(w, i, r, &why))
            goto out;
    for (size_t i = 0; i < w->input->n_collateral; i++)
        if (try_collateral(w, i, r, &why))
            goto out;
out:
    if (w->vek)
        return RATLS_OK;
    return refuse(w, &why,
                  r->signing_key == RT_SNP_VLEK
                      ? "no VLEK certificate is there: not in the evidence, not beside it"
                      : "no VCEK certificate is there: not in the evidence, not beside it");
}

enum ratls_err rt_snp_choose_any(struct rt_snp_work *w)
{
    for (size_t i = 0; i < w->certs.n; i++) {
        const struct rt_x509 *cert = rt_snp_certs_at(&w->certs, i);
        if (!cert)
            return ratls_fail(w->err, w->certs.failure ? w->certs.failure : RATLS_E_EVIDENCE_CHAIN,
                              "certificate %zu is malformed", i);
        if (!rt_snp_is_vek(cert))
            continue;
        if (w->vek)
            return ratls_fail(w->err, RATLS_E_EVIDENCE_CHAIN, "more than one VEK certificate");
        enum ratls_err e = rt_snp_vek_new(w->certs.item[i].der, &w->vek, w->err);
        if (e)
            return e;
    }
    return RATLS_OK;
}

/* ---- who issued it ---- */

static struct rt_amd_roots roots_of(const struct rt_snp_work *w)
{
    return (struct rt_amd_roots){w->input->roots, w->input->n_roots};
}

/* The next candidate: the proof of one issuer, and of the VEK by it. *why is what was wrong with
 * the first. */
static enum ratls_err try_ca(struct rt_snp_work *w, const struct rt_amd_ca *candidate, bool proven,
                             struct ratls_error *why)
{
    struct rt_amd_ca ca = *candidate;
    enum ratls_err e =
        proven ? rt_amd_check_root(&ca, roots_of(w), why) : rt_amd_ca_prove(&ca, roots_of(w), why);

    if (e == RATLS_OK && w->vek)
        e = rt_amd_check_vek(w->vek, &ca, why);
    if (e == RATLS_OK)
        w->ca = ca;
    return e;
}

/* Issuers of one name may have several keys: AMD replaced the ASK of Genoa. */
static enum ratls_err find_in_collateral(struct rt_snp_work *w, struct ratls_error *why)
{
    enum ratls_err e = RATLS_E_COLLATERAL_MISSING;

    for (size_t i = 0; i < w->input->n_collateral; i++) {
        struct rt_snp_collateral *c = collateral_at(w, i);
        if (!ratls_bytes_equal(w->vek->cert.issuer, c->issuer.subject))
            continue;
        e = try_ca(w, &c->ca, true, why);
        if (e == RATLS_OK)
            w->with = c;
        if (e == RATLS_OK || rt_is_own_failure(e))
            return e;
    }
    return e;
}

/* Every ARK that bears the name of the issuer's issuer. */
static enum ratls_err try_arks(struct rt_snp_work *w, const struct rt_x509 *issuer,
                               struct ratls_error *why)
{
    enum ratls_err e = RATLS_E_COLLATERAL_MISSING;

    for (size_t i = 0; i < w->certs.n; i++) {
        const struct rt_x509 *ark = rt_snp_certs_at(&w->certs, i);
        if (!ark || !rt_amd_is_ark(ark) ||
            (issuer && !ratls_bytes_equal(issuer->issuer, ark->subject)))
            continue;
        const struct rt_amd_ca ca = {.issuer = issuer, .ark = ark};
        e = try_ca(w, &ca, false, why);
        if (e == RATLS_OK || rt_is_own_failure(e))
            return e;
    }
    return e;
}

/* Without a VEK whatever is no ARK. */
static bool is_issuer(const struct rt_snp_work *w, const struct rt_x509 *cert)
{
    if (!cert || rt_amd_is_ark(cert))
        return false;
    return !w->vek || ratls_bytes_equal(w->vek->cert.issuer, cert->subject);
}

static enum ratls_err find_in_certs(struct rt_snp_work *w, struct ratls_error *why)
{
    enum ratls_err e = RATLS_E_COLLATERAL_MISSING;
    bool any = false;

    for (size_t i = 0; i < w->certs.n; i++) {
        const struct rt_x509 *issuer = rt_snp_certs_at(&w->certs, i);
        if (!is_issuer(w, issuer))
            continue;
        any = true;
        e = try_arks(w, issuer, why);
        if (e == RATLS_OK || rt_is_own_failure(e))
            return e;
    }
    return any || w->vek ? e : try_arks(w, NULL, why);
}

enum ratls_err rt_snp_prove_vek(struct rt_snp_work *w)
{
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_E_COLLATERAL_MISSING;

    w->expires = INT64_MAX;
    if (w->was_kept)
        e = rt_amd_check_root(&w->ca, roots_of(w), &why);
    else if (w->vek)
        e = find_in_collateral(w, &why);
    if (e && !w->was_kept && !rt_is_own_failure(e))
        e = find_in_certs(w, &why);
    if (e)
        return refuse(w, &why, "the certificates of ASK or ASVK and ARK are missing");
    (void)ratls_claims_set_bool(w->claims, "simulated", w->ca.simulated);
    return rt_amd_check_dates(w->vek, &w->ca, w->input->now, &w->expires, w->err);
}

void rt_snp_keep_vek(struct rt_snp_work *w)
{
    if (w->with && !w->was_kept)
        rt_kept_cache_put(w->with->veks, &w->vek->kept);
}
