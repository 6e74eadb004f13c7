/* trust.h - what the appraisal reads from a trust. Everything is borrowed from it. */
#ifndef RT_TRUST_H
#define RT_TRUST_H

#include "anchors.h"
#include "appraisal.h"
#include "policy.h"
#include "refvals.h"
#include "registry.h"
#include "trust_document.h"
#include "verdict_cache.h"

/* No setter works any more: called by the first appraisal and by whoever shares the trust. */
void rt_trust_freeze(const struct ratls_trust *t);
const struct rt_policy *rt_trust_policy(const struct ratls_trust *t); /* NULL: none */
const struct rt_registry *rt_trust_registry(const struct ratls_trust *t);
/* Roots, keys, intermediates and CRLs (anchors.h). Which of them count for a verifier at a moment:
 * roots that were given, else its own pins; those of simulators; and stored ones. */
const struct rt_anchors *rt_trust_anchors(const struct ratls_trust *t);
const struct rt_refvals *rt_trust_refvals(const struct ratls_trust *t); /* NULL: none */
/* What trust documents brought. */
const struct rt_stored *rt_trust_stored(const struct ratls_trust *t);
bool rt_trust_no_crl(const struct ratls_trust *t);
/* Whose passports count, and for whom they must be made. NULL each: nobody's. */
struct ratls_issuers *rt_trust_issuers(const struct ratls_trust *t);
const char *rt_trust_audience(const struct ratls_trust *t);
/* Who is asked after the policy. Neither set: nobody. */
struct rt_outside {
    ratls_decide_fn *decide; /* NULL: whoever drives the connection asks */
    void *arg;
    bool deferred;
};
const struct rt_outside *rt_trust_outside(const struct ratls_trust *t);
/* The certificates that it proved, and those that it refused. */
struct rt_verdict_cache *rt_trust_proven(const struct ratls_trust *t);
struct rt_verdict_cache *rt_trust_refused(const struct ratls_trust *t);
/* What this verifier made of the trust's collateral; returns how many. */
size_t rt_trust_collateral(const struct ratls_trust *t, const struct ratls_verifier *v,
                           const void *out[RT_MAX_COLLATERAL_DOCS]);
/* What the i-th document is; RATLS_E_NOT_FOUND past the end. */
RATLS_MUST_USE enum ratls_err rt_trust_collateral_facts(const struct ratls_trust *t, size_t i,
                                                        struct ratls_collateral_facts *out);
/* Of each platform that both have collateral for, the newest document counts: RATLS_E_COLLATERAL_
 * ROLLBACK if any of its issue numbers and dates is lower in `newer`. What is merely missing there
 * is no rollback: nothing rests on it. RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_trust_collateral_went_back(const struct ratls_trust *newer,
                                                            const struct ratls_trust *older,
                                                            struct ratls_error *err);
/* Has v->collateral_new prove a document under the trust's roots; *out is new:
 * v->collateral_free. */
RATLS_MUST_USE enum ratls_err rt_trust_prove_collateral(const struct ratls_trust *t,
                                                        const struct ratls_verifier *v,
                                                        struct ratls_bytes document, void **out,
                                                        struct ratls_error *err);

#endif
