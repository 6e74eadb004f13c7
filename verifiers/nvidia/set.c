/* Protected PCIe: GPUs and NVSwitches of one machine name each other by their links (nvtrust,
 * guest_tools/ppcie-verifier: validate_topology). A GPU's report does not say its own PDI, and
 * which switches are there is known only where their reports come along. */
#include "set.h"

#include <stdlib.h>

enum {
    SWITCHES = 4,
    GPUS = 8,
    PDIS = 128,
    PROTECTED_PCIE = 2, /* of the feature flag */
};

static enum ratls_err refuse(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_DEVICE_SET, "devices of protected PCIe: %s", what);
}

static enum ratls_err check_pairs(struct rt_nvidia_devices d, struct ratls_error *err)
{
    for (size_t i = 0; i < d.n; i++) {
        if (!ratls_bytes_equal(d.p[i].report.nonce, d.p[0].report.nonce))
            return ratls_fail(err, RATLS_E_BINDING_MISMATCH, "devices answer different nonces");
        for (size_t k = 0; k < i; k++)
            if (strcmp(d.p[i].id, d.p[k].id) == 0)
                return ratls_fail(err, RATLS_E_DEVICE_DUPLICATE, "%s is there twice", d.p[i].id);
    }
    return RATLS_OK;
}

/* ---- sets of PDIs ---- */

struct pdis {
    uint8_t p[PDIS][RT_NVIDIA_PDI_LEN]; /* sorted, each once */
    size_t n;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, RT_NVIDIA_PDI_LEN);
}

/* Zeros are links that are off. A switch writes its own PDI the other way round. */
static void read_pdis(struct ratls_bytes field, bool reversed, struct pdis *out)
{
    const size_t n = field.len / RT_NVIDIA_PDI_LEN;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < RT_NVIDIA_PDI_LEN; k++)
            out->p[i][k] =
                field.p[i * RT_NVIDIA_PDI_LEN + (reversed ? RT_NVIDIA_PDI_LEN - 1 - k : k)];
    qsort(out->p, n, RT_NVIDIA_PDI_LEN, compare);
    for (size_t i = 0; i < n; i++)
        if (!rt_all_zero(out->p[i], RT_NVIDIA_PDI_LEN) &&
            (kept == 0 || compare(out->p[i], out->p[kept - 1]) != 0))
            memmove(out->p[kept++], out->p[i], RT_NVIDIA_PDI_LEN);
    out->n = kept;
}

static bool same(const struct pdis *a, const struct pdis *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n * RT_NVIDIA_PDI_LEN) == 0;
}

static bool has(const struct pdis *set, const struct pdis *one)
{
    return one->n == 1 && bsearch(one->p[0], set->p, set->n, RT_NVIDIA_PDI_LEN, compare);
}

/* ---- links ---- */

static bool is_protected(const struct rt_nvidia_device *d)
{
    struct rt_reader flag = rt_reader(d->report.field[RT_NVIDIA_FEATURE_FLAG]);

    return rt_nvidia_is_switch(d) || rt_u16le(&flag) == PROTECTED_PCIE;
}

/* The far ends of this device's links are as many as they must be, and those that its likes name.
 */
static enum ratls_err check_ends(const struct rt_nvidia_device *d, struct pdis *named,
                                 struct ratls_error *err)
{
    const bool is_switch = rt_nvidia_is_switch(d);
    struct pdis ends;

    read_pdis(d->report.field[is_switch ? RT_NVIDIA_GPU_PDIS : RT_NVIDIA_SWITCH_PDIS], false,
              &ends);
    if (ends.n != (is_switch ? GPUS : SWITCHES))
        return refuse(err, is_switch ? "an NVSwitch names other than 8 GPUs"
                                     : "a GPU names other than 4 NVSwitches");
    if (named->n == 0)
        *named = ends;
    return same(named, &ends) ? RATLS_OK : refuse(err, "they are not linked to the same ones");
}

static enum ratls_err check_own(const struct rt_nvidia_device *d, const struct pdis *switches,
                                struct pdis *seen, struct ratls_error *err)
{
    struct pdis own;

    read_pdis(d->report.field[RT_NVIDIA_SWITCH_PDIS], true, &own);
    if (!has(switches, &own))
        return refuse(err, "an NVSwitch that no GPU is linked to");
    for (size_t i = 0; i < seen->n; i++)
        if (compare(seen->p[i], own.p[0]) == 0)
            return ratls_fail(err, RATLS_E_DEVICE_DUPLICATE, "an NVSwitch is there twice");
    memcpy(seen->p[seen->n++], own.p[0], RT_NVIDIA_PDI_LEN);
    return RATLS_OK;
}

static enum ratls_err check_links(struct rt_nvidia_devices d, struct ratls_error *err)
{
    struct pdis switches = {.n = 0}, gpus = {.n = 0}, seen = {.n = 0};
    size_t n_gpus = 0;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < d.n && e == RATLS_OK; i++) {
        if (!is_protected(&d.p[i]))
            return refuse(err, "a GPU of another mode among them");
        n_gpus += !rt_nvidia_is_switch(&d.p[i]);
        e = check_ends(&d.p[i], rt_nvidia_is_switch(&d.p[i]) ? &gpus : &switches, err);
    }
    if (e == RATLS_OK && n_gpus > GPUS)
        return refuse(err, "more than 8 GPUs");
    for (size_t i = 0; i < d.n && e == RATLS_OK; i++)
        if (rt_nvidia_is_switch(&d.p[i]) && n_gpus > 0)
            e = check_own(&d.p[i], &switches, &seen, err);
    return e;
}

enum ratls_err rt_nvidia_set_check(struct rt_nvidia_devices devices, struct ratls_error *err)
{
    bool any = false;
    enum ratls_err e = check_pairs(devices, err);

    for (size_t i = 0; i < devices.n; i++)
        any |= is_protected(&devices.p[i]);
    return e || !any ? e : check_links(devices, err);
}
