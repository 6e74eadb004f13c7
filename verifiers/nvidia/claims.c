#include "claims.h"

#include <stdio.h>
#include <stdlib.h>

#include "claim_name.h"

struct target {
    struct ratls_claims *claims;
    const char *prefix; /* "nvidia", "nvidia.devices.0" */
};

static void hex(const struct target *t, const char *name, struct ratls_bytes value)
{
    if (value.p)
        (void)ratls_claims_set_hex(t->claims, rt_claim_name(t->prefix, name).text, value);
}

static void text(const struct target *t, const char *name, const char *value)
{
    if (value[0])
        (void)ratls_claims_set_text(t->claims, rt_claim_name(t->prefix, name).text, value);
}

/* ---- fields ---- */

static const struct {
    const char *name;
    enum rt_nvidia_field field;
} hex_fields[] =
    {
        {"board_id", RT_NVIDIA_BOARD_ID},
        {"nvdec0_status", RT_NVIDIA_NVDEC0_STATUS},
        {"protected_pcie_status", RT_NVIDIA_PROTECTED_PCIE},
        {"fwid", RT_NVIDIA_FWID},
        {"gpu_info", RT_NVIDIA_GPU_INFO},
        {"cpr_info", RT_NVIDIA_CPR_INFO},
},
  text_fields[] = {
      {"chip_sku", RT_NVIDIA_CHIP_SKU},
      {"chip_sku_mod", RT_NVIDIA_CHIP_SKU_MOD},
      {"project", RT_NVIDIA_PROJECT},
      {"project_sku", RT_NVIDIA_PROJECT_SKU},
      {"project_sku_mod", RT_NVIDIA_PROJECT_SKU_MOD},
};

/* One that is no text is shown as hex: nothing depends on it. */
static void field_claims(const struct target *t, const struct rt_nvidia_report *r)
{
    char value[RT_NVIDIA_TEXT_MAX + 1];

    for (size_t i = 0; i < RT_COUNT(hex_fields); i++)
        hex(t, hex_fields[i].name, r->field[hex_fields[i].field]);
    for (size_t i = 0; i < RT_COUNT(text_fields); i++) {
        const struct ratls_bytes field = r->field[text_fields[i].field];
        if (field.p && rt_nvidia_text(field, value))
            text(t, text_fields[i].name, value);
        else
            hex(t, text_fields[i].name, field);
    }
    if (r->field[RT_NVIDIA_FEATURE_FLAG].p) {
        struct rt_reader flag = rt_reader(r->field[RT_NVIDIA_FEATURE_FLAG]);
        (void)ratls_claims_set_uint(t->claims, rt_claim_name(t->prefix, "feature_flag").text,
                                    rt_u16le(&flag));
    }
}

/* ---- lists ---- */

static int compare_pdi(const void *a, const void *b)
{
    return memcmp(a, b, RT_NVIDIA_PDI_LEN);
}

/* Sorted, each once; zeros are links that are off. */
static void pdi_claims(const struct target *t, const char *name, struct ratls_bytes field)
{
    uint8_t pdi[128][RT_NVIDIA_PDI_LEN];
    const struct rt_claim_name claim = rt_claim_name(t->prefix, name);
    const size_t n = field.len / RT_NVIDIA_PDI_LEN;
    char item[2 * RT_NVIDIA_PDI_LEN + 1];

    if (!field.p)
        return;
    memcpy(pdi, field.p, n * RT_NVIDIA_PDI_LEN);
    qsort(pdi, n, RT_NVIDIA_PDI_LEN, compare_pdi);
    (void)ratls_claims_add_item(t->claims, claim.text, NULL);
    for (size_t i = 0; i < n; i++) {
        if (rt_all_zero(pdi[i], sizeof pdi[i]) || (i > 0 && compare_pdi(pdi[i], pdi[i - 1]) == 0))
            continue;
        rt_hex(ratls_bytes(pdi[i], sizeof pdi[i]), item);
        (void)ratls_claims_add_item(t->claims, claim.text, item);
    }
}

/* As a list: a verdict has no room for a claim of each. */
static void count_claims(const struct target *t, struct ratls_bytes field)
{
    const struct rt_claim_name claim = rt_claim_name(t->prefix, "measurement_counts");
    struct rt_reader r = rt_reader(field);
    char item[16];

    while (r.left > 0) {
        (void)snprintf(item, sizeof item, "%u", (unsigned)rt_u32le(&r));
        (void)ratls_claims_add_item(t->claims, claim.text, item);
    }
}

/* One claim each, while there is room. */
static void measurement_claims(const struct target *t, const struct rt_nvidia_report *r)
{
    char name[40];

    (void)ratls_claims_set_uint(t->claims, rt_claim_name(t->prefix, "measurements.count").text,
                                r->n_blocks);
    for (size_t i = 0; i < r->n_blocks; i++) {
        (void)snprintf(name, sizeof name, "measurements.%zu", i + 1);
        hex(t, name, r->block[i]);
    }
}

static void measurement_list(const struct target *t, const struct rt_nvidia_report *r)
{
    const struct rt_claim_name claim = rt_claim_name(t->prefix, "measurements");
    char item[2 * RT_NVIDIA_DIGEST_LEN + 1];

    for (size_t i = 0; i < r->n_blocks; i++) {
        rt_hex(r->block[i], item);
        (void)ratls_claims_add_item(t->claims, claim.text, item);
    }
}

/* ---- one device ---- */

static void device_claims(const struct target *t, const struct rt_nvidia_device *d)
{
    const struct rt_nvidia_report *r = &d->report;

    text(t, "arch", rt_nvidia_arch_name(d->arch));
    text(t, "device_uid", d->id);
    text(t, "driver_version", d->driver);
    text(t, "vbios_version", d->vbios);
    field_claims(t, r);
    count_claims(t, r->field[RT_NVIDIA_MEASUREMENT_COUNT]);
    pdi_claims(t, rt_nvidia_is_switch(d) ? "own_pdi" : "switch_pdis",
               r->field[RT_NVIDIA_SWITCH_PDIS]);
    pdi_claims(t, "gpu_pdis", r->field[RT_NVIDIA_GPU_PDIS]);
    text(t, "ocsp_status", "unknown");
    (void)ratls_claims_set_uint(t->claims, rt_claim_name(t->prefix, "trailing_bytes").text,
                                r->trailing);
}

/* ---- all of them ---- */

static int compare_digest(const void *a, const void *b)
{
    return memcmp(a, b, RT_NVIDIA_DIGEST_LEN);
}

/* Of several: over those of each, sorted, so that their order does not matter. */
static enum ratls_err measurement(struct rt_nvidia_devices devices, struct ratls_claims *claims)
{
    uint8_t each[RT_NVIDIA_MAX_DEVICES][RT_NVIDIA_DIGEST_LEN], all[RT_NVIDIA_DIGEST_LEN];
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < devices.n && e == RATLS_OK; i++)
        e = rt_nvidia_measurement(&devices.p[i].report, each[i]);
    if (e == RATLS_OK && devices.n > 1) {
        qsort(each, devices.n, sizeof each[0], compare_digest);
        e = rt_hash(RT_SHA384, ratls_bytes(each[0], devices.n * sizeof each[0]), all);
    }
    if (e == RATLS_OK)
        (void)ratls_claims_set_hex(claims, "measurement",
                                   ratls_bytes(devices.n > 1 ? all : each[0], sizeof all));
    return e;
}

/* The nonce is all that is fresh; report data are nonce and zeros. */
static void nonce_claims(struct ratls_bytes nonce, struct ratls_claims *claims)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};

    memcpy(report_data, nonce.p, nonce.len);
    (void)ratls_claims_set_hex(claims, "nonce", nonce);
    (void)ratls_claims_set_hex(claims, "nvidia.nonce", nonce);
    (void)ratls_claims_set_hex(claims, "report_data", ratls_bytes(report_data, sizeof report_data));
}

/* A serial number that is no hex stays a name: revocations of platforms then fail closed. */
static void platform_claim(const struct rt_nvidia_device *d, struct ratls_claims *claims)
{
    uint8_t serial[RT_NVIDIA_ID_MAX];
    size_t len = sizeof serial;

    if (rt_unhex(d->serial, strlen(d->serial), serial, &len) && len > 0)
        (void)ratls_claims_set_hex(claims, "platform_id", ratls_bytes(serial, len));
}

static void common_claims(struct ratls_claims *claims)
{
    (void)ratls_claims_set_text(claims, "tee", "nvidia");
    (void)ratls_claims_set_text(claims, "tcb_status", "not_evaluated");
    (void)ratls_claims_add_item(claims, "advisory_ids", NULL);
    (void)ratls_claims_set_bool(claims, "debug", false); /* README.md: nothing in a report says */
}

void rt_nvidia_id_claims(struct rt_nvidia_devices devices, struct ratls_claims *claims)
{
    for (size_t i = 0; i < devices.n; i++)
        (void)ratls_claims_add_item(claims, "device_ids", devices.p[i].id);
}

enum ratls_err rt_nvidia_claims(struct rt_nvidia_devices devices, struct ratls_claims *claims,
                                struct ratls_error *err)
{
    struct target one = {claims, "nvidia"};
    char prefix[40];

    common_claims(claims);
    nonce_claims(devices.p[0].report.nonce, claims);
    (void)ratls_claims_set_uint(claims, "nvidia.devices.count", devices.n);
    if (devices.n == 1) {
        platform_claim(&devices.p[0], claims);
        device_claims(&one, &devices.p[0]);
        measurement_claims(&one, &devices.p[0].report);
    }
    for (size_t i = 0; i < devices.n && devices.n > 1; i++) {
        const struct target t = {claims, prefix};
        (void)snprintf(prefix, sizeof prefix, "nvidia.devices.%zu", i);
        device_claims(&t, &devices.p[i]);
        measurement_list(&t, &devices.p[i].report);
    }
    enum ratls_err e = measurement(devices, claims);
    return e ? ratls_fail(err, e, "hash of the measurements") : RATLS_OK;
}
