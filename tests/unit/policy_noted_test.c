/* What the rules of a policy note for the vector: that they hold, never that they were not asked.
 */
#include <criterion/criterion.h>

#include "policy_support.h"
#include "vector.h"

#define M16   "00112233445566778899aabbccddeeff"
#define CHIP  M16 M16 M16 M16
#define OTHER "ff112233445566778899aabbccddeeff" M16 M16 M16
#define REFVALS                                                                                    \
    "{\"platform\":[{\"implementation-id\":\"" M16 M16 "\",\"sw-components\":["                    \
    "{\"measurement-value\":\"" M16 M16 "\",\"signer-id\":\"" M16 M16 "\"}]}],"                    \
    "\"realm\":[{\"initial-measurement\":\"" M16 M16 "\"}]}"

static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    ratls_claims_set_text(claims, "measurement", M16);
    ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    ratls_claims_set_bool(claims, "debug", false);
    ratls_claims_set_bool(claims, "simulated", false);
    ratls_claims_set_text(claims, "tdx.rtmr_0", "aa");
    ratls_claims_set_text(claims, "tdx.rtmr_3", "bb");
    ratls_claims_set_uint(claims, "snp.vmpl", 0);
    ratls_claims_set_bool(claims, "snp.migrate_ma", false);
    ratls_claims_set_text(claims, "platform_id", CHIP);
    ratls_claims_set_bool(claims, "virtcca.platform_token_present", true);
    ratls_claims_set_text(claims, "virtcca.platform.lifecycle_state", "secured");
    ratls_claims_set_bool(claims, "virtcca.ima.rem_match", true);
    ratls_claims_add_item(claims, "virtcca.ima.digests", "cc");
    ratls_claims_add_item(claims, "virtcca.ima.digests", "dd");
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_noted, .init = setup, .fini = teardown);

#define IMA(values) "\"event_log\":\"optional\",\"lists\":{\"virtcca.ima.digests\":[" values "]}"
#define KNOWN       "\"measurements\":[\"" M16 "\"]"
#define ANY         "\"insecure_any_measurement\":true"

static const struct {
    const char *tee, *members;
    enum ratls_err code;
    unsigned noted;
} cases[] = {
    {"tdx", ANY, RATLS_OK, 0},
    {"tdx", KNOWN, RATLS_OK, RT_NOTED_MEASUREMENT},
    {"tdx", "\"measurements\":[\"" M16 "00\"]", RATLS_E_MEASUREMENT, 0},
    {"tdx", "\"measurements\":[]", RATLS_E_NO_REFERENCE_VALUE, 0},
    {"tdx", KNOWN ",\"tcb_status\":[\"OutOfDate\"]", RATLS_E_TCB_STATUS, RT_NOTED_MEASUREMENT},
    {"tdx", KNOWN ",\"registers\":{\"tdx.rtmr_0\":[\"aa\"]}", RATLS_OK, RT_NOTED_MEASUREMENT},
    {"tdx", KNOWN ",\"registers\":{\"tdx.rtmr_3\":[\"bb\"]}", RATLS_OK,
     RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME},
    {"tdx", ANY ",\"registers\":{\"tdx.rtmr_3\":[\"bb\"]}", RATLS_OK, RT_NOTED_RUNTIME},
    {"tdx", KNOWN ",\"registers\":{\"tdx.rtmr_3\":[\"cc\"]}", RATLS_E_MEASUREMENT,
     RT_NOTED_MEASUREMENT},
    {"virtcca", KNOWN "," IMA("\"cc\",\"dd\""), RATLS_OK,
     RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME | RT_NOTED_FILES},
    {"virtcca", KNOWN "," IMA("\"cc\""), RATLS_E_MEASUREMENT, RT_NOTED_MEASUREMENT},
    {"virtcca", KNOWN ",\"event_log\":\"optional\"", RATLS_OK, RT_NOTED_MEASUREMENT},
    {"snp", ANY ",\"chip_ids\":[\"" CHIP "\"]", RATLS_OK, RT_NOTED_PLATFORM},
    {"snp", ANY ",\"chip_ids\":[\"" OTHER "\"]", RATLS_E_PLATFORM, RT_NOTED_STRANGER},
    {"snp", ANY ",\"denied_chip_ids\":[\"" OTHER "\"]", RATLS_OK, 0},
    {"snp", ANY ",\"denied_chip_ids\":[\"" CHIP "\"]", RATLS_E_PLATFORM, 0},
};

static void hear(void *arg, const struct ratls_finding *finding)
{
    (void)arg;
    (void)finding;
}

static ratls_finding_fn *on_finding;

static enum ratls_err decide(const char *tee, const char *members, const struct rt_refvals *refvals,
                             unsigned *noted)
{
    const struct rt_policy_subject subject = {
        .tee = tee, .claims = claims, .refvals = refvals, .noted = noted, .on_finding = on_finding};
    struct ratls_error err = {0};
    struct rt_policy *p = NULL;
    char json[2048];

    (void)snprintf(json, sizeof json, "{\"tees\":{\"%s\":{%s}}}", tee, members);
    cr_assert_eq(rt_policy_parse(ratls_bytes_str(json), &p, &err), RATLS_OK, "%s: %s", members,
                 err.detail);
    err = (struct ratls_error){0};
    enum ratls_err e = rt_policy_decide(p, &subject, &err);
    rt_policy_free(p);
    return e;
}

Test(policy_noted, is_what_holds)
{
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        unsigned noted = 0;
        cr_expect_eq(decide(cases[i].tee, cases[i].members, NULL, &noted), cases[i].code, "%s",
                     cases[i].members);
        cr_expect_eq(noted, cases[i].noted, "%s: %#x", cases[i].members, noted);
        cr_expect_eq(decide(cases[i].tee, cases[i].members, NULL, NULL), cases[i].code);
    }
}

/* Rules that are asked after a refusal, for the sake of telling, improve no vector. */
Test(policy_noted, is_the_same_for_whoever_hears_why)
{
    on_finding = hear;
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        unsigned noted = 0;
        cr_expect_eq(decide(cases[i].tee, cases[i].members, NULL, &noted), cases[i].code, "%s",
                     cases[i].members);
        cr_expect_eq(noted, cases[i].noted, "%s: %#x", cases[i].members, noted);
    }
    (void)ratls_claims_set_bool(claims, "simulated", true);
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        unsigned noted = 0;
        cr_expect_eq(decide(cases[i].tee, cases[i].members, NULL, &noted), RATLS_E_SIMULATED);
        cr_expect_eq(noted, 0, "%s: %#x", cases[i].members, noted);
    }
    on_finding = NULL;
}

Test(policy_noted, a_report_without_a_chip_is_a_stranger)
{
    unsigned noted = 0;

    ratls_claims_set_text(claims, "platform_id", "");
    cr_expect_eq(decide("snp", ANY ",\"chip_ids\":[\"" CHIP "\"]", NULL, &noted), RATLS_E_PLATFORM);
    cr_expect_eq(noted, RT_NOTED_STRANGER);
}

Test(policy_noted, reference_values_of_cca_count_like_measurements)
{
    struct rt_refvals *refvals = NULL;
    struct ratls_error err = {0};
    unsigned noted = 0;

    ratls_claims_set_text(claims, "cca.platform.lifecycle_state", "secured");
    ratls_claims_set_text(claims, "cca.platform.implementation_id", M16 M16);
    ratls_claims_set_uint(claims, "cca.platform.sw_components.count", 1);
    ratls_claims_set_text(claims, "cca.platform.sw_components.0.measurement", M16 M16);
    ratls_claims_set_text(claims, "cca.platform.sw_components.0.signer_id", M16 M16);
    ratls_claims_set_text(claims, "cca.realm.initial_measurement", M16 M16);
    cr_assert_eq(rt_refvals_read(ratls_bytes_str(REFVALS), &refvals, &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(decide("cca", "\"measurements\":[]", refvals, &noted), RATLS_OK);
    cr_expect_eq(noted, RT_NOTED_MEASUREMENT);
    noted = 0;
    ratls_claims_set_text(claims, "cca.realm.initial_measurement", M16);
    cr_expect_eq(decide("cca", "\"measurements\":[]", refvals, &noted), RATLS_E_MEASUREMENT);
    cr_expect_eq(noted, 0);
    rt_refvals_free(refvals);
}
