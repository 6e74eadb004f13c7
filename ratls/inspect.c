/* Look, do not judge: what a certificate or evidence says of itself. */
#include "describe.h"
#include "trust.h"

static enum ratls_err inspect_evidence(const struct ratls_trust *t, struct ratls_bytes evidence,
                                       struct ratls_claims *claims, struct ratls_error *err)
{
    const struct ratls_verifier *v = NULL;

    if (evidence.len <= RT_MAX_EVIDENCE)
        v = rt_registry_find(rt_trust_registry(t), evidence);
    if (!v)
        return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "no verifier knows this evidence");
    (void)ratls_claims_set_text(claims, "format", v->name);
    return v->describe(evidence, claims, err);
}

/* A certificate without readable evidence is still shown; `cert.evidence` says why there is none.
 */
static enum ratls_err inspect_cert(const struct ratls_trust *t, struct ratls_bytes der,
                                   struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_x509 cert;
    struct rt_cert_evidence evidence;
    struct rt_cert_claims cc;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (e)
        return e;
    (void)ratls_claims_set_text(claims, "format", "certificate");
    rt_describe_cert(&cert, claims);
    if ((e = rt_cert_evidence(&cert, &evidence, NULL)) != RATLS_OK) {
        (void)ratls_claims_set_text(claims, "cert.evidence", ratls_err_reason(e));
        return RATLS_OK;
    }
    if (rt_cert_claims_read(evidence.claims, &cc, NULL) == RATLS_OK)
        rt_describe_cert_claims(&cc, claims);
    e = inspect_evidence(t, evidence.evidence, claims, NULL);
    (void)ratls_claims_set_text(claims, "format", "certificate");
    (void)ratls_claims_set_text(claims, "cert.evidence", e ? ratls_err_reason(e) : "readable");
    return RATLS_OK;
}

enum ratls_err ratls_inspect(const struct ratls_trust *t, struct ratls_bytes subject,
                             struct ratls_claims **out, struct ratls_error *err)
{
    struct rt_subject s;
    struct ratls_claims *claims = ratls_claims_new();
    enum ratls_err e = rt_subject_read(subject, &s, err);

    *out = NULL;
    if (!claims)
        e = RATLS_E_NO_MEMORY;
    if (e)
        goto out;
    e = s.is_certificate ? inspect_cert(t, s.chain[0], claims, err)
                         : inspect_evidence(t, subject, claims, err);
    if (!e)
        e = ratls_claims_status(claims);
    if (e)
        goto out;
    *out = claims;
    claims = NULL;
out:
    ratls_claims_free(claims);
    rt_subject_free(&s);
    return e;
}
