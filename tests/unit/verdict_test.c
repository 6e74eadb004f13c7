/* What a verdict says, in every form it is asked. */
#include <stdlib.h>

#include <criterion/criterion.h>

#include <cjson/cJSON.h>

#include "verdict.h"

static struct ratls_verdict *verdict(bool allowed, const char *status, bool simulated)
{
    struct ratls_verdict *v = rt_verdict_new();

    cr_assert_not_null(v);
    v->allowed = allowed;
    v->why.code = allowed ? RATLS_OK : RATLS_E_MEASUREMENT;
    ratls_claims_set_text(v->claims, "tcb_status", status);
    ratls_claims_set_bool(v->claims, "simulated", simulated);
    return v;
}

Test(verdict, starts_as_a_deny)
{
    struct ratls_verdict *v = rt_verdict_new();

    cr_expect_not(ratls_verdict_allowed(v));
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_INTERNAL);
    cr_expect_str_eq(ratls_verdict_reason(v), "internal_error");
    cr_expect_str_eq(ratls_verdict_tee(v), "");
    cr_expect_str_eq(ratls_verdict_measurement(v), "");
    cr_expect_str_eq(ratls_verdict_tcb_status(v), "");
    cr_expect_not(ratls_verdict_simulated(v));
    cr_expect_str_eq(ratls_verdict_tier(v), "none");
    cr_expect_eq(ratls_verdict_vector(v, 0), -1); /* nothing but this side has failed */
    cr_expect_eq(ratls_verdict_expires(v), INT64_MAX);
    cr_expect_eq(ratls_verdict_ak_spki(v).len, 0);
    ratls_verdict_unref(v);
    cr_expect_not(ratls_verdict_allowed(NULL));
    ratls_verdict_unref(NULL);
}

/* A deny whose code got lost must not read as success. */
Test(verdict, never_gives_the_code_of_success_to_a_deny)
{
    struct ratls_verdict *v = rt_verdict_new();

    v->why.code = RATLS_OK;
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_INTERNAL);
    ratls_verdict_unref(v);
}

Test(verdict, counts_its_references)
{
    struct ratls_verdict *v = verdict(true, "UpToDate", false);

    cr_expect_eq(ratls_verdict_ref(v), v);
    ratls_verdict_unref(v);
    cr_expect(ratls_verdict_allowed(v));
    ratls_verdict_unref(v);
}

Test(verdict, has_the_hashes_of_what_was_there)
{
    struct ratls_verdict *v = verdict(true, "UpToDate", false);

    cr_expect_null(ratls_verdict_spki_sha256(v));
    cr_expect_null(ratls_verdict_evidence_sha256(v));
    v->spki_sha256[31] = 1;
    cr_expect_eq(ratls_verdict_spki_sha256(v), v->spki_sha256);
    cr_expect_null(ratls_verdict_evidence_sha256(v));
    v->evidence_sha256[0] = 1;
    cr_expect_eq(ratls_verdict_evidence_sha256(v), v->evidence_sha256);
    ratls_verdict_unref(v);
}

Test(verdict, turns_into_a_deny_once_and_keeps_the_first_reason)
{
    struct ratls_verdict *v = verdict(true, "UpToDate", false);
    struct ratls_error first = {0}, second = {0}, none = {0};

    (void)ratls_fail(&first, RATLS_E_PROOF_SIGNATURE, "first");
    (void)ratls_fail(&second, RATLS_E_TIMEOUT, "second");
    rt_verdict_deny(v, &first);
    rt_verdict_deny(v, &second);
    cr_expect_not(ratls_verdict_allowed(v));
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_PROOF_SIGNATURE);
    cr_expect_str_eq(ratls_verdict_detail(v), "first");
    ratls_verdict_unref(v);
    v = verdict(true, "UpToDate", false);
    rt_verdict_deny(v, &none);
    cr_expect_eq(ratls_verdict_code(v), RATLS_E_INTERNAL);
    ratls_verdict_unref(v);
}

Test(verdict, names_binding_levels)
{
    cr_expect_str_eq(ratls_level_name(RATLS_LEVEL_NONE), "none");
    cr_expect_str_eq(ratls_level_name(RATLS_LEVEL_KEY), "key");
    cr_expect_str_eq(ratls_level_name(RATLS_LEVEL_SESSION), "session");
    cr_expect_str_eq(ratls_level_name(RATLS_LEVEL_QUOTE), "quote");
    cr_expect_str_eq(ratls_level_name((enum ratls_level)99), "none");
}

/* The order of members is part of the interface. */
Test(verdict, writes_json_with_members_in_order)
{
    struct ratls_verdict *v = verdict(true, "UpToDate", false);
    struct ratls_buffer json = {0};

    strcpy(v->tee, "tdx");
    v->proven = true;
    ratls_claims_add_item(v->claims, "advisory_ids", "INTEL-SA-00001");
    ratls_claims_add_item(v->claims, "advisory_ids", "INTEL-SA-00002");
    ratls_claims_set_uint(v->claims, "tdx.version", UINT64_MAX);
    cr_assert_eq(rt_verdict_set_level(v, RATLS_LEVEL_SESSION), RATLS_OK);
    cr_assert_eq(ratls_verdict_json(v, &json), RATLS_OK);
    cr_expect_str_eq(
        (char *)json.p,
        "{\"verdict\":\"allow\",\"reason\":\"ok\",\"detail\":\"\",\"tee\":\"tdx\","
        "\"tcb_status\":\"UpToDate\",\"advisory_ids\":[\"INTEL-SA-00001\",\"INTEL-SA-00002\"],"
        "\"simulated\":false,\"baseline\":null,\"status\":\"affirming\",\"vector\":{"
        "\"configuration\":2,"
        "\"hardware\":2},\"claims\":{\"tcb_status\":\"UpToDate\",\"simulated\":false,"
        "\"advisory_ids\":[\"INTEL-SA-00001\",\"INTEL-SA-00002\"],"
        "\"tdx.version\":18446744073709551615,\"binding.level\":2}}");
    cr_expect_eq(json.len, strlen((char *)json.p));
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
}

/* T79, T160 */
Test(verdict, escapes_text_in_json)
{
    struct ratls_verdict *v = verdict(false, "\"},{\\", false);
    struct ratls_buffer json = {0};

    (void)strcpy(v->why.detail, "a\"b\r\n\x1b[0m");
    cr_assert_eq(ratls_verdict_json(v, &json), RATLS_OK);
    cJSON *read = cJSON_Parse((char *)json.p);
    cr_assert_not_null(read, "%s", (char *)json.p);
    cr_expect_str_eq(cJSON_GetObjectItem(read, "tcb_status")->valuestring, "\"},{\\");
    cr_expect_str_eq(cJSON_GetObjectItem(read, "detail")->valuestring, "a\"b\r\n\x1b[0m");
    cr_expect_str_eq(cJSON_GetObjectItem(read, "verdict")->valuestring, "deny");
    cr_expect_str_eq(cJSON_GetObjectItem(read, "reason")->valuestring, "measurement_mismatch");
    cr_expect_eq(strpbrk((char *)json.p, "\r\n\x1b"), NULL);
    cJSON_Delete(read);
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
}

Test(verdict, names_the_reference_values_that_fitted)
{
    struct ratls_verdict *v = verdict(true, "UpToDate", false);
    struct ratls_buffer json = {0};

    ratls_claims_set_text(v->claims, "baseline.name", "web");
    ratls_claims_set_uint(v->claims, "baseline.version", 2147483647);
    cr_assert_eq(ratls_verdict_json(v, &json), RATLS_OK);
    cr_expect(strstr((char *)json.p, ",\"baseline\":{\"id\":\"web\",\"version\":2147483647},"),
              "%s", (char *)json.p);
    ratls_buffer_free(&json);
    ratls_verdict_unref(v);
}
