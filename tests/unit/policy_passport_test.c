/* Policies about attestation results of others. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy.h"

#define TEES(more)      "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}," more
#define PLAIN           TEES("\"sgx\":{}}")
#define POLICY(members) TEES("\"sgx\":{}}," members "}")
#define LENIENT(members)                                                                           \
    "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"insecure_simulated\":true}}," members \
    "}"

#define ACCEPTED "\"passports\":\"accepted\""
#define REQUIRED "\"passports\":\"required\""
#define REFUSED  "\"passports\":\"refused\""
#define WARNING  "\"passport_status\":[\"affirming\",\"warning\"]"

static const struct {
    const char *members, *why;
} malformed[] = {
    {"\"passports\":true", "'passports' must be"},
    {"\"passports\":\"allowed\"", "'passports' must be"},
    {"\"passports\":\"Refused\"", "'passports' must be"},
    {"\"passports\":[\"refused\"]", "'passports' must be"},
    {"\"passport_status\":\"affirming\"", "'passport_status' must be a list"},
    {"\"passport_status\":[]", "'passport_status' must be a list"},
    {"\"passport_status\":[\"warning\"]", "'passport_status' must be a list"},
    {"\"passport_status\":[\"affirming\",\"none\"]", "'passport_status' holds a status"},
    {"\"passport_status\":[\"affirming\",\"contraindicated\"]", "holds a status that no passport"},
    {"\"passport_status\":[\"affirming\",7]", "'passport_status' holds a status"},
    {"\"passport_status\":{\"affirming\":\"affirming\"}", "'passport_status' must be a list"},
    {"\"services\":{\"web\":{\"passports\":1}}", "service 'web': policy: 'passports' must be"},
};

Test(policy_passport, refuses_malformed_members)
{
    for (size_t i = 0; i < RT_COUNT(malformed); i++) {
        char json[512];
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        (void)snprintf(json, sizeof json, TEES("\"sgx\":{}},%s}"), malformed[i].members);
        cr_expect_eq(rt_policy_parse(ratls_bytes_str(json), &p, &err), RATLS_E_POLICY_FORMAT, "%s",
                     json);
        cr_expect(strstr(err.detail, malformed[i].why), "%s: %s", json, err.detail);
        rt_policy_free(p);
    }
}

/* ---- deciding ---- */

enum shown { EVIDENCE, CERTIFICATE, PASSPORT };

static const struct row {
    const char *policy;
    enum shown shown;
    const char *status; /* NULL: nobody said */
    bool simulated;
    enum ratls_err due;
} rows[] = {
    {PLAIN "}", CERTIFICATE, NULL, false, RATLS_OK},
    {PLAIN "}", PASSPORT, "affirming", false, RATLS_OK},
    {POLICY(ACCEPTED), CERTIFICATE, NULL, false, RATLS_OK},
    {POLICY(ACCEPTED), PASSPORT, "affirming", false, RATLS_OK},
    {POLICY(REQUIRED), CERTIFICATE, NULL, false, RATLS_E_PASSPORT},
    {POLICY(REQUIRED), EVIDENCE, NULL, false, RATLS_OK},
    {POLICY(REQUIRED), PASSPORT, "affirming", false, RATLS_OK},
    {POLICY(REFUSED), CERTIFICATE, NULL, false, RATLS_OK},
    {POLICY(REFUSED), PASSPORT, "affirming", false, RATLS_E_PASSPORT},
    {PLAIN "}", PASSPORT, "warning", false, RATLS_E_TOKEN_STATUS},
    {POLICY(WARNING), PASSPORT, "warning", false, RATLS_OK},
    {POLICY(WARNING), PASSPORT, "affirming", false, RATLS_OK},
    {POLICY(WARNING), PASSPORT, "contraindicated", false, RATLS_E_TOKEN_STATUS},
    {POLICY(WARNING), PASSPORT, "none", false, RATLS_E_TOKEN_STATUS},
    {POLICY(WARNING), PASSPORT, NULL, false, RATLS_E_TOKEN_STATUS},
    {PLAIN "}", PASSPORT, "none", true, RATLS_E_SIMULATED},
    {LENIENT(ACCEPTED), PASSPORT, "none", true, RATLS_OK},
    {LENIENT(ACCEPTED), PASSPORT, "none", false, RATLS_E_TOKEN_STATUS},
    {LENIENT(ACCEPTED), PASSPORT, "warning", true, RATLS_E_TOKEN_STATUS},
    /* a policy of the service stands for the general one */
    {POLICY(REFUSED ",\"services\":{\"web\":{" ACCEPTED "}}"), PASSPORT, "affirming", false,
     RATLS_OK},
};

static struct ratls_claims *claims_of(const struct row *row)
{
    struct ratls_claims *c = ratls_claims_new();

    (void)ratls_claims_set_bool(c, "debug", false);
    (void)ratls_claims_set_bool(c, "simulated", row->simulated);
    (void)ratls_claims_set_text(c, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(c, "measurement", "00112233445566778899aabbccddeeff");
    if (row->shown == PASSPORT)
        (void)ratls_claims_set_bool(c, "passport", true);
    if (row->shown == PASSPORT)
        (void)ratls_claims_set_text(c, "appraiser", "them");
    if (row->status)
        (void)ratls_claims_set_text(c, "ear.status", row->status);
    return c;
}

Test(policy_passport, decides_who_may_have_appraised)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_claims *claims = claims_of(&rows[i]);
        const struct rt_policy_subject s = {
            .tee = "tdx", .claims = claims, .is_certificate = rows[i].shown != EVIDENCE};
        struct ratls_error err = {0};
        struct rt_policy *p = NULL;
        cr_assert_eq(rt_policy_parse_for(ratls_bytes_str(rows[i].policy), "web", &p, &err),
                     RATLS_OK, "%s: %s", rows[i].policy, err.detail);
        enum ratls_err e = rt_policy_decide(p, &s, &err);
        cr_expect_eq(e, rows[i].due, "row %zu: %s %s", i, ratls_err_reason(e), err.detail);
        rt_policy_free(p);
        ratls_claims_free(claims);
    }
}

/* ---- words ---- */

static char told[512];

static void hear(void *arg, const struct ratls_finding *f)
{
    (void)arg;
    if (strncmp(f->rule, "passport", strlen("passport")) == 0)
        (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s %s: %s\n", f->rule,
                       ratls_outcome_name(f->outcome), f->detail);
}

Test(policy_passport, is_told_in_words)
{
    const struct row passport = {NULL, PASSPORT, "warning", false, RATLS_OK};
    struct ratls_claims *claims = claims_of(&passport);
    struct rt_policy_subject s = {.tee = "tdx", .claims = claims, .on_finding = hear};
    struct rt_policy *p = NULL;

    cr_assert_eq(rt_policy_parse(ratls_bytes_str(POLICY(REFUSED)), &p, NULL), RATLS_OK);
    cr_expect_eq(rt_policy_words(p, &s), RATLS_OK);
    cr_expect_str_eq(told, "passports asked: the peer shows evidence and no passport\n"
                           "passport_status asked: ear.status of a passport is affirming\n");
    told[0] = 0;
    cr_expect_eq(rt_policy_decide(p, &s, NULL), RATLS_E_PASSPORT);
    cr_expect(strstr(told, "passports refused: a passport of 'them' where evidence is due; asked:"),
              "%s", told);
    cr_expect(strstr(told, "passport_status refused: ear.status 'warning' is not accepted; asked:"),
              "%s", told);
    rt_policy_free(p);
    ratls_claims_free(claims);
}
