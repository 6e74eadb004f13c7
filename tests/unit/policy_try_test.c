/* Policies tried on claims that nobody verified, and described without any. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "base.h"
#include "ratls/appraise.h"

#define M   "00112233445566778899aabbccddeeff"
#define NOW INT64_C(1750000000)

static struct ratls_trust *trust;
static struct ratls_claims *claims;
static struct ratls_policy_question question;
static char told[16384];

static void tell(void *arg, const struct ratls_finding *f)
{
    size_t len = strlen(told);

    cr_expect_eq(arg, &told);
    (void)snprintf(told + len, sizeof told - len, "%s|%s|%s\n", f->rule,
                   ratls_outcome_name(f->outcome), f->detail);
}

static void use_policy(const char *json)
{
    struct ratls_error err = {0};

    cr_assert_eq(ratls_trust_set_policy_for(trust, ratls_bytes_str(json), "web", &err), RATLS_OK,
                 "%s", err.detail);
}

static void setup(void)
{
    static struct ratls_env env;

    env = *ratls_env_system();
    env.log = NULL;
    cr_assert_eq(ratls_trust_new(&env, &trust), RATLS_OK);
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M);
    question = (struct ratls_policy_question){.tee = "tdx", .claims = claims, .now = NOW};
    told[0] = 0;
}

static void teardown(void)
{
    ratls_claims_free(claims);
    ratls_trust_unref(trust);
}

TestSuite(policy_try, .init = setup, .fini = teardown);

static enum ratls_err ask(void)
{
    return ratls_policy_try(trust, &question, NULL);
}

#define GOOD "{\"tees\":{\"tdx\":{\"measurements\":[\"" M "\"]}}}"

Test(policy_try, says_what_the_policy_would_say)
{
    struct ratls_error err = {0};

    cr_expect_eq(ask(), RATLS_E_NO_POLICY);
    use_policy(GOOD);
    cr_expect_eq(ask(), RATLS_OK);
    (void)ratls_claims_set_bool(claims, "debug", true);
    cr_expect_eq(ratls_policy_try(trust, &question, &err), RATLS_E_DEBUG);
    cr_expect_str_eq(err.detail, "the tdx TEE can be debugged");
    question.tee = "snp";
    cr_expect_eq(ask(), RATLS_E_TEE_NOT_ALLOWED);
    question = (struct ratls_policy_question){.tee = "tdx"}; /* no claims at all */
    cr_expect_eq(ask(), RATLS_E_SIMULATED);
}

Test(policy_try, tells_every_rule)
{
    use_policy(GOOD);
    question.on_finding = tell;
    question.finding_arg = &told;
    cr_expect_eq(ask(), RATLS_OK);
    cr_expect(strstr(told, "tcb_status|held|tcb_status 'UpToDate' is one of UpToDate, unrated\n"),
              "%s", told);
}

Test(policy_try, goes_by_stored_reference_values)
{
    static const char document[] =
        "{\"format\":\"ratls-trust/"
        "1\",\"items\":[{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\","
        "\"version\":1,\"state\":\"active\",\"body\":{\"measurements\":[\"" M "\"]}}]}";
    struct ratls_error err = {0};

    use_policy("{\"tees\":{\"tdx\":{\"reference_values\":[\"web\"]}}}");
    cr_expect_eq(ask(), RATLS_E_NO_REFERENCE_VALUE);
    cr_assert_eq(ratls_trust_add_document(trust, ratls_bytes_str(document), &err), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(ask(), RATLS_OK);
    (void)ratls_claims_set_text(claims, "measurement", M "00");
    cr_expect_eq(ask(), RATLS_E_MEASUREMENT);
    cr_expect_eq(ratls_policy_words(trust, "tdx", tell, &told), RATLS_OK);
    cr_expect(strstr(told, "of the sets 'web'\n"), "%s", told);
}

/* Lost claims may be those that matter. */
Test(policy_try, refuses_claims_that_could_not_be_set)
{
    use_policy(GOOD);
    (void)ratls_claims_set_text(claims, "No Name", "x");
    cr_expect_eq(ask(), RATLS_E_USAGE);
}

Test(policy_try, judges_the_age_of_what_claims_to_be_a_certificate)
{
    use_policy("{\"tees\":{\"tdx\":{\"measurements\":[\"" M "\"]}},\"max_evidence_age_s\":60}");
    cr_expect_eq(ask(), RATLS_OK);
    (void)ratls_claims_set_text(claims, "cert.spki_sha256", M);
    cr_expect_eq(ask(), RATLS_E_EVIDENCE_AGE);
    (void)ratls_claims_set_uint(claims, "ratls.iat", NOW - 60);
    cr_expect_eq(ask(), RATLS_OK);
    (void)ratls_claims_set_uint(claims, "ratls.iat", NOW - 61);
    cr_expect_eq(ask(), RATLS_E_EVIDENCE_AGE);
    (void)ratls_claims_set_uint(claims, "ratls.iat", UINT64_MAX); /* no time */
    cr_expect_eq(ask(), RATLS_E_EVIDENCE_AGE);
    (void)ratls_claims_set_text(claims, "ratls.iat", "1750000000");
    cr_expect_eq(ask(), RATLS_E_EVIDENCE_AGE);
}

Test(policy_try, describes_a_policy_without_claims)
{
    cr_expect_eq(ratls_policy_words(trust, "tdx", tell, &told), RATLS_E_NO_POLICY);
    cr_expect_null(ratls_policy_tee(trust, 0));
    use_policy("{\"tees\":{\"tdx\":{\"insecure_debug\":true},\"snp\":{}},"
               "\"services\":{\"web\":{\"peer_names\":[\"a.example\"],\"binding\":\"quote\"}}}");
    cr_expect_str_eq(ratls_policy_tee(trust, 0), "tdx");
    cr_expect_str_eq(ratls_policy_tee(trust, 1), "snp");
    cr_expect_null(ratls_policy_tee(trust, 2));
    cr_expect_str_eq(ratls_policy_service(trust, 0), "web");
    cr_expect_null(ratls_policy_service(trust, 1));
    cr_expect_eq(ratls_policy_words(trust, "sgx", tell, &told), RATLS_E_TEE_NOT_ALLOWED);
    cr_expect_str_eq(told, "");
    cr_expect_eq(ratls_policy_words(trust, "tdx", tell, &told), RATLS_OK);
    cr_expect_str_eq(
        told, "peer_names|asked|peer.names, proven by an identity CA, match one of a.example\n"
              "insecure_simulated|asked|simulated is false\n"
              "insecure_debug|not asked|insecure_debug is set\n"
              "measurements|asked|measurement is one of those listed, and none is\n"
              "reference_values|not asked|\n"
              "registers|not asked|\n"
              "lists|not asked|\n"
              "tcb_status|asked|tcb_status is one of UpToDate, unrated\n"
              "min_tcb_eval_num|not asked|\n"
              "advisory_ids|not asked|\n"
              "max_tcb_age_s|not asked|\n"
              "platform_ids|not asked|\n"
              "rules|not asked|\n"
              "passports|not asked|\n"
              "passport_status|asked|ear.status of a passport is affirming\n"
              "devices|not asked|\n"
              "max_evidence_age_s|asked|evidence in a certificate is at most 86400 s old, "
              "where it says its age\n"
              "binding|asked|connections reach the level 'quote' at least\n");
}
