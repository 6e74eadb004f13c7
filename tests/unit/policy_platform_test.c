/* What a policy says of platforms, advisories and the age of a TCB: members that are refused, and
 * each rule with its own reason. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy_support.h"

#define ID    "00112233445566778899aabbccddeeff"
#define OTHER "10112233445566778899aabbccddeeff"
#define NOW   INT64_C(1750000000) /* 2025-06-15T15:06:40Z */

/* ---- reading ---- */

#define LONG64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static const struct {
    const char *members, *why;
} malformed[] = {
    {"\"platform_ids\":\"" ID "\"", "'platform_ids' must be a list"},
    {"\"platform_ids\":{\"a\":\"" ID "\"}", "'platform_ids' must be a list"},
    {"\"platform_ids\":[\"00112233445566\"]", "other than hex of a fitting length"},
    {"\"platform_ids\":[7]", "other than hex"},
    {"\"platform_ids\":[\"" ID "\",\"" ID "z\"]", "other than hex"},
    {"\"platform_ids\":[\"" ID ID ID ID "00\"]", "other than hex"},
    {"\"denied_platform_ids\":true", "'denied_platform_ids' must be a list"},
    {"\"denied_platform_ids\":[\"\"]", "other than hex"},
    {"\"advisory_ids\":[\"INTEL-SA-00001\"]", "'accepted' or 'rejected'"},
    {"\"advisory_ids\":{}", "'accepted' or 'rejected'"},
    {"\"advisory_ids\":{\"acepted\":[]}", "'acepted' is not a member known here"},
    {"\"advisory_ids\":{\"accepted\":\"INTEL-SA-00001\"}", "'accepted' must be a list of texts"},
    {"\"advisory_ids\":{\"accepted\":[1]}", "'accepted' holds something other than texts"},
    {"\"advisory_ids\":{\"rejected\":[\"\"]}", "'rejected' holds something other than texts"},
    {"\"advisory_ids\":{\"rejected\":[\"A\\u00e9\"]}", "'rejected' holds something other"},
    {"\"advisory_ids\":{\"rejected\":[\"A\\n\"]}", "'rejected' holds something other"},
    {"\"advisory_ids\":{\"rejected\":[\"" LONG64 "x\"]}", "'rejected' holds something other"},
    {"\"max_tcb_age_s\":0", "'max_tcb_age_s' must be seconds"},
    {"\"max_tcb_age_s\":-1", "'max_tcb_age_s' must be seconds"},
    {"\"max_tcb_age_s\":316224001", "'max_tcb_age_s' must be seconds"},
    {"\"max_tcb_age_s\":\"60\"", "'max_tcb_age_s' must be seconds"},
};

Test(policy_platform, refuses_malformed_members)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(malformed[i].members, &p, "tdx", &err), RATLS_E_POLICY_FORMAT,
                     "%s", malformed[i].members);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].members, err.detail);
        cr_expect_null(p);
    }
}

Test(policy_platform, takes_the_longest_of_everything)
{
    static const char *const members[] = {
        "\"platform_ids\":[\"" ID ID ID ID "\"]",
        "\"advisory_ids\":{\"accepted\":[\"" LONG64 "\"],\"rejected\":[]}",
        "\"max_tcb_age_s\":316224000",
    };

    for (size_t i = 0; i < RT_COUNT(members); i++) {
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(members[i], &p, "sgx", NULL), RATLS_OK, "%s", members[i]);
        rt_policy_free(p);
    }
}

static enum ratls_err policy_of_advisories(size_t n)
{
    struct rt_writer w = {0};
    struct rt_policy *p = NULL;
    char item[32];

    rt_put_bytes(&w, ratls_bytes_str("{\"tees\":{\"tdx\":{\"advisory_ids\":{\"accepted\":["));
    for (size_t i = 0; i < n; i++)
        rt_put(&w, item, (size_t)snprintf(item, sizeof item, "%s\"A%zu\"", i ? "," : "", i));
    rt_put_bytes(&w, ratls_bytes_str("]}}}}"));
    enum ratls_err e = rt_policy_parse(rt_written(&w), &p, NULL);
    rt_policy_free(p);
    rt_writer_free(&w);
    return e;
}

Test(policy_platform, counts_advisories_among_the_values_of_a_policy)
{
    cr_expect_eq(policy_of_advisories(RT_POLICY_MAX_VALUES), RATLS_OK);
    cr_expect_eq(policy_of_advisories(RT_POLICY_MAX_VALUES + 1), RATLS_E_POLICY_FORMAT);
}

/* ---- judging ---- */

static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "measurement", ID);
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "platform_id", ID);
    (void)ratls_claims_add_item(claims, "advisory_ids", "INTEL-SA-00001");
    (void)ratls_claims_add_item(claims, "advisory_ids", "INTEL-SA-00002");
    (void)ratls_claims_set_text(claims, "tcb_date", "2025-06-15T15:06:40Z");
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_platform, .init = setup, .fini = teardown);

static enum ratls_err decide(const char *members)
{
    return decide_at(claims, "tdx", members, NOW);
}

/* T63 */
Test(policy_platform, platforms_are_listed_or_denied)
{
    cr_expect_eq(decide("\"platform_ids\":[\"" OTHER "\",\"" ID "\"]"), RATLS_OK);
    cr_expect_eq(decide("\"platform_ids\":[\"00112233445566778899AABBCCDDEEFF\"]"), RATLS_OK);
    cr_expect_eq(decide("\"platform_ids\":[\"" OTHER "\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"platform_ids\":[\"" ID "00\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"platform_ids\":[]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"denied_platform_ids\":[\"" OTHER "\"]"), RATLS_OK);
    cr_expect_eq(decide("\"denied_platform_ids\":[]"), RATLS_OK);
    cr_expect_eq(decide("\"denied_platform_ids\":[\"" OTHER "\",\"" ID "\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"platform_ids\":[\"" ID "\"],\"denied_platform_ids\":[\"" ID "\"]"),
                 RATLS_E_PLATFORM);
}

Test(policy_platform, a_platform_without_a_name_is_refused_where_names_are_asked_for)
{
    static const char *const nobody[] = {"", "no hex", "001", ID ID ID ID "00"};

    for (size_t i = 0; i <= RT_COUNT(nobody); i++) {
        if (i < RT_COUNT(nobody))
            (void)ratls_claims_set_text(claims, "platform_id", nobody[i]);
        else
            (void)ratls_claims_set_bool(claims, "platform_id", true);
        cr_expect_eq(decide("\"platform_ids\":[\"" ID "\"]"), RATLS_E_PLATFORM);
        cr_expect_eq(decide("\"denied_platform_ids\":[\"" OTHER "\"]"), RATLS_E_PLATFORM);
        cr_expect_eq(decide(""), RATLS_OK);
    }
}

#define A1 "\"INTEL-SA-00001\""
#define A2 "\"INTEL-SA-00002\""

Test(policy_platform, advisories_are_accepted_or_rejected)
{
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 "," A2 ",\"X\"]}"), RATLS_OK);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 ",\"intel-sa-00002\"]}"), RATLS_OK);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 "]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 ",\"INTEL-SA-0000\"]}"),
                 RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[\"INTEL-SA-00003\"]}"), RATLS_OK);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[]}"), RATLS_OK);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[" A2 "]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[\"intel-sa-00002\"]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 "," A2 "],\"rejected\":[" A2 "]}"),
                 RATLS_E_ADVISORY);
}

Test(policy_platform, no_advisory_is_none_that_is_not_accepted)
{
    ratls_claims_free(claims);
    setup();
    (void)ratls_claims_set_bool(claims, "advisory_ids", false); /* forget those */
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[]}"), RATLS_OK);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[" A1 "]}"), RATLS_OK);
}

Test(policy_platform, unknown_advisories_are_refused_where_they_are_asked_for)
{
    (void)ratls_claims_set_text(claims, "advisory_ids", "INTEL-SA-00001");
    cr_expect_eq(decide("\"advisory_ids\":{\"accepted\":[" A1 "," A2 "]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[\"X\"]}"), RATLS_E_ADVISORY);
    cr_expect_eq(decide("\"advisory_ids\":{\"rejected\":[]}"), RATLS_OK);
}

static const struct {
    const char *date;
    enum ratls_err expected;
} dates[] = {
    {"2025-06-15T15:06:40Z", RATLS_OK},
    {"2025-06-15T15:05:40Z", RATLS_OK},
    {"2025-06-15T15:05:39Z", RATLS_E_TCB_AGE}, /* 61 s ago */
    {"2025-06-15T15:11:40Z", RATLS_OK},        /* the skew of clocks ahead */
    {"2025-06-15T15:11:41Z", RATLS_E_TCB_AGE},
    {"9999-12-31T23:59:59Z", RATLS_E_TCB_AGE},
    {"0000-01-01T00:00:00Z", RATLS_E_TCB_AGE},
    {"1750000000", RATLS_E_TCB_AGE}, /* seconds are no date */
    {"2025-06-15", RATLS_E_TCB_AGE},
    {"2025-06-15T15:06:40+00:00", RATLS_E_TCB_AGE},
    {"2025-13-15T15:06:40Z", RATLS_E_TCB_AGE},
};

Test(policy_platform, limits_the_age_of_a_tcb)
{
    for (size_t i = 0; i < RT_COUNT(dates); i++) {
        (void)ratls_claims_set_text(claims, "tcb_date", dates[i].date);
        cr_expect_eq(decide("\"max_tcb_age_s\":60"), dates[i].expected, "%s", dates[i].date);
        cr_expect_eq(decide(""), RATLS_OK);
    }
    (void)ratls_claims_set_uint(claims, "tcb_date", 1750000000);
    cr_expect_eq(decide("\"max_tcb_age_s\":60"), RATLS_E_TCB_AGE);
}

/* The order of the table in POLICY.md. */
Test(policy_platform, the_first_rule_that_objects_gives_the_reason)
{
    static const char advisories[] = "\"advisory_ids\":{\"accepted\":[]}",
                      age[] = "\"max_tcb_age_s\":60", ids[] = "\"platform_ids\":[]";
    char members[256];

    (void)ratls_claims_set_text(claims, "tcb_date", "");
    (void)snprintf(members, sizeof members, "%s,%s,%s", ids, age, advisories);
    cr_expect_eq(decide(members), RATLS_E_ADVISORY);
    (void)snprintf(members, sizeof members, "%s,%s", ids, age);
    cr_expect_eq(decide(members), RATLS_E_TCB_AGE);
    cr_expect_eq(decide(ids), RATLS_E_PLATFORM);
}
