/* Devices whose verifier is a plugin's: what it must say, and how long what it proved stands. */
#include "composite_support.h"

TestSuite(composite_fault, .init = begin, .fini = end, .timeout = 60);

static enum ratls_err judge_at(int64_t now)
{
    struct rt_devices *devices;

    cpu->judged_at = now;
    err = (struct ratls_error){0};
    enum ratls_err e = rt_devices_appraise(trust, rt_bytes_of(&collection), cpu, &devices, &err);
    rt_devices_unref(devices);
    return e;
}

Test(composite_fault, a_device_that_is_nobody_is_refused)
{
    gpu.id = NULL;
    cr_expect_eq(judge_at(NOW), RATLS_E_VERIFIER_FAULT, "%s", err.detail);
    gpu.id = "one";
    cr_expect_eq(judge_at(NOW), RATLS_OK, "%s", err.detail);
}

Test(composite_fault, evidence_without_report_data_has_no_devices)
{
    struct ratls_claims *claims = cpu->claims;

    cr_assert_not_null(cpu->claims = ratls_claims_new());
    cr_expect_eq(judge_at(NOW), RATLS_E_BINDING_MISSING);
    ratls_claims_free(cpu->claims);
    cpu->claims = claims;
}

Test(composite_fault, a_seventeenth_device_is_refused)
{
    put_devices(RT_MAX_DEVICES + 1);
    cr_expect_eq(judge_at(NOW), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    cr_expect(strstr(err.detail, "1 to 16 devices"), "%s", err.detail);
    cr_expect_eq(gpu.calls, 0, "none was looked at");
}

Test(composite_fault, a_collection_that_is_cut_off_is_refused)
{
    put_devices(2);
    collection.len--;
    cr_expect_eq(judge_at(NOW), RATLS_E_EVIDENCE_FORMAT, "%s", err.detail);
    cr_expect_eq(gpu.calls, 0, "none was looked at");
}

Test(composite_fault, a_verdict_has_no_device_behind_its_last)
{
    struct rt_devices *devices;
    const char *label = NULL;

    MUST(rt_devices_appraise(trust, rt_bytes_of(&collection), cpu, &devices, &err));
    rt_verdict_take_devices(cpu, devices);
    cr_expect_not_null(ratls_verdict_device(cpu, 0, &label));
    cr_expect_str_eq(label, "gpu0");
    cr_expect_null(ratls_verdict_device(cpu, 1, &label));
    cr_expect_null(ratls_verdict_device(cpu, SIZE_MAX, NULL));
}

/* Seen before: as long as what was proven stands, and not by a clock that went back. */
Test(composite_fault, what_was_proven_is_not_proven_again_while_it_stands)
{
    cr_assert_eq(judge_at(NOW), RATLS_OK, "%s", err.detail);
    cr_assert_eq(judge_at(NOW + 100), RATLS_OK, "%s", err.detail);
    cr_expect_eq(gpu.calls, 1);
    cr_expect_eq(judge_at(NOW + 101), RATLS_OK, "the verifier alone judges the date it was told");
    cr_expect_eq(gpu.calls, 2);
    cr_expect_eq(judge_at(NOW - 1), RATLS_OK);
    cr_expect_eq(gpu.calls, 3);
}
