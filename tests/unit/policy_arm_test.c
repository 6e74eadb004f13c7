/* What a policy says of Arm CCA and virtCCA, and of claims that are lists: members that are
 * refused, and every rule with its own reason. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy_support.h"

#define RIM   "b23d801b7a7d00e53dc636f918237a62f8a30df39f46db9af7cd213713a041d8"
#define OTHER "c23d801b7a7d00e53dc636f918237a62f8a30df39f46db9af7cd213713a041d8"

/* ---- reading ---- */

static const struct {
    const char *members, *why;
} malformed[] = {
    {"\"lifecycle\":\"secured\"", "'lifecycle' must be a list"},
    {"\"lifecycle\":[]", "'lifecycle' must be a list"},
    {"\"lifecycle\":[12288]", "never acceptable"},
    {"\"lifecycle\":[\"secured\",\"decommissioned\"]", "never acceptable"},
    {"\"lifecycle\":[\"recoverable_cca_platform_debug\"]", "never acceptable"},
    {"\"platform_token\":true", "'platform_token' must be \"required\""},
    {"\"platform_token\":\"maybe\"", "'platform_token' must be \"required\""},
    {"\"event_log\":\"\"", "'event_log' must be \"required\""},
    {"\"ima_log\":null", "'ima_log' must be \"required\""},
    {"\"lists\":[]", "'lists' must be an object"},
    {"\"lists\":{\"virtcca.ima.digests\":[]}", "lists no value"},
    {"\"lists\":{\"virtcca.ima.digests\":\"00\"}", "must be a list of hex"},
    {"\"lists\":{\"virtcca.ima.digests\":[\"xx\"]}", "other than hex"},
    {"\"lists\":{\"IMA\":[\"00\"]}", "is not a name of a claim"},
};

Test(policy_arm, malformed_members_are_named)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(malformed[i].members, &p, "virtcca", &err), RATLS_E_POLICY_FORMAT,
                     "%s", malformed[i].members);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].members, err.detail);
        cr_expect_null(p);
    }
}

static const struct {
    const char *members, *tee;
    enum ratls_err expected;
} places[] = {
    {"\"lifecycle\":[\"secured\"]", "cca", RATLS_OK},
    {"\"lifecycle\":[\"secured\"]", "virtcca", RATLS_OK},
    {"\"lifecycle\":[\"secured\"]", "snp", RATLS_E_POLICY_FORMAT},
    {"\"platform_token\":\"optional\"", "virtcca", RATLS_OK},
    {"\"platform_token\":\"optional\"", "cca", RATLS_E_POLICY_FORMAT},
    {"\"event_log\":\"optional\"", "tdx", RATLS_E_POLICY_FORMAT},
    {"\"ima_log\":\"optional\"", "cca", RATLS_E_POLICY_FORMAT},
    {"\"vmpl\":[0]", "virtcca", RATLS_E_POLICY_FORMAT},
    {"\"lists\":{\"x\":[\"00\"]}", "tdx", RATLS_OK},
};

Test(policy_arm, its_members_are_of_no_other_tee)
{
    for (size_t i = 0; i < RT_COUNT(places); i++) {
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(places[i].members, &p, places[i].tee, NULL), places[i].expected,
                     "%s in %s", places[i].members, places[i].tee);
        rt_policy_free(p);
    }
}

/* ---- judging ---- */

static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "measurement", RIM);
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "unrated");
    (void)ratls_claims_set_text(claims, "cca.platform.lifecycle_state", "secured");
    (void)ratls_claims_set_text(claims, "virtcca.platform.lifecycle_state", "secured");
    (void)ratls_claims_set_bool(claims, "virtcca.platform_token_present", true);
    (void)ratls_claims_set_bool(claims, "virtcca.eventlog.rem_match", true);
    (void)ratls_claims_set_bool(claims, "virtcca.ima.rem_match", true);
    (void)ratls_claims_add_item(claims, "virtcca.ima.digests", RIM);
    (void)ratls_claims_add_item(claims, "virtcca.ima.digests", OTHER);
    (void)ratls_claims_add_item(claims, "empty", NULL);
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_arm, .init = setup, .fini = teardown);

static enum ratls_err decide(const char *tee, const char *members)
{
    return decide_on(claims, tee, members);
}

/* T27 */
Test(policy_arm, only_secured_platforms_unless_the_policy_lists_others)
{
    static const char *const tees[] = {"cca", "virtcca"};

    for (size_t i = 0; i < RT_COUNT(tees); i++) {
        char claim[64];
        (void)snprintf(claim, sizeof claim, "%s.platform.lifecycle_state", tees[i]);
        cr_expect_eq(decide(tees[i], ""), RATLS_OK);
        cr_expect_eq(decide(tees[i], "\"lifecycle\":[\"non_cca_platform_debug\"]"),
                     RATLS_E_LIFECYCLE);
        (void)ratls_claims_set_text(claims, claim, "non_cca_platform_debug");
        cr_expect_eq(decide(tees[i], ""), RATLS_E_LIFECYCLE);
        cr_expect_eq(decide(tees[i], "\"lifecycle\":[\"secured\",\"non_cca_platform_debug\"]"),
                     RATLS_OK);
        (void)ratls_claims_set_text(claims, claim, "unknown");
        cr_expect_eq(decide(tees[i], ""), RATLS_E_LIFECYCLE);
        (void)ratls_claims_set_uint(claims, claim, 12288); /* no text */
        cr_expect_eq(decide(tees[i], ""), RATLS_E_LIFECYCLE);
    }
}

/* T143 */
Test(policy_arm, the_platform_token_may_only_be_missing_where_the_policy_says_so)
{
    (void)ratls_claims_set_bool(claims, "virtcca.platform_token_present", false);
    cr_expect_eq(decide("virtcca", ""), RATLS_E_PLATFORM_TOKEN_MISSING);
    cr_expect_eq(decide("virtcca", "\"platform_token\":\"required\""),
                 RATLS_E_PLATFORM_TOKEN_MISSING);
    cr_expect_eq(decide("virtcca", "\"platform_token\":\"optional\""), RATLS_OK);
    (void)ratls_claims_set_text(claims, "virtcca.platform_token_present", "false");
    cr_expect_eq(decide("virtcca", "\"platform_token\":\"optional\""),
                 RATLS_E_PLATFORM_TOKEN_MISSING);
}

Test(policy_arm, an_optional_platform_token_that_is_there_is_judged)
{
    (void)ratls_claims_set_text(claims, "virtcca.platform.lifecycle_state", "unknown");
    cr_expect_eq(decide("virtcca", "\"platform_token\":\"optional\""), RATLS_E_LIFECYCLE);
}

/* T147 */
Test(policy_arm, logs_may_only_be_missing_where_the_policy_says_so)
{
    static const struct {
        const char *claim, *member;
        enum ratls_err missing;
    } logs[] = {
        {"virtcca.eventlog.rem_match", "event_log", RATLS_E_EVENT_LOG_MISSING},
        {"virtcca.ima.rem_match", "ima_log", RATLS_E_IMA_LOG_MISSING},
    };

    for (size_t i = 0; i < RT_COUNT(logs); i++) {
        char optional[64], required[64];
        (void)snprintf(optional, sizeof optional, "\"%s\":\"optional\"", logs[i].member);
        (void)snprintf(required, sizeof required, "\"%s\":\"required\"", logs[i].member);
        (void)ratls_claims_set_text(claims, logs[i].claim, "true"); /* no truth value */
        cr_expect_eq(decide("virtcca", ""), logs[i].missing);
        cr_expect_eq(decide("virtcca", required), logs[i].missing);
        (void)ratls_claims_set_uint(claims, logs[i].claim, 1); /* likewise */
        cr_expect_eq(decide("virtcca", ""), logs[i].missing);
        cr_expect_eq(decide("virtcca", optional), RATLS_OK);
        cr_expect_eq(decide("cca", ""), RATLS_OK);
        (void)ratls_claims_set_bool(claims, logs[i].claim, true);
    }
}

Test(policy_arm, every_item_of_a_list_must_be_accepted)
{
    cr_expect_eq(
        decide("virtcca", "\"lists\":{\"virtcca.ima.digests\":[\"" OTHER "\",\"" RIM "\"]}"),
        RATLS_OK);
    cr_expect_eq(decide("virtcca", "\"lists\":{\"virtcca.ima.digests\":[\"" RIM "\"]}"),
                 RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("virtcca", "\"lists\":{\"virtcca.ima.digests\":[\"" OTHER "\"]}"),
                 RATLS_E_MEASUREMENT);
    /* C10: nothing is no match */
    cr_expect_eq(decide("virtcca", "\"lists\":{\"virtcca.ima.absent\":[\"" RIM "\"]}"),
                 RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("virtcca", "\"lists\":{\"empty\":[\"" RIM "\"]}"), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("virtcca", "\"lists\":{\"measurement\":[\"" RIM "\"]}"),
                 RATLS_E_MEASUREMENT, "not a list");
}
