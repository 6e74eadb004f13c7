/* Why a policy decides as it does: every rule is told with its values, and telling changes nothing.
 */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy.h"

#define M   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOW INT64_C(1750000000)

static struct ratls_claims *claims;

/* The lines told, "rule|outcome|reason|detail\n". */
static char told[32768];

static void tell(void *arg, const struct ratls_finding *f)
{
    size_t len = strlen(told);

    cr_expect_eq(arg, &told);
    (void)snprintf(told + len, sizeof told - len, "%u|%s|%s|%s|%s\n", f->depth, f->rule,
                   ratls_outcome_name(f->outcome), ratls_err_reason(f->code), f->detail);
}

static void set_tcb(const char *which)
{
    static const char *const parts[] = {"bootloader", "tee", "snp", "microcode"};
    char name[64];

    for (size_t i = 0; i < RT_COUNT(parts); i++) {
        (void)snprintf(name, sizeof name, "snp.%s_tcb_%s", which, parts[i]);
        (void)ratls_claims_set_uint(claims, name, 9);
    }
}

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M);
    (void)ratls_claims_set_text(claims, "platform_id", M);
    (void)ratls_claims_add_item(claims, "advisory_ids", "A");
    (void)ratls_claims_set_text(claims, "tcb_date", "2025-06-15T15:06:40Z");
    (void)ratls_claims_set_text(claims, "tdx.rtmr_0", "aabb");
    (void)ratls_claims_set_uint(claims, "tdx.tcb_eval_num", 17);
    (void)ratls_claims_add_item(claims, "log", "aa");
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 0);
    (void)ratls_claims_set_bool(claims, "snp.migrate_ma", false);
    (void)ratls_claims_set_uint(claims, "snp.guest_svn", 4);
    (void)ratls_claims_set_text(claims, "snp.product", "Milan");
    (void)ratls_claims_set_text(claims, "cca.platform.lifecycle_state", "secured");
    (void)ratls_claims_set_text(claims, "virtcca.platform.lifecycle_state", "secured");
    (void)ratls_claims_set_bool(claims, "virtcca.platform_token_present", true);
    (void)ratls_claims_set_bool(claims, "virtcca.eventlog.rem_match", true);
    (void)ratls_claims_set_bool(claims, "virtcca.ima.rem_match", true);
    set_tcb("reported");
    set_tcb("launch");
    cr_assert_eq(ratls_claims_status(claims), RATLS_OK);
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_why, .init = setup, .fini = teardown);

/* With findings in `told`; what is decided must be the same without. */
static enum ratls_err decide(const char *tee, const char *members, struct ratls_error *err)
{
    struct rt_policy_subject s = {.tee = tee, .claims = claims, .is_certificate = true, .now = NOW};
    struct ratls_error quiet = {0};
    struct rt_policy *p = NULL;
    char json[4096];

    (void)snprintf(json, sizeof json, "{\"tees\":{\"%s\":{%s}}}", tee, members);
    cr_assert_eq(rt_policy_parse(ratls_bytes_str(json), &p, err), RATLS_OK, "%s", err->detail);
    enum ratls_err alone = rt_policy_decide(p, &s, &quiet);
    s.on_finding = tell;
    s.finding_arg = &told;
    told[0] = 0;
    enum ratls_err e = rt_policy_decide(p, &s, err);
    cr_expect_eq(e, alone);
    cr_expect_str_eq(err->detail, quiet.detail);
    rt_policy_free(p);
    return e;
}

static void expect_told(const char *line)
{
    cr_expect(strstr(told, line), "'%s' is not told:\n%s", line, told);
}

#define LISTED "\"measurements\":[\"" M "\"]"

/* Each rule of the table that holds, with its values. */
static const struct {
    const char *tee, *members, *line;
} holding[] = {
    {"tdx", "", "0|tees|held|ok|'tdx' is listed\n"},
    {"tdx", "", "0|peer_names|not asked|ok|\n"},
    {"tdx", "", "0|reference_values|not asked|ok|\n"},
    {"tdx", "", "0|insecure_simulated|held|ok|simulated 'false' is false\n"},
    {"tdx", "\"insecure_simulated\":true",
     "0|insecure_simulated|not asked|ok|insecure_simulated is set\n"},
    {"virtcca", "", "0|platform_token|held|ok|virtcca.platform_token_present 'true' is true\n"},
    {"virtcca", "\"platform_token\":\"optional\"",
     "0|platform_token|not asked|ok|platform_token is optional\n"},
    {"virtcca", "",
     "0|lifecycle|held|ok|virtcca.platform.lifecycle_state 'secured' is one of secured\n"},
    {"cca", "\"lifecycle\":[\"secured\",\"non_cca_platform_debug\"]",
     "0|lifecycle|held|ok|cca.platform.lifecycle_state 'secured' is one of secured, "
     "non_cca_platform_debug\n"},
    {"tdx", "", "0|insecure_debug|held|ok|debug 'false' is false\n"},
    {"tdx", "\"insecure_debug\":true", "0|insecure_debug|not asked|ok|insecure_debug is set\n"},
    {"snp", "\"vmpl\":[0,2]", "0|vmpl|held|ok|snp.vmpl '0' is one of 0, 2\n"},
    {"snp", "", "0|insecure_migration_agent|held|ok|snp.migrate_ma 'false' is false\n"},
    {"snp", "\"insecure_migration_agent\":true",
     "0|insecure_migration_agent|not asked|ok|insecure_migration_agent is set\n"},
    {"tdx", "", "0|measurements|held|ok|measurement '" M "' is one of " M "\n"},
    {"tdx", "", "0|registers|not asked|ok|\n"},
    {"tdx", "\"registers\":{\"tdx.rtmr_0\":[\"00\",\"AABB\"]}",
     "0|registers|held|ok|tdx.rtmr_0 'aabb' is one of 00, aabb\n"},
    {"tdx", "\"lists\":{\"log\":[\"aa\",\"bb\"]}",
     "0|lists|held|ok|every item of log ['aa'] is one of aa, bb\n"},
    {"virtcca", "", "0|event_log|held|ok|virtcca.eventlog.rem_match 'true' is true\n"},
    {"virtcca", "\"ima_log\":\"optional\"", "0|ima_log|not asked|ok|ima_log is optional\n"},
    {"tdx", "\"tcb_status\":[\"OutOfDate\",\"UpToDate\"]",
     "0|tcb_status|held|ok|tcb_status 'UpToDate' is one of UpToDate, OutOfDate\n"},
    {"tdx", "\"min_tcb_eval_num\":16",
     "0|min_tcb_eval_num|held|ok|tdx.tcb_eval_num '17' is at least 16\n"},
    {"tdx", "", "0|min_tcb_eval_num|not asked|ok|\n"},
    {"snp", "\"min_guest_svn\":4", "0|min_guest_svn|held|ok|snp.guest_svn '4' is at least 4\n"},
    {"snp", "\"min_tcb\":{\"Milan\":{\"snp\":8},\"Turin\":{\"fmc\":1}}",
     "0|min_tcb|held|ok|the TCB reported and that at launch are of Milan, "
     "snp.reported_tcb_snp '9' at least 8\n"},
    {"snp", "", "0|chip_ids|not asked|ok|\n"},
    {"tdx", "", "0|platform_ids|not asked|ok|\n"},
    {"tdx", "\"platform_ids\":[\"" M "\"],\"denied_platform_ids\":[\"aabbccddaabbccdd\"]",
     "0|platform_ids|held|ok|platform_id '" M "' is one of " M " and is none of "
     "aabbccddaabbccdd\n"},
    {"tdx", "\"denied_platform_ids\":[\"aabbccddaabbccdd\"]",
     "0|platform_ids|held|ok|platform_id '" M "' is none of aabbccddaabbccdd\n"},
    {"tdx", "\"advisory_ids\":{\"accepted\":[\"A\",\"B\"],\"rejected\":[\"C\"]}",
     "0|advisory_ids|held|ok|every item of advisory_ids ['A'] is one of A, B and is not one of "
     "C\n"},
    {"tdx", "", "0|advisory_ids|not asked|ok|\n"},
    {"tdx", "\"max_tcb_age_s\":60",
     "0|max_tcb_age_s|held|ok|tcb_date '2025-06-15T15:06:40Z' is at most 60 s ago\n"},
    {"tdx", "", "0|max_tcb_age_s|not asked|ok|\n"},
    {"tdx", "",
     "0|max_evidence_age_s|held|ok|evidence in a certificate is at most 86400 s old, where it says "
     "its age\n"},
    {"tdx", "", "0|binding|not asked|ok|connections reach the level 'session' at least\n"},
};

Test(policy_why, tells_each_rule_that_holds_with_its_values)
{
    for (size_t i = 0; i < RT_COUNT(holding); i++) {
        struct ratls_error err = {0};
        char members[1024];
        (void)snprintf(members, sizeof members, LISTED "%s%s", *holding[i].members ? "," : "",
                       holding[i].members);
        cr_expect_eq(decide(holding[i].tee, members, &err), RATLS_OK, "%s: %s", members,
                     err.detail);
        expect_told(holding[i].line);
    }
}

Test(policy_why, tells_all_rules_and_the_first_that_objects_decides)
{
    struct ratls_error err = {0};

    (void)ratls_claims_set_bool(claims, "debug", true);
    (void)ratls_claims_set_text(claims, "tcb_status", "OutOfDate");
    cr_expect_eq(decide("tdx", "\"measurements\":[]", &err), RATLS_E_DEBUG);
    expect_told("0|insecure_simulated|held|ok|");
    expect_told("0|insecure_debug|refused|debug|the tdx TEE can be debugged; asked: debug is "
                "false\n");
    expect_told("0|measurements|refused|no_reference_value|the policy lists no measurement of tdx; "
                "asked: measurement is one of those listed, and none is\n");
    expect_told("0|tcb_status|refused|tcb_status|tcb_status 'OutOfDate' is not accepted; asked: "
                "tcb_status is one of UpToDate, unrated\n");
    cr_expect_lt(strstr(told, "insecure_debug"), strstr(told, "0|measurements"));
}

/* T147: what is not there is another thing than what does not fit. */
Test(policy_why, tells_what_is_not_there_from_what_does_not_fit)
{
    struct ratls_error err = {0};

    ratls_claims_free(claims);
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "debug", "false");
    cr_expect_eq(decide("tdx", LISTED ",\"min_tcb_eval_num\":1", &err), RATLS_E_SIMULATED);
    expect_told("0|insecure_simulated|undefined|simulated|");
    expect_told("0|insecure_debug|undefined|debug|");
    expect_told("0|measurements|undefined|measurement_mismatch|");
    expect_told("0|tcb_status|undefined|tcb_status|");
    expect_told("0|min_tcb_eval_num|undefined|collateral_rollback|");
}

Test(policy_why, tells_when_no_rule_was_asked)
{
    const struct rt_policy_subject s = {
        .tee = "tdx", .claims = claims, .on_finding = tell, .finding_arg = &told};
    struct rt_policy *p = NULL;

    cr_expect_eq(rt_policy_decide(NULL, &s, NULL), RATLS_E_NO_POLICY);
    cr_expect_str_eq(told, "0|tees|refused|no_policy|no policy is set\n");
    told[0] = 0;
    cr_assert_eq(rt_policy_parse(ratls_bytes_str("{\"tees\":{}}"), &p, NULL), RATLS_OK);
    cr_expect_eq(rt_policy_decide(p, &s, NULL), RATLS_E_TEE_NOT_ALLOWED);
    cr_expect_str_eq(told, "0|tees|refused|tee_not_allowed|the policy does not list 'tdx'\n");
    rt_policy_free(p);
}

/* Long values and lists are cut, so that a finding stays readable. */
Test(policy_why, shows_the_beginning_of_what_is_long)
{
    struct ratls_error err = {0};
    static char text[5000], item[8];

    memset(text, 'a', sizeof text - 2);
    (void)ratls_claims_set_text(claims, "tcb_status", text);
    for (int i = 0; i < 7; i++) {
        (void)snprintf(item, sizeof item, "%02x", i);
        (void)ratls_claims_add_item(claims, "log", item);
    }
    cr_expect_eq(decide("tdx",
                        LISTED ",\"lists\":{\"log\":[\"00\",\"01\",\"02\",\"03\",\"04\",\"05\","
                               "\"06\",\"aa\"]}",
                        &err),
                 RATLS_E_TCB_STATUS);
    expect_told("every item of log ['aa', '00', '01', '02' and 4 more] is one of 00, 01, 02, 03 "
                "and 4 more\n");
}
