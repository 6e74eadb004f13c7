/* policy.h - which verified claims are good enough (format: POLICY.md).
 *
 * A policy is parsed once and immutable after. It reads claims and nothing else: that evidence is
 * genuine and belongs to the peer was established before it is asked. */
#ifndef RT_POLICY_H
#define RT_POLICY_H

#include "base.h"
#include "baseline.h"
#include "ratls/appraise.h"
#include "refvals.h"

#define RT_POLICY_MAX_VALUES        4096 /* measurements and register values of one policy */
#define RT_POLICY_DEFAULT_MAX_AGE_S 86400

struct rt_policy;

/* The text of policies/default.json. */
extern const char rt_policy_default[];

/* *out is new. RATLS_E_POLICY_FORMAT names the member. */
RATLS_MUST_USE enum ratls_err rt_policy_parse(struct ratls_bytes json, struct rt_policy **out,
                                              struct ratls_error *err);
/* With the members that the policy has for this service instead of the general ones; `service`
 * NULL, or one that it does not name: the general ones alone. Those of all services are checked. */
RATLS_MUST_USE enum ratls_err rt_policy_parse_for(struct ratls_bytes json, const char *service,
                                                  struct rt_policy **out, struct ratls_error *err);
void rt_policy_free(struct rt_policy *p); /* NULL is legal */

/* What is put down when stored reference values fit. */
struct rt_policy_found {
    struct ratls_claims *claims; /* baseline.name and baseline.version */
    int64_t *expires;            /* brought forward to the end of the version */
};

/* What a decision rests on. */
struct rt_policy_subject {
    const char *tee; /* name of the verifier that did the work */
    const struct ratls_claims *claims;
    const struct rt_refvals *refvals;     /* of CCA; NULL: none are configured */
    const struct rt_baselines *baselines; /* stored ones; NULL: none */
    const struct rt_policy_found *found;  /* NULL: nobody asks */
    bool is_certificate;                  /* the age rule is for certificates */
    bool has_iat;
    int64_t iat, now;
    ratls_finding_fn *on_finding; /* NULL: the first rule that objects ends it */
    void *finding_arg;
    unsigned *noted; /* what the rules find is added: enum rt_noted; NULL: nobody asks */
};

/* In the order of the table in POLICY.md. `p` NULL: no policy. */
RATLS_MUST_USE enum ratls_err rt_policy_decide(const struct rt_policy *p,
                                               const struct rt_policy_subject *subject,
                                               struct ratls_error *err);

/* What is asked of this TEE, for people. RATLS_E_NO_POLICY, RATLS_E_TEE_NOT_ALLOWED. */
RATLS_MUST_USE enum ratls_err rt_policy_words(const struct rt_policy *p,
                                              const struct rt_policy_subject *subject);
const char *rt_policy_tee_name(const struct rt_policy *p, size_t i);     /* NULL past the end */
const char *rt_policy_service_name(const struct rt_policy *p, size_t i); /* likewise */
bool rt_policy_names_peers(const struct rt_policy *p); /* so that an identity CA is needed */

struct rt_policy_count {
    const char *kind; /* name of the verifier */
    size_t n;
};
/* Of the devices beside a CPU; a kind may be there several times. RATLS_E_DEVICE_MISSING,
 * RATLS_E_DEVICE_UNEXPECTED. `p` NULL: nothing is asked. */
RATLS_MUST_USE enum ratls_err rt_policy_judge_devices(const struct rt_policy *p,
                                                      const struct rt_policy_count *counts,
                                                      size_t n, struct ratls_error *err);
enum ratls_level rt_policy_level(const struct rt_policy *p); /* NULL: session */
int64_t rt_policy_max_age_s(const struct rt_policy *p);      /* the default where it says nothing */
/* It names sets of stored reference values, and no other way to be good enough. */
bool rt_policy_rests_on_sets(const struct rt_policy *p);
/* The i-th insecure_ switch that is set; false past the end, or without a policy. */
bool rt_policy_insecure(const struct rt_policy *p, size_t i, struct ratls_insecure *out);
/* One warning for each of them, and one when nobody can be allowed. */
void rt_policy_log(const struct rt_policy *p, const struct ratls_env *env);

#endif
