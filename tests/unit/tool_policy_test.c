/* `ratls policy` as its users meet it: what is shown, what is refused, exit codes. */
#include "tool_support.h"

#include <sys/stat.h>

#include <cjson/cJSON.h>

TestSuite(tool_policy, .init = tool_setup, .fini = tool_teardown, .timeout = 60);

#define POLICY                                                                                     \
    "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"insecure_simulated\":true,"           \
    "\"tcb_status\":[\"not_evaluated\"],\"rules\":[{\"name\":\"no debugger\",\"claim\":"           \
    "\"tdx.debug\",\"equals\":false}]}},\"services\":{\"web\":{\"tees\":{}},"                      \
    "\"strict\":{\"peer_names\":[\"a.example\"]}}}"

/* ---- check ---- */

Test(tool_policy, check_says_what_is_asked_and_what_is_insecure)
{
    put_file("p", POLICY);
    expect_run("policy check p", 0, "tcb_status is one of not_evaluated\n");
    expect_run("policy check p", 0, "rule 1 'no debugger'");
    expect_run("policy check p", 0, "tdx.debug is false\n");
    expect_run("policy check p", 0, "  INSECURE  insecure_simulated is set\n");
    expect_run("policy check p", 0, "  INSECURE  insecure_any_measurement is set\n");
    expect_run("policy check p", 0, "service 'web' has members of its own\n");
    cr_expect_null(strstr(run("policy check p")->out, "a.example"));
    expect_run("policy check p --service strict", 0, "match one of a.example\n");
    expect_run("policy check p --service strict", 0, "'strict' has members of its own, as shown\n");
    expect_run("policy check p --service mail", 0, "service 'mail' has none\n");
    expect_run("policy check p --service web", 0, "no TEE is listed: nobody is allowed\n");
    cr_expect_str_eq(run("policy check p")->err, "");
}

Test(tool_policy, check_names_the_member_that_is_wrong)
{
    put_file("p", "{\"tees\":{\"tdx\":{\"rules\":[{\"claim\":\"a\"}]}}}");
    expect_run("policy check p", 2, "p: policy_malformed: tdx: rule 1: 'rules' holds a condition");
    put_file("p", "{\"tees\":{},\"services\":{\"web\":{\"binding\":1}}}");
    expect_run("policy check p", 2, "service 'web': policy: 'binding' must be");
}

static cJSON *json_of(const char *args, int code)
{
    const struct tool_result *r = run(args);
    cJSON *json = cJSON_Parse(r->out);

    cr_expect_eq(r->code, code, "%s", r->err);
    cr_assert_not_null(json, "%s", r->out);
    return json;
}

static const char *text_at(const cJSON *list, int i, const char *member)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(list, i), member));
}

Test(tool_policy, check_writes_json)
{
    put_file("p", POLICY);
    cJSON *json = json_of("policy check p --json", 0);
    const cJSON *tees = cJSON_GetObjectItem(json, "tees");
    const cJSON *insecure = cJSON_GetObjectItem(json, "insecure");
    cr_expect_eq(cJSON_GetArraySize(tees), 1);
    cr_expect_str_eq(text_at(tees, 0, "tee"), "tdx");
    const cJSON *rules = cJSON_GetObjectItem(cJSON_GetArrayItem(tees, 0), "rules");
    cr_expect_str_eq(text_at(rules, 1, "rule"), "insecure_simulated");
    cr_expect_str_eq(text_at(rules, 1, "outcome"), "not asked");
    cr_expect_eq(cJSON_GetArraySize(insecure), 2);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetArrayItem(insecure, 0)),
                     "tdx: insecure_simulated is set");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "services")), 2);
    cJSON_Delete(json);
}

/* ---- explain ---- */

static void make_evidence(void)
{
    cr_assert_eq(run("attest --attester sim-tdx --insecure-sim-root-out root -o q")->code, 0);
    put_file("p", POLICY);
}

#define EXPLAIN "policy explain --evidence q --insecure-sim-roots root "

Test(tool_policy, explain_shows_each_rule_and_exits_like_verify)
{
    make_evidence();
    expect_run(EXPLAIN "--policy p", 0, "  'tdx' is listed\n");
    expect_run(EXPLAIN "--policy p", 0, "rule 1 'no debugger'  tdx.debug 'false' is false\n");
    expect_run(EXPLAIN "--policy p", 0, "verdict:    allow\n");
    expect_run(EXPLAIN "--policy p", 0, "decided by: no rule objects\n");
    expect_run(EXPLAIN, 1, "refused   insecure_simulated");
    expect_run(EXPLAIN, 1, "reason:     simulated\n");
    expect_run(EXPLAIN, 1, "decided by: insecure_simulated\n");
    expect_run(EXPLAIN "--policy p --service web", 1, "reason:     tee_not_allowed\n");
    expect_run(EXPLAIN "--policy p --service strict", 1, "decided by: peer_names\n");
    expect_run("policy explain --evidence q --policy p", 1,
               "decided by: what comes before the policy\n");
    cr_expect_null(strstr(run(EXPLAIN "--policy p")->out, "tdx.mr_td:"));
    expect_run(EXPLAIN "--policy p --all", 0, "tdx.mr_td: ");
    expect_run("policy explain --evidence q --policy absent", 2, "cannot read absent");
    expect_run("policy explain", 2, "--evidence is missing");
}

Test(tool_policy, explain_writes_json)
{
    make_evidence();
    cJSON *json = json_of(EXPLAIN "--json", 1);
    const cJSON *rules = cJSON_GetObjectItem(json, "rules");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "verdict")), "deny");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "reason")), "simulated");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "decided_by")),
                     "insecure_simulated");
    cr_expect_str_eq(text_at(rules, 0, "rule"), "tees");
    cr_expect_str_eq(text_at(rules, 2, "outcome"), "refused");
    cr_expect_str_eq(text_at(rules, 2, "reason"), "simulated");
    cJSON_Delete(json);
    json = json_of(EXPLAIN "--policy p --json", 0);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(json, "decided_by")), "");
    cJSON_Delete(json);
}

/* verify knows services as well. */
Test(tool_policy, verify_takes_the_members_of_a_service)
{
    make_evidence();
    expect_run("verify --evidence q --insecure-sim-roots root --policy p", 0, "allow");
    expect_run("verify --evidence q --insecure-sim-roots root --policy p --service web", 1,
               "tee_not_allowed");
    expect_run("verify --evidence q --service web", 2, "--service needs --policy");
}

/* ---- test ---- */

#define ANY "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}}}"
#define CLAIMS                                                                                     \
    "\"claims\":{\"simulated\":false,\"debug\":false,\"tcb_status\":\"UpToDate\",\"n\":3,"         \
    "\"list\":[\"a\"],\"none\":[]}"

static void put_case(const char *name, const char *text)
{
    char path[128];

    (void)mkdir("cases", 0755);
    (void)snprintf(path, sizeof path, "cases/%s.json", name);
    put_file(path, text);
}

Test(tool_policy, test_tells_what_differs)
{
    put_case("a", "{\"name\":\"good\",\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS
                  ",\"expect\":\"allow\"}\n");
    put_case("b", "{\"name\":\"other\",\"policy\":" ANY ",\"tee\":\"snp\"," CLAIMS
                  ",\"expect\":\"tee_not_allowed\"}");
    expect_run("policy test cases", 0, "ok - good\nok - other\n2 cases, 0 differ\n");
    put_case("c", "{\"name\":\"odd\",\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS
                  ",\"expect\":\"debug\"}");
    expect_run("policy test cases", 1, "not ok - odd: expected debug, found allow\n");
    expect_run("policy test cases", 1, "3 cases, 1 differ\n");
    put_case("c", "{\"name\":\"odd\",\"policy\":" ANY ",\"tee\":\"snp\"," CLAIMS
                  ",\"expect\":\"allow\"}");
    expect_run("policy test cases", 1,
               "not ok - odd: expected allow, found tee_not_allowed: the policy does not list");
    cJSON *json = json_of("policy test cases --json", 1);
    const cJSON *cases = cJSON_GetObjectItem(json, "cases");
    cr_expect_eq(cJSON_GetArraySize(cases), 3);
    cr_expect_str_eq(text_at(cases, 2, "file"), "c.json");
    cr_expect_str_eq(text_at(cases, 2, "found"), "tee_not_allowed");
    cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(cJSON_GetArrayItem(cases, 2), "ok")));
    cr_expect_eq(cJSON_GetObjectItem(json, "differ")->valueint, 1);
    cJSON_Delete(json);
}

/* Every type of claim arrives as what it is. */
Test(tool_policy, test_hands_over_each_type_of_claim)
{
    static const char *const rules[] = {
        "{\"claim\":\"n\",\"equals\":3}",
        "{\"claim\":\"debug\",\"equals\":false}",
        "{\"claim\":\"list\",\"only\":[\"a\"]}",
        "{\"claim\":\"none\",\"present\":true}",
        "{\"claim\":\"tcb_status\",\"equals\":\"UpToDate\"}",
        "{\"not\":{\"claim\":\"none\",\"contains\":\"a\"}}",
    };
    char text[1024];

    for (size_t i = 0; i < RT_COUNT(rules); i++) {
        (void)snprintf(
            text, sizeof text,
            "{\"name\":\"n\",\"policy\":{\"tees\":{\"tdx\":{\"insecure_any_measurement\":"
            "true,\"rules\":[%s]}}},\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"allow\"}",
            rules[i]);
        put_case("a", text);
        expect_run("policy test cases", 0, "ok - n\n");
    }
}

Test(tool_policy, test_reads_policies_and_evidence_from_files_beside_the_case)
{
    make_evidence();
    (void)mkdir("cases", 0755);
    cr_assert_eq(rename("q", "cases/q"), 0);
    cr_assert_eq(rename("root", "cases/root.pem"), 0);
    put_file("cases/policy", POLICY);
    put_case("a", "{\"name\":\"evidence\",\"policy\":\"policy\",\"evidence\":\"q\",\"tee\":\"tdx\","
                  "\"insecure-sim-roots\":[\"root.pem\"],\"expect\":\"allow\"}");
    put_case("b", "{\"name\":\"no root\",\"policy\":\"policy\",\"evidence\":\"q\","
                  "\"expect\":\"evidence_root\"}");
    put_case("c", "{\"name\":\"service\",\"policy\":\"policy\",\"evidence\":\"q\","
                  "\"insecure-sim-roots\":\"root.pem\",\"service\":\"strict\","
                  "\"expect\":\"identity_mismatch\"}");
    put_case("d", "{\"name\":\"time\",\"policy\":\"policy\",\"evidence\":\"q\","
                  "\"insecure-sim-roots\":\"root.pem\",\"time\":\"1000000000\","
                  "\"expect\":\"evidence_time\"}");
    put_case("e", "{\"name\":\"switch\",\"policy\":" ANY ",\"evidence\":\"q\","
                  "\"insecure-sim-roots\":\"root.pem\",\"authenticity-only\":true,"
                  "\"expect\":\"allow\"}");
    expect_run("policy test cases", 0, "5 cases, 0 differ\n");
}

Test(tool_policy, test_holds_claims_against_time_and_service)
{
    static const char policy[] =
        "\"policy\":{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"max_tcb_age_s\":60}},"
        "\"services\":{\"web\":{\"tees\":{}}}},\"tee\":\"tdx\",\"claims\":{\"simulated\":false,"
        "\"debug\":false,\"tcb_status\":\"UpToDate\",\"tcb_date\":\"2025-06-15T15:06:40Z\"}";
    static const struct {
        const char *members, *expect;
    } rows[] = {
        {"\"time\":\"1750000060\"", "allow"},
        {"\"time\":\"2025-06-15T15:07:41Z\"", "tcb_age"},
        {"\"time\":\"1750000000\",\"service\":\"web\"", "tee_not_allowed"},
    };
    char text[1024];

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        (void)snprintf(text, sizeof text, "{\"name\":\"n\",%s,%s,\"expect\":\"%s\"}", policy,
                       rows[i].members, rows[i].expect);
        put_case("a", text);
        expect_run("policy test cases", 0, "ok - n\n");
    }
}

Test(tool_policy, test_expects_policies_that_are_refused_as_well)
{
    put_case("a", "{\"name\":\"n\",\"policy\":{\"tees\":7},\"tee\":\"tdx\"," CLAIMS
                  ",\"expect\":\"policy_malformed\"}");
    expect_run("policy test cases", 0, "ok - n\n");
}

#define GOOD "\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"allow\""

/* A case that says less than it seems to is worse than none. */
static const struct {
    const char *text, *why;
} malformed[] = {
    {"", "must be an object in JSON with a 'name'"},
    {"[]", "must be an object in JSON with a 'name'"},
    {"{\"name\":\"n\"," GOOD "} x", "must be an object in JSON with a 'name'"},
    {"{\"name\":\"n\"," GOOD "}{}", "must be an object in JSON with a 'name'"},
    {"{" GOOD "}", "must be an object in JSON with a 'name'"},
    {"{\"name\":7," GOOD "}", "must be an object in JSON with a 'name'"},
    {"{\"name\":\"\"," GOOD "}", "must be an object in JSON with a 'name'"},
    {"{\"name\":\"n\"," GOOD ",\"tee\":\"snp\"}", "n: 'tee' appears twice"},
    {"{\"name\":\"n\",\"policy\":{\"tees\":{},\"tees\":{}},\"tee\":\"tdx\"," CLAIMS
     ",\"expect\":\"allow\"}",
     "n: 'tees' appears twice"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS "}", "n: 'expect' must be"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"deny\"}",
     "n: 'expect' must be \"allow\" or a reason"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"ok\"}",
     "n: 'expect' must be"},
    {"{\"name\":\"n\",\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"allow\"}", "n: 'policy' must be"},
    {"{\"name\":\"n\",\"policy\":[],\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"allow\"}",
     "n: 'policy' must be"},
    {"{\"name\":\"n\",\"policy\":\"absent\",\"tee\":\"tdx\"," CLAIMS ",\"expect\":\"allow\"}",
     "cannot read cases/absent"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"expect\":\"allow\"}",
     "n: 'claims' or 'evidence' must be there"},
    {"{\"name\":\"n\",\"policy\":" ANY "," CLAIMS ",\"expect\":\"allow\"}", "n: 'tee' must say"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":[],\"expect\":\"allow\"}",
     "n: 'claims' must be an object"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"A\":1},"
     "\"expect\":\"allow\"}",
     "n: 'A' is no claim"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"a\":null},"
     "\"expect\":\"allow\"}",
     "n: 'a' must be a text, a number"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"a\":-1},"
     "\"expect\":\"allow\"}",
     "n: 'a' must be a text, a number"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"a\":1.5},"
     "\"expect\":\"allow\"}",
     "n: 'a' must be a text, a number"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"a\":1e300},"
     "\"expect\":\"allow\"}",
     "n: 'a' must be a text, a number"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"tee\":\"tdx\",\"claims\":{\"a\":[1]},"
     "\"expect\":\"allow\"}",
     "n: 'a' must be a list of texts"},
    {"{\"name\":\"n\"," GOOD ",\"comment\":\"x\"}", "n: 'comment' is not a member known here"},
    {"{\"name\":\"n\"," GOOD ",\"json\":true}", "n: 'json' is not a member known here"},
    {"{\"name\":\"n\"," GOOD ",\"evidence\":\"q\"}", "n: 'evidence' has no effect beside"},
    {"{\"name\":\"n\"," GOOD ",\"authenticity-only\":true}", "has no effect beside 'claims'"},
    {"{\"name\":\"n\"," GOOD ",\"service\":7}", "n: 'service' must be a text"},
    {"{\"name\":\"n\"," GOOD ",\"service\":[\"a\",\"b\"]}", "n: 'service' is given too often"},
    {"{\"name\":\"n\"," GOOD ",\"time\":\"soon\"}", "n: 'time' must be"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"evidence\":\"absent\",\"expect\":\"allow\"}",
     "cannot read cases/absent"},
    {"{\"name\":\"n\",\"policy\":" ANY ",\"evidence\":\"absent\",\"authenticity-only\":false,"
     "\"expect\":\"allow\"}",
     "n: 'authenticity-only' must be true"},
};

Test(tool_policy, test_refuses_cases_that_are_wrong_themselves)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        put_case("a", malformed[i].text);
        expect_run("policy test cases", 2, malformed[i].why);
    }
}

Test(tool_policy, test_needs_a_folder_with_cases)
{
    (void)mkdir("empty", 0755);
    expect_run("policy test empty", 2, "empty holds no case (*.json)");
    expect_run("policy test nowhere", 2, "nowhere is no folder that can be read");
}
