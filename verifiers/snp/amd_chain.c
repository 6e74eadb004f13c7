#include "amd_chain.h"

#include "oid.h"

enum { CA_BITS = 4096 };

#define ARK_PREFIX "ARK-"

const char *rt_amd_issuer_word(enum rt_snp_signing_key key)
{
    return key == RT_SNP_VLEK ? "ASVK" : "ASK";
}

static enum ratls_err refuse(struct ratls_error *err, const char *which, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "%s: %s", which, what);
}

/* ---- names ---- */

static bool has_name(const struct rt_x509 *cert, const char *prefix, enum rt_snp_product *out)
{
    return rt_snp_product_behind(rt_x509_name_attr(cert->subject, RT_OID(CN)), prefix, out);
}

bool rt_amd_is_ark(const struct rt_x509 *cert)
{
    enum rt_snp_product p;

    return has_name(cert, ARK_PREFIX, &p);
}

static enum ratls_err read_names(struct rt_amd_ca *ca, struct ratls_error *err)
{
    static const enum rt_snp_signing_key keys[] = {RT_SNP_VCEK, RT_SNP_VLEK};
    enum rt_snp_product p;

    if (!has_name(ca->ark, ARK_PREFIX, &ca->product))
        return refuse(err, "ARK", "not named ARK- and a known generation");
    if (!ca->issuer)
        return RATLS_OK;
    for (size_t i = 0; i < RT_COUNT(keys); i++)
        if (has_name(ca->issuer, rt_snp_issuer_prefix(keys[i]), &p) && p == ca->product) {
            ca->key = keys[i];
            return RATLS_OK;
        }
    return refuse(err, "ASK or ASVK", "not of the ARK's generation");
}

/* ---- the root ---- */

/* AMD's own keys count for their own generation alone. */
static bool is_other_generations(enum rt_snp_product p, const uint8_t spki[RT_SHA256_LEN])
{
    for (unsigned i = 0; i < RT_SNP_PRODUCTS; i++)
        if (memcmp(rt_snp_pins[i], spki, RT_SHA256_LEN) == 0)
            return i != (unsigned)p;
    return false;
}

enum ratls_err rt_amd_check_root(struct rt_amd_ca *ca, struct rt_amd_roots roots,
                                 struct ratls_error *err)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e = rt_x509_spki_hash(ca->ark, spki);

    if (e)
        return ratls_fail(err, e, "hash of the ARK's key");
    if (is_other_generations(ca->product, spki))
        return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "ARK: the key of another generation");
    for (size_t i = 0; i < roots.n; i++) {
        if (memcmp(roots.p[i].spki_sha256, spki, sizeof spki) != 0)
            continue;
        ca->simulated = roots.p[i].simulated || rt_x509_is_simulated(ca->ark);
        return RATLS_OK;
    }
    return ratls_fail(err, RATLS_E_EVIDENCE_ROOT, "the ARK is not trusted");
}

/* ---- signatures ---- */

static enum ratls_err check_issued(const char *which, const struct rt_x509 *cert,
                                   const struct rt_x509 *by, size_t below, struct ratls_error *err)
{
    struct ratls_error inner = {0};

    if (cert->sig_alg != RT_SIG_RSAPSS_SHA384)
        return refuse(err, which, "not signed with RSASSA-PSS");
    enum ratls_err e = rt_x509_issued_by(cert, by, below, &inner);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "%s: its signature could not be checked", which);
    return e ? refuse(err, which, inner.detail) : RATLS_OK;
}

static bool is_ca_key(const struct rt_x509 *cert)
{
    return cert->key.type == RT_KEY_RSA && cert->key.bits == CA_BITS;
}

enum ratls_err rt_amd_ca_prove(struct rt_amd_ca *ca, struct rt_amd_roots roots,
                               struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = read_names(ca, err)) != RATLS_OK ||
        (e = rt_amd_check_root(ca, roots, err)) != RATLS_OK)
        return e;
    if (!is_ca_key(ca->ark) || (ca->issuer && !is_ca_key(ca->issuer)))
        return refuse(err, "ARK, ASK or ASVK", "its key is not RSA-4096");
    e = check_issued("ARK", ca->ark, ca->ark, 1, err);
    if (e == RATLS_OK && ca->issuer)
        e = check_issued(rt_amd_issuer_word(ca->key), ca->issuer, ca->ark, 1, err);
    return e;
}

enum ratls_err rt_amd_check_vek(const struct rt_snp_vek *v, const struct rt_amd_ca *ca,
                                struct ratls_error *err)
{
    /* kind and generation of both were read out of one name, if the issuer's names agree */
    return check_issued("VEK certificate", &v->cert, ca->issuer, 0, err);
}

enum ratls_err rt_amd_check_crl(const struct rt_crl *crl, const struct rt_x509 *ark,
                                struct ratls_error *err)
{
    if (crl->sig_alg != RT_SIG_RSAPSS_SHA384)
        return ratls_fail(err, RATLS_E_COLLATERAL_SIGNATURE, "CRL: not signed with RSASSA-PSS");
    return rt_crl_check_issuer(crl, ark, err);
}

/* ---- dates ---- */

enum ratls_err rt_amd_check_dates(const struct rt_snp_vek *v, const struct rt_amd_ca *ca,
                                  int64_t now, int64_t *expires, struct ratls_error *err)
{
    const struct {
        const char *which;
        const struct rt_x509 *cert;
    } rows[] = {
        {"VEK certificate", v ? &v->cert : NULL},
        {rt_amd_issuer_word(ca->key), ca->issuer},
        {"ARK", ca->ark},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_error inner = {0};
        if (!rows[i].cert)
            continue;
        if (rt_x509_check_dates(rows[i].cert, now, &inner) != RATLS_OK)
            return ratls_fail(err, RATLS_E_EVIDENCE_TIME, "%s: %s", rows[i].which, inner.detail);
        if (rows[i].cert->not_after < *expires)
            *expires = rows[i].cert->not_after;
    }
    return RATLS_OK;
}
