#include "report.h"

enum {
    SPDM_1_1 = 0x11,
    SPDM_MAJOR = 0x10,
    GET_MEASUREMENTS = 0xe0,
    MEASUREMENTS = 0x60,
    SIGNATURE_REQUESTED = 0x01, /* bit of param1 */
    ALL_MEASUREMENTS = 0xff,    /* param2 */
    SPEC_DMTF = 1,
    TYPE_DIGEST_MUTABLE = 1, /* of firmware, as a digest */
    BLOCK_HEAD = 3,          /* type and size of the value */
};

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "report of NVIDIA: %s", what);
}

bool rt_nvidia_is_report(struct ratls_bytes evidence)
{
    struct rt_reader r = rt_reader(evidence);

    return (rt_u8(&r) & 0xf0) == SPDM_MAJOR && rt_u8(&r) == GET_MEASUREMENTS;
}

/* ---- head of request and response ---- */

static enum ratls_err check_version(uint8_t version, struct ratls_error *err)
{
    return version == SPDM_1_1
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_EVIDENCE_PROFILE,
                            "report of NVIDIA: SPDM version 0x%02x, not 1.1", version);
}

static enum ratls_err read_request(struct rt_reader *r, struct rt_nvidia_report *out,
                                   struct ratls_error *err)
{
    enum ratls_err e = check_version(rt_u8(r), err);

    if (e)
        return e;
    if (rt_u8(r) != GET_MEASUREMENTS)
        return malformed(err, "it begins with no GET_MEASUREMENTS");
    if (!(rt_u8(r) & SIGNATURE_REQUESTED))
        return malformed(err, "no signature was requested");
    if (rt_u8(r) != ALL_MEASUREMENTS)
        return malformed(err, "not all measurements were requested");
    out->nonce = rt_take_bytes(r, RT_NVIDIA_NONCE_LEN);
    return rt_u8(r) == 0 && !r->bad ? RATLS_OK
                                    : malformed(err, "another slot than 0, or the end of it");
}

/* ---- measurement blocks (DSP0274 1.1 s.10.11.1) ---- */

static bool read_block(struct rt_reader *record, struct rt_nvidia_report *out)
{
    const uint8_t index = rt_u8(record), spec = rt_u8(record);
    const uint16_t size = rt_u16le(record);
    const uint8_t type = rt_u8(record);
    const uint16_t value_size = rt_u16le(record);
    const struct ratls_bytes value = rt_take_bytes(record, RT_NVIDIA_DIGEST_LEN);

    if (record->bad || spec != SPEC_DMTF || size != BLOCK_HEAD + RT_NVIDIA_DIGEST_LEN ||
        type != TYPE_DIGEST_MUTABLE || value_size != RT_NVIDIA_DIGEST_LEN)
        return false;
    if (index == 0 || index > out->n_blocks || out->block[index - 1].p)
        return false;
    out->block[index - 1] = value;
    return true;
}

static enum ratls_err read_blocks(struct rt_reader *r, struct rt_nvidia_report *out,
                                  struct ratls_error *err)
{
    out->n_blocks = rt_u8(r);
    const size_t low = rt_u16le(r), len = low | (size_t)rt_u8(r) << 16;
    struct rt_reader record = rt_reader(rt_take_bytes(r, len));

    if (r->bad || out->n_blocks == 0 || out->n_blocks > RT_NVIDIA_MAX_BLOCKS)
        return malformed(err, "number or length of its measurements");
    for (size_t i = 0; i < out->n_blocks; i++)
        if (!read_block(&record, out))
            return malformed(err, "a measurement has another form, or an index twice");
    return rt_at_end(&record) ? RATLS_OK : malformed(err, "bytes behind its measurements");
}

/* ---- opaque data ---- */

/* What a field may measure; a type that is not listed is passed over. */
static const struct {
    uint8_t least, multiple;
    uint16_t most;
} sizes[RT_NVIDIA_FIELDS] = {
    [RT_NVIDIA_DRIVER_VERSION] = {1, 1, 32},
    [RT_NVIDIA_GPU_INFO] = {1, 1, 64},
    [RT_NVIDIA_VBIOS_VERSION] = {1, 1, 32},
    [RT_NVIDIA_NVDEC0_STATUS] = {1, 1, 1},
    [RT_NVIDIA_MEASUREMENT_COUNT] = {4, 4, 4 * RT_NVIDIA_MAX_BLOCKS},
    [RT_NVIDIA_CPR_INFO] = {1, 1, 64},
    [RT_NVIDIA_BOARD_ID] = {4, 4, 4},
    [RT_NVIDIA_CHIP_SKU] = {1, 1, 32},
    [RT_NVIDIA_CHIP_SKU_MOD] = {1, 1, 32},
    [RT_NVIDIA_PROJECT] = {1, 1, 32},
    [RT_NVIDIA_PROJECT_SKU] = {1, 1, 32},
    [RT_NVIDIA_PROJECT_SKU_MOD] = {1, 1, 32},
    [RT_NVIDIA_FWID] = {RT_NVIDIA_DIGEST_LEN, 1, RT_NVIDIA_DIGEST_LEN},
    [RT_NVIDIA_PROTECTED_PCIE] = {1, 1, 1},
    [RT_NVIDIA_SWITCH_PDIS] = {RT_NVIDIA_PDI_LEN, RT_NVIDIA_PDI_LEN, 64 * RT_NVIDIA_PDI_LEN},
    [RT_NVIDIA_GPU_PDIS] = {RT_NVIDIA_PDI_LEN, RT_NVIDIA_PDI_LEN, 128 * RT_NVIDIA_PDI_LEN},
    [RT_NVIDIA_FEATURE_FLAG] = {2, 2, 2},
};

static enum ratls_err read_field(struct rt_reader *opaque, struct rt_nvidia_report *out,
                                 struct ratls_error *err)
{
    const uint16_t type = rt_u16le(opaque), len = rt_u16le(opaque);
    const struct ratls_bytes value = rt_take_bytes(opaque, len);

    if (opaque->bad)
        return malformed(err, "its opaque data end within a field");
    if (type >= RT_NVIDIA_FIELDS || sizes[type].most == 0)
        return RATLS_OK;
    if (out->field[type].p)
        return malformed(err, "a field of its opaque data is there twice");
    if (len < sizes[type].least || len > sizes[type].most || len % sizes[type].multiple != 0)
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                          "report of NVIDIA: %u bytes of opaque data of type %u", len, type);
    out->field[type] = value;
    return RATLS_OK;
}

static enum ratls_err read_opaque(struct rt_reader *r, struct rt_nvidia_report *out,
                                  struct ratls_error *err)
{
    const uint16_t len = rt_u16le(r);
    struct rt_reader opaque = rt_reader(rt_take_bytes(r, len));
    enum ratls_err e = r->bad ? malformed(err, "its opaque data are cut off") : RATLS_OK;

    while (e == RATLS_OK && opaque.left > 0)
        e = read_field(&opaque, out, err);
    return e;
}

/* ---- the report ---- */

static enum ratls_err read_response(struct rt_reader *r, struct rt_nvidia_report *out,
                                    struct ratls_error *err)
{
    enum ratls_err e = check_version(rt_u8(r), err);

    if (e)
        return e;
    if (rt_u8(r) != MEASUREMENTS)
        return malformed(err, "no MEASUREMENTS behind the request");
    rt_skip(r, 1); /* param1: reserved for a request of all */
    if (rt_u8(r) != 0)
        return malformed(err, "an answer of another slot than 0");
    if ((e = read_blocks(r, out, err)) != RATLS_OK)
        return e;
    rt_skip(r, RT_NVIDIA_NONCE_LEN); /* the device's own: nobody expects it */
    return read_opaque(r, out, err);
}

enum ratls_err rt_nvidia_report_read(struct ratls_bytes evidence, struct rt_nvidia_report *out,
                                     struct ratls_error *err)
{
    struct rt_reader r = rt_reader(evidence);
    enum ratls_err e;

    *out = (struct rt_nvidia_report){.n_blocks = 0};
    if (evidence.len > RT_NVIDIA_MAX_REPORT)
        return malformed(err, "it is too large");
    if ((e = read_request(&r, out, err)) != RATLS_OK ||
        (e = read_response(&r, out, err)) != RATLS_OK)
        return e;
    out->signed_part = ratls_bytes(evidence.p, evidence.len - r.left);
    out->signature = rt_take_bytes(&r, RT_NVIDIA_SIG_LEN);
    out->trailing = r.left;
    if (r.bad)
        return malformed(err, "its signature is missing or cut off");
    return r.left <= RT_NVIDIA_MAX_TRAILING ? RATLS_OK : malformed(err, "bytes behind it");
}

enum ratls_err rt_nvidia_measurement(const struct rt_nvidia_report *report,
                                     uint8_t out[RT_NVIDIA_DIGEST_LEN])
{
    uint8_t all[RT_NVIDIA_MAX_BLOCKS * RT_NVIDIA_DIGEST_LEN];
    size_t len = 0;

    for (size_t i = 0; i < report->n_blocks; i++, len += RT_NVIDIA_DIGEST_LEN)
        memcpy(all + len, report->block[i].p, RT_NVIDIA_DIGEST_LEN);
    return rt_hash(RT_SHA384, ratls_bytes(all, len), out);
}
