/* policy_support.h - policies of one TEE, made of the members that a test is about. */
#ifndef POLICY_SUPPORT_H
#define POLICY_SUPPORT_H

#include <stdio.h>

#include "policy.h"

/* *out is new. */
static inline enum ratls_err read_members(const char *members, struct rt_policy **out,
                                          const char *tee, struct ratls_error *err)
{
    char json[2048];

    (void)snprintf(json, sizeof json, "{\"tees\":{\"%s\":{\"insecure_any_measurement\":true%s%s}}}",
                   tee, *members ? "," : "", members);
    return rt_policy_parse(ratls_bytes_str(json), out, err);
}

/* What a policy of these members says of the claims; the members must be good. */
static inline enum ratls_err decide_at(const struct ratls_claims *claims, const char *tee,
                                       const char *members, int64_t now)
{
    const struct rt_policy_subject subject = {.tee = tee, .claims = claims, .now = now};
    struct ratls_error err = {0};
    struct rt_policy *p = NULL;

    cr_assert_eq(read_members(members, &p, tee, &err), RATLS_OK, "%s: %s", members, err.detail);
    err = (struct ratls_error){0};
    enum ratls_err e = rt_policy_decide(p, &subject, &err);
    rt_policy_free(p);
    return e;
}

static inline enum ratls_err decide_on(const struct ratls_claims *claims, const char *tee,
                                       const char *members)
{
    return decide_at(claims, tee, members, 0);
}

#endif
