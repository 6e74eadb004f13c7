/* composite_support.h - devices whose verifier is a plugin's, beside a CPU of which nothing but its
 * report data is known. To be included by one file of a test program. */
#ifndef COMPOSITE_SUPPORT_H
#define COMPOSITE_SUPPORT_H

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
    return ratls_claims_status(claims);
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

static inline void begin(void)
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

static inline void end(void)
{
    ratls_buffer_free(&collection);
    ratls_verdict_unref(cpu);
    ratls_trust_unref(trust);
}

/* As many as there are parts in the largest collection, one of which is for a CPU. */
static inline void put_devices(size_t n)
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

#endif
