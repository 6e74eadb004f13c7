/* Guests of Azure: the paravisor is measured, what it booted must be named as well. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "document_support.h"
#include "policy.h"
#include "trust_document.h"

#define NOW        INT64_C(1750000000)
#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_stored stored;
static struct ratls_claims *claims;
static struct ratls_error err;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_bool(claims, "debug", false);
    (void)ratls_claims_set_bool(claims, "simulated", false);
    (void)ratls_claims_set_text(claims, "tcb_status", "UpToDate");
    (void)ratls_claims_set_text(claims, "measurement", M_A);
    (void)ratls_claims_set_text(claims, "tpm.pcr04", M_B);
    (void)ratls_claims_set_text(claims, "tpm.pcr00", M_B);
    (void)ratls_claims_set_text(claims, "tpm.pcr08", M_B);
    (void)ratls_claims_set_text(claims, "tpm.pcr16", M_B);
    (void)ratls_claims_set_text(claims, "tpm.pcr_digest", M_B);
    (void)ratls_claims_set_text(claims, "tdx.rtmr_0", M_B);
    (void)ratls_claims_set_uint(claims, "snp.vmpl", 0);
    (void)ratls_claims_set_bool(claims, "snp.migrate_ma", false);
}

static void teardown(void)
{
    ratls_claims_free(claims);
    rt_stored_free(&stored);
}

TestSuite(policy_boot, .init = setup, .fini = teardown);

static enum ratls_err decide(const char *tee, const char *members)
{
    const struct rt_policy_subject s = {
        .tee = tee, .claims = claims, .now = NOW, .baselines = &stored.baselines};
    char json[2048];
    struct rt_policy *p = NULL;

    (void)snprintf(json, sizeof json, "{\"tees\":{\"%s\":{%s}}}", tee, members);
    err = (struct ratls_error){0};
    cr_assert_eq(rt_policy_parse(ratls_bytes_str(json), &p, &err), RATLS_OK, "%s", err.detail);
    enum ratls_err e = rt_policy_decide(p, &s, &err);
    rt_policy_free(p);
    return e;
}

#define KNOWN         "\"measurements\":[\"" M_A "\"]"
#define PCR(name)     KNOWN ",\"registers\":{\"" name "\":[\"" M_B "\"]}"
#define RULE(text)    KNOWN ",\"rules\":[" text "]"
#define EQUALS(claim) "{\"claim\":\"" claim "\",\"equals\":\"" M_B "\"}"
#define MASKED(claim)                                                                              \
    "{\"claim\":\"" claim "\",\"equals\":\"" HEX_16("0") "0a\",\"mask\":\"" HEX_16("0") "0f\"}"

static const struct {
    const char *members;
    enum ratls_err due;
} rows[] = {
    {KNOWN, RATLS_E_NO_REFERENCE_VALUE},
    {PCR("tpm.pcr04"), RATLS_OK},
    {KNOWN ",\"registers\":{\"tpm.pcr04\":[\"" M_C "\"]}", RATLS_E_MEASUREMENT},
    {PCR("tpm.pcr07"), RATLS_E_MEASUREMENT},             /* not quoted */
    {PCR("tpm.pcr00"), RATLS_E_NO_REFERENCE_VALUE},      /* the firmware's */
    {PCR("tpm.pcr08"), RATLS_E_NO_REFERENCE_VALUE},      /* whoever was booted extends it */
    {PCR("tpm.pcr16"), RATLS_E_NO_REFERENCE_VALUE},      /* anybody resets it */
    {PCR("tpm.pcr_digest"), RATLS_E_NO_REFERENCE_VALUE}, /* of which PCRs? */
    {PCR("tdx.rtmr_0"), RATLS_E_NO_REFERENCE_VALUE},
    {"\"insecure_any_measurement\":true", RATLS_OK},
    {RULE(EQUALS("tpm.pcr04")), RATLS_OK},
    {RULE(EQUALS("tdx.rtmr_0") "," EQUALS("tpm.pcr04")), RATLS_OK},
    {RULE(EQUALS("tdx.rtmr_0")), RATLS_E_NO_REFERENCE_VALUE},
    {RULE(MASKED("tpm.pcr04")), RATLS_E_NO_REFERENCE_VALUE},
    {RULE("{\"claim\":\"tpm.pcr04\",\"present\":true}"), RATLS_E_NO_REFERENCE_VALUE},
    {RULE("{\"any\":[" EQUALS("tpm.pcr04") "," EQUALS("tdx.rtmr_0") "]}"),
     RATLS_E_NO_REFERENCE_VALUE},
};

Test(policy_boot, a_policy_names_a_pcr_of_the_boot)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_eq(decide("az_tdx_vtpm", rows[i].members), rows[i].due, "row %zu: %s", i,
                     err.detail);
        cr_expect_eq(decide("az_snp_vtpm", rows[i].members), rows[i].due, "row %zu: %s", i,
                     err.detail);
    }
    cr_expect_eq(decide("tdx", KNOWN), RATLS_OK, "no paravisor, whose measurement is all");
}

/* ---- stored reference values ---- */

#define AZURE(name, state, body) ITEM("refval", "az_tdx_vtpm", name, "1", state, "", body)
#define BOOT(pcr)                "{\"measurements\":[\"" M_A "\"],\"claims\":{\"tpm.pcr04\":[\"" pcr "\"]}}"
#define SETS                     "\"reference_values\":[\"*\"]"

static void load(const char *json)
{
    rt_stored_free(&stored);
    MUST(rt_document_add(&stored, NULL, ratls_bytes_str(json), NULL));
}

Test(policy_boot, or_a_version_of_reference_values_does)
{
    load(DOCUMENT(AZURE("a", "active", LISTS(M_A))));
    cr_expect_eq(decide("az_tdx_vtpm", SETS), RATLS_E_MEASUREMENT);
    cr_expect(strstr(err.detail, "name no PCR"), "%s", err.detail);
    cr_expect_eq(decide("az_tdx_vtpm", SETS ",\"registers\":{\"tpm.pcr04\":[\"" M_B "\"]}"),
                 RATLS_OK, "the policy does: %s", err.detail);
    load(DOCUMENT(AZURE("a", "active", BOOT(M_B))));
    cr_expect_eq(decide("az_tdx_vtpm", SETS), RATLS_OK, "%s", err.detail);
    load(DOCUMENT(AZURE("a", "active", BOOT(M_C))));
    cr_expect_eq(decide("az_tdx_vtpm", SETS), RATLS_E_MEASUREMENT);
}

/* One that would do without stands in nobody's way. */
Test(policy_boot, a_version_that_names_one_is_found_behind_one_that_does_not)
{
    load(DOCUMENT(AZURE("a", "active", LISTS(M_A)) "," AZURE("b", "active", BOOT(M_B))));
    cr_expect_eq(decide("az_tdx_vtpm", SETS), RATLS_OK, "%s", err.detail);
}
