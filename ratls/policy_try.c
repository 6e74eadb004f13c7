/* Policies without a peer: what they ask, and what they would say of claims, set by hand or
 * verified elsewhere. Nothing here makes a verdict. */
#include "trust.h"

static struct rt_policy_subject subject_of(const struct ratls_trust *t,
                                           const struct ratls_policy_question *q)
{
    const struct ratls_claim *iat = ratls_claims_get(q->claims, "ratls.iat");
    const bool has_iat = iat && iat->type == RATLS_CLAIM_UINT && iat->number <= INT64_MAX;

    return (struct rt_policy_subject){
        .tee = q->tee,
        .claims = q->claims,
        .refvals = rt_trust_refvals(t),
        .baselines = &rt_trust_stored(t)->baselines,
        .is_certificate = ratls_claims_get(q->claims, "cert.spki_sha256") != NULL,
        .has_iat = has_iat,
        .iat = has_iat ? (int64_t)iat->number : 0,
        .now = q->now,
        .on_finding = q->on_finding,
        .finding_arg = q->finding_arg,
    };
}

enum ratls_err ratls_policy_try(const struct ratls_trust *t,
                                const struct ratls_policy_question *question,
                                struct ratls_error *err)
{
    struct ratls_claims *none = NULL;
    struct ratls_policy_question q = *question;

    if (!q.claims && !(q.claims = none = ratls_claims_new()))
        return RATLS_E_NO_MEMORY;
    const struct rt_policy_subject subject = subject_of(t, &q);
    enum ratls_err e = ratls_claims_status(q.claims);
    if (e)
        e = ratls_fail(err, e, "a claim could not be set");
    else
        e = rt_policy_decide(rt_trust_policy(t), &subject, err);
    ratls_claims_free(none);
    return e;
}

enum ratls_err ratls_policy_judge(const struct ratls_trust *t,
                                  const struct ratls_policy_question *question,
                                  enum ratls_level level, struct ratls_error *err)
{
    const struct rt_revocations *revoked = &rt_trust_stored(t)->revocations;
    const enum ratls_level due = ratls_trust_required_level(t);

    if (!question->tee || !question->claims)
        return ratls_fail(err, RATLS_E_USAGE, "nothing was verified");
    enum ratls_err e = rt_revocations_judge_keys(revoked, question->tee, question->claims, err);
    if (!e)
        e = rt_revocations_judge(revoked, question->tee, question->claims, err);
    if (!e)
        e = ratls_policy_try(t, question, err);
    if (!e && level < due)
        e = ratls_fail(err, RATLS_E_BINDING_LEVEL, "level %s, and the policy asks for %s",
                       ratls_level_name(level), ratls_level_name(due));
    return e;
}

enum ratls_err ratls_policy_words(const struct ratls_trust *t, const char *tee,
                                  ratls_finding_fn *fn, void *arg)
{
    const struct rt_policy_subject subject = {
        .tee = tee,
        .refvals = rt_trust_refvals(t),
        .baselines = &rt_trust_stored(t)->baselines,
        .is_certificate = true,
        .on_finding = fn,
        .finding_arg = arg,
    };

    return rt_policy_words(rt_trust_policy(t), &subject);
}

const char *ratls_policy_tee(const struct ratls_trust *t, size_t i)
{
    return rt_policy_tee_name(rt_trust_policy(t), i);
}

const char *ratls_policy_service(const struct ratls_trust *t, size_t i)
{
    return rt_policy_service_name(rt_trust_policy(t), i);
}
