/* evidence.h - any bytes as evidence: describe and verify, under no root, where nothing may be
 * accepted, and under the root that they bring. */
#ifndef FUZZ_EVIDENCE_H
#define FUZZ_EVIDENCE_H

#include <stdlib.h>

#include "registry.h"

/* The root that evidence itself brings, and a time at which its leaf is valid: mutants of good
 * evidence get past the pin, and no further than their signatures carry them. */
typedef bool own_root_fn(struct ratls_bytes evidence, struct ratls_root *root, int64_t *now);

static inline enum ratls_err fuzz_run(const struct ratls_verifier *v,
                                      const struct ratls_verify_input *input)
{
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    enum ratls_err e = rt_verifier_run(v, input, claims, &err);

    if (e && err.code != e)
        abort(); /* a refusal says why */
    ratls_claims_free(claims);
    return e;
}

static inline enum ratls_err fuzz_verify(const struct ratls_verifier *v,
                                         struct ratls_bytes evidence, const struct ratls_root *root,
                                         int64_t now)
{
    const struct ratls_verify_input input = {
        .size = sizeof input, .evidence = evidence, .roots = root, .n_roots = 1, .now = now};

    return fuzz_run(v, &input);
}

static inline void fuzz_evidence(const struct ratls_verifier *v, struct ratls_bytes evidence,
                                 own_root_fn *own_root)
{
    struct ratls_root root = {.simulated = true};
    struct ratls_claims *claims = ratls_claims_new();
    struct ratls_error err = {0};
    int64_t now = 1751000000;

    enum ratls_err described = v->describe(evidence, claims, &err);
    ratls_claims_free(claims);
    if (fuzz_verify(v, evidence, &root, now) == RATLS_OK)
        abort(); /* no root has this key hash */
    if (own_root(evidence, &root, &now) && fuzz_verify(v, evidence, &root, now) == RATLS_OK &&
        described != RATLS_OK)
        abort(); /* what can be proven can be shown */
}

#endif
