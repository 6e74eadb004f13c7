/* A peer's certificate: everything that can be said without its evidence, then the bond between the
 * two, then rt_judge(). The TLS library judged none of this. */
#include "appraise_impl.h"
#include "describe.h"

struct peer {
    struct rt_x509 certs[RT_MAX_CHAIN]; /* certs[0]: the leaf */
    size_t n;
    struct rt_cert_evidence evidence;
    struct rt_cert_claims claims;
};

static enum ratls_err parse_chain(struct peer *p, struct rt_der_list chain,
                                  const struct rt_cert_rules *rules, struct rt_job *j)
{
    size_t most = rules->anchors.n ? RT_MAX_CHAIN : 1;
    enum ratls_err e;

    if (chain.n == 0)
        return ratls_fail(j->err, RATLS_E_NO_PEER_CERT, "no certificate");
    if ((e = rt_x509_parse(chain.p[0], &p->certs[0], j->err)) != RATLS_OK)
        return e;
    rt_describe_cert(&p->certs[0], j->v->claims);
    if (chain.n > most)
        return ratls_fail(j->err, RATLS_E_CERT_CHAIN_LENGTH, "%zu certificates, at most %zu",
                          chain.n, most);
    for (p->n = 1; p->n < chain.n; p->n++)
        if ((e = rt_x509_parse(chain.p[p->n], &p->certs[p->n], j->err)) != RATLS_OK ||
            (e = rt_x509_check_identity(&p->certs[p->n], j->err)) != RATLS_OK)
            return e;
    return RATLS_OK;
}

/* With identity CAs the chain decides; without any, the certificate must have signed itself, which
 * shows that its maker held the key. */
static enum ratls_err check_signature(const struct peer *p, const struct rt_cert_rules *rules,
                                      const struct rt_job *j)
{
    if (rules->anchors.n)
        return rt_chain_to_anchor((struct rt_x509_list){p->certs, p->n}, rules->anchors, j->now,
                                  j->err);
    return rt_x509_signed_by(&p->certs[0], &p->certs[0], j->err);
}

static enum ratls_err check_usage(const struct rt_x509 *leaf, const struct rt_cert_rules *rules,
                                  struct ratls_error *err)
{
    if (rules->peer_role == 0)
        return RATLS_OK;
    return rt_x509_check_leaf_usage(leaf, rules->peer_role == RATLS_SERVER, err);
}

static enum ratls_err check_names(const struct rt_x509 *leaf, const struct rt_cert_rules *rules,
                                  struct ratls_error *err)
{
    if (rules->n_names == 0)
        return RATLS_OK;
    for (size_t i = 0; i < rules->n_names; i++)
        if (rt_x509_check_name(leaf, rules->names[i], NULL) == RATLS_OK)
            return RATLS_OK;
    return ratls_fail(err, RATLS_E_IDENTITY_MISMATCH, "no name of the certificate is '%s'%s",
                      rules->names[0], rules->n_names > 1 ? " or another one accepted" : "");
}

/* A peer that names an AK is one of ours and renews within the hour. Classic RA-TLS certificates
 * may live for years; policy limits them (max_evidence_age_s). */
static enum ratls_err check_lifetime(const struct peer *p, struct ratls_error *err)
{
    const struct rt_x509 *leaf = &p->certs[0];

    if (p->claims.ak_spki.len == 0 ||
        leaf->not_after - leaf->not_before <= RT_CERT_LIFETIME_S + RT_CERT_BACKDATE_S)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_CERT_LIFETIME, "the certificate lives %lld s",
                      (long long)(leaf->not_after - leaf->not_before));
}

/* Over the exact SubjectPublicKeyInfo of this certificate, never over bytes the evidence brings. */
static enum ratls_err check_key_hash(const struct peer *p, struct ratls_error *err)
{
    uint8_t digest[RT_SHA512_LEN];
    size_t len = rt_hash_len(p->claims.hash);
    enum ratls_err e = rt_hash(p->claims.hash, p->certs[0].spki, digest);

    if (e)
        return e;
    if (len == 0 || p->claims.pubkey_hash.len != len ||
        !rt_ct_equal(digest, p->claims.pubkey_hash.p, len))
        return ratls_fail(err, RATLS_E_BINDING_MISMATCH, "the evidence names another key");
    return RATLS_OK;
}

static enum ratls_err read_evidence(struct peer *p, struct rt_job *j)
{
    enum ratls_err e = rt_cert_evidence(&p->certs[0], &p->evidence, j->err);

    if (e || (e = rt_cert_claims_read(p->evidence.claims, &p->claims, j->err)) != RATLS_OK)
        return e;
    rt_describe_cert_claims(&p->claims, j->v->claims);
    j->form = p->evidence.envelope == RT_ENVELOPE_CMW ? RT_FORM_CMW : RT_FORM_CCC;
    j->evidence = p->evidence.evidence;
    j->media_type = p->evidence.media_type;
    j->has_iat = p->claims.has_iat;
    j->iat = p->claims.iat;
    return RATLS_OK;
}

static enum ratls_err check_certificate(struct peer *p, const struct rt_cert_rules *rules,
                                        struct rt_job *j)
{
    const struct rt_x509 *leaf = &p->certs[0];
    enum ratls_err e;

    if ((e = check_signature(p, rules, j)) != RATLS_OK ||
        (e = rt_x509_check_dates(leaf, j->now, j->err)) != RATLS_OK ||
        (e = rt_x509_check_leaf_key(leaf, j->err)) != RATLS_OK ||
        (e = check_usage(leaf, rules, j->err)) != RATLS_OK)
        return e;
    return check_names(leaf, rules, j->err);
}

/* Report data is SHA-256(claims map) and 32 zero bytes (PROTOCOL.md, "Identity"). */
static enum ratls_err judge_bound(const struct peer *p, struct rt_job *j)
{
    uint8_t bound[RATLS_REPORT_DATA_LEN] = {0};
    const uint8_t *also = j->report_data; /* what the caller expects besides */
    enum ratls_err e = rt_sha256(p->evidence.claims, bound);

    if (e)
        return e;
    if (also && !rt_ct_equal(also, bound, sizeof bound))
        return ratls_fail(j->err, RATLS_E_BINDING_MISMATCH,
                          "the certificate's report data is not the one expected");
    j->report_data = bound;
    e = rt_judge(j);
    j->report_data = also;
    return e;
}

enum ratls_err rt_judge_cert(struct rt_job *j, struct rt_der_list chain,
                             const struct rt_cert_rules *rules)
{
    struct peer p = {0};
    enum ratls_err e;

    j->is_certificate = true;
    if ((e = parse_chain(&p, chain, rules, j)) != RATLS_OK)
        return e;
    j->v->expires = p.certs[0].not_after;
    if ((e = rt_x509_spki_hash(&p.certs[0], j->v->spki_sha256)) != RATLS_OK ||
        (e = check_certificate(&p, rules, j)) != RATLS_OK)
        return e;
    j->identity = rules->anchors.n ? &p.certs[0] : NULL;
    if ((e = read_evidence(&p, j)) != RATLS_OK || (e = check_lifetime(&p, j->err)) != RATLS_OK ||
        (e = check_key_hash(&p, j->err)) != RATLS_OK ||
        (e = rt_dup(p.claims.ak_spki, &j->v->ak_spki)) != RATLS_OK)
        return e;
    e = judge_bound(&p, j);
    j->identity = NULL;
    return e;
}

enum ratls_err rt_appraise_cert(const struct ratls_trust *t, struct rt_der_list chain,
                                const struct rt_cert_rules *rules, int64_t now,
                                struct ratls_verdict **out)
{
    struct ratls_error err = {0};
    struct ratls_verdict *v = *out = rt_verdict_by(t, now);

    if (!v)
        return RATLS_E_NO_MEMORY;
    v->peer_role = rules->peer_role;
    struct rt_job j = {
        .t = t, .v = v, .err = &err, .now = now, .authenticity_only = rules->authenticity_only};
    return rt_conclude(v, rt_judge_cert(&j, chain, rules), &err);
}
