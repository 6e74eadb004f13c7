#include "envelope.h"

#include "cbor.h"
#include "cbor_tree.h"
#include "report.h"

enum { MAX_CERT = 2048, MAX_SAID = 64 };

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "evidence of NVIDIA: %s", what);
}

/* ---- what it looks like ---- */

enum { ARRAY_HEAD = 0x80 }; /* of an array of few items, their number added */

/* A device begins with its report. */
static bool begins_device(struct rt_reader *r)
{
    const uint8_t head = rt_u8(r);

    return (head == ARRAY_HEAD + 2 || head == ARRAY_HEAD + 3) &&
           rt_nvidia_is_report(rt_cbor_bstr(r));
}

bool rt_nvidia_recognises(struct ratls_bytes evidence)
{
    struct rt_reader one = rt_reader(evidence), list = rt_reader(evidence);

    if (rt_nvidia_is_report(evidence) || begins_device(&one))
        return true;
    const uint8_t head = rt_u8(&list);
    return head > ARRAY_HEAD && head < ARRAY_HEAD + 24 && begins_device(&list);
}

/* ---- the CBOR ---- */

static bool is_bytes(const struct rt_cbor_node *node, size_t most)
{
    return rt_cbor_is(node, RT_CBOR_K_BYTES) && node->bytes.len > 0 && node->bytes.len <= most;
}

static bool read_certs(const struct rt_cbor_tree *t, const struct rt_cbor_node *list,
                       struct rt_nvidia_item *out)
{
    if (!rt_cbor_is(list, RT_CBOR_K_ARRAY) || list->value == 0 || list->value > RT_NVIDIA_MAX_CERTS)
        return false;
    for (const struct rt_cbor_node *cert = rt_cbor_child(t, list); cert;
         cert = rt_cbor_sibling(t, list, cert)) {
        if (!is_bytes(cert, MAX_CERT))
            return false;
        out->cert[out->n_certs++] = cert->bytes;
    }
    return true;
}

static const struct {
    const char *name;
    enum rt_cbor_kind kind;
} sayings[RT_NVIDIA_SAYINGS] = {
    [RT_NVIDIA_SAID_ARCH] = {"arch", RT_CBOR_K_TEXT},
    [RT_NVIDIA_SAID_NONCE] = {"nonce", RT_CBOR_K_BYTES},
    [RT_NVIDIA_SAID_DRIVER] = {"driver_version", RT_CBOR_K_TEXT},
    [RT_NVIDIA_SAID_VBIOS] = {"vbios_version", RT_CBOR_K_TEXT},
};

static bool read_said(const struct rt_cbor_tree *t, const struct rt_cbor_node *map,
                      struct rt_nvidia_item *out)
{
    size_t n_known = 0;

    if (!rt_cbor_is(map, RT_CBOR_K_MAP))
        return false;
    for (size_t i = 0; i < RT_NVIDIA_SAYINGS; i++) {
        const struct rt_cbor_node *value = rt_cbor_at_name(t, map, sayings[i].name);
        if (!value)
            continue;
        if (!rt_cbor_is(value, sayings[i].kind) || value->bytes.len == 0 ||
            value->bytes.len > MAX_SAID)
            return false;
        out->said[i] = value->bytes;
        n_known++;
    }
    return n_known == map->value;
}

static enum ratls_err read_device(const struct rt_cbor_tree *t, const struct rt_cbor_node *device,
                                  struct rt_nvidia_item *out, struct ratls_error *err)
{
    const struct rt_cbor_node *report = rt_cbor_child(t, device);

    if (!rt_cbor_is(device, RT_CBOR_K_ARRAY) || (device->value != 2 && device->value != 3) ||
        !is_bytes(report, RT_NVIDIA_MAX_REPORT))
        return malformed(err, "a device is an array of its report and certificates");
    const struct rt_cbor_node *certs = rt_cbor_sibling(t, device, report);
    const struct rt_cbor_node *said = rt_cbor_sibling(t, device, certs);
    out->report = report->bytes;
    if (!read_certs(t, certs, out))
        return malformed(err, "certificates are an array of 1 to 8 byte strings");
    if (said && !read_said(t, said, out))
        return malformed(err, "what is said beside a report has another form");
    return RATLS_OK;
}

static enum ratls_err read_list(const struct rt_cbor_tree *t, const struct rt_cbor_node *list,
                                struct rt_nvidia_items *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (list->value > RT_NVIDIA_MAX_DEVICES)
        return malformed(err, "more than 12 devices");
    for (const struct rt_cbor_node *device = rt_cbor_child(t, list); device && e == RATLS_OK;
         device = rt_cbor_sibling(t, list, device))
        e = read_device(t, device, &out->p[out->n++], err);
    return e;
}

static enum ratls_err read_cbor(struct ratls_bytes evidence, struct rt_nvidia_items *out,
                                struct ratls_error *err)
{
    struct rt_cbor_tree t;
    enum ratls_err e = rt_cbor_tree_read(evidence, &t, err);

    if (e)
        return e;
    const struct rt_cbor_node *root = rt_cbor_root(&t), *first = rt_cbor_child(&t, root);
    if (!rt_cbor_is(root, RT_CBOR_K_ARRAY) || !first)
        return malformed(err, "neither a device nor a list of them");
    if (rt_cbor_is(first, RT_CBOR_K_ARRAY))
        return read_list(&t, root, out, err);
    out->n = 1;
    return read_device(&t, root, &out->p[0], err);
}

enum ratls_err rt_nvidia_envelope_read(struct ratls_bytes evidence, struct rt_nvidia_items *out,
                                       struct ratls_error *err)
{
    *out = (struct rt_nvidia_items){.n = 0};
    if (!rt_nvidia_is_report(evidence))
        return read_cbor(evidence, out, err);
    out->p[0].report = evidence;
    out->n = 1;
    return RATLS_OK;
}
