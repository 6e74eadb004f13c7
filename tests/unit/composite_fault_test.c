/* Devices whose verifier is a plugin's: what it must say, and how long what it proved stands. */
#include "appraise_support.h"
#include "composite.h"

/* ---- a device: "GPU!" || nonce (32) ---- */

static struct {
    const char *id; /* NULL: it does not say who it is */
    uint64_t ends;
    unsigned calls;
} gpu;

static bool gpu_recognises(struct ratls_bytes evidence)
{
    return evidence.len == 36 && memcmp(evidence.p, "GPU!", 4) == 0;
}

static enum ratls_err gpu_verify(const struct ratls_verify_input *input,
                                 struct ratls_claims *claims, struct ratls_error *why)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};

    (void)why;
    gpu.calls++;
    memcpy(report_data, input->evidence.p + 4, 32);
    fake.report_data_len = sizeof report_data;
    fill(claims, report_data, 0xab, 0);
    ratls_claims_set_text(claims, "tee", "nvidia");
    ratls_claims_set_uint(claims, "collateral_expires", gpu.ends);
    if (gpu.id)
        ratls_claims_add_item(claims, "device_ids", gpu.id);
    return RATLS_OK;
}

extern struct ratls_verifier rt_verifier_nvidia;
struct ratls_verifier rt_verifier_nvidia = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "nvidia",
    .media_type = "application/vnd.ratls.nvidia",
    .recognises = gpu_recognises,
    .describe = fake_describe,
    .verify = gpu_verify,
    .pins = fake_pins,
    .n_pins = 1,
    .device = true,
};

/* ---- both ---- */

#define GPU_POLICY                                                                                 \
    "{\"tees\":{\"nvidia\":{\"measurements\":[\"" M_AB "\"],\"tcb_status\":[\"UpToDate\"]}}}"

static struct ratls_trust *trust;
static struct ratls_verdict *cpu;
static struct ratls_buffer collection;
static struct ratls_error err;

static void begin(void)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {7};
    uint8_t evidence[36] = {'G', 'P', 'U', '!'}, due[RATLS_REPORT_DATA_LEN];
    struct rt_cmw_collection c = {.n = 1, .item = {{.label = "gpu0"}}};

    fake.tcb_status = "UpToDate";
    gpu.id = "one";
    gpu.ends = (uint64_t)NOW + 100;
    MUST(ratls_trust_new(ratls_env_system(), &trust));
    MUST(ratls_trust_set_policy(trust, ratls_bytes_str(GPU_POLICY), &err));
    cr_assert_not_null(cpu = rt_verdict_new());
    cpu->judged_at = NOW;
    ratls_claims_set_hex(cpu->claims, "report_data", ratls_bytes(report_data, sizeof report_data));
    MUST(ratls_device_report_data(report_data, due));
    memcpy(evidence + 4, due, 32);
    c.item[0].media_type = ratls_bytes_str("application/vnd.ratls.nvidia");
    c.item[0].evidence = ratls_bytes(evidence, sizeof evidence);
    MUST(rt_cmw_collection_write(&c, &collection));
}

static void end(void)
{
    ratls_buffer_free(&collection);
    ratls_verdict_unref(cpu);
    ratls_trust_unref(trust);
}

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

/* As many as there are parts in the largest collection, one of which is for a CPU. */
static void put_devices(size_t n)
{
    struct rt_cmw_collection one, c = {.n = n};
    struct ratls_buffer all;

    MUST(rt_cmw_collection_read(rt_bytes_of(&collection), &one, &err));
    for (size_t i = 0; i < n; i++) {
        c.item[i] = one.item[0];
        (void)snprintf(c.item[i].label, sizeof c.item[i].label, "gpu%u", (unsigned)i % 100);
    }
    MUST(rt_cmw_collection_write(&c, &all));
    ratls_buffer_free(&collection);
    collection = all;
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
