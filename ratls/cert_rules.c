#include "cert_rules.h"

enum ratls_err rt_cert_read(struct rt_der_list chain, const struct rt_cert_rules *rules,
                            struct rt_x509 certs[RT_MAX_CHAIN], size_t *n, struct ratls_error *err)
{
    const size_t most = rules->anchors.n || rules->without_evidence ? RT_MAX_CHAIN : 1;
    enum ratls_err e;

    *n = 0;
    if (chain.n == 0)
        return ratls_fail(err, RATLS_E_NO_PEER_CERT, "no certificate");
    if ((e = rt_x509_parse(chain.p[0], &certs[0], err)) != RATLS_OK)
        return e;
    *n = 1;
    if (chain.n > most)
        return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "%zu certificates, at most %zu", chain.n,
                          most);
    for (; *n < chain.n; ++*n)
        if ((e = rt_x509_parse(chain.p[*n], &certs[*n], err)) != RATLS_OK ||
            (e = rt_x509_check_identity(&certs[*n], err)) != RATLS_OK)
            return e;
    return RATLS_OK;
}

/* With identity CAs the chain decides. Without any, a certificate with evidence must have signed
 * itself, which shows that its maker held the key; one without is known by its pin alone. */
static enum ratls_err check_signature(struct rt_x509_list certs, const struct rt_cert_rules *rules,
                                      int64_t now, struct ratls_error *err)
{
    enum ratls_err e;

    if (rules->anchors.n == 0) {
        if (!rules->without_evidence)
            return rt_x509_signed_by(&certs.p[0], &certs.p[0], err);
        return rules->n_pins ? RATLS_OK
                             : ratls_fail(err, RATLS_E_CERT_CHAIN, "no CA and no pin to go by");
    }
    e = rt_chain_to_anchor(certs, rules->anchors, now, err);
    if (e || rules->crls.n == 0)
        return e;
    return rt_chain_check_revoked(certs, rules->anchors, rules->crls, now, err);
}

static enum ratls_err check_usage(const struct rt_x509 *leaf, const struct rt_cert_rules *rules,
                                  struct ratls_error *err)
{
    if (rules->peer_role == 0)
        return RATLS_OK;
    return rt_x509_check_leaf_usage(leaf, rules->peer_role == RATLS_SERVER, err);
}

static enum ratls_err check_pins(const struct rt_x509 *leaf, const struct rt_cert_rules *rules,
                                 struct ratls_error *err)
{
    uint8_t spki[RT_SHA256_LEN];
    enum ratls_err e;

    if (rules->n_pins == 0)
        return RATLS_OK;
    if ((e = rt_x509_spki_hash(leaf, spki)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < rules->n_pins; i++)
        if (rt_ct_equal(spki, rules->pins[i].spki_sha256, sizeof spki))
            return RATLS_OK;
    return ratls_fail(err, RATLS_E_PIN_MISMATCH, "%s", ratls_err_text(RATLS_E_PIN_MISMATCH));
}

static enum ratls_err check_names(const struct rt_x509 *leaf, const struct rt_cert_rules *rules,
                                  struct ratls_error *err)
{
    if (rules->n_names + rules->n_emails == 0)
        return RATLS_OK;
    for (size_t i = 0; i < rules->n_names; i++)
        if (rt_x509_check_name(leaf, rules->names[i], NULL) == RATLS_OK)
            return RATLS_OK;
    for (size_t i = 0; i < rules->n_emails; i++)
        if (rt_x509_check_email(leaf, rules->emails[i], NULL) == RATLS_OK)
            return RATLS_OK;
    return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "no name of the certificate is '%s'%s",
                      rules->n_names ? rules->names[0] : rules->emails[0],
                      rules->n_names + rules->n_emails > 1 ? " or another one accepted" : "");
}

enum ratls_err rt_cert_check(struct rt_x509_list certs, const struct rt_cert_rules *rules,
                             int64_t now, struct ratls_error *err)
{
    const struct rt_x509 *leaf = &certs.p[0];
    enum ratls_err e;

    if ((e = check_signature(certs, rules, now, err)) != RATLS_OK ||
        (e = rt_x509_check_dates(leaf, now, err)) != RATLS_OK ||
        (e = rt_x509_check_leaf_key(leaf, err)) != RATLS_OK ||
        (e = check_usage(leaf, rules, err)) != RATLS_OK ||
        (e = check_pins(leaf, rules, err)) != RATLS_OK)
        return e;
    return check_names(leaf, rules, err);
}
