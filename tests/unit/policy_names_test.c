/* What a policy says of all TEEs together: names of peers, and members of single services. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy.h"

#define M   "00112233445566778899aabbccddeeff"
#define TDX "\"tees\":{\"tdx\":{\"measurements\":[\"" M "\"]}}"

static const struct {
    const char *json, *why;
} malformed[] = {
    {"{" TDX ",\"peer_names\":\"a.example\"}", "policy: 'peer_names' must be a list"},
    {"{" TDX ",\"peer_names\":[]}", "'peer_names' must be a list of at least one name"},
    {"{" TDX ",\"peer_names\":{\"a\":\"a.example\"}}", "'peer_names' must be a list"},
    {"{" TDX ",\"peer_names\":[7]}", "'peer_names' holds something other than host names"},
    {"{" TDX ",\"peer_names\":[\"\"]}", "'peer_names' holds something other than host names"},
    {"{" TDX ",\"peer_names\":[\"*.peer.example\"]}", "holds something other than host names"},
    {"{" TDX ",\"peer_names\":[\"spiffe://a/b\"]}", "holds something other than host names"},
    {"{" TDX ",\"peer_names\":[\"b\u00fc.example\"]}", "holds something other than host names"},
    {"{" TDX ",\"peer_names\":[\"a.example\",\"a..example\"]}", "other than host names"},
    {"{\"tees\":{\"tdx\":{\"peer_names\":[\"a.example\"]}}}", "tdx: 'peer_names' is not a member"},
    {"{" TDX ",\"services\":[]}", "policy: 'services' must be an object"},
    {"{" TDX ",\"services\":{\"\":{\"binding\":\"key\"}}}", "a name that no service has"},
    {"{" TDX ",\"services\":{\"a\\n\":{\"binding\":\"key\"}}}", "a name that no service has"},
    {"{" TDX ",\"services\":{\"web\":[]}}", "'web' must be an object of members"},
    {"{" TDX ",\"services\":{\"web\":{}}}", "'web' must be an object of members"},
    {"{" TDX ",\"services\":{\"web\":{\"binding\":\"none\"}}}",
     "service 'web': policy: 'binding' must be"},
    {"{" TDX ",\"services\":{\"web\":{\"bindng\":\"key\"}}}",
     "service 'web': policy: 'bindng' is not a member known here"},
    {"{" TDX ",\"services\":{\"web\":{\"services\":{}}}}",
     "service 'web': policy: 'services' is not a member known here"},
    {"{" TDX ",\"services\":{\"web\":{\"tees\":{\"tdx\":{\"vmpl\":[0]}}}}}",
     "service 'web': tdx: 'vmpl' is not a member known here"},
    {"{" TDX ",\"services\":{\"web\":{\"tees\":{\"tdx\":{\"rules\":[{}]}}}}}",
     "service 'web': tdx: rule 1: 'rules' holds a condition that asks nothing"},
    {"{\"services\":{\"web\":{" TDX "}}}", "'tees' is missing"},
    {"{" TDX ",\"services\":{\"web\":{\"binding\":\"key\"},\"web\":{\"binding\":\"key\"}}}",
     "'web' appears twice"},
};

/* T164: members of every service are checked, whichever is asked for. */
Test(policy_names, refuses_malformed_members_whichever_service_is_asked_for)
{
    static const char *const services[] = {NULL, "web", "mail"};

    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        for (size_t k = 0; k < RT_COUNT(services); k++) {
            struct ratls_error err = {0};
            struct rt_policy *p = NULL;
            cr_expect_eq(
                rt_policy_parse_for(ratls_bytes_str(malformed[i].json), services[k], &p, &err),
                RATLS_E_POLICY_FORMAT, "%s", malformed[i].json);
            cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", malformed[i].json,
                      err.detail);
            cr_expect_null(p);
        }
    }
}

/* `n` members of a list or an object, "%zu" in `item`. */
static enum ratls_err read_many(const char *before, size_t n, const char *item, const char *behind)
{
    struct rt_writer w = {0};
    struct rt_policy *p = NULL;
    char text[128];

    rt_put_bytes(&w, ratls_bytes_str(before));
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(text, sizeof text, "%s\"n%zu%s", i ? "," : "", i, item);
        rt_put_bytes(&w, ratls_bytes_str(text));
    }
    rt_put_bytes(&w, ratls_bytes_str(behind));
    enum ratls_err e = rt_policy_parse(rt_written(&w), &p, NULL);
    rt_policy_free(p);
    rt_writer_free(&w);
    return e;
}

Test(policy_names, are_64_at_most)
{
    cr_expect_eq(read_many("{" TDX ",\"peer_names\":[", 64, ".example\"", "]}"), RATLS_OK);
    cr_expect_eq(read_many("{" TDX ",\"peer_names\":[", 65, ".example\"", "]}"),
                 RATLS_E_POLICY_FORMAT);
    cr_expect_eq(read_many("{" TDX ",\"services\":{", 64, "\":{\"binding\":\"key\"}", "}}"),
                 RATLS_OK);
    cr_expect_eq(read_many("{" TDX ",\"services\":{", 65, "\":{\"binding\":\"key\"}", "}}"),
                 RATLS_E_POLICY_FORMAT);
}

/* ---- deciding ---- */

static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M);
}

static void teardown(void)
{
    ratls_claims_free(claims);
}

TestSuite(policy_names, .init = setup, .fini = teardown);

static enum ratls_err decide_for(const char *json, const char *service, struct ratls_error *err)
{
    const struct rt_policy_subject s = {.tee = "tdx", .claims = claims};
    struct rt_policy *p = NULL;

    cr_assert_eq(rt_policy_parse_for(ratls_bytes_str(json), service, &p, err), RATLS_OK, "%s",
                 err->detail);
    enum ratls_err e = rt_policy_decide(p, &s, err);
    rt_policy_free(p);
    return e;
}

static enum ratls_err decide(const char *names)
{
    struct ratls_error err = {0};
    char json[512];

    (void)snprintf(json, sizeof json, "{" TDX ",\"peer_names\":[%s]}", names);
    return decide_for(json, NULL, &err);
}

/* T62, T64 */
Test(policy_names, one_of_the_names_proven_must_match)
{
    cr_expect_eq(decide("\"peer.example\""), RATLS_E_IDENTITY_MISMATCH);
    (void)ratls_claims_add_item(claims, "peer.names", NULL);
    cr_expect_eq(decide("\"peer.example\""), RATLS_E_IDENTITY_MISMATCH);
    (void)ratls_claims_add_item(claims, "peer.names", "a.peer.example");
    (void)ratls_claims_add_item(claims, "peer.names", "192.0.2.1");
    (void)ratls_claims_add_item(claims, "peer.names", "*.wild.example");
    cr_expect_eq(decide("\"A.peer.example\""), RATLS_OK);
    cr_expect_eq(decide("\"x.example\",\"a.peer.example\""), RATLS_OK);
    cr_expect_eq(decide("\"192.0.2.1\""), RATLS_OK);
    cr_expect_eq(decide("\"one.wild.example\""), RATLS_OK);
    cr_expect_eq(decide("\"peer.example\""), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(decide("\"b.peer.example\",\"192.0.2.2\""), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(decide("\"wild.example\""), RATLS_E_IDENTITY_MISMATCH);
    cr_expect_eq(decide("\"one.two.wild.example\""), RATLS_E_IDENTITY_MISMATCH);
    (void)ratls_claims_set_text(claims, "peer.names", "a.peer.example"); /* no list */
    cr_expect_eq(decide("\"a.peer.example\""), RATLS_E_IDENTITY_MISMATCH);
}

Test(policy_names, come_before_what_is_said_of_a_tee)
{
    (void)ratls_claims_set_bool(claims, "simulated", true);
    cr_expect_eq(decide("\"peer.example\""), RATLS_E_IDENTITY_MISMATCH);
}

Test(policy_names, are_known_to_need_an_identity_ca)
{
    struct rt_policy *p = NULL;

    cr_expect_not(rt_policy_names_peers(NULL));
    cr_assert_eq(rt_policy_parse(ratls_bytes_str("{" TDX "}"), &p, NULL), RATLS_OK);
    cr_expect_not(rt_policy_names_peers(p));
    rt_policy_free(p);
    cr_assert_eq(
        rt_policy_parse(ratls_bytes_str("{" TDX ",\"peer_names\":[\"a.example\"]}"), &p, NULL),
        RATLS_OK);
    cr_expect(rt_policy_names_peers(p));
    rt_policy_free(p);
}

/* ---- services ---- */

static const char many[] =
    "{" TDX ",\"binding\":\"quote\",\"max_evidence_age_s\":60,\"services\":{"
    "\"web\":{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"tcb_status\":"
    "[\"OutOfDate\"]}},\"binding\":\"key\"},"
    "\"snp only\":{\"tees\":{\"snp\":{}},\"peer_names\":[\"a.example\"]},"
    "\"old\":{\"max_evidence_age_s\":600}}}";

static const struct {
    const char *service, *status;
    enum ratls_err expected;
    enum ratls_level level;
    int64_t age_s;
} served[] = {
    {NULL, "UpToDate", RATLS_OK, RATLS_LEVEL_QUOTE, 60},
    {NULL, "OutOfDate", RATLS_E_TCB_STATUS, RATLS_LEVEL_QUOTE, 60},
    {"mail", "UpToDate", RATLS_OK, RATLS_LEVEL_QUOTE, 60},
    {"Web", "OutOfDate", RATLS_E_TCB_STATUS, RATLS_LEVEL_QUOTE, 60},
    {"web", "UpToDate", RATLS_E_TCB_STATUS, RATLS_LEVEL_KEY, 60},
    {"web", "OutOfDate", RATLS_OK, RATLS_LEVEL_KEY, 60},
    {"snp only", "UpToDate", RATLS_E_TEE_NOT_ALLOWED, RATLS_LEVEL_QUOTE, 60},
    {"old", "UpToDate", RATLS_OK, RATLS_LEVEL_QUOTE, 600},
};

/* A member replaces the general one as a whole: nothing is mixed. */
Test(policy_names, members_of_a_service_stand_for_the_general_ones)
{
    for (size_t i = 0; i < RT_COUNT(served); i++) {
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        (void)ratls_claims_set_text(claims, "tcb_status", served[i].status);
        cr_expect_eq(decide_for(many, served[i].service, &err), served[i].expected, "row %zu: %s",
                     i, err.detail);
        cr_assert_eq(rt_policy_parse_for(ratls_bytes_str(many), served[i].service, &p, NULL),
                     RATLS_OK);
        cr_expect_eq(rt_policy_level(p), served[i].level, "row %zu", i);
        cr_expect_eq(rt_policy_max_age_s(p), served[i].age_s, "row %zu", i);
        cr_expect_str_eq(rt_policy_service_name(p, 0), "web");
        cr_expect_str_eq(rt_policy_service_name(p, 1), "snp only");
        cr_expect_null(rt_policy_service_name(p, 3));
        rt_policy_free(p);
    }
}

Test(policy_names, services_differ_in_the_names_they_expect)
{
    struct rt_policy *p = NULL;

    cr_assert_eq(rt_policy_parse_for(ratls_bytes_str(many), "snp only", &p, NULL), RATLS_OK);
    cr_expect(rt_policy_names_peers(p));
    rt_policy_free(p);
    cr_assert_eq(rt_policy_parse_for(ratls_bytes_str(many), NULL, &p, NULL), RATLS_OK);
    cr_expect_not(rt_policy_names_peers(p));
    rt_policy_free(p);
}
