#include "device.h"

#include <ctype.h>
#include <stdio.h>

#include "der.h"
#include "oid.h"

static enum ratls_err bad_leaf(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_CHAIN, "the device's certificate: %s", what);
}

/* ---- kinds of devices ---- */

/* How products begin, without underscores: the certificate of an NVSwitch writes LS_10. */
static const struct {
    const char *name, *product;
} arches[RT_NVIDIA_ARCHES] = {
    [RT_NVIDIA_HOPPER] = {"hopper", "GH"},
    [RT_NVIDIA_BLACKWELL] = {"blackwell", "GB"},
    [RT_NVIDIA_LS10] = {"ls10", "LS10"},
};

const char *rt_nvidia_arch_name(enum rt_nvidia_arch arch)
{
    return arch < RT_NVIDIA_ARCHES ? arches[arch].name : "";
}

/* `product` ends at `end`, at the latest at the end of the text; RT_NVIDIA_ARCHES: none is known.
 */
static enum rt_nvidia_arch arch_of(struct ratls_bytes product, char end)
{
    char plain[16] = {0};
    size_t n = 0;

    for (size_t i = 0; i < product.len && product.p[i] != (uint8_t)end; i++)
        if (product.p[i] != '_' && n < sizeof plain - 1)
            plain[n++] = (char)product.p[i];
    for (unsigned i = 0; i < RT_NVIDIA_ARCHES; i++)
        if (strncmp(plain, arches[i].product, strlen(arches[i].product)) == 0)
            return (enum rt_nvidia_arch)i;
    return RT_NVIDIA_ARCHES;
}

/* ---- the certificate ---- */

/* subjectAltName: one otherName, its value a UTF8String (DMTF DSP0274 1.1 s.10.8.2). */
static bool read_id(const struct rt_x509 *leaf, struct rt_nvidia_device *out)
{
    const struct rt_ext *san = rt_x509_ext(leaf, RT_OID(SAN));
    struct rt_reader r = rt_reader(san ? san->value : ratls_bytes(NULL, 0));
    struct rt_reader names = rt_der_enter(&r, RT_DER_SEQUENCE);
    struct rt_reader other = rt_der_enter(&names, RT_DER_CONTEXT_CONSTRUCTED);
    const struct ratls_bytes oid = rt_der_get(&other, RT_DER_OID, NULL);
    struct rt_reader value = rt_der_enter(&other, RT_DER_CONTEXT_CONSTRUCTED);
    const struct ratls_bytes id = rt_der_get(&value, RT_DER_UTF8_STRING, NULL);

    if (!rt_at_end(&r) || !rt_at_end(&names) || !rt_at_end(&other) || !rt_at_end(&value) ||
        !ratls_bytes_equal(oid, RT_OID(DMTF)) || id.len > RT_NVIDIA_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.p[i] <= ' ' || id.p[i] > '~')
            return false;
    memcpy(out->id, id.p, id.len);
    out->id[id.len] = 0;
    return true;
}

/* "NVIDIA:product:serial" */
static bool split_id(struct rt_nvidia_device *out, struct ratls_bytes *product)
{
    const char *first = strchr(out->id, ':'), *second = first ? strchr(first + 1, ':') : NULL;

    if (!second || second[1] == 0 || strchr(second + 1, ':'))
        return false;
    if (!rt_starts_with(ratls_bytes_str(out->id), "NVIDIA:"))
        return false;
    *product = ratls_bytes((const uint8_t *)first + 1, (size_t)(second - first) - 1);
    out->serial = second + 1;
    return true;
}

/* TCG's CompositeDeviceID: version, key of the device, hash algorithm and hash of the firmware. */
static bool read_fwid(const struct rt_x509 *leaf, struct ratls_bytes *out)
{
    const struct rt_ext *ext = rt_x509_ext(leaf, RT_OID(TCB_INFO));
    struct rt_reader r = rt_reader(ext ? ext->value : ratls_bytes(NULL, 0));
    struct rt_reader id = rt_der_enter(&r, RT_DER_SEQUENCE);

    (void)rt_der_uint(&id);
    (void)rt_der_get(&id, RT_DER_SEQUENCE, NULL);
    struct rt_reader fwid = rt_der_enter(&id, RT_DER_SEQUENCE);
    const struct ratls_bytes alg = rt_der_get(&fwid, RT_DER_OID, NULL);
    *out = rt_der_get(&fwid, RT_DER_OCTET_STRING, NULL);
    return rt_at_end(&r) && rt_at_end(&id) && rt_at_end(&fwid) &&
           ratls_bytes_equal(alg, RT_OID(SHA384)) && out->len == RT_NVIDIA_DIGEST_LEN;
}

/* Its subject and its id speak of the same. */
static enum ratls_err read_leaf(const struct rt_x509 *leaf, struct rt_nvidia_device *out,
                                struct ratls_error *err)
{
    struct ratls_bytes product;

    if (!read_id(leaf, out) || !split_id(out, &product))
        return bad_leaf(err, "it names no device");
    out->arch = arch_of(product, ':');
    if (out->arch == RT_NVIDIA_ARCHES)
        return ratls_fail(err, RATLS_E_EVIDENCE_PROFILE, "a device that is not known: %s", out->id);
    if (arch_of(rt_x509_name_attr(leaf->subject, RT_OID(CN)), ' ') != out->arch)
        return bad_leaf(err, "its name is of another kind of device than its id");
    if (!read_fwid(leaf, &out->cert_fwid) && !rt_nvidia_is_switch(out))
        return bad_leaf(err, "it names no firmware");
    return RATLS_OK;
}

/* ---- the report ---- */

bool rt_nvidia_text(struct ratls_bytes field, char *out)
{
    size_t len = 0;

    while (len < field.len && field.p[len] >= ' ' && field.p[len] <= '~')
        len++;
    memcpy(out, field.p, len);
    out[len] = 0;
    return rt_all_zero(field.p + len, field.len - len);
}

/* A GPU's: 00 9f 00 96 01 00 00 00 is 96.00.9f.00.01, the first half backwards and a byte of the
 * second. An NVSwitch's is text. */
static bool read_vbios(struct ratls_bytes field, struct rt_nvidia_device *d)
{
    enum { GPU_LEN = 8 };

    if (rt_nvidia_is_switch(d)) {
        if (!rt_nvidia_text(field, d->vbios))
            return false;
        for (char *c = d->vbios; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        return true;
    }
    if (field.len != GPU_LEN)
        return false;
    (void)snprintf(d->vbios, sizeof d->vbios, "%02x.%02x.%02x.%02x.%02x", field.p[3], field.p[2],
                   field.p[1], field.p[0], field.p[4]);
    return true;
}

static enum ratls_err read_versions(struct rt_nvidia_device *d, struct ratls_error *err)
{
    const struct ratls_bytes driver = d->report.field[RT_NVIDIA_DRIVER_VERSION];
    const struct ratls_bytes vbios = d->report.field[RT_NVIDIA_VBIOS_VERSION];

    if (!vbios.p || (!rt_nvidia_is_switch(d) && (!driver.p || !d->report.field[RT_NVIDIA_FWID].p)))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "report of NVIDIA: a version or the firmware's id is missing");
    if (!read_vbios(vbios, d) || (driver.p && !rt_nvidia_text(driver, d->driver)))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "report of NVIDIA: a version has another form");
    return RATLS_OK;
}

enum ratls_err rt_nvidia_identify(const struct rt_x509 *leaf, struct rt_nvidia_device *out,
                                  struct ratls_error *err)
{
    out->arch = RT_NVIDIA_ARCHES;
    out->serial = out->id;
    enum ratls_err e = leaf ? read_leaf(leaf, out, err) : RATLS_OK;

    return e ? e : read_versions(out, err);
}

enum ratls_err rt_nvidia_check_fwid(const struct rt_nvidia_device *device, struct ratls_error *err)
{
    const struct ratls_bytes reported = device->report.field[RT_NVIDIA_FWID];

    if (!reported.p) /* of an NVSwitch: others have one */
        return RATLS_OK;
    return ratls_bytes_equal(reported, device->cert_fwid)
               ? RATLS_OK
               : bad_leaf(err, "it is of other firmware than the report");
}

/* ---- what was said beside it ---- */

static bool says(struct ratls_bytes said, const char *text)
{
    bool same = said.len == strlen(text);

    for (size_t i = 0; same && i < said.len; i++)
        same = tolower(said.p[i]) == tolower((unsigned char)text[i]);
    return said.len == 0 || same;
}

enum ratls_err rt_nvidia_check_said(const struct rt_nvidia_item *item,
                                    const struct rt_nvidia_device *device, struct ratls_error *err)
{
    const struct ratls_bytes nonce = item->said[RT_NVIDIA_SAID_NONCE];

    if (says(item->said[RT_NVIDIA_SAID_ARCH], rt_nvidia_arch_name(device->arch)) &&
        says(item->said[RT_NVIDIA_SAID_DRIVER], device->driver) &&
        says(item->said[RT_NVIDIA_SAID_VBIOS], device->vbios) &&
        (nonce.len == 0 || ratls_bytes_equal(nonce, device->report.nonce)))
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                      "what is said beside a report is not what the device signed");
}
