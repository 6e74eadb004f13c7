/* Policies: what is refused when read, and every rule of the decision with its own reason. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "policy.h"

#define M   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOW INT64_C(1750000000)

static struct rt_policy *policy(const char *json)
{
    struct ratls_error err = {0};
    struct rt_policy *p = NULL;

    cr_assert_eq(rt_policy_parse(ratls_bytes_str(json), &p, &err), RATLS_OK, "%s", err.detail);
    cr_assert_not_null(p);
    return p;
}

/* ---- reading ---- */

static const struct {
    const char *json, *why;
} malformed[] = {
    {"[]", "must be an object"},
    {"{}", "'tees' is missing"},
    {"{\"Tees\":{}}", "'tees' is missing"},
    {"{\"tees\":[]}", "'tees' must be an object"},
    {"{\"tees\":{},\"measurment\":1}", "'measurment' is not a member"},
    {"{\"tees\":{\"tdx\":[]}}", "'tdx' is not a TEE"},
    {"{\"tees\":{\"TDX\":{}}}", "'TDX' is not a TEE"},
    {"{\"tees\":{\"\":{}}}", "'' is not a TEE"},
    {"{\"tees\":{\"a23456789012345678901234567890123\":{}}}", "is not a TEE"},
    {"{\"tees\":{\"tdx\":{\"mesurements\":[]}}}", "tdx: 'mesurements' is not a member"},
    {"{\"tees\":{\"tdx\":{\"measurements\":\"" M "\"}}}", "must be a list"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[1]}}}", "holds something other than hex"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"\"]}}}", "holds something other than hex"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"001122334455667788990011223344\"]}}}",
     "other than hex"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"" M M "00\"]}}}", "other than hex"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"" M "0\"]}}}", "other than hex"},
    {"{\"tees\":{\"tdx\":{\"measurements\":[\"" M "zz\"]}}}", "other than hex"},
    {"{\"tees\":{\"tdx\":{\"insecure_any_measurement\":1}}}", "must be true or false"},
    {"{\"tees\":{\"tdx\":{\"insecure_debug\":\"false\"}}}", "must be true or false"},
    {"{\"tees\":{\"tdx\":{\"insecure_simulated\":null}}}", "must be true or false"},
    {"{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"measurements\":[\"" M "\"]}}}",
     "contradicts"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":\"UpToDate\"}}}", "must be a list"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":[]}}}", "at least one"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":[\"uptodate\"]}}}", "unknown status"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":[7]}}}", "unknown status"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":[\"UpToDate\",\"Revoked\"]}}}", "never acceptable"},
    {"{\"tees\":{\"tdx\":{\"tcb_status\":[\"NotSupported\"]}}}", "never acceptable"},
    {"{\"tees\":{\"tdx\":{\"registers\":[]}}}", "must be an object"},
    {"{\"tees\":{\"tdx\":{\"registers\":{\"tdx.RTMR\":[\"00\"]}}}}", "not a name of a claim"},
    {"{\"tees\":{\"tdx\":{\"registers\":{\"tdx.rtmr_0\":[]}}}}", "lists no value"},
    {"{\"tees\":{\"tdx\":{\"registers\":{\"tdx.rtmr_0\":\"00\"}}}}", "must be a list"},
    {"{\"tees\":{\"tdx\":{\"registers\":{\"tdx.rtmr_0\":[\"\"]}}}}", "other than hex"},
    {"{\"tees\":{\"tdx\":{\"min_tcb_eval_num\":0}}}", "'min_tcb_eval_num' must be"},
    {"{\"tees\":{\"tdx\":{\"min_tcb_eval_num\":-1}}}", "'min_tcb_eval_num' must be"},
    {"{\"tees\":{\"tdx\":{\"min_tcb_eval_num\":4294967296}}}", "'min_tcb_eval_num' must be"},
    {"{\"tees\":{\"tdx\":{\"min_tcb_eval_num\":\"17\"}}}", "'min_tcb_eval_num' must be"},
    {"{\"tees\":{},\"min_tcb_eval_num\":17}", "'min_tcb_eval_num' is not a member"},
    {"{\"tees\":{},\"binding\":\"none\"}", "'binding' must be"},
    {"{\"tees\":{},\"binding\":2}", "'binding' must be"},
    {"{\"tees\":{},\"max_evidence_age_s\":0}", "'max_evidence_age_s' must be"},
    {"{\"tees\":{},\"max_evidence_age_s\":-1}", "'max_evidence_age_s' must be"},
    {"{\"tees\":{},\"max_evidence_age_s\":1e9}", "not an integer"},
    {"{\"tees\":{},\"max_evidence_age_s\":\"60\"}", "'max_evidence_age_s' must be"},
    {"{\"tees\":{\"tdx\":{},\"tdx\":{}}}", "'tdx' appears twice"},
};

/* T157 */
Test(policy, refuses_malformed_documents_and_names_the_member)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        enum ratls_err e = rt_policy_parse(ratls_bytes_str(malformed[i].json), &p, &err);
        cr_expect_eq(e, RATLS_E_POLICY_FORMAT, "%s", malformed[i].json);
        cr_expect_null(p);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].json, err.detail);
        rt_policy_free(p);
    }
}

static enum ratls_err policy_of_values(size_t n)
{
    struct rt_writer w = {0};
    struct rt_policy *p = NULL;
    char item[80];

    rt_put_bytes(&w, ratls_bytes_str("{\"tees\":{\"tdx\":{\"measurements\":["));
    for (size_t i = 0; i < n; i++)
        rt_put(&w, item, (size_t)snprintf(item, sizeof item, "%s\"%032zx\"", i ? "," : "", i));
    rt_put_bytes(&w, ratls_bytes_str("]}}}"));
    enum ratls_err e = rt_policy_parse(rt_written(&w), &p, NULL);
    rt_policy_free(p);
    rt_writer_free(&w);
    return e;
}

Test(policy, holds_at_most_4096_values)
{
    cr_expect_eq(policy_of_values(RT_POLICY_MAX_VALUES), RATLS_OK);
    cr_expect_eq(policy_of_values(RT_POLICY_MAX_VALUES + 1), RATLS_E_POLICY_FORMAT);
}

Test(policy, asks_for_the_session_level_unless_it_names_another)
{
    static const struct {
        const char *json;
        enum ratls_level level;
    } rows[] = {{"{\"tees\":{}}", RATLS_LEVEL_SESSION},
                {"{\"tees\":{},\"binding\":\"key\"}", RATLS_LEVEL_KEY},
                {"{\"tees\":{},\"binding\":\"session\"}", RATLS_LEVEL_SESSION},
                {"{\"tees\":{},\"binding\":\"quote\"}", RATLS_LEVEL_QUOTE}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct rt_policy *p = policy(rows[i].json);
        cr_expect_eq(rt_policy_level(p), rows[i].level, "%s", rows[i].json);
        rt_policy_free(p);
    }
    cr_expect_eq(rt_policy_level(NULL), RATLS_LEVEL_SESSION);
}

/* ---- deciding ---- */

/* Claims of a good TEE; each test spoils one. */
static struct ratls_claims *good_claims(void)
{
    struct ratls_claims *c = ratls_claims_new();
    uint8_t measurement[32];
    size_t len = sizeof measurement;

    cr_assert(rt_unhex(M, strlen(M), measurement, &len));
    ratls_claims_set_bool(c, "debug", false);
    ratls_claims_set_bool(c, "simulated", false);
    ratls_claims_set_text(c, "tcb_status", "UpToDate");
    ratls_claims_set_hex(c, "measurement", ratls_bytes(measurement, len));
    ratls_claims_set_text(c, "tdx.rtmr_0", "aabb");
    cr_assert_eq(ratls_claims_status(c), RATLS_OK);
    return c;
}

static enum ratls_err decide(const char *json, const char *tee, const struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct rt_policy *p = policy(json);
    struct rt_policy_subject s = {.tee = tee, .claims = claims, .now = NOW};
    enum ratls_err e = rt_policy_decide(p, &s, err);

    rt_policy_free(p);
    return e;
}

#define RULES(rules) "{\"tees\":{\"tdx\":{" rules "}}}"
#define LISTED       "\"measurements\":[\"" M "\"]"

static const struct {
    const char *json, *tee;
    enum ratls_err expected;
} by_policy[] = {
    {RULES(LISTED), "tdx", RATLS_OK},
    {RULES(
         "\"measurements\":[\"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\"]"),
     "tdx", RATLS_OK},
    {RULES("\"insecure_any_measurement\":true"), "tdx", RATLS_OK},
    {RULES(LISTED), "snp", RATLS_E_TEE_NOT_ALLOWED},
    {RULES(LISTED), "td", RATLS_E_TEE_NOT_ALLOWED},
    {"{\"tees\":{}}", "tdx", RATLS_E_TEE_NOT_ALLOWED},
    {RULES(""), "tdx", RATLS_E_NO_REFERENCE_VALUE},
    {RULES("\"measurements\":[]"), "tdx", RATLS_E_NO_REFERENCE_VALUE},
    {RULES("\"measurements\":[],\"insecure_any_measurement\":false"), "tdx",
     RATLS_E_NO_REFERENCE_VALUE},
    {RULES("\"measurements\":[\"00112233445566778899aabbccddeeff\"]"), "tdx", RATLS_E_MEASUREMENT},
    {RULES("\"measurements\":[\"" M "00\"]"), "tdx", RATLS_E_MEASUREMENT},
    {RULES(LISTED ",\"registers\":{\"tdx.rtmr_0\":[\"AABB\"]}"), "tdx", RATLS_OK},
    {RULES(LISTED ",\"registers\":{\"tdx.rtmr_0\":[\"00\",\"aabb\"]}"), "tdx", RATLS_OK},
    {RULES(LISTED ",\"registers\":{\"tdx.rtmr_0\":[\"aabc\"]}"), "tdx", RATLS_E_MEASUREMENT},
    {RULES(LISTED ",\"registers\":{\"tdx.rtmr_1\":[\"aabb\"]}"), "tdx", RATLS_E_MEASUREMENT},
    {RULES(LISTED ",\"registers\":{\"tdx.rtmr_0\":[\"aabb\"],\"debug\":[\"00\"]}"), "tdx",
     RATLS_E_MEASUREMENT},
    {RULES(LISTED ",\"tcb_status\":[\"OutOfDate\"]"), "tdx", RATLS_E_TCB_STATUS},
    {RULES(LISTED ",\"tcb_status\":[\"OutOfDate\",\"UpToDate\"]"), "tdx", RATLS_OK},
};

/* T47, T144: an empty list of reference values allows nobody. */
Test(policy, decides_by_its_rules)
{
    struct ratls_claims *claims = good_claims();

    for (size_t i = 0; i < RT_COUNT(by_policy); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = decide(by_policy[i].json, by_policy[i].tee, claims, &err);
        cr_expect_eq(e, by_policy[i].expected, "%s: %s", by_policy[i].json, ratls_err_reason(e));
        cr_expect_eq(err.code, by_policy[i].expected);
    }
    ratls_claims_free(claims);
}

Test(policy, names_the_register_that_differs)
{
    struct ratls_claims *claims = good_claims();
    struct ratls_error err = {0};

    cr_expect_eq(
        decide(RULES(LISTED ",\"registers\":{\"tdx.rtmr_3\":[\"aabb\"]}"), "tdx", claims, &err),
        RATLS_E_MEASUREMENT);
    cr_expect(strstr(err.detail, "tdx.rtmr_3"), "%s", err.detail);
    ratls_claims_free(claims);
}

Test(policy, denies_everybody_when_there_is_none)
{
    struct rt_policy_subject s = {.tee = "tdx", .claims = NULL, .now = NOW};

    cr_expect_eq(rt_policy_decide(NULL, &s, NULL), RATLS_E_NO_POLICY);
}

/* T27, T152 */
Test(policy, denies_debug_unless_switched_off_by_name)
{
    struct ratls_claims *claims = good_claims(), *silent = ratls_claims_new();

    ratls_claims_set_bool(claims, "debug", true);
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_DEBUG);
    cr_expect_eq(decide(RULES(LISTED ",\"insecure_debug\":false"), "tdx", claims, NULL),
                 RATLS_E_DEBUG);
    cr_expect_eq(decide(RULES(LISTED ",\"insecure_debug\":true"), "tdx", claims, NULL), RATLS_OK);
    ratls_claims_set_text(claims, "debug", "false"); /* a text is no truth value */
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_DEBUG);
    ratls_claims_set_bool(silent, "simulated", false); /* debug absent */
    cr_expect_eq(decide(RULES(LISTED), "tdx", silent, NULL), RATLS_E_DEBUG);
    ratls_claims_free(claims);
    ratls_claims_free(silent);
}

/* T32 */
Test(policy, denies_simulated_unless_switched_off_by_name)
{
    struct ratls_claims *claims = good_claims(), *silent = ratls_claims_new();

    ratls_claims_set_bool(claims, "simulated", true);
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_SIMULATED);
    cr_expect_eq(decide(RULES(LISTED ",\"insecure_simulated\":true"), "tdx", claims, NULL),
                 RATLS_OK);
    cr_expect_eq(decide(RULES(LISTED), "tdx", silent, NULL), RATLS_E_SIMULATED);
    ratls_claims_free(claims);
    ratls_claims_free(silent);
}

#define TOLERANT                                                                                   \
    ",\"tcb_status\":[\"UpToDate\",\"SWHardeningNeeded\",\"ConfigurationNeeded\","                 \
    "\"ConfigurationAndSWHardeningNeeded\",\"OutOfDate\",\"OutOfDateConfigurationNeeded\","        \
    "\"TDRelaunchAdvised\",\"TDRelaunchAdvisedConfigurationNeeded\",\"not_evaluated\"]"

/* Each status: by default, where everything that can be listed is listed. */
static const struct {
    const char *status;
    bool by_default, listed;
} statuses[] = {
    {"UpToDate", true, true},
    {"SWHardeningNeeded", false, true},
    {"ConfigurationNeeded", false, true},
    {"ConfigurationAndSWHardeningNeeded", false, true},
    {"OutOfDate", false, true},
    {"OutOfDateConfigurationNeeded", false, true},
    {"TDRelaunchAdvised", false, true},
    {"TDRelaunchAdvisedConfigurationNeeded", false, true},
    {"not_evaluated", false, true},
    {"Revoked", false, false},
    {"NotSupported", false, false},
    {"uptodate", false, false},
    {"", false, false},
    {"UpToDate ", false, false},
};

/* T25 */
Test(policy, accepts_a_tcb_status_only_where_it_is_listed)
{
    struct ratls_claims *claims = good_claims();

    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        ratls_claims_set_text(claims, "tcb_status", statuses[i].status);
        cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL),
                     statuses[i].by_default ? RATLS_OK : RATLS_E_TCB_STATUS, "%s",
                     statuses[i].status);
        cr_expect_eq(decide(RULES(LISTED TOLERANT), "tdx", claims, NULL),
                     statuses[i].listed ? RATLS_OK : RATLS_E_TCB_STATUS, "%s", statuses[i].status);
    }
    ratls_claims_free(claims);
}

Test(policy, denies_evidence_without_measurement_or_status)
{
    struct ratls_claims *claims = ratls_claims_new();

    ratls_claims_set_bool(claims, "debug", false);
    ratls_claims_set_bool(claims, "simulated", false);
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_MEASUREMENT);
    ratls_claims_set_text(claims, "measurement", "not hex");
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_MEASUREMENT);
    ratls_claims_set_text(claims, "measurement", M);
    cr_expect_eq(decide(RULES(LISTED), "tdx", claims, NULL), RATLS_E_TCB_STATUS);
    ratls_claims_free(claims);
}

/* The first rule that objects gives the reason, in a fixed order. */
Test(policy, gives_reasons_in_a_fixed_order)
{
    struct ratls_claims *claims = ratls_claims_new(); /* everything is wrong */
    static const char json[] = RULES(LISTED ",\"registers\":{\"tdx.rtmr_0\":[\"aabb\"]}"
                                            ",\"min_tcb_eval_num\":17");

    cr_expect_eq(decide(json, "snp", claims, NULL), RATLS_E_TEE_NOT_ALLOWED);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_SIMULATED);
    ratls_claims_set_bool(claims, "simulated", false);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_DEBUG);
    ratls_claims_set_bool(claims, "debug", false);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_MEASUREMENT);
    ratls_claims_set_text(claims, "measurement", M);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_MEASUREMENT); /* the register */
    ratls_claims_set_text(claims, "tdx.rtmr_0", "aabb");
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_TCB_STATUS);
    ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_set_uint(claims, "tdx.tcb_eval_num", 17);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_OK);
    ratls_claims_free(claims);
}

/* K12, T130: only a number that is there, is a number and is of this TEE. */
Test(policy, has_a_floor_for_the_number_of_collateral)
{
    static const char json[] = RULES(LISTED ",\"min_tcb_eval_num\":4294967295");
    struct ratls_claims *claims = good_claims();

    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_set_uint(claims, "sgx.tcb_eval_num", 4294967295);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_set_text(claims, "tdx.tcb_eval_num", "4294967295");
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_set_uint(claims, "tdx.tcb_eval_num", 4294967294);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_set_uint(claims, "tdx.tcb_eval_num", 4294967295);
    cr_expect_eq(decide(json, "tdx", claims, NULL), RATLS_OK);
    ratls_claims_set_bool(claims, "tdx.tcb_eval_num", true);
    cr_expect_eq(decide(RULES(LISTED ",\"min_tcb_eval_num\":1"), "tdx", claims, NULL),
                 RATLS_E_COLLATERAL_ROLLBACK);
    ratls_claims_free(claims);
}

#define AGED(rule) "{\"tees\":{\"tdx\":{" LISTED "}}" rule "}"

static const struct {
    const char *json;
    bool is_certificate, has_iat;
    int64_t iat;
    enum ratls_err expected;
} ages[] = {
    {AGED(""), true, true, NOW, RATLS_OK},
    {AGED(""), true, true, NOW - 86400, RATLS_OK},
    {AGED(""), true, true, NOW - 86401, RATLS_E_EVIDENCE_AGE},
    {AGED(""), true, true, 0, RATLS_E_EVIDENCE_AGE},
    {AGED(""), true, true, INT64_MIN, RATLS_E_EVIDENCE_AGE},
    {AGED(""), true, false, 0, RATLS_OK}, /* classic RA-TLS: limited by its own dates */
    {AGED(",\"max_evidence_age_s\":300"), true, true, NOW - 300, RATLS_OK},
    {AGED(",\"max_evidence_age_s\":300"), true, true, NOW - 301, RATLS_E_EVIDENCE_AGE},
    {AGED(",\"max_evidence_age_s\":300"), true, false, 0, RATLS_E_EVIDENCE_AGE},
    {AGED(",\"max_evidence_age_s\":300"), false, false, 0, RATLS_OK}, /* raw evidence */
    {AGED(",\"max_evidence_age_s\":172800"), true, true, NOW - 86401, RATLS_OK},
};

Test(policy, limits_the_age_of_certificate_evidence)
{
    struct ratls_claims *claims = good_claims();

    for (size_t i = 0; i < RT_COUNT(ages); i++) {
        struct rt_policy *p = policy(ages[i].json);
        struct rt_policy_subject s = {.tee = "tdx",
                                      .claims = claims,
                                      .is_certificate = ages[i].is_certificate,
                                      .has_iat = ages[i].has_iat,
                                      .iat = ages[i].iat,
                                      .now = NOW};
        cr_expect_eq(rt_policy_decide(p, &s, NULL), ages[i].expected, "row %zu", i);
        rt_policy_free(p);
    }
    ratls_claims_free(claims);
}

/* ---- the default policy ---- */

/* A change of the built-in policy shows in the file, and so in review. */
Test(policy, default_is_the_committed_file)
{
    static const char here[] = __FILE__;
    char path[1024];
    struct ratls_buffer file = {0};
    const char *tests = strstr(here, "tests/unit/");
    const struct ratls_env *env = ratls_env_system();

    cr_assert_not_null(tests);
    snprintf(path, sizeof path, "%.*sratls/policies/default.json", (int)(tests - here), here);
    cr_assert_eq(env->read_file(env->arg, path, RT_MAX_JSON, &file), RATLS_OK, "%s", path);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&file), ratls_bytes_str(rt_policy_default)));
    ratls_buffer_free(&file);
}

Test(policy, default_denies_even_the_best_tee_for_want_of_reference_values)
{
    struct ratls_claims *claims = good_claims();

    cr_expect_eq(decide(rt_policy_default, "tdx", claims, NULL), RATLS_E_NO_REFERENCE_VALUE);
    ratls_claims_free(claims);
}

/* ---- what it says when loaded ---- */

static char logged[4096];

static void remember(void *arg, enum ratls_log_level level, const char *line)
{
    (void)arg;
    cr_expect_eq(level, RATLS_LOG_WARNING);
    snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", line);
}

static void log_of(const char *json)
{
    struct ratls_env env = {.log = remember};
    struct rt_policy *p = policy(json);

    logged[0] = 0;
    rt_policy_log(p, &env);
    rt_policy_free(p);
}

Test(policy, insecure_switches_are_listed)
{
    struct rt_policy *p = policy("{\"tees\":{\"sgx\":{" LISTED "},\"tdx\":{" LISTED
                                 ",\"insecure_debug\":true,\"insecure_simulated\":true}}}");
    struct ratls_insecure set = {0};

    cr_assert(rt_policy_insecure(p, 0, &set));
    cr_expect_str_eq(set.name, "insecure_debug");
    cr_expect_str_eq(set.tee, "tdx");
    cr_assert(rt_policy_insecure(p, 1, &set));
    cr_expect_str_eq(set.name, "insecure_simulated");
    cr_expect_not(rt_policy_insecure(p, 2, &set));
    cr_expect_not(rt_policy_insecure(NULL, 0, &set));
    rt_policy_free(p);
}

/* T47, T163 */
Test(policy, warns_of_insecure_switches_and_of_denying_everybody)
{
    log_of(RULES(LISTED ",\"insecure_debug\":true,\"insecure_simulated\":true"));
    cr_expect(strstr(logged, "insecure_debug is set for tdx"));
    cr_expect(strstr(logged, "insecure_simulated is set for tdx"));
    log_of(RULES("\"insecure_any_measurement\":true"));
    cr_expect(strstr(logged, "insecure_any_measurement is set for tdx"));
    log_of(RULES(LISTED));
    cr_expect_str_eq(logged, "");
    log_of("{\"tees\":{}}");
    cr_expect(strstr(logged, "everybody is denied"));
    log_of(rt_policy_default); /* goes by stored values: the trust knows whether there are any */
    cr_expect_str_eq(logged, "");
}
