/* Chains: who issued whom. Nothing here believes a name without the signature under it. */
#include "crl.h"
#include "oid.h"
#include "x509.h"

enum { EMPTY_NAME_LEN = 2 }; /* 30 00 */

enum ratls_err rt_x509_check_issuer(const struct rt_x509 *issuer, size_t below,
                                    struct ratls_error *err)
{
    if (!issuer->has_basic_constraints || !issuer->is_ca)
        return ratls_fail(err, RATLS_E_CERT_USAGE, "an issuer is no CA");
    if (!issuer->has_key_usage || !(issuer->key_usage & RT_KU_CERT_SIGN))
        return ratls_fail(err, RATLS_E_CERT_USAGE, "an issuer without keyUsage keyCertSign");
    if (issuer->path_len >= 0 && below > (size_t)issuer->path_len)
        return ratls_fail(err, RATLS_E_CERT_CHAIN, "the path below an issuer is too long");
    if (rt_x509_ext(issuer, RT_OID(NAME_CONSTRAINTS)))
        return ratls_fail(err, RATLS_E_CERT_CRITICAL, "an issuer with nameConstraints");
    return RATLS_OK;
}

/* An empty name identifies nobody (RFC 5280 s.4.1.2.4). */
enum ratls_err rt_x509_issued_by(const struct rt_x509 *cert, const struct rt_x509 *issuer,
                                 size_t below, struct ratls_error *err)
{
    enum ratls_err e;

    if (issuer->subject.len <= EMPTY_NAME_LEN || !ratls_bytes_equal(cert->issuer, issuer->subject))
        return ratls_fail(err, RATLS_E_CERT_CHAIN, "the issuer has another name");
    if ((e = rt_x509_check_issuer(issuer, below, err)) != RATLS_OK)
        return e;
    return rt_x509_signed_by(cert, issuer, err);
}

/* Dates of all, and each issued by the next. */
static enum ratls_err check_links(const struct rt_x509 *certs, size_t n, int64_t now,
                                  struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = rt_x509_check_dates(&certs[i], now, err);
    for (size_t i = 0; i + 1 < n && e == RATLS_OK; i++)
        e = rt_x509_issued_by(&certs[i], &certs[i + 1], i, err);
    return e;
}

enum ratls_err rt_chain_check(const struct rt_x509 *certs, size_t n, int64_t now,
                              struct ratls_error *err)
{
    if (n == 0 || n > RT_MAX_CHAIN)
        return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "%zu certificates", n);
    enum ratls_err e = check_links(certs, n, now, err);
    if (e)
        return e;
    const struct rt_x509 *root = &certs[n - 1];
    return rt_x509_issued_by(root, root, n >= 2 ? n - 2 : 0, err);
}

/* Certificates up to the first issuer that is an anchor itself: the anchor's own copy counts. */
static size_t without_anchor(struct rt_x509_list chain, struct rt_x509_list anchors)
{
    for (size_t i = 1; i < chain.n; i++)
        for (size_t k = 0; k < anchors.n; k++)
            if (ratls_bytes_equal(chain.p[i].der, anchors.p[k].der))
                return i;
    return chain.n;
}

/* Several anchors may bear one name (a CA that changed its key); one must have issued `last`. What
 * is reported is the objection to the last one of that name. */
static enum ratls_err check_anchors(const struct rt_x509 *last, size_t below,
                                    struct rt_x509_list anchors, int64_t now)
{
    enum ratls_err worst = RATLS_E_CERT_CHAIN;

    for (size_t k = 0; k < anchors.n; k++) {
        enum ratls_err e = rt_x509_issued_by(last, &anchors.p[k], below, NULL);
        if (e == RATLS_OK)
            e = rt_x509_check_dates(&anchors.p[k], now, NULL);
        if (e == RATLS_OK)
            return RATLS_OK;
        if (ratls_bytes_equal(last->issuer, anchors.p[k].subject))
            worst = e;
    }
    return worst;
}

enum ratls_err rt_chain_to_anchor(struct rt_x509_list chain, struct rt_x509_list anchors,
                                  int64_t now, struct ratls_error *err)
{
    if (chain.n == 0 || chain.n > RT_MAX_CHAIN)
        return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "%zu certificates", chain.n);
    size_t n = without_anchor(chain, anchors);
    enum ratls_err e = check_links(chain.p, n, now, err);
    if (e)
        return e;
    e = check_anchors(&chain.p[n - 1], n - 1, anchors, now);
    return e ? ratls_fail(err, e, "the chain ends at no identity CA: %s", ratls_err_text(e))
             : RATLS_OK;
}

/* ---- revocation ---- */

struct lookup {
    struct rt_crl_list crls;
    int64_t now;
    bool any, current; /* lists of the issuer, and one of them within its dates */
};

/* What the lists that `issuer` signed say about `cert`. One that is out of date still revokes. */
static enum ratls_err look_up(struct lookup *l, const struct rt_x509 *cert,
                              const struct rt_x509 *issuer)
{
    for (size_t i = 0; i < l->crls.n; i++) {
        const struct rt_crl *crl = &l->crls.p[i];
        if (rt_crl_check_issuer(crl, issuer, NULL) != RATLS_OK)
            continue;
        if (rt_crl_lists(crl, cert->serial))
            return RATLS_E_CERT_REVOKED;
        l->any = true;
        if (l->now >= crl->this_update && l->now <= crl->next_update)
            l->current = true;
    }
    return RATLS_OK;
}

/* Several anchors may bear the issuer's name: those that did issue count. */
static enum ratls_err look_up_below(struct lookup *l, const struct rt_x509 *last, size_t below,
                                    struct rt_x509_list anchors)
{
    enum ratls_err e = RATLS_OK;

    for (size_t k = 0; k < anchors.n && !e; k++)
        if (rt_x509_issued_by(last, &anchors.p[k], below, NULL) == RATLS_OK)
            e = look_up(l, last, &anchors.p[k]);
    return e;
}

enum ratls_err rt_chain_check_revoked(struct rt_x509_list chain, struct rt_x509_list anchors,
                                      struct rt_crl_list crls, int64_t now, struct ratls_error *err)
{
    const size_t n = without_anchor(chain, anchors);

    for (size_t i = 0; i < n; i++) {
        struct lookup l = {.crls = crls, .now = now};
        enum ratls_err e = i + 1 < n ? look_up(&l, &chain.p[i], &chain.p[i + 1])
                                     : look_up_below(&l, &chain.p[i], i, anchors);
        if (!e)
            e = l.current ? RATLS_OK : l.any ? RATLS_E_CRL_TIME : RATLS_E_CRL_MISSING;
        if (e)
            return ratls_fail(err, e, "%s of the chain: %s", i ? "an intermediate" : "the leaf",
                              ratls_err_text(e));
    }
    return RATLS_OK;
}
