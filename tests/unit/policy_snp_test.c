/* What a policy says of SEV-SNP: members that are refused, and every rule with its own reason. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy_support.h"

#define CHIP                                                                                       \
    "3ac3fe21e13fb0990eb28a802e3fb6a29483a6b0753590c951bdd3b8e5378618"                             \
    "4ca39e359669a2b76a1936776b564ea464cdce40c05f63c9b610c5068b006b5d"
#define OTHER                                                                                      \
    "4ac3fe21e13fb0990eb28a802e3fb6a29483a6b0753590c951bdd3b8e5378618"                             \
    "4ca39e359669a2b76a1936776b564ea464cdce40c05f63c9b610c5068b006b5d"
#define SHORT      "59790fb1c39f35c1"
#define SHORT_CHIP SHORT "0000000000000000000000000000000000000000000000000000000000000000" ZEROS_24
#define ZEROS_24   "000000000000000000000000000000000000000000000000"

/* ---- reading ---- */

static const struct {
    const char *members, *why;
} malformed[] = {
    {"\"vmpl\":0", "'vmpl' must be a list"},
    {"\"vmpl\":{\"0\":0}", "'vmpl' must be a list"},
    {"\"vmpl\":[]", "'vmpl' must be a list"},
    {"\"vmpl\":[4]", "other than 0 to 3"},
    {"\"vmpl\":[-1]", "other than 0 to 3"},
    {"\"vmpl\":[0,true]", "other than 0 to 3"},
    {"\"vmpl\":[\"0\"]", "other than 0 to 3"},
    {"\"insecure_migration_agent\":1", "must be true or false"},
    {"\"min_guest_svn\":-1", "a number of 32 bits"},
    {"\"min_guest_svn\":4294967296", "a number of 32 bits"},
    {"\"min_guest_svn\":\"1\"", "a number of 32 bits"},
    {"\"min_tcb\":[]", "an object of generations"},
    {"\"min_tcb\":[{\"snp\":1}]", "an object of generations"},
    {"\"min_tcb\":{}", "an object of generations"},
    {"\"min_tcb\":{\"milan\":{\"snp\":1}}", "'milan' is no generation"},
    {"\"min_tcb\":{\"Rome\":{\"snp\":1}}", "'Rome' is no generation"},
    {"\"min_tcb\":{\"Milan\":7}", "an object of TCB parts"},
    {"\"min_tcb\":{\"Milan\":[7]}", "an object of TCB parts"},
    {"\"min_tcb\":{\"Milan\":{}}", "an object of TCB parts"},
    {"\"min_tcb\":{\"Milan\":{\"ucode\":1}}", "'ucode' is no part"},
    {"\"min_tcb\":{\"Milan\":{\"fmc\":1}}", "'fmc' is no part of this generation"},
    {"\"min_tcb\":{\"Genoa\":{\"fmc\":1}}", "'fmc' is no part of this generation"},
    {"\"min_tcb\":{\"Milan\":{\"snp\":256}}", "up to 255"},
    {"\"min_tcb\":{\"Milan\":{\"snp\":-1}}", "up to 255"},
    {"\"min_tcb\":{\"Milan\":{\"snp\":\"1\"}}", "up to 255"},
    {"\"chip_ids\":\"" CHIP "\"", "must be a list"},
    {"\"chip_ids\":[\"" SHORT "00\"]", "other than chip ids"},
    {"\"chip_ids\":[\"00\"]", "other than hex of a fitting length"},
    {"\"denied_chip_ids\":[\"" SHORT "00\"]", "other than chip ids"},
    {"\"denied_chip_ids\":[7]", "other than hex"},
};

Test(policy_snp, refuses_malformed_members)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(malformed[i].members, &p, "snp", &err), RATLS_E_POLICY_FORMAT,
                     "%s", malformed[i].members);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].members, err.detail);
        cr_expect_null(p);
    }
}

Test(policy_snp, its_members_are_of_no_other_tee)
{
    static const char *const members[] = {
        "\"vmpl\":[0]",    "\"insecure_migration_agent\":true",   "\"min_guest_svn\":1",
        "\"chip_ids\":[]", "\"min_tcb\":{\"Milan\":{\"snp\":1}}", "\"denied_chip_ids\":[]",
    };

    for (size_t i = 0; i < RT_COUNT(members); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_expect_eq(read_members(members[i], &p, "tdx", &err), RATLS_E_POLICY_FORMAT);
        cr_expect(strstr(err.detail, "is not a member known here"), "%s", err.detail);
        cr_expect_eq(read_members(members[i], &p, "snp", NULL), RATLS_OK, "%s", members[i]);
        rt_policy_free(p);
    }
}

/* ---- judging ---- */

static struct ratls_claims *claims;

static void set_tcb(const char *which, const uint8_t part[5])
{
    static const char *const names[] = {"fmc", "bootloader", "tee", "snp", "microcode"};
    char name[64];

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(name, sizeof name, "snp.%s_tcb_%s", which, names[i]);
        (void)ratls_claims_set_uint(claims, name, part[i]);
    }
}

static void setup(void)
{
    static const uint8_t tcb[] = {0, 3, 0, 8, 115};

    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "tee", "snp");
    (void)ratls_claims_set_text(claims, "measurement", CHIP);
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "unrated");
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 0);
    (void)ratls_claims_set_bool(claims, "snp.migrate_ma", false);
    (void)ratls_claims_set_uint(claims, "snp.guest_svn", 4);
    (void)ratls_claims_set_text(claims, "snp.product", "Milan");
    (void)ratls_claims_set_text(claims, "platform_id", CHIP);
    set_tcb("reported", tcb);
    set_tcb("launch", tcb);
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_snp, .init = setup, .fini = teardown);

static enum ratls_err decide(const char *members)
{
    return decide_on(claims, "snp", members);
}

Test(policy_snp, an_unrated_tcb_is_good_enough_unless_the_policy_says_otherwise)
{
    cr_expect_eq(decide(""), RATLS_OK);
    cr_expect_eq(decide("\"tcb_status\":[\"unrated\"]"), RATLS_OK);
    cr_expect_eq(decide("\"tcb_status\":[\"UpToDate\"]"), RATLS_E_TCB_STATUS);
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    cr_expect_eq(decide(""), RATLS_E_TCB_STATUS);
}

/* T28 */
Test(policy_snp, vmpl_0_unless_the_policy_lists_others)
{
    cr_expect_eq(decide("\"vmpl\":[1,3]"), RATLS_E_VMPL);
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 1);
    cr_expect_eq(decide(""), RATLS_E_VMPL);
    cr_expect_eq(decide("\"vmpl\":[0]"), RATLS_E_VMPL);
    cr_expect_eq(decide("\"vmpl\":[1]"), RATLS_OK);
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 3);
    cr_expect_eq(decide("\"vmpl\":[0,3]"), RATLS_OK);
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 32); /* shifted out of the mask */
    cr_expect_eq(decide("\"vmpl\":[0,1,2,3]"), RATLS_E_VMPL);
    (void)ratls_claims_set_text(claims, "snp.vmpl", "0");
    cr_expect_eq(decide(""), RATLS_E_VMPL);
}

/* T28 */
Test(policy_snp, no_migration_agent_unless_the_policy_says_so)
{
    (void)ratls_claims_set_bool(claims, "snp.migrate_ma", true);
    cr_expect_eq(decide(""), RATLS_E_MIGRATION_AGENT);
    cr_expect_eq(decide("\"insecure_migration_agent\":false"), RATLS_E_MIGRATION_AGENT);
    cr_expect_eq(decide("\"insecure_migration_agent\":true"), RATLS_OK);
    (void)ratls_claims_set_text(claims, "snp.migrate_ma", "false");
    cr_expect_eq(decide(""), RATLS_E_MIGRATION_AGENT);
}

/* T28 */
Test(policy_snp, the_guest_svn_has_a_floor)
{
    cr_expect_eq(decide("\"min_guest_svn\":0"), RATLS_OK);
    cr_expect_eq(decide("\"min_guest_svn\":4"), RATLS_OK);
    cr_expect_eq(decide("\"min_guest_svn\":5"), RATLS_E_GUEST_SVN);
    (void)ratls_claims_set_text(claims, "snp.guest_svn", "9");
    cr_expect_eq(decide("\"min_guest_svn\":4"), RATLS_E_GUEST_SVN);
}

#define MILAN(parts) "\"min_tcb\":{\"Milan\":{" parts "}}"

Test(policy_snp, every_part_of_the_tcb_has_its_floor)
{
    static const char *const good[] = {
        MILAN("\"bootloader\":3,\"tee\":0,\"snp\":8,\"microcode\":115"),
        MILAN("\"microcode\":1"),
        "\"min_tcb\":{\"Turin\":{\"fmc\":9},\"Milan\":{\"snp\":8}}",
    };
    static const char *const bad[] = {
        MILAN("\"bootloader\":4"),
        MILAN("\"tee\":1"),
        MILAN("\"snp\":9"),
        MILAN("\"microcode\":116"),
        "\"min_tcb\":{\"Genoa\":{\"snp\":1}}",
    };

    for (size_t i = 0; i < RT_COUNT(good); i++)
        cr_expect_eq(decide(good[i]), RATLS_OK, "%s", good[i]);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(decide(bad[i]), RATLS_E_TCB_MINIMUM, "%s", bad[i]);
}

/* T124: as one number this TCB is above the floor, for the microcode is its highest byte. */
Test(policy_snp, a_newer_microcode_does_not_hide_an_older_boot_loader)
{
    static const uint8_t newer[] = {0, 2, 0, 8, 200};

    set_tcb("reported", newer);
    cr_expect_eq(decide(MILAN("\"bootloader\":3,\"snp\":8,\"microcode\":115")),
                 RATLS_E_TCB_MINIMUM);
}

Test(policy_snp, the_tcb_at_launch_counts_too)
{
    static const uint8_t older[] = {0, 3, 0, 7, 115};

    set_tcb("launch", older);
    cr_expect_eq(decide(MILAN("\"snp\":8")), RATLS_E_TCB_MINIMUM);
    cr_expect_eq(decide(MILAN("\"snp\":7")), RATLS_OK);
}

Test(policy_snp, turin_has_one_part_more)
{
    static const uint8_t tcb[] = {1, 1, 1, 4, 81};

    (void)ratls_claims_set_text(claims, "snp.product", "Turin");
    set_tcb("reported", tcb);
    set_tcb("launch", tcb);
    cr_expect_eq(decide("\"min_tcb\":{\"Turin\":{\"fmc\":1,\"microcode\":81}}"), RATLS_OK);
    cr_expect_eq(decide("\"min_tcb\":{\"Turin\":{\"fmc\":2}}"), RATLS_E_TCB_MINIMUM);
}

Test(policy_snp, a_part_that_is_not_claimed_is_below_every_floor)
{
    (void)ratls_claims_set_text(claims, "snp.reported_tcb_snp", "99");
    cr_expect_eq(decide(MILAN("\"snp\":1")), RATLS_E_TCB_MINIMUM);
    (void)ratls_claims_set_bool(claims, "snp.product", true);
    cr_expect_eq(decide(MILAN("\"microcode\":1")), RATLS_E_TCB_MINIMUM);
}

/* T63 */
Test(policy_snp, chips_are_listed_or_denied)
{
    cr_expect_eq(decide("\"chip_ids\":[\"" OTHER "\",\"" CHIP "\"]"), RATLS_OK);
    cr_expect_eq(decide("\"chip_ids\":[\"" OTHER "\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"chip_ids\":[]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"denied_chip_ids\":[\"" OTHER "\"]"), RATLS_OK);
    cr_expect_eq(decide("\"denied_chip_ids\":[\"" CHIP "\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"chip_ids\":[\"" CHIP "\"],\"denied_chip_ids\":[\"" CHIP "\"]"),
                 RATLS_E_PLATFORM);
}

Test(policy_snp, a_short_chip_id_stands_for_one_with_zeros)
{
    (void)ratls_claims_set_text(claims, "platform_id", SHORT_CHIP);
    cr_expect_eq(decide("\"chip_ids\":[\"" SHORT "\"]"), RATLS_OK);
    cr_expect_eq(decide("\"denied_chip_ids\":[\"" SHORT "\"]"), RATLS_E_PLATFORM);
}

Test(policy_snp, a_report_without_a_chip_is_on_no_list)
{
    (void)ratls_claims_set_bool(claims, "platform_id", false);
    cr_expect_eq(decide("\"chip_ids\":[\"" CHIP "\"]"), RATLS_E_PLATFORM);
    cr_expect_eq(decide("\"denied_chip_ids\":[\"" CHIP "\"]"), RATLS_OK);
}

/* The order of the table in POLICY.md. */
Test(policy_snp, the_first_rule_that_objects_gives_the_reason)
{
    (void)ratls_claims_set_bool(claims, "debug", true);
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 2);
    (void)ratls_claims_set_bool(claims, "snp.migrate_ma", true);
    cr_expect_eq(decide("\"chip_ids\":[]"), RATLS_E_DEBUG);
    cr_expect_eq(decide("\"insecure_debug\":true,\"chip_ids\":[]"), RATLS_E_VMPL);
    cr_expect_eq(decide("\"insecure_debug\":true,\"vmpl\":[2],\"chip_ids\":[]"),
                 RATLS_E_MIGRATION_AGENT);
}
