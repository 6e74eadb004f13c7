/* Reference values of CCA: what is read, what fits, and what is refused. */
#include "refvals.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS 2000
#include "alloc_support.h"
#include "policy.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

#define HEX_8(d)  d d d d d d d d
#define HEX_32(d) HEX_8(HEX_8(d)) /* 32 bytes of a digit */
#define IMPL      HEX_32("1")
#define A         HEX_32("a")
#define B         HEX_32("b")
#define SIGNER    HEX_32("5")
#define RIM       HEX_32("c")
#define ZERO      HEX_32("0")

#define COMPONENT(m, more) "{\"measurement-value\":\"" m "\",\"signer-id\":\"" SIGNER "\"" more "}"
#define PLATFORM(more, components)                                                                 \
    "{\"implementation-id\":\"" IMPL "\"" more ",\"sw-components\":[" components "]}"
#define REALM(more)            "{\"initial-measurement\":\"" RIM "\"" more "}"
#define STORE(platform, realm) "{\"platform\":[" platform "],\"realm\":[" realm "]}"
#define BOTH                   COMPONENT(A, "") "," COMPONENT(B, "")

static struct ratls_claims *claims;
static struct rt_refvals *refvals;
static struct ratls_error err;

static void set_component(size_t i, const char *measurement, const char *type)
{
    char name[64];

    (void)snprintf(name, sizeof name, "cca.platform.sw_components.%zu.measurement", i);
    (void)ratls_claims_set_text(claims, name, measurement);
    (void)snprintf(name, sizeof name, "cca.platform.sw_components.%zu.signer_id", i);
    (void)ratls_claims_set_text(claims, name, SIGNER);
    (void)snprintf(name, sizeof name, "cca.platform.sw_components.%zu.type", i);
    (void)ratls_claims_set_text(claims, name, type);
    (void)snprintf(name, sizeof name, "cca.platform.sw_components.%zu.version", i);
    (void)ratls_claims_set_text(claims, name, "1.2");
}

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "measurement", RIM);
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "unrated");
    (void)ratls_claims_set_text(claims, "cca.platform.lifecycle_state", "secured");
    (void)ratls_claims_set_text(claims, "cca.platform.implementation_id", IMPL);
    (void)ratls_claims_set_text(claims, "cca.platform.config", "cfcf");
    (void)ratls_claims_set_uint(claims, "cca.platform.sw_components.count", 2);
    set_component(0, A, "BL");
    set_component(1, B, "RMM");
    (void)ratls_claims_set_text(claims, "cca.realm.initial_measurement", RIM);
    (void)ratls_claims_set_text(claims, "cca.realm.personalization_value", "77");
    (void)ratls_claims_set_text(claims, "cca.realm.rak_hash_alg", "sha-256");
    (void)ratls_claims_set_text(claims, "cca.realm.rem0", ZERO);
    (void)ratls_claims_set_text(claims, "cca.realm.rem1", ZERO);
    (void)ratls_claims_set_text(claims, "cca.realm.rem2", ZERO);
    (void)ratls_claims_set_text(claims, "cca.realm.rem3", A);
}

static void teardown(void)
{
    ratls_claims_free(claims);
    rt_refvals_free(refvals);
}

TestSuite(refvals, .init = setup, .fini = teardown);

static enum ratls_err read_store(const char *json)
{
    rt_refvals_free(refvals);
    err = (struct ratls_error){0};
    return rt_refvals_read(ratls_bytes_str(json), &refvals, &err);
}

/* ---- judging ---- */

#define REMS(last)                                                                                 \
    ",\"extensible-measurements\":[\"" ZERO "\",\"" ZERO "\",\"" ZERO "\",\"" last "\"]"

static const struct {
    const char *json;
    const char *why; /* "": it fits */
} stores[] = {
    {STORE(PLATFORM("", BOTH), REALM("")), ""},
    {STORE(PLATFORM("", COMPONENT(B, "") "," COMPONENT(A, "")), REALM("")), ""},
    {STORE(PLATFORM(",\"platform-configuration\":\"CFCF\"", BOTH), REALM("")), ""},
    {STORE(PLATFORM(",\"platform-configuration\":\"cf\"", BOTH), REALM("")), "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, "")), REALM("")), "firmware"},
    {STORE(PLATFORM("", BOTH "," COMPONENT(B, "")), REALM("")), "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, "") "," COMPONENT(A, "")), REALM("")), "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, "") "," COMPONENT(RIM, "")), REALM("")), "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"component-type\":\"BL\"") "," COMPONENT(
                            B, ",\"version\":\"1.2\"")),
           REALM("")),
     ""},
    {STORE(PLATFORM("", COMPONENT(A, ",\"component-type\":\"BL2\"") "," COMPONENT(B, "")),
           REALM("")),
     "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"version\":\"1.3\"") "," COMPONENT(B, "")), REALM("")),
     "firmware"},
    {STORE("{\"implementation-id\":\"" A "\",\"sw-components\":[" BOTH "]}", REALM("")),
     "firmware"},
    {STORE(PLATFORM("", COMPONENT(A, "")) "," PLATFORM("", BOTH), REALM("")), ""},
    {STORE(PLATFORM("",
                    "{\"measurement-value\":\"" A "\",\"signer-id\":\"" A "\"}," COMPONENT(B, "")),
           REALM("")),
     "firmware"},
    {STORE(PLATFORM("", BOTH), "{\"initial-measurement\":\"" A "\"}"), "realm"},
    {STORE(PLATFORM("", BOTH), "{\"initial-measurement\":\"" A "\"}," REALM("")), ""},
    {STORE(PLATFORM("", BOTH), REALM(REMS(A))), ""},
    {STORE(PLATFORM("", BOTH), REALM(REMS(ZERO))), "realm"},
    {STORE(PLATFORM("", BOTH), REALM(",\"personalization-value\":\"77\"")), ""},
    {STORE(PLATFORM("", BOTH), REALM(",\"personalization-value\":\"7700\"")), "realm"},
    {STORE(PLATFORM("", BOTH), REALM(",\"rak-hash-algorithm\":\"sha-256\"")), ""},
    {STORE(PLATFORM("", BOTH), REALM(",\"rak-hash-algorithm\":\"sha-512\"")), "realm"},
};

Test(refvals, fit_or_say_what_does_not)
{
    for (size_t i = 0; i < RT_COUNT(stores); i++) {
        cr_assert_eq(read_store(stores[i].json), RATLS_OK, "row %zu: %s", i, err.detail);
        enum ratls_err e = rt_refvals_judge(refvals, claims, &err);
        cr_expect_eq(e, stores[i].why[0] ? RATLS_E_MEASUREMENT : RATLS_OK, "row %zu", i);
        cr_expect(strstr(err.detail, stores[i].why), "row %zu: %s", i, err.detail);
    }
}

Test(refvals, a_component_listed_once_stands_for_one)
{
    MUST(read_store(STORE(PLATFORM("", BOTH), REALM(""))));
    set_component(1, A, "BL");
    cr_expect_eq(rt_refvals_judge(refvals, claims, NULL), RATLS_E_MEASUREMENT);
}

Test(refvals, nothing_fits_claims_that_are_not_there)
{
    struct ratls_claims *none = ratls_claims_new();

    MUST(read_store(STORE(PLATFORM("", BOTH), REALM(""))));
    cr_expect_eq(rt_refvals_judge(refvals, none, NULL), RATLS_E_MEASUREMENT);
    ratls_claims_free(none);
}

/* ---- reading ---- */

static const struct {
    const char *json, *why;
} bad[] = {
    {"[]", "no object"},
    {"{", ""},
    {"{}", "'platform' is missing"},
    {"{\"platform\":[" PLATFORM("", BOTH) "]}", "'realm' is missing"},
    {"{\"realm\":[" REALM("") "]}", "'platform' is missing"},
    {STORE("", REALM("")), "'platform' is no list"},
    {STORE(PLATFORM("", BOTH), ""), "'realm' is no list"},
    {"{\"platform\":7,\"realm\":[" REALM("") "]}", "'platform' is no list"},
    {"{\"platform\":{\"a\":" PLATFORM("", BOTH) "},\"realm\":[" REALM("") "]}",
     "'platform' is no list"},
    {STORE("7", REALM("")), "no object"},
    {STORE(PLATFORM(",\"platform-config\":\"00\"", BOTH), REALM("")), "'platform-config' is not a"},
    {STORE(PLATFORM(",\"platform-configuration\":\"\"", BOTH), REALM("")), "not hex of 1 to 256"},
    {STORE(PLATFORM("", ""), REALM("")), "'sw-components' is no list"},
    {STORE("{\"implementation-id\":\"" IMPL "\"}", REALM("")), "lacks an implementation-id or"},
    {STORE("{\"sw-components\":[" BOTH "]}", REALM("")), "lacks an implementation-id or"},
    {STORE("{\"implementation-id\":\"11\",\"sw-components\":[" BOTH "]}", REALM("")),
     "has not 32 bytes"},
    {STORE(PLATFORM("", "{\"measurement-value\":\"00\"}"), REALM("")), "lacks a measurement-value"},
    {STORE(PLATFORM("", "{\"signer-id\":\"00\"}"), REALM("")), "lacks a measurement-value"},
    {STORE(PLATFORM("", COMPONENT("xx", "")), REALM("")), "'measurement-value' is not hex"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"component-type\":7")), REALM("")), "is not a text"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"component-type\":\"\"")), REALM("")), "is not a text"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"version\":\"" HEX_32("1") "\"")), REALM("")),
     "is not a text"},
    {STORE(PLATFORM("", COMPONENT(A, ",\"typ\":\"x\"")), REALM("")), "'typ' is not a member"},
    {STORE(PLATFORM("", BOTH), "{}"), "lacks an initial-measurement"},
    {STORE(PLATFORM("", BOTH), "{\"initial-measurement\":7}"), "is not hex"},
    {STORE(PLATFORM("", BOTH), REALM(",\"extensible-measurement\":[]")), "is not a member"},
    {STORE(PLATFORM("", BOTH), REALM(",\"extensible-measurements\":[\"00\"]")), "no list of four"},
    {STORE(PLATFORM("", BOTH), REALM(",\"extensible-measurements\":[1,2,3,4]")), "is not hex"},
    {STORE(PLATFORM("", BOTH), REALM(",\"initial-measurement\":\"00\"")), ""},
};

Test(refvals, malformed_ones_are_refused)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(read_store(bad[i].json), RATLS_E_CONFIG, "row %zu: %s", i, bad[i].json);
        cr_expect(strstr(err.detail, bad[i].why), "row %zu: %s", i, err.detail);
        cr_expect_null(refvals);
    }
}

/* ---- in a policy ---- */

static enum ratls_err decide(const char *tee, const char *members, bool with)
{
    const struct rt_policy_subject subject = {
        .tee = tee, .claims = claims, .refvals = with ? refvals : NULL};
    struct rt_policy *p = NULL;
    char json[512];

    (void)snprintf(json, sizeof json, "{\"tees\":{\"%s\":{%s}}}", tee, members);
    MUST(rt_policy_parse(ratls_bytes_str(json), &p, NULL));
    enum ratls_err e = rt_policy_decide(p, &subject, NULL);
    rt_policy_free(p);
    return e;
}

Test(refvals, stand_for_measurements_that_a_policy_does_not_list)
{
    MUST(read_store(STORE(PLATFORM("", BOTH), REALM(""))));
    cr_expect_eq(decide("cca", "", false), RATLS_E_NO_REFERENCE_VALUE);
    cr_expect_eq(decide("cca", "", true), RATLS_OK);
    cr_expect_eq(decide("cca", "\"measurements\":[\"" RIM "\"]", true), RATLS_OK);
    cr_expect_eq(decide("cca", "\"measurements\":[\"" A "\"]", true), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("tdx", "", true), RATLS_E_NO_REFERENCE_VALUE, "they are of CCA");
    MUST(read_store(STORE(PLATFORM("", COMPONENT(A, "")), REALM(""))));
    cr_expect_eq(decide("cca", "", true), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("cca", "\"measurements\":[\"" RIM "\"]", true), RATLS_E_MEASUREMENT);
    cr_expect_eq(decide("cca", "\"insecure_any_measurement\":true", true), RATLS_E_MEASUREMENT);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static bool read_once(void)
{
    static const char json[] = STORE(PLATFORM("", BOTH), REALM(REMS(A)));
    struct rt_refvals *r = NULL;

    armed = true;
    enum ratls_err e = rt_refvals_read(ratls_bytes_str(json), &r, NULL);
    rt_refvals_free(r);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

Test(refvals, survive_every_failure_of_memory, .timeout = 60)
{
    fail_each(read_once, OURS_ONCE);
}

#endif
