/* Look, do not judge: what a certificate or evidence says of itself. */
#include <stdio.h>

#include "carrier.h"
#include "claim_text.h"
#include "composite.h"
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
    if (evidence.envelope == RT_ENVELOPE_PASSPORT) {
        e = rt_inspect_passport(&evidence, claims);
        (void)ratls_claims_set_text(claims, "cert.evidence", e ? ratls_err_reason(e) : "passport");
        return RATLS_OK;
    }
    if (rt_cert_claims_read(evidence.claims, &cc, NULL) == RATLS_OK)
        rt_describe_cert_claims(&cc, claims);
    e = inspect_evidence(t, evidence.evidence, claims, NULL);
    (void)ratls_claims_set_text(claims, "format", "certificate");
    (void)ratls_claims_set_text(claims, "cert.evidence", e ? ratls_err_reason(e) : "readable");
    return RATLS_OK;
}

/* What is beside the evidence in a carrier is told, not opened. */
static enum ratls_err inspect_carrier(const struct ratls_trust *t, struct ratls_bytes subject,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_carrier c;
    enum ratls_err e = rt_carrier_open(subject, &c, err);

    if (e == RATLS_OK)
        e = inspect_evidence(t, rt_bytes_of(&c.evidence), claims, err);
    if (e == RATLS_OK) {
        (void)ratls_claims_set_bool(claims, "carrier.certificates", c.certs.p != NULL);
        (void)ratls_claims_set_bool(claims, "carrier.event_log", c.event_log.p != NULL);
        (void)ratls_claims_set_bool(claims, "carrier.ima_log", c.ima_log.p != NULL);
    }
    rt_carrier_free(&c);
    return e;
}

/* Of a device what is common to all kinds, under its label: there is no room for more. */
static void tell_device(const char *label, const struct ratls_claims *of,
                        struct ratls_claims *claims)
{
    static const char *const common[] = {"tee", "measurement", "platform_id", "nonce"};
    char name[RT_MAX_CMW_LABEL + 16];

    for (size_t i = 0; i < RT_COUNT(common); i++) {
        const char *text = rt_claim_text(of, common[i]);
        (void)snprintf(name, sizeof name, "%s.%s", label, common[i]);
        if (text[0])
            (void)ratls_claims_set_text(claims, name, text);
    }
}

static enum ratls_err inspect_part(const struct ratls_trust *t, const struct rt_cmw_item *item,
                                   struct ratls_claims *claims, struct ratls_error *err)
{
    if (strcmp(item->label, RT_CPU_LABEL) == 0)
        return inspect_evidence(t, item->evidence, claims, err);
    struct ratls_claims *own = ratls_claims_new();
    enum ratls_err e = own ? inspect_evidence(t, item->evidence, own, err) : RATLS_E_NO_MEMORY;
    if (!e)
        tell_device(item->label, own, claims);
    ratls_claims_free(own);
    return e ? ratls_fail(err, e, "%s", item->label) : RATLS_OK;
}

static enum ratls_err inspect_composite(const struct ratls_trust *t, struct ratls_bytes subject,
                                        struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_cmw_collection c;
    enum ratls_err e = rt_cmw_collection_read(subject, &c, err);

    for (size_t i = 0; !e && i < c.n; i++) {
        (void)ratls_claims_add_item(claims, "parts", c.item[i].label);
        e = inspect_part(t, &c.item[i], claims, err);
    }
    (void)ratls_claims_set_text(claims, "format", "composite");
    return e;
}

static enum ratls_err inspect_subject(const struct ratls_trust *t, struct ratls_bytes subject,
                                      struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_subject s;
    enum ratls_err e;

    if (rt_cmw_is_collection(subject))
        return inspect_composite(t, subject, claims, err);
    if (rt_carrier_recognises(subject))
        return inspect_carrier(t, subject, claims, err);
    if ((e = rt_subject_read(subject, &s, err)) == RATLS_OK)
        e = s.is_certificate ? inspect_cert(t, s.chain[0], claims, err)
                             : inspect_evidence(t, subject, claims, err);
    rt_subject_free(&s);
    return e;
}

enum ratls_err ratls_inspect(const struct ratls_trust *t, struct ratls_bytes subject,
                             struct ratls_claims **out, struct ratls_error *err)
{
    struct ratls_claims *claims = ratls_claims_new();
    enum ratls_err e = claims ? inspect_subject(t, subject, claims, err)
                              : ratls_fail(err, RATLS_E_NO_MEMORY, "claims");

    *out = NULL;
    if (e == RATLS_OK)
        e = ratls_claims_status(claims);
    if (e)
        ratls_claims_free(claims);
    else
        *out = claims;
    return e;
}
