/* The body of a refval (baseline.h) out of RIMs that were proven. */
#include <stdio.h>

#include "json.h"
#include "manifest.h"

enum { NVDEC0 = 35 }; /* RIM index of what the video decoder runs, where it runs */

static enum ratls_err check_set(const struct rt_rim_set *set, struct ratls_error *err)
{
    const struct rt_rim *driver = set->driver, *vbios = set->vbios;

    if (vbios->of_switch != !driver)
        return ratls_fail(err, RATLS_E_USAGE,
                          vbios->of_switch ? "an NVSwitch has no RIM of a driver"
                                           : "the RIM of the GPU's driver is missing");
    if (driver && strcmp(driver->arch, vbios->arch) != 0)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "driver of %s, VBIOS of %s", driver->arch,
                          vbios->arch);
    return RATLS_OK;
}

/* The one RIM that answers for an index; NULL: none does. */
static enum ratls_err choose(const struct rt_rim_set *set, size_t index,
                             const struct rt_rim_values **out, struct ratls_error *err)
{
    const struct rt_rim_values *vbios = &set->vbios->at[index];
    const struct rt_rim_values *driver = set->driver ? &set->driver->at[index] : NULL;

    *out = NULL;
    if (vbios->active && driver && driver->active)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "index %zu is active in both RIMs", index);
    if (vbios->active)
        *out = vbios;
    else if (driver && driver->active)
        *out = driver;
    return RATLS_OK;
}

/* ---- writing ---- */

static void put_name(struct rt_writer *w, const char *claim)
{
    rt_json_put_raw(w, ",");
    rt_json_put_text(w, claim);
    rt_json_put_raw(w, ":");
}

static void put_text(struct rt_writer *w, const char *claim, const char *value)
{
    put_name(w, claim);
    rt_json_put_raw(w, "[");
    rt_json_put_text(w, value);
    rt_json_put_raw(w, "]");
}

static void put_values(struct rt_writer *w, size_t index, const struct rt_rim_values *values)
{
    char claim[40], hex[2 * RT_SHA384_LEN + 1];

    (void)snprintf(claim, sizeof claim, "nvidia.measurements.%zu", index + 1);
    put_name(w, claim);
    for (size_t i = 0; i < values->n; i++) {
        rt_json_put_raw(w, i ? "," : "[");
        rt_hex(ratls_bytes(values->value[i], RT_SHA384_LEN), hex);
        rt_json_put_text(w, hex);
    }
    rt_json_put_raw(w, "]");
}

static enum ratls_err put_measurements(struct rt_writer *w, const struct rt_rim_set *set,
                                       struct ratls_error *err)
{
    const struct rt_rim_values *values;
    size_t put = 0;

    for (size_t i = 0; i < RT_RIM_INDICES; i++) {
        enum ratls_err e = choose(set, i, &values, err);
        if (e)
            return e;
        if (values && i == NVDEC0)
            put_text(w, "nvidia.nvdec0_status", set->nvdec0_on ? "aa" : "55");
        if (!values || (i == NVDEC0 && !set->nvdec0_on))
            continue;
        put_values(w, i, values);
        put++;
    }
    return put ? RATLS_OK : ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "no measurement is active");
}

static void put_source(struct rt_writer *w, const char *of, const struct rt_rim *rim)
{
    char hex[2 * RT_SHA256_LEN + 1];

    rt_hex(ratls_bytes(rim->sha256, RT_SHA256_LEN), hex);
    rt_json_put_raw(w, of);
    rt_json_put_raw(w, " with SHA-256 ");
    rt_json_put_raw(w, hex);
}

static void put_comment(struct rt_writer *w, const struct rt_rim_set *set)
{
    rt_json_put_raw(w, "\"comment\":\"");
    if (set->driver) {
        put_source(w, "RIM of the driver", set->driver);
        rt_json_put_raw(w, ", ");
    }
    put_source(w, "RIM of the VBIOS", set->vbios);
    rt_json_put_raw(w, "\"");
}

enum ratls_err rt_rim_body(const struct rt_rim_set *set, struct ratls_buffer *json,
                           struct ratls_error *err)
{
    struct rt_writer w = {0};
    enum ratls_err e = check_set(set, err);

    if (e)
        return e;
    rt_json_put_raw(&w, "{\"claims\":{\"nvidia.arch\":[");
    rt_json_put_text(&w, set->vbios->arch);
    rt_json_put_raw(&w, "]");
    if (set->driver)
        put_text(&w, "nvidia.driver_version", set->driver->version);
    put_text(&w, "nvidia.vbios_version", set->vbios->version);
    e = put_measurements(&w, set, err);
    rt_json_put_raw(&w, "},");
    put_comment(&w, set);
    rt_json_put_raw(&w, "}\n");
    if (e == RATLS_OK)
        e = rt_writer_take(&w, json);
    rt_writer_free(&w);
    return e;
}
